/** Fills the server with what is measured, and names it. */

import type { Server } from './server.ts'
import type { Made, Shop } from './setup.ts'
import {
  CUSTOMERS,
  floors,
  LIST_PATH,
  MANY_CUSTOMERS,
  storeSubjects,
  usageSubjects,
  type Listed,
  type Subject,
} from './subjects.ts'

const PRODUCTS = { few: 6, many: 100 }

/** Fills only what is asked for: a million customers take their time. */
export async function prepare(
  on: Server,
  { only, million }: { only?: readonly string[] | undefined; million: boolean },
): Promise<Subject[]> {
  const asked = (...names: string[]) => only === undefined || names.some((name) => only.includes(name))
  const store = async () => {
    const [few, many, carts] = await Promise.all([
      listed(on, PRODUCTS.few),
      listed(on, PRODUCTS.many),
      on.call<Shop>(`/shop?products=${PRODUCTS.many}`),
    ])
    return storeSubjects({ few, many, carts })
  }
  const usage = async () => {
    await on.call('/original')
    const small = await on.call<Made>(`/project?customers=${CUSTOMERS}`)
    const large = million && asked('usage', 'million')
    return usageSubjects(small, large ? await on.call<Made>(`/project?customers=${MANY_CUSTOMERS}`) : null)
  }
  const others = [
    ...(only?.join() === 'store' ? [] : await usage()),
    ...(only?.join() === 'usage' ? [] : await store()),
  ]
  return [...floors(), ...others.filter(({ name, group }) => asked(name, group))]
}

/** A shop with the entity tag that its list bears now. */
export async function listed(on: Server, products: number): Promise<Listed> {
  const shop = await on.call<Shop>(`/shop?products=${products}`)
  const url = `http://127.0.0.1:${on.ports.default}${LIST_PATH}`
  const response = await fetch(url, { headers: { 'X-Publishable-Key': shop.publishableKey } })
  const { products: found } = (await response.json()) as { products: unknown[] }
  if (found.length !== products) throw new Error(`${found.length} of ${products} products are listed`)
  return { ...shop, etag: response.headers.get('ETag') ?? '' }
}
