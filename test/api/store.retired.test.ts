/** What goes off sale while somebody stands at its payment page: Stripe hears of it when the page is done with. */

import { describe, expect, it } from 'vitest'
import { secret, useApp, type TestProject } from '../support/app.ts'
import { stripeOf } from '../support/billing.ts'
import { aStore, order, orderOf, paid, usd } from '../support/store.ts'

const app = useApp()

const patch = (project: TestProject, path: string, body: object) =>
  app().ok('PATCH', path, { headers: secret(project), body })
const isSold = async (project: TestProject, what: { priceId?: string; productId?: string }): Promise<boolean> => {
  const { prices, products } = stripeOf(app(), project)
  const found =
    what.priceId === undefined ? await products.retrieve(what.productId ?? '') : await prices.retrieve(what.priceId)
  return found.active
}

describe('a price that is replaced while an order is open', () => {
  it('stays payable at Stripe until the last of the orders is paid or over', async () => {
    const { project, products } = await aStore(app())
    const [mug] = products
    const first = await order(app(), project, [{ productId: mug.id }])
    await app().advance('20m')
    const second = await order(app(), project, [{ productId: mug.id }])
    await patch(project, `/api/variants/${mug.variants[0].id}`, { prices: [usd(1200)] })
    await app().settle()
    expect(await isSold(project, { priceId: mug.priceId })).toBe(true)
    await app().advance('15m')
    expect((await orderOf(app(), project, first.orderId)).status).toBe('expired')
    expect(await isSold(project, { priceId: mug.priceId })).toBe(true)
    await paid(app(), second)
    await app().settle()
    expect((await orderOf(app(), project, second.orderId)).amounts.total).toBe(1000)
    expect(await isSold(project, { priceId: mug.priceId })).toBe(false)
  })
})

describe('a product that is taken off sale while an order is open', () => {
  it.each(['archived', 'deleted'])('is %s at Stripe when the order is over', async (how) => {
    const { project, products } = await aStore(app())
    const [mug] = products
    const made = await order(app(), project, [{ productId: mug.id }])
    const path = `/api/products/${mug.id}`
    if (how === 'archived') await patch(project, path, { archived: true })
    else await app().ok('DELETE', path, { headers: secret(project) })
    await app().settle()
    expect(await isSold(project, { productId: mug.productId })).toBe(true)
    await paid(app(), made)
    await app().settle()
    expect((await orderOf(app(), project, made.orderId)).status).toBe('paid')
    expect(await isSold(project, { productId: mug.productId })).toBe(false)
  })
})
