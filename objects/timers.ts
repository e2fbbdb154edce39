/** Many named due moments over the one alarm that the platform gives. What ringing means is the object's affair. */

import type { Store } from './store.ts'
import type { Step } from './migrations.ts'

export const TIMERS_SCHEMA: Step = [
  `CREATE TABLE timers (
    kind TEXT NOT NULL,
    key TEXT NOT NULL,
    at INTEGER NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (kind, key)
  ) STRICT, WITHOUT ROWID`,
  'CREATE INDEX timers_due ON timers (at)',
]

export interface Timer {
  readonly kind: string
  readonly key: string
  readonly at: number
  readonly attempts: number
}

export class Timers {
  readonly #store: Store

  constructor(store: Store) {
    this.#store = store
  }

  /** Sets or moves a timer. The caller arms the alarm in the same transaction. */
  set(timer: { kind: string; key: string; at: number }): void {
    this.#store.run(
      `INSERT INTO timers (kind, key, at) VALUES (?, ?, ?)
       ON CONFLICT (kind, key) DO UPDATE SET at = excluded.at, attempts = 0`,
      timer.kind,
      timer.key,
      timer.at,
    )
  }

  cancel(timer: { kind: string; key: string }): void {
    this.#store.run('DELETE FROM timers WHERE kind = ? AND key = ?', timer.kind, timer.key)
  }

  clear(): void {
    this.#store.run('DELETE FROM timers')
  }

  has(timer: { kind: string; key: string }): boolean {
    return this.#store.maybe('SELECT 1 AS x FROM timers WHERE kind = ? AND key = ?', timer.kind, timer.key) !== null
  }

  due(now: number, limit: number): Timer[] {
    return this.#store.all<{ kind: string; key: string; at: number; attempts: number }>(
      'SELECT kind, key, at, attempts FROM timers WHERE at <= ? ORDER BY at LIMIT ?',
      now,
      limit,
    )
  }

  /** Tries a timer whose ringing failed again later; it is never lost. */
  defer(timer: Timer, at: number): void {
    this.#store.run(
      'UPDATE timers SET at = ?, attempts = attempts + 1 WHERE kind = ? AND key = ?',
      at,
      timer.kind,
      timer.key,
    )
  }

  next(): number | null {
    return this.#store.one<{ at: number | null }>('SELECT min(at) AS at FROM timers').at
  }
}
