/** The reports in D1: mirrors of what the objects own, and of no account when they are away. */

import { describe, expect, it } from 'vitest'
import { as, secret, useApp, type Body, type TestProject } from '../support/app.ts'
import { LADDER, wantTier } from '../support/billing.ts'
import { Listener } from '../support/listener.ts'

const app = useApp()

const TABLES = ['project', 'tier', 'customer', 'subscription', 'usage', 'event', 'product', 'variant', 'order'] as const

async function tablesThere(): Promise<Set<string>> {
  const db = await app().server.db()
  const { results } = await db.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all<{ name: string }>()
  return new Set(results.map(({ name }) => name))
}

/** Every row of a project that the reports have, as `kind id revision`. */
async function reported({ projectId, mode }: TestProject): Promise<string[]> {
  const db = await app().server.db()
  const there = await tablesThere()
  const rows: string[] = []
  for (const kind of TABLES.filter((name) => there.has(`${name}_rows`))) {
    const { results } = await db
      .prepare(`SELECT id, revision FROM ${kind}_rows WHERE project_id = ? AND mode = ?`)
      .bind(projectId, mode)
      .all<{ id: string; revision: number }>()
    rows.push(...results.map(({ id, revision }) => `${kind} ${id} ${revision}`))
  }
  return rows.toSorted()
}

/** Every row that the project itself has, from its feed. */
async function owned(project: TestProject): Promise<string[]> {
  const { url } = await app().ok('POST', '/api/feed/tickets', { headers: secret(project) })
  const listener = new Listener(`${url as string}&since=0`)
  await listener.next()
  const { changes } = await listener.next()
  listener.socket.close()
  return (changes as Body[]).map(({ kind, id, revision }) => `${kind} ${id} ${revision}`).toSorted()
}

async function traffic(project: TestProject, people: readonly string[]): Promise<void> {
  for (const id of people) await app().ok('POST', '/api/data', { headers: as(project, id), body: { quantity: 2 } })
  await app().subscribe(project, people[0]!, 'pro')
  await wantTier(app(), project, people[0]!, 'max')
  await app().settle()
}

describe('reports [D4]', () => {
  it('have every row that the project has, at its latest revision', async () => {
    const project = await app().project({ tiers: LADDER })
    await traffic(project, ['a', 'b', 'c'])
    await app().advance('10s')
    const rows = await reported(project)
    expect(rows).toEqual(await owned(project))
    expect(rows.length).toBeGreaterThan(15)
  })

  it('say the same figures as the project’s own dashboard', async () => {
    const project = await app().project({ tiers: LADDER })
    await traffic(project, ['a', 'b', 'c'])
    await app().advance('10s')
    const db = await app().server.db()
    const one = <T>(sql: string) => db.prepare(sql).bind(project.projectId).first<T>()
    const dashboard = await app().ok('GET', '/api/dashboard', { headers: secret(project) })
    const sums = await one<{ used: number; people: number }>(
      'SELECT sum(used) AS used, count(DISTINCT customer_id) AS people FROM usage_rows WHERE project_id = ?',
    )
    expect(sums).toEqual({ used: dashboard.usageThisPeriod, people: 3 })
    const sold = await one<{ mrr: number; held: number }>(
      'SELECT sum(unit_amount * quantity) AS mrr, count(*) AS held FROM subscription_rows WHERE project_id = ? AND access',
    )
    expect(sold).toEqual({ mrr: dashboard.mrr, held: dashboard.activeSubscriptions })
    const known = await one<{ n: number }>(
      'SELECT count(*) AS n FROM customer_rows WHERE project_id = ? AND deleted_at IS NULL',
    )
    expect(known?.n).toBe(dashboard.totalCustomers)
  })

  it('forget a person who was deleted', async () => {
    const project = await app().project({ tiers: LADDER })
    const { id, email } = await app().customer(project)
    await app().ok('POST', '/api/data', { headers: as(project, id) })
    await app().advance('10s')
    const db = await app().server.db()
    const used = db.prepare('SELECT used FROM usage_rows WHERE customer_id = ?').bind(id)
    expect((await used.all()).results).toEqual([{ used: 1 }])
    await app().ok('DELETE', `/api/customers/${id}`, { headers: secret(project) })
    await app().advance('10s')
    expect((await used.all()).results).toEqual([])
    const { results } = await db.prepare('SELECT * FROM customer_rows WHERE id = ?').bind(id).all()
    expect(results).toEqual([expect.objectContaining({ email: null, deleted_at: expect.any(Number) })])
    expect(JSON.stringify(results)).not.toContain(email)
  })

  it('P6: may be away: every call goes on, and they catch up by themselves [F13]', async () => {
    const project = await app().project({ tiers: LADDER })
    await traffic(project, ['a'])
    await app().advance('10s')
    const db = await app().server.db()
    const there = [...(await tablesThere())].filter((name) => name.endsWith('_rows'))
    for (const name of there) await db.prepare(`ALTER TABLE ${name} RENAME TO ${name}_away`).run()

    await traffic(project, ['b', 'c'])
    const { id } = await app().customer(project)
    expect((await app().usage(project, id)).plan).toBe('free')
    expect((await app().usage(project, 'b')).plan).toBe('max')
    const Origin = 'http://localhost:3000'
    const refused = await app().call('GET', '/api/tiers', { headers: { 'X-Publishable-Key': 'pk_wrong', Origin } })
    expect(refused).toMatchObject({ status: 401, body: { code: 'invalid_publishable_key' } })
    expect(refused.headers.get('Access-Control-Allow-Origin')).toBe(Origin)
    await app().advance('1m')

    for (const name of there) await db.prepare(`ALTER TABLE ${name}_away RENAME TO ${name}`).run()
    await app().advance('5m')
    expect(await reported(project)).toEqual(await owned(project))
    expect((await app().ok('GET', '/api/dashboard', { headers: secret(project) })).stuck).toBe(0)
  })

  it('dropped and told everything again, say the same', async () => {
    const project = await app().project({ tiers: LADDER })
    await traffic(project, ['a', 'b', 'c'])
    const { id } = await app().customer(project)
    await app().ok('POST', '/api/data', { headers: as(project, id) })
    await app().ok('DELETE', `/api/customers/${id}`, { headers: secret(project) })
    await app().advance('10s')
    const db = await app().server.db()
    const { results: tables } = await db
      .prepare(
        "SELECT name, sql FROM sqlite_master WHERE type = 'table' AND name GLOB '*_rows' AND name <> 'account_rows'",
      )
      .all<{ name: string; sql: string }>()
    const everything = async () => {
      const said: Record<string, unknown> = {}
      for (const { name } of tables) {
        const rows = db.prepare(`SELECT * FROM ${name} WHERE project_id = ? AND mode = ? ORDER BY id`)
        said[name] = (await rows.bind(project.projectId, project.mode).all()).results
      }
      return said
    }
    const before = await everything()
    for (const { name, sql } of tables) await db.batch([db.prepare(`DROP TABLE ${name}`), db.prepare(sql)])
    expect(await reported(project)).toEqual([])
    const { projectId, mode } = project
    await app().ok('POST', '/sandbox/projects/mirror', { body: { projectId, mode } })
    await app().advance('10s')
    expect(await everything()).toEqual(before)
    expect(await reported(project)).toEqual(await owned(project))
  })

  it('P5: have one schema, made by migrations alone: strict tables that no request changes', async () => {
    const db = await app().server.db()
    const schema = async () =>
      (
        await db
          .prepare("SELECT name, sql FROM sqlite_master WHERE type = 'table' AND name NOT GLOB '_cf*' ORDER BY name")
          .all<{ name: string; sql: string }>()
      ).results
    const before = await schema()
    const project = await app().project({ tiers: LADDER })
    await traffic(project, ['a', 'b'])
    await app().advance('10s')
    expect(await schema()).toEqual(before)
    const ours = before.filter(({ name }) => name !== 'd1_migrations' && !name.startsWith('sqlite_'))
    expect(ours.length).toBeGreaterThan(6)
    for (const { name, sql } of ours) {
      expect(sql, name).toMatch(/\) STRICT$/)
      expect(sql, name).toMatch(/PRIMARY KEY \((project_id, mode|platform_id)/) // the tenant comes first
    }
  })
})
