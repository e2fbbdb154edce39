/** What the buyer does on the hosted page: pay, fail, wait for the bank; and what time does: expire. */
import { checkBuyer } from './buyer.ts'
import { lineItems } from './checkoutLines.ts'
import { payOnce } from './checkoutPayment.ts'
import { startSubscription, subscriptionData } from './checkoutSubscription.ts'
import { priceLines } from './checkoutTotals.ts'
import { settleInvoice } from './collect.ts'
import { isDeleted } from './customers.ts'
import { invalid } from './error.ts'
import { cancelIntent, settlePayment } from './payments.ts'
import { chosenDiscount } from './promotion.ts'
import type { Buyer, Details } from './buyer.ts'
import type { Priced } from './checkoutTotals.ts'
import type { Reduction } from './discounts.ts'
import type { CheckoutSession } from './types.ts'
import type { World } from './world.ts'

export type Bought = { paid: true; session: CheckoutSession } | { paid: false; reason: string }

/** The session at the price that is asked, and who pays it. */
export interface Ready {
  session: CheckoutSession
  quote: Quote
  card: Buyer['card']
  details: Details
}

export interface Quote extends Priced {
  discount: Reduction | null
}

/** What the session costs with this code; or why the code does not count. */
export function quoteOf(world: World, session: CheckoutSession, code: string | null): Quote | { reason: string } {
  const chosen = chosenDiscount(world, session, code)
  if ('reason' in chosen) return chosen
  const isTrial = session.mode === 'subscription' && subscriptionData(world, session.id).trialEnd !== null
  const taxed = session.automatic_tax.enabled && session.mode === 'payment'
  const priced = priceLines(isTrial ? [] : lineItems(world, session.id), { coupon: chosen.coupon, taxed })
  return { ...priced, discount: chosen.discount }
}

/** The buyer presses the button. A decline leaves the session open, to try again. */
export function payCheckout(world: World, sessionId: string, buyer: Buyer): Bought {
  const session = world.store.require('checkout_session', sessionId)
  if (session.status !== 'open') throw invalid(`This Checkout Session is ${session.status}.`)
  if (session.customer !== null && isDeleted(world.store.require('customer', session.customer))) {
    return { paid: false, reason: 'The customer of this session was deleted.' }
  }
  const quote = quoteOf(world, session, buyer.promotionCode)
  if ('reason' in quote) return { paid: false, reason: quote.reason }
  const checked = checkBuyer(session, buyer)
  if ('reason' in checked) return { paid: false, reason: checked.reason }
  if (!takes(session, buyer.card)) {
    const what = buyer.card === 'delayed' ? 'bank debits' : 'cards'
    return { paid: false, reason: `This session does not accept ${what}.` }
  }
  const finish = session.mode === 'subscription' ? startSubscription : payOnce
  return finish(world, { session, quote, card: buyer.card, details: checked.details })
}

/** Whether the session may be paid so. */
export function takes({ payment_method_types: types }: CheckoutSession, card: Buyer['card']): boolean {
  return card === 'delayed' ? types.some((type) => type !== 'card' && type !== 'link') : types.includes('card')
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

/** Whether the bank's answer is still to come. */
export function waitsForBank(world: World, session: CheckoutSession): boolean {
  return session.status === 'complete' && session.payment_status === 'unpaid' && !settledBefore(world, session)
}

function settledBefore(world: World, session: CheckoutSession): boolean {
  if (session.invoice) return world.store.require('invoice', session.invoice).attempt_count > 0
  return world.store.require('payment_intent', session.payment_intent ?? '').status !== 'processing'
}

/** Ends the session, and with it the payment that was tried and declined. */
export function expireSession(world: World, session: CheckoutSession): CheckoutSession {
  if (session.payment_intent) cancelIntent(world, session.payment_intent)
  const expired = world.change('checkout_session', session.id, { status: 'expired', url: null }, null)
  world.emit('checkout.session.expired', expired)
  return expired
}
