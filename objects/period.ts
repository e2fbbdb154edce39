/** In which period a moment falls. Pure: periods are computed from the clock and roll over by key, no job resets them. */

import type { Period } from '../sdk/schema/usage.ts'

/** A half-open span of time, `[start, end)`; `end` is `null` when it never ends. Epoch ms, UTC. */
export interface Span {
  readonly start: number
  readonly end: number | null
}

/** The customer's own rhythm: the billing period that Stripe named last, and how it goes on from there. */
export interface Rhythm {
  /** The moment whose day and time every later period repeats. */
  readonly anchor: number
  readonly months: 1 | 12
  /** The period Stripe named last; before its end it holds as it is (a trial is shorter than a month). */
  readonly current: { readonly start: number; readonly end: number } | null
}

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
/** 1970-01-05 was the first Monday after the epoch. */
const FIRST_MONDAY_MS = 4 * DAY_MS

export function spanAt(period: Period, rhythm: Rhythm, now: number): Span {
  switch (period) {
    case 'hour':
      return fixedSpan(HOUR_MS, 0, now)
    case 'day':
      return fixedSpan(DAY_MS, 0, now)
    case 'week':
      return fixedSpan(7 * DAY_MS, FIRST_MONDAY_MS, now)
    case 'month':
      return calendarSpan(1, now)
    case 'year':
      return calendarSpan(12, now)
    case 'lifetime':
      return { start: 0, end: null }
    case 'subscription':
      return rhythmSpan(rhythm, now)
  }
}

function fixedSpan(length: number, offset: number, now: number): Span {
  const start = Math.floor((now - offset) / length) * length + offset
  return { start, end: start + length }
}

function calendarSpan(months: 1 | 12, now: number): Span {
  const date = new Date(now)
  const month = months === 12 ? 0 : date.getUTCMonth()
  return {
    start: Date.UTC(date.getUTCFullYear(), month, 1),
    end: Date.UTC(date.getUTCFullYear(), month + months, 1),
  }
}

/** The period that Stripe named while it lasts; after it the anniversaries of the anchor, as Stripe itself will cut them. */
function rhythmSpan({ anchor, months, current }: Rhythm, now: number): Span {
  if (current && now < current.end) return current
  const span = anniversarySpan(anchor, months, now)
  return current && span.start < current.end ? { start: current.end, end: span.end } : span
}

function anniversarySpan(anchor: number, months: 1 | 12, now: number): Span {
  const from = new Date(anchor)
  const to = new Date(now)
  const passed = (to.getUTCFullYear() - from.getUTCFullYear()) * 12 + to.getUTCMonth() - from.getUTCMonth()
  let n = Math.floor(passed / months)
  if (addMonths(anchor, n * months) > now) n -= 1
  return { start: addMonths(anchor, n * months), end: addMonths(anchor, (n + 1) * months) }
}

/** The same day and time `months` later; a day that the month lacks becomes its last one (31 January → 28 February). */
export function addMonths(at: number, months: number): number {
  const date = new Date(at)
  const first = Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + months, 1)
  const last = new Date(first)
  const days = new Date(Date.UTC(last.getUTCFullYear(), last.getUTCMonth() + 1, 0)).getUTCDate()
  return first + (Math.min(date.getUTCDate(), days) - 1) * DAY_MS + (at - Math.floor(at / DAY_MS) * DAY_MS)
}

/** `YYYY-MM-DD` of the first and the last day of a span, UTC. */
export function daysOf({ start, end }: Span): { first: string; last: string | null } {
  const day = (at: number) => new Date(at).toISOString().slice(0, 10)
  return { first: day(start), last: end === null ? null : day(end - 1) }
}
