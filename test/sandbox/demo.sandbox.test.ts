/** The demo that a fresh clone starts with: a shelf worth looking at, filled once. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inflateSync } from 'node:zlib'
import { afterAll, describe, expect, test } from 'vitest'
import { App, secret, useApp, type TestProject } from '../support/app.ts'
import { startServer } from '../support/server.ts'

const app = useApp()

interface Shown {
  id: string
  slug: string
  available: number | null
  soldOut: boolean
  imageUrl: string
  grant: { meter: string; quantity: number } | null
  variants: { id: string; options: Record<string, string>; prices: { currency: string; priceId: string | null }[] }[]
}
type Demo = TestProject & {
  type: string
  name: string
  products: Shown[]
  tiers: { displayName: string }[]
  customers: { id: string; email: string; token: string }[]
}

const demo = async (): Promise<Demo[]> => (await app().ok('GET', '/sandbox/demo')) as Demo[]
const storeOf = (demos: Demo[]) => demos.find(({ type }) => type === 'store')!
const named = (products: readonly Shown[], slug: string) => products.find((product) => product.slug === slug)!

test('asked by several at once, and again, it makes nothing twice', async () => {
  const [first, ...more] = await Promise.all([demo(), demo(), demo()])
  const ids = (demos: Demo[]) => demos.flatMap(({ products }) => products.map(({ id, imageUrl }) => [id, imageUrl]))
  expect(ids(first)).toHaveLength(7)
  for (const later of [...more, await demo()]) expect(ids(later)).toEqual(ids(first))
  const { events } = await app().ok('GET', '/sandbox/stripe/events?type=product.created')
  // A size has a product of its own at Stripe, so that a buyer sees it: three sizes of one candle.
  expect(events).toHaveLength(7 + 3)
})

test('the shelf shows every state a product can be in', async () => {
  const { products } = storeOf(await demo())
  expect(products.map(({ slug, available }) => [slug, available])).toEqual([
    ['amber-oak', 72],
    ['stoneware-burner', 18],
    ['winter-solstice', 3],
    ['beeswax-tapers', 0],
    ['gift-card', null],
    ['slow-evening', 12],
  ])
  expect(named(products, 'amber-oak').variants).toHaveLength(3)
  expect(named(products, 'beeswax-tapers').soldOut).toBe(true)
  const currencies = named(products, 'stoneware-burner').variants[0]!.prices.map(({ currency }) => currency)
  expect(currencies.toSorted()).toEqual(['eur', 'usd'])
  const prices = products.flatMap(({ variants }) => variants.flatMap((variant) => variant.prices))
  expect(prices.every(({ priceId }) => priceId !== null)).toBe(true)
})

test('every product has a picture of its own, a whole PNG of 600 by 600', async () => {
  const products = (await demo()).flatMap((project) => project.products)
  const pictures = await Promise.all(products.map(({ imageUrl }) => fetch(imageUrl)))
  const bytes = await Promise.all(pictures.map(async (picture) => Buffer.from(await picture.arrayBuffer())))
  expect(new Set(pictures.map(({ headers }) => headers.get('content-type')))).toEqual(new Set(['image/png']))
  expect(new Set(bytes.map((picture) => picture.toString('base64'))).size).toBe(products.length)
  for (const picture of bytes) {
    expect([picture.readUInt32BE(16), picture.readUInt32BE(20)]).toEqual([600, 600])
    const length = picture.readUInt32BE(33)
    expect(inflateSync(picture.subarray(41, 41 + length))).toHaveLength(600 * (600 * 3 + 1))
  }
})

test('the shop holds any number of carts of one visitor, and honours its code', async () => {
  const store = storeOf(await demo())
  const cart = () =>
    app().ok('POST', '/api/cart/checkout', {
      headers: { 'X-Publishable-Key': store.publishableKey, 'CF-Connecting-IP': '192.0.2.1' },
      body: {
        items: [{ slug: 'gift-card', quantity: 2 }],
        successUrl: 'http://localhost/y',
        cancelUrl: 'http://localhost/n',
      },
    })
  const carts = await Promise.all(Array.from({ length: 12 }, cart))
  const paid = await app().pay(carts[0].sessionId, { promotion_code: 'WELCOME10' })
  expect([paid.paid, paid.amount_total]).toEqual([true, 9000])
})

test('the SaaS sells a pack of requests', async () => {
  const saas = (await demo()).find(({ type }) => type === 'saas')!
  expect(named(saas.products, 'extra-requests').grant).toMatchObject({ meter: 'requests', quantity: 500 })
})

describe('what its owner deleted or changed', () => {
  const stateDir = mkdtempSync(join(tmpdir(), 'demo-'))
  const started: { app: App } = { app: null as unknown as App }
  const start = async () => {
    started.app = new App(await startServer({ port: 0, stateDir }))
  }
  afterAll(async () => {
    await started.app.server.stop()
    rmSync(stateDir, { recursive: true, force: true })
  })
  const ask = async (): Promise<Demo[]> => (await started.app.ok('GET', '/sandbox/demo')) as Demo[]

  test('is not made again at the next start', async () => {
    await start()
    const [saas, store, membership] = (await ask()) as [Demo, Demo, Demo]
    const send = (project: Demo, method: string, path: string, body?: object) =>
      started.app.ok(method, path, { headers: secret(project), body })
    await send(store, 'DELETE', `/api/products/${named(store.products, 'slow-evening').id}`)
    await send(store, 'PATCH', `/api/products/${named(store.products, 'gift-card').id}`, { archived: true })
    await send(store, 'PATCH', '/api/shop', { holdsPerCustomer: 3, promotionCodes: false })
    await send(saas, 'DELETE', `/api/customers/${saas.customers[0]!.id}`)
    await send(saas, 'PATCH', '/api/tiers/pro', { displayName: 'Professional' })
    const { secretKey } = await send(saas, 'POST', '/api/keys/default/rotate', { overlap: '0' })
    const demo = { userId: 'user_demo', email: 'demo@dream-api.example' }
    await started.app.okAsMember(demo, 'PATCH', `/account/projects/${store.projectId}`, { body: { name: 'Wick' } })
    const gone = `/account/projects/${membership.projectId}`
    await started.app.okAsMember(demo, 'DELETE', gone, { body: { confirm: 'FitFlow' } })
    await started.app.okAsMember(demo, 'DELETE', '/account/connections/test')
    await started.app.settle()

    await started.app.server.stop()
    await start()
    const later = await ask()
    expect(later.map(({ name }) => name)).toEqual(['Acme AI', 'Wick'])
    expect(later[1]!.products.map(({ slug }) => slug).toSorted()).toEqual(
      store.products
        .map(({ slug }) => slug)
        .filter((slug) => slug !== 'slow-evening' && slug !== 'gift-card')
        .toSorted(),
    )
    expect(later[1]!.secretKey).toBe(store.secretKey)
    const { shop } = await send(store, 'GET', '/api/shop')
    expect(shop).toMatchObject({ holdsPerCustomer: 3, promotionCodes: false })
    expect(later[0]).toMatchObject({ secretKey: null, publishableKey: saas.publishableKey })
    expect(later[0]!.tiers.map(({ displayName }) => displayName)).toEqual(['Free', 'Professional'])
    expect(later[0]!.customers.map(({ id }) => id)).toEqual([saas.customers[1]!.id])
    const { customers } = await send({ ...saas, secretKey }, 'GET', '/api/customers')
    expect(customers).toHaveLength(1)
    const { connections } = await started.app.okAsMember(demo, 'GET', '/account/connections')
    expect(JSON.stringify(connections)).not.toContain('acct_demo')
  })
})
