/** Billing periods: boundaries counted from the anchor, clamped at the end of short months. Pure; seconds. */
import { invalid } from './error.ts'

export interface Recurring {
  interval: string
  interval_count: number
}

/** The first boundary after `after`, counted from `anchor`. */
export function nextBoundary(anchor: number, { interval, interval_count }: Recurring, after: number): number {
  const estimate = Math.floor((after - anchor) / (length(interval) * interval_count))
  for (let step = Math.max(estimate - 1, 0); ; step++) {
    const boundary = shift(anchor, interval, step * interval_count)
    if (boundary > after) return boundary
  }
}

export function shift(from: number, interval: string, count: number): number {
  if (interval === 'month') return addMonths(from, count)
  if (interval === 'year') return addMonths(from, count * 12)
  return from + count * length(interval)
}

function addMonths(from: number, count: number): number {
  const date = new Date(from * 1000)
  const day = date.getUTCDate()
  date.setUTCDate(1)
  date.setUTCMonth(date.getUTCMonth() + count)
  const lastDay = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate()
  date.setUTCDate(Math.min(day, lastDay))
  return Math.floor(date.getTime() / 1000)
}

function length(interval: string): number {
  switch (interval) {
    case 'day':
      return 86_400
    case 'week':
      return 604_800
    case 'month':
      return 2_678_400
    case 'year':
      return 31_622_400
    default:
      throw invalid(`Invalid interval: ${interval}`)
  }
}
