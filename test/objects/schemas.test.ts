import { evictDurableObject, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { ACCOUNT_STEPS } from '../../objects/account.ts'
import { CONNECTION_STEPS } from '../../objects/connection.ts'
import { FEED_STEPS } from '../../objects/feed.ts'
import { migrate, type Step } from '../../objects/migrations.ts'
import { PERSON_STEPS } from '../../objects/person.ts'
import { REGISTRY_STEPS } from '../../objects/registry.ts'
import { Store } from '../../objects/store.ts'
import { START } from '../support/time.ts'

/** What an object of the first version may hold, and its name. Projects have a file of their own. */
interface Kind {
  readonly name: string
  readonly steps: readonly Step[]
  readonly at: (id: string) => DurableObjectStub
  readonly rows: readonly string[]
}

const KINDS: readonly Kind[] = [
  {
    name: 'an account',
    steps: ACCOUNT_STEPS,
    at: (id) => env.ACCOUNT.getByName(id),
    rows: [
      `INSERT INTO projects (project_id, name, type, created_at, test_at) VALUES ('p1', 'Shop', 'store', ${START}, ${START})`,
    ],
  },
  {
    name: 'a connection',
    steps: CONNECTION_STEPS,
    at: (id) => env.CONNECTION.getByName(id),
    rows: [
      "INSERT INTO owner (one, platform_id) VALUES (1, 'plt_1')",
      `INSERT INTO members (project_id, since) VALUES ('p1', ${START})`,
    ],
  },
  {
    name: 'a feed',
    steps: FEED_STEPS,
    at: (id) => env.FEED.getByName(id),
    rows: [`INSERT INTO tickets (ticket, expires_at) VALUES ('hash', ${START})`],
  },
  {
    name: 'a person',
    steps: PERSON_STEPS,
    at: (id) => env.PERSON.getByName(id),
    rows: [`INSERT INTO accounts (platform_id, own, since) VALUES ('plt_1', 1, ${START})`],
  },
]

const VERSIONS = KINDS.flatMap((kind) => kind.steps.map((_, index) => [kind.name, index + 1, kind] as const))

/** Columns and indexes, however they came to be there, and every row. */
const stored = (stub: DurableObjectStub) =>
  runInDurableObject(stub, (_, { storage: { sql } }) => {
    const columns = sql
      .exec(
        `SELECT t.name AS owner, t.strict, c.name, c.type, c."notnull" FROM pragma_table_list t, pragma_table_info(t.name) c
         WHERE t.type = 'table' AND t.name NOT GLOB '_cf_*' AND t.name NOT GLOB 'sqlite_*' ORDER BY t.name, c.name`,
      )
      .toArray()
    const indexes = sql.exec("SELECT name FROM sqlite_schema WHERE type = 'index' ORDER BY name").toArray()
    const names = new Set(columns.map(({ owner }) => String(owner)))
    const rows = Object.fromEntries([...names].map((name) => [name, sql.exec(`SELECT * FROM ${name}`).toArray()]))
    return { shape: { columns, indexes }, rows }
  })

describe('an object of an earlier version', () => {
  it.each(VERSIONS)('%s of version %i becomes the same as a new one, and keeps every row', async (_, version, kind) => {
    const fresh = await stored(kind.at(crypto.randomUUID()))
    const id = crypto.randomUUID()
    await runInDurableObject(kind.at(id), async (_object, state) => {
      await state.storage.deleteAll()
      const store = new Store(state.storage)
      state.storage.transactionSync(() => {
        migrate(store, kind.steps.slice(0, 1))
        for (const statement of kind.rows) store.run(statement)
        migrate(store, kind.steps.slice(0, version))
      })
    })
    const before = await stored(kind.at(id))
    await evictDurableObject(kind.at(id))
    const after = await stored(kind.at(id))
    expect(after.shape).toEqual(fresh.shape)
    for (const [name, list] of Object.entries(before.rows))
      if (name !== 'schema_version') expect(after.rows[name]).toMatchObject(list)
    expect(after.rows['schema_version']).toEqual([{ version: kind.steps.length }])
  })

  it('has only STRICT tables, of whatever kind it is', async () => {
    for (const kind of KINDS) {
      const { columns } = (await stored(kind.at(crypto.randomUUID()))).shape
      expect(columns.length, kind.name).toBeGreaterThan(1)
      expect(columns.filter(({ strict }) => strict !== 1)).toEqual([])
    }
  })
})

/** The text of each step as it was released. Objects in the field have run it: append a step, never edit one; a new one is added here when it is released. */
const RELEASED: readonly [name: string, steps: readonly Step[], hashes: readonly string[]][] = [
  ['account', ACCOUNT_STEPS, ['05998e79e1746697', '5de3d1941b0ecb2a']],
  ['connection', CONNECTION_STEPS, ['8a94d65b02f7fa13', '447a4d714f00a2d0']],
  ['feed', FEED_STEPS, ['26d7415f995c08f4', 'cc87a85b7d9cffcd', '1c92fa8557545769']],
  ['person', PERSON_STEPS, ['340516785af980c8']],
  ['registry', REGISTRY_STEPS, ['df06413273ad3ce1']],
]

it.each(RELEASED)('the steps of the %s are appended, never edited', async (_, steps, hashes) => {
  const now = await Promise.all(
    steps.map(async (step) => {
      const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(JSON.stringify(step)))
      return Array.from(new Uint8Array(digest).slice(0, 8), (byte) => byte.toString(16).padStart(2, '0')).join('')
    }),
  )
  expect(now.slice(0, hashes.length)).toEqual(hashes)
})
