/** All projects of an account in figures, from the reports. */

import { describe, expect, it } from 'vitest'
import { as, secret, useApp, type Body, type TestMember, type TestProject } from '../support/app.ts'
import { onlyOne, stripeOf, subscriptionsAt, tier } from '../support/billing.ts'
import { aProduct, aStore, bought, usd } from '../support/store.ts'

const app = useApp()

const DAY_MS = 86_400_000
const YEAR = { interval: 'year', unitAmount: 9000, currency: 'usd' } as const
const TIERS = [
  tier({ slug: 'free', limit: 5 }),
  tier({ slug: 'pro', unitAmount: 1000 }),
  tier({ slug: 'yearly', prices: [YEAR] }),
  tier({ slug: 'tried', unitAmount: 3000, trialDays: 7 }),
  tier({ slug: 'euro', prices: [{ interval: 'month', unitAmount: 700, currency: 'eur' }] }),
]

async function anAccount(): Promise<{ owner: TestMember; platformId: string }> {
  const owner = await app().member()
  const { account } = await app().okAsMember(owner, 'GET', '/account')
  return { owner, platformId: account.platformId }
}

const report = (owner: TestMember, query = '?mode=test'): Promise<Body> =>
  app().okAsMember(owner, 'GET', `/account/reports${query}`)
const dashboard = (project: TestProject): Promise<Body> =>
  app().ok('GET', '/api/dashboard', { headers: secret(project) })

/** The newest subscription at Stripe. */
const newest = async (project: TestProject) => (await subscriptionsAt(app(), project))[0]!

/** A project whose subscriptions are as different as they can be. */
async function soldToMany(platformId: string): Promise<TestProject> {
  const project = await app().project({ platformId, tiers: TIERS, name: 'Many prices' })
  const stripe = stripeOf(app(), project)
  const buy = async (customer: string, slug: string) => {
    await app().subscribe(project, customer, slug)
    return newest(project)
  }
  await buy('plain', 'pro')
  await buy('yearly', 'yearly')
  await buy('tried', 'tried')
  await buy('euro', 'euro')
  const half = await stripe.coupons.create({ percent_off: 50, duration: 'forever' })
  const off = await stripe.coupons.create({
    amount_off: 300,
    currency: 'usd',
    duration: 'repeating',
    duration_in_months: 2,
  })
  const discounts = [{ coupon: off.id }, { coupon: half.id }]
  await stripe.subscriptions.update((await buy('discounted', 'pro')).id, { discounts })
  await stripe.subscriptions.update((await buy('leaving', 'pro')).id, { cancel_at_period_end: true })
  await stripe.subscriptions.cancel((await buy('gone', 'pro')).id)
  await app().settle()
  return project
}

describe('monthly recurring revenue [M24]', () => {
  it('is the same in the project’s dashboard, its totals and the report, and ends with a discount', async () => {
    const { owner, platformId } = await anAccount()
    const project = await soldToMany(platformId)
    await app().advance('10s')
    const usdNow = { currency: 'usd', mrr: 1000 + 750 + 350, pastDueMrr: 0, trialMrr: 3000, mrrLeaving: 1000 }
    const expected = {
      activeSubs: 6,
      trialingSubs: 1,
      cancelingSubs: 1,
      mrr: 2100,
      mrrByCurrency: [usdNow, { currency: 'eur', mrr: 700, pastDueMrr: 0, trialMrr: 0, mrrLeaving: 0 }],
    }
    const figures = await dashboard(project)
    expect(figures.metrics).toMatchObject(expected)
    const { totals } = await app().ok('GET', '/api/dashboard/totals', { headers: secret(project) })
    expect(totals).toMatchObject(expected)
    const reported = await report(owner)
    expect(reported.totals).toMatchObject(expected)
    expect(onlyOne<Body>(reported.projects)).toMatchObject({ projectId: project.projectId, ...expected })

    await app().advance('70d') // the amount lasts two months, the half for ever; the trial pays, the canceled one is gone
    const later = (await report(owner)).totals
    expect(later.mrrByCurrency[0]).toEqual({
      currency: 'usd',
      mrr: 1000 + 750 + 500 + 3000,
      pastDueMrr: 0,
      trialMrr: 0,
      mrrLeaving: 0,
    })
    expect((await dashboard(project)).metrics.mrrByCurrency).toEqual(later.mrrByCurrency)
  })

  it('is added up over the projects of one account and mode, and of no other', async () => {
    const { owner, platformId } = await anAccount()
    const stranger = await anAccount()
    const projects = await Promise.all([
      app().project({ platformId, tiers: TIERS, name: 'One' }),
      app().project({ platformId, tiers: TIERS, name: 'Two', type: 'membership' }),
      app().project({
        platformId,
        tiers: TIERS,
        name: 'Live',
        mode: 'live',
        allowedOrigins: ['http://localhost:3000'],
      }),
      app().project({ platformId: stranger.platformId, tiers: TIERS, name: 'Foreign' }),
    ])
    for (const project of projects) await app().subscribe(project, 'u1', 'pro')
    await app().advance('10s')
    const test = await report(owner)
    expect(test.projects.map(({ name }: Body) => name).toSorted()).toEqual(['One', 'Two'])
    expect(test.totals).toMatchObject({
      projects: { total: 2, saas: 1, membership: 1, store: 0 },
      customers: 2,
      mrr: 2000,
      estimate: null,
    })
    const live = await report(owner, '')
    expect(live.totals).toMatchObject({ customers: 1, mrr: 1000, estimate: { furtherCustomers: 0, total: 1900 } })
    expect((await report(stranger.owner)).totals.mrr).toBe(1000)
    expect(test.asOf).toBe(Math.min(...test.projects.map(({ asOf }: Body) => asOf)))
  })
})

describe('sales', () => {
  it('are those of the paid orders, on the day of their payment, with what went back', async () => {
    const { owner, platformId } = await anAccount()
    const { project, products } = await aStore(app(), {
      products: [aProduct({ name: 'Mug', prices: [usd(1000)] })],
      project: { platformId },
    })
    const items = [{ variantId: products[0]!.variants[0].id }]
    const first = await bought(app(), project, items, {})
    await app().advance('1d')
    await bought(app(), project, items, {})
    await app().call('POST', '/api/cart/checkout', { headers: secret(project), body: { items } }) // never paid
    await app().ok('POST', `/api/orders/${first.id}/refund`, { headers: secret(project), body: { amount: 400 } })
    await app().advance('10s')
    const { salesByDay, totals, to } = await report(owner)
    expect(totals.sales).toEqual([{ currency: 'usd', orders: 2, paid: 2000, refunded: 400, lost: 0, revenue: 1600 }])
    const yesterday = new Date(Date.parse(to) - DAY_MS).toISOString().slice(0, 10)
    expect(salesByDay).toEqual([
      { day: yesterday, currency: 'usd', orders: 1, paid: 1000, refunded: 400, lost: 0, revenue: 600 },
      { day: to, currency: 'usd', orders: 1, paid: 1000, refunded: 0, lost: 0, revenue: 1000 },
    ])
    const { revenueByCurrency } = await dashboard(project)
    expect(revenueByCurrency).toEqual([{ currency: 'usd', sales: 2, revenue: 1600 }])
    expect((await report(owner, '?mode=test&days=1')).totals.sales).toMatchObject([{ orders: 1, revenue: 1000 }])
  })
})

describe('customers', () => {
  it('are counted on the day they came and the day they left', async () => {
    const { owner, platformId } = await anAccount()
    const project = await app().project({ platformId, tiers: TIERS })
    const { id } = await app().customer(project)
    await app().customer(project)
    await app().advance('2d')
    await app().customer(project)
    await app().ok('DELETE', `/api/customers/${id}`, { headers: secret(project) })
    await app().advance('10s')
    const { customersByDay } = await report(owner, '?mode=test&days=4')
    expect(customersByDay.map(({ created, deleted, total }: Body) => [created, deleted, total])).toEqual([
      [0, 0, 0],
      [2, 0, 2],
      [0, 0, 2],
      [1, 1, 2],
    ])
  })
})

describe('usage', () => {
  it('is added up by day and meter over the projects of an account, without what was taken back', async () => {
    const { owner, platformId } = await anAccount()
    const projects = [
      await app().project({ platformId, tiers: TIERS }),
      await app().project({ platformId, tiers: TIERS }),
    ]
    const use = (project: TestProject, body: object = {}): Promise<Body> =>
      app().ok('POST', '/api/data', { headers: as(project, 'u'), body })
    const first = await use(projects[0]!, { quantity: 3 })
    await use(projects[0]!)
    await use(projects[1]!, { quantity: 2 })
    await app().advance('10s')
    const { usageByDay: before, to: day } = await report(owner)
    expect(before).toEqual([{ day, meter: 'requests', used: 6, calls: 3 }])
    await app().advance('1d')
    await use(projects[1]!)
    await app().ok('POST', `/api/usage/${first.id}/reverse`, { headers: secret(projects[0]!) })
    await app().advance('10s')
    const { usageByDay, to } = await report(owner)
    const days = [
      { day, meter: 'requests', used: 3, calls: 2 },
      { day: to, meter: 'requests', used: 1, calls: 1 },
    ]
    expect(usageByDay).toEqual(days)
    expect((await report(owner, '?mode=test&days=1')).usageByDay).toEqual(days.slice(1))
    expect((await report(owner, '')).usageByDay).toEqual([])

    const db = await app().server.db()
    await db.prepare('DELETE FROM usage_days').run() // a database that was lost
    for (const project of projects) await use(project)
    await app().advance('10s')
    expect((await report(owner)).usageByDay).toEqual([days[0], { ...days[1], used: 3, calls: 3 }])
  })
})

describe('a table as CSV', () => {
  it('has a line for each currency of a project, and no cell that a spreadsheet would run', async () => {
    const { owner, platformId } = await anAccount()
    const project = await app().project({ platformId, tiers: TIERS, name: '=cmd()' })
    await app().subscribe(project, 'a', 'pro')
    await app().subscribe(project, 'b', 'euro')
    await app().advance('10s')
    const answer = await app().asMember(owner, 'GET', '/account/reports?mode=test&format=csv&table=projects')
    expect(answer.headers.get('Content-Type')).toBe('text/csv; charset=utf-8')
    const [head, ...lines] = (answer.body as string).trim().split('\r\n')
    const cells = lines.map((line) => Object.fromEntries(head!.split(',').map((name, i) => [name, line.split(',')[i]])))
    expect(cells.map(({ name, currency, mrr, customers }) => [name, currency, mrr, customers])).toEqual([
      ["'=cmd()", 'usd', '1000', '2'],
      ["'=cmd()", 'eur', '700', '2'],
    ])
    const days = await app().okAsMember(owner, 'GET', '/account/reports?mode=test&days=3&format=csv&table=customers')
    expect(days.trim().split('\r\n')).toHaveLength(4)
  })

  it.each(['?format=csv', '?table=projects', '?table=secrets&format=csv', '?days=0', '?days=367', '?days=1.5', '?x=1'])(
    '%s is refused',
    async (query) => {
      const { owner } = await anAccount()
      const answer = await app().asMember(owner, 'GET', `/account/reports${query}`)
      expect([answer.status, answer.body.code]).toEqual([400, 'invalid_request'])
    },
  )
})
