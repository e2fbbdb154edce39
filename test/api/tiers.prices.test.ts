/** A price that changes: who pays the old one, who pays the new one, and what Stripe is told, also when it is away. */

import { describe, expect, it } from 'vitest'
import { secret, useApp, type Body, type TestProject } from '../support/app.ts'
import {
  askFor,
  eventsAt,
  fault,
  itemOf,
  LADDER,
  moveTo,
  noFaults,
  onlyOne,
  planOf,
  requestsAt,
  stripeOf,
  subscriptionsAt,
  wantTier,
} from '../support/billing.ts'
import { archive, changeTier, tierOf } from '../support/tiers.ts'

const app = useApp()
const usd = (unitAmount: number, interval = 'month') => ({ interval, unitAmount, currency: 'usd' })
const aProject = (facts: object = {}) => app().project({ tiers: LADDER, ...facts })

/** A project with subscribers of "pro", whose price is 10 dollars. */
async function holding(customers: readonly string[], facts: object = {}): Promise<TestProject> {
  const project = await aProject(facts)
  for (const customer of customers) await app().subscribe(project, customer, 'pro')
  return project
}

const setPrice = async (project: TestProject, unitAmount: number, subscribers?: 'keep' | 'migrate') => {
  const answer = await changeTier(app(), project, 'pro', { prices: [usd(unitAmount)], subscribers })
  expect(answer.status).toBe(200)
  return answer.body
}
const migration = async (project: TestProject): Promise<Body> =>
  (await app().ok('GET', '/api/tiers/pro/migration', { headers: secret(project) })).migration
const pricesAt = async (project: TestProject) => (await stripeOf(app(), project).prices.list({ limit: 100 })).data
const activeAt = async (project: TestProject) =>
  (await pricesAt(project)).filter(({ active }) => active).map(({ unit_amount }) => unit_amount)
/** What each subscription is billed, the oldest first. */
const amounts = async (project: TestProject) =>
  (await subscriptionsAt(app(), project)).toReversed().map((one) => itemOf(one).price.unit_amount)
const paid = async (project: TestProject) =>
  (await stripeOf(app(), project).invoices.list({ limit: 100 })).data.map(({ amount_paid }) => amount_paid).toReversed()

/** Lets every subscription begin its next period and pay for it. */
async function renew(project: TestProject): Promise<void> {
  const ends = (await subscriptionsAt(app(), project)).map((one) => itemOf(one).current_period_end)
  await moveTo(app(), Math.max(...ends) * 1000 + 5_000)
  await app().advance('2h') // Stripe's invoice of the new period is finalized an hour later
}

// First, while the server has few projects: each day of these months is a day for all of them.
describe('a new price over months', () => {
  it('is for those who come now; who subscribed before keeps price and plan across renewals', async () => {
    const project = await holding(['old'])
    await setPrice(project, 1500)
    await app().settle()
    await app().subscribe(project, 'new', 'pro')
    expect(await amounts(project)).toEqual([1000, 1500])
    for (let i = 0; i < 3; i += 1) {
      await renew(project)
      expect(await amounts(project)).toEqual([1000, 1500])
      for (const customer of ['old', 'new'])
        expect(await app().usage(project, customer)).toMatchObject({ plan: 'pro', limit: 50 })
    }
    expect(await paid(project)).toEqual([1000, 1500, 1000, 1500, 1000, 1500, 1000, 1500])
    expect((await tierOf(app(), project, 'pro')).prices).toEqual([
      { ...usd(1500), onSale: true, subscribers: 1 },
      { ...usd(1000), onSale: false, subscribers: 1 },
    ])
  })

  it('bills those who are moved from their next invoice on, nothing before, and keeps plan and period', async () => {
    const project = await holding(['a', 'b', 'c'])
    const periods = (await subscriptionsAt(app(), project)).map((one) => itemOf(one).current_period_end)
    const changed = await setPrice(project, 1500, 'migrate')
    expect(changed.migration).toMatchObject({ total: 3, waiting: 3, done: 0 })
    await app().settle()
    expect(await migration(project)).toEqual({ total: 3, done: 3, skipped: 0, waiting: 0, failed: 0, failures: [] })
    expect(await amounts(project)).toEqual([1500, 1500, 1500])
    expect((await subscriptionsAt(app(), project)).map((one) => itemOf(one).current_period_end)).toEqual(periods)
    expect(await paid(project)).toEqual([1000, 1000, 1000])
    await renew(project)
    expect((await paid(project)).slice(3)).toEqual([1500, 1500, 1500])
    for (const customer of ['a', 'b', 'c'])
      expect(await app().usage(project, customer)).toMatchObject({ plan: 'pro', limit: 50 })
    expect((await tierOf(app(), project, 'pro')).prices).toEqual([{ ...usd(1500), onSale: true, subscribers: 3 }])
    expect(await activeAt(project)).toEqual([1500])
  })
})

describe('a new price', () => {
  it('closes the old one at Stripe, after our own row has moved and never before', async () => {
    const project = await holding(['old'])
    await fault(app(), { service: 'stripe', kind: 'status', status: 500, method: 'POST', times: 100 })
    await setPrice(project, 1500)
    expect(await activeAt(project)).toEqual([1000])
    expect((await tierOf(app(), project, 'pro')).prices[0]).toMatchObject({ unitAmount: 1500, onSale: true })
    await noFaults(app())
    await app().advance('5m')
    expect(await activeAt(project)).toEqual([])
    await app().subscribe(project, 'new', 'pro')
    expect(await activeAt(project)).toEqual([1500])
  })

  it('changed back is the price that there was, opened again, not a third one', async () => {
    const project = await holding(['old'])
    await setPrice(project, 1500)
    await app().subscribe(project, 'new', 'pro')
    await setPrice(project, 1000)
    await app().subscribe(project, 'third', 'pro')
    await app().settle()
    expect(await amounts(project)).toEqual([1000, 1500, 1000])
    expect((await pricesAt(project)).map(({ unit_amount }) => unit_amount).toSorted()).toEqual([1000, 1500])
    expect(await activeAt(project)).toEqual([1000])
  })

  it('of a membership stays a recurring one, by the month and by the year [M19]', async () => {
    const project = await holding(['old'], { type: 'membership' })
    await changeTier(app(), project, 'pro', { prices: [usd(1500), usd(15_000, 'year')] })
    await app().subscribe(project, 'new', 'pro')
    const { sessionId } = (await askFor(app(), project, 'year', { tier: 'pro', interval: 'year' })).body
    await app().pay(sessionId)
    const prices = await pricesAt(project)
    expect(prices.map(({ unit_amount, recurring }) => [unit_amount, recurring?.interval]).toSorted()).toEqual([
      [1000, 'month'],
      [1500, 'month'],
      [15_000, 'year'],
    ])
    expect(new Set(prices.map(({ product }) => product)).size).toBe(1)
    for (const customer of ['old', 'new', 'year']) expect(await planOf(app(), project, customer)).toBe('pro')
  })

  it('is not charged to who opens the old page again, and the name at Stripe follows ours', async () => {
    const project = await holding(['old'])
    const before = await wantTier(app(), project, 'new', 'pro')
    await changeTier(app(), project, 'pro', { prices: [usd(1500)], displayName: 'Professional', description: 'More' })
    const after = await wantTier(app(), project, 'new', 'pro')
    expect(after.sessionId).not.toBe(before.sessionId)
    await app().pay(after.sessionId)
    expect(await amounts(project)).toEqual([1000, 1500])
    const products = (await stripeOf(app(), project).products.list({})).data
    expect(onlyOne(products)).toMatchObject({ name: 'Professional', description: 'More' })
  })

  it('leaves the way up and down open to who pays the old one', async () => {
    const project = await holding(['up', 'down'])
    await setPrice(project, 1500)
    await app().settle()
    await wantTier(app(), project, 'up', 'max')
    expect(await planOf(app(), project, 'up')).toBe('max')
    await wantTier(app(), project, 'down', 'free')
    expect(await wantTier(app(), project, 'down', 'pro')).toMatchObject({ changed: true })
    expect(await amounts(project)).toEqual([5000, 1000])
  })

  it('leaves the old one open at Stripe while a page that was made for it can still be paid', async () => {
    const project = await holding(['old'])
    const { sessionId } = await wantTier(app(), project, 'late', 'pro')
    await setPrice(project, 1500)
    await app().settle()
    expect(await activeAt(project)).toEqual([1000])
    await app().pay(sessionId)
    expect(await amounts(project)).toEqual([1000, 1000])
    expect(await planOf(app(), project, 'late')).toBe('pro')
    expect(await activeAt(project)).toEqual([])
  })

  it('made while the first answer of Stripe was lost is still one product', async () => {
    const project = await aProject()
    await fault(app(), {
      service: 'stripe',
      kind: 'timeout_after_commit',
      method: 'POST',
      path: '/v1/products',
      times: 2,
    })
    expect((await askFor(app(), project, 'u')).status).toBe(503)
    await noFaults(app())
    await changeTier(app(), project, 'pro', { displayName: 'Professional', prices: [usd(1500)] })
    await app().subscribe(project, 'u', 'pro')
    expect(await planOf(app(), project, 'u')).toBe('pro')
    expect((await stripeOf(app(), project).products.list({})).data).toHaveLength(1)
  })
})

describe('moving the subscribers to a new price', () => {
  it('leaves those alone who canceled or changed their plan meanwhile', async () => {
    const project = await holding(['stays', 'leaves', 'climbs', 'descends'])
    for (const customer of ['descends']) await wantTier(app(), project, customer, 'max')
    await wantTier(app(), project, 'descends', 'pro') // at the end of the period
    await fault(app(), { service: 'stripe', kind: 'status', status: 500, path: '/v1/subscriptions', times: 1000 })
    await setPrice(project, 1500, 'migrate')
    await app().advance('10s')
    expect(await migration(project)).toMatchObject({ total: 3, waiting: 3 })
    await noFaults(app())
    const byAge = (await subscriptionsAt(app(), project)).toReversed()
    await stripeOf(app(), project).subscriptions.cancel(byAge[1]?.id ?? '')
    await wantTier(app(), project, 'climbs', 'max')
    await app().advance('10m')
    expect(await migration(project)).toMatchObject({ total: 3, done: 1, skipped: 2, waiting: 0, failed: 0 })
    expect(await amounts(project)).toEqual([1500, 1000, 5000, 5000])
    expect(await planOf(app(), project, 'leaves')).toBe('free')
    expect(await planOf(app(), project, 'climbs')).toBe('max')
  })

  it.each([
    ['before Stripe did it', 'network', 'POST', '/v1/prices'],
    ['after Stripe made the price', 'timeout_after_commit', 'POST', '/v1/prices'],
    ['before Stripe moved them', 'network', 'POST', '/v1/subscriptions/'],
    ['after Stripe moved them', 'timeout_after_commit', 'POST', '/v1/subscriptions/'],
    ['with an error of Stripe’s own', 'status', 'POST', '/v1/subscriptions/'],
    ['while they are read', 'network', 'GET', '/v1/subscriptions/'],
    ['after the name was told', 'timeout_after_commit', 'POST', '/v1/products/'],
  ])('resumes when the connection breaks %s, and moves each once', async (_, kind, method, path) => {
    const project = await holding(['a', 'b'])
    await fault(app(), {
      service: 'stripe',
      kind,
      method,
      path,
      times: 5,
      ...(kind === 'status' ? { status: 500 } : {}),
    })
    await setPrice(project, 1500, 'migrate')
    await app().advance('10s')
    await noFaults(app())
    await app().advance('30m')
    expect(await migration(project)).toMatchObject({ total: 2, done: 2, failed: 0, waiting: 0 })
    expect(await amounts(project)).toEqual([1500, 1500])
    expect((await pricesAt(project)).map(({ unit_amount }) => unit_amount).toSorted()).toEqual([1000, 1500])
    expect(await paid(project)).toEqual([1000, 1000]) // nothing before the next invoice
    const stuck = (await app().ok('GET', '/api/dashboard', { headers: secret(project) })).stuck
    expect(stuck).toBe(0)
  })

  it('shows what Stripe refuses, tries it again, and is done once Stripe takes it', async () => {
    const project = await holding(['a', 'b'])
    await fault(app(), {
      service: 'stripe', kind: 'status', status: 400, method: 'POST', path: '/v1/subscriptions/', times: 1000,
    }) // prettier-ignore
    await setPrice(project, 1500, 'migrate')
    await app().advance('30s')
    const seen = await migration(project)
    expect(seen).toMatchObject({ total: 2, failed: 2, done: 0 })
    expect(seen.failures).toHaveLength(2)
    expect(seen.failures[0]).toEqual({ subscriptionId: expect.stringMatching(/^sub_/), reason: expect.any(String) })
    await noFaults(app())
    await app().advance('2h')
    expect(await migration(project)).toMatchObject({ total: 2, failed: 0, done: 2 })
    expect(await amounts(project)).toEqual([1500, 1500])
  })

  it('twice in a row ends at the last price, whoever was under way', async () => {
    const project = await holding(['a', 'b'])
    await Promise.all([setPrice(project, 1500, 'migrate'), setPrice(project, 2000, 'migrate')])
    await app().advance('5m')
    const { prices } = await tierOf(app(), project, 'pro')
    const [{ unitAmount }] = prices as [{ unitAmount: number }]
    expect(await amounts(project)).toEqual([unitAmount, unitAmount])
    expect(prices).toEqual([{ ...usd(unitAmount), onSale: true, subscribers: 2 }])
  })

  it('stops for who has not been moved when the price is replaced again and kept', async () => {
    const project = await holding(['a'])
    await fault(app(), { service: 'stripe', kind: 'network', path: '/v1/subscriptions', times: 1000 })
    await setPrice(project, 1500, 'migrate')
    await setPrice(project, 2000, 'keep')
    await noFaults(app())
    await app().advance('10m')
    expect(await amounts(project)).toEqual([1000])
    expect(await migration(project)).toMatchObject({ total: 1, skipped: 1 })
  })

  it('touches neither another tier, another interval, nor another project', async () => {
    const project = await holding(['a'])
    const sibling = await holding(['a'])
    await app().subscribe(project, 'm', 'max')
    await changeTier(app(), project, 'pro', { prices: [usd(1000), usd(10_000, 'year')] })
    const { sessionId } = (await askFor(app(), project, 'y', { tier: 'pro', interval: 'year' })).body
    await app().pay(sessionId)
    const prices = [usd(1500), usd(10_000, 'year')]
    await changeTier(app(), project, 'pro', { prices, subscribers: 'migrate' })
    await app().advance('1m')
    expect(await amounts(project)).toEqual([1500, 5000, 10_000])
    expect(await amounts(sibling)).toEqual([1000])
    expect(await migration(project)).toMatchObject({ total: 1, done: 1 })
  })

  it('is one call at Stripe for each, under a key of its own', async () => {
    const project = await holding(['a', 'b'])
    await setPrice(project, 1500, 'migrate')
    await app().advance('1m')
    const calls = (await requestsAt(app(), project, '/v1/subscriptions/')).filter(({ method }) => method === 'POST')
    expect(calls).toHaveLength(2)
    expect((await eventsAt(app(), project, 'invoice.created')).length).toBe(2)
  })

  it('goes on though the tier is taken off sale: nobody is moved to what nobody can buy', async () => {
    const project = await holding(['a'])
    await fault(app(), { service: 'stripe', kind: 'network', path: '/v1/subscriptions', times: 1000 })
    await setPrice(project, 1500, 'migrate')
    await archive(app(), project, 'pro')
    await noFaults(app())
    await app().advance('10m')
    expect(await amounts(project)).toEqual([1000])
    expect(await migration(project)).toMatchObject({ total: 1, skipped: 1 })
    expect(await planOf(app(), project, 'a')).toBe('pro')
  })
})
