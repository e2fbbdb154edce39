import { describe, expect, it } from 'vitest'
import { left, takeBack } from '../support/callers.ts'
import { ring, rows, tables } from '../support/inside.ts'
import { aProject, asserting, tier, use } from '../support/project.ts'
import { DAY, holdTime, HOUR, pass } from '../support/time.ts'

holdTime()

const me = asserting('u1')
const aLimit = (limit: number, period: 'hour' | 'month' = 'month') =>
  aProject({ tiers: [tier({ slug: 'free', limits: { requests: { limit, period } } })] })
async function idOf(counted: ReturnType<typeof use>): Promise<string> {
  const answer = await counted
  if (!answer.ok) throw new Error(answer.code)
  return answer.value.id
}

describe('[U6] a counted call can be taken back once', () => {
  it('gives the whole quantity back', async () => {
    const project = await aLimit(5)
    const id = await idOf(use(project, 'u1', { quantity: 5 }))
    expect(await use(project, 'u1')).toMatchObject({ code: 'limit_reached' })
    expect(await takeBack(project, me, id)).toMatchObject({ ok: true, value: { usage: { used: 0, remaining: 5 } } })
    expect(await use(project, 'u1', { quantity: 5 })).toMatchObject({ ok: true })
  })

  it('asked 100 times at once gives it back once', async () => {
    const project = await aLimit(5)
    const id = await idOf(use(project, 'u1', { quantity: 2 }))
    await use(project, 'u1', { quantity: 3 })
    const answers = await Promise.all(Array.from({ length: 100 }, () => takeBack(project, me, id)))
    expect(answers.filter(({ ok }) => ok)).toHaveLength(1)
    expect(answers.filter((answer) => !answer.ok && answer.code === 'already_reversed')).toHaveLength(99)
    expect((await left(project, me)).used).toBe(3)
    expect(await project.stub().broken()).toEqual([])
  })

  it('keeps the limit exact while counting and taking back storm together', async () => {
    const project = await aLimit(50)
    const counted = await Promise.all(Array.from({ length: 50 }, () => idOf(use(project, 'u1'))))
    const storm = await Promise.all(
      counted.flatMap((id, index) => [
        use(project, 'u1'),
        ...(index % 2 === 0 ? [takeBack(project, me, id), takeBack(project, me, id)] : []),
      ]),
    )
    const added = storm.filter(
      (answer) => answer.ok && 'allowed' in answer.value.usage && !counted.includes(answer.value.id),
    )
    expect((await left(project, me)).used).toBe(25 + added.length)
    expect(await project.stub().broken()).toEqual([])
  })

  it('gives it back to the period it was counted in, not to the running one', async () => {
    const project = await aLimit(5, 'hour')
    const id = await idOf(use(project, 'u1', { quantity: 5 }))
    pass(HOUR)
    await use(project, 'u1', { quantity: 2 })
    expect(await takeBack(project, me, id)).toMatchObject({ ok: true, value: { usage: { used: 2 } } })
    expect(
      (await rows<{ used: number }>(project, 'SELECT used FROM usage ORDER BY period_start')).map((row) => row.used),
    ).toEqual([0, 2])
  })

  it('does not count again when the call is repeated under its key afterwards', async () => {
    const project = await aLimit(5)
    const id = await idOf(use(project, 'u1', { idempotencyKey: 'k' }))
    await takeBack(project, me, id)
    expect(await use(project, 'u1', { idempotencyKey: 'k' })).toMatchObject({ ok: true, replayed: true })
    expect((await left(project, me)).used).toBe(0)
  })

  it.each(['use_zzzz', 'use_0', 'use_', 'use_-1', 'use_1e5', 'sub_1', '', 'use_99999999999', "use_1' OR 1=1"])(
    'refuses %j, which never counted, and changes nothing',
    async (id) => {
      const project = await aLimit(5)
      await use(project, 'u1')
      const before = await tables(project)
      expect(await takeBack(project, me, id)).toMatchObject({ code: 'usage_not_found' })
      expect(await tables(project)).toEqual(before)
    },
  )

  it('is possible for seven days, and the count outlives its receipt', async () => {
    const project = await aProject({
      tiers: [tier({ slug: 'free', limits: { requests: { limit: 5, period: 'lifetime' } } })],
    })
    const id = await idOf(use(project, 'u1'))
    const kept = await idOf(use(project, 'u1'))
    pass(7 * DAY)
    await ring(project)
    expect(await takeBack(project, me, kept)).toMatchObject({ ok: true })
    pass(DAY)
    await ring(project)
    expect(await takeBack(project, me, id)).toMatchObject({ code: 'usage_not_found' })
    expect((await left(project, me)).used).toBe(1)
  })
})
