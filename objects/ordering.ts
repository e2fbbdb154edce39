/**
 * What becomes of an order. A hold is given back only when Stripe says that its session is dead, and a payment that comes
 * too late takes stock if there is any or is refunded by itself.
 */

import type { FulfillInput, OrderStatus } from '../sdk/schema/order.ts'
import type { Decision } from './actor.ts'
import { announceOrder } from './announcing.ts'
import type { Applied } from './billing.ts'
import type { Books, Ledger } from './books.ts'
import type { Caller } from './caller.ts'
import type { Carting, OrderTask } from './carting.ts'
import { takeBackCredits } from './crediting.ts'
import type { Gate } from './gate.ts'
import { statusOf, type Order, type OrderLine } from './order.ts'
import { no, ok, type Outcome } from './outcome.ts'
import { PAID_FOR_NOTHING, type Refund } from './refunds.ts'
import { availableOf, type Movement, type StockReason } from './stock.ts'
import { sweepFromNowOn } from './sweeping.ts'

const MINUTE_MS = 60_000
const DAY_MS = 86_400_000
const FIRST_LOOK_MS = 15 * MINUTE_MS
/** Money on its way takes days; it is looked at twice a day. */
const PROCESSING_LOOK_MS = 12 * 3_600_000

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

export class Ordering {
  readonly #ledger: Ledger
  readonly #books: Books
  readonly #gate: Gate
  readonly #carting: Carting

  constructor(ledger: Ledger, books: Books, gate: Gate, carting: Carting) {
    this.#ledger = ledger
    this.#books = books
    this.#gate = gate
    this.#carting = carting
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

  /**
   * The account that the order was to be paid to is gone, and nobody can ask Stripe any more. A day after the session
   * must have ended there the goods are free again; until then it is looked at later.
   */
  giveUp(id: string): Outcome<null> {
    return this.#ledger.decide((decision) => {
      const order = this.#books.orders.get(id)
      if (order === null || (order.state !== 'pending' && order.state !== 'processing')) return ok(null)
      const at = order.sessionEndsAt + DAY_MS
      if (decision.now >= at) this.#letGo(order, 'expired', decision)
      else this.#ledger.setTimer({ kind: 'order', key: id, at })
      return ok(null)
    })
  }

  /**
   * May this order still be canceled? What is asked next is Stripe. One that cost nothing needs nobody's word: it is
   * canceled here, unless its goods are on their way, and the answer is `null`.
   */
  cancelable(caller: Caller, id: string): Outcome<OrderTask | null> {
    return this.#ledger.decide((decision): Outcome<OrderTask | null> => {
      const refusal = this.#gate.admit(caller, 'billing', decision.now)
      if (refusal) return refusal
      const order = this.#books.orders.get(id)
      if (order === null) return no('order_not_found')
      if (order.state === 'pending') return this.#carting.task(id)
      if (order.state !== 'paid' || order.total > 0 || order.fulfilledAt !== null)
        return no('order_not_open', { status: statusOf(order) })
      this.#takeBack(order, decision)
      return ok(null)
    })
  }

  /** May whoever bought it take this order back? One that is paid is the shop's to cancel, though it cost nothing. */
  leavable(id: string): Outcome<OrderTask> {
    const refusal = this.#gate.admit({ via: 'system' }, 'billing', this.#ledger.now())
    if (refusal) return refusal
    const order = this.#books.orders.get(id)
    if (order === null) return no('order_not_found')
    return order.state === 'pending' ? this.#carting.task(id) : no('order_not_open', { status: statusOf(order) })
  }

  /** A sale for nothing is undone: its units are on the shelf again, and what is unspent of its credits is gone. */
  #takeBack(order: Order, decision: Decision): void {
    for (const line of this.#books.orders.lines(order.id)) {
      const movement = { ...this.#movement('restock', order.id, decision), actor: 'secret key', note: 'canceled' }
      this.#books.stock.move(line.variantId, line.quantity, movement)
      this.#books.orders.setHold(order.id, line.variantId, 'released')
    }
    const canceled: Order = { ...order, state: 'canceled', endedAt: decision.now }
    this.#books.orders.save(canceled, decision.revision)
    takeBackCredits(canceled, this.#books)
  }

  /** Where the session of an order is to be read; `null` when it is no order's, or nobody knows any more. */
  accountOfSession(sessionId: string): string | null {
    const order = this.#books.orders.bySession(sessionId)
    return order && this.#books.accountOf(order)
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

  /** Stripe does not know the session of an order any more, so nobody can pay it. */
  lose(sessionId: string): Outcome<Applied> {
    return this.#ledger.decide((decision) => {
      const order = this.#books.orders.bySession(sessionId)
      const waiting = order?.state === 'pending' || order?.state === 'processing'
      const applied = order === null ? NOT_OURS : waiting ? this.#letGo(order, 'expired', decision) : UNCHANGED
      this.#books.inbox.settle(`stripe.session/${sessionId}`, { ...applied, revision: decision.revision })
      return ok(applied)
    })
  }

  #applyTo(order: Order, reading: OrderReading, decision: Decision): Applied {
    if (order.paidAt !== null) return UNCHANGED // also when it cost nothing and was canceled since
    if (reading.status === 'open') {
      if (order.state === 'pending') this.#lookLater(order, decision)
      return UNCHANGED
    }
    const waiting = order.state === 'pending' || order.state === 'processing'
    if (reading.status === 'expired') {
      if (!waiting) return UNCHANGED
      return this.#letGo(order, 'expired', decision)
    }
    const known = withFacts(order, this.#isForgotten(order) ? { ...reading, ...NOBODY } : reading)
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
      const available = variant && availableOf(variant)
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
    const paid: Order = { ...order, state: 'paid', paidAt: decision.now, endedAt: null }
    this.#books.orders.save(paid, decision.revision)
    announceOrder('order.paid', paid, this.#books, decision)
    this.#ledger.timers.cancel({ kind: 'order', key: order.id })
    sweepFromNowOn(this.#ledger, decision)
    this.#retirePrices(order, decision)
    this.#grantCredits(order, decision)
    this.#catchUp(order, decision)
    return { outcome: 'applied', reason: `order ${order.number} is paid` }
  }

  /** What was given back or disputed before we knew whose payment it was, was heard as nobody's. */
  #catchUp({ paymentIntent }: Order, decision: Decision): void {
    if (paymentIntent === null) return
    this.#ledger.owe({ kind: 'stripe.refunds', key: paymentIntent }, decision)
    this.#ledger.owe({ kind: 'stripe.disputes', key: paymentIntent }, decision)
  }

  /** The buyer was removed meanwhile: who they were is not written down again. */
  #isForgotten({ id, customerId }: Order): boolean {
    if (this.#books.erased.has(id)) return true // a guest, or somebody who has come back since
    return customerId !== null && this.#books.customers.get(customerId) === null
  }

  #grantCredits(order: Order, decision: Decision): void {
    if (order.customerId === null || this.#isForgotten(order)) return
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
    const unfillable: Order = { ...order, state: 'unfillable', paidAt: decision.now }
    this.#books.orders.save(unfillable, decision.revision)
    announceOrder('order.unfillable', unfillable, this.#books, decision)
    this.#ledger.timers.cancel({ kind: 'order', key: order.id })
    this.#catchUp(order, decision)
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
        request: PAID_FOR_NOTHING,
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
    const ended: Order = { ...order, state, endedAt: decision.now }
    this.#books.orders.save(ended, decision.revision)
    announceOrder(`order.${state}`, ended, this.#books, decision)
    this.#ledger.timers.cancel({ kind: 'order', key: order.id })
    this.#retirePrices(order, decision)
    return { outcome: 'applied', reason: `order ${order.number} is ${state}; its stock is free again` }
  }

  /** What went off sale while this order was open is taken off at Stripe now: its page is done with. */
  #retirePrices(order: Order, decision: Decision): void {
    for (const { variantId, productId } of this.#books.orders.lines(order.id)) {
      const isOver = this.#books.products.get(productId)?.archivedAt !== null
      if (isOver || this.#books.products.retired(variantId).length > 0)
        this.#ledger.owe({ kind: 'stripe.product', key: productId }, decision)
    }
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
    const page = this.#books.orders.page(query)
    const last = page.length === query.limit ? page.at(-1) : undefined
    const next = last ? { createdAt: last.createdAt, id: last.id } : null
    return ok({ orders: page.map((order) => this.view(order)), next })
  }

  get(caller: Caller, id: string): Outcome<OrderView> {
    const refusal = this.#gate.admit(caller, 'read', this.#ledger.now())
    if (refusal) return refusal
    const order = this.#books.orders.get(id)
    return order === null ? no('order_not_found') : ok(this.view(order))
  }

  /** For the holder of a signed link, who needs no key. */
  seen(id: string): Outcome<OrderView & { shopName: string }> {
    if (this.#books.ending.get() !== null) return no('project_deleted')
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
      if (order.total > 0 && order.refunded >= order.total)
        return no('order_not_paid', { message: 'All of it was given back.', status: statusOf(order) })
      const fulfilled: Order = {
        ...order,
        fulfilledAt: order.fulfilledAt ?? decision.now,
        trackingNumber: input.trackingNumber ?? order.trackingNumber,
        carrier: input.carrier ?? order.carrier,
      }
      this.#books.orders.save(fulfilled, decision.revision)
      announceOrder('order.fulfilled', fulfilled, this.#books, decision)
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

const NOBODY = { email: null, name: null, phone: null, shipping: null } as const
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
