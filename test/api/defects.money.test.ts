/** What the original got wrong about money and counts. Each test is named after its row in the list of defects. */

import { describe, expect, it } from 'vitest'
import { as, page, secret, useApp, type Body, type TestProject } from '../support/app.ts'
import {
  card,
  customerOf,
  eventsAt,
  itemOf,
  LADDER,
  onlyOne,
  planOf,
  post,
  postEvent,
  requestsAt,
  stripeOf,
  subscriptionsAt,
  tier,
  wantTier,
} from '../support/billing.ts'

const app = useApp()

const use = (project: TestProject, id = 'u', body: object = {}, headers: Record<string, string> = {}) =>
  app().call('POST', '/api/data', { headers: { ...as(project, id), ...headers }, body })
const current = async (project: TestProject) => onlyOne(await subscriptionsAt(app(), project))

describe('events', () => {
  it('M3: an event delivered many times, some at the same moment, is admitted once and has one effect [W2]', async () => {
    const project = await app().project({ tiers: LADDER })
    const { sessionId } = await wantTier(app(), project, 'u', 'pro')
    await post(app(), { paused: true })
    await app().pay(sessionId)
    const [created] = await eventsAt(app(), project, 'customer.subscription.created')
    const { deliveries: _, ...event } = created
    const answers = await Promise.all(Array.from({ length: 5 }, () => postEvent(app(), event)))
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200])
    expect(answers.filter(({ body }) => body.idempotent === true)).toHaveLength(4)
    await app().settle()
    expect(await planOf(app(), project, 'u')).toBe('pro')
    const { events } = await app().ok('GET', `/api/events?type=${event.type}`, { headers: secret(project) })
    expect(events).toEqual([expect.objectContaining({ id: event.id, deliveries: 5, outcome: 'applied' })])
    await post(app())
  })

  it('M17: a late "updated" after the end gives nothing back, nor does a late "created" [W3]', async () => {
    const project = await app().project({ tiers: LADDER })
    await app().subscribe(project, 'u', 'pro')
    await wantTier(app(), project, 'u', 'max')
    await app().settle()
    await stripeOf(app(), project).subscriptions.cancel((await current(project)).id)
    await app().settle()
    const stale = await eventsAt(app(), project, 'customer.subscription')
    expect(stale.length).toBeGreaterThan(2)
    for (const { deliveries: _, ...event } of stale.toReversed()) {
      const late = { ...event, id: `${event.id as string}late` } // even as an event never heard before
      expect((await postEvent(app(), late)).status).toBe(200)
      await app().settle()
      expect(await planOf(app(), project, 'u')).toBe('free')
    }
  })

  it('M17: a trial is a trial, though the session’s event came after the subscription’s', async () => {
    const project = await app().project({
      tiers: [LADDER[0], tier({ slug: 'pro', limit: 50, unitAmount: 1000, trialDays: 7 })],
    })
    const { sessionId } = await wantTier(app(), project, 'u', 'pro')
    await post(app(), { paused: true })
    await app().pay(sessionId)
    const all = await eventsAt(app(), project)
    await post(app(), { drop: 1 })
    for (const type of ['customer.subscription.created', 'checkout.session.completed']) {
      const event = all.find((one) => one.type === type)
      await app().ok('POST', `/sandbox/stripe/events/${event.id}/redeliver`, { body: {} })
      await app().settle()
    }
    await post(app())
    const [subscription] = (await customerOf(app(), project, 'u')).subscriptions
    expect(subscription).toMatchObject({ status: 'trialing', tier: 'pro', unitAmount: 1000 })
    expect(subscription.currentPeriodEnd).toBe(subscription.trialEnd)
  })

  it('M26: what the developer’s account does besides is answered 200 at once and changes nothing [W4]', async () => {
    const project = await app().project({ tiers: LADDER })
    const stripe = stripeOf(app(), project)
    const customer = await stripe.customers.create({ email: 'someone@else.example' })
    const product = await stripe.products.create({ name: 'Their own business' })
    const price = await stripe.prices.create({
      product: product.id,
      currency: 'usd',
      unit_amount: 700,
      recurring: { interval: 'month' },
    })
    await card(app(), customer.id, 'ok')
    await stripe.subscriptions.create({ customer: customer.id, items: [{ price: price.id }] })
    await app().settle()
    const events = await eventsAt(app(), project)
    expect(events.length).toBeGreaterThan(3)
    for (const { type, deliveries } of events)
      expect(deliveries, type).toEqual([expect.objectContaining({ state: 'succeeded', attempts: 1 })])
    const dashboard = await app().ok('GET', '/api/dashboard', { headers: secret(project) })
    expect(dashboard.metrics).toMatchObject({ activeSubs: 0, mrr: 0 })
    expect(dashboard.totalCustomers).toBe(0)
    expect((await requestsAt(app(), project, '/v1/subscriptions/')).filter(({ method }) => method === 'GET')).toEqual(
      [],
    )
  })
})

describe('counts', () => {
  it('M7: forty calls at once against a limit of five: exactly five [U1]', async () => {
    const project = await app().project({ tiers: LADDER })
    const answers = await Promise.all(Array.from({ length: 40 }, () => use(project)))
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(5)
    expect(answers.filter(({ status }) => status === 403)).toHaveLength(35)
    expect(await app().usage(project, 'u')).toMatchObject({ used: 5, remaining: 0, allowed: false })
  })

  it('M9: a tier is found by any spelling of its slug or name, and a payer never meets a limit of 0', async () => {
    const project = await app().project({ tiers: LADDER })
    for (const [index, name] of ['Pro Plan', 'pro plan', 'PRO_PLAN', 'pro-plan', 'PRO', ' pro '].entries()) {
      const id = `u${index}`
      await app().subscribe(project, id, name)
      expect(await app().usage(project, id), name).toMatchObject({ plan: 'pro', limit: 50, remaining: 50 })
    }
    const email = `m9@${project.projectId}.example`
    const body = { email, plan: 'Pro Plan' }
    const { customer } = await app().ok('POST', '/api/customers', { headers: secret(project), body })
    expect(customer.plan).toBe('pro')
    const unknown = { email: `x${email}`, plan: 'Platinum' }
    const refused = await app().call('POST', '/api/customers', { headers: secret(project), body: unknown })
    expect(refused).toMatchObject({ status: 400, body: { code: 'unknown_tier' } })
    const { tiers } = await app().ok('GET', '/api/tiers', { headers: page(project) })
    expect((tiers as Body[]).map(({ name, displayName }) => [name, displayName])).toContainEqual(['pro', 'Pro Plan'])
  })

  it('M13: a granted plan moves the limit and leaves the count and the row where they are [U5]', async () => {
    const project = await app().project({ tiers: LADDER })
    const { id } = await app().customer(project)
    await use(project, id, { quantity: 4 })
    const headers = secret(project)
    const { customer } = await app().ok('PATCH', `/api/customers/${id}`, { headers, body: { plan: 'max' } })
    expect(customer).toMatchObject({ id, plan: 'max', publishableKey: project.publishableKey })
    expect(await app().usage(project, id)).toMatchObject({ used: 4, limit: 500, remaining: 496 })
    await app().ok('PATCH', `/api/customers/${id}`, { headers, body: { plan: 'free' } })
    expect(await app().usage(project, id)).toMatchObject({ used: 4, limit: 5, remaining: 1 })
  })

  it('M14: one person in two projects is counted in each, and limited in each', async () => {
    const one = await app().project({ tiers: LADDER })
    const two = await app().project({ tiers: LADDER, platformId: 'plt_m14' })
    const email = `both@${one.projectId}.example`
    const a = await app().customer(one, email)
    const b = await app().customer(two, email)
    expect(b.id).toBe(a.id) // one person, one sign-in
    for (let i = 0; i < 5; i += 1) expect((await use(one, a.id)).status).toBe(200)
    expect((await use(one, a.id)).status).toBe(403)
    for (let i = 1; i <= 5; i += 1) expect((await use(two, b.id)).body.usage.used).toBe(i)
    expect((await use(two, b.id)).status).toBe(403)
    const token = await app().token(one, a.id) // one token serves both, each with its own plan
    await app().ok('PATCH', `/api/customers/${a.id}`, { headers: secret(two), body: { plan: 'max' } })
    expect((await app().ok('GET', '/api/usage', { headers: page(one, token) })).plan).toBe('free')
    expect((await app().ok('GET', '/api/usage', { headers: page(two, token) })).plan).toBe('max')
  })

  it('M15: a call can be repeated under its key, count several, and be taken back once [U3, U6]', async () => {
    const project = await app().project({ tiers: LADDER })
    const key = { 'Idempotency-Key': 'call-1' }
    const first = await use(project, 'u', { quantity: 3 }, key)
    const again = await use(project, 'u', { quantity: 3 }, key)
    expect([again.status, again.body]).toEqual([first.status, first.body])
    expect(again.headers.get('Idempotent-Replayed')).toBe('true')
    expect((await use(project, 'u', { quantity: 2 }, key)).status).toBe(422)
    expect(await app().usage(project, 'u')).toMatchObject({ used: 3 })
    const back = () => app().call('POST', `/api/usage/${first.body.id}/reverse`, { headers: secret(project) })
    expect((await back()).body).toMatchObject({ success: true, usage: { used: 0, remaining: 5 } })
    expect(await back()).toMatchObject({ status: 409, body: { code: 'already_reversed' } })
    expect(await app().usage(project, 'u')).toMatchObject({ used: 0 })
    expect((await use(project, 'u', { quantity: 6 })).status).toBe(403) // all or nothing
    expect(await app().usage(project, 'u')).toMatchObject({ used: 0 })
  })
})

describe('subscriptions', () => {
  it('M16: a second checkout changes the subscription; nobody is billed twice [S2]', async () => {
    const project = await app().project({ tiers: LADDER })
    await app().subscribe(project, 'u', 'pro')
    const again = await wantTier(app(), project, 'u', 'pro')
    expect(again).toMatchObject({ sessionId: null, changed: false })
    await wantTier(app(), project, 'u', 'max')
    expect((await current(project)).status).toBe('active')
    expect((await stripeOf(app(), project).customers.list()).data).toHaveLength(1)
    const { metrics } = await app().ok('GET', '/api/dashboard', { headers: secret(project) })
    expect(metrics).toMatchObject({ activeSubs: 1, mrr: 5000 })
  })

  it('M18: the plan follows the price, not a word in the metadata [S4]', async () => {
    const project = await app().project({ tiers: LADDER })
    await app().subscribe(project, 'other', 'max')
    await app().subscribe(project, 'u', 'pro')
    const stripe = stripeOf(app(), project)
    const { data } = await stripe.prices.list()
    const mine = (await subscriptionsAt(app(), project)).find(({ metadata }) => metadata['userId'] === 'u')
    await stripe.subscriptions.update(mine?.id ?? '', { metadata: { tier: 'max', plan: 'max', dream_tier: 'max' } })
    await app().settle()
    expect(await planOf(app(), project, 'u')).toBe('pro')
    const max = data.find(({ unit_amount }) => unit_amount === 5000)
    await stripe.subscriptions.update(mine?.id ?? '', {
      items: [{ id: itemOf(mine!).id, price: max?.id ?? '' }],
      metadata: { tier: 'pro' },
    })
    await app().settle()
    expect(await planOf(app(), project, 'u')).toBe('max')
  })
})
