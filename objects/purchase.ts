/** What asking for a tier means for this customer, now: buy, change, resume, cancel, or nothing to do. Pure. */

import type { Interval } from '../sdk/schema/catalog.ts'
import { no, ok, type Outcome } from './outcome.ts'
import type { Tier, TierPrice } from './catalog.ts'
import { isLive } from './entitlement.ts'
import type { Subscription } from './subscriptions.ts'

export type Purchase =
  /** Nothing lives yet: a hosted checkout sells it. */
  | { readonly kind: 'buy'; readonly price: TierPrice; readonly trialDays: number | null }
  /** More than now: at once, the difference is billed. */
  | { readonly kind: 'upgrade'; readonly subscription: Subscription; readonly price: TierPrice }
  /** Less than now: from the end of the paid period on. */
  | { readonly kind: 'downgrade'; readonly subscription: Subscription; readonly price: TierPrice }
  /** Held already; a planned change or cancellation is taken back. */
  | { readonly kind: 'resume'; readonly subscription: Subscription }
  /** A free tier: the paid one ends with its period. */
  | { readonly kind: 'cancel'; readonly subscription: Subscription }
  | { readonly kind: 'nothing' }

export function purchaseOf(wish: {
  tier: Tier
  interval: Interval | null
  /** Of the price that was named; a subscription keeps its own, which Stripe cannot change. */
  currency: string | null
  catalog: readonly Tier[]
  subscriptions: readonly Subscription[]
  trialed: boolean
}): Outcome<Purchase, 'tier_not_for_sale' | 'payment_failed'> {
  const { tier } = wish
  if (tier.archivedAt !== null) return no('tier_not_for_sale')
  const live = wish.subscriptions.find((subscription) => isLive(subscription.status)) ?? null
  const offered = tier.prices.filter(({ interval }) => wish.interval === null || interval === wish.interval)
  const price = offered.find(({ currency }) => currency === (live?.currency ?? wish.currency)) ?? offered[0]
  if (price === undefined)
    return no('tier_not_for_sale', { message: `The tier ${tier.slug} has no price for this interval.` })

  if (price.unitAmount === 0) {
    if (live === null) return ok({ kind: 'nothing' })
    return ok(live.cancelAt === null ? { kind: 'cancel', subscription: live } : { kind: 'nothing' })
  }
  if (live === null) return ok({ kind: 'buy', price, trialDays: wish.trialed ? null : tier.trialDays })
  if (live.status === 'unpaid' || live.status === 'paused')
    return no('payment_failed', {
      message: `The subscription is ${live.status}. Pay what is open in the billing portal first; then the plan can be changed.`,
    })
  if (live.tier === tier.slug && live.interval === price.interval) {
    const planned = live.cancelAt !== null || live.scheduledTier !== null
    return ok(planned ? { kind: 'resume', subscription: live } : { kind: 'nothing' })
  }
  const rank = (slug: string) => wish.catalog.findIndex((other) => other.slug === slug)
  const more = live.tier === tier.slug ? price.interval === 'year' : rank(tier.slug) > rank(live.tier)
  if (!more && live.scheduledTier === tier.slug) return ok({ kind: 'nothing' })
  return ok({ kind: more ? 'upgrade' : 'downgrade', subscription: live, price })
}
