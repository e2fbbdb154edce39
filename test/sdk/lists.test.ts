/** Lists that are longer than a page. */

import { expect, it } from 'vitest'
import { DreamAPI } from '../../sdk/index.ts'
import { useApp } from '../support/app.ts'
import { LADDER } from '../support/billing.ts'
import { aProduct, aStore } from '../support/store.ts'

const app = useApp()

it('walks 250 customers once each, page by page, and gives the first page when awaited', async () => {
  const { secretKey } = await app().project({ tiers: LADDER })
  const dream = new DreamAPI({ secretKey, baseUrl: app().server.url })
  const ids = Array.from({ length: 250 }, (_, index) => `u${index}`)
  await dream.usage.batch(ids.map((customerId) => ({ customerId })))
  for (const limit of [100, 7]) {
    const found: string[] = []
    for await (const { id } of dream.customers.list({ limit })) found.push(id)
    expect(found.toSorted()).toEqual(ids.toSorted())
  }
  const page = await dream.customers.list({ limit: 100 })
  expect(page.customers).toHaveLength(100)
  const rest: string[] = []
  for await (const { id } of dream.customers.list({ limit: 100, cursor: page.nextCursor ?? '' })) rest.push(id)
  expect(rest).toHaveLength(150)
  expect(rest).not.toContain(page.customers[0]?.id)
})

it('walks no further than the caller wants', async () => {
  const { secretKey } = await app().project({ tiers: LADDER })
  const dream = new DreamAPI({ secretKey, baseUrl: app().server.url })
  await dream.usage.batch(Array.from({ length: 5 }, (_, index) => ({ customerId: `u${index}` })))
  let walked = 0
  for await (const _ of dream.customers.list({ limit: 1 })) {
    walked += 1
    if (walked === 2) break
  }
  expect(walked).toBe(2)
})

it('walks products, orders and the stock ledger, with their filters', async () => {
  const { project } = await aStore(app(), {
    products: ['One', 'Two', 'Three'].map((name) => aProduct({ name })),
  })
  const dream = new DreamAPI({ secretKey: project.secretKey, baseUrl: app().server.url })
  const names: string[] = []
  for await (const { name } of dream.products.list({ limit: 2 })) names.push(name)
  expect(names.toSorted()).toEqual(['One', 'Three', 'Two'])
  const { products } = await dream.products.list({ search: 'thr' })
  expect(products.map(({ name }) => name)).toEqual(['Three'])
  const variantId = products[0]!.variants[0]!.id
  const entries: string[] = []
  for await (const entry of dream.products.stockLedger({ limit: 1, variantId })) entries.push(entry.variantId)
  expect(entries).toEqual([variantId])
  await dream.products.cartCheckout({
    items: [{ variantId }],
    successUrl: 'http://localhost:3000/ok',
    cancelUrl: 'http://localhost:3000/no',
  })
  const numbers: number[] = []
  for await (const { number } of dream.orders.list({ status: 'pending' })) numbers.push(number)
  expect(numbers).toEqual([1001])
  expect((await dream.orders.list({ status: 'paid' })).orders).toEqual([])
})

it('rejects as any call does, awaited or walked', async () => {
  const dream = new DreamAPI({ secretKey: 'sk_test_no', baseUrl: app().server.url })
  await expect(dream.customers.list()).rejects.toMatchObject({ status: 401, reason: 'invalid_api_key' })
  const walk = async () => {
    for await (const _ of dream.customers.list()) expect.unreachable()
  }
  await expect(walk()).rejects.toMatchObject({ reason: 'invalid_api_key' })
})
