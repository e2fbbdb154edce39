/**
 * Who is signed in to the project's pages: sessions with the hash of the one refresh token that renews them, and the
 * one-time codes from which sessions begin. A token's owner alone knows the token.
 */

import type { Step } from './migrations.ts'
import type { Store } from './store.ts'

export const SESSIONS_SCHEMA: Step = [
  `CREATE TABLE sign_in_codes (
    hash TEXT PRIMARY KEY,
    customer_id TEXT NOT NULL,
    origin TEXT NOT NULL,
    challenge TEXT NOT NULL,
    expires_at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID`,
  `CREATE TABLE sessions (
    id TEXT PRIMARY KEY,
    customer_id TEXT NOT NULL,
    origin TEXT NOT NULL,
    current_hash TEXT NOT NULL,
    previous_hash TEXT,
    created_at INTEGER NOT NULL,
    used_at INTEGER NOT NULL,
    revoked_at INTEGER
  ) STRICT, WITHOUT ROWID`,
  'CREATE INDEX sessions_customer ON sessions (customer_id, used_at)',
  'CREATE INDEX sessions_used ON sessions (used_at)',
]

const CODE_TTL_MS = 60_000
const IDLE_MS = 30 * 86_400_000
/** An answer can be lost: for so long the token that was just used answers the same successor again. A client's tries fit into it. */
const REPEAT_MS = 60_000
/** So many browsers of one customer; signing in with another ends the one that was idle longest. */
const SESSIONS_MAX = 50
const PRUNE_AT_ONCE = 1_000

export interface SignInCode {
  readonly customerId: string
  /** The page's origin that the code was sent to. */
  readonly origin: string
  /** SHA-256 of a secret that never left the browser which asked. */
  readonly challenge: string
}

export interface Session {
  readonly id: string
  readonly customerId: string
  readonly origin: string
  readonly createdAt: number
  readonly usedAt: number
  /** It ends by itself then, unless it is used. */
  readonly endsAt: number
}

type SessionRow = {
  id: string
  customer_id: string
  origin: string
  current_hash: string
  previous_hash: string | null
  created_at: number
  used_at: number
  revoked_at: number | null
}

const toSession = (row: SessionRow): Session => ({
  id: row.id,
  customerId: row.customer_id,
  origin: row.origin,
  createdAt: row.created_at,
  usedAt: row.used_at,
  endsAt: row.used_at + IDLE_MS,
})

/** `newest`: the one to renew. `repeated`: it was just renewed. `reused`: long ago, so somebody holds a copy. */
export type Worth = 'newest' | 'repeated' | 'reused'

export class Sessions {
  readonly #store: Store

  constructor(store: Store) {
    this.#store = store
  }

  addCode(code: SignInCode & { hash: string }, now: number): void {
    this.#store.run('DELETE FROM sign_in_codes WHERE expires_at <= ?', now)
    this.#store.run(
      'INSERT INTO sign_in_codes (hash, customer_id, origin, challenge, expires_at) VALUES (?, ?, ?, ?, ?)',
      code.hash,
      code.customerId,
      code.origin,
      code.challenge,
      now + CODE_TTL_MS,
    )
  }

  /** Takes a code, once. */
  takeCode(hash: string, now: number): SignInCode | null {
    const row = this.#store.maybe<{ customer_id: string; origin: string; challenge: string }>(
      'DELETE FROM sign_in_codes WHERE hash = ? AND expires_at > ? RETURNING customer_id, origin, challenge',
      hash,
      now,
    )
    return row && { customerId: row.customer_id, origin: row.origin, challenge: row.challenge }
  }

  add(session: { id: string; hash: string; customerId: string; origin: string }, now: number): void {
    const { id, hash, customerId, origin } = session
    this.#store.run(
      `DELETE FROM sessions WHERE id IN (
         SELECT id FROM sessions WHERE customer_id = ? ORDER BY used_at DESC LIMIT -1 OFFSET ?)`,
      customerId,
      SESSIONS_MAX - 1,
    )
    this.#store.run(
      `INSERT INTO sessions (id, customer_id, origin, current_hash, created_at, used_at) VALUES (?, ?, ?, ?, ?, ?)`,
      id,
      customerId,
      origin,
      hash,
      now,
      now,
    )
  }

  /** The session, unless it has ended. */
  live(id: string, now: number): Session | null {
    const row = this.#store.maybe<SessionRow>(
      'SELECT * FROM sessions WHERE id = ? AND revoked_at IS NULL AND used_at > ?',
      id,
      now - IDLE_MS,
    )
    return row && toSession(row)
  }

  /** What a refresh token of a session that lives is worth. */
  judge(token: { id: string; hash: string }, now: number): Worth {
    const row = this.#store.one<SessionRow>('SELECT * FROM sessions WHERE id = ?', token.id)
    if (row.current_hash === token.hash) return 'newest'
    return row.previous_hash === token.hash && now - row.used_at <= REPEAT_MS ? 'repeated' : 'reused'
  }

  /** The next token takes the place of the one that was used. */
  renew(id: string, nextHash: string, now: number): void {
    this.#store.run(
      'UPDATE sessions SET previous_hash = current_hash, current_hash = ?, used_at = ? WHERE id = ?',
      nextHash,
      now,
      id,
    )
  }

  revoke(id: string, now: number): void {
    this.#store.run('UPDATE sessions SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL', now, id)
  }

  /** Everybody must sign in again. */
  revokeAll(now: number): void {
    this.#store.run('DELETE FROM sign_in_codes')
    this.#store.run('UPDATE sessions SET revoked_at = ? WHERE revoked_at IS NULL', now)
  }

  /** Those that live, the latest used first. */
  ofCustomer(customerId: string, now: number): Session[] {
    return this.#store
      .all<SessionRow>(
        `SELECT * FROM sessions
         WHERE customer_id = ? AND revoked_at IS NULL AND used_at > ?
         ORDER BY used_at DESC, id`,
        customerId,
        now - IDLE_MS,
      )
      .map(toSession)
  }

  forgetCustomer(customerId: string): void {
    this.#store.run('DELETE FROM sign_in_codes WHERE customer_id = ?', customerId)
    this.#store.run('DELETE FROM sessions WHERE customer_id = ?', customerId)
  }

  any(): boolean {
    return this.#store.maybe('SELECT 1 AS x FROM sessions LIMIT 1') !== null
  }

  /** Removes a slice of those that have ended; answers whether more is left. */
  prune(now: number): boolean {
    const removed = this.#store.run(
      'DELETE FROM sessions WHERE id IN (SELECT id FROM sessions WHERE used_at <= ? ORDER BY used_at LIMIT ?)',
      now - IDLE_MS,
      PRUNE_AT_ONCE,
    )
    return removed >= PRUNE_AT_ONCE
  }
}
