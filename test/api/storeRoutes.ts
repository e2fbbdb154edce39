/** The store's routes, each with an example of a call that succeeds. */

import { secret, type App, type TestProject } from '../support/app.ts'
import { RETURNS } from '../support/billing.ts'
import type { Example } from './routes.ts'

/** What is on the shelf of a project, and orders in the states that the examples need. */
export interface Shelf {
  readonly productId: string
  readonly variantId: string
  readonly paidOrderId: string
  readonly openOrderId: string
}

/** One pixel. */
const PNG = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=='

const cart = (variantId: string) => ({ items: [{ variantId, quantity: 1 }], ...RETURNS })
const product = (name: string) => ({
  name,
  variants: [{ prices: [{ unitAmount: 500, currency: 'usd' }], stock: 1000 }],
})

export const STORE_EXAMPLES: readonly Example[] = [
  { method: 'GET', path: '/orders/:id', access: 'public', status: 404, id: () => 'nothing-here' },
  { method: 'DELETE', path: '/orders/:id', access: 'public', status: 404, id: () => 'nothing-here' },
  { method: 'GET', path: '/api/assets/:project/:file', access: 'public', status: 404 },
  { method: 'GET', path: '/api/products', access: 'key', status: 200 },
  { method: 'GET', path: '/api/products/:id', access: 'key', status: 200, id: ({ shelf }) => shelf.productId },
  {
    method: 'POST',
    path: '/api/cart/checkout',
    access: 'guest',
    status: 200,
    body: ({ shelf }) => cart(shelf.variantId),
  },
  { method: 'POST', path: '/api/products', access: 'secret', status: 201, body: ({ unique }) => product(unique()) },
  {
    method: 'PATCH',
    path: '/api/products/:id',
    access: 'secret',
    status: 200,
    id: ({ shelf }) => shelf.productId,
    body: () => ({ description: 'Hand-made' }),
  },
  {
    method: 'POST',
    path: '/api/products/:id/variants',
    access: 'secret',
    status: 201,
    id: ({ shelf }) => shelf.productId,
    body: ({ unique }) => ({ options: { Size: unique() }, prices: [{ unitAmount: 700, currency: 'usd' }] }),
  },
  {
    method: 'PATCH',
    path: '/api/variants/:id',
    access: 'secret',
    status: 200,
    id: ({ shelf }) => shelf.variantId,
    body: () => ({ sku: 'SKU-1' }),
  },
  {
    method: 'POST',
    path: '/api/variants/:id/stock',
    access: 'secret',
    status: 200,
    id: ({ shelf }) => shelf.variantId,
    body: () => ({ delta: 1 }),
  },
  { method: 'GET', path: '/api/stock/ledger', access: 'secret', status: 200 },
  { method: 'GET', path: '/api/shop', access: 'secret', status: 200 },
  { method: 'PATCH', path: '/api/shop', access: 'secret', status: 200, body: () => ({ holdMinutes: 45 }) },
  {
    method: 'POST',
    path: '/api/assets',
    access: 'secret',
    status: 200,
    body: () => ({ filename: 'pixel.png', data: PNG }),
  },
  { method: 'GET', path: '/api/orders', access: 'secret', status: 200 },
  { method: 'GET', path: '/api/orders/:id', access: 'secret', status: 200, id: ({ shelf }) => shelf.paidOrderId },
  {
    method: 'POST',
    path: '/api/orders/:id/fulfill',
    access: 'secret',
    status: 200,
    id: ({ shelf }) => shelf.paidOrderId,
    body: () => ({ carrier: 'Post' }),
  },
  {
    method: 'POST',
    path: '/api/orders/:id/refund',
    access: 'secret',
    status: 200,
    id: ({ shelf }) => shelf.paidOrderId,
    body: () => ({ amount: 100 }),
  },
  {
    method: 'POST',
    path: '/api/orders/:id/cancel',
    access: 'secret',
    status: 200,
    id: ({ shelf }) => shelf.openOrderId,
  },
  { method: 'DELETE', path: '/api/products/:id', access: 'secret', status: 200, id: ({ shelf }) => shelf.productId },
]

/** Puts a product on the shelf and orders it twice: once paid, once not. */
export async function aShelf(app: App, project: TestProject): Promise<Shelf> {
  const headers = secret(project)
  const body = { ...product('Candle'), options: ['Size'] }
  const variants = [{ ...body.variants[0], options: { Size: 'M' } }]
  const made = await app.ok('POST', '/api/products', { headers, body: { ...body, variants } })
  const { id: productId } = made.product
  const variantId = made.product.variants[0].id as string
  const order = () => app.ok('POST', '/api/cart/checkout', { headers, body: cart(variantId) })
  const paid = await order()
  await app.pay(paid.sessionId)
  return { productId, variantId, paidOrderId: paid.orderId, openOrderId: (await order()).orderId }
}
