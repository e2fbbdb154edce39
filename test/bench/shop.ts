/**
 * The measured shops, and a door to their carts that stops where the object has decided: a whole checkout would go on to
 * ask Stripe for a session and measure that.
 */

import type { Caller } from '../../objects/caller.ts'
import { need } from '../../worker/http.ts'
import type { Env } from '../../worker/env.ts'
import { randomText } from '../../worker/keys.ts'
import { projectAt, type Address } from '../../worker/stub.ts'

/** So much that no round sells out, and a number: that it is enough must be looked up each time. */
const STOCK = 1_000_000
const GUEST: Caller = { via: 'publishable', origin: null, token: null }
const RETURN_URL = 'http://localhost/cart'

export const VARIANT_HEADER = 'X-Variant'
export const PROJECT_HEADER = 'X-Project'

/** Puts products on the shelf, each with one variant and all that Stripe would have called them. */
export async function fillShelf(env: Env, address: Address, products: number): Promise<string[]> {
  const project = projectAt(env, address)
  const variantIds: string[] = []
  for (let n = 1; n <= products; n += 1) {
    const key = `${address.projectId}/t${randomText(23)}.webp`
    need(await project.startUpload({ via: 'system' }, { key, bytes: 100_000 }))
    const { product, variants } = need(
      await project.addProduct(
        { via: 'system' },
        {
          name: `Product ${n}`,
          description: 'Heavy cotton, cut wide, washed once so that it stays as it is. Made where we can walk to.',
          features: ['Organic cotton', 'Ships in two days', 'Returned within a month'],
          images: [key],
          options: [],
          grant: null,
          variants: [
            { sku: `SKU-${n}`, options: {}, prices: [{ unitAmount: 1_900 + n, currency: 'usd' }], stock: STOCK },
          ],
        },
        { productId: `prod_${randomText(20)}`, variantIds: [`var_${randomText(20)}`] },
      ),
    )
    need(await project.linkProduct(product.id, `prod_bench${n}`, null))
    for (const { variant, prices } of variants) {
      variantIds.push(variant.id)
      for (const price of prices) need(await project.linkVariantPrice(price, `price_bench${n}`, null))
    }
  }
  return variantIds
}

/** Reserves a cart of one unit for a guest who was never here before. */
export const cart = {
  async fetch({ headers }, env) {
    const project = projectAt(env, { projectId: headers.get(PROJECT_HEADER) ?? '', mode: 'test' })
    const task = await project.startOrder(GUEST, {
      items: [{ variantId: headers.get(VARIANT_HEADER) ?? '', quantity: 1 }],
      newId: `ord_${randomText(20)}`,
      successUrl: RETURN_URL,
      cancelUrl: RETURN_URL,
      attempt: null,
      address: randomText(16),
    })
    return task.ok ? Response.json({ orderId: task.value.order.id }) : Response.json(task, { status: 409 })
  },
} satisfies ExportedHandler<Env>
