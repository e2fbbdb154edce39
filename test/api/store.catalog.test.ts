/** The shelf as its owner keeps it and as everyone may see it. */

import { describe, expect, it } from 'vitest'
import { page, secret, useApp, type Body, type TestProject } from '../support/app.ts'
import { fault, noFaults, requestsAt, stripeOf } from '../support/billing.ts'
import {
  addProduct,
  aProduct,
  aStore,
  bought,
  cart,
  ledgerOf,
  order,
  productOf,
  stockOf,
  usd,
} from '../support/store.ts'

const app = useApp()
const shop = (...products: object[]) => aStore(app(), products.length === 0 ? {} : { products })
const add = (project: TestProject, product: object) =>
  app().call('POST', '/api/products', { headers: secret(project), body: product })
const patch = (project: TestProject, path: string, body: object) =>
  app().call('PATCH', path, { headers: secret(project), body })
const stock = (project: TestProject, product: Body, change: object) =>
  app().call('POST', `/api/variants/${product.variants[0].id}/stock`, { headers: secret(project), body: change })
const list = async (project: TestProject, query = ''): Promise<Body> =>
  app().ok('GET', `/api/products${query}`, { headers: page(project) })
const names = async (project: TestProject, query = ''): Promise<string[]> =>
  (await list(project, query)).products.map(({ name }: Body) => name)

const SHIRT = {
  name: 'Shirt',
  options: ['size', 'colour'],
  variants: [
    { options: { size: 'M', colour: 'red' }, sku: 'S-M-R', prices: [usd(2000)], stock: 3 },
    { options: { size: 'L', colour: 'red' }, sku: 'S-L-R', prices: [usd(2200)], stock: 0 },
  ],
}

describe('a product made twice under one Idempotency-Key [U3]', () => {
  it('is one product; another body is refused', async () => {
    const { project } = await shop()
    const headers = { ...secret(project), 'Idempotency-Key': 'new-mug' }
    const make = (name: string) =>
      app().call('POST', '/api/products', { headers, body: { name, variants: [{ prices: [usd(900)] }] } })
    const [first, second] = [await make('Teapot'), await make('Teapot')]
    expect([first.status, second.status]).toEqual([201, 201])
    expect(second.body.product.id).toBe(first.body.product.id)
    expect((await make('Cup')).body.code).toBe('idempotency_mismatch')
    expect((await names(project)).filter((name) => name === 'Teapot')).toHaveLength(1)
  })
})

describe('variants', () => {
  it('have each their price, SKU and stock; the product is sold out when all of them are', async () => {
    const { project, products } = await shop(SHIRT)
    const shirt = await productOf(app(), project, products[0].id)
    expect(shirt).toMatchObject({ options: ['size', 'colour'], available: 3, soldOut: false, price: 2000 })
    expect(shirt.variants).toMatchObject([
      { sku: 'S-M-R', options: { size: 'M', colour: 'red' }, price: 2000, available: 3, soldOut: false },
      { sku: 'S-L-R', options: { size: 'L', colour: 'red' }, price: 2200, available: 0, soldOut: true },
    ])
    const several = await cart(app(), project, [{ productId: shirt.id }])
    expect(several.body).toMatchObject({ code: 'unknown_item' })
    expect(several.body.message).toContain('several variants')
    await order(app(), project, [{ sku: 'S-M-R', quantity: 3 }])
    expect(await productOf(app(), project, shirt.id)).toMatchObject({ available: 0, soldOut: true })
  })

  it('are told apart on the page where they are paid', async () => {
    const { project } = await shop(SHIRT)
    const { url } = await order(app(), project, [{ sku: 'S-M-R' }])
    expect(await (await fetch(url)).text()).toContain('Shirt (M, red)')
  })

  it.each([
    ['an option too few', [{ options: { size: 'M' }, prices: [usd(1)] }]],
    ['an option too many', [{ options: { size: 'M', colour: 'red', fit: 'slim' }, prices: [usd(1)] }]],
    ['another option', [{ options: { size: 'M', color: 'red' }, prices: [usd(1)] }]],
    [
      'the same options twice',
      [
        { options: { size: 'M', colour: 'red' }, prices: [usd(1)] },
        { options: { colour: 'red', size: 'M' }, prices: [usd(1)] },
      ],
    ],
    ['two prices in one currency', [{ options: { size: 'M', colour: 'red' }, prices: [usd(1), usd(2)] }]],
    ['no price', [{ options: { size: 'M', colour: 'red' }, prices: [] }]],
  ])('with %s are refused, and nothing of the product stays', async (_, variants) => {
    const { project } = await aStore(app(), { products: [] })
    const refused = await add(project, { ...SHIRT, variants })
    expect(refused.status).toBe(400)
    expect(refused.body).toMatchObject({ code: 'invalid_request' })
    expect(await names(project)).toEqual([])
  })

  it('may be added and taken off later; a hole in the options is refused', async () => {
    const { project, products } = await shop(SHIRT)
    const path = `/api/products/${products[0].id}/variants`
    const headers = secret(project)
    const xl = { options: { size: 'XL', colour: 'red' }, sku: 'S-XL-R', prices: [usd(2400)], stock: 1 }
    const added = await app().ok('POST', path, { headers, body: xl })
    expect(added.product.variants).toHaveLength(3)
    expect((await app().call('POST', path, { headers, body: { ...xl, sku: 'NEW' } })).status).toBe(400)
    const taken = { ...xl, options: { size: 'S', colour: 'red' } }
    expect((await app().call('POST', path, { headers, body: taken })).body).toMatchObject({ code: 'sku_taken' })
    const off = await patch(project, `/api/variants/${added.product.variants[2].id}`, { archived: true })
    expect(off.body.product.variants).toHaveLength(2)
    expect((await cart(app(), project, [{ sku: 'S-XL-R' }])).body).toMatchObject({ code: 'unknown_item' })
  })

  it('keep slugs and SKUs apart: a taken one is refused, a slug left out is found', async () => {
    const { project } = await shop(aProduct({ name: 'Blue Mug', sku: 'MUG' }))
    expect((await add(project, aProduct({ name: 'Other', sku: 'MUG' }))).body).toMatchObject({ code: 'sku_taken' })
    expect((await add(project, aProduct({ name: 'Other', slug: 'blue-mug' }))).status).toBe(409)
    const same = await add(project, aProduct({ name: 'Blue Mug' }))
    expect([same.status, same.body.product.slug]).toEqual([201, 'blue-mug-2'])
    expect((await add(project, aProduct({ name: '茶碗' }))).body.product.slug).toBe('product')
    expect(await names(project)).toEqual(['Blue Mug', 'Blue Mug', '茶碗'])
  })
})

describe('a price', () => {
  const prices = (project: TestProject, product: Body) =>
    stripeOf(app(), project).prices.list({ product: product.productId, limit: 100 })

  it('that changes is made anew at Stripe, and the old one is retired only after our row has moved', async () => {
    const { project, products } = await shop()
    const [mug] = products
    const changed = await patch(project, `/api/variants/${mug.variants[0].id}`, { prices: [usd(1200)] })
    expect(changed.body.product).toMatchObject({ price: 1200 })
    expect(changed.body.product.priceId).not.toBe(mug.priceId)
    await app().settle()
    const { data } = await prices(project, mug)
    expect(data.map(({ unit_amount, active }) => [unit_amount, active])).toEqual([
      [1200, true],
      [1000, false],
    ])
    const calls = (await requestsAt(app(), project, '/v1/prices'))
      .filter(({ method }) => method === 'POST')
      .map(({ path }) => path)
      .toReversed()
    expect(new Set(calls)).toEqual(new Set(['/v1/prices', `/v1/prices/${mug.priceId}`]))
    expect(calls.indexOf(`/v1/prices/${mug.priceId}`)).toBeGreaterThan(calls.lastIndexOf('/v1/prices'))
    const one = await order(app(), project, [{ priceId: mug.priceId }]) // an old page still names the old price
    expect((await productOf(app(), project, mug.id)).price).toBe(1200)
    expect(one.url).toMatch(/^http/)
  })

  it('does not retire the old one while Stripe cannot make the new one', async () => {
    const { project, products } = await shop()
    const [mug] = products
    await fault(app(), {
      service: 'stripe',
      method: 'POST',
      path: '^/v1/prices$',
      times: 50,
      kind: 'status',
      status: 500,
    })
    await patch(project, `/api/variants/${mug.variants[0].id}`, { prices: [usd(1300)] })
    expect((await stripeOf(app(), project).prices.retrieve(mug.priceId)).active).toBe(true)
    await noFaults(app())
    await app().advance('10m')
    expect((await stripeOf(app(), project).prices.retrieve(mug.priceId)).active).toBe(false)
    expect((await productOf(app(), project, mug.id)).priceId).toMatch(/^price_/)
  })

  it('that comes back is for sale again', async () => {
    const { project, products } = await shop()
    const [mug] = products
    const path = `/api/variants/${mug.variants[0].id}`
    for (const amount of [1200, 1000, 1200, 1000]) {
      await patch(project, path, { prices: [usd(amount)] })
      await app().settle()
      const made = await bought(app(), project, [{ productId: mug.id }])
      expect(made).toMatchObject({ status: 'paid', amounts: { total: amount } })
    }
    const { data } = await prices(project, mug)
    expect(data.filter(({ active }) => active)).toHaveLength(1)
  })

  it('that is retired is not retired again at every change', async () => {
    const { project, products } = await shop()
    const [mug] = products
    await patch(project, `/api/variants/${mug.variants[0].id}`, { prices: [usd(1200)] })
    await app().settle()
    const retirals = async () => (await requestsAt(app(), project, `/v1/prices/${mug.priceId}`)).length
    const before = await retirals()
    for (const name of ['Cup', 'Bowl']) await patch(project, `/api/products/${mug.id}`, { name })
    await app().settle()
    expect(await retirals()).toBe(before)
  })

  it('of an open order stays what it was when the order was made', async () => {
    const { project, products } = await shop()
    const [mug] = products
    const made = await order(app(), project, [{ productId: mug.id }])
    await patch(project, `/api/variants/${mug.variants[0].id}`, { prices: [usd(9900)] })
    await app().pay(made.sessionId)
    const { order: paid } = await app().ok('GET', `/api/orders/${made.orderId}`, { headers: secret(project) })
    expect(paid).toMatchObject({ status: 'paid', amounts: { total: 1000 } })
  })

  it.each(['zzz', 'USD', 'us', '', 'usdollar', '$'])('in the currency %j is refused', async (currency) => {
    const { project } = await aStore(app(), { products: [] })
    const refused = await add(project, aProduct({ prices: [{ unitAmount: 1000, currency }] }))
    expect([refused.status, refused.body.code]).toEqual([400, 'invalid_request'])
  })

  it.each([0, -1, 1.5, 100_000_000, '1000', null])('of %j is refused', async (unitAmount) => {
    const { project } = await aStore(app(), { products: [] })
    const refused = await add(project, aProduct({ prices: [{ unitAmount, currency: 'usd' }] }))
    expect([refused.status, refused.body.code]).toEqual([400, 'invalid_request'])
  })
})

describe('the shelf', () => {
  it('is listed in its order, page by page, and found by words', async () => {
    const { project, products } = await shop(
      ...['Apple', 'Birne', 'Cherry', 'Dattel', 'Éclair'].map((name) => aProduct({ name, description: `a ${name}` })),
    )
    const first = await list(project, '?limit=2')
    expect(first.products.map(({ name }: Body) => name)).toEqual(['Apple', 'Birne'])
    const second = await list(project, `?limit=2&cursor=${first.nextCursor}`)
    const third = await list(project, `?limit=2&cursor=${second.nextCursor}`)
    expect([...second.products, ...third.products].map(({ name }: Body) => name)).toEqual([
      'Cherry',
      'Dattel',
      'Éclair',
    ])
    expect(third.nextCursor).toBeNull()
    expect(await names(project, '?search=BIRN')).toEqual(['Birne'])
    expect(await names(project, '?search=a%20cherry')).toEqual(['Cherry'])
    expect(await names(project, '?search=%25')).toEqual([])
    for (const word of ['éclair', 'ÉCLAIR', 'Écl'])
      expect(await names(project, `?search=${encodeURIComponent(word)}`), word).toEqual(['Éclair'])
    await patch(project, `/api/products/${products[3].id}`, { position: 0 })
    expect((await names(project)).slice(0, 2).toSorted()).toEqual(['Apple', 'Dattel'])
    expect((await names(project)).at(-1)).toBe('Éclair')
  })

  it('sells a product by its name in any spelling of any alphabet', async () => {
    const { project } = await shop(aProduct({ name: 'Ölkännchen' }))
    for (const tier of ['Ölkännchen', 'ölkännchen', 'ÖLKÄNNCHEN'])
      expect((await cart(app(), project, [{ tier }])).status, tier).toBe(200)
  })

  it('is answered 304 to who has seen it, until anything on it moves', async () => {
    const { project, products } = await shop()
    const [mug] = products
    await app().settle()
    const headers = page(project)
    const seen = await app().call('GET', '/api/products', { headers })
    let etag = seen.headers.get('ETag') ?? ''
    expect(etag).not.toBe('')
    const again = () => app().call('GET', '/api/products', { headers: { ...headers, 'If-None-Match': etag } })
    const stays = await again()
    expect([stays.status, stays.body, stays.headers.get('ETag')]).toEqual([304, '', etag])
    const moves: [string, () => Promise<unknown>][] = [
      ['a hold', () => order(app(), project, [{ productId: mug.id }])],
      ['stock', () => stock(project, mug, { delta: 5 })],
      ['a name', () => patch(project, `/api/products/${mug.id}`, { name: 'Cup' })],
      ['a price', () => patch(project, `/api/variants/${mug.variants[0].id}`, { prices: [usd(5)] })],
      ['a new product', () => addProduct(app(), project, aProduct({ name: 'Second' }))],
      ['its end', () => app().ok('DELETE', `/api/products/${mug.id}`, { headers: secret(project) })],
    ]
    for (const [what, move] of moves) {
      await move()
      await app().settle()
      const moved = await again()
      expect(moved.status, what).toBe(200)
      etag = moved.headers.get('ETag') ?? ''
      expect((await again()).status, what).toBe(304)
    }
  })

  it('does not show what is archived to a page, nor sells it, and sells it again when it is back', async () => {
    const { project, products } = await shop()
    const [mug] = products
    await patch(project, `/api/products/${mug.id}`, { archived: true })
    await app().settle()
    expect(await names(project)).toEqual([])
    expect((await app().call('GET', '/api/products?archived=true', { headers: page(project) })).status).toBe(403)
    expect((await app().call('GET', `/api/products/${mug.id}`, { headers: page(project) })).status).toBe(404)
    const kept = await app().ok('GET', '/api/products?archived=true', { headers: secret(project) })
    expect(kept.products).toMatchObject([{ id: mug.id, archived: true }])
    expect((await stripeOf(app(), project).products.retrieve(mug.productId)).active).toBe(false)
    expect((await cart(app(), project, [{ productId: mug.id }])).body).toMatchObject({ code: 'unknown_item' })
    await patch(project, `/api/products/${mug.id}`, { archived: false })
    expect((await bought(app(), project, [{ productId: mug.id }])).status).toBe('paid')
  })

  it('is written with the secret key only', async () => {
    const { project, products } = await shop()
    const headers = page(project)
    for (const [method, path] of [
      ['POST', '/api/products'],
      ['PATCH', `/api/products/${products[0].id}`],
      ['DELETE', `/api/products/${products[0].id}`],
      ['POST', `/api/variants/${products[0].variants[0].id}/stock`],
      ['GET', '/api/stock/ledger'],
      ['PATCH', '/api/shop'],
      ['GET', '/api/orders'],
    ] as const) {
      const body = method === 'GET' ? {} : { body: {} }
      expect((await app().call(method, path, { headers, ...body })).status, `${method} ${path}`).toBe(403)
    }
  })

  it('is made at Stripe once, though its answer was lost and its name changed meanwhile', async () => {
    const { project } = await aStore(app(), { products: [] })
    await fault(app(), {
      service: 'stripe',
      method: 'POST',
      path: '^/v1/products$',
      times: 2,
      kind: 'timeout_after_commit',
    })
    const mug = await addProduct(app(), project, aProduct({ name: 'Mug' }))
    await noFaults(app())
    await patch(project, `/api/products/${mug.id}`, { name: 'Cup' })
    await app().advance('1h')
    const { data } = await stripeOf(app(), project).products.list({ limit: 10 })
    expect(data.map(({ name }) => name)).toEqual(['Cup'])
    expect((await bought(app(), project, [{ productId: mug.id }])).status).toBe('paid')
  })
})

describe('stock', () => {
  it('moves by a difference, or to a number for the revision that was looked at; never below what is held', async () => {
    const { project, products } = await shop()
    const [mug] = products
    const up = await stock(project, mug, { delta: 5, reason: 'delivery' })
    expect(up.body.variant).toMatchObject({ onHand: 15, reserved: 0, available: 15 })
    const { revision } = up.body.variant
    await order(app(), project, [{ productId: mug.id, quantity: 4 }])
    const stale = await stock(project, mug, { set: 40, ifRevision: revision })
    expect(stale.status).toBe(409)
    expect(stale.body).toMatchObject({ code: 'stock_changed', onHand: 15, reserved: 4 })
    expect((await stock(project, mug, { delta: -12 })).body).toMatchObject({ code: 'stock_reserved', reserved: 4 })
    expect((await stock(project, mug, { set: 3, ifRevision: stale.body.revision })).body).toMatchObject({
      code: 'stock_reserved',
    })
    const set = await stock(project, mug, { set: 4, ifRevision: stale.body.revision })
    expect(set.body.variant).toMatchObject({ onHand: 4, reserved: 4, available: 0 })
    expect(await stockOf(app(), project, mug)).toEqual({ onHand: 4, available: 0, reserved: 4 })
    expect(
      (await ledgerOf(app(), project, mug.variants[0].id)).map(({ reason, delta, after }) => [reason, delta, after]),
    ).toEqual([
      ['count', -11, 4],
      ['adjustment', 5, 15],
      ['initial', 10, 10],
    ])
  })

  it.each([
    {},
    { set: 5 },
    { delta: 1, set: 5, ifRevision: 1 },
    { delta: 1.5 },
    { delta: '1' },
    { set: -1, ifRevision: 1 },
    { set: 1e10, ifRevision: 1 },
  ])('is never written blindly: %j is refused', async (change) => {
    const { project, products } = await shop()
    const refused = await stock(project, products[0], change)
    expect([refused.status, refused.body.code]).toEqual([400, 'invalid_request'])
    expect(await stockOf(app(), project, products[0])).toMatchObject({ onHand: 10 })
  })

  it('has a ledger that is read page by page, of one variant or of all', async () => {
    const { project, products } = await shop(aProduct(), aProduct({ name: 'Pot', stock: 3 }))
    const [mug] = products
    for (const delta of [1, 2]) await stock(project, mug, { delta, reason: `delivery ${delta}` })
    const read = async (query: string): Promise<Body> =>
      app().ok('GET', `/api/stock/ledger?${query}`, { headers: secret(project) })
    const seen: number[] = []
    let cursor: string | null = ''
    while (cursor !== null) {
      const { entries, nextCursor }: Body = await read(`limit=1${cursor === '' ? '' : `&cursor=${cursor}`}`)
      seen.push(...entries.map(({ delta }: Body) => delta))
      cursor = nextCursor
    }
    expect(seen).toEqual([2, 1, 3, 10])
    const { entries } = await read(`variantId=${mug.variants[0].id}`)
    expect(entries.map(({ after, note }: Body) => [after, note])).toEqual([
      [13, 'delivery 2'],
      [11, 'delivery 1'],
      [10, null],
    ])
    for (const wrong of ['limit=0', 'cursor=!', 'cursor=WyJhIl0', 'x=1'])
      expect((await app().call('GET', `/api/stock/ledger?${wrong}`, { headers: secret(project) })).status).toBe(400)
  })

  it('becomes unlimited and limited again without losing count', async () => {
    const { project, products } = await shop()
    const [mug] = products
    const revision = async () => (await productOf(app(), project, mug.id)).variants[0].revision
    await order(app(), project, [{ productId: mug.id, quantity: 2 }])
    await stock(project, mug, { set: null, ifRevision: await revision() })
    expect(await productOf(app(), project, mug.id)).toMatchObject({ available: null, soldOut: false })
    await order(app(), project, [{ productId: mug.id, quantity: 50 }])
    expect((await stock(project, mug, { delta: 5 })).body).toMatchObject({ code: 'invalid_request' })
    expect((await stock(project, mug, { set: 51, ifRevision: await revision() })).body.code).toBe('stock_reserved')
    await stock(project, mug, { set: 60, ifRevision: await revision() })
    expect(await stockOf(app(), project, mug)).toEqual({ onHand: 60, available: 8, reserved: 52 })
  })
})
