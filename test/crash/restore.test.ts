/**
 * A project's object is put back as it was three days ago, file by file, as the platform would do it. What happened since is
 * true outside: it must be found again, nothing may be done twice, and nobody may be told of an older past.
 */

import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { App, as, secret, type Body, type TestProject } from '../support/app.ts'
import {
  askFor,
  customerOf,
  fault,
  LADDER,
  noFaults,
  planOf,
  RETURNS,
  stripeOf,
  subscriptionsAt,
  wantTier,
} from '../support/billing.ts'
import { startServer } from '../support/server.ts'
import { aProduct, bought, changeShop, order, orderOf, paid, refund, stockOf, violations } from '../support/store.ts'
import { Disk } from './disk.ts'
import { reports } from './outcome.ts'

const PARTS = ['', '-wal', '-shm']

/** What is at Stripe that may not become more by going back. */
interface AtStripe {
  readonly refunds: readonly string[]
  readonly charges: readonly string[]
  readonly subscriptions: readonly string[]
}

let folder = ''
let app: App
let project: TestProject
let mug: Body
const disk = () => new Disk(join(folder, 'state'))

async function start(): Promise<void> {
  app = new App(await startServer({ port: 0, stateDir: join(folder, 'state') }))
}

async function copyObject(from: string, to: string): Promise<void> {
  for (const part of PARTS) {
    await rm(to + part, { force: true })
    await cp(from + part, to + part).catch(() => {}) // a clean stop leaves one file
  }
}

async function atStripe(): Promise<AtStripe> {
  const stripe = stripeOf(app, project)
  const ids = (list: { data: { id: string }[] }) => list.data.map(({ id }) => id).toSorted()
  return {
    refunds: ids(await stripe.refunds.list({ limit: 100 })),
    charges: ids(await stripe.charges.list({ limit: 100 })),
    subscriptions: ids(await stripe.subscriptions.list({ status: 'all', limit: 100 })),
  }
}

const clerkPlan = (id: string): unknown => {
  const metadata = disk()
    .clerkUsers()
    .find((user) => user.id === id)?.publicMetadata
  return (metadata?.['projects'] as Record<string, unknown> | undefined)?.[project.publishableKey]
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dream-api-restore-'))
  await start()
})
afterAll(async () => {
  await app.server.stop()
  await rm(folder, { recursive: true, force: true })
})

describe('a project that is set back by three days', () => {
  const people: Record<'ann' | 'bob' | 'carl' | 'dora', string> = { ann: '', bob: '', carl: '', dora: '' }
  const sales: Record<'refunded' | 'waiting' | 'later', string> = { refunded: '', waiting: '', later: '' }
  let openSession = ''
  let before: AtStripe
  let told = 0

  it('[F42] is behind Stripe, the reports and the identity provider', { timeout: 120_000 }, async () => {
    project = await app.project({ type: 'store', tiers: LADDER })
    await changeShop(app, project, { holdsPerCustomer: null, holdsPerAddress: null })
    mug = (await app.ok('POST', '/api/products', { headers: secret(project), body: aProduct() })).product
    for (const name of ['ann', 'bob', 'dora'] as const) people[name] = (await app.customer(project)).id
    await app.subscribe(project, people.ann)
    sales.refunded = (await bought(app, project, [{ productId: mug.id, quantity: 2 }])).id
    const waiting = await order(app, project, [{ productId: mug.id }])
    sales.waiting = waiting.orderId
    await fault(app, { service: 'stripe', method: 'POST', path: '/v1/refunds', kind: 'status', status: 500, times: 99 })
    expect((await refund(app, project, sales.refunded, { amount: 1000 })).status).toBe(503) // written down, and owed
    await app.advance('6s') // the reports know of the project
    await app.server.stop()
    const file = disk().fileOf(project.projectId)
    await copyObject(file, join(folder, 'then.sqlite'))

    await start()
    const since = (await app.ok('GET', '/sandbox/clock')).now as number
    await noFaults(app)
    await app.advance('5m')
    expect((await orderOf(app, project, sales.refunded)).amounts.refunded).toBe(1000)
    const [subscription] = await subscriptionsAt(app, project)
    await stripeOf(app, project).subscriptions.cancel(subscription!.id)
    await wantTier(app, project, people.bob, 'max').then(({ sessionId }) => app.pay(sessionId))
    people.carl = (await app.customer(project)).id
    await app.subscribe(project, people.carl)
    await app.ok('DELETE', `/api/customers/${people.dora}`, { headers: secret(project) })
    await paid(app, waiting)
    await app.ok('POST', `/api/variants/${mug.variants[0].id}/stock`, { headers: secret(project), body: { delta: 4 } })
    sales.later = (await bought(app, project, [{ productId: mug.id, quantity: 10 }])).id
    expect((await refund(app, project, sales.later, { amount: 3000 })).status).toBe(200)
    await app.ok('POST', '/api/data', { headers: as(project, people.bob), body: {} })
    await app.advance('3d') // every idempotency key of then is forgotten at Stripe
    openSession = (await order(app, project, [{ productId: mug.id }])).sessionId
    await app.advance('1m')
    before = await atStripe()
    expect(before).toMatchObject({ refunds: { length: 2 }, subscriptions: { length: 3 } })
    told = Number(disk().reports(`SELECT revision FROM project_mirrors`)[0]!['revision'])
    await app.server.stop()

    await copyObject(join(folder, 'then.sqlite'), file)
    await start()
    await fault(app, { service: 'stripe', path: '/v1/checkout/sessions', kind: 'status', status: 500, times: 99 })
    await app.ok('POST', '/sandbox/projects/restored', { body: { projectId: project.projectId, since } })
  })

  it('[F41] sells nothing and gives nothing back before it has caught up', async () => {
    const cart = { items: [{ productId: mug.id }], ...RETURNS }
    const asked = await app.call('POST', '/api/cart/checkout', { headers: secret(project), body: cart })
    expect(asked).toMatchObject({ status: 503, body: { code: 'being_restored' } })
    expect((await askFor(app, project, people.bob)).body.code).toBe('being_restored')
    expect((await refund(app, project, sales.refunded, { amount: 500 })).body.code).toBe('being_restored')
    await noFaults(app)
    await app.advance('5m')
  })

  it('[D1] [F42] agrees with Stripe on every subscription, order and refund', async () => {
    expect(await planOf(app, project, people.ann)).toBe('free')
    expect(await planOf(app, project, people.bob)).toBe('max')
    expect(await planOf(app, project, people.carl)).toBe('pro')
    expect(await orderOf(app, project, sales.refunded)).toMatchObject({ amounts: { refunded: 1000 } })
    expect(await orderOf(app, project, sales.waiting)).toMatchObject({ status: 'paid' })
    expect(await orderOf(app, project, sales.later)).toMatchObject({ amounts: { total: 10_000, refunded: 3000 } })
    const session = await stripeOf(app, project).checkout.sessions.retrieve(openSession)
    expect(session.status).toBe('expired') // nobody may pay what nobody holds
    expect(await app.call('GET', `/api/customers/${people.dora}`, { headers: secret(project) })).toMatchObject({
      status: 404,
    })
    expect((await customerOf(app, project, people.carl)).email).toEqual(expect.any(String))
  })

  it('[T4] keeps its shelf in order', async () => {
    expect(await stockOf(app, project, mug)).toEqual({ onHand: 0, available: 0, reserved: 0 })
    expect(await violations(app)).toEqual([])
  })

  it('charges nobody and refunds nobody a second time', async () => {
    expect(await atStripe()).toEqual(before)
  })

  it('[D4] [D5] tells the reports and the feed the same, under revisions they have not heard of', async () => {
    await app.advance('10s')
    await app.server.stop()
    const stored = disk().project(project.projectId)
    expect(reports(stored, disk())).toEqual([])
    expect(stored.revision).toBeGreaterThan(told)
    const oldest = disk().object(project.projectId, 'SELECT min(revision) AS n FROM customers')[0]!['n']
    expect(Number(oldest)).toBeGreaterThan(told)
    expect([people.ann, people.bob, people.carl].map(clerkPlan)).toEqual(['free', 'max', 'pro'])
    await start()
  })
})
