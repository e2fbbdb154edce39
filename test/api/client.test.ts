/** The published client of the first API, unchanged, through every method that needs no browser; and ours in its place. */

import { afterEach, describe, expect, it, vi } from 'vitest'
import * as first from 'dream-sdk-0.1.38'
import * as ours from '../../sdk/index.ts'
import { useApp, type TestProject } from '../support/app.ts'
import { LADDER, planOf, RETURNS } from '../support/billing.ts'

const app = useApp()
afterEach(() => vi.restoreAllMocks())

/** Whoever used the first one changes the version, and nothing else. */
const CLIENTS = [
  { name: '@dream-api/sdk 0.1.38', client: first },
  { name: '@dream-api/sdk of this repository', client: ours as unknown as typeof first },
]

async function person(project: TestProject) {
  const { id, email } = await app().customer(project)
  return { id, email, token: await app().token(project, id) }
}

describe.each(CLIENTS)('$name', ({ client: { DreamAPI, DreamAPIException } }) => {
  /** The client on a server, with both keys. */
  const onServer = ({ secretKey, publishableKey }: TestProject) =>
    new DreamAPI({ secretKey, publishableKey, baseUrl: app().server.url })

  /** The client in a page: only the publishable key. */
  function inPage({ publishableKey }: TestProject): first.DreamAPI {
    vi.spyOn(console, 'log').mockReturnValue(undefined) // it says that it runs in a page
    return new DreamAPI({ publishableKey, baseUrl: app().server.url, signupUrl: `${app().server.url}/auth` })
  }

  async function refusalOf(call: Promise<unknown>): Promise<first.DreamAPIException> {
    const error: unknown = await call.catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(DreamAPIException)
    return error as first.DreamAPIException
  }

  it('makes, reads, changes and deletes a customer', async () => {
    const project = await app().project({ tiers: LADDER })
    const api = onServer(project)
    const email = `sdk@${project.projectId}.example`
    const { customer } = await api.customers.create({ email, firstName: 'Ada', lastName: 'L', plan: 'pro' })
    expect(customer).toMatchObject({ email, firstName: 'Ada', plan: 'pro', publishableKey: project.publishableKey })
    expect(customer.id).toMatch(/^user_/)
    expect(customer.createdAt).toEqual(expect.any(Number))
    expect((await api.customers.get(customer.id)).customer).toMatchObject(customer)
    expect((await api.customers.update(customer.id, { plan: 'max' })).customer).toMatchObject({
      id: customer.id,
      email,
      plan: 'max',
    })
    expect(await api.customers.delete(customer.id)).toMatchObject({
      success: true,
      deleted: { id: customer.id, email },
    })
    expect(await refusalOf(api.customers.get(customer.id))).toMatchObject({ status: 404, code: 'Not found' })
  })

  it('counts in a page and on a server, and reads what is left', async () => {
    const project = await app().project({ tiers: LADDER })
    const { id, token } = await person(project)
    for (const [index, api] of [inPage(project), onServer(project)].entries()) {
      api.setUserToken(token)
      const counted = await api.usage.track()
      expect(counted.success).toBe(true)
      expect(counted.usage).toMatchObject({ userId: id, plan: 'free', usageCount: index + 1, limit: 5 })
      expect(counted.usage.remaining).toBe(4 - index)
      const left = await api.usage.check()
      expect(left).toMatchObject({ userId: id, plan: 'free', usageCount: index + 1, remaining: 4 - index })
      expect(left.periodStart).toMatch(/^\d{4}-\d\d-\d\d$/)
      expect(left.periodEnd).toMatch(/^\d{4}-\d\d-\d\d$/)
    }
  })

  it('throws at the limit with a message that its templates recognise', async () => {
    const project = await app().project({ tiers: LADDER })
    const { token } = await person(project)
    const api = inPage(project)
    api.setUserToken(token)
    for (let i = 0; i < 5; i += 1) await api.usage.track()
    const refused = await refusalOf(api.usage.track())
    expect(refused).toMatchObject({ status: 403, code: 'Tier limit reached' })
    expect(refused.message).toContain('limit')
  })

  it('asks for a token before it asks us, and says so when it is cleared', async () => {
    const project = await app().project({ tiers: LADDER })
    const { token } = await person(project)
    const api = inPage(project)
    expect(await refusalOf(api.usage.check())).toMatchObject({ status: 401, code: 'auth_required' })
    api.setUserToken(token)
    await api.usage.check()
    api.clearUserToken()
    expect((await refusalOf(api.usage.track())).code).toBe('auth_required')
    api.setUserToken(`${token}x`)
    expect(await refusalOf(api.usage.track())).toMatchObject({ status: 401, code: 'Invalid or missing end-user token' })
  })

  it('buys and opens the portal', async () => {
    const project = await app().project({ tiers: LADDER })
    const { id, token } = await person(project)
    const api = inPage(project)
    api.setUserToken(token)
    expect(await refusalOf(api.billing.openPortal({ returnUrl: RETURNS.successUrl }))).toMatchObject({
      status: 400,
      code: 'No active subscription found',
    })
    const { url, sessionId } = await api.billing.createCheckout({ tier: 'Pro Plan', ...RETURNS })
    expect(url).toMatch(/^http/)
    await app().pay(sessionId ?? '')
    expect(await planOf(app(), project, id)).toBe('pro')
    expect((await api.billing.openPortal({ returnUrl: RETURNS.successUrl })).url).toMatch(/^http/)
    expect((await api.billing.createCheckout({ tier: 'max', ...RETURNS })).url).toBe(RETURNS.successUrl)
    expect(await planOf(app(), project, id)).toBe('max')
    expect(await refusalOf(api.billing.createCheckout({ tier: 'nothing', ...RETURNS }))).toMatchObject({ status: 400 })
  })

  it('lists the tiers with every field its types promise', async () => {
    const project = await app().project({ tiers: LADDER })
    await app().subscribe(project, 'somebody', 'pro') // prices are made at Stripe when first sold
    for (const api of [inPage(project), onServer(project)]) {
      const { tiers } = await api.products.listTiers()
      expect(tiers.map(({ name, price, limit }) => [name, price, limit])).toEqual([
        ['free', 0, 5],
        ['pro', 1000, 50],
        ['max', 5000, 500],
      ])
      expect(tiers[1]).toMatchObject({
        displayName: 'Pro Plan',
        priceId: expect.stringMatching(/^price_/),
        productId: expect.stringMatching(/^prod_/),
        features: [],
        popular: false,
      })
    }
  })

  it('reads the dashboard and the totals with every field its types promise', async () => {
    const project = await app().project({ tiers: LADDER })
    const { id, email } = await app().customer(project)
    await app().subscribe(project, id, 'pro')
    const api = onServer(project)
    const dashboard = await api.dashboard.get()
    expect(dashboard).toMatchObject({
      activeSubscriptions: 1,
      cancelingSubscriptions: 0,
      mrr: 1000,
      totalRevenue: expect.any(Number),
      totalSales: expect.any(Number),
      avgOrderValue: expect.any(Number),
      usageThisPeriod: 0,
      orders: [],
      products: [],
      webhookStatus: { url: expect.any(String), lastEvent: expect.any(String) },
    })
    expect(dashboard.customers).toEqual([
      expect.objectContaining({ id, email, plan: 'pro', usage: 0, limit: 50, status: 'active' }),
    ])
    expect(dashboard.customers[0]?.renewsAt).toBeTruthy()
    expect(dashboard.webhookStatus.recentEvents[0]).toMatchObject({ type: expect.any(String) })
    expect(await api.dashboard.getTotals()).toMatchObject({ totalRevenue: 0, totalCustomers: 1, totalMRR: 1000 })
  })

  it('is told which calls need the secret key', async () => {
    const project = await app().project({ tiers: LADDER })
    const api = inPage(project)
    const calls = [
      () => api.customers.get('u'),
      () => api.customers.create({ email: 'a@b.example' }),
      () => api.dashboard.get(),
    ]
    for (const call of calls)
      expect(await refusalOf(call())).toMatchObject({
        status: 403,
        code: 'Forbidden',
        message: 'This endpoint requires a secret key (backend only)',
      })
  })

  it('builds the addresses of the sign-in pages', async () => {
    const project = await app().project({ tiers: LADDER })
    const { auth } = inPage(project)
    const redirect = 'http://localhost:3000/app?a=b'
    const at = (path: string) =>
      `${app().server.url}/auth/${path}?${new URLSearchParams({ pk: project.publishableKey, redirect }).toString()}`
    expect(auth.getSignUpUrl({ redirect })).toBe(at('signup'))
    expect(auth.getSignInUrl({ redirect })).toBe(at('signin'))
    expect(auth.getRefreshUrl({ redirect })).toBe(at('refresh'))
    expect(auth.getCustomerPortalUrl({ returnUrl: redirect })).toBe(at('account'))
  })
})
