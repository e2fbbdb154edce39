/** May this account's projects be served? Stored times and the clock decide; the alarm only announces. Pure. */

export type Standing = 'good' | 'grace' | 'blocked'

/** When the account's standing changes, in epoch ms; `null` is never. */
export interface StandingTimes {
  readonly graceAt: number | null
  readonly blockedAt: number | null
}

export const GOOD_STANDING: StandingTimes = { graceAt: null, blockedAt: null }

export function standingAt({ graceAt, blockedAt }: StandingTimes, now: number): Standing {
  if (blockedAt !== null && now >= blockedAt) return 'blocked'
  if (graceAt !== null && now >= graceAt) return 'grace'
  return 'good'
}
