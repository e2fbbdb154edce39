/** The end of a project, as everybody around it sees it: Stripe, Clerk, the reports, the images, and its siblings. */

import { describe, expect, it } from 'vitest'
import { REPORT_TABLES } from '../../worker/mirror.ts'
import { as, secret, useApp, type Body, type TestProject } from '../support/app.ts'
import { fault, LADDER, noFaults, sessionsAt, stripeOf, subscriptionsAt, wantTier } from '../support/billing.ts'
import { aProduct, aStore, bought, order } from '../support/store.ts'

const app = useApp()

const PNG = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, ...Array.from({ length: 90 }, () => 7)])

const purge = (project: TestProject, facts: object = {}): Promise<Body> =>
  app().ok('POST', '/sandbox/projects/purge', {
    body: { projectId: project.projectId, mode: project.mode, ...facts },
  })
const progress = (project: TestProject): Promise<Body> =>
  app().ok('GET', `/sandbox/projects/purge?projectId=${project.projectId}&mode=${project.mode}`)

/** A shop with something everywhere: a subscriber, an open checkout, an open cart, a sale, an image, people at Clerk. */
async function aBusyShop(facts: object = {}) {
  const { project, products } = await aStore(app(), {
    project: { tiers: LADDER, ...facts },
    products: [aProduct({ options: ['size'], variants: ['S', 'L'].map((size) => variant(size)) })],
  })
  const { key } = await app().ok('POST', '/api/assets', {
    headers: secret(project),
    body: { filename: 'a.png', data: PNG.toString('base64') },
  })
  const subscriber = await app().customer(project)
  await app().subscribe(project, subscriber.id, 'pro')
  await app().ok('POST', '/api/data', { headers: as(project, subscriber.id), body: { quantity: 3 } })
  const wavering = await app().customer(project)
  await wantTier(app(), project, wavering.id, 'max')
  const item = { variantId: products[0].variants[0].id }
  await bought(app(), project, [item])
  const open = await order(app(), project, [{ variantId: products[0].variants[1].id }])
  await app().advance('2s')
  return { project, products, key: key as string, people: [subscriber.id, wavering.id], orderUrl: open.orderUrl }
}
const variant = (size: string) => ({
  sku: null,
  options: { size },
  prices: [{ unitAmount: 1000, currency: 'usd' }],
  stock: 5,
})

/** How many rows the reports have of a project, in whatever table knows projects. */
async function reportRows({ projectId }: TestProject): Promise<Record<string, number>> {
  const db = await app().server.db()
  const { results } = await db
    .prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND sql LIKE '%project_id%'")
    .all<{ name: string }>()
  const counts: Record<string, number> = {}
  for (const { name } of results) {
    const found = await db.prepare(`SELECT count(*) AS n FROM ${name} WHERE project_id = ?`).bind(projectId).first('n')
    if (found !== 0) counts[name] = found as number
  }
  return counts
}

const imagesOf = async ({ projectId }: TestProject): Promise<string[]> =>
  (await (await app().server.images()).list({ prefix: `${projectId}/` })).objects.map(({ key }) => key)

const personAt = (mode: string, id: string) => app().call('GET', `/sandbox/clerk/users/${id}?instance=${mode}`)

/** What the developer's Stripe account and the sandbox show of a project, for comparing before with after. */
async function everythingOf(project: TestProject, people: readonly string[]) {
  const stripe = stripeOf(app(), project)
  const mine = (thing: { metadata: Record<string, string> | null }) =>
    thing.metadata?.['dream_project'] === project.projectId
  const [prices, products] = [await stripe.prices.list({ limit: 100 }), await stripe.products.list({ limit: 100 })]
  return {
    prices: prices.data.filter(mine).map(({ id, active }) => [id, active]),
    products: products.data.filter(mine).map(({ id, active }) => [id, active]),
    sessions: (await sessionsAt(app(), project)).filter(mine).map(({ id, status }) => [id, status]),
    subscriptions: (await subscriptionsAt(app(), project)).filter(mine).map(({ id, status }) => [id, status]),
    images: await imagesOf(project),
    rows: await reportRows(project),
    people: await Promise.all(people.map(async (id) => (await personAt(project.mode, id)).body)),
  }
}

async function expectNothingLeft(project: TestProject, people: readonly string[]): Promise<void> {
  const left = await everythingOf(project, people)
  expect(left.prices.filter(([, active]) => active)).toEqual([])
  expect(left.products.filter(([, active]) => active)).toEqual([])
  expect(left.sessions.filter(([, status]) => status === 'open')).toEqual([])
  expect(left.images).toEqual([])
  expect(left.rows).toEqual({})
  for (const id of people) expect((await personAt(project.mode, id)).status).toBe(404)
}

describe('a purged project', () => {
  it('leaves nothing that could be paid, shown or read, and answers 410', async () => {
    const shop = await aBusyShop()
    const { project, people } = shop
    await app().advance('6s') // the reports are told every five seconds
    const before = await everythingOf(project, people)
    expect(before.prices.length).toBeGreaterThan(2)
    expect(before.sessions.filter(([, status]) => status === 'open')).toHaveLength(2)
    expect(before.images).toHaveLength(1)
    expect(Object.keys(before.rows).length).toBeGreaterThan(7)
    await purge(project)
    await app().advance('1m')
    expect(await progress(project)).toMatchObject({ state: 'done', failure: null, counts: { people: 2, images: 1 } })
    await expectNothingLeft(project, people)
    expect((await subscriptionsAt(app(), project)).map(({ status }) => status)).toEqual(['canceled'])
    for (const path of ['/api/tiers', '/api/customers', '/api/orders', '/api/dashboard'])
      expect(await app().call('GET', path, { headers: secret(project) })).toMatchObject({
        status: 410,
        body: { code: 'project_deleted' },
      })
    expect((await app().call('GET', shop.orderUrl.replace(/^https?:\/\/[^/]+/, ''))).status).toBe(410)
    expect((await app().call('GET', `/api/assets/${shop.key}`)).status).toBe(404)
  })

  it('does not touch its sibling on the same account', async () => {
    const facts = { stripeAccount: `acct_${crypto.randomUUID().slice(0, 8)}`, platformId: 'plt_one' }
    const one = await aBusyShop(facts)
    const other = await aBusyShop(facts)
    const both = await app().customer(one.project, 'both@example.com')
    await app().customer(other.project, 'both@example.com')
    await app().advance('5s')
    const before = await everythingOf(other.project, other.people)
    const customers = await app().ok('GET', '/api/customers', { headers: secret(other.project) })
    await purge(one.project)
    await app().advance('1m')
    expect(await progress(one.project)).toMatchObject({ state: 'done' })
    expect(await everythingOf(other.project, other.people)).toEqual(before)
    expect(await app().ok('GET', '/api/customers', { headers: secret(other.project) })).toEqual(customers)
    const { body: person } = await personAt('test', both.id) // their account is used by the other project
    expect(Object.keys(person.public_metadata.projects)).toEqual([other.project.publishableKey])
    await app().ok('POST', '/api/data', { headers: as(other.project, other.people[0]!), body: { quantity: 1 } })
    expect((await reportRows(other.project))['customer_rows']).toBe(3)
  })

  it('leaves its subscriptions to its owner when it is told to', async () => {
    const { project } = await aBusyShop()
    await purge(project, { cancelSubscriptions: false })
    await app().advance('1m')
    expect(await progress(project)).toMatchObject({ state: 'done' })
    expect((await subscriptionsAt(app(), project)).map(({ status }) => status)).toEqual(['active'])
  })

  it('takes late news of Stripe without a row or an error', async () => {
    const { project } = await aBusyShop()
    const events = await stripeOf(app(), project).events.list({ limit: 100 })
    await purge(project)
    await app().advance('1m')
    const [subscription] = await subscriptionsAt(app(), project)
    await stripeOf(app(), project).customers.update(String(subscription!.customer), { name: 'Late' })
    await app().settle()
    expect(events.data.length).toBeGreaterThan(5)
    expect(await progress(project)).toMatchObject({ state: 'done', failure: null })
    expect(await reportRows(project)).toEqual({})
    expect((await app().call('GET', '/api/events', { headers: secret(project) })).status).toBe(410)
  })
})

describe('a purge resumes after a failure of', () => {
  const FAULTS: readonly [name: string, fault: object][] = [
    ['ending a session', { service: 'stripe', path: '/expire$', kind: 'status', status: 500 }],
    ['ending a session, its answer lost', { service: 'stripe', path: '/expire$', kind: 'timeout_after_commit' }],
    ['canceling a subscription', { service: 'stripe', method: 'DELETE', kind: 'status', status: 500 }],
    [
      'canceling a subscription, its answer lost',
      { service: 'stripe', method: 'DELETE', kind: 'timeout_after_commit' },
    ],
    ['archiving a price', { service: 'stripe', method: 'POST', path: '^/v1/prices/', kind: 'network' }],
    ['archiving a product', { service: 'stripe', method: 'POST', path: '^/v1/products/', kind: 'status', status: 503 }],
    ['reading a person', { service: 'clerk', method: 'GET', kind: 'status', status: 500 }],
    ['telling of a person', { service: 'clerk', method: 'PATCH', kind: 'status', status: 429 }],
    ['deleting a person', { service: 'clerk', method: 'DELETE', kind: 'timeout_after_commit' }],
  ]

  it.each(FAULTS)('%s', async (_, planned) => {
    const { project, people } = await aBusyShop()
    await fault(app(), { ...planned, times: 6 })
    await purge(project)
    await app().settle()
    expect(await progress(project)).toMatchObject({ state: 'running' })
    await noFaults(app())
    await app().advance('2h')
    expect(await progress(project)).toMatchObject({ state: 'done', failure: null })
    await expectNothingLeft(project, people)
    expect((await subscriptionsAt(app(), project)).map(({ status }) => status)).toEqual(['canceled'])
  })

  it('the connection itself: an account that threw us out is left alone', async () => {
    const { project, people } = await aBusyShop()
    await fault(app(), { service: 'stripe', kind: 'status', status: 403, times: 10_000 })
    await purge(project)
    await app().advance('2h')
    await noFaults(app())
    expect(await progress(project)).toMatchObject({ state: 'done' })
    expect(await reportRows(project)).toEqual({})
    for (const id of people) expect((await personAt(project.mode, id)).status).toBe(404)
  })
})

it('no table of the reports is forgotten', async () => {
  const db = await app().server.db()
  const { results } = await db
    .prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND sql LIKE '%project_id%' ORDER BY name")
    .all<{ name: string }>()
  expect(REPORT_TABLES.toSorted()).toEqual(results.map(({ name }) => name))
})
