import { describe, expect, it } from 'vitest'
import type Stripe from 'stripe'
import { as, page, secret, useApp, type TestProject } from '../support/app.ts'
import {
  askFor,
  card,
  customerOf,
  itemOf,
  LADDER,
  moveTo,
  onlyOne,
  planOf,
  stripeOf,
  subscriptionsAt,
  tier,
  wantTier,
} from '../support/billing.ts'

const app = useApp()

const current = async (project: TestProject): Promise<Stripe.Subscription> =>
  onlyOne(await subscriptionsAt(app(), project))
const statusAt = async (project: TestProject) =>
  (await customerOf(app(), project, 'u')).subscriptions[0]?.status as string

/** A project whose customer "u" holds pro. */
async function holdingPro(tiers: readonly object[] = LADDER): Promise<TestProject> {
  const project = await app().project({ tiers })
  await app().subscribe(project, 'u', 'pro')
  return project
}

/** The card stops working and the next renewal fails, for as often as Stripe tries. */
async function unpaid(project: TestProject, after: 'cancel' | 'unpaid' | null): Promise<void> {
  const { id, customer } = await current(project)
  if (after !== null)
    await app().ok('POST', `/sandbox/stripe/subscriptions/${id}/settings`, { body: { after_dunning: after } })
  await card(app(), String(customer), 'decline')
  await app().advance('32d')
}

describe('what a subscription gives, by its status [S3]', () => {
  it('renews by the clock: the count begins again with the paid period', async () => {
    const project = await holdingPro()
    await app().ok('POST', '/api/data', { headers: as(project, 'u'), body: { quantity: 50 } })
    const first = await app().usage(project, 'u')
    await app().advance('32d')
    const item = itemOf(await current(project))
    expect(await app().usage(project, 'u')).toMatchObject({
      plan: 'pro',
      used: 0,
      remaining: 50,
      resetsAt: item.current_period_end * 1000,
    })
    expect(item.current_period_start * 1000).toBe(first.resetsAt)
    const { data } = await stripeOf(app(), project).invoices.list({})
    expect(data.map(({ status, amount_paid }) => [status, amount_paid])).toEqual([
      ['paid', 1000],
      ['paid', 1000],
    ])
  })

  it('keeps access while Stripe retries a failed payment, and says past_due', async () => {
    const project = await holdingPro()
    await unpaid(project, null)
    expect((await current(project)).status).toBe('past_due')
    expect(await statusAt(project)).toBe('past_due')
    expect(await planOf(app(), project, 'u')).toBe('pro')
  })

  it('is as before when the card is replaced and the retry succeeds', async () => {
    const project = await holdingPro()
    await unpaid(project, null)
    await card(app(), String((await current(project)).customer), 'ok')
    await app().advance('10d')
    expect((await current(project)).status).toBe('active')
    expect(await statusAt(project)).toBe('active')
    expect(await planOf(app(), project, 'u')).toBe('pro')
  })

  it.each([
    ['cancel', 'canceled'],
    ['unpaid', 'unpaid'],
  ] as const)('ends access when the retries are over and the account says %s', async (after, status) => {
    const project = await holdingPro()
    await unpaid(project, after)
    await app().advance('25d')
    expect((await current(project)).status).toBe(status)
    expect(await statusAt(project)).toBe(status)
    expect(await app().usage(project, 'u')).toMatchObject({ plan: 'free', limit: 5 })
    const { metrics } = await app().ok('GET', '/api/dashboard', { headers: secret(project) })
    expect(metrics).toMatchObject({ activeSubs: 0, mrr: 0 })
    if (status === 'canceled') return
    const refused = await askFor(app(), project, 'u', { tier: 'max' }) // nothing is sold beside it
    expect(refused).toMatchObject({ status: 402, body: { code: 'payment_failed' } })
    expect(refused.body.message).toContain('portal')
    expect(await subscriptionsAt(app(), project)).toHaveLength(1)
  })

  it('gives nothing for an incomplete subscription, nor once it is incomplete_expired', async () => {
    const project = await app().project({ tiers: LADDER })
    await app().subscribe(project, 'other', 'pro')
    await wantTier(app(), project, 'u', 'pro')
    const stripe = stripeOf(app(), project)
    const price = (await stripe.prices.list()).data[0]
    const { stripeCustomerId } = await customerOf(app(), project, 'u')
    const made = await stripe.subscriptions.create({
      customer: stripeCustomerId,
      items: [{ price: price?.id ?? '' }],
      payment_behavior: 'default_incomplete',
    })
    expect(made.status).toBe('incomplete')
    await app().settle()
    expect(await planOf(app(), project, 'u')).toBe('free')
    await app().advance('24h')
    expect((await stripe.subscriptions.retrieve(made.id)).status).toBe('incomplete_expired')
    expect(await planOf(app(), project, 'u')).toBe('free')
    await app().subscribe(project, 'u', 'pro') // neither stands in the way of buying
    expect(await planOf(app(), project, 'u')).toBe('pro')
  })

  it('gives nothing while paused, and everything again once resumed', async () => {
    const project = await app().project({
      tiers: [LADDER[0], tier({ slug: 'pro', limit: 50, unitAmount: 1000, trialDays: 7 })],
    })
    await app().subscribe(project, 'other', 'pro')
    await wantTier(app(), project, 'u', 'pro')
    const stripe = stripeOf(app(), project)
    const { stripeCustomerId } = await customerOf(app(), project, 'u')
    const price = (await stripe.prices.list()).data[0]
    const made = await stripe.subscriptions.create({
      customer: stripeCustomerId,
      items: [{ price: price?.id ?? '' }],
      trial_period_days: 7,
      trial_settings: { end_behavior: { missing_payment_method: 'pause' } },
    })
    await app().settle()
    expect(await planOf(app(), project, 'u')).toBe('pro')
    await app().advance('8d')
    expect((await stripe.subscriptions.retrieve(made.id)).status).toBe('paused')
    expect(await planOf(app(), project, 'u')).toBe('free')
    expect((await askFor(app(), project, 'u')).status).toBe(402)
    await card(app(), stripeCustomerId, 'ok')
    await stripe.subscriptions.resume(made.id)
    await app().settle()
    expect(await planOf(app(), project, 'u')).toBe('pro')
  })

  it('turns a trial into a paid subscription by the clock', async () => {
    const project = await holdingPro([LADDER[0]!, tier({ slug: 'pro', limit: 50, unitAmount: 1000, trialDays: 14 })])
    expect(await statusAt(project)).toBe('trialing')
    const { metrics } = await app().ok('GET', '/api/dashboard', { headers: secret(project) })
    expect(metrics).toMatchObject({ activeSubs: 1, trialingSubs: 1, mrr: 0 })
    const trialEnds = ((await current(project)).trial_end ?? 0) * 1000
    expect((await app().usage(project, 'u')).resetsAt).toBe(trialEnds)
    await app().advance('15d')
    expect(await statusAt(project)).toBe('active')
    expect((await app().ok('GET', '/api/dashboard', { headers: secret(project) })).metrics.mrr).toBe(1000)
  })

  it('ends access at cancel_at by the clock alone: one second before yes, one second after no', async () => {
    const project = await holdingPro()
    await wantTier(app(), project, 'u', 'free')
    const end = itemOf(await current(project)).current_period_end * 1000
    await app().ok('POST', '/sandbox/stripe/delivery', { body: { drop: 1 } }) // nobody tells us of the end
    await moveTo(app(), end - 1_000)
    expect(await planOf(app(), project, 'u')).toBe('pro')
    await moveTo(app(), end + 1_000)
    expect(await app().usage(project, 'u')).toMatchObject({ plan: 'free', limit: 5 })
    await app().ok('POST', '/sandbox/stripe/delivery', { body: {} })
  })

  it('ends access in the middle of a period when Stripe was told so, and at once when canceled at once', async () => {
    const project = await holdingPro()
    const subscription = await current(project)
    const at = Math.floor(itemOf(subscription).current_period_start + 5 * 86_400)
    await stripeOf(app(), project).subscriptions.update(subscription.id, { cancel_at: at, proration_behavior: 'none' })
    await app().settle()
    await moveTo(app(), at * 1000 - 1_000)
    expect(await planOf(app(), project, 'u')).toBe('pro')
    await moveTo(app(), at * 1000 + 1_000)
    expect(await planOf(app(), project, 'u')).toBe('free')

    await app().subscribe(project, 'v', 'pro')
    const second = (await subscriptionsAt(app(), project)).find(({ status }) => status === 'active')
    await stripeOf(app(), project).subscriptions.cancel(second?.id ?? '')
    await app().settle()
    expect(await planOf(app(), project, 'v')).toBe('free')
  })

  it('tells the identity provider of an end that only the clock announced', async () => {
    const project = await app().project({ tiers: LADDER })
    const { id } = await app().customer(project)
    await app().subscribe(project, id, 'pro')
    await wantTier(app(), project, id, 'free')
    const metadata = async () =>
      (await app().ok('GET', `/sandbox/clerk/users/${id}?instance=test`)).public_metadata as Record<string, unknown>
    await app().settle()
    expect(await metadata()).toMatchObject({ plan: 'pro' })
    await app().ok('POST', '/sandbox/stripe/delivery', { body: { drop: 1 } })
    await moveTo(app(), itemOf(await current(project)).current_period_end * 1000 + 1_000)
    await app().settle()
    await app().ok('POST', '/sandbox/stripe/delivery', { body: {} })
    expect(await metadata()).toMatchObject({ plan: 'free', projects: { [project.publishableKey]: 'free' } })
  })

  it('serves nobody once the developer’s own account is blocked, from that moment on', async () => {
    const project = await holdingPro()
    const { now } = await app().ok('GET', '/sandbox/clock')
    await app().ok('POST', '/sandbox/projects/standing', {
      body: { projectId: project.projectId, graceAt: now + 1_000, blockedAt: now + 86_400_000 },
    })
    await moveTo(app(), now + 60_000)
    expect(await planOf(app(), project, 'u')).toBe('pro') // grace serves as before
    await moveTo(app(), now + 86_400_000 + 1_000)
    for (const headers of [as(project, 'u'), secret(project), page(project)]) {
      const path = headers === secret(project) ? '/api/customers' : '/api/tiers'
      expect((await app().call('GET', path, { headers })).body).toMatchObject({
        error: 'subscription_expired',
        message: 'Subscription expired. Please renew at dashboard to restore API access.',
      })
    }
    expect((await app().call('POST', '/api/data', { headers: as(project, 'u') })).status).toBe(403)
    await app().ok('POST', '/sandbox/projects/standing', { body: { projectId: project.projectId } })
    expect(await planOf(app(), project, 'u')).toBe('pro')
  })
})
