/** One order and its lines, and how they lie in their rows. Pure. */

import type { OrderStatus } from '../sdk/schema/order.ts'

export type OrderState = 'pending' | 'processing' | 'paid' | 'canceled' | 'expired' | 'unfillable'

/** What a line holds of the stock: held first, then one of the others, once. */
export type HoldState = 'held' | 'consumed' | 'released' | 'expired' | 'unfilled'

/** How the order was to be sold, as it was then: the same request can be made again. */
export interface OrderTerms {
  readonly automaticTax: boolean
  readonly shippingCountries: readonly string[]
  readonly collectPhone: boolean
  readonly promotionCodes: boolean
  readonly delayedPayments: boolean
}

export interface OrderLine {
  readonly orderId: string
  readonly variantId: string
  readonly productId: string
  readonly position: number
  readonly name: string
  readonly sku: string | null
  readonly options: Readonly<Record<string, string>>
  readonly unitAmount: number
  readonly quantity: number
  readonly refundedQuantity: number
  readonly grant: { readonly meter: string; readonly quantity: number; readonly validDays: number | null } | null
  readonly hold: HoldState
}

export interface Order {
  readonly id: string
  readonly number: number
  readonly state: OrderState
  /** The Stripe account it is paid to, for good; `null` of orders made before this was written down, until it is. */
  readonly stripeAccount: string | null
  readonly customerId: string | null
  readonly email: string | null
  readonly name: string | null
  readonly phone: string | null
  readonly shipping: unknown
  readonly currency: string
  readonly subtotal: number
  readonly discount: number
  readonly tax: number
  readonly shippingAmount: number
  readonly total: number
  /** What Stripe says was given back in all, pending refunds included. */
  readonly refunded: number
  /** What disputes that were lost took away. */
  readonly lost: number
  readonly terms: OrderTerms
  readonly attempt: string | null
  readonly request: string
  /** Where the cart came from, for the cap on open holds. */
  readonly address: string | null
  readonly successUrl: string
  readonly cancelUrl: string
  readonly sessionId: string | null
  readonly url: string | null
  readonly paymentIntent: string | null
  readonly stripeCustomerId: string | null
  readonly holdEndsAt: number
  readonly sessionEndsAt: number
  readonly createdAt: number
  readonly processingAt: number | null
  readonly paidAt: number | null
  readonly endedAt: number | null
  readonly fulfilledAt: number | null
  readonly refundedAt: number | null
  readonly disputedAt: number | null
  readonly disputeStatus: string | null
  readonly trackingNumber: string | null
  readonly carrier: string | null
  readonly revision: number
}

export type OrderRow = {
  id: string
  number: number
  state: OrderState
  status: OrderStatus
  stripe_account: string | null
  customer_id: string | null
  email: string | null
  name: string | null
  phone: string | null
  shipping: string | null
  currency: string
  subtotal: number
  discount: number
  tax: number
  shipping_amount: number
  total: number
  refunded: number
  lost: number
  terms: string
  attempt: string | null
  request: string
  address: string | null
  success_url: string
  cancel_url: string
  session_id: string | null
  url: string | null
  payment_intent: string | null
  stripe_customer_id: string | null
  hold_ends_at: number
  session_ends_at: number
  created_at: number
  processing_at: number | null
  paid_at: number | null
  ended_at: number | null
  fulfilled_at: number | null
  refunded_at: number | null
  disputed_at: number | null
  dispute_status: string | null
  tracking_number: string | null
  carrier: string | null
  revision: number
}

export type LineRow = {
  order_id: string
  variant_id: string
  product_id: string
  position: number
  name: string
  sku: string | null
  options: string
  unit_amount: number
  quantity: number
  refunded_quantity: number
  grant_of: string | null
  hold: HoldState
}

/** The columns in one order, for the statement that writes them all. */
export const ORDER_COLUMNS = [
  'id',
  'number',
  'state',
  'status',
  'stripe_account',
  'customer_id',
  'email',
  'name',
  'phone',
  'shipping',
  'currency',
  'subtotal',
  'discount',
  'tax',
  'shipping_amount',
  'total',
  'refunded',
  'lost',
  'terms',
  'attempt',
  'request',
  'address',
  'success_url',
  'cancel_url',
  'session_id',
  'url',
  'payment_intent',
  'stripe_customer_id',
  'hold_ends_at',
  'session_ends_at',
  'created_at',
  'processing_at',
  'paid_at',
  'ended_at',
  'fulfilled_at',
  'refunded_at',
  'disputed_at',
  'dispute_status',
  'tracking_number',
  'carrier',
  'revision',
] as const satisfies readonly (keyof OrderRow)[]

/** Disputes that took the money away, or may still do so. */
const OPEN_DISPUTES = new Set([
  'needs_response',
  'under_review',
  'warning_needs_response',
  'warning_under_review',
  'lost',
])

/** The one word for where an order stands. */
export function statusOf(order: Order): OrderStatus {
  if (order.state !== 'paid') return order.state
  if (order.disputeStatus !== null && OPEN_DISPUTES.has(order.disputeStatus)) return 'disputed'
  if (order.refunded > 0) return order.refunded >= order.total ? 'refunded' : 'partially_refunded'
  return order.fulfilledAt === null ? 'paid' : 'fulfilled'
}

export function toRow(order: Order): OrderRow {
  return {
    id: order.id,
    number: order.number,
    state: order.state,
    status: statusOf(order),
    stripe_account: order.stripeAccount,
    customer_id: order.customerId,
    email: order.email,
    name: order.name,
    phone: order.phone,
    shipping: order.shipping === null ? null : JSON.stringify(order.shipping),
    currency: order.currency,
    subtotal: order.subtotal,
    discount: order.discount,
    tax: order.tax,
    shipping_amount: order.shippingAmount,
    total: order.total,
    refunded: order.refunded,
    lost: order.lost,
    terms: JSON.stringify(order.terms),
    attempt: order.attempt,
    request: order.request,
    address: order.address,
    success_url: order.successUrl,
    cancel_url: order.cancelUrl,
    session_id: order.sessionId,
    url: order.url,
    payment_intent: order.paymentIntent,
    stripe_customer_id: order.stripeCustomerId,
    hold_ends_at: order.holdEndsAt,
    session_ends_at: order.sessionEndsAt,
    created_at: order.createdAt,
    processing_at: order.processingAt,
    paid_at: order.paidAt,
    ended_at: order.endedAt,
    fulfilled_at: order.fulfilledAt,
    refunded_at: order.refundedAt,
    disputed_at: order.disputedAt,
    dispute_status: order.disputeStatus,
    tracking_number: order.trackingNumber,
    carrier: order.carrier,
    revision: order.revision,
  }
}

export function toOrder(row: OrderRow): Order {
  return {
    id: row.id,
    number: row.number,
    state: row.state,
    stripeAccount: row.stripe_account,
    customerId: row.customer_id,
    email: row.email,
    name: row.name,
    phone: row.phone,
    shipping: row.shipping === null ? null : (JSON.parse(row.shipping) as unknown),
    currency: row.currency,
    subtotal: row.subtotal,
    discount: row.discount,
    tax: row.tax,
    shippingAmount: row.shipping_amount,
    total: row.total,
    refunded: row.refunded,
    lost: row.lost,
    terms: JSON.parse(row.terms) as OrderTerms,
    attempt: row.attempt,
    request: row.request,
    address: row.address,
    successUrl: row.success_url,
    cancelUrl: row.cancel_url,
    sessionId: row.session_id,
    url: row.url,
    paymentIntent: row.payment_intent,
    stripeCustomerId: row.stripe_customer_id,
    holdEndsAt: row.hold_ends_at,
    sessionEndsAt: row.session_ends_at,
    createdAt: row.created_at,
    processingAt: row.processing_at,
    paidAt: row.paid_at,
    endedAt: row.ended_at,
    fulfilledAt: row.fulfilled_at,
    refundedAt: row.refunded_at,
    disputedAt: row.disputed_at,
    disputeStatus: row.dispute_status,
    trackingNumber: row.tracking_number,
    carrier: row.carrier,
    revision: row.revision,
  }
}

export const toLine = (row: LineRow): OrderLine => ({
  orderId: row.order_id,
  variantId: row.variant_id,
  productId: row.product_id,
  position: row.position,
  name: row.name,
  sku: row.sku,
  options: JSON.parse(row.options) as Record<string, string>,
  unitAmount: row.unit_amount,
  quantity: row.quantity,
  refundedQuantity: row.refunded_quantity,
  grant: row.grant_of === null ? null : (JSON.parse(row.grant_of) as OrderLine['grant']),
  hold: row.hold,
})
