/** What all customers together used of each meter, by the hour of UTC: a chart must not read a million calls. */

import type { Step } from './migrations.ts'
import type { Store } from './store.ts'

const HOUR_MS = 3_600_000
const RETENTION_MS = 400 * 24 * HOUR_MS

export const HOURS_SCHEMA: Step = [
  `CREATE TABLE usage_hours (
    hour INTEGER NOT NULL,
    meter TEXT NOT NULL,
    used INTEGER NOT NULL,
    calls INTEGER NOT NULL,
    PRIMARY KEY (hour, meter)
  ) STRICT, WITHOUT ROWID`,
]

/** The statement that begins with what is still known of the time before: `at`, `meter` and `quantity` of every call. */
export const hoursFrom = (calls: string): string =>
  `INSERT INTO usage_hours (hour, meter, used, calls)
   SELECT at / ${HOUR_MS} * ${HOUR_MS}, meter, sum(quantity), count(*) FROM (${calls}) GROUP BY 1, 2`

export interface Counted {
  /** When the hour or the day began. */
  readonly at: number
  readonly meter: string
  readonly used: number
  readonly calls: number
}

export class Hours {
  readonly #store: Store
  /** What the running decision counted and has not written yet: one statement an hour and meter, however many calls. */
  readonly #moved = new Map<string, { at: number; meter: string; used: number; calls: number }>()

  constructor(store: Store) {
    this.#store = store
  }

  /** After a rollback: nothing was counted. */
  forget(): void {
    this.#moved.clear()
  }

  add(use: { at: number; meter: string; quantity: number; calls: 1 | -1 }): void {
    const at = use.at - (use.at % HOUR_MS)
    const key = `${at} ${use.meter}`
    const moved = this.#moved.get(key) ?? { at, meter: use.meter, used: 0, calls: 0 }
    moved.used += use.quantity
    moved.calls += use.calls
    this.#moved.set(key, moved)
  }

  /** Writes down what the decision counted. Called in its transaction, last. */
  write(): void {
    if (this.#moved.size === 0) return
    for (const { at, meter, used, calls } of this.#moved.values())
      this.#store.run(
        `INSERT INTO usage_hours (hour, meter, used, calls) VALUES (?, ?, ?, ?)
         ON CONFLICT (hour, meter) DO UPDATE SET used = used + excluded.used, calls = calls + excluded.calls`,
        at,
        meter,
        used,
        calls,
      )
    this.#moved.clear()
  }

  /** Since a moment, in steps that are whole hours, oldest first. A step in which nothing was used has no row. */
  since(from: number, step: number, meter: string | null): Counted[] {
    const one = meter === null ? { sql: '', values: [] } : { sql: 'AND meter = ?', values: [meter] }
    return this.#store.all<{ at: number; meter: string; used: number; calls: number }>(
      `SELECT hour / ${step} * ${step} AS at, meter, sum(used) AS used, sum(calls) AS calls FROM usage_hours
       WHERE hour >= ? ${one.sql} GROUP BY 1, meter ORDER BY 1, meter`,
      from,
      ...one.values,
    )
  }

  any(): boolean {
    return this.#store.maybe('SELECT 1 AS x FROM usage_hours LIMIT 1') !== null
  }

  prune(now: number): void {
    this.#store.run('DELETE FROM usage_hours WHERE hour < ?', now - RETENTION_MS)
  }
}
