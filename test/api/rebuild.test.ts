/** The reports, lost and rebuilt from what the objects hold. */

import { execFile } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import { secret, useApp, type Body, type TestProject } from '../support/app.ts'
import { LADDER } from '../support/billing.ts'
import { bought } from '../support/store.ts'

const app = useApp()

const migrations = join(import.meta.dirname, '../../worker/migrations')
const isMirror = ({ name }: { name: string }) => /_(rows|mirrors|days)$/.test(name)

async function tables(): Promise<string[]> {
  const db = await app().server.db()
  const { results } = await db.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all<{ name: string }>()
  return results.filter(isMirror).map(({ name }) => name)
}

/** Every row of every table; when a project was told last is no fact of it. */
async function everything(): Promise<Record<string, string[]>> {
  const db = await app().server.db()
  const said: Record<string, string[]> = {}
  for (const name of await tables()) {
    const { results } = await db.prepare(`SELECT * FROM ${name}`).all<Body>()
    said[name] = results.map(({ as_of: _, ...row }) => JSON.stringify(row)).toSorted()
  }
  return said
}

/** Drops every table and makes them again, as a new database is made. */
async function lose(): Promise<void> {
  const db = await app().server.db()
  await db.batch((await tables()).map((name) => db.prepare(`DROP TABLE ${name}`)))
  for (const name of (await readdir(migrations)).filter((file) => file.endsWith('.sql')).toSorted()) {
    const text = (await readFile(join(migrations, name), 'utf8')).replaceAll(/^--.*$/gm, '')
    const statements = text.split(';').filter((statement) => statement.trim() !== '')
    await db.batch(statements.map((statement) => db.prepare(statement)))
  }
}

async function rebuild(): Promise<{ accounts: number; projects: number }> {
  const { token } = await app().ok('POST', '/sandbox/access/token', { body: {} })
  const headers = { 'Cf-Access-Jwt-Assertion': token as string }
  const asked = { accounts: 0, projects: 0 }
  for (let after: string | null = ''; after !== null;) {
    const page: Body = await app().ok('POST', '/admin/mirror/rebuild', { headers, body: { after } })
    asked.accounts += page.accounts
    asked.projects += page.projects
    after = page.next
  }
  return asked
}

it('dropped, migrated and rebuilt, every table has every row that it had', { timeout: 120_000 }, async () => {
  const made: TestProject[] = []
  for (let account = 0; account < 12; account += 1) {
    const owner = await app().member()
    const body = { name: `Of ${account}`, type: 'saas', tiers: LADDER }
    const { project, keys } = await app().okAsMember(owner, 'POST', '/account/projects', { body })
    made.push({ projectId: project.projectId, mode: 'test', stripeAccount: null, ...keys.test })
  }
  for (const project of made.slice(0, 3)) {
    const { id } = await app().customer(project)
    for (const one of ['a', 'b', id])
      await app().ok('POST', '/api/data', { headers: { ...secret(project), 'X-User-Id': one } })
    await app().ok('DELETE', `/api/customers/${id}`, { headers: secret(project) }) // forgotten, then told again
  }
  const owner = await app().member()
  const body = { name: 'Goes', type: 'saas' }
  const { project: gone } = await app().okAsMember(owner, 'POST', '/account/projects', { body })
  await app().okAsMember(owner, 'DELETE', `/account/projects/${gone.projectId}`, { body: { confirm: 'Goes' } })
  const demo: Body[] = await app().ok('GET', '/sandbox/demo')
  const [saas, store] = ['saas', 'store'].map((type) => demo.find((project) => project.type === type)!)
  await app().subscribe(saas, saas.customers[0].id, 'pro')
  await bought(app(), store, [{ variantId: store.products[0].variants[0].id }])
  await app().settle()
  await app().advance('1h')
  const before = await everything()
  expect(before['account_rows']).toHaveLength(14)
  expect(before['project_rows']!.join()).not.toContain(gone.projectId)
  expect(Object.entries(before).filter(([, rows]) => rows.length === 0)).toEqual([]) // something of everything

  await lose()
  expect(Object.values(await everything()).flat()).toEqual([])
  expect(await rebuild()).toEqual({ accounts: 14, projects: 15 })
  await app().advance('1m')
  // To be told anew is a write of its own: what is told whole says at which revision it is.
  const facts = (rows: Record<string, string[]>) =>
    Object.fromEntries(
      Object.entries(rows).map(([name, list]) => [
        name,
        ['account_rows', 'project_mirrors', 'usage_days'].includes(name)
          ? list.map((row) => row.replace(/"revision":\d+/, '')).toSorted()
          : list,
      ]),
    )
  expect(facts(await everything())).toEqual(facts(before))
})

it('one account is rebuilt by its name, as the command does', async () => {
  const owner = await app().member()
  const { account } = await app().okAsMember(owner, 'GET', '/account')
  await app().advance('10s')
  const db = await app().server.db()
  const row = db.prepare('SELECT email FROM account_rows WHERE platform_id = ?').bind(account.platformId)
  await db.prepare('DELETE FROM account_rows WHERE platform_id = ?').bind(account.platformId).run()
  const { stdout } = await promisify(execFile)(process.execPath, [
    'scripts/mirrorRebuild.ts',
    '--url',
    app().server.url,
    '--account',
    account.platformId,
  ])
  expect(stdout).toBe('1 accounts and 0 projects are telling the reports everything.\n')
  await app().settle()
  expect(await row.first()).toEqual({ email: owner.email })
})
