/** A session in subscription mode is completed: the customer, the card and the subscription with its first invoice. */
import { billingOf, complete, customerOf } from './checkoutComplete.ts'
import { lineItems } from './checkoutLines.ts'
import { DAY } from './due.ts'
import { newPaymentMethod } from './paymentMethods.ts'
import { pay } from './payments.ts'
import { subscribe } from './subscribe.ts'
import type { Bought, Ready } from './checkout.ts'
import type { CheckoutSession, Subscription } from './types.ts'
import type { World } from './world.ts'

export function startSubscription(world: World, ready: Ready): Bought {
  const { session, quote, card, details } = ready
  const data = subscriptionData(world, session.id)
  const free = data.trialEnd !== null || quote.amount_total === 0
  if (card === 'decline') {
    failedTry(world, session, quote.amount_total ?? 0)
    return { paid: false, reason: 'Your card was declined.' }
  }
  const customer = customerOf(world, ready).id
  const needsCard = !free || session.payment_method_collection === 'always'
  const currency = session.currency ?? 'usd'
  const method = needsCard
    ? newPaymentMethod(world, { customer, card, number: details.cardNumber, currency, billing: billingOf(details) }).id
    : null
  const { subscription, outcome } = subscribe(world, {
    customer,
    items: lineItems(world, session.id).flatMap(({ price, quantity }) =>
      price ? [{ price, quantity: quantity ?? undefined, metadata: {} }] : [],
    ),
    trialEnd: data.trialEnd,
    method,
    discounts: quote.discount === null ? [] : [quote.discount],
    session: session.id,
    behavior: 'allow_incomplete',
    fields: { ...data.fields, ...taxOf(session) },
  })
  const payment_status = free ? 'no_payment_required' : outcome === 'processing' ? 'unpaid' : 'paid'
  const { id, latest_invoice: invoice } = subscription
  return complete(world, ready, { customer, subscription: id, invoice, payment_status })
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

/** A declined try leaves its traces: a failed charge and its events. */
function failedTry(world: World, session: CheckoutSession, amount: number) {
  if (amount === 0) return
  const customer = session.customer
  const method = newPaymentMethod(world, { customer, card: 'decline' })
  pay(world, { amount, currency: session.currency ?? 'usd', customer, method: method.id })
}

function taxOf(session: CheckoutSession): Partial<Subscription> {
  if (!session.automatic_tax.enabled) return {}
  return { automatic_tax: { disabled_reason: null, enabled: true, liability: { type: 'self' } } }
}
