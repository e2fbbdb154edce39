/** The settings of a project, read and changed by its owner over HTTP. */

import { describe, expect, it } from 'vitest'
import { page, secret, useApp, type TestProject } from '../support/app.ts'
import { LADDER, onlyOne, sessionsAt, wantTier } from '../support/billing.ts'
import { aProduct } from '../support/store.ts'
import { RETURNS } from '../support/billing.ts'

const app = useApp()
const aProject = (facts: object = {}) => app().project({ tiers: LADDER, ...facts })
const read = async (project: TestProject) =>
  (await app().ok('GET', '/api/project', { headers: secret(project) })).project
const change = (project: TestProject, body: object) =>
  app().call('PATCH', '/api/project', { headers: secret(project), body })

describe('the settings of a project', () => {
  it('are shown to its owner, and nothing that is ours', async () => {
    const project = await aProject({ name: 'Bird watch', type: 'membership' })
    expect(await read(project)).toEqual({
      projectId: project.projectId,
      mode: 'test',
      type: 'membership',
      name: 'Bird watch',
      publishableKey: project.publishableKey,
      allowedOrigins: [],
      automaticTax: false,
      accentColor: null,
      stripeAccountId: project.stripeAccount,
      chargesEnabled: true,
      createdAt: expect.any(Number),
      revision: expect.any(Number),
    })
  })

  it('keep what a change leaves out', async () => {
    const project = await aProject()
    await change(project, { allowedOrigins: ['https://a.example', 'https://a.example'] })
    const after = { automaticTax: true, allowedOrigins: ['https://a.example'] }
    expect((await change(project, { automaticTax: true })).body.project).toMatchObject(after)
    expect(await read(project)).toMatchObject(after)
  })

  it('let one of two people who looked at the same change them, and show the other what is there [M6]', async () => {
    const project = await aProject()
    const { revision } = await read(project)
    const changes = [{ automaticTax: true }, { allowedOrigins: ['https://a.example'] }]
    const answers = await Promise.all(changes.map((made) => change(project, { ...made, ifRevision: revision })))
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 409])
    const lost = answers.find(({ status }) => status === 409)
    const kept = await read(project)
    expect(lost?.body).toMatchObject({ code: 'project_changed', project: kept })
    expect((await change(project, { automaticTax: false, ifRevision: kept.revision })).status).toBe(200)
  })

  it('open the project to a page at once, and close it again', async () => {
    const project = await aProject({ mode: 'live' })
    const from = { ...page(project), Origin: 'https://a.example' }
    const status = async () => (await app().call('GET', '/api/tiers', { headers: from })).status
    expect(await status()).toBe(403)
    await change(project, { allowedOrigins: ['https://a.example'] })
    expect(await status()).toBe(200)
    await change(project, { allowedOrigins: [] })
    expect(await status()).toBe(403)
  })

  it.each([
    ['an origin with a path', { allowedOrigins: ['https://a.example/x'] }],
    ['a name, which is the account’s', { name: 'Another' }],
    ['the publishable key', { publishableKey: 'pk_test_x' }],
    ['the Stripe account', { stripeAccount: 'acct_x' }],
    ['the standing', { standing: { blockedAt: null } }],
  ])('refuse %s', async (_, body) => {
    expect(await change(await aProject(), body)).toMatchObject({ status: 400, body: { code: 'invalid_request' } })
  })

  it('make Stripe add tax to a subscription and to a cart, also to one wanted before', async () => {
    const project = await aProject()
    const before = await wantTier(app(), project, 'u', 'pro')
    await change(project, { automaticTax: true })
    const after = await wantTier(app(), project, 'u', 'pro')
    expect(after.sessionId).not.toBe(before.sessionId)
    const made = await app().ok('POST', '/api/products', { headers: secret(project), body: aProduct() })
    const items = [{ variantId: made.product.variants[0].id, quantity: 1 }]
    await app().ok('POST', '/api/cart/checkout', { headers: secret(project), body: { items, ...RETURNS } })
    const sessions = await sessionsAt(app(), project)
    const taxOf = (id: string) => onlyOne(sessions.filter((session) => session.id === id)).automatic_tax.enabled
    expect([taxOf(before.sessionId), taxOf(after.sessionId)]).toEqual([false, true])
    expect(onlyOne(sessions.filter(({ mode }) => mode === 'payment')).automatic_tax.enabled).toBe(true)
  })
})
