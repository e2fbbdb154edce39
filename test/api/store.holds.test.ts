/** A hold ends when Stripe says that its session is dead, and never before: bank debits, timers, crashes, caps. */

import { describe, expect, it } from 'vitest'
import { as, page, secret, useApp, type Body } from '../support/app.ts'
import {
  fault,
  moveTo,
  noFaults,
  nowAt,
  onlyOne,
  post,
  requestsAt,
  RETURNS,
  sessionsAt,
  stripeOf,
} from '../support/billing.ts'
import {
  aProduct,
  aStore,
  bought,
  cart,
  order,
  orderAction,
  orderOf,
  paid,
  stockOf,
  violations,
} from '../support/store.ts'

const app = useApp()
const one = (product: Body, quantity = 1) => [{ productId: product.id, quantity }]
const bank = (session: string, outcome: 'succeed' | 'fail') =>
  app().ok('POST', `/sandbox/stripe/checkout/${session}/settle`, { body: { outcome } })
/** What happens at Stripe without anybody telling us. */
const unheard = async (what: () => Promise<unknown>): Promise<void> => {
  await post(app(), { drop: 1 })
  await what().finally(() => post(app()))
}

describe('money that takes days', () => {
  it('keeps the hold, and buys when it comes [F21]', async () => {
    const { project, products } = await aStore(app())
    const [mug] = products
    const made = await order(app(), project, one(mug, 3))
    await paid(app(), made, { card: 'delayed' })
    const waiting = await orderOf(app(), project, made.orderId)
    expect(waiting).toMatchObject({ status: 'processing', lines: [{ hold: 'held' }] })
    expect(waiting.times).toMatchObject({ processing: expect.any(Number), paid: null })
    await app().advance('4d')
    expect(await stockOf(app(), project, mug)).toEqual({ onHand: 10, available: 7, reserved: 3 })
    await bank(made.sessionId, 'succeed')
    await app().settle()
    expect(await orderOf(app(), project, made.orderId)).toMatchObject({ status: 'paid', lines: [{ hold: 'consumed' }] })
    expect(await stockOf(app(), project, mug)).toEqual({ onHand: 7, available: 7, reserved: 0 })
  })

  it('frees the stock when it does not come [F21]', async () => {
    const { project, products } = await aStore(app())
    const [mug] = products
    const made = await order(app(), project, one(mug, 3))
    await paid(app(), made, { card: 'delayed' })
    await bank(made.sessionId, 'fail')
    await app().settle()
    const failed = await orderOf(app(), project, made.orderId)
    expect(failed).toMatchObject({ status: 'canceled', lines: [{ hold: 'released' }] })
    expect(failed.times).toMatchObject({ paid: null, ended: expect.any(Number) })
    expect(await stockOf(app(), project, mug)).toEqual({ onHand: 10, available: 10, reserved: 0 })
  })

  it.each([
    ['succeed', 'paid'],
    ['fail', 'canceled'],
  ] as const)('is looked at when nobody tells us: %s', async (outcome, status) => {
    const { project, products } = await aStore(app())
    const made = await order(app(), project, one(products[0]))
    await paid(app(), made, { card: 'delayed' })
    await unheard(() => bank(made.sessionId, outcome))
    await app().advance('1d')
    expect((await orderOf(app(), project, made.orderId)).status).toBe(status)
  })

  it('that never came leaves the unit to the next buyer [F19]', async () => {
    const { project, products } = await aStore(app(), { products: [aProduct({ stock: 1 })] })
    const made = await order(app(), project, one(products[0]))
    await app().advance('40m')
    expect((await orderOf(app(), project, made.orderId)).status).toBe('expired')
    expect((await bought(app(), project, one(products[0]))).status).toBe('paid')
    expect(await stockOf(app(), project, products[0])).toEqual({ onHand: 0, available: 0, reserved: 0 })
  })
})

describe('a hold', () => {
  it('ends with the session, within a minute, and the stock is free again [F19]', async () => {
    const { project, products } = await aStore(app())
    const made = await order(app(), project, one(products[0], 4))
    const session = onlyOne(await sessionsAt(app(), project))
    expect(session.expires_at * 1000).toBeGreaterThanOrEqual(made.expiresAt)
    await moveTo(app(), made.expiresAt - 1000)
    expect((await stockOf(app(), project, products[0])).reserved).toBe(4)
    await moveTo(app(), made.expiresAt + 60_000)
    expect(await orderOf(app(), project, made.orderId)).toMatchObject({
      status: 'expired',
      lines: [{ hold: 'expired' }],
    })
    expect(await stockOf(app(), project, products[0])).toEqual({ onHand: 10, available: 10, reserved: 0 })
    expect((await stripeOf(app(), project).checkout.sessions.retrieve(made.sessionId)).status).toBe('expired')
  })

  it('of five minutes, below what Stripe can do, is ended by our own timer', async () => {
    const { project, products } = await aStore(app(), { shop: { holdMinutes: 5 } })
    const before = await nowAt(app())
    const made = await order(app(), project, one(products[0]))
    expect(made.expiresAt - before).toBeLessThan(5 * 60_000 + 5_000)
    expect(onlyOne(await sessionsAt(app(), project)).expires_at * 1000 - before).toBeGreaterThan(30 * 60_000)
    await app().advance('6m')
    expect((await orderOf(app(), project, made.orderId)).status).toBe('expired')
    expect((await stripeOf(app(), project).checkout.sessions.retrieve(made.sessionId)).status).toBe('expired')
    expect((await stockOf(app(), project, products[0])).available).toBe(10)
  })

  it('is not given back while Stripe cannot be asked to end the session [F19]', async () => {
    const { project, products } = await aStore(app(), { shop: { holdMinutes: 5 } })
    const made = await order(app(), project, one(products[0]))
    await fault(app(), {
      service: 'stripe',
      path: '/v1/checkout/sessions/',
      times: 10_000,
      kind: 'status',
      status: 500,
    })
    await app().advance('20m')
    expect(await orderOf(app(), project, made.orderId)).toMatchObject({ status: 'pending', lines: [{ hold: 'held' }] })
    await unheard(() => paid(app(), made))
    await noFaults(app())
    await app().advance('2h')
    expect((await orderOf(app(), project, made.orderId)).status).toBe('paid')
    expect(await stockOf(app(), project, products[0])).toEqual({ onHand: 9, available: 9, reserved: 0 })
  })

  it('that is paid in the moment it ends is a sale, though we were not told [F19]', async () => {
    const { project, products } = await aStore(app(), { shop: { holdMinutes: 5 } })
    const made = await order(app(), project, one(products[0]))
    await moveTo(app(), made.expiresAt - 2_000)
    await unheard(() => paid(app(), made))
    await app().advance('5m')
    expect((await orderOf(app(), project, made.orderId)).status).toBe('paid')
    expect(await violations(app())).toEqual([])
  })

  it.each(Array.from({ length: 6 }, (_, index) => index))(
    'paid and canceled at the same moment ends one way, round %i',
    async () => {
      const { project, products } = await aStore(app())
      const made = await order(app(), project, one(products[0]))
      const [pay] = await Promise.all([
        app().call('POST', `/sandbox/stripe/checkout/${made.sessionId}/pay`, { body: { card: 'ok' } }),
        app().call('POST', `/api/orders/${made.orderId}/cancel`, { headers: secret(project), body: {} }),
      ])
      await app().settle()
      const isPaid = pay.body.paid === true
      expect((await orderOf(app(), project, made.orderId)).status).toBe(isPaid ? 'paid' : 'expired')
      expect((await stockOf(app(), project, products[0])).onHand).toBe(isPaid ? 9 : 10)
    },
  )

  it('survives a declined card: the buyer may try another', async () => {
    const { project, products } = await aStore(app())
    const made = await order(app(), project, one(products[0]))
    expect((await app().pay(made.sessionId, { card: 'decline' })).paid).toBe(false)
    expect((await orderOf(app(), project, made.orderId)).status).toBe('pending')
    await paid(app(), made)
    expect((await orderOf(app(), project, made.orderId)).status).toBe('paid')
  })
})

describe('a cart that Stripe answers late or not at all', () => {
  const lose = (times: number) =>
    fault(app(), {
      service: 'stripe',
      method: 'POST',
      path: '^/v1/checkout/sessions$',
      times,
      kind: 'timeout_after_commit',
    })

  it('is healed under the same key: one session, one order, and the buyer gets the page [F1, F16]', async () => {
    const { project, products } = await aStore(app())
    const headers = { 'Idempotency-Key': crypto.randomUUID() }
    await lose(2)
    const lost = await cart(app(), project, one(products[0]), { headers })
    expect([lost.status, lost.body.code]).toEqual([503, 'stripe_unavailable'])
    await noFaults(app())
    const again = await order(app(), project, one(products[0]), { headers })
    expect(onlyOne(await sessionsAt(app(), project)).id).toBe(again.sessionId)
    expect((await app().ok('GET', '/api/orders', { headers: secret(project) })).orders).toHaveLength(1)
    await paid(app(), again)
    expect(await stockOf(app(), project, products[0])).toEqual({ onHand: 9, available: 9, reserved: 0 })
  })

  it('is found again by itself within minutes, and its stock comes back when nobody pays [F1]', async () => {
    const { project, products } = await aStore(app())
    await lose(2)
    await cart(app(), project, one(products[0], 2))
    await noFaults(app())
    expect((await stockOf(app(), project, products[0])).reserved).toBe(2)
    await app().advance('2m')
    const session = onlyOne(await sessionsAt(app(), project))
    const [found] = (await app().ok('GET', '/api/orders', { headers: secret(project) })).orders
    expect(found).toMatchObject({ sessionId: session.id, status: 'pending' })
    await app().advance('40m')
    expect(await stockOf(app(), project, products[0])).toEqual({ onHand: 10, available: 10, reserved: 0 })
  })

  it('and that was paid meanwhile, is paid [F1]', async () => {
    const { project, products } = await aStore(app())
    await lose(2)
    await cart(app(), project, one(products[0]))
    await noFaults(app())
    const session = onlyOne(await sessionsAt(app(), project))
    await app().pay(session.id)
    await app().advance('2m')
    const [found] = (await app().ok('GET', '/api/orders', { headers: secret(project) })).orders
    expect(found.status).toBe('paid')
  })

  it('holds nothing any more once Stripe has refused it for good [F17]', async () => {
    const { project, products } = await aStore(app())
    await fault(app(), { service: 'stripe', path: '^/v1/checkout/sessions$', times: 1, kind: 'status', status: 400 })
    const refused = await cart(app(), project, one(products[0]))
    expect([refused.status, refused.body.code]).toEqual([502, 'stripe_refused'])
    expect(await stockOf(app(), project, products[0])).toEqual({ onHand: 10, available: 10, reserved: 0 })
  })

  it('is refused at once where no account is connected, or Stripe lets it take nothing', async () => {
    const project = await app().project({ type: 'store', stripeAccount: null })
    const product = await app().ok('POST', '/api/products', { headers: secret(project), body: aProduct() })
    expect((await cart(app(), project, one(product.product))).body.code).toBe('payments_not_connected')
    const { project: restricted, products } = await aStore(app())
    await app().ok('POST', `/sandbox/stripe/accounts/${restricted.stripeAccount}`, { body: { charges_enabled: false } })
    await app().settle()
    expect((await cart(app(), restricted, one(products[0]))).body.code).toBe('payments_restricted')
    expect(await stockOf(app(), restricted, products[0])).toMatchObject({ reserved: 0 })
  })
})

describe('a cart sent twice', () => {
  it('under one key is one order, also at the same moment; the key with another cart is refused [F27, F28]', async () => {
    const { project, products } = await aStore(app())
    const headers = { 'Idempotency-Key': crypto.randomUUID() }
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => cart(app(), project, one(products[0]), { headers })),
    )
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 8 }, () => 200))
    expect(new Set(answers.map(({ body }) => body.orderId)).size).toBe(1)
    expect(await sessionsAt(app(), project)).toHaveLength(1)
    expect((await stockOf(app(), project, products[0])).reserved).toBe(1)
    const other = await cart(app(), project, one(products[0], 2), { headers })
    expect([other.status, other.body.code]).toEqual([422, 'idempotency_mismatch'])
  })

  it('is answered the status that its order has come to, so that the shop knows when to take a new key', async () => {
    const { project, products } = await aStore(app())
    const headers = { 'Idempotency-Key': crypto.randomUUID() }
    const made = await order(app(), project, one(products[0]), { headers })
    expect(made.status).toBe('pending')
    await orderAction(app(), project, made.orderId, 'cancel')
    const again = await order(app(), project, one(products[0]), { headers })
    expect(again).toEqual({ ...made, status: again.status })
    expect(['canceled', 'expired']).toContain(again.status)
  })

  it.each(['k', 'cart-1', 'aaaaaaaaaaaaaaaaaaaaaaaa', '1111111122222222', '0123456789abcde'])(
    'by a guest under a key that another could come upon is refused: %s',
    async (key) => {
      const { project, products } = await aStore(app())
      const headers = { 'Idempotency-Key': key }
      const refused = await cart(app(), project, one(products[0]), { headers })
      expect([refused.status, refused.body.code]).toEqual([400, 'invalid_request'])
      expect(refused.body.message).toMatch(/Idempotency-Key must be hard to guess/)
      expect((await stockOf(app(), project, products[0])).reserved).toBe(0)
      const body = { items: one(products[0]), ...RETURNS }
      const server = { ...secret(project), ...headers }
      expect((await app().call('POST', '/api/cart/checkout', { headers: server, body })).status).toBe(200)
    },
  )

  it('by two customers under the same key is two orders, and neither sees the other’s', async () => {
    const { project, products } = await aStore(app())
    const buy = async (email: string) => {
      const { id } = (await app().ok('POST', '/api/customers', { headers: secret(project), body: { email } })).customer
      const bearer = page(project, await app().token(project, id))
      return async () => order(app(), project, one(products[0]), { headers: { ...bearer, 'Idempotency-Key': 'k' } })
    }
    const [ann, ben] = [await buy('ann@example.com'), await buy('ben@example.com')]
    const [hers, his] = [await ann(), await ben()]
    expect(his.orderId).not.toBe(hers.orderId)
    expect((await ann()).orderId).toBe(hers.orderId)
    expect((await ben()).orderId).toBe(his.orderId)
  })

  it('by a customer without a key gets the same open page; a paid one is a new order [F27]', async () => {
    const { project, products } = await aStore(app())
    const ask = () =>
      app().ok('POST', '/api/cart/checkout', {
        headers: as(project, 'u'),
        body: { items: one(products[0]), ...RETURNS },
      })
    const first = await ask()
    expect((await ask()).orderId).toBe(first.orderId)
    await paid(app(), first)
    expect((await ask()).orderId).not.toBe(first.orderId)
    expect(await sessionsAt(app(), project)).toHaveLength(2)
  })
})

describe('open carts are capped', () => {
  const carts = async (headers: Record<string, string>, count: number, product: Body) => {
    const statuses: number[] = []
    for (let n = 1; n <= count; n += 1)
      statuses.push(
        (await app().call('POST', '/api/cart/checkout', { headers, body: { items: one(product, n), ...RETURNS } }))
          .status,
      )
    return statuses
  }

  it('at three a customer, until one is paid or canceled', async () => {
    const { project, products } = await aStore(app(), {
      products: [aProduct({ stock: 100 })],
      shop: { holdsPerCustomer: 3 },
    })
    const [mug] = products
    expect(await carts(as(project, 'greedy'), 5, mug)).toEqual([200, 200, 200, 429, 429])
    expect(await carts(as(project, 'other'), 1, mug)).toEqual([200])
    const { orders } = await app().ok('GET', '/api/orders', { headers: secret(project) })
    const mine = orders.find(({ customer }: Body) => customer.id === 'greedy')
    await app().ok('POST', `/api/orders/${mine.id}/cancel`, { headers: secret(project), body: {} })
    expect(await carts(as(project, 'greedy'), 1, mug)).toHaveLength(1)
    const refused = await cart(app(), project, one(mug, 50), { headers: {} })
    expect(refused.status).toBe(200) // guests are counted by their address only
  })

  it('at so many an address, exactly, also at once; another address is free', async () => {
    const { project, products } = await aStore(app(), {
      products: [aProduct({ stock: 100 })],
      shop: { holdsPerAddress: 4 },
    })
    const from = (address: string) => ({ ...page(project), 'CF-Connecting-IP': address })
    const answers = await Promise.all(
      Array.from({ length: 12 }, () => cart(app(), project, one(products[0]), { headers: from('203.0.113.7') })),
    )
    const seen = answers.filter(({ status }) => status === 429)
    expect(seen).toHaveLength(8)
    expect(seen[0]?.body).toMatchObject({ code: 'too_many_holds' })
    expect(seen[0]?.headers.get('Retry-After')).toBe('60')
    expect((await cart(app(), project, one(products[0]), { headers: from('203.0.113.8') })).status).toBe(200)
    expect((await stockOf(app(), project, products[0])).reserved).toBe(5)
  })

  it('by default, and by nothing where the shop says so', async () => {
    const project = await app().project({ type: 'store' })
    const { shop } = await app().ok('GET', '/api/shop', { headers: secret(project) })
    expect(shop).toMatchObject({ holdMinutes: 30, holdsPerCustomer: 3, holdsPerAddress: 10 })
    for (const wrong of [
      { holdMinutes: 4 },
      { holdMinutes: 1441 },
      { holdsPerCustomer: 0 },
      { holdMinutes: '5' },
      { shippingCountries: ['XX'] },
      { shippingCountries: ['de'] },
      { shippingCountries: ['CU'] },
      { x: 1 },
    ])
      expect((await app().call('PATCH', '/api/shop', { headers: secret(project), body: wrong })).status).toBe(400)
    expect((await app().ok('GET', '/api/shop', { headers: secret(project) })).shop).toEqual(shop)
  })
})

describe('what Stripe is asked', () => {
  it('is every session once, under the id of its order', async () => {
    const { project, products } = await aStore(app())
    const made = await order(app(), project, one(products[0]))
    const calls = (await requestsAt(app(), project, '/v1/checkout/sessions')).filter(({ method }) => method === 'POST')
    expect(calls).toHaveLength(1)
    const session = onlyOne(await sessionsAt(app(), project))
    expect(session.metadata).toMatchObject({ dream_order: made.orderId, dream_project: project.projectId })
  })
})
