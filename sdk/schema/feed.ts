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
  | ({ readonly type: 'changes' } & Changes)

/** The only thing a client says: continue after this revision. */
export const FeedRequest = v.strictObject({
  type: v.literal('resume'),
  since: v.pipe(v.number(), v.integer(), v.minValue(0)),
})
