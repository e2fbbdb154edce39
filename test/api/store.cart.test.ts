/** Stock is reserved, never guessed: whoever is let to the till finds what they came for. */

import { describe, expect, it } from 'vitest'
import { useApp, type Body } from '../support/app.ts'
import { sessionsAt } from '../support/billing.ts'
import { aProduct, aStore, cart, order, orderOf, stockOf, usd, violations } from '../support/store.ts'

const app = useApp()
const shop = (...products: object[]) => aStore(app(), { products })

describe('many carts at once', () => {
  it('200 for 10 units: exactly 10 are held, 190 are refused; paid, 10 are sold and nothing is left', async () => {
    const { project, products } = await shop(aProduct({ stock: 10 }))
    const [mug] = products
    const answers = await Promise.all(
      Array.from({ length: 200 }, () => cart(app(), project, [{ productId: mug.id, quantity: 1 }])),
    )
    const held = answers.filter(({ status }) => status === 200)
    const refused = answers.filter(({ status }) => status === 409)
    expect(held).toHaveLength(10)
    expect(refused).toHaveLength(190)
    for (const { body } of refused)
      expect(body).toMatchObject({ code: 'sold_out', line: 0, requested: 1, available: 0, productId: mug.id })
    expect(await stockOf(app(), project, mug)).toEqual({ onHand: 10, available: 0, reserved: 10 })
    expect(await sessionsAt(app(), project)).toHaveLength(10) // a refused cart never reaches Stripe
    for (const { body } of held) await app().pay(body.sessionId)
    const orders = await Promise.all(held.map(({ body }) => orderOf(app(), project, body.orderId)))
    expect(orders.map(({ status, lines }: Body) => [status, lines[0].hold])).toEqual(
      Array.from({ length: 10 }, () => ['paid', 'consumed']),
    )
    expect(await stockOf(app(), project, mug)).toEqual({ onHand: 0, available: 0, reserved: 0 })
    expect(await violations(app())).toEqual([])
  })

  it('three units each of ten: three carts are held, and one unit stays for whoever wants one', async () => {
    const { project, products } = await shop(aProduct({ stock: 10 }))
    const [mug] = products
    const answers = await Promise.all(
      Array.from({ length: 40 }, () => cart(app(), project, [{ productId: mug.id, quantity: 3 }])),
    )
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(3)
    const refused = answers.filter(({ status }) => status === 409)
    expect(refused).toHaveLength(37)
    expect(refused.at(-1)?.body).toMatchObject({
      code: 'sold_out',
      available: 1,
      message: 'Only 1 of Mug is left; 3 were asked for.',
    })
    expect((await cart(app(), project, [{ productId: mug.id }])).status).toBe(200)
    expect(await stockOf(app(), project, mug)).toEqual({ onHand: 10, available: 0, reserved: 10 })
  })

  it('two items in either order: all of a cart or none of it, and nobody waits for anybody', async () => {
    const { project, products } = await shop(
      aProduct({ name: 'Cup', stock: 7 }),
      aProduct({ name: 'Saucer', stock: 7 }),
    )
    const lines = products.map(({ id }) => ({ productId: id, quantity: 1 }))
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, i) => cart(app(), project, i % 2 === 0 ? lines : lines.toReversed())),
    )
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(7)
    for (const product of products)
      expect(await stockOf(app(), project, product)).toEqual({ onHand: 7, available: 0, reserved: 7 })
  })

  it('of things that are without limit, all', async () => {
    const { project, products } = await shop(aProduct({ stock: null }))
    const answers = await Promise.all(
      Array.from({ length: 30 }, () => cart(app(), project, [{ productId: products[0].id, quantity: 99 }])),
    )
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(30)
    expect(await violations(app())).toEqual([])
  })
})

describe('a cart', () => {
  it('of three lines whose third is short holds nothing of the first two, and says which line and how many', async () => {
    const { project, products } = await shop(
      aProduct({ name: 'A', stock: 5 }),
      aProduct({ name: 'B', stock: 5 }),
      aProduct({ name: 'C', stock: 1 }),
    )
    const lines = products.map(({ id }) => ({ productId: id, quantity: 2 }))
    const refused = await cart(app(), project, lines)
    expect(refused.status).toBe(409)
    expect(refused.body).toMatchObject({ code: 'sold_out', line: 2, requested: 2, available: 1 })
    for (const [index, onHand] of [5, 5, 1].entries())
      expect(await stockOf(app(), project, products[index])).toEqual({ onHand, available: onHand, reserved: 0 })
    expect(await sessionsAt(app(), project)).toEqual([])
  })

  it('is found by product id, Stripe’s ids, SKU, slug or name, and asks Stripe for each variant once', async () => {
    const { project, products } = await shop(aProduct({ name: 'Blue Mug', slug: 'blue', sku: 'MUG-1', stock: 20 }))
    const [mug] = products
    const ways = [
      { variantId: mug.variants[0].id },
      { productId: mug.id },
      { productId: mug.productId },
      { priceId: mug.priceId },
      { sku: 'MUG-1' },
      { slug: 'blue' },
      { tier: 'BLUE' },
      { tier: 'blue mug' },
    ]
    const made = await order(app(), project, ways)
    const { lines, amounts } = await orderOf(app(), project, made.orderId)
    expect(lines).toEqual([expect.objectContaining({ quantity: 8, unitAmount: 1000, sku: 'MUG-1' })])
    expect(amounts).toMatchObject({ subtotal: 8000, total: 8000 })
    const [session] = await sessionsAt(app(), project)
    expect(session).toMatchObject({ client_reference_id: made.orderId, amount_total: 8000, mode: 'payment' })
  })

  it('says when the earliest hold ends to whoever came too late', async () => {
    const { project, products } = await shop(aProduct({ stock: 1 }))
    const { expiresAt } = await order(app(), project, [{ productId: products[0].id }])
    const refused = await cart(app(), project, [{ productId: products[0].id }])
    expect(refused.body).toMatchObject({ code: 'sold_out', retryAt: expiresAt })
  })

  it('has one currency, which every item must have a price in', async () => {
    const eur = { unitAmount: 900, currency: 'eur' }
    const { project, products } = await shop(
      aProduct({ name: 'Both', prices: [usd(1000), eur] }),
      aProduct({ name: 'Dollars only' }),
    )
    const [both, dollars] = products
    const one = await order(app(), project, [{ productId: both.id, quantity: 2 }], { body: { currency: 'eur' } })
    expect(await orderOf(app(), project, one.orderId)).toMatchObject({ currency: 'eur', amounts: { total: 1800 } })
    const mixed = await cart(app(), project, [{ productId: both.id }, { productId: dollars.id }], {
      body: { currency: 'eur' },
    })
    expect(mixed.status).toBe(400)
    expect(mixed.body).toMatchObject({ code: 'currency_mismatch' })
    expect((await order(app(), project, [{ productId: both.id }, { productId: dollars.id }])).url).toMatch(/^http/)
  })

  it('of a shop that takes codes and no bank debits is sold that way, and the order keeps the name', async () => {
    const { project, products } = await aStore(app(), {
      products: [aProduct()],
      shop: { promotionCodes: true, delayedPayments: false },
    })
    const made = await order(app(), project, [{ productId: products[0].id }], {
      body: { email: 'Ada@Example.com', name: 'Ada' },
    })
    const [session] = await sessionsAt(app(), project)
    expect(session).toMatchObject({
      allow_promotion_codes: true,
      customer_email: 'ada@example.com',
    })
    expect((await app().pay(made.sessionId, { card: 'delayed' })).reason).toContain('bank debits')
    expect((await orderOf(app(), project, made.orderId)).customer).toMatchObject({
      email: 'ada@example.com',
      name: 'Ada',
    })
  })
})
