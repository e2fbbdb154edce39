/** A credit pack over HTTP: bought by a customer, used by them, and gone with its day or its money. */

import { describe, expect, it } from 'vitest'
import { as, page, secret, useApp, type Body, type TestProject } from '../support/app.ts'
import { eventsAt, RETURNS, tier } from '../support/billing.ts'
import { addProduct, aProduct, cart, orderOf, paid, refund } from '../support/store.ts'

const app = useApp()

/** A SaaS whose free tier allows two a month, and which sells packs of 500 for 90 days. */
async function aHybrid() {
  const project = await app().project({ type: 'saas', tiers: [tier({ slug: 'free', limit: 2 })] })
  const grant = { meter: 'requests', quantity: 500, validDays: 90 }
  const pack = await addProduct(app(), project, aProduct({ name: 'Pack', stock: null, grant }))
  const customer = await app().customer(project)
  const order = async (headers: Record<string, string> = as(project, customer.id)): Promise<Body> =>
    app().ok('POST', '/api/cart/checkout', { headers, body: { items: [{ productId: pack.id }], ...RETURNS } })
  const use = (quantity: number) =>
    app().call('POST', '/api/data', { headers: as(project, customer.id), body: { quantity } })
  const credits = async (): Promise<number> => (await app().usage(project, customer.id)).credits
  return { project, pack, customer, order, use, credits }
}

const tellAgain = async (project: TestProject): Promise<void> => {
  for (const event of await eventsAt(app(), project, 'checkout.session'))
    await app().ok('POST', `/sandbox/stripe/events/${event.id}/redeliver`, { body: { times: 4 } })
  await app().settle()
}

describe('a credit pack', () => {
  it('is sold to a signed-in customer, granted once, used, and ends by the clock', async () => {
    const { project, pack, customer, order, use, credits } = await aHybrid()
    expect(pack.grant).toEqual({ meter: 'requests', quantity: 500, validDays: 90 })
    const token = await app().token(project, customer.id)
    const made = await order(page(project, token))
    expect(await credits()).toBe(0)
    await paid(app(), made)
    await tellAgain(project)
    expect(await credits()).toBe(500)
    expect((await use(102)).body.usage).toMatchObject({ used: 2, credits: 400 })
    expect((await orderOf(app(), project, made.orderId)).customer.id).toBe(customer.id)
    await app().advance('89d')
    expect(await credits()).toBe(400)
    await app().advance('2d')
    expect(await credits()).toBe(0)
    expect((await use(3)).body).toMatchObject({ code: 'limit_reached' })
  })

  it('is not sold to a guest, who would lose it', async () => {
    const { project, pack } = await aHybrid()
    const refused = await cart(app(), project, [{ productId: pack.id }])
    expect([refused.status, refused.body.code]).toEqual([401, 'missing_customer'])
    expect((await app().ok('GET', '/api/orders', { headers: secret(project) })).orders).toEqual([])
  })

  it('goes back with its money as far as it is unspent, and comes back when the money did not go', async () => {
    const { project, order, use, credits } = await aHybrid()
    const made = await order()
    await paid(app(), made)
    await use(302)
    const { body } = await refund(app(), project, made.orderId)
    expect(body.order.status).toBe('refunded')
    expect(await credits()).toBe(0)
    const [{ stripeRefundId }] = body.order.refunds
    await app().ok('POST', `/sandbox/stripe/refunds/${stripeRefundId}`, { body: { outcome: 'fail' } })
    await app().settle()
    expect(await orderOf(app(), project, made.orderId)).toMatchObject({ status: 'paid', amounts: { refunded: 0 } })
    expect(await credits()).toBe(200)
  })
})
