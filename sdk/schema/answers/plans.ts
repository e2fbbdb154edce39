/**
 * What the routes of usage, plans and customers answer. Answers are not parsed as they leave; a test holds the answer of every example against it,
 * in both directions.
 */

import * as v from 'valibot'
import { INTERVALS, MeterLimit } from '../catalog.ts'
import { PERIODS } from '../usage.ts'
import { text, flag, count, at, amount, maybe, limit, cursor, done } from './words.ts'

export const Refusal = v.object({
  error: v.pipe(text, v.description('A short text, as clients of the first API know it')),
  code: v.pipe(text, v.description('Switch on this. See /docs/errors')),
  message: v.pipe(text, v.description('A sentence that may be shown')),
  requestId: text,
})

export const Entitlement = v.object({
  userId: text,
  plan: text,
  meter: text,
  allowed: flag,
  used: count,
  usageCount: v.pipe(count, v.description('`used` by an older name')),
  count: v.pipe(count, v.description('`used` by an older name')),
  limit,
  remaining: v.pipe(limit, v.description('Of the plan and of bought credits together')),
  credits: v.pipe(count, v.description('Bought usage that is left')),
  periodStart: v.pipe(text, v.description('First day of the period, UTC')),
  periodEnd: maybe(text),
  resetsAt: v.pipe(maybe(count), v.description('Epoch ms; `null` when the count never starts again')),
})

export const Counted = v.object({
  ...done,
  allowed: v.literal(true),
  id: v.pipe(text, v.description('Names this use, to take it back with')),
  data: v.object({ message: text }),
  usage: Entitlement,
})
export const Usage = v.object({ ...Entitlement.entries, meters: v.record(text, Entitlement) })
export const BatchResult = v.union([
  v.object({ ...done, allowed: v.literal(true), id: text, usage: Entitlement, replayed: flag }),
  v.objectWithRest(
    {
      success: v.literal(false),
      allowed: v.literal(false),
      status: count,
      error: text,
      code: text,
      message: text,
    },
    v.unknown(),
  ),
])
export const Batch = v.object({ success: flag, results: v.array(BatchResult) })
export const Reversal = v.object({ ...done, reversed: v.literal(true), id: text, usage: Entitlement })

export const TierOnSale = v.object({
  id: text,
  name: v.pipe(text, v.description('The slug')),
  slug: text,
  displayName: text,
  description: text,
  price: amount,
  currency: text,
  interval: v.picklist(INTERVALS),
  prices: v.array(
    v.object({ interval: v.picklist(INTERVALS), unitAmount: amount, currency: text, priceId: maybe(text) }),
  ),
  limit: v.pipe(limit, v.description('Of the meter that is listed first')),
  unlimited: flag,
  limits: v.record(
    text,
    v.object({ limit, period: v.picklist(PERIODS), spendCredits: v.optional(v.picklist(['before', 'after'])) }),
  ),
  features: v.array(text),
  billingMode: v.literal('subscription'),
  imageUrl: v.null(),
  inventory: v.null(),
  soldOut: flag,
  popular: flag,
  trialDays: maybe(count),
  requestsPerMinute: maybe(count),
  stripePriceId: maybe(text),
  priceId: maybe(text),
  productId: maybe(text),
})
export const TiersOnSale = v.object({ tiers: v.array(TierOnSale) })

const TierPrice = v.object({
  interval: v.picklist(INTERVALS),
  currency: text,
  unitAmount: amount,
  onSale: v.pipe(flag, v.description('Those who pay a price that is not on sale any more keep it')),
  subscribers: count,
})
export const Tier = v.object({
  slug: text,
  displayName: text,
  description: text,
  features: v.array(text),
  popular: flag,
  trialDays: maybe(count),
  requestsPerMinute: maybe(count),
  limits: v.record(text, MeterLimit),
  prices: v.array(TierPrice),
  subscribers: count,
  isDefault: v.pipe(flag, v.description('What customers have who hold no plan')),
  archivedAt: maybe(at),
  productId: maybe(text),
  revision: count,
})
const Migration = v.object({
  total: count,
  done: count,
  skipped: count,
  waiting: count,
  failed: count,
  failures: v.array(v.object({ subscriptionId: text, reason: maybe(text) })),
})
export const Tiers = v.object({ tiers: v.array(Tier) })
export const OrderedTiers = v.object({ ...done, tiers: v.array(Tier) })
export const MadeTier = v.object({ ...done, tier: Tier })
export const ChangedTier = v.object({ ...done, tier: Tier, migration: maybe(Migration) })
export const MigrationState = v.object({ migration: Migration })
export const Impact = v.object({
  impact: v.object({
    subscribers: count,
    prices: v.array(v.object({ ...TierPrice.entries, becomes: amount })),
    monthly: v.array(v.object({ currency: text, before: amount, after: amount })),
    overLimit: v.object({
      count,
      customers: v.array(v.object({ customerId: text, meter: text, used: count, limit: count })),
    }),
  }),
})

export const StartedCheckout = v.object({
  url: v.pipe(text, v.description('Send the customer there; your `successUrl` when nothing has to be paid now')),
  checkoutId: v.pipe(maybe(text), v.description('Ask by it after the payment; `null` when no page was made')),
  sessionId: maybe(text),
  changed: v.pipe(flag, v.description('The plan was changed in place')),
})
export const Checkout = v.object({
  checkout: v.object({
    id: text,
    state: v.picklist(['pending', 'open', 'complete', 'expired', 'failed']),
    tier: text,
    interval: v.picklist(INTERVALS),
    sessionId: maybe(text),
    url: v.pipe(maybe(text), v.description('The page, while it can be paid')),
    expiresAt: maybe(at),
    createdAt: at,
  }),
  plan: v.pipe(text, v.description('What the customer may use now')),
})
export const Portal = v.object({ url: text })

export const Customer = v.object({
  id: text,
  email: maybe(text),
  firstName: maybe(text),
  lastName: maybe(text),
  plan: v.pipe(text, v.description('What they may use now: bought, granted, or the free tier')),
  grantedPlan: maybe(text),
  limits: v.pipe(
    maybe(v.record(text, v.object({ limit: maybe(count), until: maybe(at) }))),
    v.description('By meter, over what the plan says'),
  ),
  publishableKey: text,
  stripeCustomerId: maybe(text),
  createdAt: at,
})
export const Subscription = v.object({
  id: text,
  status: text,
  tier: text,
  unitAmount: amount,
  currency: text,
  interval: v.picklist(INTERVALS),
  currentPeriodStart: at,
  currentPeriodEnd: at,
  trialEnd: maybe(at),
  cancelAt: maybe(at),
  scheduledTier: maybe(text),
})
export const OneCustomer = v.object({
  customer: v.object({ ...Customer.entries, subscriptions: v.array(Subscription) }),
})
export const Customers = v.object({
  customers: v.array(
    v.object({
      ...Customer.entries,
      figures: v.optional(
        v.pipe(
          v.object({
            meter: text,
            used: count,
            limit,
            atLimit: flag,
            status: text,
            renewsAt: maybe(at),
            mrr: amount,
            currency: maybe(text),
          }),
          v.description('Asked for with `with=figures`: what they use, of the plan’s first meter, and pay a month'),
        ),
      ),
    }),
  ),
  nextCursor: cursor,
})
export const MadeCustomer = v.object({ ...done, customer: Customer })
export const ErasedCustomer = v.object({
  ...done,
  message: text,
  deleted: v.object({ id: text, email: maybe(text) }),
})
export const CustomerExport = v.object({
  export: v.pipe(
    v.objectWithRest({ at }, v.unknown()),
    v.description('A list for each table that has rows about this person'),
  ),
})
