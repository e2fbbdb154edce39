/**
 * How much each customer used of each meter in each period. Check and count are one statement: a use that would pass the
 * limit changes nothing. Free of joins, so that it can move to objects of its own when one thread is not enough.
 */

import type { Change } from '../sdk/schema/feed.ts'
import type { Spending } from './credits.ts'
import { Hours, HOURS_OF_PLANS, HOURS_SCHEMA, hoursFrom } from './hours.ts'
import type { Step } from './migrations.ts'
import type { Span } from './period.ts'
import { toReceipt, type Receipt, type ReceiptRow } from './receipt.ts'
import type { Store } from './store.ts'
import { Totals, TOTALS_SCHEMA, totalsFrom } from './totals.ts'

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

/** Removed customers whose receipts, up to one, count as gone and are deleted slice by slice. */
export const FORGOTTEN_SCHEMA: Step = [
  ...TOTALS_SCHEMA,
  totalsFrom('SELECT period_end, sum(used) AS used FROM usage GROUP BY period_end'),
  `CREATE TABLE forgotten (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    customer_id TEXT NOT NULL UNIQUE,
    last_receipt INTEGER NOT NULL
  ) STRICT`,
  // How far the receipts were looked through, up to which, and for which of the removed.
  `CREATE TABLE wiping (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    at INTEGER NOT NULL,
    until INTEGER NOT NULL,
    up_to INTEGER NOT NULL
  ) STRICT`,
]

/** Since what was used is known by the hour. */
export const USED_HOURS_SCHEMA: Step = [
  ...HOURS_SCHEMA,
  hoursFrom('SELECT at, meter, quantity FROM receipts WHERE reversed_at IS NULL'),
]

/** Since it is known with which plan something was used. */
export const USED_WITH_PLANS: Step = [
  ...HOURS_OF_PLANS,
  "ALTER TABLE receipts ADD COLUMN plan TEXT NOT NULL DEFAULT ''",
]

/** How long a counted call can be taken back. */
export const RECEIPT_RETENTION_MS = 7 * 86_400_000
/** How long the count of an ended period is kept here; reports keep it longer. */
const PERIOD_RETENTION_MS = 400 * 86_400_000
/** Measured: 5,000 receipts are deleted in 4 ms, and as many counts looked at in 2. */
const PRUNE_AT_ONCE = 5_000
const NO_LIMIT = Number.MAX_SAFE_INTEGER

export interface Consumption {
  readonly customerId: string
  readonly meter: string
  readonly span: Span
  readonly quantity: number
  readonly limit: number | null
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

/** A place in the table of counts. */
type Place = { customer_id: string; meter: string; period_start: number }
const START: Place = { customer_id: '', meter: '', period_start: 0 }

export class Usage {
  readonly #store: Store
  readonly totals: Totals
  readonly hours: Hours
  /** How far the walk through the counts has come. An object that dies begins it anew. */
  #walkedTo: Place | null = null

  constructor(store: Store) {
    this.#store = store
    this.totals = new Totals(store)
    this.hours = new Hours(store)
  }

  /** Counts one consumption and answers the new total, or `null` when it would pass the limit. */
  add(use: Consumption, at: { now: number; revision: number }): number | null {
    const used = this.#raise(use, at) ?? this.#begin(use, at)
    if (used !== null) this.totals.add(use.span.end, use.quantity)
    return used
  }

  /** Check and count of a period that was used before: by far the most calls, and a fifth cheaper than an upsert. */
  #raise(use: Consumption, at: { now: number; revision: number }): number | null {
    return (
      this.#store.maybe<{ used: number }>(
        `UPDATE usage SET used = used + ?, period_end = ?, updated_at = ?, revision = ?
         WHERE customer_id = ? AND meter = ? AND period_start = ? AND used + ? <= ?
         RETURNING used`,
        use.quantity,
        use.span.end,
        at.now,
        at.revision,
        use.customerId,
        use.meter,
        use.span.start,
        use.quantity,
        use.limit ?? NO_LIMIT,
      )?.used ?? null
    )
  }

  /** The first use of a period, unless that alone passes the limit. What was used before could not be raised. */
  #begin(use: Consumption, at: { now: number; revision: number }): number | null {
    return (
      this.#store.maybe<{ used: number }>(
        `INSERT INTO usage (customer_id, meter, period_start, period_end, used, updated_at, revision)
         SELECT ?, ?, ?, ?, ?, ?, ? WHERE ? <= ?
         ON CONFLICT (customer_id, meter, period_start) DO NOTHING
         RETURNING used`,
        use.customerId,
        use.meter,
        use.span.start,
        use.span.end,
        use.quantity,
        at.now,
        at.revision,
        use.quantity,
        use.limit ?? NO_LIMIT,
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
    use: Consumption & { now: number; plan: string; properties: string | null; spent: readonly Spending[] },
  ): void {
    this.hours.add({ at: use.now, meter: use.meter, plan: use.plan, quantity: use.quantity, calls: 1 })
    this.#store.run(
      `INSERT INTO receipts (id, customer_id, meter, period_start, quantity, at, properties, credited, spent, plan)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      id,
      use.customerId,
      use.meter,
      use.span.start,
      use.quantity,
      use.now,
      use.properties,
      use.spent.reduce((sum, { quantity }) => sum + quantity, 0),
      use.spent.length === 0 ? null : JSON.stringify(use.spent),
      use.plan,
    )
  }

  receipt(id: number): Receipt | null {
    const row = this.#store.maybe<ReceiptRow>(
      `SELECT * FROM receipts r WHERE id = ? AND NOT EXISTS (
         SELECT 1 FROM forgotten f WHERE f.customer_id = r.customer_id AND r.id <= f.last_receipt)`,
      id,
    )
    return row && toReceipt(row)
  }

  /**
   * Counted calls, newest first; those of one customer, plan or meter among the next `lookAt` of all, however few they
   * are. `next` is the id to go on below.
   */
  latest(query: {
    customerId: string | null
    meter: string | null
    plan: string | null
    since: number | null
    before: number | null
    limit: number
    lookAt: number
  }): {
    receipts: (Receipt & { properties: unknown })[]
    next: number | null
  } {
    const before = query.before ?? Number.MAX_SAFE_INTEGER
    const from = query.since ?? 0
    const rows = this.#store.all<ReceiptRow & { properties: string | null }>(
      `SELECT * FROM (SELECT * FROM receipts WHERE id < ?1 AND id >= ?6 ORDER BY id DESC LIMIT ?2) r
       WHERE (?3 IS NULL OR customer_id = ?3) AND (?4 IS NULL OR meter = ?4) AND (?7 IS NULL OR plan = ?7)
         AND NOT EXISTS (SELECT 1 FROM forgotten f WHERE f.customer_id = r.customer_id AND r.id <= f.last_receipt)
       ORDER BY id DESC LIMIT ?5`,
      before,
      query.lookAt,
      query.customerId,
      query.meter,
      query.limit,
      from,
      query.plan,
    )
    const receipts = rows.map((row) => ({
      ...toReceipt(row),
      properties: row.properties === null ? null : (JSON.parse(row.properties) as unknown),
    }))
    if (rows.length === query.limit) return { receipts, next: rows.at(-1)!.id }
    const below = this.#store.maybe<{ id: number }>(
      'SELECT id FROM receipts WHERE id < ? AND id >= ? ORDER BY id DESC LIMIT 1 OFFSET ?',
      before,
      from,
      query.lookAt - 1,
    )
    return { receipts, next: below?.id ?? null }
  }

  /** The id of the first kept call at a moment or after it. Ids and times grow together, so it is found by halving. */
  firstAt(moment: number): number {
    const at = (id: number) =>
      this.#store.maybe<{ id: number; at: number }>('SELECT id, at FROM receipts WHERE id >= ? ORDER BY id LIMIT 1', id)
    let low = at(0)?.id ?? 0
    let high = (this.#store.maybe<{ id: number | null }>('SELECT max(id) AS id FROM receipts')?.id ?? low) + 1
    while (low < high) {
      const middle = Math.floor((low + high) / 2)
      const found = at(middle)
      if (found === null || found.at >= moment) high = middle
      else low = found.id + 1
    }
    return low
  }

  /** What each customer used since an id, in the latest `lookAt` calls, and how far back these reach. */
  byCustomer(query: { since: number; step: number; meter: string | null; lookAt: number }) {
    return this.#store.all<{ at: number; meter: string; group: string; used: number; calls: number; oldest: number }>(
      `SELECT at / ${query.step} * ${query.step} AS at, meter, customer_id AS "group", sum(quantity) AS used,
         count(*) AS calls, min(r.at) AS oldest
       FROM (SELECT * FROM receipts WHERE id >= ?1 ORDER BY id DESC LIMIT ?2) r
       WHERE reversed_at IS NULL AND (?3 IS NULL OR meter = ?3)
         AND NOT EXISTS (SELECT 1 FROM forgotten f WHERE f.customer_id = r.customer_id AND r.id <= f.last_receipt)
       GROUP BY 1, 2, 3 ORDER BY 1, 2, 3`,
      query.since,
      query.lookAt,
      query.meter,
    )
  }

  /** Takes a counted call back from the period it was counted in. The caller has seen that it was not before. */
  reverse(receipt: Receipt, at: { now: number; revision: number }): void {
    this.#store.run('UPDATE receipts SET reversed_at = ? WHERE id = ?', at.now, receipt.id)
    const { at: usedAt, meter, plan, quantity } = receipt
    this.hours.add({ at: usedAt, meter, plan, quantity: -quantity, calls: -1 })
    const counted = receipt.quantity - receipt.credited
    const row = this.#store.maybe<{ period_end: number | null }>(
      `UPDATE usage SET used = used - ?, updated_at = ?, revision = ?
       WHERE customer_id = ? AND meter = ? AND period_start = ?
       RETURNING period_end`,
      counted,
      at.now,
      at.revision,
      receipt.customerId,
      receipt.meter,
      receipt.periodStart,
    )
    if (row !== null) this.totals.add(row.period_end, -counted)
  }

  /** Who used more of a meter than `limit` in a period that has not ended; the heaviest first. */
  over(meter: string, limit: number, at: { now: number; atMost: number }): string[] {
    return this.#store
      .all<{ id: string }>(
        `SELECT customer_id AS id FROM usage WHERE meter = ? AND used > ? AND (period_end IS NULL OR period_end > ?)
         GROUP BY customer_id ORDER BY max(used) DESC, customer_id LIMIT ?`,
        meter,
        limit,
        at.now,
        at.atMost,
      )
      .map(({ id }) => id)
  }

  /**
   * The counts of a customer go at once. Receipts are stored by the time of the call: those of one customer are found by
   * looking at all, so they count as gone from now on, and are deleted by pruning.
   */
  forgetCustomer(customerId: string): void {
    const counts = this.#store.all<{ used: number; period_end: number | null }>(
      'DELETE FROM usage WHERE customer_id = ? RETURNING used, period_end',
      customerId,
    )
    for (const { used, period_end } of counts) this.totals.add(period_end, -used)
    this.#store.run(
      `INSERT OR REPLACE INTO forgotten (customer_id, last_receipt)
       SELECT ?, max(id) FROM receipts HAVING max(id) IS NOT NULL`,
      customerId,
    )
  }

  hasReceipts(): boolean {
    return this.#store.maybe('SELECT 1 AS x FROM receipts LIMIT 1') !== null
  }

  /**
   * Removes a slice of what is past its retention; answers whether more is left. Receipts are as old as their ids are
   * low, so it looks at no more than a slice of them; the counts it has to look through, a slice at a time, once a day.
   */
  prune(now: number): boolean {
    if (this.#wipe()) return true
    const receipts = this.#store.run(
      'DELETE FROM receipts WHERE id IN (SELECT id FROM receipts ORDER BY id LIMIT ?) AND at < ?',
      PRUNE_AT_ONCE,
      now - RECEIPT_RETENTION_MS,
    )
    if (receipts >= PRUNE_AT_ONCE) return true
    this.totals.prune(now)
    this.hours.prune(now)
    return this.#prunePeriods(now)
  }

  #prunePeriods(now: number): boolean {
    const from = this.#walkedTo ?? START
    const after = [from.customer_id, from.meter, from.period_start] as const
    const to = this.#store.maybe<Place>(
      `SELECT customer_id, meter, period_start FROM usage WHERE (customer_id, meter, period_start) > (?, ?, ?)
       ORDER BY customer_id, meter, period_start LIMIT 1 OFFSET ?`,
      ...after,
      PRUNE_AT_ONCE - 1,
    )
    this.#store.run(
      `DELETE FROM usage WHERE (customer_id, meter, period_start) > (?, ?, ?) AND period_end < ?
         AND (? IS NULL OR (customer_id, meter, period_start) <= (?, ?, ?))`,
      ...after,
      now - PERIOD_RETENTION_MS,
      to?.customer_id ?? null,
      to?.customer_id ?? null,
      to?.meter ?? null,
      to?.period_start ?? null,
    )
    this.#walkedTo = to
    return to !== null
  }

  /** Deletes a slice of the receipts of customers who were removed; answers whether there may be more. */
  #wipe(): boolean {
    this.#store.run(
      `INSERT OR IGNORE INTO wiping (one, at, until, up_to)
       SELECT 1, coalesce((SELECT min(id) - 1 FROM receipts), 0), max(last_receipt), max(id) FROM forgotten
       HAVING max(id) IS NOT NULL`,
    )
    const wiping = this.#store.maybe<{ at: number; until: number; up_to: number }>(
      'SELECT at, until, up_to FROM wiping',
    )
    if (wiping === null) return false
    const to = wiping.at + PRUNE_AT_ONCE
    this.#store.run(
      `DELETE FROM receipts WHERE id > ? AND id <= ? AND EXISTS (
         SELECT 1 FROM forgotten f WHERE f.customer_id = receipts.customer_id AND receipts.id <= f.last_receipt)`,
      wiping.at,
      to,
    )
    if (to < wiping.until) {
      this.#store.run('UPDATE wiping SET at = ?', to)
      return true
    }
    this.#store.run('DELETE FROM forgotten WHERE id <= ?', wiping.up_to)
    this.#store.run('DELETE FROM wiping')
    return true
  }

  /** Counts that disagree with their receipts, where no receipt is old enough to be gone: always none. For tests. */
  disagreements(now: number): { customerId: string; meter: string; used: number; counted: number }[] {
    return this.#store.all<{ customerId: string; meter: string; used: number; counted: number }>(
      `WITH counts AS (
         SELECT customer_id, meter, period_start, sum(quantity - credited) AS counted FROM receipts r
         WHERE reversed_at IS NULL AND NOT EXISTS (
           SELECT 1 FROM forgotten f WHERE f.customer_id = r.customer_id AND r.id <= f.last_receipt)
         GROUP BY customer_id, meter, period_start)
       SELECT u.customer_id AS customerId, u.meter, u.used, coalesce(c.counted, 0) AS counted
       FROM usage u LEFT JOIN counts c
         ON c.customer_id = u.customer_id AND c.meter = u.meter AND c.period_start = u.period_start
       WHERE u.used <> coalesce(c.counted, 0) AND u.period_start > ?`,
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
