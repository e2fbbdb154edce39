/** What an account pays us: the trial, the month, the meter, and every edge of what follows when it stops paying. */

import { describe, expect, it } from 'vitest'
import { STRIPE_SECRET_KEY } from '../sandbox/keys.ts'
import { secret, useApp, type Body, type TestMember, type TestProject } from '../support/app.ts'
import { aCard, subscribeToUs } from '../support/own.ts'

const app = useApp()

const PROJECT = { name: 'Acme AI', type: 'saas' }

async function anAccount(): Promise<{ owner: TestMember; project: TestProject }> {
  const owner = await app().member()
  const { project, keys } = await app().okAsMember(owner, 'POST', '/account/projects', { body: PROJECT })
  return { owner, project: { projectId: project.projectId, mode: 'test', stripeAccount: null, ...keys.test } }
}

const billing = (owner: TestMember) => app().okAsMember(owner, 'GET', '/account/billing')
const sessionOf = (url: string) => /cs_\w+/.exec(url)![0]

async function subscribe(owner: TestMember, cardNumber = aCard()): Promise<Body> {
  await subscribeToUs(app(), owner, cardNumber)
  return billing(owner)
}

describe('the subscription to us', () => {
  it('begins with a trial of 14 days, and the same page is answered however often it is asked for [L4]', async () => {
    const { owner } = await anAccount()
    const ask = () => app().okAsMember(owner, 'POST', '/account/billing/checkout')
    const pages = await Promise.all([ask(), ask(), ask()])
    expect(new Set(pages.map(({ url }) => url)).size).toBe(1)
    const { subscription } = await subscribe(owner)
    expect(subscription).toMatchObject({ status: 'trialing' })
    expect(subscription.trialEnd - subscription.startedAt).toBe(14 * 86_400_000)
    const again = await app().asMember(owner, 'POST', '/account/billing/checkout')
    expect([again.status, again.body.code]).toEqual([409, 'already_subscribed'])
  })
})

describe('coming back from the page', () => {
  it('pays once, though nothing of it has reached us yet and the page is asked for again [L4, L5]', async () => {
    const { owner } = await anAccount()
    const first = await app().okAsMember(owner, 'POST', '/account/billing/checkout')
    await app().ok('POST', '/sandbox/stripe/delivery', { body: { drop: 1 } })
    await app().pay(sessionOf(first.url), { card: 'ok', card_number: aCard() })
    await app().ok('POST', '/sandbox/stripe/delivery', { body: { drop: 0 } })
    await app().advance('1h') // the page is long closed
    const again = await app().asMember(owner, 'POST', '/account/billing/checkout')
    expect([again.status, again.body.code]).toEqual([409, 'already_subscribed'])
    expect((await billing(owner)).subscription.status).toBe('trialing')
  })
})

const stripe = (method: string, path: string, form: Record<string, string> = {}) =>
  app().server.outside(`https://api.stripe.com/v1${path}`, {
    method,
    headers: { Authorization: `Bearer ${STRIPE_SECRET_KEY.live}`, 'Content-Type': 'application/x-www-form-urlencoded' },
    ...(method === 'GET' ? {} : { body: new URLSearchParams(form).toString() }),
  })

const at = async (path: string): Promise<Body> => (await stripe('GET', path)).json()

/** Ends the subscription now, as a dunning that failed or the portal would. */
async function cancel(subscription: Body): Promise<void> {
  expect((await stripe('DELETE', `/subscriptions/${subscription.id}`)).status).toBe(200)
  await app().settle()
}

const to = (at: number) => app().ok('POST', '/sandbox/clock', { body: { to: new Date(at).toISOString() } })
const calls = async (project: TestProject) =>
  (await app().call('GET', '/api/dashboard', { headers: secret(project) })).body.code ?? 'served'

describe('the portal', () => {
  it('opens for who has been to the checkout, once made however many ask, and shows the invoices', async () => {
    const { owner } = await anAccount()
    const ask = () => app().asMember(owner, 'POST', '/account/billing/portal')
    expect((await ask()).body.code).toBe('no_subscription')
    await subscribe(owner)
    const opened = await Promise.all([ask(), ask(), ask()])
    expect(opened.map(({ status }) => status)).toEqual([200, 200, 200])
    const shown = await app().call('GET', new URL(opened[0]!.body.url).pathname)
    expect([shown.status, shown.body]).toEqual([200, expect.stringContaining('Cancel')])
    const { data } = await at('/billing_portal/configurations?limit=100')
    expect(data.filter(({ metadata }: Body) => metadata.dream_portal === 'own')).toHaveLength(1)
    const { invoices } = await app().okAsMember(owner, 'GET', '/account/billing/invoices')
    expect(invoices).toMatchObject([{ total: 0, status: 'paid' }])
  })
})

describe('one trial', () => {
  it('a person: whoever had it begins with a paid month [L4]', async () => {
    const { owner } = await anAccount()
    await cancel((await subscribe(owner)).subscription)
    const { subscription, trialAvailable } = await subscribe(owner)
    expect([subscription.status, subscription.trialEnd, trialAvailable]).toEqual(['active', null, false])
  })

  it('a card: a second account that tries with the same card pays from the first day', async () => {
    const [first, second] = [await anAccount(), await anAccount()]
    const card = aCard()
    expect((await subscribe(first.owner, card)).subscription.status).toBe('trialing')
    await subscribe(second.owner, card)
    await app().settle()
    expect((await billing(second.owner)).subscription.status).toBe('active')
  })
})

describe('the end of a subscription', () => {
  it('locks the dashboard at once, stops the API after seven days, and paying again restores everything [L2]', async () => {
    const { owner, project } = await anAccount()
    const { subscription } = await subscribe(owner)
    await cancel(subscription)
    const { ended } = await billing(owner)
    expect(ended).toEqual({
      endedAt: expect.any(Number),
      lockedAt: ended.endedAt,
      blockedAt: ended.endedAt + 7 * 86_400_000,
      deleteAt: ended.endedAt + 30 * 86_400_000,
    })
    const locked = await app().asMember(owner, 'POST', '/account/projects', { body: PROJECT })
    expect([locked.status, locked.body.code]).toEqual([403, 'account_locked'])
    expect(await calls(project)).toBe('served')

    await to(ended.blockedAt - 5_000)
    expect(await calls(project)).toBe('served')
    await to(ended.blockedAt)
    expect(await calls(project)).toBe('subscription_expired')

    await to(ended.deleteAt - 60_000)
    expect(await calls(project)).toBe('subscription_expired')
    expect((await subscribe(owner)).ended).toBeNull()
    expect(await calls(project)).toBe('served')
    await app().advance('2d')
    expect(await calls(project)).toBe('served')
    await app().okAsMember(owner, 'POST', '/account/projects', { body: PROJECT })
  })

  it('locks nobody for whom another subscription still runs', async () => {
    const { owner } = await anAccount()
    const first = (await subscribe(owner)).subscription
    const { customer, metadata, items, ...facts } = await at(`/subscriptions/${first.id}`)
    const price = items.data.find((item: Body) => item.price.recurring.usage_type === 'licensed').price.id
    const second = await stripe('POST', '/subscriptions', {
      customer,
      'metadata[platformId]': metadata.platformId,
      'items[0][price]': price,
      default_payment_method: facts.default_payment_method,
    })
    const { id } = (await second.json()) as Body
    await app().settle()
    expect((await billing(owner)).subscription.id).toBe(id)
    await cancel({ id })
    expect(await billing(owner)).toMatchObject({ subscription: { id: first.id, status: 'trialing' }, ended: null })
  })

  it('is announced by mail, webhook and dashboard: when it comes, a day before the API stops, when it stops, a week before the deletion', async () => {
    const { owner, project } = await anAccount()
    const path = `/account/projects/${project.projectId}/test/webhook-endpoints`
    const url = `${app().server.url}/sandbox/receivers/${project.projectId}`
    await app().okAsMember(owner, 'POST', path, { body: { url, events: ['account.notice'] } })
    await cancel((await subscribe(owner)).subscription)
    const { ended } = await billing(owner)
    await to(ended.deleteAt - 60_000)
    const day = 86_400_000
    expect((await billing(owner)).notices).toEqual([
      { notice: 'ended', at: ended.endedAt },
      { notice: 'block_tomorrow', at: ended.endedAt + 6 * day },
      { notice: 'blocked', at: ended.endedAt + 7 * day },
      { notice: 'deletion_in_7_days', at: ended.endedAt + 23 * day },
    ])
    expect(await subjectsMailedTo(owner.email)).toEqual([
      expect.stringMatching(/will be deleted on/),
      expect.stringMatching(/has stopped/),
      expect.stringMatching(/stops tomorrow/),
      expect.stringMatching(/has ended/),
    ])
    const { received } = await app().ok('GET', `/sandbox/receivers/${project.projectId}`)
    const told = received.map(({ body }: Body) => JSON.parse(body))
    expect(told.map(({ data }: Body) => data.notice)).toEqual([
      'ended',
      'block_tomorrow',
      'blocked',
      'deletion_in_7_days',
    ])
    expect(told[0].data).toMatchObject({ blockedAt: ended.blockedAt, deleteAt: ended.deleteAt })
  })

  it('leaves the way out open: everything can be exported until it is deleted', async () => {
    const { owner, project } = await anAccount()
    const { email } = await app().customer(project)
    await cancel((await subscribe(owner)).subscription)
    await to((await billing(owner)).ended.blockedAt + 1_000)
    const exported = await app().okAsMember(owner, 'GET', `/account/export?projectId=${project.projectId}&mode=test`)
    expect(exported).toContain(email)
    const csv = `/account/export?projectId=${project.projectId}&mode=test&table=customers&format=csv`
    expect(await app().okAsMember(owner, 'GET', csv)).toContain(email)
    const other = await anAccount()
    const stolen = await app().asMember(other.owner, 'GET', `/account/export?projectId=${project.projectId}&mode=test`)
    expect([stolen.status, stolen.body.code]).toEqual([404, 'project_not_found'])
  })

  it('deletes everything after thirty days, and a tombstone says what went and when [L8]', async () => {
    const { owner, project } = await anAccount()
    await app().customer(project)
    await cancel((await subscribe(owner)).subscription)
    const { ended } = await billing(owner)
    await to(ended.deleteAt + 60_000)
    await app().advance('1h')
    const gone = await app().asMember(owner, 'GET', '/account')
    expect([gone.status, gone.body.code]).toEqual([410, 'account_deleted'])
    expect(gone.body.deletion).toEqual({
      [`${project.projectId}:test`]: expect.objectContaining({ rows: expect.any(Number) }),
    })
    expect(gone.body.deletedAt).toBeGreaterThanOrEqual(ended.deleteAt)
    expect(await calls(project)).toBe('project_deleted')
    const db = await app().server.db()
    for (const table of ['project_rows', 'customer_rows', 'project_mirrors']) {
      const { results } = await db.prepare(`SELECT * FROM ${table} WHERE project_id = ?`).bind(project.projectId).all()
      expect([table, results]).toEqual([table, []])
    }
  })

  it('deletes nothing when Stripe knows of a renewal that never reached us [F38]', async () => {
    const { owner, project } = await anAccount()
    await cancel((await subscribe(owner)).subscription)
    const { ended } = await billing(owner)
    await to(ended.deleteAt - 120_000)
    await app().ok('POST', '/sandbox/stripe/delivery', { body: { drop: 1 } })
    const { url } = await app().okAsMember(owner, 'POST', '/account/billing/checkout')
    await app().pay(sessionOf(url))
    expect(await calls(project)).toBe('subscription_expired')
    await app().advance('1h')
    expect(await calls(project)).toBe('served')
    await app().ok('POST', '/sandbox/stripe/delivery', { body: { drop: 0 } })
  })
})

async function subjectsMailedTo(email: string): Promise<string[]> {
  const query = `to=${encodeURIComponent(email)}`
  const { mails } = await app().ok('GET', `/sandbox/mailbox?${query}`, { headers: { Accept: 'application/json' } })
  return mails.map(({ subject }: Body) => subject)
}
