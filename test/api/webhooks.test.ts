/** What Stripe tells us, however badly the post behaves. */

import { afterEach, describe, expect, it } from 'vitest'
import { as, secret, useApp, type Body, type TestProject } from '../support/app.ts'
import {
  customerOf,
  eventsAt,
  LADDER,
  onlyOne,
  planOf,
  post,
  postEvent,
  RETURNS,
  stripeOf,
  subscriptionsAt,
  wantTier,
} from '../support/billing.ts'
import { STRIPE_WEBHOOK_SECRET } from '../sandbox/keys.ts'

const app = useApp()
afterEach(() => post(app()))

/** An event of a project's account that says its customer has the dearest tier, as a forger would write it. */
async function forgery(project: TestProject, facts: Record<string, unknown> = {}): Promise<Body> {
  const { stripeCustomerId } = await customerOf(app(), project, 'u')
  return {
    id: `evt_${crypto.randomUUID().replaceAll('-', '')}`,
    object: 'event',
    account: project.stripeAccount,
    api_version: '2026-10-28.endive',
    created: Math.floor(Date.now() / 1000),
    livemode: false,
    pending_webhooks: 1,
    request: { id: null, idempotency_key: null },
    type: 'customer.subscription.updated',
    data: { object: { id: 'sub_forged', object: 'subscription', customer: stripeCustomerId, status: 'active' } },
    ...facts,
  }
}

async function aBuyer(): Promise<TestProject> {
  const project = await app().project({ tiers: LADDER })
  await wantTier(app(), project, 'u', 'pro')
  return project
}

const heardBy = async (project: TestProject, query = ''): Promise<Body[]> =>
  (await app().ok('GET', `/api/events?limit=100${query}`, { headers: secret(project) })).events

describe('who may tell us something', () => {
  it('is refused without a signature, with another’s, with an old one, or over another body', async () => {
    const project = await aBuyer()
    const event = await forgery(project)
    const { now } = await app().ok('GET', '/sandbox/clock')
    const refused: [string, Parameters<typeof postEvent>[2], string][] = [
      ['none', { header: null }, 'signature_missing'],
      ['empty', { header: '' }, 'signature_invalid'],
      ['nonsense', { header: 't=1,v1=abc' }, 'signature_invalid'],
      ['no scheme', { header: `t=${Math.floor(now / 1000)}` }, 'signature_invalid'],
      ['wrong secret', { secret: 'whsec_wrong' }, 'signature_invalid'],
      ['the platform’s secret', { secret: STRIPE_WEBHOOK_SECRET.platform.test }, 'signature_invalid'],
      ['ten minutes old', { at: now - 600_000 }, 'signature_invalid'],
    ]
    const before = await heardBy(project)
    for (const [name, signing, code] of refused) {
      const answer = await postEvent(app(), event, signing)
      expect([answer.status, answer.body.code], name).toEqual([400, code])
    }
    const signed = await postEvent(app(), event)
    expect(signed.status).toBe(200)
    expect((await heardBy(project)).length).toBe(before.length + 1)
    await app().settle()
    expect(await planOf(app(), project, 'u')).toBe('free') // and even then Stripe is asked
  })

  it('may not speak for live mode with the test endpoint’s secret, nor change live with a live event of test things', async () => {
    const project = await aBuyer()
    const event = await forgery(project, { livemode: true })
    expect(await postEvent(app(), event)).toMatchObject({ status: 400, body: { code: 'signature_invalid' } })
    expect((await postEvent(app(), event, { secret: STRIPE_WEBHOOK_SECRET.connect.live })).status).toBe(200)
    await app().settle()
    expect((await heardBy(project)).map(({ id }) => id as string)).not.toContain(event.id)
  })

  it('is answered 200 for an unknown account, an unknown type, no account, and a closed project [W4]', async () => {
    const project = await aBuyer()
    const closed = await aBuyer()
    const late = await forgery(closed)
    await app().ok('POST', '/sandbox/projects/close', { body: { projectId: closed.projectId } })
    const events = [
      await forgery(project, { account: 'acct_nobody' }),
      await forgery(project, { type: 'unheard.of.type', data: { object: { object: 'thing' } } }),
      await forgery(project, { account: undefined }),
      late,
    ]
    for (const event of events) expect((await postEvent(app(), event)).status).toBe(200)
    await app().settle()
    expect(await planOf(app(), project, 'u')).toBe('free')
    expect((await app().ok('GET', '/sandbox/violations')).violations).toEqual([])
  })

  it('changes nothing by what it says, only by what Stripe has: a forged body gives nothing [S6, W1]', async () => {
    const project = await aBuyer()
    await app().subscribe(project, 'rich', 'max')
    const rich = (await customerOf(app(), project, 'rich')).subscriptions[0]
    const { stripeCustomerId } = await customerOf(app(), project, 'u')
    const object = {
      id: rich.id,
      object: 'subscription',
      customer: stripeCustomerId,
      status: 'active',
      metadata: { userId: 'u', tier: 'max' },
    }
    expect((await postEvent(app(), await forgery(project, { data: { object } }))).status).toBe(200)
    await app().settle()
    expect([await planOf(app(), project, 'u'), await planOf(app(), project, 'rich')]).toEqual(['free', 'max'])
  })
})

describe('a post that behaves badly', () => {
  it('delivers everything five times: the state is as after once [W2]', async () => {
    const project = await app().project({ tiers: LADDER })
    await app().subscribe(project, 'u', 'pro')
    await wantTier(app(), project, 'u', 'max')
    await app().settle()
    const before = await customerOf(app(), project, 'u')
    for (const { id } of await eventsAt(app(), project))
      await app().ok('POST', `/sandbox/stripe/events/${id}/redeliver`, { body: { times: 5 } })
    await app().settle()
    expect(await customerOf(app(), project, 'u')).toEqual(before)
    const heard = await heardBy(project)
    expect(new Set(heard.map(({ id }) => id as string)).size).toBe(heard.length)
    for (const { deliveries } of heard) expect(deliveries).toBe(6)
  })

  it('loses what a payment caused: it is found by looking, within a quarter of an hour or two [F11]', async () => {
    const project = await app().project({ tiers: LADDER })
    const { sessionId } = await wantTier(app(), project, 'u', 'pro')
    await post(app(), { drop: 1 })
    await app().pay(sessionId)
    expect(await planOf(app(), project, 'u')).toBe('free')
    await app().advance('31m')
    expect(await planOf(app(), project, 'u')).toBe('pro')
  })

  it('loses the end of a subscription: it is found within a day [F11]', async () => {
    const project = await app().project({ tiers: LADDER })
    await app().subscribe(project, 'u', 'pro')
    await post(app(), { drop: 1 })
    await stripeOf(app(), project).subscriptions.cancel(onlyOne(await subscriptionsAt(app(), project)).id)
    await app().advance('25h')
    expect(await planOf(app(), project, 'u')).toBe('free')
  })

  it('loses that a customer was deleted at Stripe: the next checkout makes a new one there, the portal says no', async () => {
    const project = await app().project({ tiers: LADDER })
    await wantTier(app(), project, 'u', 'pro')
    const { stripeCustomerId } = await customerOf(app(), project, 'u')
    await post(app(), { drop: 1 })
    await stripeOf(app(), project).customers.del(stripeCustomerId)
    const portal = await app().call('POST', '/api/customer-portal', {
      headers: as(project, 'u'),
      body: { returnUrl: RETURNS.successUrl },
    })
    expect([portal.status, portal.body.code]).toEqual([400, 'no_subscription'])
    const { sessionId } = await wantTier(app(), project, 'u', 'max')
    await post(app())
    await app().pay(sessionId)
    expect(await planOf(app(), project, 'u')).toBe('max')
    expect((await customerOf(app(), project, 'u')).stripeCustomerId).not.toBe(stripeCustomerId)
  })

  it('is an hour late with everything: the state is right when it has come', async () => {
    const project = await app().project({ tiers: LADDER })
    await app().subscribe(project, 'u', 'pro')
    await post(app(), { delayMs: 3_600_000 })
    await stripeOf(app(), project).subscriptions.cancel(onlyOne(await subscriptionsAt(app(), project)).id)
    await app().settle()
    expect(await planOf(app(), project, 'u')).toBe('pro')
    await app().advance('61m')
    expect(await planOf(app(), project, 'u')).toBe('free')
  })
})

describe('what was heard', () => {
  it('is kept with its outcome and without card data or addresses that open something', async () => {
    const project = await app().project({ tiers: LADDER })
    await app().subscribe(project, 'u', 'pro')
    const heard = await heardBy(project)
    expect(heard.length).toBeGreaterThan(4)
    let text = ''
    for (const { id, type, outcome, receivedAt, payload } of heard) {
      expect(payload).toBeUndefined() // a list has no payloads
      const { event } = await app().ok('GET', `/api/events/${id}`, { headers: secret(project) })
      expect(event).toMatchObject({ id, type, outcome, receivedAt, payload: { id, object: 'event' } })
      text += JSON.stringify(event)
    }
    const outcomes = new Set(heard.map(({ outcome }) => outcome as string))
    expect([...outcomes].toSorted()).toEqual(expect.arrayContaining(['applied', 'ignored']))
    expect(outcomes.has('pending')).toBe(false)
    expect(text).not.toMatch(/last4|fingerprint|exp_month|client_secret|hosted_invoice_url|invoice_pdf|receipt_url/)
    expect(text).not.toMatch(/\/sandbox\/(checkout|portal|invoice)\//)
  })

  it('is found by type and outcome, a page at a time', async () => {
    const project = await app().project({ tiers: LADDER })
    await app().subscribe(project, 'u', 'pro')
    const whole = await heardBy(project)
    const created = await heardBy(project, '&type=customer.subscription.created')
    expect(created.map(({ type }) => type as string)).toEqual(['customer.subscription.created'])
    const seen: string[] = []
    let cursor: string | null = ''
    while (cursor !== null) {
      const query: string = cursor === '' ? '' : `&cursor=${cursor}`
      const answer: Body = await app().ok('GET', `/api/events?limit=2${query}`, { headers: secret(project) })
      seen.push(...(answer.events as Body[]).map(({ id }) => id as string))
      cursor = answer.nextCursor
    }
    expect(seen).toEqual(whole.map(({ id }) => id as string))
  })

  it('can be heard again on request: what was missed is applied, what was applied does not change', async () => {
    const project = await app().project({ tiers: LADDER })
    await app().subscribe(project, 'u', 'pro')
    const before = await customerOf(app(), project, 'u')
    for (const { id } of await heardBy(project))
      await app().ok('POST', `/api/events/${id}/replay`, { headers: secret(project) })
    await app().settle()
    expect(await customerOf(app(), project, 'u')).toEqual(before)
    const [event] = await heardBy(project, '&type=customer.subscription.created')
    await post(app(), { drop: 1 })
    await stripeOf(app(), project).subscriptions.cancel(onlyOne(await subscriptionsAt(app(), project)).id)
    await app().settle()
    expect(await planOf(app(), project, 'u')).toBe('pro')
    await app().ok('POST', `/api/events/${event.id}/replay`, { headers: secret(project) })
    await app().settle()
    const { health } = await app().ok('GET', '/api/events?limit=1', { headers: secret(project) })
    const { events: all } = await app().ok('GET', '/api/events?limit=100', { headers: secret(project) })
    expect(health).toMatchObject({ received24h: all.length, failed24h: 0, waitingSince: null })
    expect(health.lastAt).toBe(all[0].receivedAt)
    expect(await planOf(app(), project, 'u')).toBe('free')
    expect((await heardBy(project, '&type=customer.subscription.created'))[0].outcome).toBe('applied')
    const unknown = await app().call('POST', '/api/events/evt_unknown/replay', { headers: secret(project) })
    expect(unknown).toMatchObject({ status: 404, body: { code: 'event_not_found' } })
  })

  it('is forgotten after thirty days [P11]', async () => {
    const project = await app().project({ tiers: LADDER })
    await app().subscribe(project, 'u', 'pro')
    await wantTier(app(), project, 'u', 'free')
    await app().settle()
    const old = (await heardBy(project)).map(({ id }) => id as string)
    await app().advance('29d')
    expect((await heardBy(project)).map(({ id }) => id as string)).toEqual(expect.arrayContaining(old))
    await app().advance('3d')
    const left = (await heardBy(project)).map(({ id }) => id as string)
    for (const id of old) expect(left).not.toContain(id)
  })
})
