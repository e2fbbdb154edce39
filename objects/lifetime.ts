/** What becomes of an account whose own subscription has ended, and when. Stored times and the clock decide. Pure. */

import type { StandingTimes } from './standing.ts'

const DAY_MS = 86_400_000
/** The API goes on for so long after the end. */
export const GRACE_MS = 7 * DAY_MS
/** Everything is deleted so long after the end. */
export const RETENTION_MS = 30 * DAY_MS

/** How Stripe's words for our own subscription are read; a word that is not here ends nothing and opens nothing. */
const STATUSES = {
  trialing: 'runs',
  active: 'runs',
  past_due: 'runs',
  canceled: 'ended',
  unpaid: 'ended',
  paused: 'ended',
  incomplete: 'never began',
  incomplete_expired: 'never began',
} as const

export const runs = (status: string | null): boolean => stateOf(status) === 'runs'
export const hasEnded = (status: string | null): boolean => stateOf(status) === 'ended'

function stateOf(status: string | null): 'runs' | 'ended' | 'never began' | null {
  return status !== null && Object.hasOwn(STATUSES, status) ? STATUSES[status as keyof typeof STATUSES] : null
}

/** The moments after the end of a subscription, in epoch ms. */
export interface Lifetime {
  /** The dashboard is for billing and export only. */
  readonly lockedAt: number
  /** Every API call is refused. */
  readonly blockedAt: number
  readonly deleteAt: number
}

export const lifetimeAfter = (endedAt: number): Lifetime => ({
  lockedAt: endedAt,
  blockedAt: endedAt + GRACE_MS,
  deleteAt: endedAt + RETENTION_MS,
})

/** The same as a project knows it. */
export const standingAfter = (endedAt: number | null): StandingTimes =>
  endedAt === null ? { graceAt: null, blockedAt: null } : { graceAt: endedAt, blockedAt: endedAt + GRACE_MS }

/** What is announced, before or when it happens. */
export type Notice = 'ended' | 'block_tomorrow' | 'blocked' | 'deletion_in_7_days'

/** When each notice is due after an end. The block is seven days after it, so one notice says both. */
export function noticesAfter(endedAt: number): readonly { notice: Notice; at: number }[] {
  const { blockedAt, deleteAt } = lifetimeAfter(endedAt)
  return [
    { notice: 'ended', at: endedAt },
    { notice: 'block_tomorrow', at: blockedAt - DAY_MS },
    { notice: 'blocked', at: blockedAt },
    { notice: 'deletion_in_7_days', at: deleteAt - 7 * DAY_MS },
  ]
}
