/** What the original got wrong about selling. Each test is named after its row in the list of defects. */

import { describe, expect, it } from 'vitest'
import { as, page, secret, useApp, type Body, type TestProject } from '../support/app.ts'
import { eventsAt, onlyOne, post, postEvent, RETURNS, sessionsAt, tier } from '../support/billing.ts'
import {
  addProduct,
  aProduct,
  aStore,
  bought,
  cart,
  ledgerOf,
  order,
  orderOf,
  paid,
  productOf,
  refund,
  stockOf,
  usd,
  violations,
} from '../support/store.ts'

const app = useApp()
const orders = async (project: TestProject, query = ''): Promise<Body[]> =>
  (await app().ok('GET', `/api/orders${query}`, { headers: secret(project) })).orders

describe('the rows', () => {
  it('M1: the last unit is sold once, however long the shoppers take to pay [F18]', async () => {
    const { project, products } = await aStore(app(), { products: [aProduct({ stock: 1 })] })
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => cart(app(), project, [{ productId: products[0].id }])),
    )
    const held = onlyOne(answers.filter(({ status }) => status === 200))
    await app().advance('29m')
    await paid(app(), held.body)
    expect((await cart(app(), project, [{ productId: products[0].id }])).body.code).toBe('sold_out')
    expect(await orders(project)).toMatchObject([{ status: 'paid' }])
    expect(await stockOf(app(), project, products[0])).toEqual({ onHand: 0, available: 0, reserved: 0 })
  })

  it('M2: lines of one thing are added up before they are checked, and a quantity is whole', async () => {
    const { project, products } = await aStore(app(), { products: [aProduct({ stock: 3, sku: 'MUG' })] })
    const [mug] = products
    const twice = [
      { productId: mug.id, quantity: 2 },
      { sku: 'MUG', quantity: 2 },
    ]
    expect((await cart(app(), project, twice)).body).toMatchObject({
      code: 'sold_out',
      requested: 4,
      available: 3,
      line: 0,
    })
    for (const quantity of [0, -1, 0.5, 1e9, 100, '1', null, true, []]) {
      const refused = await cart(app(), project, [{ productId: mug.id, quantity }])
      expect([refused.status, refused.body.code], String(quantity)).toEqual([400, 'invalid_request'])
      expect(refused.body.message).toContain('items.0.quantity')
    }
    expect(await stockOf(app(), project, mug)).toEqual({ onHand: 3, available: 3, reserved: 0 })
  })

  it('M2: a hundred of one thing, added up, is refused though there are so many', async () => {
    const { project, products } = await aStore(app(), { products: [aProduct({ stock: 500 })] })
    const half = { productId: products[0].id, quantity: 50 }
    const refused = await cart(app(), project, [half, half])
    expect(refused.status).toBe(400)
    expect(refused.body.message).toContain('99')
    expect((await stockOf(app(), project, products[0])).reserved).toBe(0)
  })

  it('M3: a payment that is told ten times, some at once and under other ids, takes the stock once [W2]', async () => {
    const { project, products } = await aStore(app())
    const made = await order(app(), project, [{ productId: products[0].id, quantity: 2 }])
    await post(app(), { paused: true })
    await paid(app(), made)
    const [completed] = await eventsAt(app(), project, 'checkout.session.completed')
    const { deliveries: _, ...event } = completed
    const answers = await Promise.all(
      Array.from({ length: 10 }, (__, i) => postEvent(app(), i < 6 ? event : { ...event, id: `${event.id}_${i}` })),
    )
    await post(app())
    await app().settle()
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 10 }, () => 200))
    expect(await stockOf(app(), project, products[0])).toEqual({ onHand: 8, available: 8, reserved: 0 })
    expect((await ledgerOf(app(), project, products[0].variants[0].id)).map(({ reason }) => reason)).toEqual([
      'sale',
      'initial',
    ])
  })

  it('M4: a cart of twenty-five different things takes each of them', async () => {
    const { project, products } = await aStore(app(), {
      products: Array.from({ length: 25 }, (_, index) => aProduct({ name: `Thing ${index}`, stock: 2 })),
    })
    const made = await bought(
      app(),
      project,
      products.map(({ id }) => ({ productId: id })),
    )
    expect(made.lines).toHaveLength(25)
    const { products: shown } = await app().ok('GET', '/api/products?limit=100', { headers: page(project) })
    expect(shown.map(({ available }: Body) => available)).toEqual(Array.from({ length: 25 }, () => 1))
    expect(made.amounts.total).toBe(25_000)
  })

  it('M5: a bank debit is no sale until it is paid; expiry, refund and dispute correct stock and revenue', async () => {
    const { project, products } = await aStore(app())
    const made = await order(app(), project, [{ productId: products[0].id }])
    await paid(app(), made, { card: 'delayed' })
    const sales = async () => (await app().ok('GET', '/api/dashboard', { headers: secret(project) })).metrics
    expect(await sales()).toMatchObject({ storeTotalRevenue: 0 })
    expect((await orderOf(app(), project, made.orderId)).status).toBe('processing')
    await app().ok('POST', `/sandbox/stripe/checkout/${made.sessionId}/settle`, { body: { outcome: 'succeed' } })
    await app().settle()
    expect(await sales()).toMatchObject({ storeTotalRevenue: 1000 })
    await refund(app(), project, made.orderId, { restock: true })
    expect(await sales()).toMatchObject({ storeTotalRevenue: 0 })
    expect(await stockOf(app(), project, products[0])).toMatchObject({ onHand: 10 })
  })

  it('M6: a stock form that was loaded before a sale cannot write the sale away', async () => {
    const { project, products } = await aStore(app())
    const [mug] = products
    const { revision } = (await productOf(app(), project, mug.id)).variants[0]
    await bought(app(), project, [{ productId: mug.id, quantity: 4 }])
    const path = `/api/variants/${mug.variants[0].id}/stock`
    const late = await app().call('POST', path, { headers: secret(project), body: { set: 12, ifRevision: revision } })
    expect([late.status, late.body.code, late.body.onHand]).toEqual([409, 'stock_changed', 6])
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => app().call('POST', path, { headers: secret(project), body: { delta: 1 } })),
    )
    expect(answers.every(({ status }) => status === 200)).toBe(true)
    expect(await stockOf(app(), project, mug)).toMatchObject({ onHand: 26 })
  })

  it('M21: the description of a tier and of a product is kept and shown', async () => {
    const project = await app().project({ tiers: [{ ...tier({ slug: 'free' }), description: 'For a start' }] })
    const { tiers } = await app().ok('GET', '/api/tiers', { headers: page(project) })
    expect(tiers).toMatchObject([{ description: 'For a start' }])
    const made = await addProduct(app(), project, aProduct({ description: 'Hand-made' }))
    expect(await productOf(app(), project, made.id)).toMatchObject({ description: 'Hand-made' })
    await app().ok('PATCH', `/api/products/${made.id}`, { headers: secret(project), body: { name: 'Cup' } })
    expect(await productOf(app(), project, made.id)).toMatchObject({ name: 'Cup', description: 'Hand-made' })
  })

  it('M22: sold out is computed: a restocked product is for sale at once, everywhere', async () => {
    const { project, products } = await aStore(app(), { products: [aProduct({ stock: 1 })] })
    const [mug] = products
    const shown = async () => (await app().ok('GET', '/api/products', { headers: page(project) })).products[0]
    const open = await order(app(), project, [{ productId: mug.id }])
    expect(await shown()).toMatchObject({ soldOut: true, available: 0, inventory: 0 })
    const path = `/api/variants/${mug.variants[0].id}/stock`
    await app().ok('POST', path, { headers: secret(project), body: { delta: 1 } })
    expect(await shown()).toMatchObject({ soldOut: false, available: 1, inventory: 1 })
    expect(await productOf(app(), project, mug.id)).toMatchObject({ soldOut: false, variants: [{ soldOut: false }] })
    await app().ok('POST', `/api/orders/${open.orderId}/cancel`, { headers: secret(project), body: {} })
    expect(await shown()).toMatchObject({ available: 2 })
  })

  it('M23: every order is listed with its lines, however much else happens, and the figures count them all', async () => {
    const { project, products } = await aStore(app(), {
      products: [aProduct({ stock: 100 }), aProduct({ name: 'Pot', prices: [usd(500)], stock: 100 })],
      project: { tiers: [tier({ slug: 'free' })] },
    })
    const [mug, pot] = products
    for (let n = 0; n < 24; n += 1)
      await bought(app(), project, [{ productId: (n % 2 === 0 ? mug : pot).id }], {
        body: { email: `b${n}@x.example` },
      })
    for (let n = 0; n < 30; n += 1) await app().ok('POST', '/api/data', { headers: as(project, `u${n}`), body: {} })
    const all = await orders(project, '?limit=100')
    expect(all).toHaveLength(24)
    for (const { lines } of all) expect(lines).toEqual([expect.objectContaining({ quantity: 1 })])
    const text = await app().ok('GET', '/api/orders?format=csv&limit=100', { headers: secret(project) })
    expect(text.trimEnd().split('\r\n')).toHaveLength(25)
    const { metrics } = await app().ok('GET', '/api/dashboard', { headers: secret(project) })
    expect(metrics).toMatchObject({ storeTotalRevenue: 12 * 1000 + 12 * 500, storeSalesCount: 24 })
  })

  it('S18: what is served from here is an image and nothing else', async () => {
    const { project } = await aStore(app(), { products: [] })
    for (const text of ['<svg onload="alert(1)"/>', '<html><script>alert(1)</script>'])
      for (const contentType of ['image/svg+xml', 'text/html', 'image/png']) {
        const data = Buffer.from(text.padEnd(64)).toString('base64')
        const refused = await app().call('POST', '/api/assets', {
          headers: secret(project),
          body: { filename: 'a.png', contentType, data },
        })
        expect([refused.status, refused.body.code]).toEqual([400, 'image_refused'])
      }
    const big = Buffer.alloc(5 * 1024 * 1024 + 1).toString('base64')
    expect(
      (await app().call('POST', '/api/assets', { headers: secret(project), body: { filename: 'a', data: big } }))
        .status,
    ).toBe(413)
  })

  it.each([
    'https://evil.example/ok',
    'javascript:alert(1)',
    'data:text/html,x',
    '//evil.example/x',
    'http://localhost@evil.example/',
    'http://localhost.evil.example/',
    'file:///etc/passwd',
    'https://user:pass@localhost/',
    '\\\\evil.example',
    'http://',
    '',
    'x'.repeat(3000),
  ])('S20: a cart sends nobody to %s', async (url) => {
    const { project, products } = await aStore(app())
    for (const field of ['successUrl', 'cancelUrl']) {
      const refused = await cart(app(), project, [{ productId: products[0].id }], { body: { [field]: url } })
      expect(refused.status, field).toBe(400)
      expect(refused.body.code).toMatch(/redirect_not_allowed|invalid_request/)
    }
    expect(await sessionsAt(app(), project)).toEqual([])
    expect((await stockOf(app(), project, products[0])).reserved).toBe(0)
  })
})

describe('a hostile cart', () => {
  it.each([
    ['no items', { items: [] }],
    ['no list', { items: 'mug' }],
    ['a line that is nothing', { items: [null] }],
    ['a line that names nothing', { items: [{ quantity: 1 }] }],
    ['a price of its own', { items: [{ productId: 'x', price: 1 }] }],
    ['a total of its own', { items: [{ productId: 'x' }], total: 1 }],
    ['101 lines', { items: Array.from({ length: 101 }, () => ({ productId: 'x' })) }],
    ['a name of controls', { items: [{ productId: 'x' }], name: 'a\u0000b' }],
    ['a name of half a character', { items: [{ productId: 'x' }], name: '\ud800' }],
    ['a name without end', { items: [{ productId: 'x' }], name: 'x'.repeat(121) }],
    ['no address', { items: [{ productId: 'x' }], email: 'nobody' }],
    ['two addresses', { items: [{ productId: 'x' }], email: 'a@b.example\nbcc:c@d.example' }],
    ['a currency of letters', { items: [{ productId: 'x' }], currency: 'zzz' }],
    ['a key of nothing', { items: [{ productId: '' }] }],
    ['a key without end', { items: [{ productId: 'x'.repeat(256) }] }],
    ['SQL', { items: [{ productId: "x' OR 1=1 --" }] }],
    ['a prototype', { items: [{ productId: '__proto__' }] }],
    ['JSON that is none', '{'],
  ])('with %s gets a clear 4xx and holds nothing', async (_, body) => {
    const { project } = await aStore(app())
    const text = typeof body === 'string' ? body : JSON.stringify({ ...RETURNS, ...body })
    const refused = await app().call('POST', '/api/cart/checkout', { headers: page(project), body: text })
    expect(refused.status).toBeGreaterThanOrEqual(400)
    expect(refused.status).toBeLessThan(500)
    expect(refused.body).toMatchObject({
      error: expect.any(String),
      code: expect.any(String),
      message: expect.stringMatching(/../),
    })
    expect(await orders(project)).toEqual([])
  })

  it('worth more than a payment can carry is refused before anything is held', async () => {
    const { project, products } = await aStore(app(), { products: [aProduct({ prices: [usd(99_999_999)] })] })
    const refused = await cart(app(), project, [{ productId: products[0].id, quantity: 2 }])
    expect([refused.status, refused.body.code]).toEqual([400, 'amount_too_large'])
    expect((await stockOf(app(), project, products[0])).reserved).toBe(0)
  })

  it.each([
    { name: '' },
    { name: 'x'.repeat(121) },
    { name: 'a\u202e\u0000b' },
    { slug: 'Not A Slug' },
    { description: 'x'.repeat(5001) },
    { features: Array.from({ length: 41 }, () => 'x') },
    { images: ['https://evil.example/x.png'] },
    { images: ['../../secret.png'] },
    { options: ['a', 'b', 'c', 'd'] },
    { grant: { meter: 'requests', quantity: 0, validDays: 1 } },
    { grant: { meter: 'requests', quantity: 1, validDays: 0 } },
    { stock: -1 },
    { stock: 1.5 },
    { sku: 'no spaces' },
    { soldOut: true },
  ])('of a product %j is refused by name', async (facts) => {
    const { project } = await aStore(app(), { products: [] })
    const refused = await app().call('POST', '/api/products', { headers: secret(project), body: aProduct(facts) })
    expect([refused.status, refused.body.code]).toEqual([400, 'invalid_request'])
  })
})

describe('F44: two projects on one connected account', () => {
  it('hear each of their own orders, refunds and disputes, and nothing of the other’s', async () => {
    const platformId = `plt_${crypto.randomUUID()}`
    const { project: one, products: mine } = await aStore(app(), { project: { platformId } })
    const { stripeAccount } = one
    const { project: two, products: theirs } = await aStore(app(), { project: { platformId, stripeAccount } })
    expect(two.stripeAccount).toBe(one.stripeAccount)
    const first = await bought(app(), one, [{ productId: mine[0].id }])
    const second = await bought(app(), two, [{ productId: theirs[0].id, quantity: 2 }])
    expect([first.status, second.status]).toEqual(['paid', 'paid'])
    await refund(app(), one, first.id, { restock: true })
    await app().settle()
    expect(await orderOf(app(), one, first.id)).toMatchObject({ status: 'refunded' })
    expect(await orderOf(app(), two, second.id)).toMatchObject({ status: 'paid' })
    expect(await stockOf(app(), one, mine[0])).toMatchObject({ onHand: 10 })
    expect(await stockOf(app(), two, theirs[0])).toMatchObject({ onHand: 8 })
    expect([(await orders(one)).length, (await orders(two)).length]).toEqual([1, 1])
    const heard = async (project: TestProject): Promise<string[]> =>
      (await app().ok('GET', '/api/events?limit=100', { headers: secret(project) })).events.map(
        ({ objectId }: Body) => objectId,
      )
    expect(await heard(one)).not.toContain(second.sessionId)
    expect(await heard(two)).not.toContain(first.sessionId)
    expect(await violations(app())).toEqual([])
  })
})
