/** What is sold by subscription: tiers, their limits per meter and their prices. */

import * as v from 'valibot'
import { IfRevision, line } from './common.ts'
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

/** One amount for each currency and interval. The first price is the one shown. */
const Prices = v.pipe(
  v.array(Price),
  v.minLength(1, 'must have at least 1 price'),
  v.maxLength(10, 'must have at most 10 prices'),
  v.check(
    (prices) => new Set(prices.map(({ interval, currency }) => `${interval} ${currency}`)).size === prices.length,
    'must have one price for each currency and interval',
  ),
)

const isWellFormed = (text: string) => text.isWellFormed()

const fields = {
  displayName: line(80),
  description: v.pipe(v.string(), v.maxLength(500), v.check(isWellFormed, 'must be well-formed Unicode')),
  features: v.pipe(v.array(line(200)), v.maxLength(40)),
  popular: v.boolean(),
  trialDays: v.nullable(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(730))),
  /** Requests a minute for one customer; `null` is the default of 100 for calls with the customer's own token. */
  requestsPerMinute: v.nullable(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(1_000_000))),
  limits: v.record(Meter, MeterLimit),
  prices: Prices,
}

/** A tier as its developer writes it. */
export const TierInput = v.strictObject({
  slug: Slug,
  displayName: fields.displayName,
  description: v.optional(fields.description, ''),
  features: v.optional(fields.features, []),
  popular: v.optional(fields.popular, false),
  trialDays: v.optional(fields.trialDays, null),
  requestsPerMinute: v.optional(fields.requestsPerMinute, null),
  limits: fields.limits,
  prices: fields.prices,
})
export type TierInput = v.InferOutput<typeof TierInput>

/** What is left out stays as it is. The slug never changes: it is what customers hold. */
export const TierPatch = v.strictObject({
  displayName: v.optional(fields.displayName),
  description: v.optional(fields.description),
  features: v.optional(fields.features),
  popular: v.optional(fields.popular),
  trialDays: v.optional(fields.trialDays),
  requestsPerMinute: v.optional(fields.requestsPerMinute),
  limits: v.optional(fields.limits),
  prices: v.optional(fields.prices),
  /** Do those who pay a price that is not sold any more keep it, or pay the present one from their next invoice on? */
  subscribers: v.optional(v.picklist(['keep', 'migrate']), 'keep'),
  ifRevision: IfRevision,
})
export type TierPatch = v.InferOutput<typeof TierPatch>

/** A change that is only thought of. */
export const TierPreview = v.strictObject({
  limits: v.optional(fields.limits),
  prices: v.optional(fields.prices),
  archive: v.optional(v.boolean(), false),
})
export type TierPreview = v.InferOutput<typeof TierPreview>

/** The lowest first. A tier that is not named stays behind the one that it was behind. */
export const TierOrder = v.strictObject({
  slugs: v.pipe(
    v.array(Slug),
    v.maxLength(100, 'must name at most 100 tiers'),
    v.check((slugs) => new Set(slugs).size === slugs.length, 'must name each tier once'),
  ),
})
export type TierOrder = v.InferOutput<typeof TierOrder>
