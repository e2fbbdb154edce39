/** What is not at Stripe as we remember it: deleted there, made under another name, or never told. */

import { afterEach, describe, expect, it } from 'vitest'
import { as, secret, useApp } from '../support/app.ts'
import { askFor, fault, LADDER, noFaults, planOf, post, RETURNS, stripeOf, wantTier } from '../support/billing.ts'
import { aStore, bought, orderOf } from '../support/store.ts'

const app = useApp()
afterEach(() => noFaults(app()))

describe('Stripe', () => {
  it('is asked every day for all that it could not deliver, also by a shop without subscriptions [W3, P19]', async () => {
    const { project, products } = await aStore(app())
    const made = await bought(app(), project, [{ productId: products[0].id }])
    await post(app(), { drop: 1 })
    const { data } = await stripeOf(app(), project).charges.list({ payment_intent: made.paymentIntent })
    await app().ok('POST', `/sandbox/stripe/charges/${data[0]?.id ?? ''}/refund`, { body: {} })
    const account = `/sandbox/stripe/accounts/${project.stripeAccount}`
    for (let later = 0; later < 110; later += 1)
      await app().ok('POST', account, { body: { charges_enabled: later % 2 === 1 } })
    await app().settle()
    expect(await orderOf(app(), project, made.id)).toMatchObject({ status: 'paid' })
    await app().advance('25h')
    await post(app())
    expect(await orderOf(app(), project, made.id)).toMatchObject({ status: 'refunded' })
  })

  it('takes a session that is not there any more for expired, as after the test data were deleted', async () => {
    const shop = await app().project({ tiers: LADDER })
    const store = await app().ok('POST', '/api/products', {
      headers: secret(shop),
      body: { name: 'Last one', variants: [{ stock: 1, prices: [{ unitAmount: 1500, currency: 'usd' }] }] },
    })
    const variantId = store.product.variants[0].id as string
    const cart = { headers: secret(shop), body: { ...RETURNS, items: [{ variantId }] } }
    const { orderId } = await app().ok('POST', '/api/cart/checkout', cart)
    const { checkoutId } = await wantTier(app(), shop, 'u', 'pro')
    await app().ok('POST', `/sandbox/stripe/accounts/${shop.stripeAccount}/wipe`, { body: {} })
    const { checkout } = await app().ok('GET', `/api/checkouts/${checkoutId}`, { headers: as(shop, 'u') })
    expect(checkout).toMatchObject({ state: 'expired', url: null })
    await app().advance('2h')
    expect(await app().ok('GET', `/api/orders/${orderId}`, { headers: secret(shop) })).toMatchObject({
      order: { status: 'expired' },
    })
    expect((await app().ok('GET', '/api/dashboard', { headers: secret(shop) })).stuck).toBe(0)
    expect((await app().call('DELETE', '/api/customers/u', { headers: secret(shop) })).status).toBe(200)
  })

  it('makes a customer and a product once more when they were renamed after an answer was lost', async () => {
    const project = await app().project({ tiers: LADDER })
    const { id } = await app().customer(project)
    await fault(app(), {
      service: 'stripe',
      kind: 'timeout_after_commit',
      method: 'POST',
      path: '/v1/products',
      times: 2,
    })
    expect((await askFor(app(), project, id)).status).toBe(503)
    await noFaults(app())
    const renamed = LADDER.map((one) => ({ ...one, displayName: `${one.displayName} II` }))
    const tiers = renamed.map((one) => ({ description: '', features: [], popular: false, trialDays: null, ...one }))
    await app().ok('POST', '/sandbox/projects/tiers', {
      body: { projectId: project.projectId, mode: project.mode, tiers },
    })
    await fault(app(), {
      service: 'stripe',
      kind: 'timeout_after_commit',
      method: 'POST',
      path: '/v1/customers',
      times: 2,
    })
    expect((await askFor(app(), project, id)).status).toBe(503)
    await noFaults(app())
    const headers = secret(project)
    await app().ok('PATCH', `/api/customers/${id}`, { headers, body: { firstName: 'Ada' } })
    const { sessionId } = await wantTier(app(), project, id, 'pro')
    await app().pay(sessionId)
    expect(await planOf(app(), project, id)).toBe('pro')
  })
})
