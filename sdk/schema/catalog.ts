/** What is sold by subscription: tiers, their limits per meter and their prices. */

import * as v from 'valibot'
import { line } from './common.ts'
import { Currency, isChargeable, NOT_CHARGEABLE } from './money.ts'
import { Meter, PERIODS } from './usage.ts'

export const INTERVALS = ['month', 'year'] as const
export type Interval = (typeof INTERVALS)[number]

export const Slug = v.pipe(
  v.string(),
  v.regex(/^[a-z0-9][a-z0-9_-]{0,39}$/, 'must be 1 to 40 characters of a–z 0–9 _ - and not start with _ or -'),
)

export const MeterLimit = v.strictObject({
  /** `null` means no limit. */
  limit: v.nullable(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(Number.MAX_SAFE_INTEGER))),
  period: v.picklist(PERIODS),
  /** Is bought usage spent before or after the plan's own allowance? After, when left out. */
  spendCredits: v.optional(v.picklist(['before', 'after'])),
})
export type MeterLimit = v.InferOutput<typeof MeterLimit>

export const Price = v.pipe(
  v.strictObject({
    interval: v.picklist(INTERVALS),
    /** Integer minor units of `currency`; 0 is free and never reaches Stripe. */
    unitAmount: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(99_999_999)),
    currency: Currency,
  }),
  v.check((price) => isChargeable(price), NOT_CHARGEABLE),
)
export type Price = v.InferOutput<typeof Price>

/** A tier as its developer writes it. The first price is the one shown. */
export const TierInput = v.strictObject({
  slug: Slug,
  displayName: line(80),
  description: v.optional(v.pipe(v.string(), v.maxLength(500)), ''),
  features: v.optional(v.pipe(v.array(line(200)), v.maxLength(40)), []),
  popular: v.optional(v.boolean(), false),
  trialDays: v.optional(v.nullable(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(730))), null),
  /** Requests a minute for one customer; `null` is the default of 100 for calls with the customer's own token. */
  requestsPerMinute: v.optional(
    v.nullable(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(1_000_000))),
    null,
  ),
  limits: v.record(Meter, MeterLimit),
  prices: v.pipe(v.array(Price), v.minLength(1), v.maxLength(10)),
})
export type TierInput = v.InferOutput<typeof TierInput>
