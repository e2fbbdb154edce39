import { runInDurableObject } from 'cloudflare:test'
import { describe, expect, it } from 'vitest'
import { migrate } from '../../objects/migrations.ts'
import { PROJECT_STEPS } from '../../objects/schema.ts'
import { Store } from '../../objects/store.ts'
import { left } from '../support/callers.ts'
import { evict, rows, tables, type Reachable } from '../support/inside.ts'
import { aProject, asserting, SECRET_HASH, use } from '../support/project.ts'
import { holdTime, START } from '../support/time.ts'

holdTime()

/** Rows as objects of each version hold them, by the version that made their tables. A new step may bring its own. */
const ROWS: readonly (readonly string[])[] = [
  [
    `INSERT INTO settings (one, project_id, mode, platform_id, publishable_key, type, name, charges_enabled,
       allowed_origins, automatic_tax, created_at, revision)
     VALUES (1, 'old', 'test', 'plt_1', 'pk_test_old', 'saas', 'An old project', 0, '[]', 0, ${START}, 1)`,
    `INSERT INTO keys (hash, name, last4, scopes, created_at)
     VALUES ('${SECRET_HASH}', 'default', 'aaaa', 'read usage billing admin', ${START})`,
    `INSERT INTO tiers (slug, display_name, description, features, popular, limits, position, created_at, revision)
     VALUES ('free', 'Free', '', '[]', 0, '{"requests":{"limit":10,"period":"month"}}', 0, ${START}, 1)`,
    `INSERT INTO tier_prices (tier, interval, currency, unit_amount, position) VALUES ('free', 'month', 'usd', 0, 0)`,
    `INSERT INTO customers (id, origin, created_at, revision) VALUES ('u1', 'asserted', ${START}, 2)`,
    `INSERT INTO usage (customer_id, meter, period_start, period_end, used, updated_at, revision)
     VALUES ('u1', 'requests', ${Date.UTC(2030, 0, 1)}, ${Date.UTC(2030, 1, 1)}, 4, ${START}, 2)`,
    `INSERT INTO receipts (id, customer_id, meter, period_start, quantity, at)
     VALUES (1, 'u1', 'requests', ${Date.UTC(2030, 0, 1)}, 4, ${START})`,
    'UPDATE clock SET revision = 2, sequence = 1',
  ],
]

/** Turns a project's storage into that of an object which was made at a version and has slept since. */
const asOfVersion = (project: Reachable, version: number) =>
  runInDurableObject(project.stub(), async (_, state) => {
    await state.storage.deleteAll()
    const store = new Store(state.storage)
    state.storage.transactionSync(() => {
      for (let step = 1; step <= version; step += 1) {
        migrate(store, PROJECT_STEPS.slice(0, step))
        for (const statement of ROWS[step - 1] ?? []) store.run(statement)
      }
    })
  })

/** Columns of every table, however they came to be there. */
async function shape(project: Reachable) {
  const columns = await rows<{ owner: string; name: string; type: string; needed: number }>(
    project,
    `SELECT t.name AS owner, c.name, c.type, c."notnull" AS needed FROM pragma_table_list t, pragma_table_info(t.name) c
     WHERE t.type = 'table' AND t.name NOT GLOB '_cf_*' AND t.name NOT GLOB 'sqlite_*' ORDER BY t.name, c.name`,
  )
  const indexes = await rows<{ name: string }>(
    project,
    "SELECT name FROM sqlite_schema WHERE type = 'index' ORDER BY name",
  )
  return { columns, indexes }
}

const versions = PROJECT_STEPS.map((_, index) => index + 1)

describe('a project of an earlier version [F3]', () => {
  it.each(versions)('%d becomes the same as a new one, and keeps every value of its rows', async (version) => {
    const project = await aProject()
    const wanted = await shape(project)
    await asOfVersion(project, version)
    const before = await tables(project)
    await evict(project)
    expect(await project.stub().broken()).toEqual([])
    expect(await shape(project)).toEqual(wanted)
    const after = await tables(project)
    for (const [name, list] of Object.entries(before))
      if (name !== 'schema_version') expect(after[name]).toMatchObject(list)
    expect(after['schema_version']).toEqual([{ version: PROJECT_STEPS.length }])
  })

  it.each(versions)('%d serves at once: the count goes on where it was', async (version) => {
    const project = await aProject()
    await asOfVersion(project, version)
    await evict(project)
    expect((await left(project, asserting('u1'))).used).toBe(4)
    expect(await use(project, 'u1', { quantity: 6 })).toMatchObject({ ok: true, value: { usage: { used: 10 } } })
    expect(await use(project, 'u1')).toMatchObject({ code: 'limit_reached' })
  })
})

describe('a schema', () => {
  it('of a newer version is refused and left alone', async () => {
    const project = await aProject()
    const before = await tables(project)
    const refused = await runInDurableObject(project.stub(), (_, state) => {
      const store = new Store(state.storage)
      try {
        state.storage.transactionSync(() => migrate(store, PROJECT_STEPS.slice(0, -1)))
        return null
      } catch (error) {
        return String(error)
      }
    })
    expect(refused).toMatch(/newer than this code/)
    expect(await tables(project)).toEqual(before)
  })

  it('that breaks in the middle of its steps changes nothing', async () => {
    const project = await aProject()
    const before = await shape(project)
    await runInDurableObject(project.stub(), (_, state) => {
      const broken = [...PROJECT_STEPS, ['CREATE TABLE half (a INTEGER) STRICT', 'CREATE TABLE settings (one INTEGER)']]
      const store = new Store(state.storage)
      expect(() => state.storage.transactionSync(() => migrate(store, broken))).toThrow(/already exists/)
    })
    expect(await shape(project)).toEqual(before)
    expect(await rows(project, 'SELECT version FROM schema_version')).toEqual([{ version: PROJECT_STEPS.length }])
  })

  it('run again does nothing', async () => {
    const project = await aProject()
    const before = await tables(project)
    await evict(project)
    await evict(project)
    expect(await tables(project)).toEqual(before)
  })

  it('has only STRICT tables', async () => {
    const project = await aProject()
    const list = await rows<{ name: string; strict: number }>(
      project,
      "SELECT name, strict FROM pragma_table_list WHERE type = 'table' AND name NOT GLOB '_cf_*' AND name NOT GLOB 'sqlite_*'",
    )
    expect(list.length).toBeGreaterThan(10)
    expect(list.filter(({ strict }) => strict !== 1)).toEqual([])
  })
})

describe('the steps', () => {
  /** The text of each step as it was released. Objects in the field have run it: append a step, never edit one. */
  const RELEASED: readonly string[] = [
    '7230c6e744e29239',
    'f7b992ede38b5631',
    'a608ee13597fdd84',
    '983c1fe9b7a9ebfc',
    'f351c9e7aa709e88',
    'f348f46156110713',
    '70111c8bfeeda83b',
    'aeb8068ed18e600a',
    '969930a9ba0adbe2',
    '7499f408b89e5e0a',
    '9c7b312bbbf09e7d',
    '95bb95778e6045ca',
    '2d9f3f5fe70b8ef5',
    '923566e83af37469',
    '8bcdbb3cf6710a8f',
    '626d2e9c2bd9e2bf',
    'f6762ae36cef8765',
    'aa977fb63131c523',
    '77ae9bfa1a2676bd',
    '38e31b9fec040779',
    'f71a1ed41ad03510',
    'c3537a65b0db4359',
    '9b607b8ae21b4713',
    '635db079ac83c6f9',
  ]

  it('are appended, never edited', async () => {
    const hashes = await Promise.all(
      PROJECT_STEPS.map(async (step) => {
        const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(JSON.stringify(step)))
        return Array.from(new Uint8Array(digest).slice(0, 8), (byte) => byte.toString(16).padStart(2, '0')).join('')
      }),
    )
    expect(hashes).toEqual(RELEASED)
  })
})
