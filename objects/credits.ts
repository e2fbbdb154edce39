/** Usage that was bought: so many of a meter, until a day. Spent soonest-expiring first. */

import type { Step } from './migrations.ts'
import type { Store } from './store.ts'
import { CREDITED_RECEIPTS } from './usage.ts'

export const CREDITS_SCHEMA: Step = [
  `CREATE TABLE credits (
    id INTEGER PRIMARY KEY,
    customer_id TEXT NOT NULL,
    meter TEXT NOT NULL,
    order_id TEXT NOT NULL,
    variant_id TEXT NOT NULL,
    granted INTEGER NOT NULL CHECK (granted > 0),
    remaining INTEGER NOT NULL CHECK (remaining BETWEEN 0 AND granted),
    taken_back INTEGER NOT NULL DEFAULT 0 CHECK (taken_back >= 0),
    expires_at INTEGER,
    created_at INTEGER NOT NULL,
    UNIQUE (order_id, variant_id)
  ) STRICT`,
  'CREATE INDEX credits_customer ON credits (customer_id, meter, expires_at)',
  ...CREDITED_RECEIPTS,
]

export interface Credit {
  readonly id: number
  readonly customerId: string
  readonly meter: string
  readonly orderId: string
  readonly variantId: string
  readonly granted: number
  readonly remaining: number
  readonly takenBack: number
  readonly expiresAt: number | null
}

type CreditRow = {
  id: number
  customer_id: string
  meter: string
  order_id: string
  variant_id: string
  granted: number
  remaining: number
  taken_back: number
  expires_at: number | null
}

/** How much was spent of which credit. */
export interface Spending {
  readonly id: number
  readonly quantity: number
}

const toCredit = (row: CreditRow): Credit => ({
  id: row.id,
  customerId: row.customer_id,
  meter: row.meter,
  orderId: row.order_id,
  variantId: row.variant_id,
  granted: row.granted,
  remaining: row.remaining,
  takenBack: row.taken_back,
  expiresAt: row.expires_at,
})

export class Credits {
  readonly #store: Store
  #any: boolean | null = null

  constructor(store: Store) {
    this.#store = store
  }

  forget(): void {
    this.#any = null
  }

  /** Has this project ever granted a credit? Projects that sell none never look. */
  get any(): boolean {
    this.#any ??= this.#store.maybe('SELECT 1 AS x FROM credits LIMIT 1') !== null
    return this.#any
  }

  /** Usable now, soonest-expiring first. */
  usable(customerId: string, meter: string, now: number): Credit[] {
    if (!this.any) return []
    return this.#store
      .all<CreditRow>(
        `SELECT * FROM credits
         WHERE customer_id = ? AND meter = ? AND remaining > 0 AND (expires_at IS NULL OR expires_at > ?)
         ORDER BY expires_at IS NULL, expires_at, id`,
        customerId,
        meter,
        now,
      )
      .map(toCredit)
  }

  get(id: number): Credit | null {
    const row = this.#store.maybe<CreditRow>('SELECT * FROM credits WHERE id = ?', id)
    return row && toCredit(row)
  }

  ofOrder(orderId: string): Credit[] {
    return this.#store.all<CreditRow>('SELECT * FROM credits WHERE order_id = ?', orderId).map(toCredit)
  }

  /** Grants once for a line of an order, however often it is said. */
  grant(credit: Omit<Credit, 'remaining' | 'takenBack'> & { now: number }): void {
    this.#any = null
    this.#store.run(
      `INSERT INTO credits (id, customer_id, meter, order_id, variant_id, granted, remaining, expires_at, created_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (order_id, variant_id) DO NOTHING`,
      credit.id,
      credit.customerId,
      credit.meter,
      credit.orderId,
      credit.variantId,
      credit.granted,
      credit.granted,
      credit.expiresAt,
      credit.now,
    )
  }

  spend(spending: Spending): void {
    this.#store.run('UPDATE credits SET remaining = remaining - ? WHERE id = ?', spending.quantity, spending.id)
  }

  /** Puts back what a reversed use had spent, except what was taken back by a refund meanwhile. */
  unspend(spending: Spending): void {
    this.#store.run(
      'UPDATE credits SET remaining = min(remaining + ?, granted - taken_back) WHERE id = ?',
      spending.quantity,
      spending.id,
    )
  }

  /** Takes back what is unspent, up to `quantity`, because the money went back. */
  takeBack(credit: Credit, quantity: number): void {
    const unspent = Math.min(credit.remaining, quantity)
    this.#store.run(
      'UPDATE credits SET remaining = remaining - ?, taken_back = taken_back + ? WHERE id = ?',
      unspent,
      unspent,
      credit.id,
    )
  }

  /** A refund failed: what it took back is there again. */
  restore(credit: Credit, quantity: number): void {
    this.#store.run(
      'UPDATE credits SET remaining = remaining + ?, taken_back = taken_back - ? WHERE id = ?',
      quantity,
      quantity,
      credit.id,
    )
  }

  forgetCustomer(customerId: string): void {
    this.#store.run('DELETE FROM credits WHERE customer_id = ?', customerId)
  }
}
