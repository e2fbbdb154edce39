/** What Stripe says was bought, as it was read last. Never written from an event's body, only from a reading. */

import type { Interval } from '../sdk/schema/catalog.ts'
import type { Change } from '../sdk/schema/feed.ts'
import type { Discount } from './metrics.ts'
import type { Step } from './migrations.ts'
import type { Store } from './store.ts'
import { bit } from './store.ts'

export const SUBSCRIPTIONS_SCHEMA: Step = [
  `CREATE TABLE subscriptions (
    id TEXT PRIMARY KEY,
    customer_id TEXT NOT NULL,
    item_id TEXT NOT NULL,
    status TEXT NOT NULL,
    access INTEGER NOT NULL CHECK (access IN (0, 1)),
    tier TEXT NOT NULL,
    stripe_price_id TEXT NOT NULL,
    unit_amount INTEGER NOT NULL,
    currency TEXT NOT NULL,
    interval TEXT NOT NULL,
    quantity INTEGER NOT NULL CHECK (quantity >= 0),
    current_period_start INTEGER NOT NULL,
    current_period_end INTEGER NOT NULL,
    billing_cycle_anchor INTEGER NOT NULL,
    trial_end INTEGER,
    cancel_at INTEGER,
    canceled_at INTEGER,
    ended_at INTEGER,
    schedule_id TEXT,
    scheduled_tier TEXT,
    created_at INTEGER NOT NULL,
    read_at INTEGER NOT NULL,
    revision INTEGER NOT NULL
  ) STRICT`,
  'CREATE INDEX subscriptions_customer ON subscriptions (customer_id)',
  'CREATE INDEX subscriptions_revision ON subscriptions (revision)',
  `CREATE TABLE readings (
    id TEXT PRIMARY KEY,
    asked INTEGER NOT NULL,
    applied INTEGER NOT NULL
  ) STRICT`,
]

/** What the figures are made of, side by side, so that they are read without the rows. */
export const HELD_SUBSCRIPTIONS_SCHEMA: Step = [
  `CREATE INDEX subscriptions_held ON subscriptions
     (status, interval, unit_amount, quantity, cancel_at, ended_at) WHERE access = 1`,
]

/** The same with what comes in by the month; what was known before had one item and no discount. */
export const RECURRING_SCHEMA: Step = [
  'ALTER TABLE subscriptions ADD COLUMN monthly_amount INTEGER NOT NULL DEFAULT 0',
  "ALTER TABLE subscriptions ADD COLUMN discounts TEXT NOT NULL DEFAULT '[]'",
  "UPDATE subscriptions SET monthly_amount = unit_amount * quantity / CASE interval WHEN 'year' THEN 12 ELSE 1 END",
  'DROP INDEX subscriptions_held',
  `CREATE INDEX subscriptions_held ON subscriptions
     (status, currency, monthly_amount, discounts, cancel_at, ended_at) WHERE access = 1`,
]

export interface Subscription {
  readonly id: string
  readonly customerId: string
  readonly itemId: string
  readonly status: string
  /** Does this status give access? Kept with the row, because a status word unknown to us leaves it as it was. */
  readonly access: boolean
  readonly tier: string
  readonly stripePriceId: string
  readonly unitAmount: number
  readonly currency: string
  readonly interval: Interval
  readonly quantity: number
  /** What all of its items bring a month, before discounts. */
  readonly monthlyAmount: number
  readonly discounts: readonly Discount[]
  readonly currentPeriodStart: number
  readonly currentPeriodEnd: number
  readonly billingCycleAnchor: number
  readonly trialEnd: number | null
  readonly cancelAt: number | null
  readonly canceledAt: number | null
  readonly endedAt: number | null
  readonly scheduleId: string | null
  /** The tier that follows at the end of the period; `null` when none is planned. */
  readonly scheduledTier: string | null
  readonly createdAt: number
  readonly readAt: number
  readonly revision: number
}

/** Subscriptions that are alike in what the figures ask of them. */
export interface HeldSubscriptions extends Pick<
  Subscription,
  'status' | 'access' | 'currency' | 'monthlyAmount' | 'discounts' | 'cancelAt' | 'endedAt'
> {
  readonly count: number
}

type HeldRow = Pick<
  SubscriptionRow,
  'status' | 'currency' | 'monthly_amount' | 'discounts' | 'cancel_at' | 'ended_at'
> & {
  n: number
}

type SubscriptionRow = {
  id: string
  customer_id: string
  item_id: string
  status: string
  access: number
  tier: string
  stripe_price_id: string
  unit_amount: number
  currency: string
  interval: Interval
  quantity: number
  monthly_amount: number
  discounts: string
  current_period_start: number
  current_period_end: number
  billing_cycle_anchor: number
  trial_end: number | null
  cancel_at: number | null
  canceled_at: number | null
  ended_at: number | null
  schedule_id: string | null
  scheduled_tier: string | null
  created_at: number
  read_at: number
  revision: number
}

const toSubscription = (row: SubscriptionRow): Subscription => ({
  id: row.id,
  customerId: row.customer_id,
  itemId: row.item_id,
  status: row.status,
  access: row.access === 1,
  tier: row.tier,
  stripePriceId: row.stripe_price_id,
  unitAmount: row.unit_amount,
  currency: row.currency,
  interval: row.interval,
  quantity: row.quantity,
  monthlyAmount: row.monthly_amount,
  discounts: JSON.parse(row.discounts) as Discount[],
  currentPeriodStart: row.current_period_start,
  currentPeriodEnd: row.current_period_end,
  billingCycleAnchor: row.billing_cycle_anchor,
  trialEnd: row.trial_end,
  cancelAt: row.cancel_at,
  canceledAt: row.canceled_at,
  endedAt: row.ended_at,
  scheduleId: row.schedule_id,
  scheduledTier: row.scheduled_tier,
  createdAt: row.created_at,
  readAt: row.read_at,
  revision: row.revision,
})

export class Subscriptions {
  readonly #store: Store

  constructor(store: Store) {
    this.#store = store
  }

  get(id: string): Subscription | null {
    const row = this.#store.maybe<SubscriptionRow>('SELECT * FROM subscriptions WHERE id = ?', id)
    return row && toSubscription(row)
  }

  /** Newest first. */
  ofCustomer(customerId: string): Subscription[] {
    return this.#store
      .all<SubscriptionRow>(
        'SELECT * FROM subscriptions WHERE customer_id = ? ORDER BY created_at DESC, id DESC',
        customerId,
      )
      .map(toSubscription)
  }

  /** Those of a tier that have not ended. */
  ofTier(tier: string): Subscription[] {
    return this.#store
      .all<SubscriptionRow>('SELECT * FROM subscriptions WHERE tier = ? AND ended_at IS NULL ORDER BY id', tier)
      .map(toSubscription)
  }

  all(): Subscription[] {
    return this.#store.all<SubscriptionRow>('SELECT * FROM subscriptions').map(toSubscription)
  }

  /** Those that gave access when they were read last; alike ones are counted together. */
  held(): HeldSubscriptions[] {
    return this.#store
      .all<HeldRow>(
        `SELECT status, currency, monthly_amount, discounts, cancel_at, ended_at, count(*) AS n
         FROM subscriptions INDEXED BY subscriptions_held WHERE access = 1
         GROUP BY status, currency, monthly_amount, discounts, cancel_at, ended_at`,
      )
      .map((row) => ({
        status: row.status,
        access: true,
        currency: row.currency,
        monthlyAmount: row.monthly_amount,
        discounts: JSON.parse(row.discounts) as Discount[],
        cancelAt: row.cancel_at,
        endedAt: row.ended_at,
        count: row.n,
      }))
  }

  /** Hands out the number of a reading that is about to be made. */
  ask(id: string): number {
    return this.#store.one<{ asked: number }>(
      `INSERT INTO readings (id, asked, applied) VALUES (?, 1, 0)
       ON CONFLICT (id) DO UPDATE SET asked = asked + 1
       RETURNING asked`,
      id,
    ).asked
  }

  /** Is this reading newer than the last one applied? Then it is the one applied from now on. */
  admit(id: string, reading: number): boolean {
    return (
      this.#store.maybe(
        'UPDATE readings SET applied = ? WHERE id = ? AND applied < ? RETURNING applied',
        reading,
        id,
        reading,
      ) !== null
    )
  }

  save(subscription: Omit<Subscription, 'revision'>, revision: number): void {
    const values = [
      subscription.id,
      subscription.customerId,
      subscription.itemId,
      subscription.status,
      bit(subscription.access),
      subscription.tier,
      subscription.stripePriceId,
      subscription.unitAmount,
      subscription.currency,
      subscription.interval,
      subscription.quantity,
      subscription.monthlyAmount,
      JSON.stringify(subscription.discounts),
      subscription.currentPeriodStart,
      subscription.currentPeriodEnd,
      subscription.billingCycleAnchor,
      subscription.trialEnd,
      subscription.cancelAt,
      subscription.canceledAt,
      subscription.endedAt,
      subscription.scheduleId,
      subscription.scheduledTier,
      subscription.createdAt,
      subscription.readAt,
      revision,
    ]
    this.#store.run(
      `INSERT OR REPLACE INTO subscriptions (id, customer_id, item_id, status, access, tier, stripe_price_id,
         unit_amount, currency, interval, quantity, monthly_amount, discounts, current_period_start,
         current_period_end, billing_cycle_anchor, trial_end, cancel_at, canceled_at, ended_at, schedule_id,
         scheduled_tier, created_at, read_at, revision)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      ...values,
    )
  }

  /** Changed rows, oldest first; of one customer, if one is named. */
  since(revision: number, limit: number, customerId: string | null = null): Change[] {
    const whose = customerId === null ? { sql: '', ids: [] } : { sql: 'customer_id = ? AND', ids: [customerId] }
    return this.#store
      .all<SubscriptionRow>(
        `SELECT * FROM subscriptions WHERE ${whose.sql} revision > ? ORDER BY revision LIMIT ?`,
        ...whose.ids,
        revision,
        limit,
      )
      .map(toSubscription)
      .map((subscription) => ({
        kind: 'subscription',
        id: subscription.id,
        revision: subscription.revision,
        row: { ...subscription },
      }))
  }
}
