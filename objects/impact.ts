/** Who is touched by a change of a tier, and how much money it is. Pure but for reading. */

import type { Price } from '../sdk/schema/catalog.ts'
import type { Tier } from './catalog.ts'
import { isLive } from './entitlement.ts'
import { monthlyAmount } from './metrics.ts'
import type { Subscription } from './subscriptions.ts'

/** What so many subscribers pay alike. */
export interface PriceGroup extends Price {
  readonly subscribers: number
  readonly onSale: boolean
}

export const liveOf = (subscriptions: readonly Subscription[]): Subscription[] =>
  subscriptions.filter(({ status }) => isLive(status))

const samePair = (a: Omit<Price, 'unitAmount'>, b: Omit<Price, 'unitAmount'>): boolean =>
  a.interval === b.interval && a.currency === b.currency
const samePrice = (a: Price, b: Price): boolean => samePair(a, b) && a.unitAmount === b.unitAmount

/** The prices on sale, then those that are not and still have subscribers. */
export function priceGroups(tier: Tier, subscriptions: readonly Subscription[]): PriceGroup[] {
  const live = liveOf(subscriptions)
  const others = live.filter((subscription) => !tier.prices.some((price) => samePrice(price, subscription)))
  const kept = others.filter((one, index) => others.findIndex((other) => samePrice(one, other)) === index)
  const groupOf = ({ interval, currency, unitAmount }: Price, onSale: boolean): PriceGroup => ({
    interval,
    currency,
    unitAmount,
    onSale,
    subscribers: live.filter((subscription) => samePrice(subscription, { interval, currency, unitAmount })).length,
  })
  return [...tier.prices.map((price) => groupOf(price, true)), ...kept.map((price) => groupOf(price, false))]
}

/** What the subscribers bring a month in each currency, now and when all of them pay the new prices. */
export function monthlyImpact(
  subscriptions: readonly Subscription[],
  prices: readonly Price[],
): { currency: string; before: number; after: number }[] {
  const totals = new Map<string, { before: number; after: number }>()
  for (const subscription of liveOf(subscriptions)) {
    const next = prices.find((price) => samePair(price, subscription)) ?? subscription
    const total = totals.get(subscription.currency) ?? { before: 0, after: 0 }
    totals.set(subscription.currency, {
      before: total.before + monthlyAmount(subscription),
      after: total.after + monthlyAmount({ ...subscription, unitAmount: next.unitAmount }),
    })
  }
  return [...totals].map(([currency, total]) => ({ currency, ...total }))
}

/** What this group would pay: nothing changes for one whose currency and interval are not sold any more. */
export const becomes = (group: PriceGroup, prices: readonly Price[]): number =>
  prices.find((price) => samePair(price, group))?.unitAmount ?? group.unitAmount
