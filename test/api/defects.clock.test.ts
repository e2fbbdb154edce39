/** What the original got wrong about time: periods, trials, renewals, ends. Named after the rows in the list of defects. */

import { describe, expect, it } from 'vitest'
import { as, secret, useApp, type TestProject } from '../support/app.ts'
import {
  card,
  customerOf,
  itemOf,
  LADDER,
  nowAt,
  onlyOne,
  planOf,
  subscriptionsAt,
  tier,
  wantTier,
} from '../support/billing.ts'

const app = useApp()

const use = (project: TestProject, id = 'u', body: object = {}) =>
  app().call('POST', '/api/data', { headers: as(project, id), body })
const current = async (project: TestProject) => onlyOne(await subscriptionsAt(app(), project))

describe('by the clock', () => {
  it('M8: the count of somebody who signed up begins again with every period [U4]', async () => {
    const project = await app().project({ tiers: LADDER })
    const { id } = await app().customer(project)
    for (let month = 0; month < 2; month += 1) {
      expect((await use(project, id, { quantity: 5 })).status).toBe(200)
      expect((await use(project, id)).status).toBe(403)
      await app().advance('32d')
    }
  })

  it('M11: a check after the period’s end shows a full limit and writes nothing [U4]', async () => {
    const project = await app().project({ tiers: LADDER })
    await use(project, 'u', { quantity: 5 })
    await app().advance('32d')
    const rows = async () => {
      const db = await app().server.db()
      const of = (table: string) =>
        db.prepare(`SELECT * FROM ${table} WHERE project_id = ? ORDER BY id`).bind(project.projectId).all()
      return [(await of('usage_rows')).results, (await of('customer_rows')).results]
    }
    const before = await rows()
    expect(before.map((all) => all.length)).toEqual([1, 1])
    for (let i = 0; i < 3; i += 1)
      expect(await app().usage(project, 'u')).toMatchObject({ used: 0, remaining: 5, allowed: true })
    await app().usage(project, 'stranger')
    await app().advance('10s')
    expect(await rows()).toEqual(before)
    expect((await app().call('GET', '/api/customers/stranger', { headers: secret(project) })).status).toBe(404)
  })

  it('L1: who cancels after the second month keeps what the second month paid for, to its end', async () => {
    const project = await app().project({
      tiers: [LADDER[0], tier({ slug: 'pro', limit: 50, unitAmount: 1000, trialDays: 14 })],
    })
    await app().subscribe(project, 'u')
    await app().advance('50d') // the trial is long over, a month was renewed
    await wantTier(app(), project, 'u', 'free')
    const subscription = await current(project)
    const end = itemOf(subscription).current_period_end * 1000
    expect(subscription.cancel_at).toBe(end / 1000)
    expect(end).toBeGreaterThan(await nowAt(app()))
    const [held] = (await customerOf(app(), project, 'u')).subscriptions
    expect(held).toMatchObject({ status: 'active', cancelAt: end, currentPeriodEnd: end })
    expect((await use(project)).body.usage).toMatchObject({ plan: 'pro', resetsAt: end })
    await app().advance('5d')
    expect(await planOf(app(), project, 'u')).toBe('pro')
    await app().advance('30d')
    expect(await planOf(app(), project, 'u')).toBe('free')
    expect((await use(project)).status).toBe(200)
  })

  it('M12: a period is the billing period; an upgrade keeps the count, an unlimited plan begins anew as well [U5]', async () => {
    const project = await app().project({
      tiers: [...LADDER, tier({ slug: 'open', limit: null, unitAmount: 9000 })],
    })
    await app().advance('3d')
    await app().subscribe(project, 'u', 'pro')
    const item = itemOf(await current(project))
    const day = (seconds: number) => new Date(seconds * 1000).toISOString().slice(0, 10)
    expect(await app().usage(project, 'u')).toMatchObject({
      periodStart: day(item.current_period_start),
      periodEnd: day(item.current_period_end - 1),
      resetsAt: item.current_period_end * 1000,
    })
    await use(project, 'u', { quantity: 40 })
    await wantTier(app(), project, 'u', 'open')
    expect((await use(project, 'u', { quantity: 10_000 })).body.usage).toMatchObject({
      used: 10_040,
      limit: 'unlimited',
    })
    await app().advance('32d')
    expect(await app().usage(project, 'u')).toMatchObject({ used: 0, limit: 'unlimited', remaining: 'unlimited' })
  })

  it('M10: who is on trial or past due has what they subscribed to; who never paid has not [S3]', async () => {
    const project = await app().project({
      tiers: [LADDER[0], tier({ slug: 'pro', limit: 50, unitAmount: 1000, trialDays: 7 })],
    })
    await app().subscribe(project, 'u')
    expect((await current(project)).status).toBe('trialing')
    expect(await planOf(app(), project, 'u')).toBe('pro')
    await card(app(), String((await current(project)).customer), 'decline')
    await app().advance('8d')
    expect((await current(project)).status).toBe('past_due')
    expect(await planOf(app(), project, 'u')).toBe('pro')
    const never = await wantTier(app(), project, 'v', 'pro')
    await app().pay(never.sessionId, { card: 'decline' })
    expect(await planOf(app(), project, 'v')).toBe('free')
  })

  it.each(['saas', 'membership'])(
    'M19: a new price of a %s tier is for new buyers; who bought before keeps price and plan',
    async (type) => {
      const project = await app().project({ type, tiers: LADDER })
      await app().subscribe(project, 'old', 'pro')
      const tiers = [LADDER[0], tier({ slug: 'pro', displayName: 'Pro Plan', limit: 80, unitAmount: 1500 }), LADDER[2]]
      await app().ok('POST', '/sandbox/projects/tiers', { body: { projectId: project.projectId, tiers } })
      expect(await app().usage(project, 'old')).toMatchObject({ plan: 'pro', limit: 80 })
      await app().subscribe(project, 'new', 'pro')
      const prices = (await subscriptionsAt(app(), project)).map((one) => itemOf(one).price)
      expect(prices.map(({ unit_amount, recurring }) => [unit_amount, recurring?.interval])).toEqual([
        [1500, 'month'],
        [1000, 'month'],
      ])
      await app().advance('32d')
      for (const id of ['old', 'new']) expect(await planOf(app(), project, id)).toBe('pro')
      const { metrics } = await app().ok('GET', '/api/dashboard', { headers: secret(project) })
      expect(metrics.mrr).toBe(2500)
    },
  )
})
