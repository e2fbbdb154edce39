/** What an owner takes away: whole, countable, readable by a spreadsheet, and nothing in it that opens anything. */

import { describe, expect, it } from 'vitest'
import { EXPORT_TABLES } from '../../sdk/schema/export.ts'
import { as, secret, useApp, type Body, type TestProject } from '../support/app.ts'
import { LADDER, wantTier } from '../support/billing.ts'
import { anEndpoint, tell } from '../support/hooks.ts'
import { aProduct, aStore, bought, cart } from '../support/store.ts'

const app = useApp()

const textOf = (project: TestProject, query = ''): Promise<string> =>
  app().ok('GET', `/api/export${query}`, { headers: secret(project) })

async function exportOf(project: TestProject): Promise<{ head: Body; rows: Body[]; end: Body }> {
  const lines = (await textOf(project))
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Body)
  return { head: lines[0], rows: lines.slice(1, -1), end: lines.at(-1) }
}

/** A shop with a row in most tables. */
async function aLivedInShop() {
  const { project, products } = await aStore(app(), { project: { tiers: LADDER }, products: [aProduct({ stock: 20 })] })
  const { id } = await app().customer(project, 'jane@example.com')
  await app().subscribe(project, id, 'pro')
  await app().ok('POST', '/api/data', {
    headers: { ...as(project, id), 'Idempotency-Key': 'k1' },
    body: { quantity: 2 },
  })
  await wantTier(app(), project, 'other', 'max')
  await app().call('POST', '/api/data', { headers: as(project, 'other'), body: { quantity: 1_000_000 } })
  const order = await bought(app(), project, [{ productId: products[0].id }])
  await app().ok('POST', `/api/orders/${order.id}/refund`, { headers: secret(project), body: { amount: 100 } })
  await cart(app(), project, [{ productId: products[0].id }])
  const here = { url: `${app().server.url}/sandbox/receivers/export`, events: ['order.paid'] }
  const hooks = await anEndpoint(app(), project, here)
  await tell(app(), project, hooks.id, 'rotate', { overlap: '24h' })
  await tell(app(), project, hooks.id, 'test')
  await app().settle()
  return { project, id, order }
}

describe('an export', () => {
  it('says what it is, has every row, and says at its end how many there were', async () => {
    const { project, id, order } = await aLivedInShop()
    const { head, rows, end } = await exportOf(project)
    expect(head).toMatchObject({
      type: 'export',
      of: 'dream-api',
      version: 1,
      projectId: project.projectId,
      mode: 'test',
      tables: EXPORT_TABLES,
      at: expect.any(Number),
    })
    const counted: Record<string, number> = Object.fromEntries(EXPORT_TABLES.map((table) => [table, 0]))
    for (const { table } of rows) counted[table] = (counted[table] ?? 0) + 1
    expect(end).toEqual({ type: 'end', counts: counted })
    const empty = EXPORT_TABLES.filter((table) => counted[table] === 0)
    expect(empty).toEqual(['credits', 'images', 'disputes', 'sessions'])
    const of = (table: string) => rows.filter((line) => line.table === table).map(({ row }) => row)
    expect(of('customers')).toContainEqual(expect.objectContaining({ id, email: 'jane@example.com' }))
    expect(of('orders')).toContainEqual(expect.objectContaining({ id: order.id, number: order.number, refunded: 100 }))
    expect(of('settings')).toMatchObject([{ projectId: project.projectId, allowedOrigins: expect.any(Array) }])
  })

  it('opens nothing: no key, no hash, no page where something can be paid', async () => {
    const { project } = await aLivedInShop()
    const text = await textOf(project)
    expect(text).not.toMatch(
      /\b(?:sk|rk)_(?:test|live)_|whsec_|"hash"|client_secret|checkout\/c\/pay|\/sandbox\/stripe\/checkout/,
    )
    expect(text).not.toContain(project.secretKey.slice(-20))
    expect(text).toContain(project.publishableKey) // which anybody may know
  })

  it('of one table is a CSV that no spreadsheet runs', async () => {
    const { project } = await aStore(app())
    const body = { email: 'eve@example.com', firstName: '=HYPERLINK("http://evil","x")', lastName: '+1, "two"' }
    await app().ok('POST', '/api/customers', { headers: secret(project), body })
    const answer = await app().call('GET', '/api/export?table=customers&format=csv', { headers: secret(project) })
    expect(answer.headers.get('Content-Type')).toBe('text/csv; charset=utf-8')
    expect(answer.headers.get('Content-Disposition')).toBe(
      `attachment; filename="${project.projectId}-test-customers.csv"`,
    )
    const [header, row, ...rest] = String(answer.body).split('\r\n')
    expect(header).toMatch(/^id,email,firstName,lastName,/)
    expect(row).toContain(`,eve@example.com,"'=HYPERLINK(""http://evil"",""x"")","'+1, ""two""",`)
    expect(rest).toEqual([''])
  })

  it('of ten thousand rows is whole', async () => {
    const project = await app().project({
      tiers: [{ ...LADDER[0], limits: { requests: { limit: null, period: 'month' } } }],
    })
    for (let batch = 0; batch < 10; batch += 1)
      await app().ok('POST', '/api/usage/batch', {
        headers: secret(project),
        body: {
          items: Array.from({ length: 1000 }, (_, index) => ({ customerId: `u${batch}-${index}`, quantity: 1 })),
        },
      })
    const { rows, end } = await exportOf(project)
    expect(end.counts).toMatchObject({ customers: 10_000, usage: 10_000, receipts: 10_000 })
    expect(new Set(rows.filter(({ table }) => table === 'customers').map(({ row }) => row.id)).size).toBe(10_000)
  })

  it('is refused in words that help', async () => {
    const project = await app().project()
    for (const query of ['?format=csv', '?table=secrets', '?table=customers&table=keys', '?all=1'])
      expect(await app().call('GET', `/api/export${query}`, { headers: secret(project) })).toMatchObject({
        status: 400,
        body: { code: 'invalid_request' },
      })
    await app().ok('POST', '/sandbox/projects/close', { body: { projectId: project.projectId } })
    expect((await app().call('GET', '/api/export', { headers: secret(project) })).status).toBe(410)
  })

  it('can be left in the middle', async () => {
    const project = await app().project()
    await app().ok('POST', '/api/usage/batch', {
      headers: secret(project),
      body: { items: Array.from({ length: 900 }, (_, index) => ({ customerId: `u${index}`, quantity: 1 })) },
    })
    const response = await fetch(`${app().server.url}/api/export`, { headers: secret(project) })
    const reader = response.body!.getReader()
    await reader.read()
    await reader.cancel()
    expect((await exportOf(project)).end.counts.customers).toBe(900)
  })
})
