/** Facts from Stripe, as a project kept them. */

import * as v from 'valibot'
import { Cursor, PageLimit } from './common.ts'

export const EVENT_OUTCOMES = ['pending', 'applied', 'unchanged', 'ignored', 'failed'] as const
export type EventOutcome = (typeof EVENT_OUTCOMES)[number]

export const EventQuery = v.strictObject({
  limit: v.optional(PageLimit, '25'),
  cursor: v.optional(Cursor),
  type: v.optional(v.pipe(v.string(), v.maxLength(100))),
  outcome: v.optional(v.picklist(EVENT_OUTCOMES)),
})
export type EventQuery = v.InferOutput<typeof EventQuery>
