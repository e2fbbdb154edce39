/** The shapes that leave the object: supersets of what clients of the first API read. Pure. */

import type {
  Customer as SaidCustomer,
  Subscription as SaidSubscription,
  TierOnSale,
} from '../sdk/schema/answers/plans.ts'
import type { Said } from '../sdk/schema/answers/words.ts'
import type { MeterLimit } from '../sdk/schema/catalog.ts'
import type { Entitlement, WireLimit } from '../sdk/schema/usage.ts'
import type { Tier } from './catalog.ts'
import type { Customer } from './customers.ts'
import type { Plan } from './entitlement.ts'
import { daysOf, type Span } from './period.ts'
import type { Subscription } from './subscriptions.ts'

/** Inside, `null` means no limit; the wire has a word for it. */
export const wireLimit = (limit: number | null): WireLimit => limit ?? 'unlimited'

const NOT_INCLUDED: MeterLimit = { limit: 0, period: 'subscription' }

/** What a plan allows of one meter. A meter the plan does not have is not included: its limit is 0. */
export const limitOf = (plan: Plan, meter: string): MeterLimit => plan.own?.[meter] ?? limitIn(plan.tier, meter)
export const limitIn = (tier: Pick<Tier, 'limits'> | null, meter: string): MeterLimit =>
  tier?.limits[meter] ?? NOT_INCLUDED

export function toEntitlement(facts: {
  customerId: string
  plan: string
  meter: string
  used: number
  limit: number | null
  span: Span
  credits: number
}): Entitlement {
  const { limit, used, span, credits } = facts
  const remaining = limit === null ? null : Math.max(0, limit - used) + credits
  const days = daysOf(span)
  return {
    userId: facts.customerId,
    plan: facts.plan,
    meter: facts.meter,
    allowed: remaining === null || remaining > 0,
    used,
    usageCount: used,
    count: used,
    limit: wireLimit(limit),
    remaining: wireLimit(remaining),
    credits,
    periodStart: days.first,
    periodEnd: days.last,
    resetsAt: span.end,
  }
}

/** A tier as everyone may see it. `limit` is the one of the meter listed first. */
export function toPublicTier(tier: Tier): Said<typeof TierOnSale> {
  const price = tier.prices[0]
  const first = Object.values(tier.limits)[0]
  const limit = first === undefined ? null : first.limit
  return {
    id: tier.slug,
    name: tier.slug,
    slug: tier.slug,
    displayName: tier.displayName,
    description: tier.description,
    price: price?.unitAmount ?? 0,
    currency: price?.currency ?? 'usd',
    interval: price?.interval ?? 'month',
    prices: tier.prices.map(({ interval, unitAmount, currency, stripePriceId }) => ({
      interval,
      unitAmount,
      currency,
      priceId: stripePriceId,
    })),
    limit: wireLimit(limit),
    unlimited: limit === null,
    limits: Object.fromEntries(
      Object.entries(tier.limits).map(([meter, { limit: value, period }]) => [
        meter,
        { limit: wireLimit(value), period },
      ]),
    ),
    features: tier.features,
    billingMode: 'subscription',
    imageUrl: null,
    inventory: null,
    soldOut: false,
    popular: tier.popular,
    trialDays: tier.trialDays,
    requestsPerMinute: tier.requestsPerMinute,
    stripePriceId: price?.stripePriceId ?? null,
    priceId: price?.stripePriceId ?? null,
    productId: tier.stripeProductId,
  }
}

export function toPublicCustomer(customer: Customer, plan: Plan, publishableKey: string): Said<typeof SaidCustomer> {
  return {
    id: customer.id,
    email: customer.email,
    firstName: customer.firstName,
    lastName: customer.lastName,
    plan: plan.slug,
    grantedPlan: customer.grantedTier,
    limits: customer.limits,
    publishableKey,
    stripeCustomerId: customer.stripeCustomerId,
    createdAt: customer.createdAt,
  }
}

export function toPublicSubscription(subscription: Subscription): Said<typeof SaidSubscription> {
  return {
    id: subscription.id,
    status: subscription.status,
    tier: subscription.tier,
    unitAmount: subscription.unitAmount,
    currency: subscription.currency,
    interval: subscription.interval,
    currentPeriodStart: subscription.currentPeriodStart,
    currentPeriodEnd: subscription.currentPeriodEnd,
    trialEnd: subscription.trialEnd,
    cancelAt: subscription.cancelAt,
    scheduledTier: subscription.scheduledTier,
  }
}
