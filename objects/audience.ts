/** What each kind of listener may hear of a project's changes. Pure. */

import type { Change } from '../sdk/schema/feed.ts'

/**
 * `all`: everything the project does. `shelf`: how many of each variant are available, and nothing else. `customer:<id>`:
 * the shelf, and that customer's own usage, plan and subscription.
 */
export type FeedView = 'all' | 'shelf' | `customer:${string}`

/** The customer whose view it is. */
export const customerOf = (view: FeedView): string | null =>
  view.startsWith('customer:') ? view.slice('customer:'.length) : null

/** A change as this listener may hear it; `null` when they may not. */
export function heard(view: FeedView, change: Change): Change | null {
  if (view === 'all') return change
  if (change.kind === 'variant') return only(change, ['productId', 'available', 'soldOut'])
  const customerId = customerOf(view)
  if (customerId === null) return null
  if (change.kind === 'customer') return change.id === customerId ? only(change, ['deletedAt']) : null
  if (change.row['customerId'] !== customerId) return null
  if (change.kind === 'usage') return change
  return change.kind === 'subscription'
    ? only(change, ['customerId', 'status', 'tier', 'currentPeriodEnd', 'cancelAt'])
    : null
}

const only = ({ kind, id, revision, row }: Change, names: readonly string[]): Change => ({
  kind,
  id,
  revision,
  row: Object.fromEntries(names.map((name) => [name, row[name]])),
})
