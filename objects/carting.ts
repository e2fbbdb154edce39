/**
 * Carts: what is wanted, at what price, held all at once or not at all, and written down as an order before Stripe is
 * asked for anything.
 */

import type { CartInput, CartLine } from '../sdk/schema/order.ts'
import type { Decision } from './actor.ts'
import type { Books, Ledger } from './books.ts'
import type { Caller } from './caller.ts'
import type { Gate } from './gate.ts'
import type { Order, OrderLine } from './order.ts'
import { no, ok, type Outcome, type Refusal } from './outcome.ts'
import type { Product, VariantPrice } from './products.ts'
import type { Settings } from './settings.ts'
import { availableOf, type Variant } from './stock.ts'

const MINUTE_MS = 60_000
/** Stripe's sessions live at least 30 minutes; a minute more, so that its clock may differ from ours. */
const SESSION_MIN_MS = 31 * MINUTE_MS
const SESSION_MAX_MS = 24 * 3_600_000 - 5 * MINUTE_MS
/** A session this close to its end is not handed out again. */
const REUSE_MS = 5 * MINUTE_MS
const UNCERTAIN_AFTER_MS = MINUTE_MS
const TOTAL_MAX = 99_999_999
/** A page made now would sell what nothing holds any more. */
const REFUSED = no('order_not_open', {
  message: 'Stripe refused the order of this Idempotency-Key. Send the cart again under a new key.',
})

export interface CartWish extends CartInput {
  readonly newId: string
  readonly successUrl: string
  readonly cancelUrl: string
  readonly attempt: string | null
  /** Where the cart comes from; `null` when the network does not say. */
  readonly address: string | null
}

/** Everything the worker needs to make or repeat the session of an order. */
export interface OrderTask {
  readonly settings: Settings
  readonly stripeAccount: string
  readonly order: Order
  readonly lines: readonly { readonly line: OrderLine; readonly price: VariantPrice; readonly product: Product }[]
}

interface Wanted {
  readonly variant: Variant
  readonly product: Product
  readonly quantity: number
  readonly index: number
}

export class Carting {
  readonly #ledger: Ledger
  readonly #books: Books
  readonly #gate: Gate

  constructor(ledger: Ledger, books: Books, gate: Gate) {
    this.#ledger = ledger
    this.#books = books
    this.#gate = gate
  }

  /** Reserves a whole cart and writes the order down, before Stripe is asked. A refusal leaves no trace of any line. */
  start(caller: Caller, wish: CartWish): Outcome<OrderTask> {
    return this.#ledger.decide((decision) => {
      const refusal = this.#gate.admit(caller, 'billing', decision.now)
      if (refusal) return refusal
      const buyer = this.#gate.identifyBuyer(caller, decision)
      if (!buyer.ok) return buyer
      for (const url of [wish.successUrl, wish.cancelUrl])
        if (!this.#gate.mayReturnTo(url)) return this.#gate.badReturn(url)
      const settings = this.#books.settings.require()
      if (settings.stripeAccount === null) return no('payments_not_connected')
      if (this.#books.restores.underWay() !== null) return no('being_restored')
      if (!settings.chargesEnabled) return no('payments_restricted')
      const customerId = buyer.value?.id ?? null
      const request = JSON.stringify([
        customerId,
        wish.items,
        wish.email ?? null,
        wish.name ?? null,
        wish.currency ?? null,
        wish.successUrl,
        wish.cancelUrl,
      ])
      const repeated = this.#repeated(wish, customerId, request, decision.now)
      if (repeated === 'other') return no('idempotency_mismatch')
      if (repeated)
        return repeated.state === 'pending' || repeated.sessionId !== null ? this.task(repeated.id) : REFUSED

      const wanted = this.#resolve(wish.items)
      if (!wanted.ok) return wanted
      const crowded = this.#tooManyHolds(customerId, wish.address)
      if (crowded) return crowded
      const priced = this.#price(wanted.value, wish.currency)
      if (!priced.ok) return priced
      if (customerId === null && wanted.value.some(({ product }) => product.grant !== null))
        return no('missing_customer', {
          message: 'This cart buys usage, which needs a signed-in customer to belong to.',
        })
      for (const want of wanted.value) {
        const held = this.#books.stock.reserve(want.variant.id, want.quantity, decision.revision)
        if (!held) return this.#soldOut(want)
      }
      this.#write(
        wish,
        { customerId, email: buyer.value?.email ?? null, request, settings, stripeAccount: settings.stripeAccount },
        wanted.value,
        priced.value,
        decision,
      )
      return this.task(wish.newId)
    })
  }

  /** The order a repeated call made before. */
  #repeated(wish: CartWish, customerId: string | null, request: string, now: number): Order | 'other' | null {
    const { orders } = this.#books
    if (wish.attempt !== null) {
      const order = orders.byAttempt(wish.attempt)
      if (order !== null) return order.request === request ? order : 'other'
      return null
    }
    const open = customerId === null ? null : orders.openLike(customerId, request)
    return open !== null && open.holdEndsAt - now > REUSE_MS ? open : null
  }

  /** Which variants a cart wants, each once, with the quantities added up. */
  #resolve(items: readonly CartLine[]): Outcome<Wanted[], 'unknown_item'> {
    const wanted = new Map<string, Wanted>()
    for (const [index, item] of items.entries()) {
      const variant = this.#variantOf(item)
      const product = variant && this.#books.products.get(variant.productId)
      if (!variant || !product || variant.archivedAt !== null || product.archivedAt !== null)
        return this.#unknownItem(item, index)
      const quantity = (wanted.get(variant.id)?.quantity ?? 0) + item.quantity
      if (quantity > 99)
        return no('unknown_item', { message: `items.${index}: at most 99 of one item in a cart.`, line: index })
      wanted.set(variant.id, { variant, product, quantity, index: wanted.get(variant.id)?.index ?? index })
    }
    return ok([...wanted.values()])
  }

  #variantOf(item: CartLine): Variant | null {
    const { stock, products } = this.#books
    if (item.variantId !== undefined) return stock.get(item.variantId)
    if (item.sku !== undefined) return stock.bySku(item.sku)
    const key = item.priceId ?? item.productId ?? item.tier ?? item.slug ?? ''
    const priced = products.priceOf(key)
    if (priced !== null) return stock.get(priced.variantId)
    const product = products.named(key)
    if (product === null) return stock.get(key) ?? stock.bySku(key)
    const variants = stock.onSale(product.id)
    return variants.length === 1 ? (variants[0] ?? null) : null
  }

  #unknownItem(item: CartLine, index: number): Refusal<'unknown_item'> {
    const { quantity: _, ...keys } = item
    const name = Object.values(keys).find((key) => key !== undefined) ?? ''
    const product = this.#books.products.named(String(name))
    const several = product !== null && product.archivedAt === null && this.#books.stock.onSale(product.id).length > 1
    return no('unknown_item', {
      error: `Invalid item: ${name}`,
      message: several
        ? `items.${index}: "${name}" comes in several variants. Name one by variantId, sku or priceId.`
        : `items.${index}: nothing on sale here is called "${name}".`,
      line: index,
    })
  }

  #tooManyHolds(customerId: string | null, address: string | null): Refusal<'too_many_holds'> | null {
    const { holdsPerCustomer, holdsPerAddress } = this.#books.settings.require().shop
    const open = this.#books.orders.openHolds({ customerId, address })
    const full =
      (customerId !== null && holdsPerCustomer !== null && open.customer >= holdsPerCustomer) ||
      (address !== null && holdsPerAddress !== null && open.address >= holdsPerAddress)
    return full ? no('too_many_holds', { retryAfter: 60 }) : null
  }

  #price(
    wanted: readonly Wanted[],
    asked: string | undefined,
  ): Outcome<VariantPrice[], 'currency_mismatch' | 'amount_too_large'> {
    const first = wanted[0] && this.#books.products.prices(wanted[0].variant.id)[0]
    const currency = asked ?? first?.currency ?? 'usd'
    const prices: VariantPrice[] = []
    for (const { variant, product, index } of wanted) {
      const price = this.#books.products.price(variant.id, currency)
      if (price === null)
        return no('currency_mismatch', {
          message: `items.${index}: ${product.name} has no price in ${currency}.`,
          line: index,
        })
      prices.push(price)
    }
    const total = wanted.reduce((sum, { quantity }, index) => sum + quantity * (prices[index]?.unitAmount ?? 0), 0)
    return total > TOTAL_MAX ? no('amount_too_large') : ok(prices)
  }

  #soldOut({ variant, product, quantity, index }: Wanted): Refusal<'sold_out'> {
    const now = this.#books.stock.get(variant.id) ?? variant
    const available = availableOf(now) ?? 0
    const none = available === 0
    return no('sold_out', {
      error: none ? `Item sold out: ${product.name}` : `Not enough inventory for ${product.name}`,
      message: none
        ? `${product.name} is sold out.`
        : `Only ${available} of ${product.name} ${available === 1 ? 'is' : 'are'} left; ${quantity} were asked for.`,
      line: index,
      variantId: variant.id,
      productId: product.id,
      sku: variant.sku,
      requested: quantity,
      available,
      retryAt: this.#books.orders.nextRelease(variant.id),
    })
  }

  #write(
    wish: CartWish,
    facts: {
      customerId: string | null
      email: string | null
      request: string
      settings: Settings
      stripeAccount: string
    },
    wanted: readonly Wanted[],
    prices: readonly VariantPrice[],
    decision: Decision,
  ): void {
    const { shop, automaticTax } = facts.settings
    const hold = shop.holdMinutes * MINUTE_MS
    const subtotal = wanted.reduce((sum, { quantity }, index) => sum + quantity * (prices[index]?.unitAmount ?? 0), 0)
    const order: Order = {
      id: wish.newId,
      number: this.#books.orders.nextNumber(),
      state: 'pending',
      stripeAccount: facts.stripeAccount,
      customerId: facts.customerId,
      email: wish.email ?? facts.email,
      name: wish.name ?? null,
      phone: null,
      shipping: null,
      currency: prices[0]?.currency ?? 'usd',
      subtotal,
      discount: 0,
      tax: 0,
      shippingAmount: 0,
      total: subtotal,
      refunded: 0,
      lost: 0,
      terms: {
        automaticTax,
        shippingCountries: shop.shippingCountries,
        collectPhone: shop.collectPhone,
        promotionCodes: shop.promotionCodes,
        delayedPayments: shop.delayedPayments,
      },
      attempt: wish.attempt,
      request: facts.request,
      address: wish.address,
      successUrl: wish.successUrl,
      cancelUrl: wish.cancelUrl,
      sessionId: null,
      url: null,
      paymentIntent: null,
      stripeCustomerId: null,
      holdEndsAt: decision.now + hold,
      sessionEndsAt: decision.now + Math.min(Math.max(hold + MINUTE_MS, SESSION_MIN_MS), SESSION_MAX_MS),
      createdAt: decision.now,
      processingAt: null,
      paidAt: null,
      endedAt: null,
      fulfilledAt: null,
      refundedAt: null,
      disputedAt: null,
      disputeStatus: null,
      trackingNumber: null,
      carrier: null,
      revision: decision.revision,
    }
    this.#books.orders.save(order, decision.revision)
    for (const [position, { variant, product, quantity }] of wanted.entries()) {
      this.#books.orders.addLine(
        {
          orderId: order.id,
          variantId: variant.id,
          productId: product.id,
          position,
          name: product.name,
          sku: variant.sku,
          options: variant.options,
          unitAmount: prices[position]?.unitAmount ?? 0,
          quantity,
          refundedQuantity: 0,
          grant: product.grant,
          hold: 'held',
        },
        order.holdEndsAt,
      )
    }
    this.#ledger.setTimer({ kind: 'order', key: order.id, at: decision.now + UNCERTAIN_AFTER_MS })
  }

  /** The same request to Stripe as the first time. */
  task(id: string): Outcome<OrderTask> {
    const order = this.#books.orders.get(id)
    if (order === null) return no('order_not_found')
    const settings = this.#books.settings.require()
    const stripeAccount = this.#books.accountOf(order)
    if (stripeAccount === null) return no('payments_not_connected')
    const lines = this.#books.orders.lines(id).map((line) => {
      const price = this.#books.products.priceAt({ ...line, currency: order.currency })
      const product = this.#books.products.get(line.productId)
      if (price === null || product === null) throw new Error(`order ${id} has a line without a price`)
      return { line, price, product }
    })
    return ok({ settings, stripeAccount, order, lines })
  }
}
