/** The owner's client: exports that are read as they arrive, images, and the same in a project without a key. */

import { createServer } from 'node:http'
import { expect, it } from 'vitest'
import { DreamAccount, DreamAdmin } from '../../sdk/account.ts'
import { useApp, type TestProject } from '../support/app.ts'
import { LADDER } from '../support/billing.ts'

const app = useApp()
const owner = ({ secretKey }: TestProject) => new DreamAdmin({ secretKey, baseUrl: app().server.url })

it('walks every stored row of a project, or of one table, and gives a table as CSV', async () => {
  const project = await app().project({ tiers: LADDER })
  const admin = owner(project)
  const ids = Array.from({ length: 120 }, (_, index) => `u${index}`)
  await admin.usage.batch(ids.map((customerId) => ({ customerId })))
  const tables = new Map<string, number>()
  for await (const { table } of admin.exports.rows()) tables.set(table, (tables.get(table) ?? 0) + 1)
  expect(tables.get('customers')).toBe(120)
  expect(tables.get('tiers')).toBe(3)
  const found: unknown[] = []
  for await (const { table, row } of admin.exports.rows({ table: 'customers' })) found.push(table, row['id'])
  expect(new Set(found)).toEqual(new Set(['customers', ...ids]))
  const lines = (await (await admin.exports.csv('customers')).text()).trim().split('\n')
  expect(lines).toHaveLength(121)
  await expect(admin.exports.csv('nonsense' as 'orders')).rejects.toMatchObject({ reason: 'invalid_request' })
})

it('does not take an export that was cut off for a whole one', async () => {
  const server = createServer((_, response) =>
    response.end('{"type":"export"}\n{"type":"row","table":"keys","row":{}}\n'),
  )
  const port = await new Promise<number>((resolve) =>
    server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port)),
  )
  const admin = new DreamAdmin({ secretKey: 'sk_test_x', baseUrl: `http://127.0.0.1:${port}` })
  const walk = async () => {
    for await (const { table } of admin.exports.rows()) expect(table).toBe('keys')
  }
  await expect(walk()).rejects.toMatchObject({ reason: 'invalid_answer', message: 'The export was cut off.' })
  server.closeAllConnections()
  server.close()
})

it('stores an image of a size that an argument list could not hold, byte for byte', async () => {
  const project = await app().project({ type: 'store' })
  const image = new Uint8Array(300_000).map((_, index) => index % 251)
  image.set([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
  const { absoluteUrl } = await owner(project).images.upload(new Blob([image]))
  const stored = await fetch(absoluteUrl).then((response) => response.arrayBuffer())
  expect(Buffer.from(stored).equals(Buffer.from(image))).toBe(true)
})

it('does the same in a project without a key, for a member', async () => {
  const member = await app().member()
  const account = new DreamAccount({ session: () => app().memberToken(member), baseUrl: app().server.url })
  const { project, keys } = await account.projects.create({ name: 'Acme', type: 'saas' })
  const inside = account.project(project.projectId, 'test')
  expect((await inside.settings.get()).project.publishableKey).toBe(keys.test.publishableKey)
  await inside.keys.create({ name: 'reports', scopes: ['read'] })
  expect((await inside.keys.list()).keys.map(({ name }) => name)).toContain('reports')
})
