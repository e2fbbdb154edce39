/** The end of a successful checkout, whatever was sold: the session as it stays, and its customer. */
import { detailsOf } from './buyer.ts'
import { newCustomer } from './customers.ts'
import type { Bought, Ready } from './checkout.ts'
import type { CheckoutSession, Customer } from './types.ts'
import type { World } from './world.ts'

type Outcome = Partial<CheckoutSession> & Pick<CheckoutSession, 'payment_status'>

export function complete(world: World, { session, quote, details }: Ready, outcome: Outcome): Bought {
  const { lines, discount, ...amounts } = quote
  const customer = outcome.customer ? world.store.require('customer', outcome.customer) : null
  const { automatic_tax: tax } = session
  const done: CheckoutSession = {
    ...session,
    ...amounts,
    ...outcome,
    automatic_tax: tax.enabled ? { ...tax, status: 'complete' } : tax,
    collected_information: collected(details),
    customer_details: detailsOf(customer, details),
    discounts: discount === null ? [] : [{ coupon: discount.coupon, promotion_code: discount.promotionCode }],
    status: 'complete',
    url: null,
  }
  world.store.put('checkout_session', done, lines.length > 0 ? { lines } : {})
  world.emit('checkout.session.completed', done)
  return { paid: true, session: done }
}

function collected({ shipping }: Ready['details']): CheckoutSession['collected_information'] {
  return shipping && { business_name: null, individual_name: null, shipping_details: shipping }
}

/** The customer of the session, made now if it has none. */
export function customerOf(world: World, { session, details }: Ready): Customer {
  if (session.customer !== null) return world.store.require('customer', session.customer)
  const { email, name, phone, shipping } = details
  return newCustomer(world, { email, name, phone, address: shipping?.address ?? null, shipping })
}

/** What the payment method remembers of the one who pays. */
export function billingOf({ email, name, phone, shipping }: Ready['details']) {
  return { email, name, phone, address: shipping?.address ?? null }
}
