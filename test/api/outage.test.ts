import { afterEach, describe, expect, it } from 'vitest'
import { as, secret, useApp, type Body, type TestProject } from '../support/app.ts'
import {
  askFor,
  customerOf,
  fault,
  LADDER,
  noFaults,
  onlyOne,
  planOf,
  requestsAt,
  sessionsAt,
  stripeOf,
  subscriptionsAt,
  wantTier,
} from '../support/billing.ts'

const app = useApp()
afterEach(() => noFaults(app()))

const SESSIONS = '/v1/checkout/sessions'
const use = (project: TestProject, id = 'u') => app().call('POST', '/api/data', { headers: as(project, id) })
const metadataOf = async (id: string): Promise<Body> =>
  (await app().ok('GET', `/sandbox/clerk/users/${id}?instance=test`)).public_metadata

describe('Stripe away', () => {
  it('makes no second session when Stripe’s answer was lost after it had made one [F1, F16]', async () => {
    const project = await app().project({ tiers: LADDER })
    await fault(app(), { service: 'stripe', kind: 'timeout_after_commit', method: 'POST', path: SESSIONS, times: 10 })
    const lost = await askFor(app(), project, 'u')
    expect(lost).toMatchObject({ status: 503, body: { code: 'stripe_unavailable' } })
    expect(lost.headers.get('Retry-After')).not.toBeNull()
    const made = onlyOne(await sessionsAt(app(), project))
    await noFaults(app())
    await app().advance('2m') // the timer asks again, under the same key
    expect(onlyOne(await sessionsAt(app(), project)).id).toBe(made.id)
    const again = await wantTier(app(), project, 'u', 'pro')
    expect(again).toMatchObject({ sessionId: made.id, url: made.url })
    await app().pay(made.id)
    expect(await planOf(app(), project, 'u')).toBe('pro')
    expect(await subscriptionsAt(app(), project)).toHaveLength(1)
  })

  it('answers the lost session when the caller asks again before the timer does [F16]', async () => {
    const project = await app().project({ tiers: LADDER })
    await fault(app(), { service: 'stripe', kind: 'timeout_after_commit', method: 'POST', path: SESSIONS, times: 10 })
    expect((await askFor(app(), project, 'u')).status).toBe(503)
    await noFaults(app())
    const { sessionId } = await wantTier(app(), project, 'u', 'pro')
    expect(onlyOne(await sessionsAt(app(), project)).id).toBe(sessionId)
  })

  it('closes a session that was lost when another tier is asked for, so that only one can be paid [F16, S2]', async () => {
    const project = await app().project({ tiers: LADDER })
    await fault(app(), { service: 'stripe', kind: 'timeout_after_commit', method: 'POST', path: SESSIONS, times: 10 })
    expect((await askFor(app(), project, 'u')).status).toBe(503)
    await noFaults(app())
    const { sessionId } = await wantTier(app(), project, 'u', 'max')
    const open = (await sessionsAt(app(), project)).filter(({ status }) => status === 'open')
    expect(onlyOne(open).id).toBe(sessionId)
  })

  it.each([500, 429])('answers 503 while Stripe says %i, changes nothing and heals by itself [F17]', async (status) => {
    const project = await app().project({ tiers: LADDER })
    await fault(app(), { service: 'stripe', kind: 'status', status, path: '/v1/', times: 100 })
    expect(await askFor(app(), project, 'u')).toMatchObject({ status: 503, body: { code: 'stripe_unavailable' } })
    expect((await use(project)).status).toBe(200) // counting asks nobody
    await noFaults(app())
    await app().advance('5m')
    const { sessionId } = await wantTier(app(), project, 'u', 'pro')
    expect(onlyOne(await sessionsAt(app(), project)).id).toBe(sessionId)
  })

  it('survives a connection that breaks at each single call of a purchase [F17]', async () => {
    for (const path of ['/v1/products', '/v1/prices', '/v1/customers', SESSIONS]) {
      const project = await app().project({ tiers: LADDER })
      await fault(app(), { service: 'stripe', kind: 'network', method: 'POST', path, times: 2 })
      expect((await askFor(app(), project, 'u')).status, path).toBe(503)
      await noFaults(app())
      const { sessionId } = await wantTier(app(), project, 'u', 'pro')
      await app().pay(sessionId)
      expect(await planOf(app(), project, 'u'), path).toBe('pro')
      const stripe = stripeOf(app(), project)
      const made = [await stripe.products.list(), await stripe.prices.list(), await stripe.customers.list()]
      expect(
        made.map(({ data }) => data.length),
        path,
      ).toEqual([1, 1, 1])
    }
  })

  it('applies an event once Stripe can be read again [D3, F12]', async () => {
    const project = await app().project({ tiers: LADDER })
    const { sessionId } = await wantTier(app(), project, 'u', 'pro')
    await fault(app(), { service: 'stripe', kind: 'status', status: 500, method: 'GET', path: '/v1/', times: 10_000 })
    await app().pay(sessionId)
    expect(await planOf(app(), project, 'u')).toBe('free')
    const pending = await app().ok('GET', '/api/events?outcome=pending', { headers: secret(project) })
    expect(pending.events.length).toBeGreaterThan(0)
    await app().advance('1m')
    expect(await planOf(app(), project, 'u')).toBe('free')
    await noFaults(app())
    await app().advance('5m')
    expect(await planOf(app(), project, 'u')).toBe('pro')
    const left = await app().ok('GET', '/api/events?outcome=pending', { headers: secret(project) })
    expect(left.events).toEqual([])
  })

  it('upgrades once when the answer to the change was lost, pressed again or not [F16]', async () => {
    const project = await app().project({ tiers: LADDER })
    await app().subscribe(project, 'u', 'pro')
    await fault(app(), {
      service: 'stripe',
      kind: 'timeout_after_commit',
      method: 'POST',
      path: '/v1/subscriptions/',
      times: 2,
    })
    expect((await askFor(app(), project, 'u', { tier: 'max' })).status).toBe(503)
    await noFaults(app())
    await app().settle() // Stripe's own event tells what became of it
    expect(await planOf(app(), project, 'u')).toBe('max')
    expect((await askFor(app(), project, 'u', { tier: 'max' })).status).toBe(200)
    expect((await stripeOf(app(), project).invoices.list({})).data).toHaveLength(2)
  })

  it('does not forget a customer whose billing it could not end', async () => {
    const project = await app().project({ tiers: LADDER })
    const { id } = await app().customer(project)
    await app().subscribe(project, id)
    await fault(app(), { service: 'stripe', kind: 'status', status: 500, method: 'DELETE', times: 5 })
    expect(await app().call('DELETE', `/api/customers/${id}`, { headers: secret(project) })).toMatchObject({
      status: 503,
      body: { code: 'stripe_unavailable' },
    })
    await noFaults(app())
    expect(await planOf(app(), project, id)).toBe('pro')
    await app().ok('DELETE', `/api/customers/${id}`, { headers: secret(project) })
    expect(onlyOne(await subscriptionsAt(app(), project)).status).toBe('canceled')
  })

  it('sends every write on the connected account, with a key made from our own ids [E10, E14]', async () => {
    const project = await app().project({ tiers: LADDER })
    await app().subscribe(project, 'u', 'pro')
    await wantTier(app(), project, 'u', 'max')
    await wantTier(app(), project, 'u', 'pro')
    const writes = (await requestsAt(app(), project, '/v1/')).filter(({ method }) => method === 'POST')
    expect(writes.length).toBeGreaterThan(6)
    for (const { path, idempotencyKey } of writes) expect(idempotencyKey, path).toMatch(/^[a-z]+:\S+$/)
    const { requests } = await app().ok('GET', '/sandbox/stripe/requests?limit=10000')
    const alone = (requests as Body[]).filter(({ account }) => account === null || account === 'acct_sandboxPlatform')
    expect(alone.filter(({ path }) => !String(path).startsWith('/v1/accounts'))).toEqual([])
  })
})

describe('the connected account', () => {
  it('is refused a sale while it may not charge, and sells again when it may', async () => {
    const project = await app().project({ tiers: LADDER })
    const set = async (charges_enabled: boolean) => {
      await app().ok('POST', `/sandbox/stripe/accounts/${project.stripeAccount}`, { body: { charges_enabled } })
      await app().settle()
    }
    await set(false)
    expect(await askFor(app(), project, 'u')).toMatchObject({ status: 409, body: { code: 'payments_restricted' } })
    expect((await use(project)).status).toBe(200)
    await set(true)
    expect((await askFor(app(), project, 'u')).status).toBe(200)
  })

  it('can leave: nothing is sold or asked any more, what was bought is kept, nothing hangs [F43]', async () => {
    const project = await app().project({ tiers: LADDER })
    await app().subscribe(project, 'u')
    await app().ok('POST', `/sandbox/stripe/accounts/${project.stripeAccount}/deauthorize`, { body: {} })
    await app().settle()
    expect(await askFor(app(), project, 'v')).toMatchObject({ status: 409, body: { code: 'payments_not_connected' } })
    expect((await use(project)).body.usage).toMatchObject({ plan: 'pro' })
    const portal = await app().call('POST', '/api/customer-portal', {
      headers: as(project, 'u'),
      body: { returnUrl: 'http://localhost:3000/' },
    })
    expect(portal).toMatchObject({ status: 409, body: { code: 'payments_not_connected' } })
    await app().advance('3d')
    expect((await app().ok('GET', '/api/dashboard', { headers: secret(project) })).stuck).toBe(0)
    expect((await app().call('DELETE', '/api/customers/u', { headers: secret(project) })).status).toBe(200)
  })

  it('serves two projects of one account without mixing them [F44]', async () => {
    const one = await app().project({ tiers: LADDER, platformId: 'plt_shared' })
    const two = await app().project({ tiers: LADDER, platformId: 'plt_shared', stripeAccount: one.stripeAccount })
    await app().subscribe(one, 'u', 'pro')
    expect(await planOf(app(), one, 'u')).toBe('pro')
    expect(await planOf(app(), two, 'u')).toBe('free')
    await app().subscribe(two, 'u', 'max')
    expect([await planOf(app(), one, 'u'), await planOf(app(), two, 'u')]).toEqual(['pro', 'max'])
    const { events } = await app().ok('GET', '/api/events?outcome=failed', { headers: secret(two) })
    expect(events).toEqual([])
  })

  it('belongs to one platform account: nobody else can be paid through it [E13]', async () => {
    const owner = await app().project({ tiers: LADDER })
    const thief = await app().call('POST', '/sandbox/projects', {
      body: { tiers: LADDER, stripeAccount: owner.stripeAccount },
    })
    expect(thief).toMatchObject({ status: 409, body: { code: 'stripe_account_taken' } })
  })
})

describe('Clerk away', () => {
  it('serves a bought plan at once and tells Clerk when it is back [F15]', async () => {
    const project = await app().project({ tiers: LADDER })
    const { id } = await app().customer(project)
    const { sessionId } = await wantTier(app(), project, id, 'pro')
    await app().settle()
    expect(await metadataOf(id)).toMatchObject({ plan: 'free' })
    await fault(app(), { service: 'clerk', kind: 'status', status: 500, times: 10_000 })
    await app().pay(sessionId)
    expect(await planOf(app(), project, id)).toBe('pro')
    expect(await metadataOf(id)).toMatchObject({ plan: 'free' })
    await app().advance('10m')
    await noFaults(app())
    await app().advance('20m')
    expect(await metadataOf(id)).toMatchObject({ plan: 'pro', publishableKey: project.publishableKey })
  })

  it('waits as long as Clerk’s 429 says, and loses nothing [F15]', async () => {
    const project = await app().project({ tiers: LADDER })
    const { id } = await app().customer(project)
    await fault(app(), { service: 'clerk', kind: 'status', status: 429, times: 3 })
    await app().ok('PATCH', `/api/customers/${id}`, { headers: secret(project), body: { plan: 'max' } })
    expect(await planOf(app(), project, id)).toBe('max')
    await app().advance('2m')
    expect(await metadataOf(id)).toMatchObject({ plan: 'max', projects: { [project.publishableKey]: 'max' } })
  })

  it('answers 503 for a new customer, makes none, and one when it is asked again', async () => {
    const project = await app().project({ tiers: LADDER })
    await fault(app(), { service: 'clerk', kind: 'status', status: 500, times: 10 })
    const create = () =>
      app().call('POST', '/api/customers', {
        headers: secret(project),
        body: { email: `a@${project.projectId}.example` },
      })
    expect(await create()).toMatchObject({ status: 503, body: { code: 'identity_unavailable' } })
    expect((await app().ok('GET', '/api/customers', { headers: secret(project) })).customers).toEqual([])
    await noFaults(app())
    expect((await create()).status).toBe(201)
  })

  it('makes one customer when Clerk’s answer was lost after it had made the user', async () => {
    const project = await app().project({ tiers: LADDER })
    const body = { email: `b@${project.projectId}.example` }
    await fault(app(), { service: 'clerk', kind: 'timeout_after_commit', method: 'POST', times: 1 })
    const headers = { ...secret(project), 'Idempotency-Key': 'once' }
    expect((await app().call('POST', '/api/customers', { headers, body })).status).toBe(503)
    const { customer } = await app().ok('POST', '/api/customers', { headers, body })
    const again = await app().call('POST', '/api/customers', { headers, body })
    expect(again).toMatchObject({ status: 201, body: { customer: { id: customer.id } } })
    expect(again.headers.get('Idempotent-Replayed')).toBe('true')
    expect((await customerOf(app(), project, customer.id)).email).toBe(body.email)
  })

  it('tells Clerk of many changes in few calls: the last one counts [D3]', async () => {
    const project = await app().project({ tiers: LADDER })
    const { id } = await app().customer(project)
    await fault(app(), { service: 'clerk', kind: 'network', times: 2 })
    for (const plan of ['pro', 'max', null, 'pro', 'max'])
      await app().ok('PATCH', `/api/customers/${id}`, { headers: secret(project), body: { plan } })
    await app().advance('5m')
    expect(await metadataOf(id)).toMatchObject({ plan: 'max' })
  })
})
