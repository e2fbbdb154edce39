/** The objects as Stripe puts them on the wire: the SDK's own types with ids for references and strings for decimals. */
import type Stripe from 'stripe'
import type { Metered } from './usage.ts'

type Primitive = string | number | bigint | boolean | null | undefined | void
type Reference<T> = string extends T ? Extract<T, Primitive> : T

export type Wire<T> = T extends Stripe.Decimal
  ? string
  : T extends Primitive
    ? T
    : T extends readonly (infer Item)[]
      ? Wire<Reference<Item>>[]
      : { [K in keyof T]: Wire<Reference<T[K]>> }

export type Mode = 'test' | 'live'
export type Json = Record<string, unknown>
export type Card = 'ok' | 'decline' | 'delayed'

export type Account = Wire<Stripe.Account>
export type AccountLink = Wire<Stripe.AccountLink>
export type Address = Wire<Stripe.Address>
export type Customer = Wire<Stripe.Customer>
export type Product = Wire<Stripe.Product>
export type Price = Wire<Stripe.Price>
export type Plan = Wire<Stripe.Plan>
export type Tier = NonNullable<Price['tiers']>[number]
export type Meter = Wire<Stripe.Billing.Meter>
export type MeterEvent = Wire<Stripe.Billing.MeterEvent>
export type MeterEventSummary = Wire<Stripe.Billing.MeterEventSummary>
export type Coupon = Wire<Stripe.Coupon>
export type PromotionCode = Wire<Stripe.PromotionCode>
export type Discount = Wire<Stripe.Discount>
export type PaymentMethod = Wire<Stripe.PaymentMethod>
export type PaymentIntent = Wire<Stripe.PaymentIntent>
export type Charge = Wire<Stripe.Charge>
export type Refund = Wire<Stripe.Refund>
export type Dispute = Wire<Stripe.Dispute>
export type Invoice = Wire<Stripe.Invoice>
export type InvoiceLine = Wire<Stripe.InvoiceLineItem>
export type InvoicePayment = Wire<Stripe.InvoicePayment>
export type Subscription = Wire<Stripe.Subscription>
export type SubscriptionItem = Wire<Stripe.SubscriptionItem>
export type Schedule = Wire<Stripe.SubscriptionSchedule>
export type Phase = Schedule['phases'][number]
export type CheckoutSession = Wire<Stripe.Checkout.Session>
export type LineItem = Wire<Stripe.LineItem>
export type PortalConfiguration = Wire<Stripe.BillingPortal.Configuration>
export type PortalSession = Wire<Stripe.BillingPortal.Session>

/** What a kind holds; the kind is the name of its shelf in the store. */
export interface Kinds {
  account: Account
  customer: Customer
  product: Product
  price: Price
  meter: Meter
  coupon: Coupon
  promotion_code: PromotionCode
  discount: Discount
  payment_method: PaymentMethod
  payment_intent: PaymentIntent
  charge: Charge
  refund: Refund
  dispute: Dispute
  invoice: Invoice
  invoice_payment: InvoicePayment
  subscription: Subscription
  subscription_schedule: Schedule
  checkout_session: CheckoutSession
  portal_configuration: PortalConfiguration
  portal_session: PortalSession
}

export type Kind = keyof Kinds

/** What Stripe keeps to itself about an object. */
export interface Hidden {
  connected?: boolean
  /** The platform made this account, and may onboard its owner. */
  isOurs?: boolean
  card?: Card
  trialNoticeFor?: number
  afterDunning?: 'cancel' | 'unpaid'
  pendingLines?: InvoiceLine[]
  subscriptionData?: Json
  paymentIntentData?: Json
  customerUpdate?: Json
  lines?: LineItem[]
  tiers?: Tier[]
  metered?: Metered[]
  cancelsBySettle?: boolean
}
