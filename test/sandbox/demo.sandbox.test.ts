/** The demo that a fresh clone starts with: a shelf worth looking at, filled once. */
import { inflateSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { secret, useApp, type TestProject } from '../support/app.ts'

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
type Demo = TestProject & { type: string; products: Shown[] }

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

test('what its owner takes off the shelf stays off', async () => {
  const store = storeOf(await demo())
  const { id } = named(store.products, 'slow-evening')
  await app().ok('PATCH', `/api/products/${id}`, { headers: secret(store), body: { archived: true } })
  expect(storeOf(await demo()).products.map(({ slug }) => slug)).not.toContain('slow-evening')
})
