/** What the buyer does on the hosted page: pay, fail, wait for the bank; and what time does: expire. */
import { newPaymentMethod } from './paymentMethods.ts'
import { detailsOf, totals } from './checkoutSessions.ts'
import { lineItems } from './checkoutLines.ts'
import { settleInvoice } from './collect.ts'
import { couponProblem, findCode } from './coupons.ts'
import { isDeleted, newCustomer } from './customers.ts'
import { DAY } from './due.ts'
import { invalid } from './error.ts'
import { pay, settlePayment } from './payments.ts'
import { subscribe } from './subscribe.ts'
import type { Reduction } from './discounts.ts'
import type { Card, CheckoutSession, Customer, PaymentMethod, Subscription } from './types.ts'
import type { World } from './world.ts'

export interface Buyer {
  card: Card
  email: string | null
  promotionCode: string | null
}

export type Bought = { paid: true; session: CheckoutSession } | { paid: false; reason: string }

/** The buyer presses the button. A decline leaves the session open, to try again. */
export function payCheckout(world: World, sessionId: string, buyer: Buyer): Bought {
  const session = world.store.require('checkout_session', sessionId)
  if (session.status !== 'open') throw invalid(`This Checkout Session is ${session.status}.`)
  if (session.customer !== null && isDeleted(world.store.require('customer', session.customer))) {
    return { paid: false, reason: 'The customer of this session was deleted.' }
  }
  const coupon = chosenDiscount(world, session, buyer.promotionCode)
  if ('reason' in coupon) return { paid: false, reason: coupon.reason }
  const email = session.customer_email ?? buyer.email
  if (session.customer === null && email === null) return { paid: false, reason: 'Please enter your e-mail address.' }
  const allowed = session.allowed_payment_method_types
  if (buyer.card === 'delayed' && allowed !== null && !allowed.includes('us_bank_account')) {
    return { paid: false, reason: 'This session does not accept bank debits.' }
  }
  const trial = subscriptionData(world, sessionId).trialEnd !== null
  const priced = { ...session, ...totals(world, trial ? [] : lineItems(world, sessionId), coupon.discounts) }
  const finish = session.mode === 'subscription' ? completeSubscription : completePayment
  return finish(world, priced, { ...buyer, email, discounts: coupon.discounts })
}

interface Ready extends Buyer {
  discounts: Reduction[]
}

function completeSubscription(world: World, session: CheckoutSession, buyer: Ready): Bought {
  const data = subscriptionData(world, session.id)
  const free = data.trialEnd !== null || session.amount_total === 0
  if (buyer.card === 'decline') {
    failedTry(world, session, session.amount_total ?? 0)
    return { paid: false, reason: 'Your card was declined.' }
  }
  const customer = buyerOf(world, session, buyer.email)
  const needsCard = !free || session.payment_method_collection === 'always'
  const method = needsCard ? newPaymentMethod(world, customer.id, buyer.card) : null
  const { subscription, outcome } = subscribe(world, {
    customer: customer.id,
    items: lineItems(world, session.id).flatMap(({ price, quantity }) =>
      price ? [{ price, quantity: quantity ?? 1, metadata: {} }] : [],
    ),
    trialEnd: data.trialEnd,
    method: method?.id ?? null,
    discounts: buyer.discounts,
    session: session.id,
    behavior: 'allow_incomplete',
    fields: { ...data.fields, ...taxOf(session) },
  })
  const status = free ? 'no_payment_required' : outcome === 'processing' ? 'unpaid' : 'paid'
  const patch = { subscription: subscription.id, invoice: subscription.latest_invoice }
  return complete(world, session, { ...patch, payment_status: status }, customer)
}

function completePayment(world: World, session: CheckoutSession, buyer: Ready): Bought {
  const amount = session.amount_total ?? 0
  if (buyer.card === 'decline' && amount > 0) {
    failedTry(world, session, amount)
    return { paid: false, reason: 'Your card was declined.' }
  }
  const makesCustomer = session.customer !== null || session.customer_creation === 'always'
  const customer = makesCustomer ? buyerOf(world, session, buyer.email) : null
  const details = customer ?? { email: buyer.email }
  if (amount === 0) return complete(world, session, { payment_status: 'no_payment_required' }, details)
  const method = newPaymentMethod(world, customer?.id ?? null, buyer.card)
  const data = world.store.hidden('checkout_session', session.id).paymentIntentData
  const payment = pay(world, {
    amount,
    currency: session.currency ?? 'usd',
    customer: customer?.id ?? null,
    method: method.id,
    metadata: data?.metadata as Record<string, string>,
    description: data?.description as string | null,
    receiptEmail: buyer.email,
  })
  const status = payment.outcome === 'processing' ? ('unpaid' as const) : ('paid' as const)
  return complete(world, session, { payment_intent: payment.intent.id, payment_status: status }, details)
}

function complete(
  world: World,
  session: CheckoutSession,
  patch: Partial<CheckoutSession>,
  buyer: Customer | { email: string | null },
): Bought {
  const customer = 'id' in buyer ? buyer : null
  const done: CheckoutSession = {
    ...session,
    ...patch,
    customer: customer?.id ?? null,
    customer_details: detailsOf(customer, buyer.email),
    status: 'complete',
    url: null,
  }
  world.store.put('checkout_session', done)
  world.emit('checkout.session.completed', done)
  return { paid: true, session: done }
}

/** The bank answers a delayed payment: days after the session was completed. */
export function settleCheckout(world: World, sessionId: string, succeeds: boolean): CheckoutSession {
  const session = world.store.require('checkout_session', sessionId)
  if (session.status !== 'complete' || session.payment_status !== 'unpaid') {
    throw invalid('Only a completed session whose delayed payment is under way can be settled.')
  }
  if (settledBefore(world, session)) throw invalid('The payment of this session was settled before.')
  if (session.invoice) settleInvoice(world, session.invoice, succeeds)
  else settlePayment(world, session.payment_intent ?? '', succeeds)
  const patch: Partial<CheckoutSession> = succeeds ? { payment_status: 'paid' } : {}
  const settled = world.change('checkout_session', sessionId, patch, null)
  world.emit(`checkout.session.async_payment_${succeeds ? 'succeeded' : 'failed'}`, settled)
  return settled
}

function settledBefore(world: World, session: CheckoutSession): boolean {
  if (session.invoice) return world.store.require('invoice', session.invoice).attempt_count > 0
  return world.store.require('payment_intent', session.payment_intent ?? '').status !== 'processing'
}

export function expireSession(world: World, session: CheckoutSession): CheckoutSession {
  const expired = world.change('checkout_session', session.id, { status: 'expired', url: null }, null)
  world.emit('checkout.session.expired', expired)
  return expired
}

export interface SubscriptionData {
  trialEnd: number | null
  fields: Partial<Subscription>
}

/** A trial given in days starts when the buyer completes the session. */
export function subscriptionData(world: World, sessionId: string): SubscriptionData {
  const data = world.store.hidden('checkout_session', sessionId).subscriptionData ?? {}
  const days = data.trialDays as number | null
  const end = data.trialEnd as number | null
  const fields = (data.fields ?? {}) as Partial<Subscription>
  return { trialEnd: days ? world.now + days * DAY : (end ?? null), fields }
}

function chosenDiscount(
  world: World,
  session: CheckoutSession,
  code: string | null,
): { discounts: Reduction[] } | { reason: string } {
  if (code === null) {
    const given = session.discounts ?? []
    const discounts = given.map(({ coupon, promotion_code }) => ({
      coupon: coupon ?? '',
      promotionCode: promotion_code,
    }))
    return { discounts }
  }
  const promotion = session.allow_promotion_codes ? findCode(world, code) : null
  const coupon = promotion && world.store.get('coupon', promotion.promotion.coupon ?? '')
  if (!promotion || !coupon) return { reason: 'This code is invalid.' }
  const over = (promotion.expires_at ?? Infinity) <= world.now
  const spent = promotion.max_redemptions !== null && promotion.times_redeemed >= promotion.max_redemptions
  if (over || spent || couponProblem(world, coupon, session.currency ?? 'usd'))
    return { reason: 'This code is expired.' }
  return { discounts: [{ coupon: coupon.id, promotionCode: promotion.id }] }
}

function buyerOf(world: World, session: CheckoutSession, email: string | null): Customer {
  if (session.customer === null) return newCustomer(world, { email })
  return world.store.require('customer', session.customer)
}

/** A declined try leaves its traces: a failed charge and its events. */
function failedTry(world: World, session: CheckoutSession, amount: number) {
  if (amount === 0) return
  const customer = session.customer
  const method: PaymentMethod = newPaymentMethod(world, customer, 'decline')
  pay(world, { amount, currency: session.currency ?? 'usd', customer, method: method.id })
}

function taxOf(session: CheckoutSession): Partial<Subscription> {
  if (!session.automatic_tax.enabled) return {}
  return { automatic_tax: { disabled_reason: null, enabled: true, liability: { type: 'self' } } }
}
