/** Metered items: they have no quantity, are billed after their period for what the meter counted, and a trial is free. */
import { formatDecimal } from './amount.ts'
import { line, money } from './lines.ts'
import { aggregate } from './meterEvents.ts'
import { isMetered } from './prices.ts'
import { costOfUsage } from './tiers.ts'
import type { InvoiceLine, Price, Subscription, SubscriptionItem, Tier } from './types.ts'
import type { World } from './world.ts'

/** The part of a metered item's life that one invoice bills. */
export interface Metered {
  item: SubscriptionItem
  customer: string
  start: number
  end: number
}

/** The metered items among these, each for its running period, up to `end` if that comes sooner. */
export function meteredOf(
  { customer, status }: Subscription,
  items: readonly SubscriptionItem[],
  end = Number.POSITIVE_INFINITY,
): Metered[] {
  if (status !== 'active' && status !== 'past_due' && status !== 'unpaid') return []
  return items
    .filter(({ price }) => isMetered(price))
    .map((item) => ({
      item,
      customer,
      start: item.current_period_start,
      end: Math.min(item.current_period_end, end),
    }))
}

/** What was counted, priced: a line for every tier that the count reaches. */
export function usageLines(world: World, subscription: string, metered: readonly Metered[]): InvoiceLine[] {
  return metered.flatMap(({ item, customer, start, end }) => {
    const meter = world.store.require('meter', item.price.recurring?.meter ?? '')
    const count = Math.max(aggregate(world, meter, { customer, start, end }) ?? 0, 0)
    return costOfUsage(item.price, tiersOf(world, item.price), count).map(({ tier, quantity, unit, amount }) => {
      const of = item.price.nickname ?? item.price.product
      const rate = `at ${unit === null ? 'a flat fee' : formatDecimal(unit, item.price.currency)}`
      const description = `${quantity} × ${of} (${tier === null ? rate : `Tier ${tier} ${rate}`})`
      return line({ item, subscription, start, end, amount, description, usage: { quantity, unit } })
    })
  })
}

/** Stripe shows tiers only on request. */
export function tiersOf(world: World, price: Price): Tier[] {
  return world.store.hidden('price', price.id).tiers ?? []
}

/** A price in words, tiers included: "$0.00 each for the first 2,000, then $0.03 each / month". */
export function priceText(world: World, price: Price): string {
  if (!isMetered(price)) return money(price)
  const { interval, interval_count: count } = price.recurring ?? { interval: 'month', interval_count: 1 }
  const every = `/ ${count === 1 ? '' : `${count} `}${interval}`
  const tiers = tiersOf(world, price)
  if (tiers.length === 0) return `${formatDecimal(price.unit_amount_decimal ?? '0', price.currency)} each ${every}`
  const each = tiers.map(({ up_to, unit_amount_decimal: unit }) => {
    const rate = `${formatDecimal(unit ?? '0', price.currency)} each`
    return up_to === null ? rate : `${rate} for the first ${up_to.toLocaleString('en-US')}`
  })
  return `${each.join(', then ')} ${every}`
}
