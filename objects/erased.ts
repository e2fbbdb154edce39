/**
 * What belonged to people who were erased, by the ids it has at Stripe and here. Stripe goes on talking about them; what
 * it says of a person must not be written down again.
 */

import type { Step } from './migrations.ts'
import type { Store } from './store.ts'

export const ERASED_SCHEMA: Step = [
  `CREATE TABLE erased (
    id TEXT PRIMARY KEY,
    at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID`,
]

/** Ids as Stripe and we make them, wherever they stand in a text. */
const ID = /\b[a-z]{2,4}_[A-Za-z0-9_]{3,}/g

export class Erased {
  readonly #store: Store
  #any: boolean | null = null

  constructor(store: Store) {
    this.#store = store
  }

  forget(): void {
    this.#any = null
  }

  add(ids: readonly string[], now: number): void {
    this.#any = null
    this.#store.run('INSERT OR IGNORE INTO erased (id, at) SELECT value, ? FROM json_each(?)', now, JSON.stringify(ids))
  }

  has(id: string): boolean {
    return this.#isAny() && this.#store.maybe('SELECT 1 AS x FROM erased WHERE id = ?', id) !== null
  }

  /** Does a text name anything that belonged to somebody who was erased? */
  isNamedIn(text: string): boolean {
    if (!this.#isAny()) return false
    const ids = [...new Set(text.match(ID) ?? [])]
    return (
      this.#store.maybe(
        'SELECT 1 AS x FROM erased WHERE id IN (SELECT value FROM json_each(?)) LIMIT 1',
        JSON.stringify(ids),
      ) !== null
    )
  }

  /** Most projects have erased nobody, and hear a lot. */
  #isAny(): boolean {
    this.#any ??= this.#store.maybe('SELECT 1 AS x FROM erased LIMIT 1') !== null
    return this.#any
  }
}
