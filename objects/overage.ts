/** How many live customers an account had, day by day, as it was told to the meter. A day's number is fixed once. */

import type { Step } from './migrations.ts'
import type { Store } from './store.ts'

export const OVERAGE_SCHEMA: Step = [
  `CREATE TABLE overage (
    day TEXT PRIMARY KEY,
    customers INTEGER NOT NULL,
    counted_at INTEGER NOT NULL,
    reported_at INTEGER
  ) STRICT, WITHOUT ROWID`,
]

export interface DayCount {
  /** `2026-01-31`, in UTC. */
  readonly day: string
  readonly customers: number
  readonly countedAt: number
  /** When the meter had it; `null` while it is owed. */
  readonly reportedAt: number | null
}

type OverageRow = { day: string; customers: number; counted_at: number; reported_at: number | null }

export class Overage {
  readonly #store: Store

  constructor(store: Store) {
    this.#store = store
  }

  /** The first count of a day stays: what is told twice under one identifier must be the same. */
  count(day: string, customers: number, now: number): DayCount {
    this.#store.run(
      'INSERT INTO overage (day, customers, counted_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
      day,
      customers,
      now,
    )
    return this.get(day)!
  }

  get(day: string): DayCount | null {
    const row = this.#store.maybe<OverageRow>('SELECT * FROM overage WHERE day = ?', day)
    return row && toDayCount(row)
  }

  reported(day: string, now: number): void {
    this.#store.run('UPDATE overage SET reported_at = ? WHERE day = ?', now, day)
  }

  erase(): void {
    this.#store.run('DELETE FROM overage')
  }

  latest(limit: number): DayCount[] {
    return this.#store.all<OverageRow>('SELECT * FROM overage ORDER BY day DESC LIMIT ?', limit).map(toDayCount)
  }
}

const toDayCount = (row: OverageRow): DayCount => ({
  day: row.day,
  customers: row.customers,
  countedAt: row.counted_at,
  reportedAt: row.reported_at,
})
