/** Money that goes back: never more than came, and the shelf and the order follow Stripe, whoever asked for it. */

import { describe, expect, it } from 'vitest'
import { secret, useApp, type Body, type TestProject } from '../support/app.ts'
import { eventsAt, fault, noFaults, stripeOf } from '../support/billing.ts'
import {
  aProduct,
  aStore,
  bought,
  ledgerOf,
  order,
  orderAction,
  orderOf,
  paid,
  refund,
  stockOf,
  usd,
  violations,
} from '../support/store.ts'

const app = useApp()

/** A paid order: three mugs of ten dollars and one pot of twenty. */
async function sold() {
  const { project, products } = await aStore(app(), {
    products: [aProduct(), aProduct({ name: 'Pot', prices: [usd(2000)] })],
  })
  const [mug, pot] = products
  const made = await bought(app(), project, [{ productId: mug.id, quantity: 3 }, { productId: pot.id }])
  expect(made).toMatchObject({ status: 'paid', amounts: { total: 5000, refunded: 0 } })
  const again = () => orderOf(app(), project, made.id)
  return { project, mug, pot, id: made.id as string, made, again }
}

const variant = (product: Body): string => product.variants[0].id
const chargeOf = async (project: TestProject, made: Body): Promise<string> => {
  const { data } = await stripeOf(app(), project).charges.list({ payment_intent: made.paymentIntent })
  return data[0]?.id ?? ''
}
const atStripe = async (project: TestProject, made: Body): Promise<number> => {
  const { data } = await stripeOf(app(), project).refunds.list({ payment_intent: made.paymentIntent, limit: 100 })
  return data.filter(({ status }) => status === 'succeeded').reduce((sum, { amount }) => sum + amount, 0)
}
/** Refunds in Stripe's own dashboard. */
const byHand = async (project: TestProject, made: Body, body: object): Promise<Body> =>
  app().ok('POST', `/sandbox/stripe/charges/${await chargeOf(project, made)}/refund`, { body })

describe('a refund', () => {
  it('of nothing named gives back all that is left, once', async () => {
    const { project, id, made, mug } = await sold()
    const { status, body } = await refund(app(), project, id)
    expect(status).toBe(200)
    expect(body.order).toMatchObject({ status: 'refunded', amounts: { total: 5000, refunded: 5000 } })
    expect(body.order.times.refunded).toEqual(expect.any(Number))
    expect(body.order.refunds).toMatchObject([{ amount: 5000, state: 'succeeded', restocked: false }])
    expect((await refund(app(), project, id)).body).toMatchObject({ code: 'refund_too_large', left: 0 })
    expect(await atStripe(project, made)).toBe(5000)
    expect(await stockOf(app(), project, mug)).toMatchObject({ onHand: 7 }) // nobody asked for the units back
  })

  it('of lines gives back what was paid for them, and puts them back if asked', async () => {
    const { project, id, made, mug, pot } = await sold()
    const one = await refund(app(), project, id, { lines: [{ variantId: variant(mug), quantity: 2 }], restock: true })
    expect(one.body.order).toMatchObject({ status: 'partially_refunded', amounts: { refunded: 2000 } })
    expect(await stockOf(app(), project, mug)).toMatchObject({ onHand: 9, available: 9 })
    const much = await refund(app(), project, id, { lines: [{ variantId: variant(mug), quantity: 2 }] })
    expect(much.body).toMatchObject({ code: 'refund_too_large' })
    const rest = [
      { variantId: variant(mug), quantity: 1 },
      { variantId: variant(pot), quantity: 1 },
    ]
    const all = await refund(app(), project, id, { lines: rest })
    expect(all.body.order).toMatchObject({ status: 'refunded', amounts: { refunded: 5000 } })
    expect(await atStripe(project, made)).toBe(5000)
    expect(await stockOf(app(), project, mug)).toMatchObject({ onHand: 9 })
  })

  it('of an amount gives back that amount, and asks for lines when units shall go back for a part', async () => {
    const { project, id, again } = await sold()
    expect((await refund(app(), project, id, { amount: 1 })).body.order.amounts.refunded).toBe(1)
    expect((await refund(app(), project, id, { amount: 5, restock: true })).status).toBe(400)
    expect((await refund(app(), project, id, { amount: 5000 })).body).toMatchObject({ left: 4999 })
    const all = await refund(app(), project, id, { amount: 4999, restock: true })
    expect(all.body.order.status).toBe('refunded')
    expect((await again()).lines.map(({ refundedQuantity }: Body) => refundedQuantity)).toEqual([3, 1])
  })

  it.each([
    { amount: 0 },
    { amount: -5 },
    { amount: 1.5 },
    { amount: '5' },
    { amount: 1e12 },
    { amount: 5, lines: [{ variantId: 'x', quantity: 1 }] },
    { lines: [] },
    { lines: [{ variantId: 'x', quantity: 0 }] },
    { lines: [{ variantId: 'x', quantity: 1 }] },
    { reason: 'because' },
    { restock: 'yes' },
  ])('of %j is refused and gives back nothing', async (body) => {
    const { project, id, made } = await sold()
    const refused = await refund(app(), project, id, body)
    expect(refused.status).toBeGreaterThanOrEqual(400)
    expect(refused.status).toBeLessThan(500)
    expect(await atStripe(project, made)).toBe(0)
  })

  it('made twice at the same moment never gives back more than was paid', async () => {
    const { project, id, made } = await sold()
    const answers = await Promise.all(Array.from({ length: 6 }, () => refund(app(), project, id, { amount: 2000 })))
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(2)
    for (const { status, body } of answers)
      if (status !== 200) expect(body).toMatchObject({ code: 'refund_too_large', left: 1000 })
    expect(await atStripe(project, made)).toBe(4000)
    const both = await Promise.all([refund(app(), project, id), refund(app(), project, id)])
    expect(both.map(({ status }) => status).toSorted()).toEqual([200, 409])
    expect(await atStripe(project, made)).toBe(5000)
  })

  it('repeated under its key is made once; the key with another refund is refused [F28]', async () => {
    const { project, id, made } = await sold()
    const headers = { 'Idempotency-Key': 'refund-1' }
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => refund(app(), project, id, { amount: 100 }, headers)),
    )
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200])
    expect(await atStripe(project, made)).toBe(100)
    const other = await refund(app(), project, id, { amount: 200 }, headers)
    expect([other.status, other.body.code]).toEqual([422, 'idempotency_mismatch'])
  })

  it('whose answer Stripe did not give in time is made once all the same', async () => {
    const { project, id, made, again } = await sold()
    await fault(app(), {
      service: 'stripe',
      method: 'POST',
      path: '/v1/refunds',
      times: 2,
      kind: 'timeout_after_commit',
    })
    const unknown = await refund(app(), project, id, { amount: 700 })
    expect(unknown.body).toMatchObject({ code: 'stripe_unavailable' })
    await noFaults(app())
    await app().advance('5m')
    expect(await again()).toMatchObject({ status: 'partially_refunded', amounts: { refunded: 700 } })
    expect(await atStripe(project, made)).toBe(700)
    expect((await again()).refunds).toMatchObject([{ state: 'succeeded', amount: 700 }])
  })

  it('that Stripe refuses is said to be refused, and can be asked for again', async () => {
    const { project, id, made, again } = await sold()
    await fault(app(), {
      service: 'stripe',
      method: 'POST',
      path: '/v1/refunds',
      times: 1,
      kind: 'status',
      status: 400,
    })
    const refused = await refund(app(), project, id)
    expect([refused.status, refused.body.code]).toEqual([502, 'stripe_refused'])
    expect(await again()).toMatchObject({ status: 'paid', amounts: { refunded: 0 } })
    expect((await again()).refunds).toMatchObject([{ state: 'failed' }])
    expect((await refund(app(), project, id)).body.order.status).toBe('refunded')
    expect(await atStripe(project, made)).toBe(5000)
  })

  it('in Stripe’s own dashboard ends in the same state, and counts against what is left [F22]', async () => {
    const { project, id, made, again } = await sold()
    await byHand(project, made, { amount: 1500 })
    await app().settle()
    expect(await again()).toMatchObject({ status: 'partially_refunded', amounts: { refunded: 1500 } })
    expect((await refund(app(), project, id, { amount: 3501 })).body).toMatchObject({ left: 3500 })
    await byHand(project, made, {})
    await app().settle()
    expect(await again()).toMatchObject({ status: 'refunded', amounts: { refunded: 5000 } })
    expect((await again()).refunds).toHaveLength(2)
  })

  it('made there unheard of does not let more go back than was paid', async () => {
    const { project, id, made, again } = await sold()
    await app().ok('POST', '/sandbox/stripe/delivery', { body: { drop: 1 } })
    await byHand(project, made, {})
    const refused = await refund(app(), project, id)
    await app().ok('POST', '/sandbox/stripe/delivery', { body: {} })
    expect([refused.status, refused.body.code]).toEqual([502, 'stripe_refused'])
    expect(await atStripe(project, made)).toBe(5000)
    expect(await again()).toMatchObject({ status: 'refunded', amounts: { refunded: 5000 } })
  })

  it('puts units back once, however often it is told, and takes them off again when it fails', async () => {
    const { project, id, made, mug, again } = await sold()
    await refund(app(), project, id, { lines: [{ variantId: variant(mug), quantity: 3 }], restock: true })
    await app().settle()
    for (const event of await eventsAt(app(), project, 'refund'))
      await app().ok('POST', `/sandbox/stripe/events/${event.id}/redeliver`, { body: { times: 5 } })
    await app().settle()
    expect(await stockOf(app(), project, mug)).toMatchObject({ onHand: 10 })
    await byHand(project, made, { amount: 1, fail: true }) // another refund's failure is not this one's
    await app().settle()
    expect(await stockOf(app(), project, mug)).toMatchObject({ onHand: 10 })
    expect(
      (await ledgerOf(app(), project, variant(mug))).map(({ reason, delta, orderId }) => [reason, delta, orderId]),
    ).toEqual([
      ['restock', 3, id],
      ['sale', -3, id],
      ['initial', 10, null],
    ])
    expect(await again()).toMatchObject({ status: 'partially_refunded', amounts: { refunded: 3000 } })
  })

  it('that fails in the dashboard leaves the order paid', async () => {
    const { project, made, again } = await sold()
    await byHand(project, made, { amount: 1500, fail: true })
    await app().settle()
    expect(await again()).toMatchObject({ status: 'paid', amounts: { refunded: 0 } })
    expect((await again()).refunds).toMatchObject([
      { state: 'failed', amount: 1500, failure: 'expired_or_canceled_card' },
    ])
  })

  it('of an order that is not paid is refused', async () => {
    const { project, products } = await aStore(app())
    const made = await order(app(), project, [{ productId: products[0].id }])
    expect((await refund(app(), project, made.orderId)).body).toMatchObject({ code: 'order_not_paid' })
    expect((await refund(app(), project, 'ord_nothing')).status).toBe(404)
  })

  it('in a currency of three digits is a multiple of ten, as Stripe wants it', async () => {
    const prices = [{ unitAmount: 1010, currency: 'kwd' }]
    const shop = { promotionCodes: true }
    const { project, products } = await aStore(app(), { products: [aProduct({ prices })], shop })
    const stripe = stripeOf(app(), project)
    const coupon = await stripe.coupons.create({ percent_off: 50, duration: 'once' })
    await stripe.promotionCodes.create({ promotion: { type: 'coupon', coupon: coupon.id }, code: 'HALF' })
    const made = await order(app(), project, [{ productId: products[0].id, quantity: 2 }])
    await paid(app(), made, { promotion_code: 'HALF' })
    const odd = await refund(app(), project, made.orderId, { amount: 505 })
    expect([odd.status, odd.body.code]).toEqual([400, 'invalid_request'])
    const line = { lines: [{ variantId: variant(products[0]), quantity: 1 }] }
    expect((await refund(app(), project, made.orderId, line)).body.order.amounts).toMatchObject({ refunded: 500 })
    expect((await refund(app(), project, made.orderId)).body.order.status).toBe('refunded')
  })

  it('of a line gives back its share of what a promotion code left of the price', async () => {
    const { project, products } = await aStore(app(), { products: [aProduct()], shop: { promotionCodes: true } })
    const stripe = stripeOf(app(), project)
    const coupon = await stripe.coupons.create({ percent_off: 25, duration: 'once' })
    await stripe.promotionCodes.create({ promotion: { type: 'coupon', coupon: coupon.id }, code: 'SPRING' })
    const made = await order(app(), project, [{ productId: products[0].id, quantity: 3 }])
    await paid(app(), made, { promotion_code: 'SPRING' })
    const bill = await orderOf(app(), project, made.orderId)
    expect(bill.amounts).toMatchObject({ subtotal: 3000, discount: 750, total: 2250 })
    const line = { lines: [{ variantId: variant(products[0]), quantity: 1 }] }
    expect((await refund(app(), project, made.orderId, line)).body.order.amounts.refunded).toBe(750)
    expect((await refund(app(), project, made.orderId)).body.order).toMatchObject({ status: 'refunded' })
    expect(await violations(app())).toEqual([])
  })
})

describe('a dispute', () => {
  const dispute = async (project: TestProject, made: Body, status: string): Promise<unknown> => {
    await app().ok('POST', `/sandbox/stripe/charges/${await chargeOf(project, made)}/dispute`, { body: { status } })
    return app().settle()
  }

  it.each([
    ['won', 'paid'],
    ['lost', 'disputed'],
  ])('is shown while it lasts, and once %s the order is %s', async (end, status) => {
    const { project, made, mug, again } = await sold()
    await dispute(project, made, 'needs_response')
    const open = await again()
    expect(open).toMatchObject({ status: 'disputed', disputeStatus: 'needs_response' })
    expect(open.times.disputed).toEqual(expect.any(Number))
    await dispute(project, made, 'under_review')
    await dispute(project, made, end)
    expect(await again()).toMatchObject({ status, disputeStatus: end, times: { disputed: open.times.disputed } })
    expect(await stockOf(app(), project, mug)).toMatchObject({ onHand: 7 }) // the goods are with the buyer
    const dashboard = await app().ok('GET', '/api/dashboard', { headers: secret(project) })
    expect(dashboard.totalRevenue).toBe(end === 'lost' ? 0 : 5000)
    const { events } = await app().ok('GET', '/api/events?type=charge.dispute.closed', { headers: secret(project) })
    expect(events).toMatchObject([{ outcome: expect.stringMatching(/applied|unchanged/) }])
  })

  it('beside another is told apart from it, and only what is lost is lost', async () => {
    const { project, made, again } = await sold()
    const at = `/sandbox/stripe/charges/${await chargeOf(project, made)}/dispute`
    await app().ok('POST', at, { body: { amount: 1000 } })
    await app().ok('POST', at, { body: { status: 'lost' } })
    await app().ok('POST', at, { body: { another: true, amount: 500 } })
    await app().settle()
    expect(await again()).toMatchObject({ disputeStatus: 'needs_response', amounts: { lost: 1000 } })
    await app().ok('POST', at, { body: { status: 'won' } })
    await app().settle()
    expect(await again()).toMatchObject({ status: 'disputed', disputeStatus: 'lost', amounts: { lost: 1000 } })
    expect((await refund(app(), project, made.id, { amount: 4001 })).body).toMatchObject({ left: 4000 })
  })
})

describe('an order', () => {
  it('that waits can be canceled: its page is dead at Stripe and its stock is free', async () => {
    const { project, products } = await aStore(app())
    const made = await order(app(), project, [{ productId: products[0].id, quantity: 4 }])
    const canceled = await orderAction(app(), project, made.orderId, 'cancel')
    expect(canceled.status).toBe(200)
    expect(canceled.body.order.status).toMatch(/canceled|expired/)
    expect(canceled.body.order.times.ended).toEqual(expect.any(Number))
    expect(await stockOf(app(), project, products[0])).toEqual({ onHand: 10, available: 10, reserved: 0 })
    expect(
      (await app().call('POST', `/sandbox/stripe/checkout/${made.sessionId}/pay`, { body: { card: 'ok' } })).status,
    ).toBe(400)
    expect((await orderAction(app(), project, made.orderId, 'cancel')).body).toMatchObject({ code: 'order_not_open' })
  })

  it('that was paid cannot be canceled, also when nobody has told us yet', async () => {
    const { project, products } = await aStore(app())
    const made = await order(app(), project, [{ productId: products[0].id }])
    await app().ok('POST', '/sandbox/stripe/delivery', { body: { paused: true } })
    await app().ok('POST', `/sandbox/stripe/checkout/${made.sessionId}/pay`, { body: { card: 'ok' } })
    const late = await orderAction(app(), project, made.orderId, 'cancel')
    await app().ok('POST', '/sandbox/stripe/delivery', { body: {} })
    expect(late.body.order ?? { status: 'refused' }).toMatchObject({ status: 'paid' })
    expect(await stockOf(app(), project, products[0])).toEqual({ onHand: 9, available: 9, reserved: 0 })
    expect((await orderAction(app(), project, made.orderId, 'cancel')).body).toMatchObject({ code: 'order_not_open' })
  })

  it('is fulfilled once it is paid, with its tracking number, and keeps the first time', async () => {
    const { project, id, again } = await sold()
    const tracking = { trackingNumber: '1Z 999', carrier: 'UPS' }
    const first = await orderAction(app(), project, id, 'fulfill', tracking)
    expect(first.body.order).toMatchObject({ status: 'fulfilled', tracking: { number: '1Z 999', carrier: 'UPS' } })
    await app().advance('1h')
    await orderAction(app(), project, id, 'fulfill', { trackingNumber: 'other' })
    expect(await again()).toMatchObject({
      tracking: { number: 'other', carrier: 'UPS' },
      times: { fulfilled: first.body.order.times.fulfilled },
    })
    const { project: other, products } = await aStore(app())
    const open = await order(app(), other, [{ productId: products[0].id }])
    expect((await orderAction(app(), other, open.orderId, 'fulfill')).body).toMatchObject({ code: 'order_not_paid' })
    expect((await orderAction(app(), other, id, 'fulfill')).status).toBe(404) // another shop's
  })

  it('has every state with its time, in order', async () => {
    const { project, products } = await aStore(app())
    const made = await order(app(), project, [{ productId: products[0].id }])
    await app().advance('1m')
    await paid(app(), made)
    await app().advance('1m')
    await orderAction(app(), project, made.orderId, 'fulfill')
    await app().advance('1m')
    await refund(app(), project, made.orderId)
    const { times } = await orderOf(app(), project, made.orderId)
    const moments = [times.created, times.paid, times.fulfilled, times.refunded]
    expect(moments).toEqual(moments.toSorted((a, b) => a - b))
    expect(new Set(moments).size).toBe(4)
    expect(times).toMatchObject({ processing: null, disputed: null, ended: null })
  })
})
