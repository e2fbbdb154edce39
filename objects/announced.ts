/** What was said and is not to be said again: of a customer's meter in a period, of a variant while it is low. */

import type { Step } from './migrations.ts'
import type { Store } from './store.ts'

export const ANNOUNCED_SCHEMA: Step = [
  `CREATE TABLE announced (
    subject TEXT NOT NULL,
    what TEXT NOT NULL,
    ends_at INTEGER,
    PRIMARY KEY (subject, what)
  ) STRICT, WITHOUT ROWID`,
  'CREATE INDEX announced_ends ON announced (ends_at) WHERE ends_at IS NOT NULL',
]

const PRUNE_AT_ONCE = 1_000

export class Announced {
  readonly #store: Store

  constructor(store: Store) {
    this.#store = store
  }

  /** True the first time, until `endsAt`; `null` has no end. */
  once(subject: string, what: string, endsAt: number | null): boolean {
    return (
      this.#store.maybe(
        'INSERT INTO announced (subject, what, ends_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING RETURNING what',
        subject,
        what,
        endsAt,
      ) !== null
    )
  }

  /** It may be said of this subject again. */
  forget(subject: string, what: string): void {
    this.#store.run('DELETE FROM announced WHERE subject = ? AND what = ?', subject, what)
  }

  forgetSubject(subject: string): void {
    this.#store.run('DELETE FROM announced WHERE subject = ?', subject)
  }

  /** It may be said of every subject again. */
  forgetAll(what: string): void {
    this.#store.run('DELETE FROM announced WHERE what = ?', what)
  }

  /** Is there anything that ends one day? */
  any(): boolean {
    return this.#store.maybe('SELECT 1 AS x FROM announced WHERE ends_at IS NOT NULL LIMIT 1') !== null
  }

  prune(now: number): boolean {
    const removed = this.#store.run(
      'DELETE FROM announced WHERE (subject, what) IN (SELECT subject, what FROM announced WHERE ends_at < ? LIMIT ?)',
      now,
      PRUNE_AT_ONCE,
    )
    return removed >= PRUNE_AT_ONCE
  }
}
