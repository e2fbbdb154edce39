/** Giving money back: decided here, carried out at Stripe, and true when Stripe says so, whoever asked for it. */

import type { RefundInput } from '../sdk/schema/order.ts'
import type { Decision } from './actor.ts'
import { announceOrder } from './announcing.ts'
import type { Applied } from './billing.ts'
import type { Books, Ledger } from './books.ts'
import type { Caller } from './caller.ts'
import { takeBackCredits } from './crediting.ts'
import type { Gate } from './gate.ts'
import type { Order, OrderLine } from './order.ts'
import { stepOf } from './money.ts'
import { no, ok, type Outcome } from './outcome.ts'
import { isActive, isForNothing, PAID_FOR_NOTHING, type Refund, type RefundLine, type RefundState } from './refunds.ts'

/** A refund as Stripe has it. `ours` is the id we gave it, if it was us. */
export interface RefundReading {
  readonly stripeRefundId: string
  readonly ours: string | null
  readonly amount: number
  readonly state: Exclude<RefundState, 'asked'>
  readonly reason: string | null
  readonly failure: string | null
  readonly createdAt: number
}

export interface RefundTask {
  readonly refund: Refund
  readonly paymentIntent: string
  readonly stripeAccount: string
}

export class Refunding {
  readonly #ledger: Ledger
  readonly #books: Books
  readonly #gate: Gate

  constructor(ledger: Ledger, books: Books, gate: Gate) {
    this.#ledger = ledger
    this.#books = books
    this.#gate = gate
  }

  /** Writes the wish down and owes it. Never more than was paid, pending refunds counted. */
  start(
    caller: Caller,
    orderId: string,
    input: RefundInput & { newId: string; attempt: string | null },
  ): Outcome<Refund> {
    return this.#ledger.decide((decision) => {
      const refusal = this.#gate.admit(caller, 'billing', decision.now)
      if (refusal) return refusal
      const { newId, attempt, ...asked } = input
      const request = JSON.stringify([orderId, asked])
      const known = attempt === null ? null : this.#books.refunds.byAttempt(attempt)
      if (known !== null) return known.request === request ? ok(known) : no('idempotency_mismatch')
      const order = this.#books.orders.get(orderId)
      if (order === null) return no('order_not_found')
      if (order.state === 'unfillable') return this.#askNow(order, decision)
      if (order.state !== 'paid') return no('order_not_paid')
      if (order.paymentIntent === null) return no('order_not_paid', { message: 'It cost nothing. Cancel it instead.' })
      if (this.#books.settings.require().stripeAccount === null) return no('payments_not_connected')
      if (this.#books.restores.underWay() !== null) return no('being_restored')
      const left = Math.max(0, order.total - order.lost - this.#given(order.id))
      const wanted = this.#wanted(order, input, left)
      if (!wanted.ok) return wanted
      const refund: Refund = {
        id: newId,
        orderId,
        stripeRefundId: null,
        amount: wanted.value.amount,
        state: 'asked',
        lines: wanted.value.lines,
        restock: input.restock,
        restocked: null,
        reason: input.reason ?? null,
        attempt,
        request,
        failure: null,
        createdAt: decision.now,
        settledAt: null,
      }
      this.#books.refunds.save(refund)
      this.#countUnits(orderId)
      this.#books.orders.save(order, decision.revision)
      this.#ledger.owe({ kind: 'stripe.refund', key: refund.id, at: decision.now + 10_000 }, decision)
      return ok(refund)
    })
  }

  /** What is given back by itself, and that Stripe refused so far, need not wait for its next turn. */
  #askNow(order: Order, decision: Decision): Outcome<Refund> {
    const asked = this.#books.refunds.ofOrder(order.id).find((one) => isForNothing(one) && one.state === 'asked')
    if (asked === undefined) return no('refund_too_large', { left: 0 })
    this.#ledger.owe({ kind: 'stripe.refund', key: asked.id }, decision)
    return ok(asked)
  }

  #given(orderId: string): number {
    return this.#books.refunds
      .ofOrder(orderId)
      .filter(isActive)
      .reduce((sum, refund) => sum + refund.amount, 0)
  }

  #wanted(
    order: Order,
    input: RefundInput,
    left: number,
  ): Outcome<{ amount: number; lines: RefundLine[] }, 'refund_too_large' | 'variant_not_found' | 'invalid_request'> {
    const lines = this.#books.orders.lines(order.id)
    const step = stepOf(order.currency)
    if (input.amount !== undefined) {
      if (input.restock && input.amount !== left)
        return no('invalid_request', { message: 'To put stock back for a part, name the lines instead of an amount.' })
      if (input.amount > left) return no('refund_too_large', { left })
      if (input.amount !== left && input.amount % step !== 0)
        return no('invalid_request', { message: `amount must be a multiple of ${step} in ${order.currency}.` })
      return ok({ amount: input.amount, lines: input.amount === left ? remaining(lines) : [] })
    }
    if (input.lines === undefined)
      return left > 0 ? ok({ amount: left, lines: remaining(lines) }) : no('refund_too_large', { left })
    const asked: RefundLine[] = []
    let gross = 0
    for (const { variantId, quantity } of input.lines) {
      const line = lines.find((one) => one.variantId === variantId)
      if (line === undefined || asked.some((one) => one.variantId === variantId))
        return no('variant_not_found', { message: `The order has no line ${variantId}, or it is named twice.` })
      if (quantity > line.quantity - line.refundedQuantity)
        return no('refund_too_large', {
          message: `Only ${line.quantity - line.refundedQuantity} of ${line.name} can be given back.`,
          left,
        })
      asked.push({ variantId, quantity })
      gross += quantity * line.unitAmount
    }
    // Discount, tax and shipping were paid on the whole; a line gives back its share of what was really paid.
    const everything = lines.every((line) => {
      const now = asked.find((one) => one.variantId === line.variantId)?.quantity ?? 0
      return line.refundedQuantity + now === line.quantity
    })
    const share = order.subtotal === 0 ? 0 : Math.floor((gross * order.total) / order.subtotal / step) * step
    const amount = everything ? left : Math.min(share, left)
    return amount > 0 ? ok({ amount, lines: asked }) : no('refund_too_large', { left })
  }

  task(id: string): Outcome<RefundTask | null> {
    const refund = this.#books.refunds.get(id)
    const order = refund && this.#books.orders.get(refund.orderId)
    const stripeAccount = order && this.#books.accountOf(order)
    if (!refund || !order || order.paymentIntent === null || stripeAccount === null) return ok(null)
    return ok({ refund, paymentIntent: order.paymentIntent, stripeAccount })
  }

  /** Stripe refused to make the refund. */
  fail(id: string, failure: string): Outcome<null> {
    return this.#ledger.decide((decision) => {
      const refund = this.#books.refunds.get(id)
      const order = refund && this.#books.orders.get(refund.orderId)
      if (!refund || !order || refund.state !== 'asked') return ok(null)
      this.#settle({ ...refund, failure }, 'failed', decision)
      this.#total(order, decision)
      // Stripe knows of refunds that we do not, and of an order without goods the rest must be asked for again.
      const { paymentIntent } = order
      if (paymentIntent !== null)
        this.#ledger.owe({ kind: 'stripe.refunds', key: paymentIntent, at: decision.now + 10_000 }, decision)
      return ok(null)
    })
  }

  /** Hands out the number of a reading of a payment, and where the payment was made. */
  startReading(paymentIntent: string): { number: number; stripeAccount: string | null } {
    const number = this.#ledger.commit(() => this.#books.subscriptions.ask(paymentIntent))
    const order = this.#books.orders.byPayment(paymentIntent)
    return { number, stripeAccount: order && this.#books.accountOf(order) }
  }

  /** Applies all refunds that Stripe has for a payment, unless a newer reading of them was applied. */
  apply(paymentIntent: string, reading: { number: number; refunds: readonly RefundReading[] }): Outcome<Applied> {
    return this.#ledger.decide((decision) => {
      const order = this.#books.orders.byPayment(paymentIntent)
      const isNewer = this.#books.subscriptions.admit(paymentIntent, reading.number)
      const applied = order === null ? NOT_OURS : isNewer ? this.#applyTo(order, reading.refunds, decision) : UNCHANGED
      if (order?.state === 'unfillable' && isNewer) this.#giveRest(order, decision)
      this.#books.inbox.settle(`stripe.refunds/${paymentIntent}`, { ...applied, revision: decision.revision })
      return ok(applied)
    })
  }

  #applyTo(order: Order, readings: readonly RefundReading[], decision: Decision): Applied {
    let changed = false
    for (const reading of readings) {
      const refund = this.#refundOf(order, reading)
      if (refund.state === reading.state && refund.stripeRefundId === reading.stripeRefundId) continue
      changed = true
      this.#settle(
        { ...refund, stripeRefundId: reading.stripeRefundId, failure: reading.failure },
        reading.state,
        decision,
      )
    }
    if (!changed) return UNCHANGED
    const refunded = this.#total(order, decision)
    return { outcome: 'applied', reason: `${refunded} of ${order.total} given back` }
  }

  /**
   * No money is kept without goods: what a refused, failed or partial refund left is asked for again, ever later and at last
   * once a day, until it is given back. Meanwhile the dashboard shows it.
   */
  #giveRest(order: Order, decision: Decision): void {
    const refunds = this.#books.refunds.ofOrder(order.id)
    const left = order.total - order.lost - this.#given(order.id)
    const tries = refunds.filter(isForNothing).length
    if (left <= 0 || refunds.some(({ state }) => state === 'asked')) return
    const wait = Math.min(FIRST_WAIT_MS * 30 ** (tries - 1), LAST_WAIT_MS)
    const id = `rf_${order.id.slice(4)}_unfillable_${tries}`
    this.#books.refunds.save({
      id,
      orderId: order.id,
      stripeRefundId: null,
      amount: left,
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
    this.#ledger.owe({ kind: 'stripe.refund', key: id, at: decision.now + wait }, decision)
  }

  /** Ours by the id we gave it, if it is one of this order; otherwise it was made at Stripe. */
  #refundOf(order: Order, reading: RefundReading): Refund {
    const named = reading.ours === null ? null : this.#books.refunds.get(reading.ours)
    const known =
      this.#books.refunds.byStripeId(reading.stripeRefundId) ?? (named?.stripeRefundId === null ? named : null)
    if (known !== null && known.orderId === order.id) return known
    return {
      id: `rf_${reading.stripeRefundId}`,
      orderId: order.id,
      stripeRefundId: null,
      amount: reading.amount,
      state: 'asked',
      lines: [],
      restock: false,
      restocked: null,
      reason: reading.reason,
      attempt: null,
      request: 'made at Stripe',
      failure: null,
      createdAt: reading.createdAt,
      settledAt: null,
    }
  }

  /** Moves a refund to a state, with what follows from it: stock and credits go once, and come back when it fails. */
  #settle(refund: Refund, state: RefundState, decision: Decision): void {
    const lines = this.#books.orders.lines(refund.orderId)
    let { restocked } = refund
    if (state === 'failed') {
      if (restocked !== null) this.#undoRestock(refund, restocked, decision)
      restocked = null
    } else if (refund.restock && restocked === null) {
      restocked = this.#restock(refund, lines, decision)
    }
    const settledAt = state === 'pending' ? null : (refund.settledAt ?? decision.now)
    this.#books.refunds.save({ ...refund, state, restocked, settledAt })
    this.#countUnits(refund.orderId)
  }

  /** Counted anew each time: what Stripe called failed may turn out to have arrived. */
  #countUnits(orderId: string): void {
    const units = this.#books.refunds
      .ofOrder(orderId)
      .filter(isActive)
      .flatMap(({ lines }) => lines)
    for (const { variantId } of this.#books.orders.lines(orderId)) {
      const given = units.filter((line) => line.variantId === variantId)
      const quantity = given.reduce((sum, line) => sum + line.quantity, 0)
      this.#books.orders.setRefunded(orderId, variantId, quantity)
    }
  }

  #restock(refund: Refund, lines: readonly OrderLine[], decision: Decision): RefundLine[] {
    const back = refund.lines.filter(
      ({ variantId }) => lines.find((line) => line.variantId === variantId)?.hold === 'consumed',
    )
    for (const line of back)
      this.#books.stock.move(line.variantId, line.quantity, this.#movement('restock', refund, decision))
    return back
  }

  #undoRestock(refund: Refund, lines: readonly RefundLine[], decision: Decision): void {
    for (const line of lines) {
      // What was sold or reserved again meanwhile cannot be taken from its new buyer: the shelf keeps those units.
      this.#books.stock.move(line.variantId, -line.quantity, this.#movement('restock undone', refund, decision))
    }
  }

  #movement(reason: 'restock' | 'restock undone', refund: Refund, decision: Decision) {
    return {
      id: decision.nextId(),
      reason,
      actor: 'stripe',
      orderId: refund.orderId,
      note: refund.id,
      now: decision.now,
      revision: decision.revision,
    }
  }

  /** What is given back in all, and what that means for the usage that was bought. */
  #total(order: Order, decision: Decision): number {
    const settled = this.#books.refunds
      .ofOrder(order.id)
      .filter((refund) => refund.state === 'pending' || refund.state === 'succeeded')
    const refunded = settled.reduce((sum, refund) => sum + refund.amount, 0)
    const refundedAt = refunded === 0 ? null : (order.refundedAt ?? decision.now)
    const totaled: Order = { ...order, refunded, refundedAt }
    this.#books.orders.save(totaled, decision.revision)
    if (refunded !== order.refunded) announceOrder('order.refunded', totaled, this.#books, decision)
    takeBackCredits({ ...order, refunded }, this.#books)
    return refunded
  }
}

const UNCHANGED: Applied = { outcome: 'unchanged', reason: null }
const FIRST_WAIT_MS = 60_000
const LAST_WAIT_MS = 86_400_000
const NOT_OURS: Applied = { outcome: 'ignored', reason: 'not an order of this project' }

const remaining = (lines: readonly OrderLine[]): RefundLine[] =>
  lines
    .filter((line) => line.quantity > line.refundedQuantity)
    .map((line) => ({ variantId: line.variantId, quantity: line.quantity - line.refundedQuantity }))
