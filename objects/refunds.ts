/** Money given back: an intent of ours first, or a refund that was made at Stripe, and what of it was put back on the shelf. */

import type { Step } from './migrations.ts'
import type { Store } from './store.ts'

export const REFUNDS_SCHEMA: Step = [
  `CREATE TABLE refunds (
    id TEXT PRIMARY KEY,
    order_id TEXT NOT NULL,
    stripe_refund_id TEXT UNIQUE,
    amount INTEGER NOT NULL CHECK (amount > 0),
    state TEXT NOT NULL CHECK (state IN ('asked', 'pending', 'succeeded', 'failed')),
    lines TEXT NOT NULL,
    restock INTEGER NOT NULL CHECK (restock IN (0, 1)),
    restocked TEXT,
    reason TEXT,
    attempt TEXT UNIQUE,
    request TEXT NOT NULL,
    failure TEXT,
    created_at INTEGER NOT NULL,
    settled_at INTEGER
  ) STRICT`,
  'CREATE INDEX refunds_order ON refunds (order_id)',
]

/** Since what is still owed to buyers is looked up for the dashboard. */
export const ASKED_REFUNDS_SCHEMA: Step = ["CREATE INDEX refunds_asked ON refunds (order_id) WHERE state = 'asked'"]

export type RefundState = 'asked' | 'pending' | 'succeeded' | 'failed'

export interface RefundLine {
  readonly variantId: string
  readonly quantity: number
}

export interface Refund {
  readonly id: string
  readonly orderId: string
  readonly stripeRefundId: string | null
  readonly amount: number
  readonly state: RefundState
  /** The units it is for; none when only an amount was named. */
  readonly lines: readonly RefundLine[]
  readonly restock: boolean
  /** What was put back on the shelf because of it; `null` when nothing is there any more or ever was. */
  readonly restocked: readonly RefundLine[] | null
  readonly reason: string | null
  readonly attempt: string | null
  readonly request: string
  readonly failure: string | null
  readonly createdAt: number
  readonly settledAt: number | null
}

type RefundRow = {
  id: string
  order_id: string
  stripe_refund_id: string | null
  amount: number
  state: RefundState
  lines: string
  restock: number
  restocked: string | null
  reason: string | null
  attempt: string | null
  request: string
  failure: string | null
  created_at: number
  settled_at: number | null
}

const toRefund = (row: RefundRow): Refund => ({
  id: row.id,
  orderId: row.order_id,
  stripeRefundId: row.stripe_refund_id,
  amount: row.amount,
  state: row.state,
  lines: JSON.parse(row.lines) as RefundLine[],
  restock: row.restock === 1,
  restocked: row.restocked === null ? null : (JSON.parse(row.restocked) as RefundLine[]),
  reason: row.reason,
  attempt: row.attempt,
  request: row.request,
  failure: row.failure,
  createdAt: row.created_at,
  settledAt: row.settled_at,
})

/** What a refund says was asked for when nobody did: an order was paid and there was nothing to fill it with. */
export const PAID_FOR_NOTHING = 'unfillable'
export const isForNothing = ({ request }: Refund): boolean => request === PAID_FOR_NOTHING

/** Counts against what can still be refunded. */
export const isActive = (refund: Refund): boolean => refund.state !== 'failed'

export class Refunds {
  readonly #store: Store

  constructor(store: Store) {
    this.#store = store
  }

  get(id: string): Refund | null {
    return this.#find('id', id)
  }

  byStripeId(stripeRefundId: string): Refund | null {
    return this.#find('stripe_refund_id', stripeRefundId)
  }

  byAttempt(attempt: string): Refund | null {
    return this.#find('attempt', attempt)
  }

  ofOrder(orderId: string): Refund[] {
    return this.#store
      .all<RefundRow>('SELECT * FROM refunds WHERE order_id = ? ORDER BY created_at, id', orderId)
      .map(toRefund)
  }

  /** What we want to give back and Stripe has not let us yet. */
  asked(): Refund[] {
    return this.#store
      .all<RefundRow>("SELECT * FROM refunds WHERE state = 'asked' ORDER BY created_at, id")
      .map(toRefund)
  }

  save(refund: Refund): void {
    this.#store.run(
      `INSERT INTO refunds (id, order_id, stripe_refund_id, amount, state, lines, restock, restocked, reason,
         attempt, request, failure, created_at, settled_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (id) DO UPDATE SET
         stripe_refund_id = excluded.stripe_refund_id, state = excluded.state, restocked = excluded.restocked,
         failure = excluded.failure, settled_at = excluded.settled_at`,
      refund.id,
      refund.orderId,
      refund.stripeRefundId,
      refund.amount,
      refund.state,
      JSON.stringify(refund.lines),
      refund.restock ? 1 : 0,
      refund.restocked === null ? null : JSON.stringify(refund.restocked),
      refund.reason,
      refund.attempt,
      refund.request,
      refund.failure,
      refund.createdAt,
      refund.settledAt,
    )
  }

  #find(column: 'id' | 'stripe_refund_id' | 'attempt', value: string): Refund | null {
    const row = this.#store.maybe<RefundRow>(`SELECT * FROM refunds WHERE ${column} = ?`, value)
    return row && toRefund(row)
  }
}
