import { runInDurableObject } from 'cloudflare:test'
import { describe, expect, it, vi } from 'vitest'
import type { UsageItem } from '../../objects/counting.ts'
import { left } from '../support/callers.ts'
import { crash, evict, revisionOf, rows, type Reachable } from '../support/inside.ts'
import { aProject, asserting, tier, track, use } from '../support/project.ts'
import { holdTime } from '../support/time.ts'

holdTime()

const aLimit = (limit: number | null) => aProject({ tiers: [tier({ slug: 'free', limit })] })
/** What no parsed request can hold: a fraction, which a STRICT table refuses in the middle of the decision. */
const poison = { meter: 'requests', quantity: 0.5 }
/** A call that throws, caught where it is thrown: an error that crosses RPC is printed. */
const breaking = (project: Reachable, items: readonly UsageItem[], customerId = 'u50') =>
  runInDurableObject(project.stub(), (object) =>
    object.trackUsage(asserting(customerId), items).then(
      () => 'answered',
      () => 'threw',
    ),
  )
const settled = (calls: readonly Promise<unknown>[]) => Promise.allSettled(calls)

describe('calls that arrive together are committed together', () => {
  it('a thousand of them in far fewer revisions, and none of them twice', async () => {
    const project = await aLimit(null)
    const before = await revisionOf(project)
    await Promise.all(Array.from({ length: 1000 }, () => use(project, 'u1')))
    const commits = (await revisionOf(project)) - before
    expect(commits).toBeLessThan(250)
    expect(await rows(project, 'SELECT id FROM receipts')).toHaveLength(1000)
  })

  it('every receipt has an id of its own, in order, across groups and restarts', async () => {
    const project = await aLimit(null)
    await Promise.all(Array.from({ length: 100 }, () => use(project, 'u1')))
    await evict(project)
    const answers = await Promise.all(Array.from({ length: 100 }, () => use(project, 'u1')))
    expect(new Set(answers.map((answer) => (answer.ok ? answer.value.id : '')))).toHaveLength(100)
    const ids = await rows<{ id: number }>(project, 'SELECT id FROM receipts ORDER BY id')
    expect(ids.map(({ id }) => id)).toEqual(Array.from({ length: 200 }, (_, index) => index + 1))
  })

  it('takes a call of 1,000 items whole', async () => {
    const project = await aLimit(null)
    const before = await revisionOf(project)
    const items = Array.from({ length: 1000 }, (_, index) => ({
      customerId: `u${index}`,
      meter: 'requests',
      quantity: 1,
    }))
    const answer = await track(project, asserting(null), items)
    expect(answer.ok && answer.value.every(({ ok }) => ok)).toBe(true)
    expect(await revisionOf(project)).toBe(before + 1)
  })
})

describe('[U2] a call that breaks the decision', () => {
  it('harms no other of its group, and leaves nothing of itself', async () => {
    const project = await aLimit(null)
    const before = await revisionOf(project)
    const [broken, ...others] = await Promise.all([
      breaking(project, [poison]),
      ...Array.from({ length: 99 }, (_, index) => use(project, `u${index % 50}`, { idempotencyKey: `k${index}` })),
    ])
    expect(broken).toBe('threw')
    expect(others.every((answer) => answer.ok)).toBe(true)
    const counted = await rows<{ used: number }>(project, 'SELECT used FROM usage')
    expect(counted.reduce((sum, { used }) => sum + used, 0)).toBe(99)
    expect(await rows(project, "SELECT id FROM customers WHERE id = 'u50'")).toEqual([])
    expect(await revisionOf(project)).toBeGreaterThan(before)
    expect(await project.stub().broken()).toEqual([])
  })

  it('also when it stands in the middle of a group', async () => {
    const project = await aLimit(null)
    const answers = await runInDurableObject(project.stub(), (object) =>
      Promise.allSettled(
        Array.from({ length: 100 }, (_, index) =>
          object.trackUsage(asserting(`u${index}`), [index === 50 ? poison : { meter: 'requests', quantity: 1 }]),
        ),
      ).then((all) => all.map(({ status }) => status)),
    )
    expect(answers.map((status, index) => (status === 'rejected' ? index : -1)).filter((index) => index >= 0)).toEqual([
      50,
    ])
    expect(await rows(project, 'SELECT * FROM usage WHERE used = 1')).toHaveLength(99)
  })

  it('undoes its own items that came before the broken one', async () => {
    const project = await aLimit(null)
    expect(await breaking(project, [{ meter: 'requests', quantity: 1, idempotencyKey: 'a' }, poison], 'u1')).toBe(
      'threw',
    )
    expect(await rows(project, 'SELECT * FROM usage')).toEqual([])
    expect(await rows(project, 'SELECT * FROM replies')).toEqual([])
    expect(await use(project, 'u1', { idempotencyKey: 'a' })).toMatchObject({ ok: true, value: { usage: { used: 1 } } })
  })

  it('does not leave the calls behind it waiting', async () => {
    const project = await aLimit(null)
    await Promise.all([
      ...Array.from({ length: 20 }, () => breaking(project, [poison])),
      ...Array.from({ length: 20 }, () => use(project, 'u1')),
    ])
    expect((await left(project, asserting('u1'))).used).toBe(20)
  })

  it('burns no revision and no memory: what the broken decision wrote is not remembered either', async () => {
    const project = await aLimit(5)
    await use(project, 'u1')
    const before = await revisionOf(project)
    const threw = await runInDurableObject(project.stub(), (object) => {
      try {
        object.putTiers([tier({ slug: 'free', limit: 50 }), { ...tier({ slug: 'bad' }), trialDays: -1 }])
        return false
      } catch {
        return true
      }
    })
    expect(threw).toBe(true)
    expect(await revisionOf(project)).toBe(before)
    expect((await left(project, asserting('u1'))).limit).toBe(5)
  })
})

describe('[D1] [U1] an object that dies under load [F2]', () => {
  it.each([1, 2, 3])('loses no acknowledged call and doubles none when all are repeated (round %d)', async () => {
    const project = await aLimit(300)
    const ask = (index: number) => use(project, 'u1', { idempotencyKey: `k${index}` })
    const calls = Array.from({ length: 500 }, (_, index) => ask(index))
    const acknowledged = new Map<number, unknown>()
    for (const [index, call] of calls.entries())
      void call.then(
        (answer) => acknowledged.set(index, answer),
        () => {},
      )
    await vi.waitUntil(() => acknowledged.size >= 30, { interval: 1 })
    await crash()
    await settled(calls)
    const held = new Set((await rows<{ key: string }>(project, 'SELECT key FROM replies')).map(({ key }) => key))
    for (const index of acknowledged.keys()) expect(held.has(`secret:k${index}`)).toBe(true)

    const again = await Promise.all(Array.from({ length: 500 }, (_, index) => ask(index)))
    for (const [index, answer] of acknowledged) expect(again[index]).toEqual({ ...(answer as object), replayed: true })
    expect(again.filter(({ ok }) => ok)).toHaveLength(300)
    expect((await left(project, asserting('u1'))).used).toBe(300)
    expect(await project.stub().broken()).toEqual([])
  })
})

it('answers nobody before the commit: what was answered is stored', async () => {
  const project = await aLimit(null)
  await Promise.all(
    Array.from({ length: 200 }, async (_, index) => {
      const answer = await use(project, `u${index}`)
      const stored = await runInDurableObject(project.stub(), (_object, state) =>
        state.storage.sql.exec('SELECT used FROM usage WHERE customer_id = ?', `u${index}`).toArray(),
      )
      expect(answer.ok && stored).toEqual([{ used: 1 }])
    }),
  )
})
