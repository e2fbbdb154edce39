/**
 * How much each customer used of each meter in each period. Check and count are one statement: a use that would pass the
 * limit changes nothing. Free of joins, so that it can move to objects of its own when one thread is not enough.
 */

import type { Change } from '../sdk/schema/feed.ts'
import type { Spending } from './credits.ts'
import type { Step } from './migrations.ts'
import type { Span } from './period.ts'
import type { Store } from './store.ts'

export const USAGE_SCHEMA: Step = [
  `CREATE TABLE usage (
    customer_id TEXT NOT NULL,
    meter TEXT NOT NULL,
    period_start INTEGER NOT NULL,
    period_end INTEGER,
    used INTEGER NOT NULL CHECK (used >= 0),
    updated_at INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    PRIMARY KEY (customer_id, meter, period_start)
  ) STRICT, WITHOUT ROWID`,
  'CREATE INDEX usage_revision ON usage (revision)',
  `CREATE TABLE receipts (
    id INTEGER PRIMARY KEY,
    customer_id TEXT NOT NULL,
    meter TEXT NOT NULL,
    period_start INTEGER NOT NULL,
    quantity INTEGER NOT NULL CHECK (quantity > 0),
    at INTEGER NOT NULL,
    properties TEXT,
    reversed_at INTEGER
  ) STRICT`,
]

/** What of a counted call was paid with credits, and with which. */
export const CREDITED_RECEIPTS: Step = [
  'ALTER TABLE receipts ADD COLUMN credited INTEGER NOT NULL DEFAULT 0',
  'ALTER TABLE receipts ADD COLUMN spent TEXT',
]

/** How long a counted call can be taken back. */
export const RECEIPT_RETENTION_MS = 7 * 86_400_000
/** How long the count of an ended period is kept here; reports keep it longer. */
const PERIOD_RETENTION_MS = 400 * 86_400_000
const PRUNE_AT_ONCE = 1_000
const NO_LIMIT = Number.MAX_SAFE_INTEGER

export interface Consumption {
  readonly customerId: string
  readonly meter: string
  readonly span: Span
  readonly quantity: number
  readonly limit: number | null
}

export interface Receipt {
  readonly id: number
  readonly customerId: string
  readonly meter: string
  readonly periodStart: number
  readonly quantity: number
  readonly at: number
  readonly reversedAt: number | null
  /** How much of it was paid with credits, and which. */
  readonly credited: number
  readonly spent: readonly Spending[]
}

type UsageRow = {
  customer_id: string
  meter: string
  period_start: number
  period_end: number | null
  used: number
  updated_at: number
  revision: number
}

type ReceiptRow = {
  id: number
  customer_id: string
  meter: string
  period_start: number
  quantity: number
  at: number
  reversed_at: number | null
  credited: number
  spent: string | null
}

export class Usage {
  readonly #store: Store

  constructor(store: Store) {
    this.#store = store
  }

  /** Counts one consumption and answers the new total, or `null` when it would pass the limit. */
  add(use: Consumption, at: { now: number; revision: number }): number | null {
    const limit = use.limit ?? NO_LIMIT
    return (
      this.#store.maybe<{ used: number }>(
        `INSERT INTO usage (customer_id, meter, period_start, period_end, used, updated_at, revision)
         SELECT ?, ?, ?, ?, ?, ?, ? WHERE ? <= ?
         ON CONFLICT (customer_id, meter, period_start) DO UPDATE SET
           used = used + excluded.used, period_end = excluded.period_end, updated_at = excluded.updated_at,
           revision = excluded.revision
         WHERE used + excluded.used <= ?
         RETURNING used`,
        use.customerId,
        use.meter,
        use.span.start,
        use.span.end,
        use.quantity,
        at.now,
        at.revision,
        use.quantity,
        limit,
        limit,
      )?.used ?? null
    )
  }

  used(customerId: string, meter: string, span: Span): number {
    return (
      this.#store.maybe<{ used: number }>(
        'SELECT used FROM usage WHERE customer_id = ? AND meter = ? AND period_start = ?',
        customerId,
        meter,
        span.start,
      )?.used ?? 0
    )
  }

  /** Keeps what was counted, so that it can be taken back once. */
  keepReceipt(
    id: number,
    use: Consumption & { now: number; properties: string | null; spent: readonly Spending[] },
  ): void {
    this.#store.run(
      `INSERT INTO receipts (id, customer_id, meter, period_start, quantity, at, properties, credited, spent)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      id,
      use.customerId,
      use.meter,
      use.span.start,
      use.quantity,
      use.now,
      use.properties,
      use.spent.reduce((sum, { quantity }) => sum + quantity, 0),
      use.spent.length === 0 ? null : JSON.stringify(use.spent),
    )
  }

  receipt(id: number): Receipt | null {
    const row = this.#store.maybe<ReceiptRow>('SELECT * FROM receipts WHERE id = ?', id)
    return (
      row && {
        id: row.id,
        customerId: row.customer_id,
        meter: row.meter,
        periodStart: row.period_start,
        quantity: row.quantity,
        at: row.at,
        reversedAt: row.reversed_at,
        credited: row.credited,
        spent: row.spent === null ? [] : (JSON.parse(row.spent) as Spending[]),
      }
    )
  }

  /** Takes a counted call back from the period it was counted in. The caller has seen that it was not before. */
  reverse(receipt: Receipt, at: { now: number; revision: number }): void {
    this.#store.run('UPDATE receipts SET reversed_at = ? WHERE id = ?', at.now, receipt.id)
    this.#store.run(
      `UPDATE usage SET used = used - ?, updated_at = ?, revision = ?
       WHERE customer_id = ? AND meter = ? AND period_start = ?`,
      receipt.quantity - receipt.credited,
      at.now,
      at.revision,
      receipt.customerId,
      receipt.meter,
      receipt.periodStart,
    )
  }

  /** What all customers used in the periods that have not ended. */
  total(now: number): number {
    return this.#store.one<{ n: number }>(
      'SELECT coalesce(sum(used), 0) AS n FROM usage WHERE period_end IS NULL OR period_end > ?',
      now,
    ).n
  }

  forgetCustomer(customerId: string): void {
    this.#store.run('DELETE FROM usage WHERE customer_id = ?', customerId)
    this.#store.run('DELETE FROM receipts WHERE customer_id = ?', customerId)
  }

  hasReceipts(): boolean {
    return this.#store.maybe('SELECT 1 AS x FROM receipts LIMIT 1') !== null
  }

  /**
   * Removes a slice of what is past its retention; answers whether more is left. Receipts are as old as their ids are
   * low, so it looks at no more than a slice of them; the counts it has to look through, so it does that last and once.
   */
  prune(now: number): boolean {
    const receipts = this.#store.run(
      'DELETE FROM receipts WHERE id IN (SELECT id FROM receipts ORDER BY id LIMIT ?) AND at < ?',
      PRUNE_AT_ONCE,
      now - RECEIPT_RETENTION_MS,
    )
    if (receipts >= PRUNE_AT_ONCE) return true
    const periods = this.#store.run(
      `DELETE FROM usage WHERE (customer_id, meter, period_start) IN (
         SELECT customer_id, meter, period_start FROM usage WHERE period_end < ? LIMIT ?)`,
      now - PERIOD_RETENTION_MS,
      PRUNE_AT_ONCE,
    )
    return periods >= PRUNE_AT_ONCE
  }

  /** Counts that disagree with their receipts, where no receipt is old enough to be gone: always none. For tests. */
  disagreements(now: number): { customerId: string; meter: string; used: number; counted: number }[] {
    return this.#store.all<{ customerId: string; meter: string; used: number; counted: number }>(
      `SELECT u.customer_id AS customerId, u.meter, u.used,
         (SELECT coalesce(sum(r.quantity - r.credited), 0) FROM receipts r
          WHERE r.customer_id = u.customer_id AND r.meter = u.meter AND r.period_start = u.period_start
            AND r.reversed_at IS NULL) AS counted
       FROM usage u
       WHERE u.used <> counted AND u.period_start > ?`,
      now - RECEIPT_RETENTION_MS,
    )
  }

  /** Changed rows, oldest first; of one customer, if one is named. */
  since(revision: number, limit: number, customerId: string | null = null): Change[] {
    const whose = customerId === null ? { sql: '', ids: [] } : { sql: 'customer_id = ? AND', ids: [customerId] }
    return this.#store
      .all<UsageRow>(
        `SELECT * FROM usage WHERE ${whose.sql} revision > ? ORDER BY revision LIMIT ?`,
        ...whose.ids,
        revision,
        limit,
      )
      .map((row) => ({
        kind: 'usage',
        id: `${row.customer_id}/${row.meter}/${row.period_start}`,
        revision: row.revision,
        row: {
          customerId: row.customer_id,
          meter: row.meter,
          periodStart: row.period_start,
          periodEnd: row.period_end,
          used: row.used,
          updatedAt: row.updated_at,
        },
      }))
  }
}
