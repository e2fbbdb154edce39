/** What a live feed says: a greeting, then every committed difference, resumable by revision. */

import * as v from 'valibot'

/** One row as it is after the commit `revision`. `deleted` rows say so and carry nothing else but their id. */
export interface Change {
  readonly kind: 'project' | 'tier' | 'customer' | 'subscription' | 'usage' | 'event' | 'product' | 'variant' | 'order'
  readonly id: string
  readonly revision: number
  readonly row: Readonly<Record<string, unknown>>
}

export interface Changes {
  readonly changes: readonly Change[]
  /** Ask again from here. */
  readonly revision: number
  /** True when more changes wait behind `revision`. */
  readonly more: boolean
}

export type FeedMessage =
  | { readonly type: 'hello'; readonly projectId: string; readonly mode: string; readonly revision: number }
  /** `since`: the answer to a resume from there, and not what happened just now. */
  | ({ readonly type: 'changes'; readonly since?: number } & Changes)

/** What a client says: that it is reading (at least once in 256 messages), or from where to go on. */
export const FeedWord = v.union([
  v.strictObject({ type: v.literal('ack') }),
  v.strictObject({ type: v.literal('resume'), since: v.pipe(v.number(), v.integer(), v.minValue(0)) }),
])
