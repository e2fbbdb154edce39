import { describe, expect, it } from 'vitest'
import { as, page, secret, useApp } from '../support/app.ts'
import {
  askFor,
  customerOf,
  itemOf,
  LADDER,
  onlyOne,
  planOf,
  requestsAt,
  RETURNS,
  sessionsAt,
  stripeOf,
  subscriptionsAt,
  tier,
  wantTier,
} from '../support/billing.ts'

const app = useApp()

describe('buying a tier', () => {
  it('sells a tier at the server’s price, serves it at once and tells the customer’s token [S1]', async () => {
    const project = await app().project({ tiers: LADDER })
    const { id } = await app().customer(project)
    const checkout = await wantTier(app(), project, id, 'pro')
    const session = onlyOne(await sessionsAt(app(), project))
    expect(session).toMatchObject({ id: checkout.sessionId, amount_total: 1000, currency: 'usd', mode: 'subscription' })
    expect(checkout).toMatchObject({ url: session.url, changed: false })
    expect(await planOf(app(), project, id)).toBe('free')

    await app().pay(checkout.sessionId)
    expect(await app().usage(project, id)).toMatchObject({ plan: 'pro', limit: 50, used: 0 })
    const token = await app().token(project, id)
    const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as Record<string, unknown>
    expect(claims).toMatchObject({ sub: id, plan: 'pro', publishableKey: project.publishableKey })
    const own = await app().ok('GET', '/api/usage', { headers: page(project, token) })
    expect(own).toMatchObject({ userId: id, plan: 'pro', limit: 50 })
  })

  it('writes a product and a price at Stripe once, however many buy [S1]', async () => {
    const project = await app().project({ tiers: LADDER })
    await app().subscribe(project, 'a')
    await app().subscribe(project, 'b')
    const stripe = stripeOf(app(), project)
    expect((await stripe.products.list()).data.map(({ name }) => name)).toEqual(['Pro Plan'])
    expect((await stripe.prices.list()).data.map(({ unit_amount }) => unit_amount)).toEqual([1000])
  })

  it('reuses the open session when the same is asked again: pressed twice, one session [S2]', async () => {
    const project = await app().project({ tiers: LADDER })
    const first = await wantTier(app(), project, 'u', 'pro')
    const again = await wantTier(app(), project, 'u', 'Pro Plan')
    expect(again).toMatchObject({ url: first.url, sessionId: first.sessionId, checkoutId: first.checkoutId })
    expect(await sessionsAt(app(), project)).toHaveLength(1)
  })

  it('answers one session to eight presses at once [S2]', async () => {
    const project = await app().project({ tiers: LADDER })
    await wantTier(app(), project, 'somebody', 'pro') // the price exists; what is left is the session
    const answers = await Promise.all(Array.from({ length: 8 }, () => askFor(app(), project, 'u')))
    for (const { status } of answers) expect([200, 503]).toContain(status)
    const sessions = new Set(answers.filter(({ status }) => status === 200).map(({ body }) => body.sessionId))
    expect(sessions.size).toBe(1)
    expect((await sessionsAt(app(), project)).filter((session) => session.client_reference_id === 'u')).toHaveLength(1)
  })

  it('keeps one Stripe customer for a customer, over checkouts, declines and cancellations [S2]', async () => {
    const project = await app().project({ tiers: LADDER })
    await wantTier(app(), project, 'u', 'pro')
    await app().subscribe(project, 'u', 'max')
    const subscription = onlyOne(await subscriptionsAt(app(), project))
    await stripeOf(app(), project).subscriptions.cancel(subscription.id)
    await app().settle()
    expect(await planOf(app(), project, 'u')).toBe('free')
    await app().subscribe(project, 'u', 'pro')
    const { data } = await stripeOf(app(), project).customers.list()
    expect(data).toHaveLength(1)
    expect((await customerOf(app(), project, 'u')).stripeCustomerId).toBe(data[0]?.id)
    const all = await subscriptionsAt(app(), project)
    expect(new Set(all.map(({ customer }) => customer))).toEqual(new Set([data[0]?.id]))
  })

  it('lets only one of two tabs be paid when they want different tiers [S2]', async () => {
    const project = await app().project({ tiers: LADDER })
    const left = await wantTier(app(), project, 'u', 'pro')
    const right = await wantTier(app(), project, 'u', 'max')
    const late = await app().pay(left.sessionId)
    expect(late.paid ?? false).toBe(false)
    await app().pay(right.sessionId)
    expect(onlyOne(await subscriptionsAt(app(), project)).status).toBe('active')
    expect(await planOf(app(), project, 'u')).toBe('max')
  })

  it('lets only one be paid when the two tabs ask at the same moment [S2]', async () => {
    const project = await app().project({ tiers: LADDER })
    for (const one of ['pro', 'max']) await wantTier(app(), project, 'somebody', one)
    const answers = await Promise.all(['pro', 'max'].map((one) => askFor(app(), project, 'u', { tier: one })))
    const urls = answers.filter(({ status }) => status === 200).map(({ body }) => body.url as string)
    for (const url of urls) expect(url).toContain('/sandbox/checkout/') // nobody is sent to the success page unpaid
    const open = (await sessionsAt(app(), project)).filter(
      ({ client_reference_id, status }) => client_reference_id === 'u' && status === 'open',
    )
    expect(open.length).toBeLessThanOrEqual(1)
    for (const { id } of open) await app().pay(id)
    expect((await subscriptionsAt(app(), project)).length).toBe(open.length)
  })

  it('sells no second subscription to somebody whose payment we have not heard of yet [S2]', async () => {
    const project = await app().project({ tiers: LADDER })
    const first = await wantTier(app(), project, 'u', 'pro')
    await app().ok('POST', '/sandbox/stripe/delivery', { body: { paused: true } })
    await app().pay(first.sessionId)
    const second = await askFor(app(), project, 'u', { tier: 'max' })
    await app().ok('POST', '/sandbox/stripe/delivery', { body: {} })
    if (second.status === 200 && second.body.sessionId !== null) await app().pay(second.body.sessionId)
    await app().settle()
    expect(onlyOne(await subscriptionsAt(app(), project)).status).toBe('active')
    expect(['pro', 'max']).toContain(await planOf(app(), project, 'u'))
  })

  it('changes nothing when the card is declined; the same session can still be paid', async () => {
    const project = await app().project({ tiers: LADDER })
    const { sessionId } = await wantTier(app(), project, 'u', 'pro')
    expect(await app().pay(sessionId, { card: 'decline' })).toMatchObject({ paid: false })
    expect(await planOf(app(), project, 'u')).toBe('free')
    expect(await subscriptionsAt(app(), project)).toHaveLength(0)
    await app().pay(sessionId)
    expect(await planOf(app(), project, 'u')).toBe('pro')
  })

  it('gives nothing for a session that expired, and sells anew afterwards', async () => {
    const project = await app().project({ tiers: LADDER })
    const first = await wantTier(app(), project, 'u', 'pro')
    await app().advance('24h')
    expect((await sessionsAt(app(), project))[0]).toMatchObject({ id: first.sessionId, status: 'expired' })
    expect(await planOf(app(), project, 'u')).toBe('free')
    const second = await wantTier(app(), project, 'u', 'pro')
    expect(second.sessionId).not.toBe(first.sessionId)
    await app().pay(second.sessionId)
    expect(await planOf(app(), project, 'u')).toBe('pro')
  })

  it('hands out no session that is about to expire', async () => {
    const project = await app().project({ tiers: LADDER })
    const first = await wantTier(app(), project, 'u', 'pro')
    await app().advance('22h') // an hour is left
    expect((await wantTier(app(), project, 'u', 'pro')).sessionId).toBe(first.sessionId)
    await app().advance('45m')
    expect((await wantTier(app(), project, 'u', 'pro')).sessionId).not.toBe(first.sessionId)
    expect((await sessionsAt(app(), project)).filter(({ status }) => status === 'open')).toHaveLength(1)
  })

  it('gives a delayed payment access only when Stripe calls the subscription active [S3]', async () => {
    const project = await app().project({ tiers: LADDER })
    const { sessionId } = await wantTier(app(), project, 'u', 'pro')
    await app().pay(sessionId, { card: 'delayed' })
    const { status } = onlyOne(await subscriptionsAt(app(), project))
    const expected = status === 'active' || status === 'trialing' ? 'pro' : 'free'
    expect(await planOf(app(), project, 'u')).toBe(expected)
    await app().ok('POST', `/sandbox/stripe/checkout/${sessionId}/settle`, { body: { outcome: 'fail' } })
    await app().settle()
    const after = onlyOne(await subscriptionsAt(app(), project)).status
    expect(await planOf(app(), project, 'u')).toBe(['active', 'trialing', 'past_due'].includes(after) ? 'pro' : 'free')
  })

  it('sells a year when a year is asked for, and counts by the month within it', async () => {
    const prices = [
      { interval: 'month', unitAmount: 1000, currency: 'usd' },
      { interval: 'year', unitAmount: 10_000, currency: 'usd' },
    ] as const
    const project = await app().project({ tiers: [LADDER[0], tier({ slug: 'pro', limit: 50, prices })] })
    const { body } = await askFor(app(), project, 'u', { tier: 'pro', interval: 'year' })
    await app().pay(body.sessionId)
    const item = itemOf(onlyOne(await subscriptionsAt(app(), project)))
    expect(item.price).toMatchObject({ unit_amount: 10_000, recurring: { interval: 'year' } })
    expect(await app().usage(project, 'u')).toMatchObject({ plan: 'pro', resetsAt: item.current_period_end * 1000 })
    const { metrics } = await app().ok('GET', '/api/dashboard', { headers: secret(project) })
    expect(metrics).toMatchObject({ mrr: 833, activeSubs: 1 })
  })

  it('grants the trial once: a customer who tried before pays at once', async () => {
    const project = await app().project({
      tiers: [LADDER[0], tier({ slug: 'pro', limit: 50, unitAmount: 1000, trialDays: 14 })],
    })
    await app().subscribe(project, 'u')
    const trial = onlyOne(await subscriptionsAt(app(), project))
    expect(trial).toMatchObject({ status: 'trialing' })
    expect(await app().usage(project, 'u')).toMatchObject({ plan: 'pro', limit: 50 })
    await stripeOf(app(), project).subscriptions.cancel(trial.id)
    await app().settle()
    expect(await planOf(app(), project, 'u')).toBe('free')
    await app().subscribe(project, 'u')
    const [second] = await subscriptionsAt(app(), project)
    expect(second).toMatchObject({ status: 'active', trial_end: null })
  })

  it('grants no second trial to a customer who is deleted and comes back', async () => {
    const project = await app().project({
      tiers: [LADDER[0], tier({ slug: 'pro', limit: 50, unitAmount: 1000, trialDays: 14 })],
    })
    await app().subscribe(project, 'u')
    await app().ok('DELETE', '/api/customers/u', { headers: secret(project) })
    await app().settle()
    await app().subscribe(project, 'u')
    const [again] = await subscriptionsAt(app(), project)
    expect(again).toMatchObject({ status: 'active', trial_end: null })
  })

  it('refuses what cannot be bought, by name, and asks Stripe nothing', async () => {
    const project = await app().project({ tiers: LADDER })
    const cases = [
      [{ tier: 'gold' }, 400, 'unknown_tier'],
      [{ tier: 'pro', interval: 'year' }, 400, 'tier_not_for_sale'],
      [{ tier: 'pro', priceId: 'price_1' }, 400, 'price_mismatch'],
      [{ tier: 'pro', amount: 1 }, 400, 'invalid_request'],
      [{ tier: 'pro', trialDays: 900 }, 400, 'invalid_request'],
      [{ tier: 'pro', quantity: 0 }, 400, 'invalid_request'],
    ] as const
    for (const [wish, status, code] of cases) {
      const refused = await askFor(app(), project, 'u', wish)
      expect([refused.status, refused.body.code], JSON.stringify(wish)).toEqual([status, code])
    }
    expect(await requestsAt(app(), project, '/v1/')).toHaveLength(0)
    const unconnected = await app().project({ tiers: LADDER, stripeAccount: null })
    expect((await askFor(app(), unconnected, 'u')).body).toMatchObject({ code: 'payments_not_connected' })
  })

  it('answers the free tier without Stripe when nothing was bought', async () => {
    const project = await app().project({ tiers: LADDER })
    const answer = await wantTier(app(), project, 'u', 'free')
    expect(answer).toMatchObject({ url: RETURNS.successUrl, sessionId: null, changed: false })
    expect(await requestsAt(app(), project, '/v1/')).toHaveLength(0)
  })

  it('opens the portal of the customer who asks, with the address to come back to', async () => {
    const project = await app().project({ tiers: LADDER })
    const before = await app().call('POST', '/api/customer-portal', {
      headers: as(project, 'u'),
      body: {
        returnUrl: RETURNS.successUrl,
      },
    })
    expect(before).toMatchObject({
      status: 400,
      body: { code: 'no_subscription', error: 'No active subscription found' },
    })
    await app().subscribe(project, 'u')
    for (const returnUrl of [RETURNS.successUrl, 'http://localhost:4000/account']) {
      const { url } = await app().ok('POST', '/api/customer-portal', { headers: as(project, 'u'), body: { returnUrl } })
      expect(await (await fetch(url)).text()).toContain(returnUrl)
    }
    const configurations = await stripeOf(app(), project).billingPortal.configurations.list()
    expect(configurations.data).toHaveLength(1)
  })
})
