/** Every attempt to buy a tier: an intent first, the Stripe session that came of it, and how it ended. */

import type { Interval } from '../sdk/schema/catalog.ts'
import type { Step } from './migrations.ts'
import type { Store } from './store.ts'
import { bit } from './store.ts'

export const CHECKOUTS_SCHEMA: Step = [
  `CREATE TABLE checkouts (
    id TEXT PRIMARY KEY,
    customer_id TEXT NOT NULL,
    tier TEXT NOT NULL,
    interval TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('pending', 'open', 'complete', 'expired', 'failed')),
    success_url TEXT NOT NULL,
    cancel_url TEXT NOT NULL,
    trial_days INTEGER,
    unit_amount INTEGER NOT NULL,
    currency TEXT NOT NULL,
    automatic_tax INTEGER NOT NULL CHECK (automatic_tax IN (0, 1)),
    session_id TEXT UNIQUE,
    url TEXT,
    expires_at INTEGER NOT NULL,
    created_at INTEGER NOT NULL
  ) STRICT`,
  'CREATE INDEX checkouts_customer ON checkouts (customer_id, state)',
]

export type CheckoutState = 'pending' | 'open' | 'complete' | 'expired' | 'failed'

export interface Checkout {
  readonly id: string
  readonly customerId: string
  readonly tier: string
  readonly interval: Interval
  readonly state: CheckoutState
  readonly successUrl: string
  readonly cancelUrl: string
  readonly trialDays: number | null
  /** What was asked of Stripe must be asked the same way again, whatever the tier costs by then. */
  readonly unitAmount: number
  readonly currency: string
  readonly automaticTax: boolean
  readonly sessionId: string | null
  readonly url: string | null
  readonly expiresAt: number
  readonly createdAt: number
}

type CheckoutRow = {
  id: string
  customer_id: string
  tier: string
  interval: Interval
  state: CheckoutState
  success_url: string
  cancel_url: string
  trial_days: number | null
  unit_amount: number
  currency: string
  automatic_tax: number
  session_id: string | null
  url: string | null
  expires_at: number
  created_at: number
}

const toCheckout = (row: CheckoutRow): Checkout => ({
  id: row.id,
  customerId: row.customer_id,
  tier: row.tier,
  interval: row.interval,
  state: row.state,
  successUrl: row.success_url,
  cancelUrl: row.cancel_url,
  trialDays: row.trial_days,
  unitAmount: row.unit_amount,
  currency: row.currency,
  automaticTax: row.automatic_tax === 1,
  sessionId: row.session_id,
  url: row.url,
  expiresAt: row.expires_at,
  createdAt: row.created_at,
})

const FIRST_LOOK_MS = 15 * 60_000
const LATER_LOOK_MS = 6 * 3_600_000

/**
 * When to look at Stripe for a session whose end we have not heard: after a quarter of an hour, then at growing distances,
 * and just after it has expired there.
 */
export function nextLook(checkout: Checkout, now: number): number {
  if (now >= checkout.expiresAt) return now + LATER_LOOK_MS
  const wait = Math.min(Math.max(now - checkout.createdAt, FIRST_LOOK_MS), LATER_LOOK_MS)
  return Math.min(now + wait, checkout.expiresAt + 60_000)
}

export class Checkouts {
  readonly #store: Store

  constructor(store: Store) {
    this.#store = store
  }

  get(id: string): Checkout | null {
    const row = this.#store.maybe<CheckoutRow>('SELECT * FROM checkouts WHERE id = ?', id)
    return row && toCheckout(row)
  }

  bySession(sessionId: string): Checkout | null {
    const row = this.#store.maybe<CheckoutRow>('SELECT * FROM checkouts WHERE session_id = ?', sessionId)
    return row && toCheckout(row)
  }

  /** Those of a customer that a buyer could still pay. */
  payable(customerId: string): Checkout[] {
    return this.#store
      .all<CheckoutRow>(
        "SELECT * FROM checkouts WHERE customer_id = ? AND state IN ('pending', 'open') ORDER BY created_at DESC",
        customerId,
      )
      .map(toCheckout)
  }

  /** What a customer went to buy, newest first. */
  ofCustomer(customerId: string, limit: number): Checkout[] {
    return this.#store
      .all<CheckoutRow>(
        'SELECT * FROM checkouts WHERE customer_id = ? ORDER BY created_at DESC LIMIT ?',
        customerId,
        limit,
      )
      .map(toCheckout)
  }

  /** What a customer went to buy last. */
  latest(customerId: string): Checkout | null {
    const row = this.#store.maybe<CheckoutRow>(
      'SELECT * FROM checkouts WHERE customer_id = ? ORDER BY created_at DESC, rowid DESC LIMIT 1',
      customerId,
    )
    return row && toCheckout(row)
  }

  /** Those of everybody that could still be paid, by id after a place. */
  allPayable(after: string, limit: number): Checkout[] {
    return this.#store
      .all<CheckoutRow>(
        "SELECT * FROM checkouts WHERE id > ? AND state IN ('pending', 'open') ORDER BY id LIMIT ?",
        after,
        limit,
      )
      .map(toCheckout)
  }

  /** Is there one that a buyer could still pay at this price? */
  asks(price: { tier: string; interval: Interval; currency: string; unitAmount: number }): boolean {
    return (
      this.#store.maybe(
        `SELECT 1 AS x FROM checkouts
         WHERE tier = ? AND interval = ? AND currency = ? AND unit_amount = ? AND state IN ('pending', 'open') LIMIT 1`,
        price.tier,
        price.interval,
        price.currency,
        price.unitAmount,
      ) !== null
    )
  }

  add(checkout: Omit<Checkout, 'state' | 'sessionId' | 'url'>): Checkout {
    const row = this.#store.one<CheckoutRow>(
      `INSERT INTO checkouts (id, customer_id, tier, interval, state, success_url, cancel_url, trial_days, unit_amount,
         currency, automatic_tax, expires_at, created_at)
       VALUES (?, ?, ?, ?, 'pending', ?, ?, ?, ?, ?, ?, ?, ?)
       RETURNING *`,
      checkout.id,
      checkout.customerId,
      checkout.tier,
      checkout.interval,
      checkout.successUrl,
      checkout.cancelUrl,
      checkout.trialDays,
      checkout.unitAmount,
      checkout.currency,
      bit(checkout.automaticTax),
      checkout.expiresAt,
      checkout.createdAt,
    )
    return toCheckout(row)
  }

  open(id: string, session: { id: string; url: string }): void {
    this.#store.run(
      "UPDATE checkouts SET state = 'open', session_id = ?, url = ? WHERE id = ? AND state = 'pending'",
      session.id,
      session.url,
      id,
    )
  }

  /** Ends a checkout; one that was completed stays completed. */
  end(id: string, state: 'complete' | 'expired' | 'failed'): void {
    this.#store.run("UPDATE checkouts SET state = ? WHERE id = ? AND state <> 'complete'", state, id)
  }

  sessionsOf(customerId: string): string[] {
    return this.#store
      .all<{ id: string }>(
        'SELECT session_id AS id FROM checkouts WHERE customer_id = ? AND session_id IS NOT NULL',
        customerId,
      )
      .map(({ id }) => id)
  }

  /** What is over goes. One that is not, because no account is connected that could end it, goes with its age. */
  forgetCustomer(customerId: string): void {
    this.#store.run("DELETE FROM checkouts WHERE customer_id = ? AND state NOT IN ('pending', 'open')", customerId)
  }

  prune(before: number): void {
    this.#store.run("DELETE FROM checkouts WHERE created_at < ? AND state NOT IN ('pending', 'open')", before)
  }
}
