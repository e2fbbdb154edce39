/** What the tests of the shop share: a shop in one line, its carts, and what its owner sees. */

import { secret, page, type Answer, type App, type Body, type TestProject } from './app.ts'
import { RETURNS } from './billing.ts'

export interface AStore {
  readonly project: TestProject
  /** As they were made, in the order given. */
  readonly products: readonly Body[]
}

export const usd = (unitAmount: number) => ({ unitAmount, currency: 'usd' })

/** A product with one variant: ten dollars, ten of it, unless a test says otherwise. */
export const aProduct = (facts: Record<string, unknown> = {}) => {
  const { stock = 10, prices = [usd(1000)], sku = null, ...rest } = facts
  return { name: 'Mug', variants: [{ sku, prices, stock }], ...rest }
}

/** A shop without caps on open carts, which all come from one machine here. */
export async function aStore(
  app: App,
  facts: { products?: readonly object[]; shop?: object; project?: object } = {},
): Promise<AStore> {
  const project = await app.project({ type: 'store', ...facts.project })
  await changeShop(app, project, { holdsPerCustomer: null, holdsPerAddress: null, ...facts.shop })
  const products: Body[] = []
  for (const product of facts.products ?? [aProduct()]) products.push(await addProduct(app, project, product))
  return { project, products }
}

export const changeShop = (app: App, project: TestProject, shop: object): Promise<Body> =>
  app.ok('PATCH', '/api/shop', { headers: secret(project), body: shop })

export const addProduct = async (app: App, project: TestProject, product: object): Promise<Body> =>
  (await app.ok('POST', '/api/products', { headers: secret(project), body: product })).product

/** A guest's cart, from a page of the shop. */
export const cart = (
  app: App,
  project: TestProject,
  items: readonly object[],
  facts: { body?: object; headers?: Record<string, string> } = {},
): Promise<Answer<Body>> =>
  app.call('POST', '/api/cart/checkout', {
    headers: { ...page(project), ...facts.headers },
    body: { items, ...RETURNS, ...facts.body },
  })

/** A cart that must be let. */
export async function order(...cartOf: Parameters<typeof cart>): Promise<Body> {
  const answer = await cart(...cartOf)
  if (answer.status !== 200) throw new Error(`the cart was refused: ${JSON.stringify(answer.body)}`)
  return answer.body
}

/** A cart all the way to the money. */
export async function bought(...cartOf: Parameters<typeof cart>): Promise<Body> {
  const made = await order(...cartOf)
  await paid(cartOf[0], made)
  return orderOf(cartOf[0], cartOf[1], made.orderId)
}

/** The buyer pays, and everybody knows. */
export async function paid(app: App, made: Body, facts: object = {}): Promise<Body> {
  const answer = await app.pay(made.sessionId, { card: 'ok', ...facts })
  if (answer.paid !== true) throw new Error(`not paid: ${JSON.stringify(answer)}`)
  return answer
}

export const orderOf = async (app: App, project: TestProject, id: string): Promise<Body> =>
  (await app.ok('GET', `/api/orders/${id}`, { headers: secret(project) })).order

export const productOf = async (app: App, project: TestProject, id: string): Promise<Body> =>
  (await app.ok('GET', `/api/products/${id}`, { headers: secret(project) })).product

export async function ledgerOf(app: App, project: TestProject, variantId: string): Promise<Body[]> {
  const { entries } = await app.ok('GET', `/api/stock/ledger?limit=100&variantId=${variantId}`, {
    headers: secret(project),
  })
  return entries
}

/** On the shelf by its ledger, what of it is free, and what open orders hold. */
export async function stockOf(
  app: App,
  project: TestProject,
  product: Body,
): Promise<{ onHand: number; available: number; reserved: number }> {
  const { id } = product.variants[0]
  const fresh = await productOf(app, project, product.id)
  const onHand = (await ledgerOf(app, project, id)).reduce((sum, { delta }) => sum + (delta as number), 0)
  const { available } = fresh.variants.find((one: Body) => one.id === id)
  return { onHand, available, reserved: onHand - available }
}

/** Asks for a refund as the shop's owner. */
export const refund = (
  app: App,
  project: TestProject,
  orderId: string,
  body: object = {},
  headers: Record<string, string> = {},
): Promise<Answer<Body>> =>
  app.call('POST', `/api/orders/${orderId}/refund`, { headers: { ...secret(project), ...headers }, body })

export const orderAction = (
  app: App,
  project: TestProject,
  id: string,
  action: 'fulfill' | 'cancel',
  body: object = {},
): Promise<Answer<Body>> => app.call('POST', `/api/orders/${id}/${action}`, { headers: secret(project), body })

/** What does not hold and should, in any project of this server. */
export const violations = async (app: App): Promise<string[]> => (await app.ok('GET', '/sandbox/violations')).violations
