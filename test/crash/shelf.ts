/** A shop's object as its file says: the shelf, its ledger, the orders and what was given back. */

import type { Disk } from './disk.ts'
import type { Piece } from './deed.ts'

export interface ShelvedVariant {
  readonly id: string
  readonly onHand: number | null
  readonly reserved: number
}

export interface LedgerRow {
  readonly variantId: string
  readonly delta: number
  readonly after: number
  readonly reason: string
  readonly orderId: string | null
  readonly note: string | null
}

export interface FiledOrder {
  readonly id: string
  readonly number: number
  readonly state: string
  readonly customerId: string | null
  /** The id of the cart that it came from. */
  readonly cart: string
  readonly sessionId: string | null
  readonly paymentIntent: string | null
  readonly total: number
  readonly refunded: number
}

export interface FiledLine extends Piece {
  readonly orderId: string
  readonly refundedQuantity: number
  readonly hold: string
}

export interface FiledRefund {
  readonly id: string
  readonly orderId: string
  readonly stripeRefundId: string | null
  readonly amount: number
  readonly state: string
  readonly lines: readonly Piece[]
  readonly restocked: readonly Piece[] | null
  /** The id of the wish that it came from; `null` when the product itself gave the money back. */
  readonly wish: string | null
  readonly request: string
}

export interface FiledCredit {
  readonly orderId: string
  readonly variantId: string
  readonly granted: number
  readonly remaining: number
  readonly takenBack: number
}

export interface Shelf {
  readonly variants: readonly ShelvedVariant[]
  /** Oldest first. */
  readonly ledger: readonly LedgerRow[]
  readonly orders: readonly FiledOrder[]
  readonly lines: readonly FiledLine[]
  readonly refunds: readonly FiledRefund[]
  readonly credits: readonly FiledCredit[]
  /** Orders that a timer or a debt will look at again. */
  readonly tended: ReadonlySet<string>
}

const deedOf = (column: string): string => `substr(${column}, instr(${column}, ':') + 1)`

export function readShelf(disk: Disk, projectId: string): Shelf {
  const read = <T>(sql: string): T[] => disk.object(projectId, sql) as unknown as T[]
  const tended = read<{ key: string }>(
    "SELECT key FROM timers WHERE kind = 'order' UNION SELECT key FROM outbox WHERE kind = 'stripe.order'",
  )
  return {
    variants: read('SELECT id, on_hand AS onHand, reserved FROM variants'),
    ledger: read(
      'SELECT variant_id AS variantId, delta, after, reason, order_id AS orderId, note FROM stock_ledger ORDER BY id',
    ),
    orders: read(
      `SELECT id, number, state, customer_id AS customerId, ${deedOf('attempt')} AS cart, session_id AS sessionId,
         payment_intent AS paymentIntent, total, refunded FROM orders`,
    ),
    lines: read(
      `SELECT order_id AS orderId, variant_id AS variantId, quantity, refunded_quantity AS refundedQuantity, hold
       FROM order_lines`,
    ),
    refunds: read<Omit<FiledRefund, 'lines' | 'restocked'> & { lines: string; restocked: string | null }>(
      `SELECT id, order_id AS orderId, stripe_refund_id AS stripeRefundId, amount, state, lines, restocked,
         ${deedOf('attempt')} AS wish, request FROM refunds`,
    ).map((row) => ({
      ...row,
      lines: JSON.parse(row.lines) as Piece[],
      restocked: row.restocked === null ? null : (JSON.parse(row.restocked) as Piece[]),
    })),
    credits: read(
      `SELECT order_id AS orderId, variant_id AS variantId, granted, remaining, taken_back AS takenBack FROM credits`,
    ),
    tended: new Set(tended.map(({ key }) => key)),
  }
}
