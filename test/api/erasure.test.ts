/** A person who wants to know what is stored about them, or to be forgotten. */

import { describe, expect, it } from 'vitest'
import { as, secret, useApp, type Body, type TestProject } from '../support/app.ts'
import {
  askFor,
  fault,
  LADDER,
  noFaults,
  onlyOne,
  sessionsAt,
  stripeOf,
  subscriptionsAt,
  wantTier,
} from '../support/billing.ts'
import { aProduct, aStore, bought, orderOf } from '../support/store.ts'

const app = useApp()

const erase = (project: TestProject, id: string, query = '') =>
  app().call('DELETE', `/api/customers/${id}${query}`, { headers: secret(project) })

/** Somebody who has done everything: bought a tier, counted calls, ordered signed in and as a guest. */
async function aRegular() {
  const { project, products } = await aStore(app(), {
    project: { tiers: LADDER },
    shop: { shippingCountries: ['DE'], collectPhone: true },
    products: [aProduct()],
  })
  const email = `jane-${crypto.randomUUID().slice(0, 8)}@example.com`
  const headers = { ...secret(project), 'Idempotency-Key': 'make-jane' }
  const { customer } = await app().ok('POST', '/api/customers', {
    headers,
    body: { email, firstName: 'Jane', lastName: 'Doe' },
  })
  await app().subscribe(project, customer.id, 'pro')
  await app().ok('POST', '/api/data', {
    headers: as(project, customer.id),
    body: { quantity: 2, properties: { note: `asked by ${email}` } },
  })
  const items = [{ productId: products[0].id }]
  const own = await bought(app(), project, items, { headers: as(project, customer.id), body: { email } })
  const guest = await bought(app(), project, items, { body: { email: email.toUpperCase() } })
  await app().settle()
  return { project, products, id: customer.id as string, email, own, guest }
}

/** Everything the project has stored, as its owner can take it away, and every row of the reports. */
async function everywhere(project: TestProject): Promise<string> {
  const db = await app().server.db()
  const { results } = await db
    .prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND sql LIKE '%project_id%'")
    .all<{ name: string }>()
  const reports = await Promise.all(
    results.map(async ({ name }) =>
      JSON.stringify(
        (await db.prepare(`SELECT * FROM ${name} WHERE project_id = ?`).bind(project.projectId).all()).results,
      ),
    ),
  )
  const stored: string = await app().ok('GET', '/api/export', { headers: secret(project) })
  return [stored, ...reports].join('\n').toLowerCase()
}

describe('a customer’s export', () => {
  it('is everything stored about them, and nothing about anybody else', async () => {
    const { project, id, email, own, guest } = await aRegular()
    const other = await app().customer(project)
    await app().call('POST', '/api/data', { headers: as(project, id), body: { quantity: 1_000_000 } })
    const { export: all } = await app().ok('GET', `/api/customers/${id}/export`, { headers: secret(project) })
    const cus = onlyOne(await subscriptionsAt(app(), project)).customer
    expect(all).toMatchObject({
      customer: { id, email, firstName: 'Jane', lastName: 'Doe' },
      identities: { clerkUserId: id, stripeAccount: project.stripeAccount, stripeCustomerId: cus },
      subscriptions: [{ tier: 'pro', status: 'active' }],
      usage: [{ meter: 'requests', used: 2 }],
      receipts: [{ quantity: 2, properties: { note: `asked by ${email}` } }],
      declined: [{ why: 'refused', calls: 1, quantity: 1_000_000 }],
      milestones: [{ what: 'refused', meter: 'requests' }],
    })
    expect(all.orders.map((order: Body) => order.id).toSorted()).toEqual([own.id, guest.id].toSorted())
    expect(all.orderLines).toHaveLength(2)
    expect(all.events.length).toBeGreaterThan(3)
    expect(JSON.stringify(all)).not.toContain(other.email)
    const { export: none } = await app().ok('GET', `/api/customers/${other.id}/export`, { headers: secret(project) })
    expect(JSON.stringify(none)).not.toContain(email)
    expect(none).toMatchObject({ orders: [], events: [], usage: [] })
    expect((await app().call('GET', '/api/customers/nobody/export', { headers: secret(project) })).status).toBe(404)
  })
})

describe('an erased customer', () => {
  it('leaves no trace of their address or name in any table, and their orders keep what bookkeeping needs', async () => {
    const { project, id, email, own } = await aRegular()
    expect(await everywhere(project)).toContain(email)
    expect(await erase(project, id)).toMatchObject({ status: 200, body: { success: true, deleted: { id, email } } })
    await app().advance('2m')
    const left = await everywhere(project)
    expect(left).not.toContain(email)
    expect(left).not.toContain('jane')
    const order = await orderOf(app(), project, own.id)
    const nobody = { id, email: null, name: null, phone: null }
    expect(order).toMatchObject({ number: own.number, amounts: own.amounts, customer: nobody, shipping: null })
    expect(order.lines).toEqual(own.lines)
    expect((await app().call('GET', `/sandbox/clerk/users/${id}?instance=test`)).status).toBe(404)
    expect((await sessionsAt(app(), project)).every(({ status }) => status !== 'open')).toBe(true)
    expect(onlyOne(await subscriptionsAt(app(), project)).status).toBe('canceled')
  })

  it('is not brought back by what Stripe says of them later', async () => {
    const { project, id, email } = await aRegular()
    const [subscription] = await subscriptionsAt(app(), project)
    await app().ok('POST', '/sandbox/stripe/delivery', { body: { paused: true } })
    const stripe = stripeOf(app(), project)
    await stripe.customers.update(String(subscription!.customer), { name: 'Jane Again', email })
    await erase(project, id)
    await app().ok('POST', '/sandbox/stripe/delivery', { body: { paused: false } })
    await stripe.customers.update(String(subscription!.customer), { description: `still ${email}` })
    await app().settle()
    await app().advance('5d') // the daily sweep asks for what was missed
    const left = await everywhere(project)
    expect(left).not.toContain(email)
    expect(left).not.toContain('jane again')
  })

  it('may be erased twice, and the second time answers like the first', async () => {
    const { project, id } = await aRegular()
    const first = await erase(project, id)
    const second = await erase(project, id)
    expect(second).toMatchObject({ status: 200, body: { ...first.body, deleted: { id, email: null } } })
    expect((await erase(project, 'nobody')).status).toBe(404)
  })

  it('may be erased by many at once', async () => {
    const { project, id, email } = await aRegular()
    const answers = await Promise.all(Array.from({ length: 5 }, () => erase(project, id)))
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200])
    await app().advance('1m')
    expect(await everywhere(project)).not.toContain(email)
  })

  it('keeps their record at Stripe, where invoices are, unless it is to go', async () => {
    for (const [query, deleted] of [
      ['', undefined],
      ['?stripe=delete', true],
    ] as const) {
      const { project, id } = await aRegular()
      const cus = String(onlyOne(await subscriptionsAt(app(), project)).customer)
      await erase(project, id, query)
      await app().settle()
      expect((await stripeOf(app(), project).customers.retrieve(cus)).deleted).toBe(deleted)
    }
    const project = await app().project()
    expect((await erase(project, 'u', '?stripe=maybe')).status).toBe(400)
  })

  it('[D2] is not made anew by the call that made them, which is answered without them', async () => {
    const { project, id, email } = await aRegular()
    const again = () =>
      app().call('POST', '/api/customers', {
        headers: { ...secret(project), 'Idempotency-Key': 'make-jane' },
        body: { email, firstName: 'Jane', lastName: 'Doe' },
      })
    const first = (await again()).body.customer
    expect(first).toMatchObject({ id, email, firstName: 'Jane' })
    await erase(project, id)
    await app().settle()
    const { status, body } = await again()
    const nobody = { email: null, firstName: null, lastName: null }
    expect({ status, customer: body.customer }).toEqual({ status: 201, customer: { ...first, ...nobody } })
    expect((await app().ok('GET', '/api/customers', { headers: secret(project) })).customers).toEqual([])
    expect((await app().call('GET', `/sandbox/clerk/users/${id}?instance=test`)).status).toBe(404)
  })

  it('comes back as somebody new', async () => {
    const { project, id, email } = await aRegular()
    const before = String(onlyOne(await subscriptionsAt(app(), project)).customer)
    await erase(project, id)
    await app().settle()
    const again = await app().customer(project, email)
    await app().subscribe(project, again.id, 'pro')
    const [subscription] = await subscriptionsAt(app(), project)
    expect(subscription).toMatchObject({ status: 'active' })
    expect(subscription!.customer).not.toBe(before)
    const { export: all } = await app().ok('GET', `/api/customers/${again.id}/export`, { headers: secret(project) })
    expect(all).toMatchObject({ orders: [], usage: [] })
    expect(all.events.length).toBeGreaterThan(0)
  })
})

describe('an erasure that is cut off', () => {
  it('while a session is ended is carried through though nobody asks again', async () => {
    const project = await app().project({ tiers: LADDER })
    const { id, email } = await app().customer(project)
    await wantTier(app(), project, id, 'pro')
    await fault(app(), { service: 'stripe', path: '/expire$', kind: 'status', status: 500, times: 4 })
    expect((await erase(project, id)).status).toBe(503)
    expect(onlyOne(await sessionsAt(app(), project)).status).toBe('open')
    await noFaults(app())
    await app().advance('1h')
    expect(await everywhere(project)).not.toContain(email)
    expect(onlyOne(await sessionsAt(app(), project)).status).toBe('expired')
  })

  it.each([
    ['while the subscription is canceled', { method: 'DELETE', kind: 'status', status: 500 }],
    ['after the subscription was canceled', { method: 'DELETE', kind: 'timeout_after_commit' }],
  ])('%s is carried through though nobody asks again', async (_, planned) => {
    const { project, id, email } = await aRegular()
    await fault(app(), { service: 'stripe', times: 4, ...planned })
    expect((await erase(project, id)).status).toBe(503)
    expect((await app().usage(project, id)).userId).toBe(id)
    expect(await askFor(app(), project, id, { tier: 'max' })).toMatchObject({
      status: 409,
      body: { code: 'customer_leaving' },
    })
    await noFaults(app())
    await app().advance('1h')
    expect(await everywhere(project)).not.toContain(email)
    expect(onlyOne(await subscriptionsAt(app(), project)).status).toBe('canceled')
    expect((await app().call('GET', `/sandbox/clerk/users/${id}?instance=test`)).status).toBe(404)
  })
})
