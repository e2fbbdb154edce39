/** Rows as the pure rules take them, made in one line; what a test does not say is unremarkable. */

import type { Tier, TierPrice } from '../../objects/catalog.ts'
import { monthlyAmount } from '../../objects/metrics.ts'
import type { Subscription } from '../../objects/subscriptions.ts'
import type { Interval } from '../../sdk/schema/catalog.ts'

export const at = (text: string): number => Date.parse(text)
export const day = (ms: number): string => new Date(ms).toISOString()

export const aPrice = (tier: string, unitAmount: number, interval: Interval = 'month'): TierPrice => ({
  tier,
  interval,
  currency: 'usd',
  unitAmount,
  stripePriceId: null,
  retired: false,
  closed: false,
})

export const aTier = (slug: string, facts: Partial<Tier> & { unitAmount?: number } = {}): Tier => {
  const { unitAmount = 0, ...rest } = facts
  return {
    slug,
    displayName: slug,
    description: '',
    features: [],
    popular: false,
    trialDays: null,
    requestsPerMinute: null,
    limits: { requests: { limit: 100, period: 'subscription' } },
    prices: [aPrice(slug, unitAmount)],
    stripeProductId: null,
    position: 0,
    archivedAt: null,
    edited: 1,
    revision: 1,
    ...rest,
  }
}

/** Active from 10 January to 10 February 2026. */
export const aSubscription = (facts: Partial<Subscription> = {}): Subscription => ({
  monthlyAmount: monthlyAmount({ unitAmount: 2900, quantity: 1, interval: 'month', ...facts }),
  discounts: [],
  id: 'sub_1',
  customerId: 'u1',
  itemId: 'si_1',
  status: 'active',
  access: true,
  tier: 'pro',
  stripePriceId: 'price_pro',
  unitAmount: 2900,
  currency: 'usd',
  interval: 'month',
  quantity: 1,
  currentPeriodStart: at('2026-01-10T00:00:00Z'),
  currentPeriodEnd: at('2026-02-10T00:00:00Z'),
  billingCycleAnchor: at('2026-01-10T00:00:00Z'),
  trialEnd: null,
  cancelAt: null,
  canceledAt: null,
  endedAt: null,
  scheduleId: null,
  scheduledTier: null,
  createdAt: at('2026-01-10T00:00:00Z'),
  readAt: at('2026-01-10T00:00:00Z'),
  revision: 1,
  ...facts,
})
