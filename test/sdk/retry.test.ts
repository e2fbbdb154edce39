/** Answers are lost after the server has acted: what is asked again counts once, and what no retry mends is said at once. */

import { describe, expect, it } from 'vitest'
import { DreamAdmin, type TierInput } from '../../sdk/admin.ts'
import { DreamAPI, DreamAPIException, type DreamAPIConfig } from '../../sdk/index.ts'
import { delayMs, isTransient } from '../../sdk/retry.ts'
import { useApp, type TestProject } from '../support/app.ts'
import { LADDER, RETURNS, sessionsAt } from '../support/billing.ts'
import { useLossy, type Fault } from '../support/lossy.ts'
import { aStore, bought } from '../support/store.ts'

const app = useApp()
const line = useLossy(() => app().server.url)

const over = ({ secretKey }: TestProject, config: Partial<DreamAPIConfig> = {}) =>
  new DreamAPI({ secretKey, baseUrl: line().url, ...config })

async function refusalOf(call: Promise<unknown>): Promise<DreamAPIException> {
  const error: unknown = await call.catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(DreamAPIException)
  return error as DreamAPIException
}

const html: Fault = { status: 502, headers: { 'Content-Type': 'text/html' }, body: '<h1>Bad gateway</h1>' }
const overloaded: Fault = { status: 503 }

describe('a call whose answer is lost', () => {
  it.each<[string, Fault]>([
    ['is dropped', 'drop'],
    ['breaks off in the middle', 'half'],
    ['is a 503', overloaded],
    ['is the page of a proxy', html],
  ])('counts once when the answer %s', async (_, fault) => {
    const project = await app().project({ tiers: LADDER })
    line().faults = [fault, fault]
    const { usage } = await over(project).forCustomer('u').usage.consume({ quantity: 2 })
    expect(usage.used).toBe(2)
    expect((await app().usage(project, 'u')).used).toBe(2)
    const keys = line().seen.map(({ key }) => key)
    expect(keys).toHaveLength(3)
    expect(new Set(keys).size).toBe(1)
  })

  it('counts once when its tries are under way at the same time, and every one of them is answered', async () => {
    const project = await app().project({ tiers: LADDER })
    const { usage } = over(project, { retries: 0 }).forCustomer('u')
    const tries = Array.from({ length: 5 }, () => usage.consume({ quantity: 2 }, { idempotencyKey: 'one' }))
    const answers = await Promise.all(tries)
    expect(new Set(answers.map(({ id }) => id)).size).toBe(1)
    expect((await app().usage(project, 'u')).used).toBe(2)
  })

  it('counts again when it is another call', async () => {
    const project = await app().project({ tiers: LADDER })
    const { usage } = over(project).forCustomer('u')
    await usage.track()
    await usage.track()
    expect((await app().usage(project, 'u')).used).toBe(2)
    expect(new Set(line().seen.map(({ key }) => key)).size).toBe(2)
  })

  it('counts once under the key that the caller gave, over any number of calls', async () => {
    const project = await app().project({ tiers: LADDER })
    const { usage } = over(project).forCustomer('u')
    for (let i = 0; i < 3; i += 1) await usage.consume({}, { idempotencyKey: 'job-1' })
    expect((await app().usage(project, 'u')).used).toBe(1)
  })

  it('answers every item of a batch once', async () => {
    const project = await app().project({ tiers: LADDER })
    line().faults = ['drop']
    const { results } = await over(project).usage.batch([{ customerId: 'a' }, { customerId: 'b', quantity: 2 }])
    expect(results.map((result) => result.success)).toEqual([true, true])
    expect((await app().usage(project, 'b')).used).toBe(2)
  })

  it('is taken back once', async () => {
    const project = await app().project({ tiers: LADDER })
    const api = over(project)
    const { id } = await api.forCustomer('u').usage.consume({ quantity: 3 })
    line().faults = ['drop']
    expect(await api.usage.reverse(id)).toMatchObject({ reversed: true, id })
    expect((await app().usage(project, 'u')).used).toBe(0)
    expect((await refusalOf(api.usage.reverse(id))).reason).toBe('already_reversed')
  })

  it('makes one customer, and deletes it once', async () => {
    const project = await app().project({ tiers: LADDER })
    const api = over(project)
    line().faults = ['drop']
    const { customer } = await api.customers.create({ email: `once@${project.projectId}.example` })
    expect((await api.customers.list()).customers.map(({ id }) => id)).toEqual([customer.id])
    line().faults = ['drop']
    expect(await api.customers.delete(customer.id)).toMatchObject({ success: true, deleted: { id: customer.id } })
    expect((await api.customers.list()).customers).toEqual([])
    expect((await refusalOf(api.customers.delete('nobody'))).reason).toBe('customer_not_found')
  })

  it('holds one cart, and gives money back once', async () => {
    const { project, products } = await aStore(app())
    const variantId = products[0].variants[0].id as string
    const api = over(project)
    line().faults = ['drop']
    await api.products.cartCheckout({ items: [{ variantId, quantity: 4 }], ...RETURNS })
    expect(await sessionsAt(app(), project)).toHaveLength(1)
    expect((await api.products.list()).products[0]?.available).toBe(6)
    const paid = await bought(app(), project, [{ variantId }])
    line().faults = ['drop']
    const { order } = await api.orders.refund(paid.id, { amount: 400 })
    expect(order.amounts.refunded).toBe(400)
    expect(order.refunds).toHaveLength(1)
  })

  it('ends an order once, and not one that was paid meanwhile', async () => {
    const { project, products } = await aStore(app())
    const api = over(project)
    const items = [{ variantId: products[0].variants[0].id as string }]
    const { orderId } = await api.products.cartCheckout({ items, ...RETURNS })
    line().faults = ['drop']
    expect((await api.orders.cancel(orderId)).order.status).toBe('expired')
    expect((await refusalOf(api.orders.cancel(orderId))).reason).toBe('order_not_open')
    const paid = await bought(app(), project, items)
    line().faults = ['drop']
    expect((await refusalOf(api.orders.cancel(paid.id))).reason).toBe('order_not_open')
  })

  it('makes one secret key, which works, and one webhook endpoint, whose secret signs', async () => {
    const project = await app().project({ tiers: LADDER })
    const admin = new DreamAdmin({ secretKey: project.secretKey, baseUrl: line().url })
    line().faults = ['drop']
    const { secretKey } = await admin.keys.create({ name: 'reports', scopes: ['read'] })
    expect((await admin.keys.list()).keys.filter(({ name }) => name === 'reports')).toHaveLength(1)
    expect((await over({ ...project, secretKey }).customers.list()).customers).toEqual([])
    expect((await refusalOf(admin.keys.create({ name: 'reports', scopes: ['read'] }))).reason).toBe('key_exists')
    line().faults = ['drop']
    const { endpoint, secret } = await admin.endpoints.create({ url: 'http://localhost:9/', events: ['order.paid'] })
    expect((await admin.endpoints.list()).endpoints.map(({ id }) => id)).toEqual([endpoint.id])
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{40,}={0,2}$/)
    line().faults = ['drop']
    await admin.endpoints.delete(endpoint.id)
    line().faults = ['drop']
    expect((await admin.keys.revoke('reports')).revoked.name).toBe('reports')
  })

  it('makes one tier', async () => {
    const project = await app().project({ tiers: LADDER })
    const admin = new DreamAdmin({ secretKey: project.secretKey, baseUrl: line().url })
    const prices = [{ interval: 'month' as const, unitAmount: 9900, currency: 'usd' }]
    const team: TierInput = { slug: 'team', displayName: 'Team', limits: {}, prices }
    line().faults = ['drop']
    expect((await admin.tiers.create(team)).tier.slug).toBe('team')
    expect((await refusalOf(admin.tiers.create(team))).reason).toBe('tier_exists')
  })

  it('makes one product and moves stock once', async () => {
    const { project } = await aStore(app(), { products: [] })
    const api = over(project)
    line().faults = ['drop']
    const { product } = await api.products.create({
      name: 'Cup',
      variants: [{ prices: [{ unitAmount: 900, currency: 'usd' }], stock: 1 }],
    })
    line().faults = ['drop']
    const { variant } = await api.products.changeStock(product.variants[0]!.id, { delta: 2 })
    expect(variant.onHand).toBe(3)
    expect((await api.products.list()).products).toHaveLength(1)
  })
})

describe('what is not asked again', () => {
  it('a refusal that no retry mends', async () => {
    const project = await app().project({ tiers: LADDER })
    const refused = await refusalOf(over(project).forCustomer('u').usage.consume({ quantity: 6 }))
    expect(refused).toMatchObject({ status: 403, code: 'Tier limit reached', reason: 'limit_reached' })
    expect(refused.detail).toMatchObject({ limit: 5, used: 0, remaining: 5, upgrade: { tier: 'pro' } })
    expect(refused.requestId).toMatch(/^[0-9a-f-]{36}$/)
    expect(line().seen).toHaveLength(1)
  })

  it('a call that is told to wait a minute: it says so, and for how long', async () => {
    const project = await app().project({ tiers: LADDER })
    line().faults = [{ status: 429, headers: { 'Retry-After': '60' } }]
    const refused = await refusalOf(over(project).products.listTiers())
    expect(refused).toMatchObject({ status: 429, retryAfter: 60 })
    expect(line().seen).toHaveLength(1)
  })

  it('more often than asked for; then the failure is the last one', async () => {
    const project = await app().project({ tiers: LADDER })
    line().faults = [overloaded, html, html]
    const refused = await refusalOf(over(project, { retries: 1 }).products.listTiers())
    expect(refused).toMatchObject({ status: 502, reason: 'invalid_answer' })
    expect(line().seen).toHaveLength(2)
  })

  it('a success that is not JSON: a typed error', async () => {
    const project = await app().project({ tiers: LADDER })
    line().faults = [{ status: 200, body: '<!doctype html>' }]
    expect(await refusalOf(over(project).products.listTiers())).toMatchObject({ status: 200, reason: 'invalid_answer' })
  })

  it('a server that is not there: a typed error', async () => {
    const api = new DreamAPI({ publishableKey: 'pk_test_x', baseUrl: 'http://127.0.0.1:1', retries: 0 })
    expect(await refusalOf(api.products.listTiers())).toMatchObject({ status: 0, reason: 'network_error' })
  })
})

describe('time', () => {
  it('ends a try that takes too long, and the next one is answered', async () => {
    const project = await app().project({ tiers: LADDER })
    line().faults = ['hang']
    const { usage } = await over(project).forCustomer('u').usage.consume({}, { timeoutMs: 1_500 })
    expect(usage.used).toBe(1)
    line().faults = ['hang']
    const refused = await refusalOf(over(project, { timeoutMs: 200, retries: 0 }).products.listTiers())
    expect(refused).toMatchObject({ status: 0, reason: 'timeout' })
  })

  it("rejects with the signal's reason when the caller gives up, before, during and between tries", async () => {
    const project = await app().project({ tiers: LADDER })
    const reason = new Error('changed my mind')
    const api = over(project)
    await expect(api.products.listTiers({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
    expect(line().seen).toHaveLength(0)
    for (const fault of ['hang', { status: 429, headers: { 'Retry-After': '20' } }] as const) {
      line().faults = [fault]
      line().seen = []
      const giving = new AbortController()
      const call = api.products.listTiers({ signal: giving.signal })
      await expect.poll(() => line().faults.length).toBe(0)
      giving.abort(reason)
      await expect(call).rejects.toBe(reason)
      expect(line().seen).toHaveLength(1)
    }
  })

  it('waits as long as it is told to, and else up to a doubling bound', () => {
    expect(delayMs(0, null, 0)).toBe(0)
    expect(delayMs(0, null, 1)).toBe(250)
    expect(delayMs(3, null, 1)).toBe(2_000)
    expect(delayMs(30, null, 1)).toBe(8_000)
    expect(delayMs(0, 2, 0)).toBe(2_000)
    expect(delayMs(0, 2, 1)).toBe(2_250)
  })

  it('knows what may pass by itself', () => {
    const at = (status: number, code = 'x', retryAfter: number | null = null) =>
      isTransient(new DreamAPIException({ error: code, code, message: '' }, status, retryAfter))
    expect([0, 408, 429, 500, 502, 503, 504].map((status) => at(status))).toEqual(Array(7).fill(true))
    expect([200, 400, 401, 402, 403, 404, 409, 422, 501, 507].map((status) => at(status))).toEqual(
      Array(10).fill(false),
    )
    expect([at(502, 'stripe_refused'), at(429, 'x', 20), at(429, 'x', 21)]).toEqual([false, true, false])
  })
})
