/** Taking a project from test mode to live mode, and later what has changed since. */

import * as v from 'valibot'
import { Stock } from './product.ts'

/** What live begins with on the shelf: as in test, nothing, or a number for each SKU (or id of a variant without one). */
const StockChoice = v.union(
  [v.picklist(['copy', 'zero']), v.record(v.pipe(v.string(), v.maxLength(128)), v.unwrap(Stock))],
  'must be "copy", "zero" or a number for each SKU',
)
export type StockChoice = v.InferOutput<typeof StockChoice>

export const PromotionInput = v.strictObject({ stock: v.optional(StockChoice) })

export const PromotionPatch = v.strictObject({
  /** The revision of the differences that were looked at. */
  revision: v.pipe(v.string(), v.regex(/^[0-9a-f]{32}$/, 'must be the revision that was answered')),
  /** Of tiers whose price changes: do subscribers keep what they pay, or pay the present price from their next invoice on? */
  subscribers: v.optional(v.picklist(['keep', 'migrate']), 'keep'),
  /** For variants that live does not have yet. */
  stock: v.optional(StockChoice),
})
