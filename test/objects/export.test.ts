import { describe, expect, it } from 'vitest'
import type { Caller } from '../../objects/caller.ts'
import { EXPORTED, type ExportPage, type ExportPlace } from '../../objects/exporting.ts'
import type { Outcome } from '../../objects/outcome.ts'
import { EXPORT_TABLES, type ExportTable } from '../../sdk/schema/export.ts'
import { rows, tables } from '../support/inside.ts'
import { aProject, asserting, SECRET_HASH, tier, track } from '../support/project.ts'
import { holdTime } from '../support/time.ts'

holdTime()

type AProject = Awaited<ReturnType<typeof aProject>>
const owner = asserting(null)

async function pageOf(project: AProject, table: ExportTable, after: ExportPlace | null = null, caller: Caller = owner) {
  return (await project.stub().exportPage(caller, table, after)) as Outcome<ExportPage>
}

async function allOf(project: AProject, table: ExportTable): Promise<{ rows: unknown[]; pages: number }> {
  const found: unknown[] = []
  let after: ExportPlace | null = null
  for (let pages = 1; ; pages += 1) {
    const page = await pageOf(project, table, after)
    if (!page.ok) throw new Error(page.code)
    found.push(...page.value.rows)
    after = page.value.next
    if (after === null) return { rows: found, pages }
  }
}

/** What only the object itself understands: its clock, its promises, its memory of calls that may be repeated and of what it said. */
const INTERNAL = [
  'announced',
  'clock',
  'customer_count',
  'ending',
  'erased',
  'forgotten',
  'outbox',
  'plan_hours',
  'price_moves',
  'readings',
  'replies',
  'restores',
  'schema_version',
  'sign_in_codes',
  'timers',
  'usage_hours',
  'usage_totals',
  'wiping',
]

describe('an export', () => {
  it('knows every table there is', async () => {
    const project = await aProject()
    expect([...EXPORT_TABLES, ...INTERNAL].toSorted()).toEqual(Object.keys(await tables(project)).toSorted())
  })

  it('leaves out only columns that exist, and parses only those that hold JSON', async () => {
    const project = await aProject()
    for (const table of EXPORT_TABLES) {
      const columns = (await rows<{ name: string }>(project, `SELECT name FROM pragma_table_info('${table}')`)).map(
        ({ name }) => name,
      )
      const { without = [], json = [] } = EXPORTED[table]
      expect(columns, table).toEqual(expect.arrayContaining([...without, ...json]))
    }
  })

  it('holds no secret: neither a key nor its hash', async () => {
    const project = await aProject()
    for (const table of EXPORT_TABLES)
      expect(JSON.stringify((await allOf(project, table)).rows), table).not.toContain(SECRET_HASH)
  })

  it('of three thousand rows is whole, a page at a time, each row once', async () => {
    const project = await aProject({ tiers: [tier({ slug: 'free', limit: null })] })
    for (let batch = 0; batch < 3; batch += 1)
      await track(
        project,
        owner,
        Array.from({ length: 1000 }, (_, index) => ({
          meter: 'requests',
          quantity: 1,
          customerId: `u${batch}/${index}`,
        })),
      )
    for (const table of ['customers', 'usage', 'receipts'] as const) {
      const { rows: found, pages } = await allOf(project, table)
      expect(found).toHaveLength(3_000)
      expect(new Set(found.map((row) => JSON.stringify(row))).size).toBe(3_000)
      expect(pages).toBeGreaterThan(5)
    }
  })

  it('is cut where a page is full of bytes, however few rows that is', async () => {
    const project = await aProject({ tiers: [tier({ slug: 'free', limit: null })] })
    const properties = JSON.stringify({ text: 'x'.repeat(4_000) })
    await track(
      project,
      owner,
      Array.from({ length: 300 }, () => ({ meter: 'requests', quantity: 1, customerId: 'u', properties })) as never,
    )
    const first = await pageOf(project, 'receipts')
    if (!first.ok) throw new Error(first.code)
    expect(first.value.rows.length).toBeLessThan(100)
    expect((await allOf(project, 'receipts')).rows).toHaveLength(300)
  })

  it('is refused to a key while the account is blocked, and not to a member', async () => {
    const project = await aProject()
    await project.stub().setStanding({ graceAt: 0, blockedAt: 0 })
    expect(await pageOf(project, 'customers')).toMatchObject({ code: 'subscription_expired' })
    const member = { via: 'member', platformId: 'plt_test', token: null, asserts: null } as const
    expect(await pageOf(project, 'customers', null, member)).toMatchObject({ ok: true })
  })
})
