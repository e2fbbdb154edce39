/**
 * Uses that were asked for and not counted: refused at a limit, or a repetition that was answered as before. By the hour,
 * the customer, the meter and the plan they had: who runs into which limit, how often, and when last.
 */

import type { Step } from './migrations.ts'
import type { Store } from './store.ts'

const HOUR_MS = 3_600_000
export const DECLINED_RETENTION_MS = 31 * 24 * HOUR_MS

export const DECLINED_USES_SCHEMA: Step = [
  `CREATE TABLE declined (
    hour INTEGER NOT NULL,
    customer_id TEXT NOT NULL,
    meter TEXT NOT NULL,
    plan TEXT NOT NULL,
    why TEXT NOT NULL CHECK (why IN ('refused', 'duplicate')),
    calls INTEGER NOT NULL,
    quantity INTEGER NOT NULL,
    last_at INTEGER NOT NULL,
    PRIMARY KEY (hour, customer_id, meter, plan, why)
  ) STRICT, WITHOUT ROWID`,
]

export type Why = 'refused' | 'duplicate'

/** Who ran into a limit, how often, and when last. */
export interface LimitHit {
  readonly customerId: string
  readonly meter: string
  readonly plan: string
  readonly calls: number
  readonly quantity: number
  readonly lastAt: number
}

export interface Declining {
  readonly customerId: string
  readonly meter: string
  readonly plan: string
  readonly why: Why
  readonly quantity: number
  readonly at: number
}

export class Declined {
  readonly #store: Store
  /** What the running decision declined and has not written yet: one statement each, however many calls are alike. */
  readonly #noted = new Map<string, Declining & { calls: number }>()

  constructor(store: Store) {
    this.#store = store
  }

  /** After a rollback: nothing was asked. */
  forget(): void {
    this.#noted.clear()
  }

  add(one: Declining): void {
    const key = JSON.stringify([one.customerId, one.meter, one.plan, one.why])
    const noted = this.#noted.get(key)
    this.#noted.set(key, {
      ...one,
      calls: (noted?.calls ?? 0) + 1,
      quantity: (noted?.quantity ?? 0) + one.quantity,
    })
  }

  /** Writes down what the decision declined. Called in its transaction, last. */
  write(): void {
    for (const { customerId, meter, plan, why, calls, quantity, at } of this.#noted.values())
      this.#store.run(
        `INSERT INTO declined (hour, customer_id, meter, plan, why, calls, quantity, last_at)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT DO UPDATE SET
           calls = calls + excluded.calls, quantity = quantity + excluded.quantity, last_at = excluded.last_at`,
        at - (at % HOUR_MS),
        customerId,
        meter,
        plan,
        why,
        calls,
        quantity,
        at,
      )
    this.#noted.clear()
  }

  /** In steps that are whole hours, oldest first. */
  since(
    from: number,
    step: number,
    meter: string | null,
  ): { at: number; meter: string; group: Why; used: number; calls: number }[] {
    return this.#store.all(
      `SELECT hour / ${step} * ${step} AS at, meter, why AS "group", sum(quantity) AS used, sum(calls) AS calls
       FROM declined WHERE hour >= ?1 AND (?2 IS NULL OR meter = ?2) GROUP BY 1, 2, 3 ORDER BY 1, 2, 3`,
      from,
      meter,
    )
  }

  /** Who was refused in a time, most often first. */
  limitHits(query: { from: number; until: number; meter: string | null; limit: number }): LimitHit[] {
    return this.#store.all<LimitHit & Record<string, string | number>>(
      `SELECT customer_id AS customerId, meter, plan, sum(calls) AS calls, sum(quantity) AS quantity,
         max(last_at) AS lastAt
       FROM declined WHERE hour >= ?1 AND hour < ?2 AND why = 'refused' AND (?3 IS NULL OR meter = ?3)
       GROUP BY 1, 2, 3 ORDER BY calls DESC, lastAt DESC, customerId, meter, plan LIMIT ?4`,
      query.from,
      query.until,
      query.meter,
      query.limit,
    )
  }

  forgetCustomer(customerId: string): void {
    this.#store.run('DELETE FROM declined WHERE customer_id = ?', customerId)
  }

  any(): boolean {
    return this.#store.maybe('SELECT 1 AS x FROM declined LIMIT 1') !== null
  }

  prune(now: number): boolean {
    this.#store.run('DELETE FROM declined WHERE hour < ?', now - DECLINED_RETENTION_MS - HOUR_MS)
    return false
  }
}
