/** The ends of an order that are easily forgotten: given back whole, sold for nothing, paid when nothing is left to send. */

import { describe, expect, it } from 'vitest'
import { as, secret, useApp, type Body, type TestProject } from '../support/app.ts'
import { eventsAt, post, RETURNS, stripeOf } from '../support/billing.ts'
import {
  addProduct,
  aProduct,
  aStore,
  bought,
  order,
  orderAction,
  orderOf,
  paid,
  refund,
  stockOf,
  violations,
} from '../support/store.ts'

const app = useApp()

const listed = async (project: TestProject, status: string): Promise<string[]> =>
  (await app().ok('GET', `/api/orders?status=${status}`, { headers: secret(project) })).orders.map(({ id }: Body) => id)

describe('an order that was given back whole', () => {
  it('cannot be sent any more; one that was given back in part can', async () => {
    const { project, products } = await aStore(app())
    const { id } = await bought(app(), project, [{ productId: products[0].id }])
    await refund(app(), project, id, { amount: 999 })
    expect((await orderAction(app(), project, id, 'fulfill')).status).toBe(200)
    const other = await bought(app(), project, [{ productId: products[0].id }])
    await refund(app(), project, other.id)
    const late = await orderAction(app(), project, other.id, 'fulfill')
    expect([late.status, late.body.code, late.body.status]).toEqual([409, 'order_not_paid', 'refunded'])
    expect((await orderOf(app(), project, other.id)).times.fulfilled).toBe(null)
  })

  it('is found by where it stands, as is every other order', async () => {
    const { project, products } = await aStore(app())
    const cart = [{ productId: products[0].id }]
    const [open, back, part, sent] = [
      (await order(app(), project, cart)).orderId as string,
      ...(await Promise.all([0, 1, 2].map(async () => (await bought(app(), project, cart)).id as string))),
    ]
    await refund(app(), project, back!)
    await refund(app(), project, part!, { amount: 1 })
    await orderAction(app(), project, sent!, 'fulfill')
    const where = { pending: open, refunded: back, partially_refunded: part, fulfilled: sent }
    for (const [status, id] of Object.entries(where)) expect(await listed(project, status), status).toEqual([id])
    expect(await listed(project, 'paid')).toEqual([])
    await app().advance('35m')
    expect([await listed(project, 'expired'), await listed(project, 'pending')]).toEqual([[open], []])
  })
})

describe('an order that cost nothing', () => {
  async function free(product: Record<string, unknown> = {}) {
    const { project, products } = await aStore(app(), { products: [aProduct(product)], shop: { promotionCodes: true } })
    const stripe = stripeOf(app(), project)
    const coupon = await stripe.coupons.create({ percent_off: 100, duration: 'once' })
    await stripe.promotionCodes.create({ promotion: { type: 'coupon', coupon: coupon.id }, code: 'GIFT' })
    const body = { items: [{ productId: products[0].id, quantity: 2 }], ...RETURNS }
    const made = await app().ok('POST', '/api/cart/checkout', { headers: as(project, 'u'), body })
    await paid(app(), made, { promotion_code: 'GIFT' })
    const id = made.orderId as string
    expect(await orderOf(app(), project, id)).toMatchObject({ status: 'paid', amounts: { total: 0 } })
    return { project, mug: products[0], id }
  }

  it('is the shop’s to cancel: its buyer’s link takes nothing back', async () => {
    const { project, mug, id } = await free()
    const { pathname, search } = new URL((await orderOf(app(), project, id)).orderUrl)
    const left = await app().call('DELETE', pathname + search)
    expect([left.status, left.body]).toEqual([409, expect.objectContaining({ code: 'order_not_open', status: 'paid' })])
    expect((await orderOf(app(), project, id)).status).toBe('paid')
    expect(await stockOf(app(), project, mug)).toEqual({ onHand: 8, available: 8, reserved: 0 })
  })

  it('is canceled with its units back on the shelf, once, and no late word of Stripe sells it again', async () => {
    const { project, mug, id } = await free()
    const canceled = await orderAction(app(), project, id, 'cancel')
    expect([canceled.status, canceled.body.order?.status]).toEqual([200, 'canceled'])
    expect(await stockOf(app(), project, mug)).toEqual({ onHand: 10, available: 10, reserved: 0 })
    expect((await orderAction(app(), project, id, 'cancel')).body).toMatchObject({ code: 'order_not_open' })
    const { events } = await app().ok('GET', '/api/events?type=checkout.session.completed', {
      headers: secret(project),
    })
    await app().ok('POST', `/api/events/${events[0].id}/replay`, { headers: secret(project), body: {} })
    await app().settle()
    expect((await orderOf(app(), project, id)).status).toBe('canceled')
    expect(await stockOf(app(), project, mug)).toEqual({ onHand: 10, available: 10, reserved: 0 })
    expect(await violations(app())).toEqual([])
  })

  it('gives back the credits that came with it, and is not refunded but canceled', async () => {
    const grant = { meter: 'requests', quantity: 5, validDays: null }
    const { project, id } = await free({ grant })
    const left = async () => (await app().ok('GET', '/api/usage', { headers: as(project, 'u') })).credits
    const before = await left()
    const wrong = await refund(app(), project, id)
    expect([wrong.status, wrong.body.code]).toEqual([409, 'order_not_paid'])
    expect(wrong.body.message).toMatch(/Cancel it/)
    await orderAction(app(), project, id, 'cancel')
    expect([before, await left()]).toEqual([10, 0])
  })

  it('cannot be canceled once its goods are on their way', async () => {
    const { project, mug, id } = await free()
    await orderAction(app(), project, id, 'fulfill')
    expect((await orderAction(app(), project, id, 'cancel')).body).toMatchObject({ code: 'order_not_open' })
    expect(await stockOf(app(), project, mug)).toMatchObject({ onHand: 8 })
  })
})

describe('an order whose payment is heard of when its goods are sold', () => {
  it('is unfillable: it says so to owner and buyer, and its money goes back by itself, once [F20]', async () => {
    const { project, products } = await aStore(app(), { products: [aProduct({ stock: 1 })] })
    const cart = [{ productId: products[0].id }]
    const late = await order(app(), project, cart)
    // Paid, but unheard: the account ends the connection, and the hold is given up a day after its page has ended.
    await post(app(), { drop: 1 })
    await app().pay(late.sessionId)
    await post(app(), {})
    const { payment_intent } = await stripeOf(app(), project).checkout.sessions.retrieve(late.sessionId)
    const there = stripeOf(app(), project)
    const to = { projectId: project.projectId, platformId: 'plt_ends' }
    await app().ok('POST', '/sandbox/projects/connect', { body: to })
    await app().ok('POST', `/sandbox/stripe/accounts/${project.stripeAccount}/deauthorize`, { body: {} })
    await app().advance('26h')
    expect((await orderOf(app(), project, late.orderId)).status).toBe('expired')
    const sold = await bought(app(), project, cart)
    // The account is back, and so is the news.
    await app().ok('POST', '/sandbox/stripe/accounts', { body: { id: project.stripeAccount } })
    for (const event of await eventsAt(app(), project, 'checkout.session.completed'))
      await app().ok('POST', `/sandbox/stripe/events/${event.id}/redeliver`, { body: { times: 3 } })
    await app().settle()
    const known = await orderOf(app(), project, late.orderId)
    expect(known).toMatchObject({ status: 'unfillable', lines: [{ hold: 'unfilled' }], amounts: { refunded: 1000 } })
    expect(known.refunds).toMatchObject([{ state: 'succeeded', amount: 1000 }])
    const { data } = await there.refunds.list({ payment_intent: payment_intent as string })
    expect(data.map(({ amount, status }) => [amount, status])).toEqual([[1000, 'succeeded']])
    expect(await listed(project, 'unfillable')).toEqual([late.orderId])
    const { events } = await app().ok('GET', '/api/events?type=checkout.session.completed', {
      headers: secret(project),
    })
    expect(events.some(({ reason }: Body) => String(reason).startsWith('order_unfillable'))).toBe(true)
    const page = await (await fetch(late.orderUrl)).text()
    expect(page).toMatch(/Sold out while you were paying/)
    expect((await orderOf(app(), project, sold.id)).status).toBe('paid')
    expect(await stockOf(app(), project, products[0])).toEqual({ onHand: 0, available: 0, reserved: 0 })
    const { totalSales, totalRevenue } = await app().ok('GET', '/api/dashboard', { headers: secret(project) })
    expect([totalSales, totalRevenue]).toEqual([1, 1000])
    expect(await violations(app())).toEqual([])
  })
})

describe('the slug of a product that was deleted', () => {
  it('is free for another; the product is gone for good, its orders are not', async () => {
    const { project, products } = await aStore(app(), { products: [aProduct({ slug: 'mug' })] })
    const headers = secret(project)
    const sold = await bought(app(), project, [{ slug: 'mug' }])
    await app().ok('DELETE', `/api/products/${products[0].id}`, { headers })
    const next = await addProduct(app(), project, aProduct({ slug: 'mug', name: 'Another mug' }))
    expect(next.slug).toBe('mug')
    expect((await bought(app(), project, [{ slug: 'mug' }])).lines).toMatchObject([{ productId: next.id }])
    for (const [method, body] of [
      ['GET', undefined],
      ['PATCH', { archived: false }],
      ['DELETE', undefined],
    ] as const) {
      const answer = await app().call(method, `/api/products/${products[0].id}`, { headers, ...(body && { body }) })
      expect([answer.status, answer.body.code], method).toEqual([404, 'product_not_found'])
    }
    expect((await app().ok('GET', '/api/products?archived=true', { headers })).products).toEqual([])
    expect((await refund(app(), project, sold.id)).body.order.status).toBe('refunded')
  })
})
