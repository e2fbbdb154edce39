/** The published client of the first API sells a cart, unchanged; and ours in its place. */

import { afterEach, describe, expect, it, vi } from 'vitest'
import * as first from 'dream-sdk-0.1.38'
import * as ours from '../../sdk/index.ts'
import { useApp, type TestProject } from '../support/app.ts'
import { onlyOne, RETURNS, sessionsAt } from '../support/billing.ts'
import { aProduct, aStore, orderOf } from '../support/store.ts'

const app = useApp()
afterEach(() => vi.restoreAllMocks())

/** Whoever used the first one changes the version, and nothing else. */
const CLIENTS = [
  { name: '@dream-api/sdk 0.1.38', client: first },
  { name: '@dream-api/sdk of this repository', client: ours as unknown as typeof first },
]

describe.each(CLIENTS)('$name in a shop', ({ client: { DreamAPI, DreamAPIException } }) => {
  const onServer = ({ secretKey, publishableKey }: TestProject) =>
    new DreamAPI({ secretKey, publishableKey, baseUrl: app().server.url })

  function inPage({ publishableKey }: TestProject): first.DreamAPI {
    vi.spyOn(console, 'log').mockReturnValue(undefined) // it says that it runs in a page
    return new DreamAPI({ publishableKey, baseUrl: app().server.url, signupUrl: `${app().server.url}/auth` })
  }

  async function refusalOf(call: Promise<unknown>): Promise<first.DreamAPIException> {
    const error: unknown = await call.catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(DreamAPIException)
    return error as first.DreamAPIException
  }

  it('lists the products with every field that it knows', async () => {
    const { project, products } = await aStore(app(), {
      products: [aProduct({ slug: 'mug', description: 'A mug', features: ['blue', '0.3 l'], stock: 1 })],
    })
    const [mug] = products
    for (const api of [inPage(project), onServer(project)]) {
      const listed = await api.products.list()
      expect(onlyOne(listed.products)).toMatchObject({
        id: mug.id,
        key: 'mug',
        name: 'Mug',
        displayName: 'Mug',
        description: 'A mug',
        price: 1000,
        currency: 'usd',
        imageUrl: null,
        inventory: 1,
        soldOut: false,
        priceId: mug.priceId,
        productId: mug.productId,
        features: ['blue', '0.3 l'],
      })
    }
  })

  it('sells a cart by priceId and quantity, to a guest, and keeps name and address', async () => {
    const { project, products } = await aStore(app())
    const [mug] = products
    const { url } = await inPage(project).products.cartCheckout({
      items: [{ priceId: mug.priceId, quantity: 2 }],
      customerEmail: 'ada@example.com',
      customerName: 'Ada',
      ...RETURNS,
    })
    expect(url).toMatch(/^http/)
    const session = onlyOne(await sessionsAt(app(), project))
    expect(session).toMatchObject({
      customer_email: 'ada@example.com',
      amount_total: 2000,
      success_url: RETURNS.successUrl,
    })
    const id = session.client_reference_id ?? ''
    expect((await orderOf(app(), project, id)).customer).toMatchObject({ email: 'ada@example.com', name: 'Ada' })
    await app().pay(session.id)
    expect(await orderOf(app(), project, id)).toMatchObject({
      status: 'paid',
      customer: { email: 'ada@example.com' },
      lines: [{ quantity: 2 }],
    })
    const { products: after } = await onServer(project).products.list()
    expect(after).toMatchObject([{ inventory: 8, soldOut: false }])
  })

  it('throws what its templates show when there is not enough, nothing, or no such thing', async () => {
    const { project, products } = await aStore(app(), { products: [aProduct({ stock: 1 })] })
    const api = inPage(project)
    const buy = (items: { priceId: string; quantity: number }[]) => api.products.cartCheckout({ items, ...RETURNS })
    const { priceId } = products[0]
    expect((await refusalOf(buy([{ priceId, quantity: 2 }]))).code).toBe('Not enough inventory for Mug')
    await buy([{ priceId, quantity: 1 }])
    const gone = await refusalOf(buy([{ priceId, quantity: 1 }]))
    expect([gone.code, gone.message]).toEqual(['Item sold out: Mug', 'Mug is sold out.'])
    expect((await refusalOf(buy([{ priceId: 'price_no', quantity: 1 }]))).code).toBe('Invalid item: price_no')
    expect((await refusalOf(buy([]))).status).toBe(400)
    const { products: shown } = await api.products.list()
    expect(shown).toMatchObject([{ inventory: 0, soldOut: true }])
  })
})
