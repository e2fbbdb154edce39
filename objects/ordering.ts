/**
 * Carts and what becomes of them. All lines are reserved in one decision or none; a hold is given back only when Stripe
 * says that its session is dead, and a payment that comes too late takes stock if there is any or is refunded by itself.
 */

import type { CartInput, CartLine, FulfillInput, OrderStatus } from '../sdk/schema/order.ts'
import type { Decision } from './actor.ts'
import type { Applied } from './billing.ts'
import type { Books, Ledger } from './books.ts'
import type { Caller } from './caller.ts'
import type { Gate } from './gate.ts'
import { statusOf, type Order, type OrderLine } from './orders.ts'
import { no, ok, type Outcome, type Refusal } from './outcome.ts'
import type { Product, VariantPrice } from './products.ts'
import type { Refund } from './refunds.ts'
import type { Settings } from './settings.ts'
import { availableOf, type Movement, type StockReason, type Variant } from './stock.ts'

const MINUTE_MS = 60_000
const DAY_MS = 86_400_000
/** Stripe's sessions live at least 30 minutes; a minute more, so that its clock may differ from ours. */
const SESSION_MIN_MS = 31 * MINUTE_MS
const SESSION_MAX_MS = 24 * 3_600_000 - 5 * MINUTE_MS
/** A session this close to its end is not handed out again. */
const REUSE_MS = 5 * MINUTE_MS
const UNCERTAIN_AFTER_MS = MINUTE_MS
const FIRST_LOOK_MS = 15 * MINUTE_MS
/** Money on its way takes days; it is looked at twice a day. */
const PROCESSING_LOOK_MS = 12 * 3_600_000
const TOTAL_MAX = 99_999_999

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

/** A payment session as Stripe has it. */
export interface OrderReading {
  readonly sessionId: string
  readonly status: 'open' | 'complete' | 'expired'
  readonly paid: boolean
  /** The delayed payment did not come: it will not come any more. */
  readonly failed: boolean
  readonly paymentIntent: string | null
  readonly stripeCustomerId: string | null
  readonly total: number
  readonly subtotal: number
  readonly discount: number
  readonly tax: number
  readonly shippingAmount: number
  readonly email: string | null
  readonly name: string | null
  readonly phone: string | null
  readonly shipping: unknown
}

export interface OrderView {
  readonly order: Order
  readonly status: OrderStatus
  readonly lines: readonly OrderLine[]
  readonly refunds: readonly Refund[]
}

interface Wanted {
  readonly variant: Variant
  readonly product: Product
  readonly quantity: number
  readonly index: number
}

export class Ordering {
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
      if (repeated) return this.task(repeated.id)

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
        { customerId, email: buyer.value?.email ?? null, request, settings },
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
    facts: { customerId: string | null; email: string | null; request: string; settings: Settings },
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
      this.#books.orders.addLine({
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
      })
    }
    this.#ledger.setTimer({ kind: 'order', key: order.id, at: decision.now + UNCERTAIN_AFTER_MS })
  }

  /** The same request to Stripe as the first time. */
  task(id: string): Outcome<OrderTask> {
    const order = this.#books.orders.get(id)
    if (order === null) return no('order_not_found')
    const settings = this.#books.settings.require()
    if (settings.stripeAccount === null) return no('payments_not_connected')
    const lines = this.#books.orders.lines(id).map((line) => {
      const price = this.#books.products.priceAt({ ...line, currency: order.currency })
      const product = this.#books.products.get(line.productId)
      if (price === null || product === null) throw new Error(`order ${id} has a line without a price`)
      return { line, price, product }
    })
    return ok({ settings, stripeAccount: settings.stripeAccount, order, lines })
  }

  open(id: string, session: { id: string; url: string }): Outcome<Order> {
    return this.#ledger.decide((decision) => {
      const order = this.#books.orders.get(id)
      if (order === null) return no('order_not_found')
      if (order.sessionId !== null) return ok(order)
      const opened: Order = { ...order, sessionId: session.id, url: session.url }
      this.#books.orders.save(opened, decision.revision)
      this.#lookLater(opened, decision)
      return ok(opened)
    })
  }

  /** Stripe refused to make the session: nothing can be paid, so nothing is held any more. */
  abandon(id: string): Outcome<null> {
    return this.#ledger.decide((decision) => {
      const order = this.#books.orders.get(id)
      if (order !== null && order.state === 'pending' && order.sessionId === null)
        this.#letGo(order, 'canceled', decision)
      return ok(null)
    })
  }

  /** May this order still be canceled? What is asked next is Stripe. */
  cancelable(caller: Caller, id: string): Outcome<OrderTask> {
    const refusal = this.#gate.admit(caller, 'billing', this.#ledger.now())
    if (refusal) return refusal
    const order = this.#books.orders.get(id)
    if (order === null) return no('order_not_found')
    return order.state === 'pending' ? this.task(id) : no('order_not_open', { status: statusOf(order) })
  }

  /** Applies what Stripe says of the session of an order. Said twice it changes nothing. */
  apply(reading: OrderReading): Outcome<Applied> {
    return this.#ledger.decide((decision) => {
      const order = this.#books.orders.bySession(reading.sessionId)
      const applied = order === null ? NOT_OURS : this.#applyTo(order, reading, decision)
      this.#books.inbox.settle(`stripe.session/${reading.sessionId}`, { ...applied, revision: decision.revision })
      return ok(applied)
    })
  }

  #applyTo(order: Order, reading: OrderReading, decision: Decision): Applied {
    if (order.state === 'paid' || order.state === 'unfillable') return UNCHANGED
    if (reading.status === 'open') {
      if (order.state === 'pending') this.#lookLater(order, decision)
      return UNCHANGED
    }
    const waiting = order.state === 'pending' || order.state === 'processing'
    if (reading.status === 'expired') {
      if (!waiting) return UNCHANGED
      return this.#letGo(order, 'expired', decision)
    }
    const known = withFacts(order, reading)
    if (reading.paid) return waiting ? this.#fill(known, decision) : this.#fillLate(known, decision)
    if (reading.failed) return waiting ? this.#letGo(known, 'canceled', decision) : UNCHANGED
    if (order.state !== 'pending') {
      this.#lookLater(order, decision)
      return UNCHANGED
    }
    const processing: Order = { ...known, state: 'processing', processingAt: decision.now }
    this.#books.orders.save(processing, decision.revision)
    this.#lookLater(processing, decision)
    return { outcome: 'applied', reason: 'the payment is on its way; the stock stays held' }
  }

  /** Paid while it held its stock: what was held is sold. */
  #fill(order: Order, decision: Decision): Applied {
    for (const line of this.#books.orders.lines(order.id)) {
      this.#books.stock.consume(line.variantId, line.quantity, this.#movement('sale', order.id, decision))
      this.#books.orders.setHold(order.id, line.variantId, 'consumed')
    }
    return this.#paid(order, decision)
  }

  /** Paid after the hold was gone: all of it is taken if it is there, otherwise the money goes back. */
  #fillLate(order: Order, decision: Decision): Applied {
    const lines = this.#books.orders.lines(order.id)
    const short = lines.find((line) => {
      const variant = this.#books.stock.get(line.variantId)
      const available = variant === null ? 0 : availableOf(variant)
      return available !== null && available < line.quantity
    })
    if (short !== undefined) return this.#unfillable(order, lines, decision)
    for (const line of lines) {
      this.#books.stock.take(line.variantId, line.quantity, this.#movement('sale', order.id, decision))
      this.#books.orders.setHold(order.id, line.variantId, 'consumed')
    }
    return this.#paid(order, decision)
  }

  #paid(order: Order, decision: Decision): Applied {
    this.#books.orders.save({ ...order, state: 'paid', paidAt: decision.now, endedAt: null }, decision.revision)
    this.#ledger.timers.cancel({ kind: 'order', key: order.id })
    this.#grantCredits(order, decision)
    return { outcome: 'applied', reason: `order ${order.number} is paid` }
  }

  #grantCredits(order: Order, decision: Decision): void {
    if (order.customerId === null) return
    for (const line of this.#books.orders.lines(order.id)) {
      if (line.grant === null) continue
      this.#books.credits.grant({
        id: decision.nextId(),
        customerId: order.customerId,
        meter: line.grant.meter,
        orderId: order.id,
        variantId: line.variantId,
        granted: line.grant.quantity * line.quantity,
        expiresAt: line.grant.validDays === null ? null : decision.now + line.grant.validDays * DAY_MS,
        now: decision.now,
      })
    }
  }

  #unfillable(order: Order, lines: readonly OrderLine[], decision: Decision): Applied {
    for (const line of lines) this.#books.orders.setHold(order.id, line.variantId, 'unfilled')
    this.#books.orders.save({ ...order, state: 'unfillable', paidAt: decision.now }, decision.revision)
    this.#ledger.timers.cancel({ kind: 'order', key: order.id })
    if (order.total > 0) {
      const id = `rf_${order.id.slice(4)}_unfillable`
      this.#books.refunds.save({
        id,
        orderId: order.id,
        stripeRefundId: null,
        amount: order.total,
        state: 'asked',
        lines: [],
        restock: false,
        restocked: null,
        reason: null,
        attempt: null,
        request: 'unfillable',
        failure: null,
        createdAt: decision.now,
        settledAt: null,
      })
      this.#ledger.owe({ kind: 'stripe.refund', key: id }, decision)
    }
    return {
      outcome: 'applied',
      reason: `order_unfillable: order ${order.number} was paid after its stock was sold; it is refunded`,
    }
  }

  #letGo(order: Order, state: 'canceled' | 'expired', decision: Decision): Applied {
    for (const line of this.#books.orders.lines(order.id)) {
      this.#books.stock.release(line.variantId, line.quantity, decision.revision)
      this.#books.orders.setHold(order.id, line.variantId, state === 'expired' ? 'expired' : 'released')
    }
    this.#books.orders.save({ ...order, state, endedAt: decision.now }, decision.revision)
    this.#ledger.timers.cancel({ kind: 'order', key: order.id })
    return { outcome: 'applied', reason: `order ${order.number} is ${state}; its stock is free again` }
  }

  /** When to look at Stripe again, should nobody tell us: at growing distances, and when the hold ends. */
  #lookLater(order: Order, decision: Decision): void {
    const { now } = decision
    const wait = Math.max(now - order.createdAt, FIRST_LOOK_MS)
    const at =
      order.state === 'processing'
        ? now + PROCESSING_LOOK_MS
        : now < order.holdEndsAt
          ? Math.min(now + wait, order.holdEndsAt)
          : now + MINUTE_MS
    this.#ledger.setTimer({ kind: 'order', key: order.id, at })
  }

  #movement(reason: StockReason, orderId: string, { now, revision, nextId }: Decision): Movement {
    return { id: nextId(), reason, actor: 'stripe', orderId, note: null, now, revision }
  }

  list(
    caller: Caller,
    query: {
      after: { createdAt: number; id: string } | null
      limit: number
      status: OrderStatus | null
      email: string | null
      productId: string | null
      since: number | null
      until: number | null
    },
  ): Outcome<{ orders: OrderView[]; next: { createdAt: number; id: string } | null }> {
    const refusal = this.#gate.admit(caller, 'read', this.#ledger.now())
    if (refusal) return refusal
    const orders: OrderView[] = []
    let { after } = query
    for (;;) {
      const page = this.#books.orders.page({ ...query, after })
      for (const order of page) {
        after = { createdAt: order.createdAt, id: order.id }
        if (query.status === null || statusOf(order) === query.status) orders.push(this.view(order))
        if (orders.length === query.limit) return ok({ orders, next: after })
      }
      if (page.length < query.limit) return ok({ orders, next: null })
    }
  }

  get(caller: Caller, id: string): Outcome<OrderView> {
    const refusal = this.#gate.admit(caller, 'read', this.#ledger.now())
    if (refusal) return refusal
    const order = this.#books.orders.get(id)
    return order === null ? no('order_not_found') : ok(this.view(order))
  }

  /** For the holder of a signed link, who needs no key. */
  seen(id: string): Outcome<OrderView & { shopName: string }> {
    const order = this.#books.orders.get(id)
    return order === null
      ? no('order_not_found')
      : ok({ ...this.view(order), shopName: this.#books.settings.require().name })
  }

  fulfill(caller: Caller, id: string, input: FulfillInput): Outcome<OrderView> {
    return this.#ledger.decide((decision) => {
      const refusal = this.#gate.admit(caller, 'admin', decision.now)
      if (refusal) return refusal
      const order = this.#books.orders.get(id)
      if (order === null) return no('order_not_found')
      if (order.state !== 'paid') return no('order_not_paid', { status: statusOf(order) })
      const fulfilled: Order = {
        ...order,
        fulfilledAt: order.fulfilledAt ?? decision.now,
        trackingNumber: input.trackingNumber ?? order.trackingNumber,
        carrier: input.carrier ?? order.carrier,
      }
      this.#books.orders.save(fulfilled, decision.revision)
      return ok(this.view(fulfilled))
    })
  }

  view(order: Order): OrderView {
    return {
      order,
      status: statusOf(order),
      lines: this.#books.orders.lines(order.id),
      refunds: this.#books.refunds.ofOrder(order.id),
    }
  }
}

const UNCHANGED: Applied = { outcome: 'unchanged', reason: null }
const NOT_OURS: Applied = { outcome: 'ignored', reason: 'not an order of this project' }

function withFacts(order: Order, reading: OrderReading): Order {
  return {
    ...order,
    paymentIntent: reading.paymentIntent ?? order.paymentIntent,
    stripeCustomerId: reading.stripeCustomerId ?? order.stripeCustomerId,
    total: reading.total,
    subtotal: reading.subtotal,
    discount: reading.discount,
    tax: reading.tax,
    shippingAmount: reading.shippingAmount,
    email: reading.email ?? order.email,
    name: reading.name ?? order.name,
    phone: reading.phone ?? order.phone,
    shipping: reading.shipping ?? order.shipping,
  }
}
