/** What further live customers cost: counted once a day, told to Stripe's meter once, billed by the last number of a month. */

import { describe, expect, it } from 'vitest'
import { secret, useApp, type Body, type TestMember } from '../support/app.ts'
import { fault, noFaults } from '../support/billing.ts'
import { connectByOAuth } from '../support/connect.ts'
import { subscribeToUs } from '../support/own.ts'

const app = useApp()

/** An account in live mode whose live project has so many customers. */
async function liveWith(customers: number): Promise<{ owner: TestMember; keys: Body }> {
  const owner = await app().member()
  const body = { name: 'Acme', type: 'saas', allowedOrigins: ['http://localhost:3000'] }
  const { project } = await app().okAsMember(owner, 'POST', '/account/projects', { body })
  await subscribeToUs(app(), owner)
  await connectByOAuth(app(), owner, 'live')
  const path = `/account/projects/${project.projectId}/promotion`
  const { keys } = await app().okAsMember(owner, 'POST', path, { body: {} })
  await join(keys.live, 0, customers)
  return { owner, keys: keys.live }
}

async function join(keys: Body, from: number, to: number): Promise<void> {
  for (let at = from; at < to; at += 1_000) {
    const items = Array.from({ length: Math.min(1_000, to - at) }, (_, index) => ({ customerId: `c${at + index}` }))
    await app().ok('POST', '/api/usage/batch', { headers: secret(keys), body: { items } })
  }
}

const billing = (owner: TestMember) => app().okAsMember(owner, 'GET', '/account/billing')
const totals = async (owner: TestMember): Promise<number[]> =>
  (await app().okAsMember(owner, 'GET', '/account/billing/invoices')).invoices.map(({ total }: Body) => total)

describe('[A6] live customers', () => {
  it('cost nothing up to 2,000, and 3 cents the 2,001st, however often its number was told [L6]', async () => {
    const { owner, keys } = await liveWith(2_000)
    await fault(app(), { service: 'stripe', path: '/v1/billing/meter_events', kind: 'timeout_after_commit', times: 2 })
    await app().advance('15d') // the trial is over, the first month begins
    await noFaults(app())
    expect((await billing(owner)).estimate).toMatchObject({ furtherCustomers: 0, overage: 0, total: 1_900 })
    await app().advance('31d')
    expect((await totals(owner))[0]).toBe(1_900)
    await join(keys, 2_000, 2_001)
    await app().advance('31d')
    const { counted, days, estimate } = await billing(owner)
    expect(days.filter(({ reportedAt }: Body) => reportedAt === null)).toEqual([])
    expect(counted.customers).toBe(2_001)
    expect(estimate).toMatchObject({ furtherCustomers: 1, overage: 3, total: 1_903 })
    expect((await totals(owner))[0]).toBe(1_903)
  })
})
