/** Someone who uses or buys from a project. */

import * as v from 'valibot'
import { Cursor, Email, line, PageLimit } from './common.ts'
import { Meter } from './usage.ts'

export const CustomerInput = v.strictObject({
  email: Email,
  password: v.optional(v.pipe(v.string(), v.minLength(8, 'must be at least 8 characters'), v.maxLength(72))),
  firstName: v.optional(line(100)),
  lastName: v.optional(line(100)),
  /** A tier granted without payment. Left out: the free tier. */
  plan: v.optional(line(80)),
})
export type CustomerInput = v.InferOutput<typeof CustomerInput>

/** What one customer alone may use of a meter, over what the plan says, until a moment or for good. */
export const OwnLimit = v.strictObject({
  /** `null`: without limit. */
  limit: v.nullable(
    v.pipe(
      v.number('must be a whole number'),
      v.integer('must be a whole number'),
      v.minValue(0, 'must be at least 0'),
      v.maxValue(1_000_000_000_000, 'must be at most 1,000,000,000,000'),
    ),
  ),
  /** Epoch ms. */
  until: v.optional(v.nullable(v.pipe(v.number(), v.integer(), v.minValue(0))), null),
})
export type OwnLimits = Readonly<Record<string, v.InferOutput<typeof OwnLimit>>>

/** The plan granted by the developer; `null` takes the grant back. What was bought at Stripe is not touched. */
export const CustomerPatch = v.strictObject({
  plan: v.optional(v.nullable(line(80))),
  firstName: v.optional(v.nullable(line(100))),
  lastName: v.optional(v.nullable(line(100))),
  /** By meter; all that there shall be. `null` takes them back: the plan's hold again. */
  limits: v.optional(
    v.nullable(
      v.pipe(
        v.record(Meter, OwnLimit),
        v.check((limits) => Object.keys(limits).length <= 20, 'must name at most 20 meters'),
      ),
    ),
  ),
})
export type CustomerPatch = v.InferOutput<typeof CustomerPatch>

/** What becomes of an erased customer's record at Stripe. Invoices are legal records, so it is kept unless told otherwise. */
export const AFTER_ERASURE = ['keep', 'delete'] as const
export type AfterErasure = (typeof AFTER_ERASURE)[number]

export const ErasureQuery = v.strictObject({ stripe: v.optional(v.picklist(AFTER_ERASURE), 'keep') })

export const CustomerQuery = v.strictObject({
  limit: v.optional(PageLimit, '25'),
  cursor: v.optional(Cursor),
  email: v.optional(Email),
  plan: v.optional(line(80)),
  /** Of their subscription, in Stripe's words; `none` for who has none. */
  status: v.optional(line(30)),
  /** `true`: those whose next use of a meter of their plan would be refused. */
  atLimit: v.optional(v.literal('true')),
  /** Epoch ms: those who joined then or later. */
  since: v.optional(v.pipe(v.string(), v.regex(/^\d{1,15}$/, 'must be epoch ms'), v.transform(Number))),
  /** What they use and pay, beside who they are. */
  with: v.optional(v.literal('figures')),
  format: v.optional(v.picklist(['json', 'csv']), 'json'),
})
export type CustomerQuery = v.InferOutput<typeof CustomerQuery>

/** What a customer uses and pays. */
export interface CustomerFigures {
  /** The plan's first. */
  readonly meter: string
  readonly used: number
  readonly limit: number | 'unlimited'
  /** Of any meter of the plan: the next use would be refused. */
  readonly atLimit: boolean
  /** Stripe's own word, or `none`. */
  readonly status: string
  readonly renewsAt: number | null
  /** Minor units a month. */
  readonly mrr: number
  readonly currency: string | null
}
