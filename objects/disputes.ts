/** Payments that a buyer's bank was asked to take back: every dispute of an order, as Stripe last had it. */

import type { Step } from './migrations.ts'
import type { Store } from './store.ts'

export const DISPUTES_SCHEMA: Step = [
  `CREATE TABLE disputes (
    id TEXT PRIMARY KEY,
    order_id TEXT NOT NULL,
    amount INTEGER NOT NULL CHECK (amount >= 0),
    status TEXT NOT NULL,
    created_at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID`,
  'CREATE INDEX disputes_order ON disputes (order_id)',
]

export interface Dispute {
  readonly id: string
  readonly orderId: string
  /** In the currency of the order. */
  readonly amount: number
  /** Stripe's own word. */
  readonly status: string
  readonly createdAt: number
}

type DisputeRow = { id: string; order_id: string; amount: number; status: string; created_at: number }

/** Nothing more will come of these. */
const OVER = new Set(['won', 'lost', 'warning_closed', 'prevented'])

/** The one word for several: one that still runs before one that is lost, before what is over and done with. */
export function disputeStatusOf(disputes: readonly Dispute[]): string | null {
  const running = disputes.findLast(({ status }) => !OVER.has(status))
  const lost = disputes.find(({ status }) => status === 'lost')
  return (running ?? lost ?? disputes.at(-1))?.status ?? null
}

export class Disputes {
  readonly #store: Store

  constructor(store: Store) {
    this.#store = store
  }

  /** Oldest first. */
  ofOrder(orderId: string): Dispute[] {
    return this.#store
      .all<DisputeRow>('SELECT * FROM disputes WHERE order_id = ? ORDER BY created_at, id', orderId)
      .map((row) => ({
        id: row.id,
        orderId: row.order_id,
        amount: row.amount,
        status: row.status,
        createdAt: row.created_at,
      }))
  }

  save(dispute: Dispute): void {
    this.#store.run(
      `INSERT INTO disputes (id, order_id, amount, status, created_at) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (id) DO UPDATE SET amount = excluded.amount, status = excluded.status`,
      dispute.id,
      dispute.orderId,
      dispute.amount,
      dispute.status,
      dispute.createdAt,
    )
  }
}
