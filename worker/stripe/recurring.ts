/** What a subscription brings again and again: its licensed items by the month, and the discounts that last. Pure. */

import type Stripe from 'stripe'
import type { Discount } from '../../objects/metrics.ts'
import { toMsOrNull } from './client.ts'

/** How often each interval comes in a year. */
const A_YEAR = { day: 365, week: 52, month: 12, year: 1 } as const

type Item = Stripe.SubscriptionItem

/** What is counted by a meter brings what was used, which nobody knows before. */
export const isLicensed = ({ price }: Item): boolean => price.recurring?.usage_type !== 'metered'

export function toRecurring(subscription: Stripe.Subscription): {
  monthlyAmount: number
  discounts: readonly Discount[]
} {
  const items = subscription.items.data.filter(isLicensed)
  const yearly = items.reduce(
    (sum, item) => sum + (item.price.unit_amount ?? 0) * (item.quantity ?? 1) * timesOf(item),
    0,
  )
  const [first] = items
  const discounts = first === undefined ? [] : subscription.discounts.flatMap((discount) => toDiscount(discount, first))
  return { monthlyAmount: Math.floor(yearly / 12), discounts }
}

function timesOf({ price: { recurring } }: Item): number {
  const times = Object.hasOwn(A_YEAR, recurring?.interval ?? '')
    ? A_YEAR[recurring!.interval as keyof typeof A_YEAR]
    : 12
  return times / (recurring?.interval_count ?? 1)
}

/** An amount is taken off every invoice; what is paid once a year gets a twelfth of it a month. */
function toDiscount(discount: string | Stripe.Discount, item: Item): Discount[] {
  const coupon = typeof discount === 'string' ? null : discount.source.coupon
  if (typeof discount === 'string' || coupon === null || typeof coupon === 'string') return []
  if (coupon.duration === 'once') return []
  const off = coupon.currency === item.price.currency ? coupon.amount_off : null
  const amountOff = off === null ? null : Math.floor((off * timesOf(item)) / 12)
  return [{ percentOff: coupon.percent_off, amountOff, endsAt: toMsOrNull(discount.end) }]
}
