/** What is sold once: products, their variants with prices and stock, and images. */

import * as v from 'valibot'
import { Cursor, Id, line, PageLimit } from './common.ts'
import { Slug } from './catalog.ts'
import { Currency, isChargeable, NOT_CHARGEABLE } from './money.ts'
import { Meter, Quantity } from './usage.ts'

export const Money = v.pipe(
  v.strictObject({
    /** Integer minor units of `currency`. */
    unitAmount: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(99_999_999)),
    currency: Currency,
  }),
  v.check((price) => isChargeable(price), NOT_CHARGEABLE),
)
export type Money = v.InferOutput<typeof Money>

/** Units on the shelf; `null` is without limit. */
export const Stock = v.nullable(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(1_000_000_000)))

export const Sku = v.pipe(
  v.string(),
  v.regex(/^[A-Za-z0-9._/-]{1,64}$/, 'must be 1 to 64 characters of A–Z a–z 0–9 . _ / -'),
)

const OptionName = line(40)

export const VariantInput = v.strictObject({
  sku: v.optional(v.nullable(Sku), null),
  /** One value for each option of the product: `{size: 'M'}`. */
  options: v.optional(v.record(OptionName, line(80)), {}),
  prices: v.pipe(v.array(Money), v.minLength(1, 'must have at least 1 price'), v.maxLength(20)),
  stock: v.optional(Stock, null),
})
export type VariantInput = v.InferOutput<typeof VariantInput>

/** A credit pack: what buying one unit adds to a meter, and for how long. */
export const Grant = v.strictObject({
  meter: Meter,
  quantity: Quantity,
  validDays: v.nullable(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(3650))),
})
export type Grant = v.InferOutput<typeof Grant>

const fields = {
  name: line(120),
  description: v.pipe(
    v.string(),
    v.maxLength(5000),
    v.check((text) => text.isWellFormed(), 'must be well-formed Unicode'),
  ),
  features: v.pipe(v.array(line(200)), v.maxLength(40)),
  /** Keys of uploaded images, the first one shown. */
  images: v.pipe(
    v.array(
      v.pipe(
        v.string(),
        v.regex(/^[0-9a-z]{20}\/[0-9a-z]{24}\.(png|jpg|webp|gif|avif)$/, 'must be the key of an uploaded image'),
      ),
    ),
    v.maxLength(12),
  ),
  options: v.pipe(v.array(OptionName), v.maxLength(3, 'must have at most 3 options')),
  grant: v.nullable(Grant),
}

export const ProductInput = v.strictObject({
  slug: v.optional(Slug),
  name: fields.name,
  description: v.optional(fields.description, ''),
  features: v.optional(fields.features, []),
  images: v.optional(fields.images, []),
  options: v.optional(fields.options, []),
  grant: v.optional(fields.grant, null),
  variants: v.pipe(v.array(VariantInput), v.minLength(1, 'must have at least 1 variant'), v.maxLength(100)),
})
export type ProductInput = v.InferOutput<typeof ProductInput>

/** What is left out stays as it is. Stock is never set here: it moves by delta or compare-and-set. */
export const ProductPatch = v.strictObject({
  name: v.optional(fields.name),
  description: v.optional(fields.description),
  features: v.optional(fields.features),
  images: v.optional(fields.images),
  grant: v.optional(fields.grant),
  archived: v.optional(v.boolean()),
  /** 0 is shown first. */
  position: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(1_000_000))),
})
export type ProductPatch = v.InferOutput<typeof ProductPatch>

export const VariantPatch = v.strictObject({
  sku: v.optional(v.nullable(Sku)),
  prices: v.optional(VariantInput.entries.prices),
  archived: v.optional(v.boolean()),
})
export type VariantPatch = v.InferOutput<typeof VariantPatch>

const isDelta = (change: { delta?: unknown; set?: unknown; ifRevision?: unknown }) =>
  change.delta !== undefined && change.set === undefined && change.ifRevision === undefined
const isSet = (change: { delta?: unknown; set?: unknown; ifRevision?: unknown }) =>
  change.delta === undefined && change.set !== undefined && change.ifRevision !== undefined

/** Never a blind write: a difference, or a new number for the revision that was looked at. */
export const StockChange = v.pipe(
  v.strictObject({
    delta: v.optional(v.pipe(v.number(), v.integer(), v.minValue(-1_000_000_000), v.maxValue(1_000_000_000))),
    set: v.optional(Stock),
    ifRevision: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0))),
    reason: v.optional(line(200)),
  }),
  v.check((change) => isDelta(change) || isSet(change), 'must have a delta, or set and ifRevision'),
  v.transform(({ delta, set = null, ifRevision = 0, reason }): StockChange =>
    delta === undefined ? { set, ifRevision, reason } : { delta, reason },
  ),
)
export type StockChange = { readonly reason: string | undefined } & (
  { readonly delta: number } | { readonly set: number | null; readonly ifRevision: number }
)

export const ProductQuery = v.strictObject({
  limit: v.optional(PageLimit, '50'),
  cursor: v.optional(Cursor),
  search: v.optional(v.pipe(v.string(), v.maxLength(100))),
  archived: v.optional(v.picklist(['true', 'false'])),
})
export type ProductQuery = v.InferOutput<typeof ProductQuery>

export const LedgerQuery = v.strictObject({
  limit: v.optional(PageLimit, '50'),
  cursor: v.optional(Cursor),
  variantId: v.optional(Id),
})
