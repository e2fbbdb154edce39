/** What a shop meets out of order: a refund before the sale is known, a key used again after a refusal, a server's carts. */

import { describe, expect, it } from 'vitest'
import { page, secret, useApp } from '../support/app.ts'
import { fault, post, sessionsAt, stripeOf } from '../support/billing.ts'
import { aProduct, aStore, cart, order, orderOf, stockOf } from '../support/store.ts'

const app = useApp()

describe('a refund in Stripe’s dashboard', () => {
  it('that is told before the sale is, still counts once the sale is known', async () => {
    const { project, products } = await aStore(app())
    const made = await order(app(), project, [{ productId: products[0].id }])
    await post(app(), { drop: 1 })
    await app().pay(made.sessionId)
    await post(app(), {})
    const stripe = stripeOf(app(), project)
    const { payment_intent } = await stripe.checkout.sessions.retrieve(made.sessionId)
    const { data } = await stripe.charges.list({ payment_intent: payment_intent as string })
    await app().ok('POST', `/sandbox/stripe/charges/${data[0]?.id}/refund`, { body: {} })
    await app().settle()
    expect(await orderOf(app(), project, made.orderId)).toMatchObject({ status: 'pending' })
    await app().advance('31m')
    expect(await orderOf(app(), project, made.orderId)).toMatchObject({
      status: 'refunded',
      amounts: { total: 1000, refunded: 1000 },
    })
  })
})
