/** Everything that a project has stored, for taking it elsewhere: which tables there are, and how they are asked for. */

import * as v from 'valibot'

/** In the order in which an export writes them: what others name comes first. */
export const EXPORT_TABLES = [
  'settings',
  'keys',
  'tiers',
  'tier_prices',
  'customers',
  'subscriptions',
  'checkouts',
  'usage',
  'receipts',
  'declined',
  'milestones',
  'credits',
  'products',
  'variant_prices',
  'variants',
  'stock_ledger',
  'images',
  'orders',
  'order_lines',
  'refunds',
  'disputes',
  'events',
  'webhook_endpoints',
  'webhook_messages',
  'webhook_attempts',
  'sessions',
] as const
export type ExportTable = (typeof EXPORT_TABLES)[number]

/** Raised when a line of an export means something else than before. */
export const EXPORT_VERSION = 1

export const ExportQuery = v.pipe(
  v.strictObject({
    /** One table only. */
    table: v.optional(v.picklist(EXPORT_TABLES)),
    format: v.optional(v.picklist(['ndjson', 'csv']), 'ndjson'),
  }),
  v.check(
    ({ table, format }) => format === 'ndjson' || table !== undefined,
    'must name a table when the format is csv',
  ),
)
