/** A connected account in the sandbox with something to sell. */
import type Stripe from 'stripe'
import type { RunningSandbox } from './sandbox.ts'

export const DAY_MS = 86_400_000

export async function aShop(sandbox: RunningSandbox) {
  const { body } = await sandbox.control<{ id: string }>('POST', '/stripe/accounts', {})
  const account = body.id
  const stripe = sandbox.stripe({ account })
  const product = await stripe.products.create({ name: 'Membership' })
  const price = (unit_amount: number, interval: 'month' | 'year' = 'month') =>
    stripe.prices.create({ product: product.id, currency: 'usd', unit_amount, recurring: { interval } })
  const basic = await price(1000)
  const pro = await price(3000)
  const yearly = await price(30_000, 'year')

  const checkout = (params: Partial<Stripe.Checkout.SessionCreateParams> = {}) =>
    stripe.checkout.sessions.create({
      mode: 'subscription',
      success_url: 'http://shop.example/ok?session={CHECKOUT_SESSION_ID}',
      cancel_url: 'http://shop.example/cart',
      line_items: [{ price: basic.id, quantity: 1 }],
      ...params,
    })

  /** A customer who bought through Checkout. */
  async function subscribed(params: Partial<Stripe.Checkout.SessionCreateParams> = {}, card: 'ok' | 'delayed' = 'ok') {
    const session = await checkout(params)
    await sandbox.control('POST', `/stripe/checkout/${session.id}/pay`, { card })
    const done = await stripe.checkout.sessions.retrieve(session.id)
    return { session: done, subscription: await stripe.subscriptions.retrieve(String(done.subscription)) }
  }

  const fresh = (id: string) => stripe.subscriptions.retrieve(id)
  const card = (customer: unknown, kind: 'ok' | 'decline') =>
    sandbox.control('POST', `/stripe/customers/${String(customer)}/card`, { card: kind })

  /** The types of the account's events that the app heard since `forget`, in order. */
  async function heard() {
    return (await sandbox.heard()).filter((event) => event.account === account)
  }

  return { account, stripe, product, basic, pro, yearly, checkout, subscribed, fresh, card, heard }
}

export function itemOf(subscription: Stripe.Subscription): Stripe.SubscriptionItem {
  const item = subscription.items.data[0]
  if (item === undefined) throw new Error('the subscription has no item')
  return item
}

/** The error a call is refused with; fails when it is not refused. */
export async function refusal(call: Promise<unknown>): Promise<Stripe.errors.StripeError> {
  try {
    await call
  } catch (error) {
    return error as Stripe.errors.StripeError
  }
  throw new Error('the call was not refused')
}
