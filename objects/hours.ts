/** What all customers together used of each meter, by the hour of UTC and the plan they had: a chart must not read a million calls. */

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

/** Since it is known with which plan: from then on this one is written, and the other is what was before. */
export const HOURS_OF_PLANS: Step = [
  `CREATE TABLE plan_hours (
    hour INTEGER NOT NULL,
    meter TEXT NOT NULL,
    plan TEXT NOT NULL,
    used INTEGER NOT NULL,
    calls INTEGER NOT NULL,
    PRIMARY KEY (hour, meter, plan)
  ) STRICT, WITHOUT ROWID`,
]

/** Both together, since a moment and of one meter if one is named. */
const ALL_HOURS = `(
  SELECT hour, meter, '' AS plan, used, calls FROM usage_hours WHERE hour >= ?1 AND (?2 IS NULL OR meter = ?2)
  UNION ALL
  SELECT hour, meter, plan, used, calls FROM plan_hours WHERE hour >= ?1 AND (?2 IS NULL OR meter = ?2))`

export interface Counted {
  /** When the hour or the day began. */
  readonly at: number
  readonly meter: string
  readonly used: number
  readonly calls: number
}

export class Hours {
  readonly #store: Store
  /** What the running decision counted and has not written yet: one statement an hour, meter and plan, however many calls. */
  readonly #moved = new Map<string, { at: number; meter: string; plan: string; used: number; calls: number }>()

  constructor(store: Store) {
    this.#store = store
  }

  /** After a rollback: nothing was counted. */
  forget(): void {
    this.#moved.clear()
  }

  add(use: { at: number; meter: string; plan: string; quantity: number; calls: 1 | -1 }): void {
    const at = use.at - (use.at % HOUR_MS)
    const key = `${at} ${use.meter} ${use.plan}`
    const moved = this.#moved.get(key) ?? { at, meter: use.meter, plan: use.plan, used: 0, calls: 0 }
    moved.used += use.quantity
    moved.calls += use.calls
    this.#moved.set(key, moved)
  }

  /** Writes down what the decision counted. Called in its transaction, last. */
  write(): void {
    if (this.#moved.size === 0) return
    for (const { at, meter, plan, used, calls } of this.#moved.values())
      this.#store.run(
        `INSERT INTO plan_hours (hour, meter, plan, used, calls) VALUES (?, ?, ?, ?, ?)
         ON CONFLICT (hour, meter, plan) DO UPDATE SET used = used + excluded.used, calls = calls + excluded.calls`,
        at,
        meter,
        plan,
        used,
        calls,
      )
    this.#moved.clear()
  }

  /** Since a moment, in steps that are whole hours, oldest first. A step in which nothing was used has no row. */
  since(from: number, step: number, meter: string | null): Counted[] {
    return this.#store.all<{ at: number; meter: string; used: number; calls: number }>(
      `SELECT hour / ${step} * ${step} AS at, meter, sum(used) AS used, sum(calls) AS calls FROM ${ALL_HOURS}
       GROUP BY 1, meter ORDER BY 1, meter`,
      from,
      meter,
    )
  }

  /** The same by the plan; `''` is before it was known. */
  byPlan(from: number, step: number, meter: string | null): (Counted & { group: string })[] {
    return this.#store.all<{ at: number; meter: string; group: string; used: number; calls: number }>(
      `SELECT hour / ${step} * ${step} AS at, meter, plan AS "group", sum(used) AS used, sum(calls) AS calls
       FROM ${ALL_HOURS} GROUP BY 1, 2, 3 ORDER BY 1, 2, 3`,
      from,
      meter,
    )
  }

  any(): boolean {
    return ['plan_hours', 'usage_hours'].some(
      (table) => this.#store.maybe(`SELECT 1 AS x FROM ${table} LIMIT 1`) !== null,
    )
  }

  prune(now: number): void {
    for (const table of ['plan_hours', 'usage_hours'])
      this.#store.run(`DELETE FROM ${table} WHERE hour < ?`, now - RETENTION_MS)
  }
}
