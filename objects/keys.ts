/** The secret keys of a project: only their hashes, when they stop working and when they were last used. */

import type { Scope } from './caller.ts'
import { SCOPES } from './caller.ts'
import type { Step } from './migrations.ts'
import type { Store } from './store.ts'

export const KEYS_SCHEMA: Step = [
  `CREATE TABLE keys (
    hash TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    last4 TEXT NOT NULL,
    scopes TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    last_used_at INTEGER,
    ends_at INTEGER
  ) STRICT`,
]

export interface Key {
  readonly hash: string
  readonly name: string
  readonly last4: string
  readonly scopes: readonly Scope[]
  readonly createdAt: number
  readonly lastUsedAt: number | null
  /** The key is refused from this moment on; `null` while it has no end. */
  readonly endsAt: number | null
}

type KeyRow = {
  hash: string
  name: string
  last4: string
  scopes: string
  created_at: number
  last_used_at: number | null
  ends_at: number | null
}

const LAST_USED_RESOLUTION_MS = 60_000
/** So many that do not work any more are kept, to tell when which one ended. */
const ENDED_KEPT = 200

/** Has this key stopped working by then? */
export const endsBy = (key: Key, at: number): boolean => key.endsAt !== null && key.endsAt <= at

export class Keys {
  readonly #store: Store
  #known: Map<string, Key> | null = null

  constructor(store: Store) {
    this.#store = store
  }

  forget(): void {
    this.#known = null
  }

  add(key: { hash: string; name: string; last4: string; scopes: readonly Scope[]; now: number }): void {
    this.#known = null
    this.#store.run(
      'INSERT INTO keys (hash, name, last4, scopes, created_at) VALUES (?, ?, ?, ?, ?)',
      key.hash,
      key.name,
      key.last4,
      key.scopes.join(' '),
      key.now,
    )
    this.#store.run(
      `DELETE FROM keys WHERE ends_at <= ?1 AND hash NOT IN (
         SELECT hash FROM keys WHERE ends_at <= ?1 ORDER BY ends_at DESC LIMIT ?2)`,
      key.now,
      ENDED_KEPT,
    )
  }

  /** Ends every key that has the name and no earlier end, at `endsAt`. */
  endNamed(name: string, endsAt: number): void {
    this.#known = null
    this.#store.run(
      'UPDATE keys SET ends_at = ? WHERE name = ? AND (ends_at IS NULL OR ends_at > ?)',
      endsAt,
      name,
      endsAt,
    )
  }

  /** Ends those of a name that have an end already. */
  endOld(name: string, now: number): void {
    this.#known = null
    this.#store.run('UPDATE keys SET ends_at = ? WHERE name = ? AND ends_at > ?', now, name, now)
  }

  /** The key with this hash if it works now. */
  valid(hash: string, now: number): Key | null {
    const key = this.#all().get(hash)
    return key === undefined || endsBy(key, now) ? null : key
  }

  /** Notes a use, to the minute: one write a minute, not one a call. */
  touch(key: Key, now: number): void {
    if (key.lastUsedAt !== null && now - key.lastUsedAt < LAST_USED_RESOLUTION_MS) return
    this.#store.run('UPDATE keys SET last_used_at = ? WHERE hash = ?', now, key.hash)
    this.#known?.set(key.hash, { ...key, lastUsedAt: now })
  }

  /** Those that work, the oldest first. */
  live(now: number): Key[] {
    return this.list().filter((key) => !endsBy(key, now))
  }

  list(): Key[] {
    return [...this.#all().values()]
  }

  #all(): Map<string, Key> {
    this.#known ??= new Map(
      this.#store.all<KeyRow>('SELECT * FROM keys ORDER BY created_at, rowid').map((row) => [row.hash, toKey(row)]),
    )
    return this.#known
  }
}

function toKey(row: KeyRow): Key {
  return {
    hash: row.hash,
    name: row.name,
    last4: row.last4,
    scopes: SCOPES.filter((scope) => row.scopes.split(' ').includes(scope)),
    createdAt: row.created_at,
    lastUsedAt: row.last_used_at,
    endsAt: row.ends_at,
  }
}
