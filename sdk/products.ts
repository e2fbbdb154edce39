/** What a project sells: tiers by subscription, products once, with variants and stock. Money is integer minor units. */

import type { CheckoutResult } from './billing.ts'
import type { CallOptions, DreamClient } from './client.ts'
import { toList, type List } from './list.ts'
import type { OrderStatus } from './schema/order.ts'

export interface TierPrice {
  interval: 'month' | 'year'
  unitAmount: number
  currency: string
  priceId: string | null
}

export interface Tier {
  /** The slug. */
  name: string
  displayName: string
  description?: string
  /** Minor units a period: 2900 is $29.00. */
  price: number
  currency?: string
  interval?: 'month' | 'year'
  prices?: TierPrice[]
  /** Of the meter listed first; where `unlimited` is true it is the word. `limits` has all of them. */
  limit: number
  unlimited?: boolean
  limits?: Record<string, { limit: number | 'unlimited'; period: string }>
  priceId: string
  productId: string
  features?: string[]
  popular?: boolean
  trialDays?: number | null
}

export interface Money {
  /** Integer minor units of `currency`. */
  unitAmount: number
  /** Lower-case ISO code. */
  currency: string
}

/** What has a price and stock. */
export interface Variant {
  id: string
  sku: string | null
  options: Record<string, string>
  price: number
  currency: string
  prices: (Money & { priceId: string | null })[]
  priceId: string | null
  /** Units that can be bought now; `null` is without limit. */
  available: number | null
  soldOut: boolean
  /** For a stock change that must not overwrite another. */
  revision: number
}

/** What buying one unit adds to a meter, and for how long. */
export interface Grant {
  meter: string
  quantity: number
  validDays: number | null
}

export interface Product {
  id: string
  slug: string
  name: string
  displayName?: string
  description?: string
  /** Minor units, of the first variant. */
  price: number
  currency?: string
  priceId: string
  productId: string
  imageUrl?: string
  images: string[]
  /** Units that can be bought now, of all variants; `null` is without limit. */
  inventory?: number | null
  available: number | null
  soldOut?: boolean
  features?: string[]
  options: string[]
  variants: Variant[]
  grant: Grant | null
  archived: boolean
}

export interface VariantInput {
  sku?: string | null
  /** One value for each option of the product: `{ size: 'M' }`. */
  options?: Record<string, string>
  prices: Money[]
  /** Units on the shelf; `null` or left out is without limit. */
  stock?: number | null
}

export interface ProductInput {
  slug?: string
  name: string
  description?: string
  features?: string[]
  /** Keys of uploaded images. */
  images?: string[]
  options?: string[]
  grant?: Grant | null
  variants: VariantInput[]
}

export interface ProductPatch {
  name?: string
  description?: string
  features?: string[]
  images?: string[]
  grant?: Grant | null
  archived?: boolean
  /** 0 is shown first. */
  position?: number
}

export interface VariantPatch {
  sku?: string | null
  prices?: Money[]
  archived?: boolean
}

/** A difference, or a new number for the revision that was looked at: never a blind write. */
export type StockChange =
  { delta: number; reason?: string } | { set: number | null; ifRevision: number; reason?: string }

export interface StockLevel {
  id: string
  onHand: number | null
  reserved: number
  available: number | null
  revision: number
}

export interface LedgerEntry {
  id: number
  variantId: string
  delta: number
  after: number | null
  reason: string
  actor: string
  orderId: string | null
  note: string | null
  /** Epoch ms. */
  at: number
}

export interface ProductQuery {
  /** Products a page, 1 to 100; 50 when left out. */
  limit?: number
  search?: string
  archived?: boolean
  cursor?: string
}

export interface ProductPage {
  products: Product[]
  nextCursor: string | null
}

export interface CartItem {
  variantId?: string
  sku?: string
  priceId?: string
  productId?: string
  slug?: string
  /** 1 to 99; 1 when left out. */
  quantity?: number
}

export interface Cart {
  items: CartItem[]
  customerEmail?: string
  customerName?: string
  currency?: string
  /** On one of the project's allowed origins. */
  successUrl?: string
  cancelUrl?: string
}

export interface CartResult extends Omit<CheckoutResult, 'checkoutId'> {
  orderId: string
  orderNumber: number
  /** `pending`; of a cart sent again under its key, whatever became of its order. */
  status: OrderStatus
  /** Epoch ms until which the stock is held. */
  expiresAt: number
  /** The buyer's own page of the order. */
  orderUrl: string
}

type Answer = Promise<{ success: boolean; product: Product }>

export class ProductAPI {
  readonly #client: DreamClient

  constructor(client: DreamClient) {
    this.#client = client
  }

  /**
   * Lists what is sold by subscription.
   *
   * @example
   * ```ts
   * const { tiers } = await dream.products.listTiers()
   * console.log(tiers.map((tier) => `${tier.displayName}: ${tier.price / 100}`).join(', '))
   * ```
   */
  listTiers(options?: CallOptions): Promise<{ tiers: Tier[] }> {
    return this.#client.get('/api/tiers', options)
  }

  /**
   * Lists what is on sale, in the order shown: `await` for a page, `for await` for all.
   *
   * @example
   * ```ts
   * for await (const product of store.products.list({ search: 'mug' })) console.log(product.name, product.available)
   * ```
   */
  list({ cursor, ...query }: ProductQuery = {}, options?: CallOptions): List<ProductPage, Product> {
    return toList(
      (next = cursor) => this.#client.get('/api/products', { ...options, query: { ...query, cursor: next } }),
      (page) => page.products,
    )
  }

  /**
   * Reads a product with its variants. Throws `product_not_found`.
   *
   * @example
   * ```ts
   * const { product } = await store.products.get(productId)
   * console.log(product.variants.map((variant) => variant.available))
   * ```
   */
  get(productId: string, options?: CallOptions): Promise<{ product: Product }> {
    return this.#client.get(at(productId), options)
  }

  /**
   * Puts a product on sale. Needs a secret key. Throws `slug_taken`, `sku_taken`.
   *
   * @example
   * ```ts
   * const { product } = await store.products.create({
   *   name: 'Shirt',
   *   options: ['size'],
   *   variants: [
   *     { options: { size: 'M' }, prices: [{ unitAmount: 1900, currency: 'usd' }], stock: 10 },
   *     { options: { size: 'L' }, prices: [{ unitAmount: 1900, currency: 'usd' }], stock: 5 },
   *   ],
   * })
   * console.log(product.available)
   * ```
   */
  create(input: ProductInput, options?: CallOptions): Answer {
    return this.#client.post('/api/products', input, options)
  }

  /**
   * Changes a product; what is left out stays. Needs a secret key. Throws `product_not_found`.
   *
   * @example
   * ```ts
   * await store.products.update(productId, { description: 'Blue, 0.3 l', position: 0 })
   * ```
   */
  update(productId: string, patch: ProductPatch, options?: CallOptions): Answer {
    return this.#client.request('PATCH', at(productId), { ...options, body: patch })
  }

  /**
   * Takes a product off sale for good; its orders stay. Needs a secret key. Throws `product_not_found`.
   *
   * @example
   * ```ts
   * await store.products.delete(productId)
   * ```
   */
  delete(productId: string, options?: CallOptions): Promise<{ success: boolean; deleted: { id: string } }> {
    const answer = () => ({ success: true, deleted: { id: productId } })
    return this.#client.request('DELETE', at(productId), { ...options, done: { code: 'product_not_found', answer } })
  }

  /**
   * Adds a variant. Needs a secret key. Throws `product_not_found`, `sku_taken`.
   *
   * @example
   * ```ts
   * const prices = [{ unitAmount: 1500, currency: 'usd' }]
   * await store.products.addVariant(productId, { options: { size: 'XL' }, prices, stock: 3 })
   * ```
   */
  addVariant(productId: string, input: VariantInput, options?: CallOptions): Answer {
    return this.#client.post(`${at(productId)}/variants`, input, options)
  }

  /**
   * Changes a variant; what is left out stays. Needs a secret key. Throws `variant_not_found`, `sku_taken`.
   *
   * @example
   * ```ts
   * await store.products.updateVariant(variantId, { prices: [{ unitAmount: 1200, currency: 'usd' }] })
   * ```
   */
  updateVariant(variantId: string, patch: VariantPatch, options?: CallOptions): Answer {
    return this.#client.request('PATCH', variantAt(variantId), { ...options, body: patch })
  }

  /**
   * Moves stock by a difference, or sets it for the revision that was looked at. Needs a secret key. Throws
   * `stock_changed` when somebody else moved it since, `stock_reserved` when open orders hold more than would be left.
   *
   * @example
   * ```ts
   * const { variant } = await store.products.changeStock(variantId, { delta: 5, reason: 'delivery' })
   * console.log(variant.onHand, 'on the shelf,', variant.available, 'to sell')
   * ```
   */
  changeStock(
    variantId: string,
    change: StockChange,
    options?: CallOptions,
  ): Promise<{ success: boolean; variant: StockLevel }> {
    return this.#client.post(`${variantAt(variantId)}/stock`, change, options)
  }

  /**
   * Lists every change of stock and why, newest first. Needs a secret key.
   *
   * @example
   * ```ts
   * const { entries } = await store.products.stockLedger({ variantId })
   * console.log(entries.map((entry) => `${entry.delta} ${entry.reason}`))
   * ```
   */
  stockLedger(
    { cursor, ...query }: { variantId?: string; limit?: number; cursor?: string } = {},
    options?: CallOptions,
  ): List<{ entries: LedgerEntry[]; nextCursor: string | null }, LedgerEntry> {
    return toList(
      (next = cursor) => this.#client.get('/api/stock/ledger', { ...options, query: { ...query, cursor: next } }),
      (page) => page.entries,
    )
  }

  /**
   * Holds every line of a cart, or none, and answers where it is paid. Throws `sold_out` with what is left,
   * `unknown_item`, `redirect_not_allowed`.
   *
   * @example
   * ```ts
   * const { url, orderId } = await store.products.cartCheckout({
   *   items: [{ variantId, quantity: 2 }],
   *   customerEmail: 'buyer@example.com',
   *   successUrl: 'http://localhost:3000/thanks',
   *   cancelUrl: 'http://localhost:3000/cart',
   * })
   * console.log(`Pay order ${orderId} at ${url}`)
   * ```
   */
  cartCheckout(cart: Cart, options?: CallOptions): Promise<CartResult> {
    const { customerEmail: email, customerName: name, ...rest } = cart
    return this.#client.post('/api/cart/checkout', { ...rest, email, name }, options)
  }
}

const at = (productId: string): string => `/api/products/${encodeURIComponent(productId)}`
const variantAt = (variantId: string): string => `/api/variants/${encodeURIComponent(variantId)}`
