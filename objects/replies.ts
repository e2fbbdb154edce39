/** The first answer to every idempotency key, written in the same transaction as what it answers. */

import type { Step } from './migrations.ts'
import { no, type Outcome } from './outcome.ts'
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

/** In place of a request that named an erased person: no longer known, so whatever asks under its key is that request. */
const FORGOTTEN = ''

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
    const isSame = row.request === attempt.request || row.request === FORGOTTEN
    return isSame ? (JSON.parse(row.outcome) as Outcome<unknown>) : 'other'
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

  /** What was done under a key is not done again but answered as it was; a refusal did nothing and binds nothing. */
  once<T>(attempt: Attempt | null, now: number, act: () => Outcome<T>): Outcome<T> {
    const first = attempt && this.find(attempt)
    if (first === 'other') return no('idempotency_mismatch')
    if (first) return first as Outcome<T>
    const outcome = act()
    if (attempt && outcome.ok) this.keep(attempt, outcome, now)
    return outcome
  }

  /** An answer that names a person stays without them, so that the call repeated does not make them anew. */
  forgetPerson(email: string): void {
    const naming = this.#store.all<{ key: string; outcome: string }>(
      `SELECT key, outcome FROM replies
       WHERE instr(lower(request), lower(?1)) > 0 OR instr(lower(outcome), lower(?1)) > 0`,
      email,
    )
    for (const { key, outcome } of naming) {
      const nameless = withoutPerson(outcome, email)
      this.#store.run('UPDATE replies SET request = ?, outcome = ? WHERE key = ?', FORGOTTEN, nameless, key)
    }
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

const PERSONAL: ReadonlySet<string> = new Set(['email', 'firstName', 'lastName'])

/** The answer with nothing in place of what says who somebody is; ids stay. */
function withoutPerson(outcome: string, email: string): string {
  const isPersonal = (name: string, value: unknown) =>
    PERSONAL.has(name) || (typeof value === 'string' && value.toLowerCase().includes(email.toLowerCase()))
  const forget = (name: string, value: unknown) => (isPersonal(name, value) ? null : value)
  return JSON.stringify(JSON.parse(outcome, forget))
}
