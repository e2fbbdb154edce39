import { describe, expect, it } from 'vitest'
import { bearing, join, left } from '../support/callers.ts'
import { crash, evict, ring, rows, tables } from '../support/inside.ts'
import { aProject, asserting, tier, track, use } from '../support/project.ts'
import { DAY, holdTime, HOUR, MINUTE, pass } from '../support/time.ts'

holdTime()

const aLimit = (limit: number) => aProject({ tiers: [tier({ slug: 'free', limit })] })
const item = (facts: Record<string, unknown> = {}) => ({ meter: 'requests', quantity: 1, ...facts })
const bare = ({ replayed: _, ...answer }: Record<string, unknown>) => answer

describe('[U3] [D2] the same key answers the first answer and counts once', () => {
  it('asked 1,000 times at once: one effect, 1,000 equal answers', async () => {
    const project = await aLimit(100)
    const answers = await Promise.all(Array.from({ length: 1000 }, () => use(project, 'u1', { idempotencyKey: 'k' })))
    expect(new Set(answers.map((answer) => JSON.stringify(bare(answer))))).toHaveLength(1)
    expect(answers.filter((answer) => answer.replayed !== true)).toHaveLength(1)
    expect((await left(project, asserting('u1'))).used).toBe(1)
  })

  it('each of 1,000 keyed calls against a limit of 100 asked twice: still exactly 100, and every answer as it was', async () => {
    const project = await aLimit(100)
    const ask = () =>
      Promise.all(Array.from({ length: 1000 }, (_, index) => use(project, 'u1', { idempotencyKey: `k${index}` })))
    const first = await ask()
    expect(first.filter(({ ok }) => ok)).toHaveLength(100)
    const again = await ask()
    expect(again.map((answer) => bare({ ...answer }))).toEqual(first)
    expect(again.every((answer) => answer.replayed === true)).toBe(true)
    expect((await left(project, asserting('u1'))).used).toBe(100)
  })

  it('gives a refusal once more, although it would fit by now', async () => {
    const project = await aLimit(5)
    const refused = await use(project, 'u1', { quantity: 6, idempotencyKey: 'k' })
    expect(refused).toMatchObject({ ok: false, code: 'limit_reached' })
    await project.stub().putTiers([tier({ slug: 'free', limit: 50 })])
    expect(await use(project, 'u1', { quantity: 6, idempotencyKey: 'k' })).toEqual({ ...refused, replayed: true })
    expect(await use(project, 'u1', { quantity: 6, idempotencyKey: 'k2' })).toMatchObject({ ok: true })
  })

  it('gives the first answer also when the limit, the plan or the count changed since', async () => {
    const project = await aLimit(5)
    const first = await use(project, 'u1', { idempotencyKey: 'k' })
    await use(project, 'u1', { quantity: 4 })
    await project.stub().putTiers([tier({ slug: 'free', limit: 1 })])
    expect(await use(project, 'u1', { idempotencyKey: 'k' })).toEqual({ ...first, replayed: true })
  })

  it.each([
    ['another quantity', { quantity: 2 }],
    ['another meter', { meter: 'tokens' }],
    ['another customer', { customerId: 'u2' }],
    ['other properties', { properties: { route: '/b' } }],
  ])('refuses the key for %s, and counts nothing', async (_, other) => {
    const project = await aLimit(5)
    const first = item({ customerId: 'u1', properties: { route: '/a' }, idempotencyKey: 'k' })
    await track(project, asserting(null), [first as never])
    const before = await tables(project)
    const answer = await track(project, asserting(null), [{ ...first, ...other } as never])
    expect(answer).toMatchObject({ value: [{ ok: false, code: 'idempotency_mismatch' }] })
    expect(await tables(project)).toEqual(before)
  })

  it('counts a key that occurs twice in one call once', async () => {
    const project = await aLimit(5)
    const same = item({ customerId: 'u1', idempotencyKey: 'k' })
    const answer = await track(project, asserting(null), [same, same, { ...same, quantity: 2 }] as never)
    expect(answer).toMatchObject({
      value: [{ ok: true }, { ok: true, replayed: true }, { ok: false, code: 'idempotency_mismatch' }],
    })
    expect((await left(project, asserting('u1'))).used).toBe(1)
  })

  it('keeps the keys of two customers in their browsers apart', async () => {
    const project = await aLimit(5)
    await join(project, asserting(null), { userId: 'user_a' })
    await join(project, asserting(null), { userId: 'user_b' })
    for (const user of ['user_a', 'user_b']) {
      const answer = await track(project, bearing(user, project), [item({ idempotencyKey: 'k' })])
      expect(answer).toMatchObject({ value: [{ ok: true, value: { usage: { userId: user, used: 1 } } }] })
    }
  })

  it('does not spend a request of the minute on an answer given again', async () => {
    const project = await aLimit(1000)
    await join(project, asserting(null), { userId: 'user_a' })
    const keyed = item({ idempotencyKey: 'k' })
    for (let i = 0; i < 150; i += 1)
      expect(await track(project, bearing('user_a', project), [keyed])).toMatchObject({ value: [{ ok: true }] })
  })

  it('does not keep a refusal for being too fast: the retry is for later', async () => {
    const project = await aProject({ tiers: [tier({ slug: 'free', requestsPerMinute: 1 })] })
    await use(project, 'u1')
    expect(await use(project, 'u1', { idempotencyKey: 'k' })).toMatchObject({ code: 'rate_limited' })
    pass(MINUTE)
    expect(await use(project, 'u1', { idempotencyKey: 'k' })).toMatchObject({ ok: true })
  })

  it('is remembered by an object that was evicted or died', async () => {
    const project = await aLimit(5)
    const first = await use(project, 'u1', { idempotencyKey: 'k' })
    for (const end of [() => evict(project), crash]) {
      await end()
      expect(await use(project, 'u1', { idempotencyKey: 'k' })).toEqual({ ...first, replayed: true })
    }
  })

  it('is kept for the 24 hours that were promised, and forgotten some day', async () => {
    const project = await aLimit(5)
    await use(project, 'u1', { idempotencyKey: 'k' })
    pass(DAY)
    await ring(project)
    expect(await use(project, 'u1', { idempotencyKey: 'k' })).toMatchObject({ ok: true, replayed: true })
    pass(DAY + HOUR)
    await ring(project)
    expect(await rows(project, 'SELECT key FROM replies')).toEqual([])
  })

  it('makes one customer of a sign-up that is repeated', async () => {
    const project = await aLimit(5)
    const person = { userId: 'user_a', key: 'k' }
    const first = await join(project, asserting(null), person)
    expect(await join(project, asserting(null), person)).toEqual(first)
    const other = { ...person, email: 'other@example.com' }
    expect(await join(project, asserting(null), other)).toMatchObject({ code: 'idempotency_mismatch' })
  })
})
