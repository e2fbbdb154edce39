import { describe, expect, it } from 'vitest'
import { bearing, check, join, left } from '../support/callers.ts'
import { evict, tables, type Reachable } from '../support/inside.ts'
import { aProject, asserting, tier, track, use } from '../support/project.ts'
import { DAY, holdTime, HOUR, MINUTE, pass } from '../support/time.ts'

holdTime()

const me = asserting('u1')
/** All that is stored, but for when a key was used last. */
async function stored(project: Reachable) {
  const { keys: _, ...all } = await tables(project)
  return all
}

describe('[U4] reading what is left', () => {
  it('writes nothing and burns no revision', async () => {
    const project = await aProject()
    await use(project, 'u1')
    const before = await stored(project)
    for (let i = 0; i < 20; i += 1) await left(project, me)
    expect(await stored(project)).toEqual(before)
  })

  it('makes no customer of an id that was never seen', async () => {
    const project = await aProject()
    const before = await stored(project)
    expect(await left(project, asserting('nobody'))).toMatchObject({ used: 0, remaining: 100, plan: 'free' })
    expect(await stored(project)).toEqual(before)
  })

  it.each(['hour', 'day', 'week', 'month', 'subscription', 'year'] as const)(
    'is right one ms before and at the end of a %s, without anything having been reset',
    async (period) => {
      const project = await aProject({ tiers: [tier({ slug: 'free', limits: { requests: { limit: 10, period } } })] })
      await use(project, 'u1', { quantity: 7 })
      const { resetsAt } = await left(project, me)
      const before = await stored(project)
      pass(resetsAt! - 1 - Date.now())
      expect(await left(project, me)).toMatchObject({ used: 7, remaining: 3, resetsAt })
      pass(1)
      expect(await left(project, me)).toMatchObject({ used: 0, remaining: 10 })
      expect(await stored(project)).toEqual(before)
      expect(await use(project, 'u1', { quantity: 10 })).toMatchObject({ ok: true, value: { usage: { used: 10 } } })
    },
  )

  it('never starts a lifetime again', async () => {
    const project = await aProject({
      tiers: [tier({ slug: 'free', limits: { requests: { limit: 10, period: 'lifetime' } } })],
    })
    await use(project, 'u1', { quantity: 7 })
    pass(3650 * DAY)
    expect(await left(project, me)).toMatchObject({ used: 7, resetsAt: null, periodEnd: null })
  })

  it('says the same after the object was evicted', async () => {
    const project = await aProject()
    await use(project, 'u1', { quantity: 7 })
    const before = await left(project, me)
    await evict(project)
    expect(await left(project, me)).toEqual(before)
  })

  it('names a meter that the plan lacks with a limit of 0, and refuses one that no tier has', async () => {
    const project = await aProject({
      tiers: [
        tier({ slug: 'free', limits: { requests: { limit: 1, period: 'day' } } }),
        tier({ slug: 'pro', unitAmount: 900, limits: { images: { limit: 9, period: 'day' } } }),
      ],
    })
    expect(await left(project, me, 'images')).toMatchObject({ limit: 0, allowed: false })
    expect(await check(project, me, 'nothing')).toMatchObject({ code: 'unknown_meter' })
  })

  it('never goes back to an ended period when the clock of the machine does [F26]', async () => {
    const project = await aProject({
      tiers: [tier({ slug: 'free', limits: { requests: { limit: 2, period: 'hour' } } })],
    })
    await use(project, 'u1', { quantity: 2 })
    pass(HOUR)
    await use(project, 'u1', { quantity: 2 })
    await evict(project)
    pass(-2 * HOUR)
    expect(await use(project, 'u1')).toMatchObject({ code: 'limit_reached' })
    expect((await left(project, me)).used).toBe(2)
  })
})

describe('[U5] a change of plan', () => {
  const grant = (project: Reachable, plan: string | null) =>
    project.stub().updateCustomer(me, 'user_a', { plan }) as Promise<unknown>
  const her = asserting('user_a')

  it('moves the limit at once, up and down, and never touches what was counted [F24]', async () => {
    const project = await aProject()
    await join(project, me, { userId: 'user_a' })
    await use(project, 'user_a', { quantity: 100 })
    const counted = (await stored(project))['usage']
    expect(await use(project, 'user_a')).toMatchObject({ code: 'limit_reached' })
    await grant(project, 'pro')
    expect(await left(project, her)).toMatchObject({ plan: 'pro', used: 100, limit: 1000, remaining: 900 })
    expect((await stored(project))['usage']).toEqual(counted)
    expect(await use(project, 'user_a', { quantity: 900 })).toMatchObject({ ok: true })
    await grant(project, null)
    expect(await left(project, her)).toMatchObject({
      plan: 'free',
      used: 1000,
      limit: 100,
      remaining: 0,
      allowed: false,
    })
    expect(await use(project, 'user_a')).toMatchObject({ code: 'limit_reached' })
  })

  it('to a tier that does not exist is refused and changes nothing', async () => {
    const project = await aProject()
    await join(project, me, { userId: 'user_a', plan: 'pro' })
    const before = await stored(project)
    expect(await grant(project, 'platinum')).toMatchObject({ code: 'unknown_tier' })
    expect(await stored(project)).toEqual(before)
  })
})

describe("[U7] a customer's own token", () => {
  it('may ask exactly 100 times a minute, reading and counting together, however many at once [S12]', async () => {
    const project = await aProject({ tiers: [tier({ slug: 'free', limit: null })] })
    await join(project, me, { userId: 'user_a' })
    const her = bearing('user_a', project)
    const answers = await Promise.all([
      ...Array.from({ length: 150 }, async () => {
        const answer = await track(project, her, [{ meter: 'requests', quantity: 1 }])
        return answer.ok ? answer.value[0]! : answer
      }),
      ...Array.from({ length: 150 }, () => check(project, her)),
    ])
    expect(answers.filter(({ ok }) => ok)).toHaveLength(100)
    expect(answers.find(({ ok }) => !ok)).toMatchObject({ code: 'rate_limited', detail: { retryAfter: 60 } })
    pass(MINUTE)
    expect(await check(project, her)).toMatchObject({ ok: true })
  })

  it("does not slow the developer's server; a tier's own number holds for it too", async () => {
    const project = await aProject({ tiers: [tier({ slug: 'free', limit: null })] })
    for (let i = 0; i < 120; i += 1) expect(await check(project, me)).toMatchObject({ ok: true })
    await project.stub().putTiers([tier({ slug: 'free', limit: null, requestsPerMinute: 3 })])
    const answers = await Promise.all(Array.from({ length: 10 }, () => use(project, 'u1')))
    expect(answers.filter(({ ok }) => ok)).toHaveLength(3)
  })
})

describe('[K3] [K5] a token', () => {
  it('of somebody who is no customer, of another project, or of no project counts nothing', async () => {
    const project = await aProject()
    await join(project, me, { userId: 'user_a' })
    const token = { userId: 'user_a', email: null, projects: ['pk_test_other'], authorizedParty: null, sessionId: null }
    expect(await check(project, bearing('user_b', project))).toMatchObject({ code: 'not_a_customer' })
    expect(await check(project, { via: 'publishable', origin: null, token })).toMatchObject({
      code: 'publishable_key_mismatch',
    })
    expect(await check(project, { via: 'publishable', origin: null, token: { ...token, projects: [] } })).toMatchObject(
      {
        code: 'invalid_customer_token',
      },
    )
    expect(await check(project, { via: 'publishable', origin: null, token: null })).toMatchObject({
      code: 'missing_customer',
    })
  })

  it('decides who is meant: naming somebody else beside it is refused', async () => {
    const project = await aProject()
    await join(project, me, { userId: 'user_a' })
    const caller = bearing('user_a', project)
    const token = caller.via === 'publishable' ? caller.token : null
    const both = { ...asserting('u2'), token } as ReturnType<typeof asserting>
    expect(await check(project, both)).toMatchObject({ code: 'customer_mismatch' })
    expect(await track(project, caller, [{ customerId: 'u2', meter: 'requests', quantity: 1 }])).toMatchObject({
      value: [{ code: 'customer_mismatch' }],
    })
  })

  it('issued to a page that is not allowed, or a call from such a page, is refused', async () => {
    const project = await aProject({ allowedOrigins: ['https://app.example'] })
    await join(project, me, { userId: 'user_a' })
    const from = (origin: string | null, authorizedParty: string | null) => {
      const token = {
        userId: 'user_a',
        email: null,
        projects: [`pk_test_${project.projectId}`],
        authorizedParty,
        sessionId: null,
      }
      return check(project, { via: 'publishable', origin, token })
    }
    expect(await from('https://app.example', 'https://app.example')).toMatchObject({ ok: true })
    expect(await from('http://localhost:3000', 'http://localhost:3000')).toMatchObject({ ok: true })
    expect(await from('https://evil.example', 'https://app.example')).toMatchObject({ code: 'origin_not_allowed' })
    expect(await from('https://app.example', 'https://evil.example')).toMatchObject({ code: 'invalid_customer_token' })
    for (const origin of [
      'https://app.example.evil.example',
      'http://app.example',
      'https://localhost.evil.example',
      'null',
    ])
      expect(await from(origin, null)).toMatchObject({ code: 'origin_not_allowed' })
  })
})
