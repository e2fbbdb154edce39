/** What a shop meets out of order: refunds nobody told of, keys used again, buyers who are gone, a server's carts. */

import { describe, expect, it } from 'vitest'
import { as, page, secret, useApp } from '../support/app.ts'
import { fault, noFaults, onlyOne, post, RETURNS, sessionsAt, stripeOf } from '../support/billing.ts'
import { aProduct, aStore, bought, cart, order, orderOf, refund, stockOf } from '../support/store.ts'

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

  it('and a dispute, told before the sale is, are known once the sale is', async () => {
    const { project, products } = await aStore(app())
    const made = await order(app(), project, [{ productId: products[0].id }])
    await post(app(), { drop: 1 })
    await app().pay(made.sessionId)
    await post(app(), {})
    const { payment_intent } = await stripeOf(app(), project).checkout.sessions.retrieve(made.sessionId)
    for (const status of ['needs_response', 'lost'])
      await app().ok('POST', `/sandbox/stripe/charges/${payment_intent as string}/dispute`, { body: { status } })
    await app().settle()
    expect(await orderOf(app(), project, made.orderId)).toMatchObject({ status: 'pending', disputeStatus: null })
    await app().advance('31m')
    const known = await orderOf(app(), project, made.orderId)
    expect(known).toMatchObject({ status: 'disputed', disputeStatus: 'lost', amounts: { total: 1000, lost: 1000 } })
    expect(known.times.disputed).toEqual(expect.any(Number))
    const { totalSales, totalRevenue } = await app().ok('GET', '/api/dashboard', { headers: secret(project) })
    expect([totalSales, totalRevenue]).toEqual([1, 0])
  })

  it('that was not told is found when Stripe refuses another, also when it cannot be asked at once', async () => {
    const { project, products } = await aStore(app())
    const { id, paymentIntent } = await bought(app(), project, [{ productId: products[0].id }])
    await app().settle()
    const { data } = await stripeOf(app(), project).charges.list({ payment_intent: paymentIntent })
    await post(app(), { drop: 1 })
    await app().ok('POST', `/sandbox/stripe/charges/${data[0]?.id}/refund`, { body: {} })
    await post(app(), {})
    const away = { service: 'stripe', method: 'GET', path: '^/v1/refunds$', times: 2, kind: 'status', status: 500 }
    await fault(app(), away)
    expect((await refund(app(), project, id)).status).toBe(503)
    await noFaults(app())
    await app().advance('1m')
    expect(await orderOf(app(), project, id)).toMatchObject({ status: 'refunded', amounts: { refunded: 1000 } })
  })
})

describe('a refund while no Stripe account is connected', () => {
  it('is refused, and can be asked for again: it does not count as given', async () => {
    const { project, products } = await aStore(app())
    const { id } = await bought(app(), project, [{ productId: products[0].id }])
    await app().ok('POST', `/sandbox/stripe/accounts/${project.stripeAccount}/deauthorize`, { body: {} })
    await app().settle()
    for (let n = 0; n < 2; n += 1) expect((await refund(app(), project, id)).body.code).toBe('payments_not_connected')
    expect(await orderOf(app(), project, id)).toMatchObject({ status: 'paid', refunds: [] })
  })
})

describe('a cart that Stripe refused for good', () => {
  it('gets no page under its key later on: nothing would hold what that page sells', async () => {
    const { project, products } = await aStore(app())
    const send = (key: string) =>
      cart(app(), project, [{ productId: products[0].id }], {
        headers: { 'Idempotency-Key': `${key}-0123456789abcdef` },
      })
    await fault(app(), { service: 'stripe', path: '^/v1/checkout/sessions$', times: 1, kind: 'status', status: 400 })
    expect((await send('k')).body.code).toBe('stripe_refused')
    const again = await send('k')
    expect([again.status, again.body.code]).toEqual([409, 'order_not_open'])
    expect(await sessionsAt(app(), project)).toHaveLength(0)
    expect((await send('another')).status).toBe(200)
    expect((await stockOf(app(), project, products[0])).reserved).toBe(1)
  })
})

describe('the cap on the open carts of one address', () => {
  const shop = async () => aStore(app(), { products: [aProduct({ stock: 100 })], shop: { holdsPerAddress: 2 } })

  it('is not for a server with the secret key, from which all buyers come', async () => {
    const { project, products } = await shop()
    const body = { items: [{ productId: products[0].id }], ...RETURNS }
    const headers = { ...secret(project), 'CF-Connecting-IP': '203.0.113.7' }
    for (let n = 0; n < 4; n += 1)
      expect((await app().call('POST', '/api/cart/checkout', { headers, body })).status).toBe(200)
  })

  it('counts the network of one line, however many addresses it has', async () => {
    const { project, products } = await shop()
    const statuses: number[] = []
    for (const address of ['2001:db8:1:2::1', '2001:db8:1:2:3:4:5:6', '2001:db8:1:2:ffff::', '2001:db8:1:3::1'])
      statuses.push(
        (
          await cart(app(), project, [{ productId: products[0].id }], {
            headers: { ...page(project), 'CF-Connecting-IP': address },
          })
        ).status,
      )
    expect(statuses).toEqual([200, 200, 429, 200])
  })
})

describe('a cart whose answer was lost', () => {
  it('holds its stock while its page can be paid, though its buyer was forgotten meanwhile', async () => {
    const { project, products } = await aStore(app())
    await fault(app(), { service: 'stripe', path: '^/v1/checkout/sessions$', times: 2, kind: 'timeout_after_commit' })
    const body = { items: [{ productId: products[0].id }], email: 'buyer@example.com', ...RETURNS }
    expect((await app().call('POST', '/api/cart/checkout', { headers: as(project, 'u'), body })).status).toBe(503)
    await noFaults(app())
    await app().ok('DELETE', '/api/customers/u', { headers: secret(project) })
    await app().advance('2m')
    const session = onlyOne(await sessionsAt(app(), project))
    expect(session.status).toBe('open')
    expect((await stockOf(app(), project, products[0])).reserved).toBe(1)
    await app().pay(session.id)
    await app().settle()
    const { orders } = await app().ok('GET', '/api/orders', { headers: secret(project) })
    expect(orders).toMatchObject([{ status: 'paid', sessionId: session.id }])
  })
})
