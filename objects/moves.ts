/**
 * Subscriptions on their way from a price that is not sold any more to the one that is. What is written here is what was
 * asked for; what a subscriber pays is only ever read at Stripe.
 */

import type { Interval } from '../sdk/schema/catalog.ts'
import type { Step } from './migrations.ts'
import type { Store } from './store.ts'

export const PRICE_MOVES_SCHEMA: Step = [
  `CREATE TABLE price_moves (
    subscription_id TEXT PRIMARY KEY,
    tier TEXT NOT NULL,
    number INTEGER NOT NULL,
    interval TEXT NOT NULL,
    currency TEXT NOT NULL,
    unit_amount INTEGER NOT NULL CHECK (unit_amount >= 0),
    state TEXT NOT NULL CHECK (state IN ('waiting', 'failed', 'done', 'skipped')),
    reason TEXT,
    attempt INTEGER NOT NULL DEFAULT 0,
    busy_until INTEGER NOT NULL DEFAULT 0,
    changing_until INTEGER NOT NULL DEFAULT 0
  ) STRICT`,
  'CREATE INDEX price_moves_tier ON price_moves (tier, number)',
]

export interface Move {
  readonly subscriptionId: string
  readonly tier: string
  /** Which migration asked for it. */
  readonly number: number
  readonly interval: Interval
  readonly currency: string
  readonly unitAmount: number
  /** `failed` is tried again; `skipped` had nothing left to move. */
  readonly state: 'waiting' | 'failed' | 'done' | 'skipped'
  readonly reason: string | null
  /** How often Stripe refused: asked again it is a new question, which must not get the old answer. */
  readonly attempt: number
  /** Until then Stripe may be carrying it out. */
  readonly busyUntil: number
  /** Until then the subscriber's own change may be under way, which comes first. */
  readonly changingUntil: number
}

type MoveRow = {
  subscription_id: string
  tier: string
  number: number
  interval: Interval
  currency: string
  unit_amount: number
  state: Move['state']
  reason: string | null
  attempt: number
  busy_until: number
  changing_until: number
}

const toMove = (row: MoveRow): Move => ({
  subscriptionId: row.subscription_id,
  tier: row.tier,
  number: row.number,
  interval: row.interval,
  currency: row.currency,
  unitAmount: row.unit_amount,
  state: row.state,
  reason: row.reason,
  attempt: row.attempt,
  busyUntil: row.busy_until,
  changingUntil: row.changing_until,
})

export class Moves {
  readonly #store: Store

  constructor(store: Store) {
    this.#store = store
  }

  /** Asks for a move; one that was asked for before is forgotten, but not that it may be under way. */
  ask(move: Pick<Move, 'subscriptionId' | 'tier' | 'number' | 'interval' | 'currency' | 'unitAmount'>) {
    this.#store.run(
      `INSERT INTO price_moves (subscription_id, tier, number, interval, currency, unit_amount, state)
       VALUES (?, ?, ?, ?, ?, ?, 'waiting')
       ON CONFLICT (subscription_id) DO UPDATE SET
         tier = excluded.tier, number = excluded.number, interval = excluded.interval,
         currency = excluded.currency, unit_amount = excluded.unit_amount, state = 'waiting', reason = NULL`,
      move.subscriptionId,
      move.tier,
      move.number,
      move.interval,
      move.currency,
      move.unitAmount,
    )
  }

  /** A move that is not over. */
  open(subscriptionId: string): Move | null {
    const row = this.#store.maybe<MoveRow>(
      "SELECT * FROM price_moves WHERE subscription_id = ? AND state IN ('waiting', 'failed')",
      subscriptionId,
    )
    return row && toMove(row)
  }

  settle(subscriptionId: string, state: Move['state'], reason: string | null): void {
    this.#store.run(
      'UPDATE price_moves SET state = ?, reason = ?, busy_until = 0 WHERE subscription_id = ?',
      state,
      reason,
      subscriptionId,
    )
  }

  begin(subscriptionId: string, busyUntil: number): void {
    this.#store.run('UPDATE price_moves SET busy_until = ? WHERE subscription_id = ?', busyUntil, subscriptionId)
  }

  fail(subscriptionId: string, reason: string): void {
    this.#store.run(
      `UPDATE price_moves SET state = 'failed', reason = ?, attempt = attempt + 1, busy_until = 0
       WHERE subscription_id = ?`,
      reason.slice(0, 500),
      subscriptionId,
    )
  }

  stepAside(subscriptionId: string, changingUntil: number): void {
    this.#store.run(
      'UPDATE price_moves SET changing_until = ? WHERE subscription_id = ?',
      changingUntil,
      subscriptionId,
    )
  }

  /** How the latest migration of a tier stands. */
  progress(tier: string): { state: Move['state']; count: number }[] {
    return this.#store.all<{ state: Move['state']; count: number }>(
      `SELECT state, count(*) AS count FROM price_moves
       WHERE tier = ?1 AND number = (SELECT max(number) FROM price_moves WHERE tier = ?1)
       GROUP BY state`,
      tier,
    )
  }

  failures(tier: string, limit: number): Move[] {
    return this.#store
      .all<MoveRow>(
        `SELECT * FROM price_moves WHERE tier = ?1 AND state = 'failed'
           AND number = (SELECT max(number) FROM price_moves WHERE tier = ?1)
         ORDER BY subscription_id LIMIT ?2`,
        tier,
        limit,
      )
      .map(toMove)
  }
}
