/** Stripe's subscription: read into our words, changed in place, ended. */

import type Stripe from 'stripe'
import type { SubscriptionReading } from '../../objects/billing.ts'
import type { Applied } from '../../objects/billing.ts'
import type { Interval } from '../../sdk/schema/catalog.ts'
import type { Mode } from '../../sdk/schema/common.ts'
import type { Env } from '../env.ts'
import { need } from '../http.ts'
import { projectAt } from '../stub.ts'
import type { Place } from './catalog.ts'
import { assertObject, onAccount, stripeFailure, stripeFor, toMs, toMsOrNull, toStripeRefusal } from './client.ts'
import { isLicensed, toRecurring } from './recurring.ts'

const EXPAND = ['schedule', 'discounts.source.coupon']

/**
 * Pure: what of a subscription matters to us. Periods are on the items since 2025; the first that is paid in advance is
 * the plan, and whatever the owner put beside it at Stripe counts as money only.
 */
export function toReading(subscription: Stripe.Subscription): SubscriptionReading | null {
  const item = subscription.items.data.find(isLicensed) ?? subscription.items.data[0]
  if (item === undefined) return null
  const { price } = item
  const { schedule } = subscription
  return {
    id: subscription.id,
    stripeCustomerId: idOf(subscription.customer),
    status: subscription.status,
    itemId: item.id,
    stripePriceId: price.id,
    stripeProductId: idOf(price.product),
    unitAmount: price.unit_amount ?? 0,
    currency: price.currency,
    interval: (price.recurring?.interval === 'year' ? 'year' : 'month') satisfies Interval,
    quantity: item.quantity ?? 1,
    ...toRecurring(subscription),
    currentPeriodStart: toMs(item.current_period_start),
    currentPeriodEnd: toMs(item.current_period_end),
    billingCycleAnchor: toMs(subscription.billing_cycle_anchor),
    trialEnd: toMsOrNull(subscription.trial_end),
    cancelAt: subscription.cancel_at_period_end ? toMs(item.current_period_end) : toMsOrNull(subscription.cancel_at),
    canceledAt: toMsOrNull(subscription.canceled_at),
    endedAt: toMsOrNull(subscription.ended_at),
    scheduleId: schedule === null ? null : idOf(schedule),
    scheduledPriceId: schedule === null || typeof schedule === 'string' ? null : nextPrice(schedule, item),
    createdAt: toMs(subscription.created),
  }
}

function nextPrice(schedule: Stripe.SubscriptionSchedule, item: Stripe.SubscriptionItem): string | null {
  const phase = schedule.phases.find(({ start_date }) => start_date >= item.current_period_end)
  const price = phase?.items[0]?.price
  return price === undefined ? null : idOf(price)
}

const idOf = (reference: string | { id: string }): string => (typeof reference === 'string' ? reference : reference.id)

/** Reads a subscription at Stripe and applies it, unless a newer reading was applied meanwhile. */
export async function readSubscription(id: string, { env, address }: Place): Promise<Applied> {
  const project = projectAt(env, address)
  const { number, stripeAccount } = await project.startReading(id)
  if (stripeAccount === null) {
    const applied: Applied = { outcome: 'ignored', reason: 'no Stripe account is connected' }
    need(await project.settleEvents(`stripe.subscription/${id}`, applied))
    return applied
  }
  const found = await retrieve(id, { env, mode: address.mode, stripeAccount })
  return need(await project.applySubscription({ id, number, found }))
}

async function retrieve(id: string, at: { env: Env; mode: Mode; stripeAccount: string }) {
  const stripe = stripeFor(at.mode, at.env)
  try {
    return toReading(
      assertObject(await stripe.subscriptions.retrieve(id, { expand: EXPAND }, onAccount(at.stripeAccount))),
    )
  } catch (error) {
    if (stripeFailure(error).missing) return null
    throw error
  }
}

/** Ends a subscription now, and lets the project know before anybody is told that it is done. */
export async function endSubscription(
  subscription: { id: string; stripeAccount: string },
  place: Place,
): Promise<void> {
  const { id, stripeAccount } = subscription
  try {
    await stripeFor(place.address.mode, place.env)
      .subscriptions.cancel(id, {}, onAccount(stripeAccount))
      .catch((error: unknown) => {
        if (!stripeFailure(error).missing) throw error // it is gone already
      })
    await readSubscription(id, place)
  } catch (error) {
    throw toStripeRefusal(error)
  }
}
