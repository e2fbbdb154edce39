/**
 * What the routes of the store answer. Answers are not parsed as they leave; a test holds the answer of every example against it,
 * in both directions.
 */

import * as v from 'valibot'
import { ORDER_STATUSES } from '../order.ts'
import { Grant as GrantInput } from '../product.ts'
import { text, flag, count, at, amount, maybe, cursor, done } from './words.ts'

export const Variant = v.object({
  id: text,
  sku: maybe(text),
  options: v.record(text, text),
  price: amount,
  currency: text,
  prices: v.array(v.object({ unitAmount: amount, currency: text, priceId: maybe(text) })),
  priceId: maybe(text),
  inventory: maybe(count),
  available: v.pipe(maybe(count), v.description('What can be bought now; `null` is without limit')),
  soldOut: flag,
  revision: v.pipe(count, v.description('For a stock change that must not overwrite another')),
})
export const Product = v.object({
  id: text,
  key: text,
  slug: text,
  name: text,
  displayName: text,
  description: text,
  features: v.array(text),
  price: amount,
  currency: text,
  priceId: maybe(text),
  productId: maybe(text),
  imageUrl: maybe(text),
  images: v.array(text),
  inventory: maybe(count),
  available: maybe(count),
  soldOut: flag,
  options: v.array(text),
  variants: v.array(Variant),
  grant: maybe(GrantInput),
  billingMode: v.literal('one_off'),
  archived: flag,
  createdAt: at,
})
export const Products = v.object({ products: v.array(Product), nextCursor: cursor })
export const OneProduct = v.object({ product: Product })
export const MadeProduct = v.object({ ...done, product: Product })
export const RemovedProduct = v.object({ ...done, deleted: v.object({ id: text, slug: text }) })
export const Stock = v.object({
  ...done,
  variant: v.object({ id: text, onHand: maybe(count), reserved: count, available: maybe(count), revision: count }),
})
export const Ledger = v.object({
  entries: v.array(
    v.object({
      id: count,
      variantId: text,
      delta: count,
      after: maybe(count),
      reason: text,
      actor: text,
      orderId: maybe(text),
      note: maybe(text),
      at,
    }),
  ),
  nextCursor: cursor,
})
const ShopNow = v.object({
  holdMinutes: count,
  shippingCountries: v.array(text),
  collectPhone: flag,
  promotionCodes: flag,
  delayedPayments: flag,
  holdsPerCustomer: maybe(count),
  holdsPerAddress: maybe(count),
})
export const Shop = v.object({ shop: ShopNow })
export const ChangedShop = v.object({ ...done, shop: ShopNow })
export const Image = v.object({ key: text, url: text, absoluteUrl: text })

export const Held = v.object({
  url: v.pipe(text, v.description('Where the order is paid')),
  orderId: text,
  orderNumber: count,
  sessionId: text,
  status: v.pipe(v.picklist(ORDER_STATUSES), v.description('`pending`; of a cart sent again, whatever became of it')),
  expiresAt: v.pipe(at, v.description('Epoch ms until which the stock is held')),
  orderUrl: v.pipe(text, v.description('The buyer’s own page of the order, signed')),
})
const Refund = v.object({
  id: text,
  amount,
  state: text,
  lines: v.array(v.object({ variantId: text, quantity: count })),
  restocked: flag,
  reason: maybe(text),
  failure: maybe(text),
  stripeRefundId: maybe(text),
  createdAt: at,
  settledAt: maybe(at),
})
export const Order = v.object({
  id: text,
  number: v.pipe(count, v.description('What people call it: 1001, 1002 …')),
  status: v.picklist(ORDER_STATUSES),
  currency: text,
  amounts: v.object({
    subtotal: amount,
    discount: amount,
    tax: amount,
    shipping: amount,
    total: amount,
    refunded: amount,
    lost: amount,
  }),
  customer: v.object({ id: maybe(text), email: maybe(text), name: maybe(text), phone: maybe(text) }),
  shipping: v.unknown(),
  lines: v.array(
    v.object({
      variantId: text,
      productId: text,
      name: text,
      sku: maybe(text),
      options: v.record(text, text),
      unitAmount: amount,
      quantity: count,
      refundedQuantity: count,
      grant: maybe(GrantInput),
      hold: text,
    }),
  ),
  refunds: v.array(Refund),
  times: v.object({
    created: at,
    processing: maybe(at),
    paid: maybe(at),
    fulfilled: maybe(at),
    refunded: maybe(at),
    disputed: maybe(at),
    ended: maybe(at),
    holdEnds: maybe(at),
  }),
  disputeStatus: maybe(text),
  tracking: v.object({ number: maybe(text), carrier: maybe(text) }),
  sessionId: maybe(text),
  paymentIntent: maybe(text),
  orderUrl: text,
})
export const Orders = v.object({ orders: v.array(Order), nextCursor: cursor })
export const OneOrder = v.object({ order: Order })
export const MovedOrder = v.object({ ...done, order: Order })

/** What the buyer sees of an order, and nobody else of the buyer. */
export const BuyersOrder = v.object({
  order: v.object({
    ...v.omit(Order, ['customer', 'refunds', 'sessionId', 'paymentIntent']).entries,
    email: maybe(text),
  }),
  shop: text,
})
