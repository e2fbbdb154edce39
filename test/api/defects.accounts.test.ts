/** What the first API got wrong about the developers who use it, and ours does not. Named by the defect. */

import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { ROUTES } from '../../worker/router.ts'
import { page, secret, useApp, type TestMember } from '../support/app.ts'
import { askFor, fault, noFaults, requestsAt, stripeOf, subscriptionsAt } from '../support/billing.ts'
import { connectByOAuth } from '../support/connect.ts'

const app = useApp()

async function aProjectOf(member: TestMember) {
  const body = { name: 'Acme', type: 'saas' }
  const { project, keys } = await app().okAsMember(member, 'POST', '/account/projects', { body })
  return { projectId: project.projectId as string, mode: 'test' as const, stripeAccount: null, ...keys.test }
}

describe('money', () => {
  it('M25: deleting a customer ends what would go on billing them, before they are forgotten', async () => {
    const project = await app().project()
    const { id } = await app().customer(project)
    await app().subscribe(project, id)
    await app().ok('DELETE', `/api/customers/${id}`, { headers: secret(project) })
    await app().settle()
    expect((await subscriptionsAt(app(), project)).map(({ status }) => status)).toEqual(['canceled'])
  })

  it('P9: a project in test mode sells nothing through a live account, however it is connected', async () => {
    const member = await app().member()
    await connectByOAuth(app(), member, 'live')
    const project = await aProjectOf(member)
    const { id } = await app().customer(project)
    const answer = await askFor(app(), project, id)
    expect([answer.status, answer.body.code]).toEqual([409, 'payments_not_connected'])
  })

  it('P10: a tier is made at Stripe once, however many first buyers come at once and however often Stripe stumbles', async () => {
    const project = await app().project()
    const buyers = await Promise.all(Array.from({ length: 5 }, () => app().customer(project)))
    await fault(app(), { service: 'stripe', path: '/v1/prices', kind: 'timeout_after_commit', times: 2 })
    await Promise.all(buyers.map(({ id }) => askFor(app(), project, id)))
    await noFaults(app())
    for (const { id } of buyers) await askFor(app(), project, id)
    const stripe = stripeOf(app(), project)
    expect((await stripe.products.list()).data).toHaveLength(1)
    expect((await stripe.prices.list()).data).toHaveLength(1)
  })

  it('P10: a tier that could not be sold is refused before anything is made', async () => {
    const project = await app().project()
    const body = {
      slug: 'odd',
      displayName: 'Odd',
      limits: {},
      prices: [{ interval: 'month', unitAmount: -1, currency: 'usd' }],
    }
    const answer = await app().call('POST', '/api/tiers', { headers: secret(project), body })
    expect([answer.status, answer.body.code]).toEqual([400, 'invalid_request'])
    expect(await requestsAt(app(), project, '/v1/products')).toEqual([])
  })
})

describe('looking', () => {
  it('P2: the dashboard and its lists ask nobody outside, and are read a page at a time', async () => {
    const project = await app().project()
    for (let index = 0; index < 3; index += 1) await app().customer(project)
    await fault(app(), { service: 'clerk', kind: 'status', status: 500, times: 100 })
    await fault(app(), { service: 'stripe', kind: 'status', status: 500, times: 100 })
    const { customers, nextCursor } = await app().ok('GET', '/api/customers?limit=2', { headers: secret(project) })
    expect([customers.length, typeof nextCursor]).toEqual([2, 'string'])
    expect((await app().ok('GET', '/api/dashboard', { headers: secret(project) })).totalCustomers).toBe(3)
    await noFaults(app())
  })
})

describe('keys', () => {
  it('L10: there is no way to make a publishable key apart from its project: replacing the secret keeps it and its tiers', async () => {
    const member = await app().member()
    const project = await aProjectOf(member)
    const path = `/account/projects/${project.projectId}/test`
    await app().okAsMember(member, 'POST', `${path}/keys/default/rotate`, { body: { overlap: '0' } })
    const { tiers } = await app().ok('GET', '/api/tiers', { headers: page(project) })
    expect(tiers).toHaveLength(2)
    const { projects } = await app().okAsMember(member, 'GET', '/account/projects')
    expect(projects[0].publishableKeys.test).toBe(project.publishableKey)
    expect(ROUTES.filter(({ path: address }) => /rotate-key/.test(address))).toEqual([])
  })
})

describe('operation', () => {
  const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url).pathname, 'utf8')

  it('L7: nothing walks through all tenants: there is no cron, every account and project has timers of its own', () => {
    expect(read('wrangler.toml')).not.toMatch(/\[triggers\]|crons/)
    expect(read('worker/index.ts')).not.toMatch(/scheduled/)
  })

  it('P14: what does not compile, or is not as the linter wants it, does not pass', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> }
    expect(scripts['check']).toMatch(/oxlint --deny-warnings.*tsc/)
    expect(read('.ci/run')).toContain('npm run check')
  })
})
