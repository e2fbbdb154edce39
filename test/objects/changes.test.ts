import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Change, Changes } from '../../sdk/schema/feed.ts'
import { join } from '../support/callers.ts'
import { crash, evict, type Reachable } from '../support/inside.ts'
import { listening, published } from '../support/objects.ts'
import { aProject, asserting, tier, track, use } from '../support/project.ts'
import { anEvent, aShop, hear, read, reading } from '../support/stripe.ts'
import { holdTime, until } from '../support/time.ts'

holdTime()

const me = asserting(null)
const since = async (project: Reachable, revision: number): Promise<Changes> =>
  (await project.stub().changesSince(revision)) as Changes
const nameOf = ({ kind, id }: Change) => `${kind} ${id}`

/** Follows the changes to their end, page by page. */
async function follow(project: Reachable, from: number): Promise<{ pages: Changes[]; revision: number }> {
  const pages: Changes[] = []
  for (let at = from; ;) {
    const page = await since(project, at)
    pages.push(page)
    if (!page.more) return { pages, revision: page.revision }
    if (page.revision <= at) throw new Error(`no way past revision ${at}`)
    at = page.revision
  }
}

describe('[D5] changes since a revision', () => {
  it('read nothing for the shelf but the shelf: an open page cannot make the ledger read everything', async () => {
    const project = await aShop()
    const { revision } = await since(project, 0)
    await use(project, 'u1')
    expect((await since(project, revision)).changes.map(({ kind }) => kind)).toContain('usage')
    expect(await project.stub().changesSince(0, 'shelf')).toMatchObject({ changes: [], more: false })
  })

  it('come in order, none before it, and say where to go on', async () => {
    const project = await aShop()
    const { revision: start } = await since(project, 0)
    await use(project, 'u1')
    await use(project, 'u2')
    await use(project, 'u1')
    const { changes, revision, more } = await since(project, start)
    expect(more).toBe(false)
    expect(changes.every((change) => change.revision > start && change.revision <= revision)).toBe(true)
    expect(changes.map((change) => change.revision)).toEqual(
      changes.map((change) => change.revision).toSorted((a, b) => a - b),
    )
    expect(changes.filter(({ kind }) => kind === 'usage').map(({ row }) => [row['customerId'], row['used']])).toEqual([
      ['u2', 1],
      ['u1', 2],
    ])
    expect(await since(project, revision)).toEqual({ changes: [], revision, more: false })
  })

  it('a thousand increments are one row', async () => {
    const project = await aProject({ tiers: [tier({ slug: 'free', limit: null })] })
    const { revision } = await since(project, 0)
    await Promise.all(Array.from({ length: 1000 }, () => use(project, 'u1')))
    const { changes } = await since(project, revision)
    expect(changes.filter(({ kind }) => kind === 'usage')).toMatchObject([{ row: { used: 1000 } }])
  })

  it('tell that a customer is gone, and nothing else of the person', async () => {
    const project = await aProject()
    await join(project, me, { userId: 'user_a' })
    const { revision } = await since(project, 0)
    await project.stub().removeCustomer('user_a')
    const gone = (await since(project, revision)).changes.filter(({ kind }) => kind === 'customer')
    expect(gone).toMatchObject([{ id: 'user_a', row: { deletedAt: Date.now() } }])
    expect(Object.keys(gone[0]!.row)).toEqual(['createdAt', 'deletedAt'])
  })

  it('are paged without cutting a revision in two', async () => {
    const project = await aProject({ tiers: [tier({ slug: 'free', limit: null })] })
    const { revision: start } = await since(project, 0)
    for (let batch = 0; batch < 3; batch += 1) {
      const items = Array.from({ length: 900 }, (_, index) => ({
        customerId: `u${batch}_${index}`,
        meter: 'requests',
        quantity: 1,
      }))
      await track(project, me, items)
    }
    const { pages } = await follow(project, start)
    expect(pages.length).toBeGreaterThan(1)
    const seen = new Set<number>()
    for (const { changes } of pages) {
      const own = new Set(changes.map(({ revision }) => revision))
      for (const revision of own) expect(seen.has(revision)).toBe(false)
      for (const revision of own) seen.add(revision)
    }
    const usage = pages.flatMap(({ changes }) => changes).filter(({ kind }) => kind === 'usage')
    expect(new Set(usage.map(nameOf)).size).toBe(2700)
    expect(usage).toHaveLength(2700)
  })

  it('go past a revision that changed more rows than a page holds', async () => {
    const project = await aShop()
    await use(project, 'u1')
    await project.stub().linkCustomer('u1', 'cus_u1', 'acct_test')
    const { revision: start } = await follow(project, 0)
    const events = Array.from({ length: 2_600 }, (_, index) => anEvent({ id: `evt_${index}` }))
    listening.set(project.name, async () => {})
    for (let at = 0; at < events.length; at += 200)
      await Promise.all(events.slice(at, at + 200).map((event) => hear(project, event)))
    await read(project, reading())
    const { pages } = await follow(project, start)
    const settled = pages
      .flatMap(({ changes }) => changes)
      .filter(({ kind, row }) => kind === 'event' && row['outcome'] === 'applied')
    expect(settled).toHaveLength(2_600)
  })

  it('whoever resumes from wherever it was ends with exactly what is stored', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.oneof(
            fc.record({ act: fc.constant('use' as const), who: fc.nat(4), many: fc.integer({ min: 1, max: 9 }) }),
            fc.record({
              act: fc.constantFrom('grant' as const, 'hear' as const, 'remove' as const),
              who: fc.nat(4),
              many: fc.nat(2),
            }),
            fc.record({ act: fc.constantFrom('pull' as const, 'evict' as const), who: fc.nat(1), many: fc.nat(2) }),
          ),
          { maxLength: 30 },
        ),
        async (acts) => {
          const project = await aShop()
          for (const who of [0, 1]) await join(project, me, { userId: `user_${who}` })
          const replicas = [new Map<string, Change>(), new Map<string, Change>()]
          const at = [0, 0]
          const pull = async (which: number) => {
            const { pages, revision } = await follow(project, at[which]!)
            for (const change of pages.flatMap(({ changes }) => changes)) replicas[which]!.set(nameOf(change), change)
            at[which] = revision
          }
          for (const { act, who, many } of acts) {
            if (act === 'use') await use(project, `user_${who}`, { quantity: many })
            else if (act === 'grant')
              await project.stub().updateCustomer(me, `user_${who}`, { plan: many === 0 ? null : 'pro' })
            else if (act === 'hear') await hear(project, anEvent({ id: `evt_${who}`, hints: [] }))
            else if (act === 'remove') await project.stub().removeCustomer(`user_${who}`)
            else if (act === 'evict') await evict(project)
            else await pull(who)
          }
          await pull(0)
          await pull(1)
          const whole = new Map(
            (await follow(project, 0)).pages
              .flatMap(({ changes }) => changes)
              .map((change) => [nameOf(change), change]),
          )
          // The counts of somebody who was removed are gone here; a listener drops them with the customer.
          const gone = new Set(
            [...whole.values()]
              .filter(({ row }) => row['deletedAt'] !== null && row['deletedAt'] !== undefined)
              .map(({ id }) => id),
          )
          for (const replica of replicas)
            expect(
              new Map(
                [...replica].filter(([, { kind, row }]) => kind !== 'usage' || !gone.has(String(row['customerId']))),
              ),
            ).toEqual(whole)
        },
      ),
      { numRuns: 30 },
    )
  })
})

describe('[D5] a project that is watched', () => {
  const heard = (project: { name: string }) => (published.get(project.name) ?? []).flatMap(({ changes }) => changes)

  it('publishes every committed change, many together', async () => {
    const project = await aProject({ tiers: [tier({ slug: 'free', limit: null })] })
    await project.stub().watch(true)
    await Promise.all(Array.from({ length: 300 }, (_, index) => use(project, `u${index % 3}`)))
    await until(() =>
      ['u0', 'u1', 'u2'].every((id) =>
        heard(project).some(({ row }) => row['customerId'] === id && row['used'] === 100),
      ),
    )
    expect(published.get(project.name)!.length).toBeLessThan(20)
  })

  it('publishes nothing when nobody listens', async () => {
    const project = await aProject()
    await use(project, 'u1')
    await project.stub().watch(true)
    await project.stub().watch(false)
    await use(project, 'u1')
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect(heard(project)).toEqual([])
  })

  it('publishes again what did not arrive', async () => {
    const project = await aProject()
    await project.stub().watch(true)
    let lost = 0
    listening.set(project.name, async () => {
      if (lost++ === 0) throw new Error('the feed is away')
    })
    await use(project, 'u1')
    await until(() => heard(project).some(({ row }) => row['customerId'] === 'u1'))
    expect(lost).toBe(2)
  })

  it.each([
    ['evicted', (project: Reachable) => evict(project)],
    ['killed', () => crash()],
  ])('publishes what it had committed but not told when it was %s', async (_, end) => {
    const project = await aProject()
    await project.stub().watch(true)
    await use(project, 'u1')
    await end(project)
    await project.stub().changesSince(0)
    await until(() => heard(project).some(({ row }) => row['customerId'] === 'u1'))
  })

  it('publishes a message at a time, in order, however slow the feed is', async () => {
    const project = await aProject({ tiers: [tier({ slug: 'free', limit: null })] })
    await project.stub().watch(true)
    let now = 0
    let most = 0
    listening.set(project.name, async () => {
      most = Math.max(most, ++now)
      await new Promise((resolve) => setTimeout(resolve, 60))
      now -= 1
    })
    for (let i = 1; i <= 5; i += 1) {
      await use(project, 'u1')
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    await until(() => heard(project).some(({ row }) => row['used'] === 5))
    const revisions = published.get(project.name)!.map(({ revision }) => revision)
    expect(revisions).toEqual(revisions.toSorted((a, b) => a - b))
    expect(most).toBe(1)
  })
})
