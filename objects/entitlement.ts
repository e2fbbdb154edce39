/** Which plan a customer holds, and what it allows. Pure: rows and a moment in, an answer out. */

import type { MeterLimit } from '../sdk/schema/catalog.ts'
import type { OwnLimits } from '../sdk/schema/customer.ts'
import type { SubscriptionStatus } from '../sdk/schema/subscription.ts'
import type { Rhythm } from './period.ts'
import type { Subscription } from './subscriptions.ts'
import type { Tier } from './catalog.ts'

/**
 * Stripe's status → may the plan be used. Past due keeps access while Stripe retries the payment; what follows
 * (unpaid or canceled) ends it.
 */
const ACCESS: Readonly<Record<SubscriptionStatus, boolean>> = {
  trialing: true,
  active: true,
  past_due: true,
  incomplete: false,
  incomplete_expired: false,
  unpaid: false,
  canceled: false,
  paused: false,
}

/** `null` for a word that Stripe added since: the caller keeps what held before and says so. */
export function accessOf(status: string): boolean | null {
  return Object.hasOwn(ACCESS, status) ? ACCESS[status as SubscriptionStatus] : null
}

/** Can this subscription still be paid, changed or resumed? Then a second one must not be sold. */
export const isLive = (status: string): boolean =>
  status !== 'canceled' && status !== 'incomplete_expired' && status !== 'incomplete'

export function givesAccess(subscription: Pick<Subscription, 'access' | 'endedAt' | 'cancelAt'>, now: number): boolean {
  if (!subscription.access) return false
  if (subscription.endedAt !== null && now >= subscription.endedAt) return false
  return subscription.cancelAt === null || now < subscription.cancelAt
}

export interface Plan {
  readonly slug: string
  readonly tier: Tier | null
  readonly rhythm: Rhythm
  /** What this customer alone may use, in the plan's place. */
  readonly own?: Readonly<Record<string, MeterLimit>>
}

/** A customer's own limits that hold now, counted in the plan's periods. */
export function ownLimitsAt(limits: OwnLimits, plan: Plan, now: number): Readonly<Record<string, MeterLimit>> {
  const holding = Object.entries(limits).filter(([, { until }]) => until === null || now < until)
  return Object.fromEntries(
    holding.map(([meter, { limit }]) => [
      meter,
      { ...(plan.tier?.limits[meter] ?? { period: 'subscription' }), limit },
    ]),
  )
}

export interface PlanFacts {
  readonly createdAt: number
  readonly grantedTier: string | null
  readonly subscriptions: readonly Subscription[]
}

/** The best of what was bought and what was granted; the free tier otherwise. */
export function planAt(facts: PlanFacts, catalog: readonly Tier[], now: number): Plan {
  const rank = (slug: string | null) => catalog.findIndex((tier) => tier.slug === slug)
  let best: Subscription | null = null
  for (const subscription of facts.subscriptions) {
    if (!givesAccess(subscription, now)) continue
    if (best === null || rank(subscription.tier) > rank(best.tier)) best = subscription
  }
  const own: Rhythm = { anchor: facts.createdAt, months: 1, current: null }
  if (best && rank(best.tier) >= rank(facts.grantedTier)) {
    return { slug: best.tier, tier: catalog[rank(best.tier)] ?? null, rhythm: rhythmOf(best) }
  }
  const granted = catalog[rank(facts.grantedTier)]
  if (granted) return { slug: granted.slug, tier: granted, rhythm: best ? rhythmOf(best) : own }
  const free = freeTier(catalog)
  return { slug: free?.slug ?? 'free', tier: free, rhythm: own }
}

function rhythmOf(subscription: Subscription): Rhythm {
  return {
    anchor: subscription.billingCycleAnchor,
    months: subscription.interval === 'year' ? 12 : 1,
    current: { start: subscription.currentPeriodStart, end: subscription.currentPeriodEnd },
  }
}

/** What everyone holds who bought nothing: the lowest tier on sale whose first price is 0. */
export function freeTier(catalog: readonly Tier[]): Tier | null {
  return (
    catalog.find((tier) => tier.archivedAt === null && tier.prices.every((price) => price.unitAmount === 0)) ?? null
  )
}

/** The cheapest tier on sale that would allow `needed` of a meter in one period. */
export function tierAllowing(catalog: readonly Tier[], meter: string, needed: number): Tier | null {
  return (
    catalog.find((tier) => {
      const limit = tier.limits[meter]
      return tier.archivedAt === null && limit !== undefined && (limit.limit === null || limit.limit >= needed)
    }) ?? null
  )
}
