import { describe, expect, it } from 'vitest'
import type { Delivery } from '../../objects/outbox.ts'
import type { Change, Changes } from '../../sdk/schema/feed.ts'
import { crash, evict, ring, type Reachable } from '../support/inside.ts'
import { answering, gate } from '../support/outside.ts'
import { aProject, asserting, use } from '../support/project.ts'
import { HOUR, holdTime, pass, SECOND, until } from '../support/time.ts'

holdTime()

type AProject = Awaited<ReturnType<typeof aProject>>
const me = asserting(null)
const isOwed = async (project: AProject): Promise<boolean> =>
  ((await project.stub().owed()) as Delivery[]).some(({ kind }) => kind === 'mirror')

/** The reports, as the worker fills them: pages of rows until none is left, each by its revision. */
function reportsOf(project: AProject, whenRead: () => Promise<unknown> = async () => {}) {
  const reports = new Map<string, Change>()
  answering(project, async ({ kind }) => {
    if (kind !== 'mirror') return null
    for (;;) {
      const page = (await project.stub().startMirror()) as unknown as Changes
      await whenRead()
      for (const change of page.changes) reports.set(`${change.kind} ${change.id}`, change)
      await project.stub().mirrored(page.revision)
      if (!page.more) return null
    }
  })
  return reports
}
const stored = async (project: Reachable): Promise<Map<string, Change>> =>
  new Map(
    ((await project.stub().changesSince(0)) as Changes).changes.map((change) => [
      `${change.kind} ${change.id}`,
      change,
    ]),
  )
async function mirrorAll(project: AProject): Promise<void> {
  for (let rings = 0; rings < 10 && (await isOwed(project)); rings += 1) {
    pass(2 * HOUR)
    await ring(project)
  }
  expect(await isOwed(project)).toBe(false)
}

describe('[D4] the reports', () => {
  it('have everything five seconds after it was written', async () => {
    const project = await aProject()
    const reports = reportsOf(project)
    await use(project, 'u1')
    pass(5 * SECOND)
    await ring(project)
    await until(async () => !(await isOwed(project)))
    expect(reports).toEqual(await stored(project))
  })

  it('are told again of what was written while they were told [F14]', async () => {
    const project = await aProject()
    const { opened, open } = gate()
    let reading = false
    const reports = reportsOf(project, () => ((reading = true), opened))
    await use(project, 'u1')
    pass(5 * SECOND)
    const rung = ring(project)
    await until(() => reading)
    await use(project, 'u1')
    open()
    await rung
    const [again] = (await project.stub().owed()) as Delivery[]
    expect(again).toMatchObject({ kind: 'mirror', nextAt: Date.now() + 5 * SECOND }) // no more often than usual
    await mirrorAll(project)
    expect(reports).toEqual(await stored(project))
  })

  it('also when a refused decision came between', async () => {
    const project = await aProject()
    const { opened, open } = gate()
    let reading = false
    const reports = reportsOf(project, () => ((reading = true), opened))
    await use(project, 'u1')
    pass(5 * SECOND)
    const rung = ring(project)
    await until(() => reading)
    expect(await project.stub().updateCustomer(me, 'nobody', { plan: null })).toMatchObject({
      code: 'customer_not_found',
    })
    await use(project, 'u1')
    open()
    await rung
    await mirrorAll(project)
    expect(reports).toEqual(await stored(project))
  })

  it('catch up by themselves after being away for long, and nothing else waits for them', async () => {
    const project = await aProject()
    answering(project, () => ({ reason: 'D1 is away' }))
    for (let i = 0; i < 30; i += 1) {
      expect(await use(project, `u${i}`)).toMatchObject({ ok: true })
      pass(HOUR)
      await ring(project)
    }
    const reports = reportsOf(project)
    await mirrorAll(project)
    expect(reports).toEqual(await stored(project))
  })

  it('say the same when they are dropped and told everything again', async () => {
    const project = await aProject()
    reportsOf(project)
    await use(project, 'u1')
    await mirrorAll(project)
    await project.stub().mirrored(0)
    const again = reportsOf(project)
    await use(project, 'u2')
    await mirrorAll(project)
    expect(again).toEqual(await stored(project))
  })

  it('set back while they are told are told everything again', async () => {
    const project = await aProject()
    reportsOf(project)
    await use(project, 'u1')
    await mirrorAll(project)
    const { opened, open } = gate()
    let reading = false
    reportsOf(project, () => ((reading = true), opened))
    await use(project, 'u2')
    pass(5 * SECOND)
    const rung = ring(project)
    await until(() => reading)
    await project.stub().mirrorAnew()
    const again = reportsOf(project)
    open()
    await rung
    await mirrorAll(project)
    expect(again).toEqual(await stored(project))
  })

  it.each([
    ['evicted', (project: AProject) => evict(project)],
    ['killed', () => crash()],
  ])('get everything of an object that was %s before it told them', async (_, end) => {
    const project = await aProject()
    await use(project, 'u1')
    await end(project)
    const reports = reportsOf(project)
    await mirrorAll(project)
    expect(reports).toEqual(await stored(project))
  })
})
