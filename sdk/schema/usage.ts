/** What is counted: the input of the usage verbs and the entitlement they answer. */

import * as v from 'valibot'
import { Cursor, IdempotencyKey, Id, line, PageLimit, Properties } from './common.ts'
import { Days } from './report.ts'

export const DEFAULT_METER = 'requests'

/** How often the count of a meter starts again at 0. `subscription` follows the customer's own billing period. */
export const PERIODS = ['hour', 'day', 'week', 'month', 'year', 'lifetime', 'subscription'] as const
export type Period = (typeof PERIODS)[number]

export const Meter = v.pipe(
  v.string(),
  v.regex(/^[a-z][a-z0-9_.-]{0,63}$/, 'must start with a letter and have at most 64 characters of a–z 0–9 _ . -'),
)

export const Quantity = v.pipe(
  v.number('must be a whole number'),
  v.integer('must be a whole number'),
  v.minValue(1, 'must be at least 1'),
  v.maxValue(1_000_000_000, 'must be at most 1,000,000,000'),
)

/** One consumption. A bare call counts 1 of the default meter. */
export const UsageInput = v.strictObject({
  meter: v.optional(Meter, DEFAULT_METER),
  quantity: v.optional(Quantity, 1),
  properties: v.optional(Properties),
  idempotencyKey: v.optional(IdempotencyKey),
})
export type UsageInput = v.InferOutput<typeof UsageInput>

/** One meter, or all of them. */
export const UsageQuery = v.strictObject({ meter: v.optional(Meter) })

export const BatchInput = v.strictObject({
  items: v.pipe(
    v.array(v.strictObject({ customerId: Id, ...UsageInput.entries })),
    v.minLength(1, 'must have at least 1 item'),
    v.maxLength(1000, 'must have at most 1,000 items'),
  ),
})
export type BatchInput = v.InferOutput<typeof BatchInput>

/** What uses are told apart by. */
export const GROUPS = ['plan', 'customer', 'outcome'] as const
export type GroupBy = (typeof GROUPS)[number]

const Moment = v.pipe(v.string(), v.regex(/^\d{1,15}$/, 'must be epoch ms'), v.transform(Number))

/** How far back a chart looks: by the hour up to a week, by the day beyond. */
export const HistoryQuery = v.strictObject({
  days: Days,
  meter: v.optional(Meter),
  /** By plan; by customer, of the last seven days; or by what became of the call, of the last 31 days. */
  by: v.optional(v.picklist(GROUPS)),
  format: v.optional(v.picklist(['json', 'csv']), 'json'),
})

/** Counted calls one by one; they are kept seven days. */
export const CallsQuery = v.strictObject({
  customerId: v.optional(Id),
  meter: v.optional(Meter),
  plan: v.optional(line(80)),
  /** Epoch ms; the end is not in it. */
  since: v.optional(Moment),
  until: v.optional(Moment),
  limit: v.optional(PageLimit, '50'),
  cursor: v.optional(Cursor),
})

/** Who was refused at a limit, by whole hours; kept 31 days. */
export const LimitHitsQuery = v.strictObject({
  meter: v.optional(Meter),
  since: v.optional(Moment),
  until: v.optional(Moment),
  format: v.optional(v.picklist(['json', 'csv']), 'json'),
})

/** What would be asked: may this customer use so much, now, and why not? */
export const ExplainQuery = v.strictObject({
  meter: v.optional(Meter),
  quantity: v.optional(
    v.pipe(v.string(), v.regex(/^[1-9]\d{0,8}$/, 'must be a whole number'), v.transform(Number)),
    '1',
  ),
})

/** A count on the old wire: a whole number, or the word. Inside, `null` means unlimited. */
export type WireLimit = number | 'unlimited'

/** What one customer may still use of one meter, now. Carries every spelling that clients read. */
export interface Entitlement {
  readonly userId: string
  readonly plan: string
  readonly meter: string
  readonly allowed: boolean
  readonly used: number
  readonly usageCount: number
  readonly count: number
  readonly limit: WireLimit
  /** What is left of the plan's allowance and of bought credits together. */
  readonly remaining: WireLimit
  /** Bought usage that is left, on top of the plan. */
  readonly credits: number
  /** First and last day of the period, UTC, `YYYY-MM-DD`; `null` end when it never ends. */
  readonly periodStart: string
  readonly periodEnd: string | null
  /** Epoch ms at which the count starts again at 0; `null` when it never does. */
  readonly resetsAt: number | null
}
