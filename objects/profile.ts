/** The account itself: one row. Whose it is, and its own subscription to us as Stripe last told it. */

import type { Step } from './migrations.ts'
import type { Store } from './store.ts'
import { bit } from './store.ts'

export const PROFILE_SCHEMA: Step = [
  `CREATE TABLE profile (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    platform_id TEXT NOT NULL,
    name TEXT NOT NULL,
    email TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    stripe_customer_id TEXT,
    trial_used INTEGER NOT NULL DEFAULT 0 CHECK (trial_used IN (0, 1)),
    subscription TEXT,
    ended_at INTEGER,
    readings INTEGER NOT NULL DEFAULT 0,
    applied INTEGER NOT NULL DEFAULT 0,
    checkout TEXT,
    checkouts INTEGER NOT NULL DEFAULT 0,
    deleting_at INTEGER,
    deleted_at INTEGER,
    deletion TEXT
  ) STRICT`,
]

/** Our own subscription as Stripe last told it. Times in epoch ms, amounts in minor units. */
export interface OwnSubscription {
  readonly id: string
  readonly status: string
  readonly startedAt: number
  readonly trialEnd: number | null
  readonly currentPeriodStart: number
  readonly currentPeriodEnd: number
  readonly cancelAt: number | null
  readonly endedAt: number | null
}

export interface Profile {
  readonly platformId: string
  readonly name: string
  /** Of the first owner: where bills and notices go. */
  readonly email: string
  readonly createdAt: number
  readonly stripeCustomerId: string | null
  readonly trialUsed: boolean
  readonly subscription: OwnSubscription | null
  /** When the subscription came to its end; `null` while it runs, and before there was one. */
  readonly endedAt: number | null
  /** How many readings of the subscription were begun; the newest applied. An older one that comes late is dropped. */
  readonly readings: number
  readonly applied: number
  /** The hosted page on which the subscription can be paid, while there is one. */
  readonly checkout: OwnCheckout | null
  /** How many such pages were asked for: what makes each one's business key. */
  readonly checkouts: number
  /** The retention is over and everything is on its way out; there is no way back from here. */
  readonly deletingAt: number | null
  readonly deletedAt: number | null
  /** What was deleted, once it was. */
  readonly deletion: Deletion | null
}

export interface OwnCheckout {
  readonly sessionId: string | null
  readonly url: string | null
  readonly trial: boolean
  readonly expiresAt: number
}

/** How many rows of each kind went with each project, by `<projectId>:<mode>`. */
export type Deletion = Readonly<Record<string, Readonly<Record<string, number>>>>

type ProfileRow = {
  platform_id: string
  name: string
  email: string
  created_at: number
  stripe_customer_id: string | null
  trial_used: number
  subscription: string | null
  ended_at: number | null
  readings: number
  applied: number
  checkout: string | null
  checkouts: number
  deleting_at: number | null
  deleted_at: number | null
  deletion: string | null
}

export class ProfileTable {
  readonly #store: Store

  constructor(store: Store) {
    this.#store = store
  }

  /** `null` until the account is founded. */
  get(): Profile | null {
    const row = this.#store.maybe<ProfileRow>('SELECT * FROM profile')
    return row && toProfile(row)
  }

  require(): Profile {
    const profile = this.get()
    if (profile === null) throw new Error('this account was never founded')
    return profile
  }

  save(profile: Profile): void {
    this.#store.run(
      `INSERT INTO profile (one, platform_id, name, email, created_at, stripe_customer_id, trial_used, subscription,
         ended_at, readings, applied, checkout, checkouts, deleting_at, deleted_at, deletion)
       VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (one) DO UPDATE SET name = excluded.name, email = excluded.email,
         stripe_customer_id = excluded.stripe_customer_id, trial_used = excluded.trial_used,
         subscription = excluded.subscription, ended_at = excluded.ended_at, readings = excluded.readings,
         applied = excluded.applied, checkout = excluded.checkout, checkouts = excluded.checkouts,
         deleting_at = excluded.deleting_at, deleted_at = excluded.deleted_at, deletion = excluded.deletion`,
      profile.platformId,
      profile.name,
      profile.email,
      profile.createdAt,
      profile.stripeCustomerId,
      bit(profile.trialUsed),
      jsonOrNull(profile.subscription),
      profile.endedAt,
      profile.readings,
      profile.applied,
      jsonOrNull(profile.checkout),
      profile.checkouts,
      profile.deletingAt,
      profile.deletedAt,
      jsonOrNull(profile.deletion),
    )
  }
}

const jsonOrNull = (value: object | null): string | null => (value === null ? null : JSON.stringify(value))

const toProfile = (row: ProfileRow): Profile => ({
  platformId: row.platform_id,
  name: row.name,
  email: row.email,
  createdAt: row.created_at,
  stripeCustomerId: row.stripe_customer_id,
  trialUsed: row.trial_used === 1,
  subscription: row.subscription === null ? null : (JSON.parse(row.subscription) as OwnSubscription),
  endedAt: row.ended_at,
  readings: row.readings,
  applied: row.applied,
  checkout: row.checkout === null ? null : (JSON.parse(row.checkout) as OwnCheckout),
  checkouts: row.checkouts,
  deletingAt: row.deleting_at,
  deletedAt: row.deleted_at,
  deletion: row.deletion === null ? null : (JSON.parse(row.deletion) as Deletion),
})
