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
    expect(await app().call('GET', '/api/customers/nobody/timeline', { headers })).toMatchObject({ status: 404 })
  })
})

describe('the first steps', () => {
  it('are derived from what happened', async () => {
    const project = await app().project()
    const steps = async () => (await app().ok('GET', '/api/dashboard', { headers: secret(project) })).steps
    expect(await steps()).toMatchObject({ used: false, sold: false, limitHit: false })
    await app().ok('POST', '/api/data', { headers: as(project, 'u1'), body: { quantity: 100 } })
    expect(await steps()).toEqual({ keyUsed: true, used: true, sold: false, limitHit: true })
    await app().subscribe(project, 'u1')
    expect(await steps()).toMatchObject({ sold: true })
  })
})
