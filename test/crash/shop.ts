/** The shop that the load is about: what it sells, and how much of each there is at first. Made once, on a fresh state. */

import type { Client } from './client.ts'
import type { Made } from './world.ts'

export interface Goods {
  readonly variantId: string
  readonly price: number
  readonly stock: number | null
  /** Usage that one of it grants, which only a known customer can buy. */
  readonly grant: number | null
}

export interface Shop extends Made {
  readonly goods: readonly Goods[]
}

export const SHOPPERS: readonly string[] = ['shopper-0', 'shopper-1', 'shopper-2', 'shopper-3']

const WARES = [
  { name: 'Last of its kind', price: 700, stock: 12, grant: null },
  { name: 'Mug', price: 1_000, stock: 4_000, grant: null },
  { name: 'Cup', price: 333, stock: 4_000, grant: null },
  { name: 'Recording', price: 1_500, stock: null, grant: null },
  { name: 'Pack', price: 900, stock: 600, grant: 500 },
]

/** Puts the wares on the shelf of a project; its carts all come from one machine here, so there is no cap on them. */
export async function makeShop(client: Client, made: Made): Promise<Shop> {
  const headers = { Authorization: `Bearer ${made.secretKey}` }
  const uncapped = { holdsPerCustomer: null, holdsPerAddress: null }
  await client.ok({ method: 'PATCH', path: '/api/shop', headers, body: uncapped })
  const goods: Goods[] = []
  for (const { name, price, stock, grant } of WARES) {
    const body = {
      name,
      grant: grant === null ? null : { meter: 'requests', quantity: grant, validDays: 90 },
      variants: [{ prices: [{ unitAmount: price, currency: 'usd' }], stock }],
    }
    const { product } = await client.ok({ method: 'POST', path: '/api/products', headers, body })
    const [variant] = (product as { variants: { id: string }[] }).variants
    goods.push({ variantId: variant!.id, price, stock, grant })
  }
  return { ...made, goods }
}
