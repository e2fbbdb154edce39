/** A cart, the order it becomes, and what happens to it. */

import * as v from 'valibot'
import { Cursor, Email, Id, line, PageLimit, ReturnUrl } from './common.ts'
import { ShippingCountry } from './country.ts'
import { Currency } from './money.ts'

export const ORDER_STATUSES = [
  'pending',
  'processing',
  'paid',
  'fulfilled',
  'canceled',
  'expired',
  'unfillable',
  'partially_refunded',
  'refunded',
  'disputed',
] as const
export type OrderStatus = (typeof ORDER_STATUSES)[number]

const Key = v.pipe(v.string(), v.minLength(1, 'must not be empty'), v.maxLength(255))

export const CartLine = v.pipe(
  v.strictObject({
    variantId: v.optional(Key),
    sku: v.optional(Key),
    priceId: v.optional(Key),
    productId: v.optional(Key),
    /** A product's slug or name, as clients of the first API send it. */
    tier: v.optional(Key),
    slug: v.optional(Key),
    quantity: v.optional(
      v.pipe(
        v.number('must be a whole number from 1 to 99'),
        v.integer('must be a whole number from 1 to 99'),
        v.minValue(1, 'must be a whole number from 1 to 99'),
        v.maxValue(99, 'must be a whole number from 1 to 99'),
      ),
      1,
    ),
  }),
  v.check(
    (cart) =>
      [cart.variantId, cart.sku, cart.priceId, cart.productId, cart.tier, cart.slug].some((key) => key !== undefined),
    'must name what is bought: variantId, sku, priceId, productId or slug',
  ),
)
export type CartLine = v.InferOutput<typeof CartLine>

export const CartInput = v.strictObject({
  items: v.pipe(
    v.array(CartLine),
    v.minLength(1, 'must have at least 1 item'),
    v.maxLength(100, 'must have at most 100 items'),
  ),
  email: v.optional(v.nullable(Email)),
  name: v.optional(v.nullable(line(120))),
  currency: v.optional(Currency),
  successUrl: v.optional(ReturnUrl),
  cancelUrl: v.optional(ReturnUrl),
})
export type CartInput = v.InferOutput<typeof CartInput>

export const OrderQuery = v.strictObject({
  limit: v.optional(PageLimit, '25'),
  cursor: v.optional(Cursor),
  status: v.optional(v.picklist(ORDER_STATUSES)),
  email: v.optional(Email),
  productId: v.optional(Id),
  /** Epoch ms. */
  since: v.optional(v.pipe(v.string(), v.regex(/^\d{1,15}$/, 'must be epoch ms'), v.transform(Number))),
  until: v.optional(v.pipe(v.string(), v.regex(/^\d{1,15}$/, 'must be epoch ms'), v.transform(Number))),
  format: v.optional(v.picklist(['json', 'csv'])),
})
export type OrderQuery = v.InferOutput<typeof OrderQuery>

export const FulfillInput = v.strictObject({
  trackingNumber: v.optional(line(120)),
  carrier: v.optional(line(80)),
})
export type FulfillInput = v.InferOutput<typeof FulfillInput>

/** Nothing named refunds all that is left. */
export const RefundInput = v.pipe(
  v.strictObject({
    amount: v.optional(v.pipe(v.number(), v.integer('must be integer minor units'), v.minValue(1))),
    lines: v.optional(
      v.pipe(
        v.array(
          v.strictObject({
            variantId: Id,
            quantity: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(9_900)),
          }),
        ),
        v.minLength(1),
        v.maxLength(100),
      ),
    ),
    restock: v.optional(v.boolean(), false),
    reason: v.optional(v.picklist(['duplicate', 'fraudulent', 'requested_by_customer'])),
  }),
  v.check(
    (refund) => refund.amount === undefined || refund.lines === undefined,
    'must name an amount or lines, not both',
  ),
)
export type RefundInput = v.InferOutput<typeof RefundInput>

/** How a project's shop sells. What is left out of a change stays as it is. */
export const ShopSettings = v.strictObject({
  /** How long a cart holds its stock, in minutes. */
  holdMinutes: v.optional(v.pipe(v.number(), v.integer(), v.minValue(5), v.maxValue(1440))),
  /** ISO country codes that are shipped to; empty asks for no address. */
  shippingCountries: v.optional(v.pipe(v.array(ShippingCountry), v.maxLength(250))),
  collectPhone: v.optional(v.boolean()),
  promotionCodes: v.optional(v.boolean()),
  /** Bank debits and the like, whose money arrives days later; they keep the stock held until then. */
  delayedPayments: v.optional(v.boolean()),
  /** Open holds of one customer, and of one network address; `null` is no cap. */
  holdsPerCustomer: v.optional(v.nullable(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(10_000)))),
  holdsPerAddress: v.optional(v.nullable(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(10_000)))),
})
export type ShopSettings = v.InferOutput<typeof ShopSettings>
