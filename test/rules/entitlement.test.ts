import { describe, expect, it } from 'vitest'
import {
  accessOf,
  freeTier,
  givesAccess,
  isLive,
  planAt,
  tierAllowing,
  type PlanFacts,
} from '../../objects/entitlement.ts'
import { SUBSCRIPTION_STATUSES } from '../../sdk/schema/subscription.ts'
import { aPrice, aSubscription, aTier, at } from '../support/facts.ts'

const NOW = at('2026-01-20T00:00:00Z')
const free = aTier('free')
const pro = aTier('pro', { unitAmount: 2900 })
const max = aTier('max', { unitAmount: 9900, limits: { requests: { limit: null, period: 'subscription' } } })
const catalog = [free, pro, max]
const facts = (over: Partial<PlanFacts> = {}): PlanFacts => ({
  createdAt: at('2025-11-03T00:00:00Z'),
  grantedTier: null,
  subscriptions: [],
  ...over,
})

/** status, gives access, a second one must not be sold */
const STATUSES = [
  ['trialing', true, true],
  ['active', true, true],
  ['past_due', true, true],
  ['unpaid', false, true],
  ['paused', false, true],
  ['incomplete', false, false],
  ['incomplete_expired', false, false],
  ['canceled', false, false],
] as const

describe("[S3] Stripe's status gives access by one table", () => {
  it('has a line for every status [F23]', () => {
    expect(STATUSES.map(([status]) => status).toSorted()).toEqual([...SUBSCRIPTION_STATUSES].toSorted())
  })

  it.each(STATUSES)('%s: access %s, live %s', (status, access, live) => {
    expect(accessOf(status)).toBe(access)
    expect(isLive(status)).toBe(live)
  })

  it.each(['mystery', '', 'Active', 'toString', '__proto__', 'constructor'])(
    'says of the unknown word %j that it does not know',
    (status) => expect(accessOf(status)).toBeNull(),
  )

  it.each([
    ['kept while nothing ends it', {}, true],
    ['gone from cancelAt on', { cancelAt: NOW }, false],
    ['kept one ms before cancelAt', { cancelAt: NOW + 1 }, true],
    ['gone from endedAt on', { endedAt: NOW }, false],
    ['kept one ms before endedAt', { endedAt: NOW + 1 }, true],
    ['gone when it ended, although cancelAt is ahead', { endedAt: NOW - 1, cancelAt: NOW + 1 }, false],
    ['kept past the end of the paid period: Stripe may be late', { currentPeriodEnd: NOW - 1 }, true],
    ['never there without access', { access: false, cancelAt: NOW + 1 }, false],
  ])('access is %s', (_, over, access) => expect(givesAccess(aSubscription(over), NOW)).toBe(access))

  it.each(STATUSES)('the plan of a subscription that is %s gives access: %s', (status, access) => {
    const subscription = aSubscription({ status, access: accessOf(status) ?? false })
    expect(planAt(facts({ subscriptions: [subscription] }), catalog, NOW).slug).toBe(access ? 'pro' : 'free')
  })
})

describe('[S4] the plan is the best of what was bought and what was granted', () => {
  it.each([
    ['nothing', null, null, 'free'],
    ['a grant', null, 'pro', 'pro'],
    ['a purchase', 'pro', null, 'pro'],
    ['a higher grant', 'pro', 'max', 'max'],
    ['a higher purchase', 'max', 'pro', 'max'],
    ['both the same', 'pro', 'pro', 'pro'],
    ['a grant of a tier that is gone', null, 'gone', 'free'],
    ['a purchase and a grant of a tier that is gone', 'pro', 'gone', 'pro'],
  ])('%s', (_, bought, grantedTier, slug) => {
    const subscriptions = bought === null ? [] : [aSubscription({ tier: bought })]
    expect(planAt(facts({ subscriptions, grantedTier }), catalog, NOW).slug).toBe(slug)
  })

  it('takes the higher of two subscriptions, in either order', () => {
    const two = [aSubscription({ id: 'a', tier: 'pro' }), aSubscription({ id: 'b', tier: 'max' })]
    expect(planAt(facts({ subscriptions: two }), catalog, NOW).slug).toBe('max')
    expect(planAt(facts({ subscriptions: two.toReversed() }), catalog, NOW).slug).toBe('max')
  })

  it('falls back to the lower one when the higher ended', () => {
    const two = [aSubscription({ tier: 'max', cancelAt: NOW }), aSubscription({ id: 'b', tier: 'pro' })]
    expect(planAt(facts({ subscriptions: two }), catalog, NOW).slug).toBe('pro')
    expect(planAt(facts({ subscriptions: two }), catalog, NOW - 1).slug).toBe('max')
  })

  it('keeps the tier that was bought before it was archived', () => {
    const archived = [free, { ...pro, archivedAt: NOW - 1 }, max]
    const plan = planAt(facts({ subscriptions: [aSubscription()] }), archived, NOW)
    expect([plan.slug, plan.tier?.slug]).toEqual(['pro', 'pro'])
  })

  it('gives the lowest free tier on sale, and nothing when there is none', () => {
    expect(freeTier([{ ...free, archivedAt: 1 }, aTier('basic'), pro])?.slug).toBe('basic')
    expect(freeTier([pro, max])).toBeNull()
    expect(planAt(facts(), [pro, max], NOW)).toMatchObject({ slug: 'free', tier: null })
    expect(freeTier([aTier('half', { prices: [aPrice('half', 0), aPrice('half', 900, 'year')] })])).toBeNull()
  })

  it("follows the subscription's own rhythm while it gives access, the customer's otherwise", () => {
    const subscription = aSubscription({ interval: 'year' })
    const anchor = { anchor: subscription.billingCycleAnchor, months: 12 }
    expect(planAt(facts({ subscriptions: [subscription] }), catalog, NOW).rhythm).toMatchObject(anchor)
    expect(planAt(facts({ subscriptions: [subscription], grantedTier: 'max' }), catalog, NOW).rhythm).toMatchObject(
      anchor,
    )
    expect(planAt(facts({ grantedTier: 'max' }), catalog, NOW).rhythm).toEqual({
      anchor: facts().createdAt,
      months: 1,
      current: null,
    })
  })
})

describe('the tier that would allow more', () => {
  const small = aTier('small', { limits: { requests: { limit: 10, period: 'day' } } })
  const big = aTier('big', { limits: { requests: { limit: 20, period: 'day' } } })
  it.each([
    [10, 'small'],
    [11, 'big'],
    [20, 'big'],
    [21, 'max'],
  ])('for %d it is %s', (needed, slug) => expect(tierAllowing([small, big, max], 'requests', needed)?.slug).toBe(slug))
  it('is none when the meter is unknown or the tier is archived', () => {
    expect(tierAllowing([small, big], 'tokens', 1)).toBeNull()
    expect(tierAllowing([small, { ...big, archivedAt: 1 }], 'requests', 11)).toBeNull()
  })
})
