/**
 * What all customers together used in the periods that run, by the hour in which they end: a figure of the dashboard that
 * must not read a million counts. A period whose end moves keeps what was counted before under its old hour.
 */

import type { Step } from './migrations.ts'
import type { Store } from './store.ts'

const HOUR_MS = 3_600_000
const NEVER = Number.MAX_SAFE_INTEGER

export const TOTALS_SCHEMA: Step = [
  `CREATE TABLE usage_totals (
    ends_at INTEGER PRIMARY KEY,
    used INTEGER NOT NULL
  ) STRICT`,
]

/** The statement that begins with what was counted before: by `period_end`, what was `used`. */
export const totalsFrom = (counts: string): string =>
  `INSERT INTO usage_totals (ends_at, used)
   SELECT coalesce((period_end + ${HOUR_MS - 1}) / ${HOUR_MS} * ${HOUR_MS}, ${NEVER}), sum(used)
   FROM (${counts}) GROUP BY 1`

export class Totals {
  readonly #store: Store
  /** What the running decision counted and has not written yet: once for all that it counts. */
  readonly #moved = new Map<number, number>()

  constructor(store: Store) {
    this.#store = store
  }

  /** After a rollback: nothing was counted. */
  forget(): void {
    this.#moved.clear()
  }

  add(periodEnd: number | null, quantity: number): void {
    const endsAt = periodEnd === null ? NEVER : Math.ceil(periodEnd / HOUR_MS) * HOUR_MS
    this.#moved.set(endsAt, (this.#moved.get(endsAt) ?? 0) + quantity)
  }

  /** Writes down what the decision counted. Called in its transaction, last. */
  write(): void {
    for (const [endsAt, used] of this.#moved)
      this.#store.run(
        `INSERT INTO usage_totals (ends_at, used) VALUES (?, ?)
         ON CONFLICT (ends_at) DO UPDATE SET used = used + excluded.used`,
        endsAt,
        used,
      )
    this.#moved.clear()
  }

  running(now: number): number {
    return this.#store.one<{ n: number }>('SELECT coalesce(sum(used), 0) AS n FROM usage_totals WHERE ends_at > ?', now)
      .n
  }

  prune(now: number): void {
    this.#store.run('DELETE FROM usage_totals WHERE ends_at <= ?', now)
  }
}
