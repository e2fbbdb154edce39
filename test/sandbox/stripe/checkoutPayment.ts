/** A session in payment mode is paid: one payment intent, tried as often as the buyer tries. */
import { billingOf, complete, customerOf } from './checkoutComplete.ts'
import { redeem } from './coupons.ts'
import { newPaymentMethod } from './paymentMethods.ts'
import { pay, payAgain } from './payments.ts'
import type { Bought, Ready } from './checkout.ts'
import type { Paid, Payment } from './payments.ts'
import type { World } from './world.ts'

export function payOnce(world: World, ready: Ready): Bought {
  const { session, quote } = ready
  const makesCustomer = session.customer !== null || session.customer_creation === 'always'
  if (quote.amount_total === 0) {
    const customer = makesCustomer ? customerOf(world, ready).id : null
    return finish(world, ready, { customer, payment_status: 'no_payment_required' })
  }
  if (ready.card === 'decline') return decline(world, ready)
  const customer = makesCustomer ? customerOf(world, ready).id : null
  const { intent, outcome } = attempt(world, ready, customer)
  const payment_status = outcome === 'processing' ? 'unpaid' : 'paid'
  return finish(world, ready, { customer, payment_intent: intent.id, payment_status })
}

/** A declined try leaves its traces: the intent, a failed charge and their events. The session stays open. */
function decline(world: World, ready: Ready): Bought {
  const { intent } = attempt(world, ready, ready.session.customer)
  world.change('checkout_session', ready.session.id, { payment_intent: intent.id }, null)
  return { paid: false, reason: 'Your card was declined.' }
}

function attempt(world: World, ready: Ready, customer: string | null): Paid {
  const { session, card, details } = ready
  const method = newPaymentMethod(world, {
    customer,
    card,
    number: details.cardNumber,
    currency: session.currency ?? 'usd',
    billing: billingOf(details),
  })
  const payment = paymentOf(world, ready, { customer, method: method.id })
  return session.payment_intent === null ? pay(world, payment) : payAgain(world, session.payment_intent, payment)
}

function paymentOf(world: World, ready: Ready, by: { customer: string | null; method: string }): Payment {
  const { session, quote, details } = ready
  const data = world.store.hidden('checkout_session', session.id).paymentIntentData
  return {
    ...by,
    amount: quote.amount_total ?? 0,
    currency: session.currency ?? 'usd',
    metadata: data?.metadata as Record<string, string>,
    description: data?.description as string | null,
    receiptEmail: details.email,
    shipping: details.shipping && { ...details.shipping, carrier: null, phone: details.phone, tracking_number: null },
    types: session.payment_method_types,
  }
}

function finish(world: World, ready: Ready, outcome: Parameters<typeof complete>[2]): Bought {
  if (ready.quote.discount) redeem(world, ready.quote.discount)
  return complete(world, ready, outcome)
}
