import { describe, expect, it } from 'vitest'
import { as, secret, useApp, type TestProject } from '../support/app.ts'
import {
  askFor,
  card,
  customerOf,
  itemOf,
  LADDER,
  moveTo,
  onlyOne,
  planOf,
  requestsAt,
  sessionsAt,
  stripeOf,
  subscriptionsAt,
  tier,
  wantTier,
} from '../support/billing.ts'

const app = useApp()

/** A project whose customer "u" holds a tier. */
async function holding(slug: string): Promise<TestProject> {
  const project = await app().project({ tiers: LADDER })
  await app().subscribe(project, 'u', slug)
  return project
}

const current = async (project: TestProject) => onlyOne(await subscriptionsAt(app(), project))
const subscriptionOf = async (project: TestProject) => (await customerOf(app(), project, 'u')).subscriptions[0]

describe('changing a plan', () => {
  it('upgrades at once and bills the difference, in the same subscription [S2]', async () => {
    const project = await holding('pro')
    const before = await current(project)
    expect(await wantTier(app(), project, 'u', 'max')).toMatchObject({ changed: true, sessionId: null })
    expect(await app().usage(project, 'u')).toMatchObject({ plan: 'max', limit: 500 }) // without waiting for an event
    const after = await current(project)
    expect(after).toMatchObject({ id: before.id, status: 'active', cancel_at: null })
    expect(itemOf(after).price.unit_amount).toBe(5000)
    const { data } = await stripeOf(app(), project).invoices.list({ subscription: before.id })
    expect(data.map(({ amount_paid }) => amount_paid).reduce((sum, amount) => sum + amount, 0)).toBe(5000)
  })

  it('downgrades at the end of the paid period and keeps the plan until then [S2]', async () => {
    const project = await holding('max')
    const end = itemOf(await current(project)).current_period_end * 1000
    expect(await wantTier(app(), project, 'u', 'pro')).toMatchObject({ changed: true, sessionId: null })
    expect(await subscriptionOf(project)).toMatchObject({ tier: 'max', scheduledTier: 'pro' })
    await moveTo(app(), end - 5_000)
    expect(await planOf(app(), project, 'u')).toBe('max')
    await moveTo(app(), end + 5_000)
    await app().advance('2h') // Stripe's invoice of the new period is finalized an hour later
    expect(await app().usage(project, 'u')).toMatchObject({ plan: 'pro', limit: 50 })
    expect(itemOf(await current(project)).price.unit_amount).toBe(1000)
    expect(await subscriptionOf(project)).toMatchObject({ tier: 'pro', scheduledTier: null })
  })

  it('downgrades under the terms that were agreed: the trial goes on, and the discount stays', async () => {
    const [free, pro, max] = LADDER
    const project = await app().project({ tiers: [free, pro, { ...max, trialDays: 14 }] })
    await app().subscribe(project, 'u', 'max')
    const stripe = stripeOf(app(), project)
    const before = await current(project)
    const coupon = await stripe.coupons.create({ percent_off: 50, duration: 'forever' })
    await stripe.subscriptions.update(before.id, { discounts: [{ coupon: coupon.id }] })
    await wantTier(app(), project, 'u', 'pro')
    const after = await current(project)
    expect(after).toMatchObject({ status: 'trialing', trial_end: before.trial_end })
    expect(after.discounts).toHaveLength(1)
    expect(await subscriptionOf(project)).toMatchObject({ tier: 'max', scheduledTier: 'pro' })
    await moveTo(app(), (before.trial_end ?? 0) * 1000 + 5_000)
    await app().advance('2h')
    expect(await current(project)).toMatchObject({ status: 'active', discounts: after.discounts })
    expect(await planOf(app(), project, 'u')).toBe('pro')
    const { data } = await stripe.invoices.list({ subscription: before.id })
    expect(data.map(({ amount_paid }) => amount_paid)).toEqual([500, 0])
  })

  it('takes a planned downgrade back when the present tier is asked for again', async () => {
    const project = await holding('max')
    await wantTier(app(), project, 'u', 'pro')
    await wantTier(app(), project, 'u', 'max')
    expect(await subscriptionOf(project)).toMatchObject({ tier: 'max', scheduledTier: null })
    expect(await current(project)).toMatchObject({ schedule: null })
    await app().advance('32d')
    expect(await planOf(app(), project, 'u')).toBe('max')
  })

  it('cancels at the end of the period when the free tier is asked for, and resumes when the tier is', async () => {
    const project = await holding('pro')
    const { current_period_end: end } = itemOf(await current(project))
    await wantTier(app(), project, 'u', 'free')
    expect(await current(project)).toMatchObject({ status: 'active', cancel_at: end })
    expect(await subscriptionOf(project)).toMatchObject({ cancelAt: end * 1000 })
    expect(await planOf(app(), project, 'u')).toBe('pro')
    await wantTier(app(), project, 'u', 'pro')
    expect(await current(project)).toMatchObject({ status: 'active', cancel_at: null })
    await app().advance('32d')
    expect(await planOf(app(), project, 'u')).toBe('pro')
  })

  it('upgrades a subscription that was going to end, and it goes on', async () => {
    const project = await holding('pro')
    await wantTier(app(), project, 'u', 'free')
    await wantTier(app(), project, 'u', 'max')
    expect(await current(project)).toMatchObject({ status: 'active', cancel_at: null })
    expect(await planOf(app(), project, 'u')).toBe('max')
  })

  it('upgrades over a planned downgrade, and downgrades over a planned end', async () => {
    const project = await app().project({
      tiers: [...LADDER, tier({ slug: 'top', limit: null, unitAmount: 9000 })],
    })
    await app().subscribe(project, 'u', 'max')
    await wantTier(app(), project, 'u', 'pro')
    await wantTier(app(), project, 'u', 'top')
    expect(await app().usage(project, 'u')).toMatchObject({ plan: 'top', limit: 'unlimited' })
    expect(await subscriptionOf(project)).toMatchObject({ scheduledTier: null })
    await wantTier(app(), project, 'u', 'free')
    await wantTier(app(), project, 'u', 'pro')
    expect(await subscriptionOf(project)).toMatchObject({ tier: 'top', scheduledTier: 'pro', cancelAt: null })
    await app().advance('32d')
    expect(await planOf(app(), project, 'u')).toBe('pro')
  })

  it('asks Stripe nothing when the wish is the present state, however often it is made', async () => {
    const project = await holding('pro')
    await wantTier(app(), project, 'u', 'pro')
    const before = (await requestsAt(app(), project, '/v1/')).filter(({ method }) => method !== 'GET').length
    for (let i = 0; i < 3; i += 1) await wantTier(app(), project, 'u', 'pro')
    expect((await requestsAt(app(), project, '/v1/')).filter(({ method }) => method !== 'GET')).toHaveLength(before)
  })

  it('bills an upgrade once, however often it is pressed at once', async () => {
    const project = await holding('pro')
    await Promise.all(Array.from({ length: 5 }, () => askFor(app(), project, 'u', { tier: 'max' })))
    await app().settle()
    expect(await planOf(app(), project, 'u')).toBe('max')
    const { data } = await stripeOf(app(), project).invoices.list({})
    expect(data).toHaveLength(2)
  })

  it('keeps the plan when the card is declined for an upgrade, and upgrades once it is replaced', async () => {
    const project = await holding('pro')
    const { stripeCustomerId } = await customerOf(app(), project, 'u')
    await card(app(), stripeCustomerId, 'decline')
    expect(await askFor(app(), project, 'u', { tier: 'max' })).toMatchObject({
      status: 402,
      body: { code: 'payment_failed' },
    })
    expect(await planOf(app(), project, 'u')).toBe('pro')
    expect(itemOf(await current(project)).price.unit_amount).toBe(1000)
    await card(app(), stripeCustomerId, 'ok')
    expect(await askFor(app(), project, 'u', { tier: 'max' })).toMatchObject({ status: 200, body: { changed: true } })
    expect(await planOf(app(), project, 'u')).toBe('max')
  })

  it('moves the limit with the plan and never the count: an upgrade keeps it, a downgrade below it refuses [U5]', async () => {
    const project = await app().project({ tiers: LADDER })
    const use = (quantity: number) => app().call('POST', '/api/data', { headers: as(project, 'u'), body: { quantity } })
    await app().subscribe(project, 'u', 'pro')
    expect((await use(50)).status).toBe(200)
    expect((await use(1)).status).toBe(403)
    await wantTier(app(), project, 'u', 'max')
    expect((await use(1)).body.usage).toMatchObject({ used: 51, limit: 500 })
    const item = itemOf(await current(project))
    const pro = (await stripeOf(app(), project).prices.list()).data.find(({ unit_amount }) => unit_amount === 1000)
    await stripeOf(app(), project).subscriptions.update(item.subscription, {
      items: [{ id: item.id, price: pro?.id ?? '' }],
    })
    await app().settle()
    expect(await use(1)).toMatchObject({ status: 403, body: { used: 51, limit: 50, remaining: 0 } })
  })

  it('follows the price wherever it was changed: in the developer’s own dashboard or the portal [S4]', async () => {
    const project = await app().project({ tiers: LADDER })
    await app().subscribe(project, 'other', 'max')
    await app().subscribe(project, 'u', 'pro')
    const stripe = stripeOf(app(), project)
    const max = (await stripe.prices.list()).data.find(({ unit_amount }) => unit_amount === 5000)
    const { stripeCustomerId } = await customerOf(app(), project, 'u')
    const subscription = onlyOne((await stripe.subscriptions.list({ customer: stripeCustomerId })).data)
    await stripe.subscriptions.update(subscription.id, {
      items: [{ id: itemOf(subscription).id, price: max?.id ?? '' }],
      metadata: { tier: 'pro', plan: 'pro' },
    })
    await app().settle()
    expect(await planOf(app(), project, 'u')).toBe('max')
  })

  it('hears of a cancellation made in the portal, and of its being taken back there', async () => {
    const project = await holding('pro')
    const { url } = await app().ok('POST', '/api/customer-portal', {
      headers: as(project, 'u'),
      body: { returnUrl: 'http://localhost:3000/account' },
    })
    const { id } = await current(project)
    const press = async (action: string) => {
      const form = new URLSearchParams({ action, subscription: id })
      const answer = await fetch(url, { method: 'POST', body: form, redirect: 'manual' })
      expect(answer.status).toBeLessThan(400)
      await app().settle()
    }
    await press('cancel')
    expect((await subscriptionOf(project)).cancelAt).toBe(itemOf(await current(project)).current_period_end * 1000)
    await press('resume')
    expect((await subscriptionOf(project)).cancelAt).toBeNull()
  })

  it('forgets a customer only after Stripe stopped billing, and leaves no figures behind', async () => {
    const project = await app().project({ tiers: LADDER })
    const { id, email } = await app().customer(project)
    await app().subscribe(project, id, 'pro')
    expect(await app().ok('DELETE', `/api/customers/${id}`, { headers: secret(project) })).toMatchObject({
      success: true,
      message: 'Customer deleted successfully',
      deleted: { id, email },
    })
    expect((await current(project)).status).toBe('canceled')
    const dashboard = await app().ok('GET', '/api/dashboard', { headers: secret(project) })
    expect(dashboard.metrics).toMatchObject({ activeSubs: 0, mrr: 0 })
    expect(dashboard.totalCustomers).toBe(0)
    await app().settle()
    expect((await app().ok('GET', '/api/dashboard', { headers: secret(project) })).metrics.activeSubs).toBe(0)
  })

  it('leaves nothing to pay to a customer who is forgotten while a checkout is open', async () => {
    const project = await app().project({ tiers: LADDER })
    const { id } = await app().customer(project)
    await wantTier(app(), project, id, 'pro')
    await app().ok('DELETE', `/api/customers/${id}`, { headers: secret(project) })
    expect(onlyOne(await sessionsAt(app(), project)).status).toBe('expired')
  })

  it('does not bill a customer who is forgotten before their payment was told', async () => {
    const project = await app().project({ tiers: LADDER })
    const { id } = await app().customer(project)
    const { sessionId } = await wantTier(app(), project, id, 'pro')
    await app().ok('POST', '/sandbox/stripe/delivery', { body: { paused: true } })
    await app().pay(sessionId)
    await app().ok('DELETE', `/api/customers/${id}`, { headers: secret(project) })
    await app().ok('POST', '/sandbox/stripe/delivery', { body: { paused: false } })
    await app().settle()
    expect((await current(project)).status).toBe('canceled')
  })

  it('ends the plan of a customer whom the developer deletes at Stripe, and sells to them again', async () => {
    const project = await holding('pro')
    const { stripeCustomerId } = await customerOf(app(), project, 'u')
    await stripeOf(app(), project).customers.del(stripeCustomerId)
    await app().settle()
    expect(await planOf(app(), project, 'u')).toBe('free')
    await app().subscribe(project, 'u', 'pro')
    expect(await planOf(app(), project, 'u')).toBe('pro')
    expect((await customerOf(app(), project, 'u')).stripeCustomerId).not.toBe(stripeCustomerId)
  })

  it('ends it as well when the two events come in the other order', async () => {
    const project = await holding('pro')
    const { stripeCustomerId } = await customerOf(app(), project, 'u')
    await app().ok('POST', '/sandbox/stripe/delivery', { body: { paused: true } })
    await stripeOf(app(), project).customers.del(stripeCustomerId)
    const { events } = await app().ok('GET', `/sandbox/stripe/events?account=${project.stripeAccount}&limit=2`)
    const types = (events as { id: string; type: string }[]).toSorted((a) => (a.type === 'customer.deleted' ? -1 : 1))
    expect(types.map(({ type }) => type)).toEqual(['customer.deleted', 'customer.subscription.deleted'])
    await app().ok('POST', '/sandbox/stripe/delivery', { body: { drop: 1 } })
    for (const { id } of types) {
      await app().ok('POST', `/sandbox/stripe/events/${id}/redeliver`, { body: {} })
      await app().settle()
    }
    await app().ok('POST', '/sandbox/stripe/delivery', { body: {} })
    expect(await planOf(app(), project, 'u')).toBe('free')
  })
})
