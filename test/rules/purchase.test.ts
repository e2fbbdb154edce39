import { describe, expect, it } from 'vitest'
import { purchaseOf } from '../../objects/purchase.ts'
import type { Subscription } from '../../objects/subscriptions.ts'
import type { Interval } from '../../sdk/schema/catalog.ts'
import { SUBSCRIPTION_STATUSES } from '../../sdk/schema/subscription.ts'
import { aPrice, aSubscription, aTier } from '../support/facts.ts'

const free = aTier('free')
const pro = aTier('pro', { prices: [aPrice('pro', 2900), aPrice('pro', 29_000, 'year')], trialDays: 14 })
const max = aTier('max', { prices: [aPrice('max', 9900), aPrice('max', 99_000, 'year')] })
const catalog = [free, pro, max]

const wish = (
  tier: typeof pro,
  subscriptions: Subscription[] = [],
  more: { interval?: Interval | null; trialed?: boolean } = {},
) =>
  purchaseOf({
    tier,
    interval: more.interval ?? null,
    currency: null,
    catalog,
    subscriptions,
    trialed: more.trialed ?? false,
  })

const kindOf = (...args: Parameters<typeof wish>) => {
  const purchase = wish(...args)
  return purchase.ok ? purchase.value.kind : purchase.code
}

describe('[S2] what asking for a tier means', () => {
  it('buys when nothing lives, at the price of the server', () => {
    expect(wish(pro)).toEqual({ ok: true, value: { kind: 'buy', price: pro.prices[0], trialDays: 14 } })
    expect(wish(pro, [], { interval: 'year' })).toMatchObject({ value: { price: { unitAmount: 29_000 } } })
  })

  it('gives one trial in a life', () => {
    expect(wish(pro, [], { trialed: true })).toMatchObject({ value: { kind: 'buy', trialDays: null } })
    expect(wish(max)).toMatchObject({ value: { kind: 'buy', trialDays: null } })
  })

  /** What is held, what is wished, what follows. */
  const CASES: [string, Partial<Subscription>, typeof pro, Interval | null, string][] = [
    ['a higher tier', {}, max, null, 'upgrade'],
    ['a lower tier', { tier: 'max' }, pro, null, 'downgrade'],
    ['the same tier', {}, pro, null, 'nothing'],
    ['the same tier, yearly', {}, pro, 'year', 'upgrade'],
    ['the same tier, monthly again', { interval: 'year' }, pro, 'month', 'downgrade'],
    ['the same tier, about to end', { cancelAt: 1 }, pro, null, 'resume'],
    ['the same tier, about to change', { tier: 'max', scheduledTier: 'pro' }, max, null, 'resume'],
    ['a downgrade that is planned already', { tier: 'max', scheduledTier: 'pro' }, pro, null, 'nothing'],
    ['an upgrade while a downgrade is planned', { scheduledTier: 'basic' }, max, null, 'upgrade'],
    ['the free tier', {}, free, null, 'cancel'],
    ['the free tier, about to end anyway', { cancelAt: 1 }, free, null, 'nothing'],
    ['a higher tier while a trial runs', { status: 'trialing' }, max, null, 'upgrade'],
    ['a higher tier while a payment is late', { status: 'past_due' }, max, null, 'upgrade'],
    ['a higher tier while unpaid', { status: 'unpaid' }, max, null, 'payment_failed'],
    ['the same tier while paused', { status: 'paused' }, pro, null, 'payment_failed'],
    ['the free tier while unpaid', { status: 'unpaid' }, free, null, 'cancel'],
    ['a tier of a status that Stripe added since', { status: 'mystery' }, pro, null, 'nothing'],
    ['after a canceled one', { status: 'canceled' }, pro, null, 'buy'],
    ['after one whose first payment failed', { status: 'incomplete_expired' }, pro, null, 'buy'],
    ['while a first payment is open', { status: 'incomplete' }, pro, null, 'buy'],
    ['the free tier without anything to end', { status: 'canceled' }, free, null, 'nothing'],
  ]
  it.each(CASES)('%s: %#', (_, held, tier, interval, kind) => {
    expect(kindOf(tier, [aSubscription(held)], { interval })).toBe(kind)
  })

  it.each(SUBSCRIPTION_STATUSES)('never sells a second one beside one that is %s and could still be paid', (status) => {
    const sold = kindOf(max, [aSubscription({ status })]) === 'buy'
    expect(sold).toBe(['canceled', 'incomplete', 'incomplete_expired'].includes(status))
  })

  it('changes the one that lives, however many ended around it', () => {
    const ended = aSubscription({ id: 'sub_0', status: 'canceled' })
    const live = aSubscription({ id: 'sub_2' })
    for (const subscriptions of [
      [ended, live],
      [live, ended],
    ])
      expect(wish(max, subscriptions)).toMatchObject({ value: { kind: 'upgrade', subscription: { id: 'sub_2' } } })
  })
})

describe('[S1] what is not for sale', () => {
  it('is an archived tier, and an interval that has no price', () => {
    expect(kindOf({ ...pro, archivedAt: 1 })).toBe('tier_not_for_sale')
    expect(kindOf(aTier('basic', { unitAmount: 900 }), [], { interval: 'year' })).toBe('tier_not_for_sale')
    expect(kindOf(free)).toBe('nothing')
  })
})
