/**
 * The Stripe accounts of a dream-api account, one a mode at most, and the visits to Stripe that are out. Of an account
 * its id, scope and readiness are kept; of its tokens nothing.
 */

import type { Mode } from '../sdk/schema/common.ts'
import type { Step } from './migrations.ts'
import type { Store } from './store.ts'
import { bit } from './store.ts'

export const LINKS_SCHEMA: Step = [
  `CREATE TABLE connections (
    mode TEXT PRIMARY KEY CHECK (mode IN ('test', 'live')),
    stripe_account TEXT NOT NULL,
    via TEXT NOT NULL CHECK (via IN ('oauth', 'onboarding')),
    scope TEXT NOT NULL,
    charges_enabled INTEGER NOT NULL CHECK (charges_enabled IN (0, 1)),
    details_submitted INTEGER NOT NULL CHECK (details_submitted IN (0, 1)),
    reason TEXT,
    country TEXT,
    currency TEXT,
    claim INTEGER NOT NULL,
    end_heard INTEGER NOT NULL DEFAULT 0 CHECK (end_heard IN (0, 1)),
    connected_at INTEGER NOT NULL,
    read_at INTEGER
  ) STRICT, WITHOUT ROWID`,
  `CREATE TABLE connection_visits (
    hash TEXT PRIMARY KEY,
    mode TEXT NOT NULL CHECK (mode IN ('test', 'live')),
    user_id TEXT NOT NULL,
    session_id TEXT NOT NULL,
    expires_at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID`,
  `CREATE TABLE onboardings (
    mode TEXT PRIMARY KEY CHECK (mode IN ('test', 'live')),
    number INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID`,
]

export type Via = 'oauth' | 'onboarding'

/** What Stripe says of an account. */
export interface AccountReading {
  readonly chargesEnabled: boolean
  readonly detailsSubmitted: boolean
  /** Why Stripe lets it take no payments, in Stripe's word; `no_access` when it does not let us see the account. */
  readonly reason: string | null
  readonly country: string | null
  readonly currency: string | null
}

export interface Link extends AccountReading {
  readonly mode: Mode
  readonly stripeAccount: string
  readonly via: Via
  readonly scope: string
  /** The number under which the account was claimed; a later claim has a greater one. */
  readonly claim: number
  /** Stripe said that the account left us; a reading will show. */
  readonly endHeard: boolean
  readonly connectedAt: number
  readonly readAt: number | null
}

/** A member on the way to Stripe and back. */
export interface LinkVisit {
  readonly hash: string
  readonly mode: Mode
  readonly userId: string
  readonly sessionId: string
  readonly expiresAt: number
}

type LinkRow = {
  mode: Mode
  stripe_account: string
  via: Via
  scope: string
  charges_enabled: number
  details_submitted: number
  reason: string | null
  country: string | null
  currency: string | null
  claim: number
  end_heard: number
  connected_at: number
  read_at: number | null
}

type VisitRow = { hash: string; mode: Mode; user_id: string; session_id: string; expires_at: number }

export class Links {
  readonly #store: Store

  constructor(store: Store) {
    this.#store = store
  }

  get(mode: Mode): Link | null {
    const row = this.#store.maybe<LinkRow>('SELECT * FROM connections WHERE mode = ?', mode)
    return row && toLink(row)
  }

  save(link: Link): void {
    this.#store.run(
      `INSERT INTO connections (mode, stripe_account, via, scope, charges_enabled, details_submitted, reason, country,
         currency, claim, end_heard, connected_at, read_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (mode) DO UPDATE SET
         stripe_account = excluded.stripe_account, via = excluded.via, scope = excluded.scope,
         charges_enabled = excluded.charges_enabled, details_submitted = excluded.details_submitted,
         reason = excluded.reason, country = excluded.country, currency = excluded.currency, claim = excluded.claim,
         end_heard = excluded.end_heard, connected_at = excluded.connected_at, read_at = excluded.read_at`,
      link.mode,
      link.stripeAccount,
      link.via,
      link.scope,
      bit(link.chargesEnabled),
      bit(link.detailsSubmitted),
      link.reason,
      link.country,
      link.currency,
      link.claim,
      bit(link.endHeard),
      link.connectedAt,
      link.readAt,
    )
  }

  remove(mode: Mode): void {
    this.#store.run('DELETE FROM connections WHERE mode = ?', mode)
  }

  /** Deletes who was on the way to Stripe. */
  erase(): void {
    this.#store.run('DELETE FROM connection_visits')
  }

  beginVisit(visit: LinkVisit, now: number): void {
    this.#store.run('DELETE FROM connection_visits WHERE expires_at <= ?', now)
    this.#store.run(
      'INSERT INTO connection_visits (hash, mode, user_id, session_id, expires_at) VALUES (?, ?, ?, ?, ?)',
      visit.hash,
      visit.mode,
      visit.userId,
      visit.sessionId,
      visit.expiresAt,
    )
  }

  /** The visit with this hash, which is over by that. */
  endVisit(hash: string): LinkVisit | null {
    const row = this.#store.maybe<VisitRow>('DELETE FROM connection_visits WHERE hash = ? RETURNING *', hash)
    if (row === null) return null
    const { mode, user_id: userId, session_id: sessionId, expires_at: expiresAt } = row
    return { hash, mode, userId, sessionId, expiresAt }
  }

  /** The number of the account that is being made at Stripe: the same until it is known, so that it is made once. */
  onboarding(mode: Mode, candidate: number): number {
    this.#store.run('INSERT INTO onboardings (mode, number) VALUES (?, ?) ON CONFLICT DO NOTHING', mode, candidate)
    return this.#store.one<{ number: number }>('SELECT number FROM onboardings WHERE mode = ?', mode).number
  }

  endOnboarding(mode: Mode): void {
    this.#store.run('DELETE FROM onboardings WHERE mode = ?', mode)
  }
}

const toLink = (row: LinkRow): Link => ({
  mode: row.mode,
  stripeAccount: row.stripe_account,
  via: row.via,
  scope: row.scope,
  chargesEnabled: row.charges_enabled === 1,
  detailsSubmitted: row.details_submitted === 1,
  reason: row.reason,
  country: row.country,
  currency: row.currency,
  claim: row.claim,
  endHeard: row.end_heard === 1,
  connectedAt: row.connected_at,
  readAt: row.read_at,
})
