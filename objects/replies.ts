/** The first answer to every idempotency key, written in the same transaction as what it answers. */

import type { Step } from './migrations.ts'
import type { Outcome } from './outcome.ts'
import type { Store } from './store.ts'

export const REPLIES_SCHEMA: Step = [
  `CREATE TABLE replies (
    key TEXT PRIMARY KEY,
    request TEXT NOT NULL,
    outcome TEXT NOT NULL,
    at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID`,
  'CREATE INDEX replies_at ON replies (at)',
]

/** Promised for 24 hours; kept twice as long, so that a retry on the edge of the promise is still safe. */
export const REPLY_PROMISE_MS = 86_400_000
const REPLY_RETENTION_MS = 2 * REPLY_PROMISE_MS
const PRUNE_AT_ONCE = 1_000

/** A request that may be repeated: its key, and the text of what it asked. */
export interface Attempt {
  readonly key: string
  readonly request: string
}

export class Replies {
  readonly #store: Store

  constructor(store: Store) {
    this.#store = store
  }

  /** The first answer; `'other'` when the key was used for another request; `null` when it is new. */
  find(attempt: Attempt): Outcome<unknown> | 'other' | null {
    const row = this.#store.maybe<{ request: string; outcome: string }>(
      'SELECT request, outcome FROM replies WHERE key = ?',
      attempt.key,
    )
    if (row === null) return null
    return row.request === attempt.request ? (JSON.parse(row.outcome) as Outcome<unknown>) : 'other'
  }

  keep(attempt: Attempt, outcome: Outcome<unknown>, now: number): void {
    this.#store.run(
      'INSERT INTO replies (key, request, outcome, at) VALUES (?, ?, ?, ?)',
      attempt.key,
      attempt.request,
      JSON.stringify(outcome),
      now,
    )
  }

  /** An answer that names a person goes with them, though the call could then be made anew. */
  forgetPerson(email: string): void {
    this.#store.run(
      'DELETE FROM replies WHERE instr(lower(request), lower(?1)) > 0 OR instr(lower(outcome), lower(?1)) > 0',
      email,
    )
  }

  any(): boolean {
    return this.#store.maybe('SELECT 1 AS x FROM replies LIMIT 1') !== null
  }

  /** Removes a slice of the old; answers whether more is left. */
  prune(now: number): boolean {
    const removed = this.#store.run(
      'DELETE FROM replies WHERE key IN (SELECT key FROM replies WHERE at < ? ORDER BY at LIMIT ?)',
      now - REPLY_RETENTION_MS,
      PRUNE_AT_ONCE,
    )
    return removed >= PRUNE_AT_ONCE
  }
}
