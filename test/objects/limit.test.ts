import { describe, expect, it } from 'vitest'
import { revisionOf, tables } from '../support/inside.ts'
import { aProject, asserting, tier, track, use } from '../support/project.ts'
import { holdTime, pass } from '../support/time.ts'

holdTime()

const many = <T>(count: number, make: (index: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, (_, index) => make(index)))
const granted = (answers: readonly { ok: boolean }[]) => answers.filter(({ ok }) => ok).length
const aLimit = (limit: number, more: Parameters<typeof aProject>[0] = {}) =>
  aProject({ tiers: [tier({ slug: 'free', limit })], ...more })

async function usedBy(project: Awaited<ReturnType<typeof aProject>>, customerId: string, meter = 'requests') {
  const answer = (await project.stub().usage(asserting(customerId), meter)) as { ok: true; value: { used: number } }
  return answer.value.used
}

describe('[U1] a limit is never overshot and never falls one short', () => {
  it('allows exactly 100 of 1,000 concurrent calls against a limit of 100', async () => {
    const project = await aLimit(100)
    const answers = await many(1000, () => use(project, 'u1'))
    expect(granted(answers)).toBe(100)
    expect(await usedBy(project, 'u1')).toBe(100)
    expect(await project.stub().broken()).toEqual([])
  })

  it('allows exactly one of 1,000 concurrent calls for the last unit', async () => {
    const project = await aLimit(100)
    await use(project, 'u1', { quantity: 99 })
    expect(granted(await many(1000, () => use(project, 'u1')))).toBe(1)
    expect(await usedBy(project, 'u1')).toBe(100)
  })

  it('answers every granted call another total, from 1 to the limit', async () => {
    const project = await aLimit(50)
    const answers = await many(200, () => use(project, 'u1'))
    const totals = answers.flatMap((answer) => (answer.ok ? [answer.value.usage.used] : []))
    expect(totals.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_, index) => index + 1))
  })

  it('refuses no cost that would still have fitted, and lets none pass that does not', async () => {
    const project = await aLimit(1000)
    const costs = Array.from({ length: 1000 }, (_, index) => ((index * 7919) % 13) + 1)
    const answers = await many(1000, (index) => use(project, 'u1', { quantity: costs[index]! }))
    const spent = costs.filter((_, index) => answers[index]!.ok).reduce((a, b) => a + b, 0)
    expect(await usedBy(project, 'u1')).toBe(spent)
    expect(spent).toBeLessThanOrEqual(1000)
    for (const [index, answer] of answers.entries()) if (!answer.ok) expect(costs[index]).toBeGreaterThan(1000 - spent)
    expect(await project.stub().broken()).toEqual([])
  })

  it('refuses a cost over the whole limit on a first call, and one over a limit of 0', async () => {
    const project = await aProject({
      tiers: [
        tier({
          slug: 'free',
          limits: { requests: { limit: 5, period: 'month' }, none: { limit: 0, period: 'month' } },
        }),
      ],
    })
    expect(await use(project, 'u1', { quantity: 6 })).toMatchObject({ ok: false, code: 'limit_reached' })
    expect(await use(project, 'u1', { quantity: 5 })).toMatchObject({ ok: true })
    expect(await use(project, 'u1', { meter: 'none' })).toMatchObject({ ok: false, code: 'limit_reached' })
  })

  it('keeps 20 customers and 3 meters apart under one storm', async () => {
    const meters = ['requests', 'tokens', 'images']
    const limits = Object.fromEntries(meters.map((meter, index) => [meter, { limit: 10 + index, period: 'month' }]))
    const project = await aProject({ tiers: [tier({ slug: 'free', limits: limits as never })] })
    const calls = Array.from({ length: 20 * 3 * 20 }, (_, index) => ({
      customerId: `u${index % 20}`,
      meter: meters[Math.floor(index / 20) % 3]!,
    }))
    const answers = await Promise.all(calls.map(({ customerId, meter }) => use(project, customerId, { meter })))
    for (let customer = 0; customer < 20; customer += 1)
      for (const [index, meter] of meters.entries()) {
        const own = answers.filter((_, at) => calls[at]!.customerId === `u${customer}` && calls[at]!.meter === meter)
        expect(granted(own)).toBe(10 + index)
        expect(await usedBy(project, `u${customer}`, meter)).toBe(10 + index)
      }
    expect(await project.stub().broken()).toEqual([])
  })

  it('is exact across calls of many items and single calls together', async () => {
    const project = await aLimit(500)
    const batch = (count: number) =>
      track(
        project,
        asserting(null),
        Array.from({ length: count }, () => ({ customerId: 'u1', meter: 'requests', quantity: 1 })),
      )
    const [first, second, ...single] = await Promise.all([
      batch(300),
      batch(300),
      ...Array.from({ length: 100 }, () => use(project, 'u1')),
    ])
    const inBatches = [first, second].flatMap((answer) => (answer.ok ? answer.value : []))
    expect(granted(inBatches) + granted(single)).toBe(500)
    expect(await usedBy(project, 'u1')).toBe(500)
  })

  it('counts without end where there is no limit', async () => {
    const project = await aProject({ tiers: [tier({ slug: 'free', limit: null })] })
    expect(granted(await many(300, () => use(project, 'u1', { quantity: 1_000_000_000 })))).toBe(300)
    expect(await usedBy(project, 'u1')).toBe(300_000_000_000)
  })
})

describe('[U1] [U5] a limit that changes under 1,000 concurrent calls', () => {
  const change = (limit: number, facts: Partial<Parameters<typeof tier>[0]> = {}) => [
    tier({ slug: 'free', limit, ...facts }),
  ]

  it('raised: exactly the new one, counting on', async () => {
    const project = await aLimit(100)
    const before = many(500, () => use(project, 'u1'))
    const raised = project.stub().putTiers(change(150))
    const after = many(500, () => use(project, 'u1'))
    await raised
    expect(granted([...(await before), ...(await after)])).toBe(150)
    expect(await usedBy(project, 'u1')).toBe(150)
  })

  it('lowered: nothing is granted over the new one after the change is acknowledged', async () => {
    const project = await aLimit(1000)
    const before = many(300, () => use(project, 'u1'))
    await project.stub().putTiers(change(10))
    expect(granted(await many(300, () => use(project, 'u1')))).toBe(granted(await before) >= 10 ? 0 : 10)
    expect(await usedBy(project, 'u1')).toBe(granted(await before))
  })
})

describe('[K2] no call has an effect after the acknowledgement that its right to it ended', () => {
  const stopped = async (
    project: Awaited<ReturnType<typeof aProject>>,
    stop: () => Promise<unknown>,
    code: string,
  ): Promise<void> => {
    const during = many(500, (index) => use(project, `u${index % 10}`))
    await stop()
    const revision = await revisionOf(project)
    const late = await many(500, (index) => use(project, `u${index % 10}`))
    expect(new Set(late.map((answer) => (answer.ok ? 'granted' : answer.code)))).toEqual(new Set([code]))
    expect(await revisionOf(project)).toBe(revision)
    const counted = (await tables(project))['receipts'] ?? []
    expect(counted).toHaveLength(granted(await during))
  }

  it('because the key was rotated [F36]', async () => {
    const project = await aLimit(100_000)
    const rotation = { name: 'default', hash: 'b'.repeat(64), last4: 'bbbb', overlapMs: 0 }
    await stopped(project, () => project.stub().rotateKey({ via: 'system' }, rotation), 'invalid_api_key')
    const renewed = { via: 'secret', keyHash: rotation.hash, token: null, asserts: 'u1' } as const
    expect(await track(project, renewed, [{ meter: 'requests', quantity: 1 }])).toMatchObject({ ok: true })
  })

  it('because the project was closed', async () => {
    const project = await aLimit(100_000)
    await stopped(project, () => project.stub().close(), 'project_deleted')
  })

  it('because the account is blocked', async () => {
    const project = await aLimit(100_000)
    const now = Date.now()
    await stopped(project, () => project.stub().setStanding({ graceAt: now, blockedAt: now }), 'subscription_expired')
  })
})

describe('[U2] a refused call changes nothing', () => {
  it('of an unknown meter: no row and no revision', async () => {
    const project = await aLimit(5)
    await use(project, 'u1')
    const before = await tables(project)
    expect(await use(project, 'u1', { meter: 'nothing' })).toMatchObject({ ok: false, code: 'unknown_meter' })
    expect(await tables(project)).toEqual(before)
  })

  it('over the limit: no revision, and no row but the note of who was refused', async () => {
    const project = await aLimit(5)
    await use(project, 'u1')
    const before = await tables(project)
    expect(await use(project, 'u1', { quantity: 6 })).toMatchObject({ ok: false, code: 'limit_reached' })
    expect(await use(project, 'u1', { quantity: 7 })).toMatchObject({ ok: false, code: 'limit_reached' })
    const { declined, milestones, ...after } = await tables(project)
    expect({ ...after, declined: [], milestones: [] }).toEqual(before)
    expect(declined).toMatchObject([{ customer_id: 'u1', why: 'refused', calls: 2, quantity: 13 }])
    expect(milestones).toMatchObject([{ customer_id: 'u1', what: 'refused', used: 1, quota: 5 }])
  })

  it('harms no other item of its batch', async () => {
    const project = await aLimit(5)
    const item = (quantity: number, meter = 'requests') => ({ customerId: 'u1', meter, quantity })
    const answer = await track(project, asserting(null), [item(3), item(3), item(1, 'nothing'), item(2)])
    expect(answer.ok && answer.value.map((one) => (one.ok ? 'counted' : one.code))).toEqual([
      'counted',
      'limit_reached',
      'unknown_meter',
      'counted',
    ])
    expect(await usedBy(project, 'u1')).toBe(5)
  })
})

describe('[K2] a rotated key', () => {
  it('works until the very end of the overlap that was asked for', async () => {
    const project = await aLimit(10)
    await project
      .stub()
      .rotateKey({ via: 'system' }, { name: 'default', hash: 'b'.repeat(64), last4: 'bbbb', overlapMs: 60_000 })
    pass(59_999)
    expect(await use(project, 'u1')).toMatchObject({ ok: true })
    pass(1)
    expect(await use(project, 'u1')).toMatchObject({ ok: false, code: 'invalid_api_key' })
  })

  it('ends at once when it is rotated again without overlap', async () => {
    const project = await aLimit(10)
    await project
      .stub()
      .rotateKey({ via: 'system' }, { name: 'default', hash: 'b'.repeat(64), last4: 'bbbb', overlapMs: 60_000 })
    await project
      .stub()
      .rotateKey({ via: 'system' }, { name: 'default', hash: 'c'.repeat(64), last4: 'cccc', overlapMs: 0 })
    expect(await use(project, 'u1')).toMatchObject({ ok: false, code: 'invalid_api_key' })
  })
})
