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

describe('a cart that Stripe refused for good', () => {
  it('gets no page under its key later on: nothing would hold what that page sells', async () => {
    const { project, products } = await aStore(app())
    const send = (key: string) =>
      cart(app(), project, [{ productId: products[0].id }], { headers: { 'Idempotency-Key': key } })
    await fault(app(), { service: 'stripe', path: '^/v1/checkout/sessions$', times: 1, kind: 'status', status: 400 })
    expect((await send('k')).body.code).toBe('stripe_refused')
    const again = await send('k')
    expect([again.status, again.body.code]).toEqual([409, 'order_not_open'])
    expect(await sessionsAt(app(), project)).toHaveLength(0)
    expect((await send('another')).status).toBe(200)
    expect((await stockOf(app(), project, products[0])).reserved).toBe(1)
  })
})
