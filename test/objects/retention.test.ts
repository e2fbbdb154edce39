import { runInDurableObject } from 'cloudflare:test'
import { describe, expect, it } from 'vitest'
import { Store } from '../../objects/store.ts'
import { Usage } from '../../objects/usage.ts'
import { left } from '../support/callers.ts'
import { crash, evict, ring, rows } from '../support/inside.ts'
import { aProject, asserting, tier, track, use } from '../support/project.ts'
import { DAY, holdTime, HOUR, pass, START } from '../support/time.ts'

holdTime()

type AProject = Awaited<ReturnType<typeof aProject>>
const me = asserting('u1')
const timersOf = (project: AProject) => rows<{ kind: string; at: number }>(project, 'SELECT kind, at FROM timers')

/** Lets days go by, each with its alarm. */
async function live(project: AProject, days: number): Promise<void> {
  for (let day = 0; day < days; day += 1) {
    pass(DAY + HOUR)
    await ring(project)
  }
}

describe('what is kept, and how long', () => {
  it('receipts and answers go, counts of the running period stay', async () => {
    const project = await aProject({
      tiers: [tier({ slug: 'free', limits: { requests: { limit: 10, period: 'year' } } })],
    })
    await use(project, 'u1', { quantity: 3, idempotencyKey: 'k' })
    await live(project, 10)
    expect(await rows(project, 'SELECT id FROM receipts')).toEqual([])
    expect(await rows(project, 'SELECT key FROM replies')).toEqual([])
    expect((await left(project, me)).used).toBe(3)
    expect(await project.stub().broken()).toEqual([])
  })

  it('goes in slices, and all of it goes [F40]', async () => {
    const project = await aProject({ tiers: [tier({ slug: 'free', limit: null })] })
    const items = (batch: number) =>
      Array.from({ length: 1000 }, (_, index) => ({
        meter: 'requests',
        quantity: 1,
        idempotencyKey: `${batch}/${index}`,
      }))
    for (const batch of [1, 2, 3, 4, 5, 6]) await track(project, me, items(batch))
    pass(9 * DAY)
    await ring(project)
    const remaining = async () => (await rows(project, 'SELECT id FROM receipts')).length
    expect(await remaining()).toBe(1000)
    for (let rings = 0; rings < 8; rings += 1) {
      pass(1000)
      await ring(project)
    }
    expect(await remaining()).toBe(0)
    expect(await rows(project, 'SELECT key FROM replies')).toEqual([])
    expect((await left(project, me)).used).toBe(6000)
  })

  it('looks at a slice of the receipts, however many are kept', async () => {
    const project = await aProject({ tiers: [tier({ slug: 'free', limit: null })] })
    const items = Array.from({ length: 1000 }, () => ({ meter: 'requests', quantity: 1 }))
    for (let batch = 0; batch < 20; batch += 1) await track(project, me, items)
    const rowsRead = await runInDurableObject(project.stub(), (_, { storage }) => {
      const cursors: SqlStorageCursor<Record<string, SqlStorageValue>>[] = []
      const exec = (sql: string, ...bound: unknown[]) => {
        cursors.push(storage.sql.exec(sql, ...bound))
        return cursors.at(-1)
      }
      new Usage(new Store({ sql: { exec } } as unknown as DurableObjectStorage)).prune(Date.now())
      return cursors.reduce((sum, cursor) => sum + cursor.rowsRead, 0)
    })
    expect(rowsRead).toBeLessThan(16_000)
  })

  it('of a removed customer goes in slices too, and counts as gone at once', async () => {
    const project = await aProject({ tiers: [tier({ slug: 'free', limit: null })] })
    const items = (customerId: string) =>
      Array.from({ length: 1000 }, () => ({ meter: 'requests', quantity: 1, customerId }))
    const first = (await track(project, asserting(null), items('gone'))) as { value: { value: { id: string } }[] }
    for (let batch = 0; batch < 6; batch += 1) await track(project, asserting(null), items('kept'))
    await track(project, asserting(null), items('gone'))
    await project.stub().removeCustomer('gone')
    const { id } = first.value[0]!.value
    const reversed = (await project.stub().reverseUsage(asserting(null), id)) as unknown
    expect(reversed).toMatchObject({ code: 'usage_not_found' })
    await use(project, 'gone', { quantity: 7 }) // who comes back begins anew
    expect(await project.stub().broken()).toEqual([])
    const receipts = async () =>
      rows<{ customer_id: string; n: number }>(
        project,
        'SELECT customer_id, count(*) AS n FROM receipts GROUP BY customer_id ORDER BY customer_id',
      )
    await ring(project)
    expect(await receipts()).toEqual([
      { customer_id: 'gone', n: 1001 },
      { customer_id: 'kept', n: 6000 },
    ])
    pass(HOUR)
    await ring(project)
    expect(await receipts()).toEqual([
      { customer_id: 'gone', n: 1 },
      { customer_id: 'kept', n: 6000 },
    ])
    expect(await rows(project, 'SELECT * FROM forgotten')).toEqual([])
    expect(await project.stub().broken()).toEqual([])
  })

  it('counts of periods that ended long ago go, a slice at a time', async () => {
    const project = await aProject()
    await runInDurableObject(project.stub(), (_, { storage }) => {
      const span = `${START - 500 * DAY}, ${START - 450 * DAY}, 1, 0, 0`
      storage.sql.exec(
        `WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 12000)
         INSERT INTO usage (customer_id, meter, period_start, period_end, used, updated_at, revision)
         SELECT printf('c%05d', n), 'requests', ${span} FROM numbers`,
      )
    })
    await use(project, 'u1')
    const left = async () => (await rows<{ n: number }>(project, 'SELECT count(*) AS n FROM usage'))[0]!.n
    const counts = []
    for (let rings = 0; rings < 4; rings += 1) {
      pass(rings === 0 ? 25 * HOUR : HOUR / 60)
      await ring(project)
      counts.push(await left())
    }
    expect(counts).toEqual([7001, 2001, 1, 1])
  })

  it('nothing wakes an object that has nothing left to forget', async () => {
    const project = await aProject()
    await use(project, 'u1', { idempotencyKey: 'k' })
    await live(project, 12)
    expect(await timersOf(project)).toEqual([])
    expect(await project.stub().owed()).toEqual([])
    expect(await ring(project)).toBe(false)
  })

  it('a project that slept forgets again after its next call', async () => {
    const project = await aProject()
    await use(project, 'u1')
    await live(project, 12)
    await use(project, 'u1')
    expect(await timersOf(project)).toMatchObject([{ kind: 'prune' }])
    await live(project, 9)
    expect(await rows(project, 'SELECT id FROM receipts')).toEqual([])
  })

  it.each([
    ['evicted', (project: AProject) => evict(project)],
    ['killed', () => crash()],
  ])('an object that was %s still forgets in time', async (_, end) => {
    const project = await aProject()
    await use(project, 'u1', { idempotencyKey: 'k' })
    await end(project)
    await live(project, 9)
    expect(await rows(project, 'SELECT id FROM receipts')).toEqual([])
    expect(await rows(project, 'SELECT key FROM replies')).toEqual([])
  })
})
