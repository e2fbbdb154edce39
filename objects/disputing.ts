/** What becomes of an order whose buyer went to the bank: what is lost is taken off, what is won again is put back. */

import type { Decision } from './actor.ts'
import { announceOrder } from './announcing.ts'
import type { Applied } from './billing.ts'
import type { Books, Ledger } from './books.ts'
import { takeBackCredits } from './crediting.ts'
import { disputeStatusOf } from './disputes.ts'
import type { Order } from './order.ts'
import { ok, type Outcome } from './outcome.ts'

/** A dispute as Stripe has it. */
export interface DisputeReading {
  readonly id: string
  readonly amount: number
  readonly currency: string
  readonly status: string
  readonly createdAt: number
}

export class Disputing {
  readonly #ledger: Ledger
  readonly #books: Books

  constructor(ledger: Ledger, books: Books) {
    this.#ledger = ledger
    this.#books = books
  }

  /** Hands out the number of a reading of a payment's disputes, and where the payment was made. */
  startReading(paymentIntent: string): { number: number; stripeAccount: string | null } {
    const number = this.#ledger.commit(() => this.#books.subscriptions.ask(readingOf(paymentIntent)))
    const order = this.#books.orders.byPayment(paymentIntent)
    return { number, stripeAccount: order && this.#books.accountOf(order) }
  }

  /** Applies all disputes that Stripe has of a payment, unless a newer reading of them was applied. */
  apply(paymentIntent: string, reading: { number: number; disputes: readonly DisputeReading[] }): Outcome<Applied> {
    return this.#ledger.decide((decision) => {
      const order = this.#books.orders.byPayment(paymentIntent)
      const isNewer = this.#books.subscriptions.admit(readingOf(paymentIntent), reading.number)
      const applied = order === null ? NOT_OURS : isNewer ? this.#applyTo(order, reading.disputes, decision) : UNCHANGED
      this.#books.inbox.settle(`stripe.disputes/${paymentIntent}`, { ...applied, revision: decision.revision })
      return ok(applied)
    })
  }

  #applyTo(order: Order, readings: readonly DisputeReading[], decision: Decision): Applied {
    const before = this.#books.disputes.ofOrder(order.id)
    const changed = readings.filter(({ id, status, amount, currency }) => {
      const known = before.find((dispute) => dispute.id === id)
      return known?.status !== status || known.amount !== amountIn(order, { amount, currency })
    })
    if (changed.length === 0) return UNCHANGED
    for (const { id, status, createdAt, ...money } of changed)
      this.#books.disputes.save({ id, orderId: order.id, amount: amountIn(order, money), status, createdAt })
    const disputes = this.#books.disputes.ofOrder(order.id)
    const gone = disputes.filter(({ status }) => status === 'lost').reduce((sum, { amount }) => sum + amount, 0)
    const disputed: Order = {
      ...order,
      lost: Math.min(gone, order.total),
      disputeStatus: disputeStatusOf(disputes),
      disputedAt: order.disputedAt ?? disputes[0]?.createdAt ?? decision.now,
    }
    this.#books.orders.save(disputed, decision.revision)
    announceOrder('order.disputed', disputed, this.#books, decision)
    takeBackCredits(disputed, this.#books)
    return { outcome: 'applied', reason: changed.map(({ id, status }) => `the dispute ${id} is ${status}`).join('; ') }
  }
}

/** A bank may argue in a currency of its own; then it is taken to be about the whole. */
const amountIn = (order: Order, money: { amount: number; currency: string }): number =>
  money.currency === order.currency ? money.amount : order.total

/** Refunds of the same payment are read on their own, and numbered on their own. */
const readingOf = (paymentIntent: string): string => `disputes:${paymentIntent}`

const UNCHANGED: Applied = { outcome: 'unchanged', reason: null }
const NOT_OURS: Applied = { outcome: 'ignored', reason: 'not an order of this project' }
