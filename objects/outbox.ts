/**
 * What this object owes the outside. A row is a reminder: whoever delivers it reads the truth again first. Rows of one
 * kind and key are coalesced; a row that is owed again while it is being delivered stays due. Nothing is ever dropped
 * while its object lives.
 */

import type { Store } from './store.ts'
import type { Step } from './migrations.ts'

export const OUTBOX_SCHEMA: Step = [
  `CREATE TABLE outbox (
    kind TEXT NOT NULL,
    key TEXT NOT NULL,
    generation INTEGER NOT NULL,
    payload TEXT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    next_at INTEGER NOT NULL,
    owed_at INTEGER NOT NULL,
    failure TEXT,
    PRIMARY KEY (kind, key)
  ) STRICT, WITHOUT ROWID`,
  'CREATE INDEX outbox_due ON outbox (next_at)',
]

/** After so many attempts a delivery is shown as stuck; it is still tried, once an hour. */
export const STUCK_AFTER_ATTEMPTS = 10
const BACKOFF_FIRST_MS = 1_000
const BACKOFF_LAST_MS = 3_600_000

export interface Delivery {
  readonly kind: string
  readonly key: string
  readonly generation: number
  readonly payload: string
  readonly attempts: number
  readonly nextAt: number
  readonly owedAt: number
  readonly failure: string | null
}

type OutboxRow = {
  kind: string
  key: string
  generation: number
  payload: string
  attempts: number
  next_at: number
  owed_at: number
  failure: string | null
}

const toDelivery = (row: OutboxRow): Delivery => ({
  kind: row.kind,
  key: row.key,
  generation: row.generation,
  payload: row.payload,
  attempts: row.attempts,
  nextAt: row.next_at,
  owedAt: row.owed_at,
  failure: row.failure,
})

export class Outbox {
  readonly #store: Store

  constructor(store: Store) {
    this.#store = store
  }

  owe(debt: { kind: string; key: string; payload: string; at: number; now: number }): void {
    this.#store.run(
      `INSERT INTO outbox (kind, key, generation, payload, next_at, owed_at) VALUES (?, ?, 1, ?, ?, ?)
       ON CONFLICT (kind, key) DO UPDATE SET
         generation = generation + 1, payload = excluded.payload, next_at = min(next_at, excluded.next_at)`,
      debt.kind,
      debt.key,
      debt.payload,
      debt.at,
      debt.now,
    )
  }

  due(now: number, limit: number): Delivery[] {
    return this.#store
      .all<OutboxRow>('SELECT * FROM outbox WHERE next_at <= ? ORDER BY next_at LIMIT ?', now, limit)
      .map(toDelivery)
  }

  /** Delivered, unless the same thing was owed again meanwhile: then it is due once more, at `again`. */
  settle(delivery: Delivery, again: number): void {
    const { kind, key, generation } = delivery
    this.#store.run('DELETE FROM outbox WHERE kind = ? AND key = ? AND generation = ?', kind, key, generation)
    this.#store.run(
      'UPDATE outbox SET next_at = ?, attempts = 0, failure = NULL WHERE kind = ? AND key = ?',
      again,
      kind,
      key,
    )
  }

  defer(
    delivery: Delivery,
    failure: { reason: string; retryAfterMs: number | null; now: number; jitter: number },
  ): void {
    const backoff = Math.min(BACKOFF_FIRST_MS * 2 ** Math.min(delivery.attempts, 20), BACKOFF_LAST_MS)
    const wait = Math.max(failure.retryAfterMs ?? 0, Math.round(backoff * (0.75 + failure.jitter / 2)))
    this.#store.run(
      'UPDATE outbox SET attempts = attempts + 1, next_at = ?, failure = ? WHERE kind = ? AND key = ?',
      failure.now + wait,
      failure.reason.slice(0, 500),
      delivery.kind,
      delivery.key,
    )
  }

  has(debt: { kind: string; key: string }): boolean {
    return this.#store.maybe('SELECT 1 AS x FROM outbox WHERE kind = ? AND key = ?', debt.kind, debt.key) !== null
  }

  hasKind(kind: string): boolean {
    return this.#store.maybe('SELECT 1 AS x FROM outbox WHERE kind = ? LIMIT 1', kind) !== null
  }

  /** The object's end: what was promised before is void, but for these kinds. */
  dropAllBut(kinds: readonly string[]): void {
    this.#store.run('DELETE FROM outbox WHERE kind NOT IN (SELECT value FROM json_each(?))', JSON.stringify(kinds))
  }

  /** When a debt that is owed already will be tried; `null` when nothing is owed. */
  dueAt(debt: { kind: string; key: string }): number | null {
    return (
      this.#store.maybe<{ next_at: number }>(
        'SELECT next_at FROM outbox WHERE kind = ? AND key = ?',
        debt.kind,
        debt.key,
      )?.next_at ?? null
    )
  }

  /** What is owed of some kinds, the most tried first. */
  ofKinds(kinds: readonly string[]): Delivery[] {
    return this.#store
      .all<OutboxRow>(
        'SELECT * FROM outbox WHERE kind IN (SELECT value FROM json_each(?)) ORDER BY attempts DESC, kind, key',
        JSON.stringify(kinds),
      )
      .map(toDelivery)
  }

  all(): Delivery[] {
    return this.#store.all<OutboxRow>('SELECT * FROM outbox ORDER BY next_at LIMIT 1000').map(toDelivery)
  }

  next(): number | null {
    return this.#store.one<{ at: number | null }>('SELECT min(next_at) AS at FROM outbox').at
  }
}
