import { describe, expect, it } from 'vitest'
import { as, secret, useApp } from '../support/app.ts'

const app = useApp()
const sum = (points: readonly { used: number }[]) => points.reduce((total, { used }) => total + used, 0)

describe('uses over time', () => {
  it('are what was counted: refused and repeated calls add nothing, and what is taken back is gone', async () => {
    const project = await app().project()
    const track = (user: string, body: object) => app().call('POST', '/api/data', { headers: as(project, user), body })
    await track('u1', { quantity: 30 })
    await track('u1', { quantity: 7, idempotencyKey: 'once' })
    await track('u1', { quantity: 7, idempotencyKey: 'once' })
    expect((await track('u1', { quantity: 100 })).status).toBe(403)
    const { body: mistaken } = await track('u2', { quantity: 5 })
    await app().ok('POST', `/api/usage/${mistaken.id}/reverse`, { headers: secret(project) })
    const history = await app().ok('GET', '/api/usage/history?days=1', { headers: secret(project) })
    expect(sum(history.points)).toBe(37)
    expect(history.points.reduce((total: number, { calls }: { calls: number }) => total + calls, 0)).toBe(2)
    expect(await app().ok('GET', '/api/usage/history?days=1&meter=other', { headers: secret(project) })).toMatchObject({
      points: [],
    })
  })

  it('come by the hour for a week and by the day beyond, with the same sum', async () => {
    const project = await app().project()
    await app().ok('POST', '/api/data', { headers: as(project, 'u1'), body: { quantity: 3 } })
    const week = await app().ok('GET', '/api/usage/history?days=7', { headers: secret(project) })
    const month = await app().ok('GET', '/api/usage/history?days=30', { headers: secret(project) })
    expect([week.step, month.step]).toEqual([3_600_000, 86_400_000])
    expect([sum(week.points), sum(month.points)]).toEqual([3, 3])
    expect(month.points[0].at % 86_400_000).toBe(0)
    const csv = await app().call('GET', '/api/usage/history?format=csv', { headers: secret(project) })
    expect(csv.headers.get('Content-Type')).toContain('text/csv')
  })

  it('are listed one by one, newest first, page by page, of one customer if asked', async () => {
    const project = await app().project()
    for (const user of ['u1', 'u2', 'u1', 'u2', 'u1'])
      await app().ok('POST', '/api/data', { headers: as(project, user), body: { properties: { user } } })
    const page = await app().ok('GET', '/api/usage/calls?limit=3', { headers: secret(project) })
    const rest = await app().ok('GET', `/api/usage/calls?limit=3&cursor=${page.nextCursor}`, {
      headers: secret(project),
    })
    const whose = [...page.calls, ...rest.calls].map(({ customerId }: { customerId: string }) => customerId)
    expect(whose).toEqual(['u1', 'u2', 'u1', 'u2', 'u1'])
    expect(rest.nextCursor).toBeNull()
    const own = await app().ok('GET', '/api/usage/calls?customerId=u2', { headers: secret(project) })
    expect(own.calls).toHaveLength(2)
    expect(own.calls[0]).toMatchObject({ customerId: 'u2', quantity: 1, properties: { user: 'u2' }, reversedAt: null })
  })
})

describe('uses told apart', () => {
  const groupsOf = async (project: Parameters<typeof secret>[0], query: string) => {
    const { points, groups, knownSince } = await app().ok('GET', `/api/usage/history?${query}`, {
      headers: secret(project),
    })
    expect(knownSince).toBeGreaterThan(0)
    const of = (list: readonly { group: string; used: number; calls: number }[]) => {
      const sums: Record<string, [number, number]> = {}
      for (const { group, used, calls } of list)
        sums[group] = [(sums[group]?.[0] ?? 0) + used, (sums[group]?.[1] ?? 0) + calls]
      return sums
    }
    expect(of(points), 'the points are the groups').toEqual(of(groups))
    return of(groups)
  }

  it('by plan, customer and outcome add up to what was asked for', async () => {
    const project = await app().project()
    const track = (user: string, body: object) => app().call('POST', '/api/data', { headers: as(project, user), body })
    await track('u1', { quantity: 90, idempotencyKey: 'once' })
    await track('u1', { quantity: 90, idempotencyKey: 'once' })
    await track('u1', { quantity: 11 })
    await track('u1', { quantity: 12 })
    await app().subscribe(project, 'u2')
    await track('u2', { quantity: 200 })
    const { body: mistaken } = await track('u2', { quantity: 5 })
    await app().ok('POST', `/api/usage/${mistaken.id}/reverse`, { headers: secret(project) })
    const outcomes = { allowed: [290, 2], refused: [23, 2], duplicate: [90, 1] }
    expect(await groupsOf(project, 'days=7&by=outcome')).toEqual(outcomes)
    expect(await groupsOf(project, 'days=30&by=outcome')).toEqual(outcomes)
    expect(await groupsOf(project, 'days=7&by=plan')).toEqual({ free: [90, 1], pro: [200, 1] })
    expect(await groupsOf(project, 'days=7&by=customer')).toEqual({ u1: [90, 1], u2: [200, 1] })
    expect(await groupsOf(project, 'days=7&by=customer&meter=other')).toEqual({})
    const { hits } = await app().ok('GET', '/api/usage/limit-hits', { headers: secret(project) })
    expect(hits).toMatchObject([{ customerId: 'u1', meter: 'requests', plan: 'free', calls: 2, quantity: 23 }])
    const csv = await app().call('GET', '/api/usage/limit-hits?format=csv', { headers: secret(project) })
    expect(csv.headers.get('Content-Type')).toContain('text/csv')
  })

  it('show the calls of one step and one plan, and none of another', async () => {
    const project = await app().project()
    const track = (user: string) => app().ok('POST', '/api/data', { headers: as(project, user), body: {} })
    await track('u1')
    await app().advance('3h')
    for (const user of ['u1', 'u2', 'u2']) await track(user)
    const { points } = await app().ok('GET', '/api/usage/history?days=1', { headers: secret(project) })
    const calls = async (query: string) =>
      (await app().ok('GET', `/api/usage/calls?${query}`, { headers: secret(project) })).calls.length
    const [first, second] = points as { at: number }[]
    const step = 3_600_000
    expect(await calls(`since=${first!.at}&until=${first!.at + step}`)).toBe(1)
    expect(await calls(`since=${second!.at}&until=${second!.at + step}`)).toBe(3)
    expect(await calls(`since=${second!.at}&customerId=u2`)).toBe(2)
    expect(await calls(`until=${first!.at}`)).toBe(0)
    expect(await calls('plan=free')).toBe(4)
    expect(await calls('plan=pro')).toBe(0)
  })
})

describe('a limit of one customer alone', () => {
  it('holds in the place of the plan’s, for them only, until it ends', async () => {
    const project = await app().project()
    const headers = secret(project)
    const track = (user: string, quantity: number) =>
      app().call('POST', '/api/data', { headers: as(project, user), body: { quantity } })
    await track('u1', 100)
    await track('u2', 100)
    expect((await track('u1', 1)).status).toBe(403)
    const { now } = await app().ok('GET', '/sandbox/clock')
    await app().ok('PATCH', '/api/customers/u1', {
      headers,
      body: { limits: { requests: { limit: 150, until: now + 60_000 * 60 } } },
    })
    expect((await track('u1', 50)).body).toMatchObject({ usage: { limit: 150, remaining: 0, plan: 'free' } })
    expect((await track('u1', 1)).status).toBe(403)
    expect((await track('u2', 1)).status).toBe(403)
    await app().advance('2h')
    expect(await app().ok('GET', '/api/usage', { headers: as(project, 'u1') })).toMatchObject({ limit: 100, used: 150 })
    await app().ok('PATCH', '/api/customers/u1', { headers, body: { limits: { requests: { limit: null } } } })
    expect((await track('u1', 1_000)).status).toBe(200)
    await app().ok('PATCH', '/api/customers/u1', { headers, body: { limits: null } })
    expect((await track('u1', 1)).status).toBe(403)
  })

  it('names a meter that there is', async () => {
    const project = await app().project()
    await app().ok('POST', '/api/data', { headers: as(project, 'u1') })
    const refused = await app().call('PATCH', '/api/customers/u1', {
      headers: secret(project),
      body: { limits: { nothing: { limit: 5 } } },
    })
    expect(refused.body).toMatchObject({ code: 'unknown_meter' })
  })
})

describe('the list of customers', () => {
  it('is narrowed by status, limit and joining, with what each of them uses and pays', async () => {
    const project = await app().project()
    const headers = secret(project)
    const track = (user: string, quantity: number) =>
      app().ok('POST', '/api/data', { headers: as(project, user), body: { quantity } })
    await track('old', 100)
    await app().advance('2d')
    const { now } = await app().ok('GET', '/sandbox/clock')
    await track('full', 100)
    await track('half', 50)
    await app().subscribe(project, 'pays')
    const ids = async (query: string) =>
      (await app().ok('GET', `/api/customers?${query}`, { headers })).customers.map(({ id }: { id: string }) => id)
    expect(await ids('atLimit=true')).toEqual(['full', 'old'])
    expect(await ids(`atLimit=true&since=${now}`)).toEqual(['full'])
    expect(await ids(`since=${now}`)).toEqual(['pays', 'half', 'full'])
    expect(await ids('status=active')).toEqual(['pays'])
    expect(await ids('status=none&plan=free&limit=2')).toEqual(['half', 'full'])
    const { customers } = await app().ok('GET', '/api/customers?with=figures', { headers })
    expect(customers[0].figures).toMatchObject({
      status: 'active',
      used: 0,
      limit: 1000,
      atLimit: false,
      currency: 'usd',
    })
    expect(customers[0].figures.mrr).toBeGreaterThan(0)
    expect(customers[1].figures).toMatchObject({ status: 'none', used: 50, limit: 100, mrr: 0, renewsAt: null })
    const { body: plain } = await app().call('GET', '/api/customers', { headers })
    expect(plain.customers[0].figures).toBeUndefined()
    const csv = await app().call('GET', '/api/customers?format=csv&atLimit=true', { headers })
    expect(csv.headers.get('Content-Type')).toContain('text/csv')
  })
})

describe('a customer’s story', () => {
  it('tells what they did, newest first, and why the next use would be refused', async () => {
    const project = await app().project()
    const headers = secret(project)
    await app().ok('POST', '/api/data', { headers: as(project, 'u1'), body: { quantity: 100 } })
    const asked = () => app().ok('GET', '/api/customers/u1/explain?quantity=2', { headers })
    expect(await asked()).toMatchObject({
      allowed: false,
      reason: 'limit_reached',
      limitFrom: 'plan',
      upgrade: 'pro',
      usage: { used: 100, limit: 100 },
    })
    await app().subscribe(project, 'u1')
    expect(await asked()).toMatchObject({ allowed: true, reason: null, upgrade: null, usage: { limit: 1000 } })
    const { entries } = await app().ok('GET', '/api/customers/u1/timeline', { headers })
    expect(entries.map(({ what }: { what: string }) => what)).toEqual(
      expect.arrayContaining(['subscription.created', 'checkout.complete', 'joined']),
    )
    const times = entries.map(({ at }: { at: number }) => at)
    expect(times).toEqual(times.toSorted((a: number, b: number) => b - a))
    const found = (what: string) => entries.filter((entry: { what: string }) => entry.what === what)
    expect(found('usage.80')).toMatchObject([{ detail: { meter: 'requests', used: 100, limit: 100, tier: 'free' } }])
    expect(found('usage.100')).toHaveLength(1)
    expect(found('usage.refused')).toEqual([])
    expect(found('event').map((entry: { detail: { type: string } }) => entry.detail.type)).toContain(
      'checkout.session.completed',
    )
    expect(await app().call('GET', '/api/customers/nobody/timeline', { headers })).toMatchObject({ status: 404 })
  })
})

describe('a customer who does not buy', () => {
  it('is told of with the reason that the card gave, and that the page was left', async () => {
    const project = await app().project()
    await app().ok('POST', '/api/data', { headers: as(project, 'u1') })
    const { sessionId } = await app().ok('POST', '/api/create-checkout', {
      headers: as(project, 'u1'),
      body: { tier: 'pro', successUrl: 'http://localhost:3000/', cancelUrl: 'http://localhost:3000/' },
    })
    await app().pay(sessionId, { card: 'decline' })
    await app().advance('2d')
    const { entries } = await app().ok('GET', '/api/customers/u1/timeline', { headers: secret(project) })
    const told = entries.map(({ what, detail }: { what: string; detail: { reason?: string | null } }) => [
      what,
      detail.reason ?? null,
    ])
    expect(told).toContainEqual(['checkout.expired', null])
    expect(told).toContainEqual(['event', 'Your card was declined.'])
  })
})

describe('the first steps', () => {
  it('are derived from what happened', async () => {
    const project = await app().project()
    const steps = async () => (await app().ok('GET', '/api/dashboard', { headers: secret(project) })).steps
    expect(await steps()).toMatchObject({ used: false, sold: false, limitHit: false })
    await app().ok('POST', '/api/data', { headers: as(project, 'u1'), body: { quantity: 100 } })
    expect(await steps()).toEqual({ keyUsed: true, used: true, connected: true, sold: false, limitHit: true })
    // The one who came to a limit is not among the newest hundred any more.
    const items = Array.from({ length: 101 }, (_, index) => ({ customerId: `later-${index}` }))
    await app().ok('POST', '/api/usage/batch', { headers: secret(project), body: { items } })
    expect(await steps()).toMatchObject({ limitHit: true })
    await app().subscribe(project, 'u1')
    expect(await steps()).toMatchObject({ sold: true })
  })
})
