/** When a customer first came to 80 or to 100 percent of a limit in a period, and when they were first refused there. */

import type { Step } from './migrations.ts'
import type { Store } from './store.ts'

const RETENTION_MS = 400 * 86_400_000

export const MILESTONES_SCHEMA: Step = [
  `CREATE TABLE milestones (
    customer_id TEXT NOT NULL,
    meter TEXT NOT NULL,
    period_start INTEGER NOT NULL,
    what TEXT NOT NULL CHECK (what IN ('80', '100', 'refused')),
    at INTEGER NOT NULL,
    plan TEXT NOT NULL,
    used INTEGER NOT NULL,
    quota INTEGER NOT NULL,
    PRIMARY KEY (customer_id, meter, period_start, what)
  ) STRICT, WITHOUT ROWID`,
]

export interface Milestone {
  readonly customerId: string
  readonly meter: string
  readonly periodStart: number
  readonly what: '80' | '100' | 'refused'
  readonly at: number
  readonly plan: string
  readonly used: number
  /** The limit of that moment. */
  readonly quota: number
}

type MilestoneRow = {
  customer_id: string
  meter: string
  period_start: number
  what: Milestone['what']
  at: number
  plan: string
  used: number
  quota: number
}

const toMilestone = (row: MilestoneRow): Milestone => ({
  customerId: row.customer_id,
  meter: row.meter,
  periodStart: row.period_start,
  what: row.what,
  at: row.at,
  plan: row.plan,
  used: row.used,
  quota: row.quota,
})

export class Milestones {
  readonly #store: Store

  constructor(store: Store) {
    this.#store = store
  }

  /** Notes it the first time in a period. */
  note(one: Milestone): void {
    const isNew = this.#store.run(
      `INSERT INTO milestones (customer_id, meter, period_start, what, at, plan, used, quota)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
      one.customerId,
      one.meter,
      one.periodStart,
      one.what,
      one.at,
      one.plan,
      one.used,
      one.quota,
    )
    if (isNew === 0) return
    this.#store.run(
      'DELETE FROM milestones WHERE customer_id = ? AND meter = ? AND period_start < ?',
      one.customerId,
      one.meter,
      one.at - RETENTION_MS,
    )
  }

  /** Newest first. */
  ofCustomer(customerId: string, limit: number): Milestone[] {
    return this.#store
      .all<MilestoneRow>('SELECT * FROM milestones WHERE customer_id = ? ORDER BY at DESC LIMIT ?', customerId, limit)
      .map(toMilestone)
  }

  /** Did anybody ever come to a limit? */
  anyLimit(): boolean {
    return this.#store.maybe("SELECT 1 AS x FROM milestones WHERE what <> '80' LIMIT 1") !== null
  }

  forgetCustomer(customerId: string): void {
    this.#store.run('DELETE FROM milestones WHERE customer_id = ?', customerId)
  }
}
