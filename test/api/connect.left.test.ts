/** What becomes of subscriptions when their project leaves its Stripe account for another, and comes back. */

import { describe, expect, it } from 'vitest'
import { secret, useApp, type Body, type TestMember, type TestProject } from '../support/app.ts'
import { askFor, stripeOf, tier } from '../support/billing.ts'
import { connectByOAuth, newStripeAccount } from '../support/connect.ts'

const app = useApp()

const TIERS = [tier({ slug: 'free', limit: 5 }), tier({ slug: 'pro', limit: 50, unitAmount: 1000 })]

async function aProjectOf(member: TestMember, stripeAccount: string | null = null): Promise<TestProject> {
  const body = { name: 'Acme AI', type: 'saas', tiers: TIERS }
  const { project, keys } = await app().okAsMember(member, 'POST', '/account/projects', { body })
  return { projectId: project.projectId, mode: 'test', ...keys.test, stripeAccount }
}

const disconnect = (member: TestMember, query = '') =>
  app().asMember(member, 'DELETE', `/account/connections/test${query}`)

describe('who subscribed on a Stripe account that the project has left for another', () => {
  async function onAnother(): Promise<{ project: TestProject; told: () => Promise<string[]> }> {
    const member = await app().member()
    await connectByOAuth(app(), member, 'test')
    const project = await aProjectOf(member)
    const url = `${app().server.url}/sandbox/receivers/${project.projectId}`
    const body = { url, events: ['subscription.canceled'] }
    await app().ok('POST', '/api/webhook-endpoints', { headers: secret(project), body })
    await app().subscribe(project, 'u')
    expect((await disconnect(member)).body.message).toMatch(/goes on billing them/)
    await disconnect(member, '?force=true')
    await app().settle()
    const account = newStripeAccount()
    await connectByOAuth(app(), member, 'test', account)
    const told = async () => {
      await app().settle()
      const { received } = await app().ok('GET', `/sandbox/receivers/${project.projectId}`)
      return received.map(({ body: text }: Body) => JSON.parse(text).data.subscription?.customerId ?? 'u')
    }
    return { project: { ...project, stripeAccount: account }, told }
  }

  it('has what was paid until its period ends, and then not; the app is told', async () => {
    const { project, told } = await onAnother()
    await app().advance('29d')
    expect([(await app().usage(project, 'u')).plan, await told()]).toEqual(['pro', []])
    await app().advance('4d')
    expect([(await app().usage(project, 'u')).plan, await told()]).toEqual(['free', ['u']])
  })

  it('changes the plan by buying it where the project is now', async () => {
    const { project } = await onAnother()
    await app().ok('POST', '/api/tiers', {
      headers: secret(project),
      body: tier({ slug: 'max', displayName: 'Max', unitAmount: 5000 }),
    })
    const { sessionId, changed } = (await askFor(app(), project, 'u', { tier: 'max' })).body
    expect(changed).toBe(false)
    await app().pay(sessionId)
    expect((await app().usage(project, 'u')).plan).toBe('max')
    const { data } = await stripeOf(app(), project).subscriptions.list()
    expect(data.map(({ status }) => status)).toEqual(['active'])
  })

  it('keeps a plan at a price that is not sold any more, when the project comes back', async () => {
    const member = await app().member()
    const account = newStripeAccount()
    await connectByOAuth(app(), member, 'test', account)
    const project = await aProjectOf(member, account)
    await app().subscribe(project, 'u')
    const prices = [{ interval: 'month', unitAmount: 1500, currency: 'usd' }]
    await app().ok('PATCH', '/api/tiers/pro', { headers: secret(project), body: { prices } })
    await app().settle()
    for (const next of [newStripeAccount(), account]) {
      await disconnect(member, '?force=true')
      await app().settle()
      await connectByOAuth(app(), member, 'test', next)
    }
    await app().advance('33d')
    expect((await app().usage(project, 'u')).plan).toBe('pro')
    const { tiers } = await app().ok('GET', '/api/tiers/all', { headers: secret(project) })
    expect(tiers[1].prices).toMatchObject([
      { unitAmount: 1500, onSale: true, subscribers: 0 },
      { unitAmount: 1000, onSale: false, subscribers: 1 },
    ])
  })
})
