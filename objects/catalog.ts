/** The tiers of a project, lowest first, and the Stripe prices that stand for them. */

import type { Interval, MeterLimit, TierInput } from '../sdk/schema/catalog.ts'
import type { Change } from '../sdk/schema/feed.ts'
import type { Step } from './migrations.ts'
import type { Store } from './store.ts'
import { bit } from './store.ts'

export const CATALOG_SCHEMA: Step = [
  `CREATE TABLE tiers (
    slug TEXT PRIMARY KEY,
    display_name TEXT NOT NULL,
    description TEXT NOT NULL,
    features TEXT NOT NULL,
    popular INTEGER NOT NULL CHECK (popular IN (0, 1)),
    trial_days INTEGER CHECK (trial_days > 0),
    requests_per_minute INTEGER CHECK (requests_per_minute > 0),
    limits TEXT NOT NULL,
    position INTEGER NOT NULL,
    stripe_product_id TEXT,
    created_at INTEGER NOT NULL,
    archived_at INTEGER,
    revision INTEGER NOT NULL
  ) STRICT`,
  `CREATE TABLE tier_prices (
    tier TEXT NOT NULL REFERENCES tiers (slug),
    interval TEXT NOT NULL,
    currency TEXT NOT NULL,
    unit_amount INTEGER NOT NULL CHECK (unit_amount >= 0),
    stripe_price_id TEXT UNIQUE,
    position INTEGER NOT NULL,
    retired_at INTEGER,
    PRIMARY KEY (tier, interval, currency, unit_amount)
  ) STRICT, WITHOUT ROWID`,
  'CREATE INDEX tiers_revision ON tiers (revision)',
]

/** Stripe's price of one that is not sold any more is closed there; one that is sold again must be opened. */
export const CLOSED_TIER_PRICES_SCHEMA: Step = ['ALTER TABLE tier_prices ADD COLUMN closed_at INTEGER']

/** Which revision its owner changed it last by; what a tier is called at Stripe is no change of theirs. */
export const EDITED_TIERS_SCHEMA: Step = [
  'ALTER TABLE tiers ADD COLUMN edited INTEGER NOT NULL DEFAULT 0',
  'UPDATE tiers SET edited = revision',
]

export interface TierPrice {
  readonly tier: string
  readonly interval: Interval
  readonly currency: string
  readonly unitAmount: number
  readonly stripePriceId: string | null
  /** Not sold any more; those who bought it keep it. */
  readonly retired: boolean
  /** Closed at Stripe, where nobody can buy it. */
  readonly closed: boolean
}

/** What a price is told apart by, for ever. */
export type PriceName = Pick<TierPrice, 'tier' | 'interval' | 'currency' | 'unitAmount'>

export interface Tier {
  readonly slug: string
  readonly displayName: string
  readonly description: string
  readonly features: readonly string[]
  readonly popular: boolean
  readonly trialDays: number | null
  readonly requestsPerMinute: number | null
  readonly limits: Readonly<Record<string, MeterLimit>>
  /** On sale, the one shown first. */
  readonly prices: readonly TierPrice[]
  readonly stripeProductId: string | null
  readonly position: number
  readonly archivedAt: number | null
  /** The revision by which its owner changed it last. */
  readonly edited: number
  readonly revision: number
}

type TierRow = {
  slug: string
  display_name: string
  description: string
  features: string
  popular: number
  trial_days: number | null
  requests_per_minute: number | null
  limits: string
  position: number
  stripe_product_id: string | null
  archived_at: number | null
  edited: number
  revision: number
}

type PriceRow = {
  tier: string
  interval: Interval
  currency: string
  unit_amount: number
  stripe_price_id: string | null
  retired_at: number | null
  closed_at: number | null
}

const toPrice = (row: PriceRow): TierPrice => ({
  tier: row.tier,
  interval: row.interval,
  currency: row.currency,
  unitAmount: row.unit_amount,
  stripePriceId: row.stripe_price_id,
  retired: row.retired_at !== null,
  closed: row.closed_at !== null,
})

const nameKey = (name: string) =>
  name
    .trim()
    .toLowerCase()
    .replaceAll(/[\s_-]+/g, '_')

export class Catalog {
  readonly #store: Store
  #tiers: readonly Tier[] | null = null
  #meters: ReadonlySet<string> | null = null

  constructor(store: Store) {
    this.#store = store
  }

  forget(): void {
    this.#tiers = null
    this.#meters = null
  }

  /** Every tier, archived ones included, lowest first. */
  tiers(): readonly Tier[] {
    this.#tiers ??= this.#load()
    return this.#tiers
  }

  onSale(): readonly Tier[] {
    return this.tiers().filter((tier) => tier.archivedAt === null)
  }

  get(slug: string): Tier | null {
    return this.tiers().find((tier) => tier.slug === slug) ?? null
  }

  /** Finds a tier by any spelling of its slug or display name; an exact slug wins. */
  named(name: string): Tier | null {
    const key = nameKey(name)
    const tiers = [...this.onSale(), ...this.tiers()] // an archived one may have the name of its successor
    return (
      this.get(name) ??
      tiers.find((tier) => nameKey(tier.slug) === key) ??
      tiers.find((tier) => nameKey(tier.displayName) === key) ??
      null
    )
  }

  /** The other tier on sale that a customer could mean by this name. */
  rival(displayName: string, slug: string): Tier | null {
    const key = nameKey(displayName)
    const others = this.onSale().filter((tier) => tier.slug !== slug)
    return others.find((tier) => nameKey(tier.slug) === key || nameKey(tier.displayName) === key) ?? null
  }

  /** Every meter that some tier limits. */
  meters(): ReadonlySet<string> {
    this.#meters ??= new Set(this.tiers().flatMap((tier) => Object.keys(tier.limits)))
    return this.#meters
  }

  /** Writes a tier as it is to be sold. Prices that it has no longer are retired, not forgotten. */
  put(tier: TierInput & { position: number; archivedAt?: number | null; now: number; revision: number }): void {
    this.forget()
    this.#store.run(
      `INSERT INTO tiers (slug, display_name, description, features, popular, trial_days, requests_per_minute, limits,
         position, created_at, archived_at, revision, edited)
       VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?12)
       ON CONFLICT (slug) DO UPDATE SET
         display_name = excluded.display_name, description = excluded.description, features = excluded.features,
         popular = excluded.popular, trial_days = excluded.trial_days,
         requests_per_minute = excluded.requests_per_minute, limits = excluded.limits, position = excluded.position,
         archived_at = excluded.archived_at, revision = excluded.revision, edited = excluded.edited`,
      tier.slug,
      tier.displayName,
      tier.description,
      JSON.stringify(tier.features),
      bit(tier.popular),
      tier.trialDays,
      tier.requestsPerMinute,
      JSON.stringify(tier.limits),
      tier.position,
      tier.now,
      tier.archivedAt ?? null,
      tier.revision,
    )
    this.#store.run('UPDATE tier_prices SET retired_at = ? WHERE tier = ? AND retired_at IS NULL', tier.now, tier.slug)
    for (const [position, price] of tier.prices.entries()) {
      this.#store.run(
        `INSERT INTO tier_prices (tier, interval, currency, unit_amount, position) VALUES (?, ?, ?, ?, ?)
         ON CONFLICT (tier, interval, currency, unit_amount) DO UPDATE SET position = excluded.position, retired_at = NULL`,
        tier.slug,
        price.interval,
        price.currency,
        price.unitAmount,
        position,
      )
    }
  }

  archive(tier: { slug: string; archivedAt: number | null; revision: number }): void {
    this.forget()
    const { slug, archivedAt, revision } = tier
    this.#store.run(
      'UPDATE tiers SET archived_at = ?1, revision = ?2, edited = ?2 WHERE slug = ?3',
      archivedAt,
      revision,
      slug,
    )
  }

  move(tier: { slug: string; position: number; revision: number }): void {
    this.forget()
    const { slug, position, revision } = tier
    this.#store.run(
      'UPDATE tiers SET position = ?1, revision = ?2, edited = ?2 WHERE slug = ?3',
      position,
      revision,
      slug,
    )
  }

  /** Prices of a tier that Stripe sells and we do not, and the other way round. */
  unsettled(slug: string): { toOpen: TierPrice[]; toClose: TierPrice[] } {
    const sold = this.get(slug)?.archivedAt === null
    const prices = this.#store
      .all<PriceRow>('SELECT * FROM tier_prices WHERE tier = ? AND stripe_price_id IS NOT NULL', slug)
      .map(toPrice)
    return {
      toOpen: prices.filter(({ closed, retired }) => closed && sold && !retired),
      toClose: prices.filter(({ closed, retired }) => !closed && (retired || !sold)),
    }
  }

  closePrice(stripePriceId: string, closedAt: number | null): void {
    this.forget()
    this.#store.run('UPDATE tier_prices SET closed_at = ? WHERE stripe_price_id = ?', closedAt, stripePriceId)
  }

  /** Remembers what the tier and its price are called at Stripe. */
  link(link: { price: PriceName; stripeProductId: string; stripePriceId: string; revision: number }): void {
    this.forget()
    const { price } = link
    this.#store.run(
      `UPDATE tier_prices SET stripe_price_id = ?
       WHERE tier = ? AND interval = ? AND currency = ? AND unit_amount = ?`,
      link.stripePriceId,
      price.tier,
      price.interval,
      price.currency,
      price.unitAmount,
    )
    this.#store.run(
      'UPDATE tiers SET stripe_product_id = ?, revision = ? WHERE slug = ?',
      link.stripeProductId,
      link.revision,
      price.tier,
    )
  }

  /** Forgets what all is called at Stripe. */
  unlink(revision: number): void {
    this.forget()
    this.#store.run('UPDATE tier_prices SET stripe_price_id = NULL, closed_at = NULL')
    this.#store.run('UPDATE tiers SET stripe_product_id = NULL, revision = ?', revision)
  }

  /** The price with this Stripe id, retired ones included: subscribers keep what they bought. */
  priceOf(stripePriceId: string): TierPrice | null {
    const row = this.#store.maybe<PriceRow>('SELECT * FROM tier_prices WHERE stripe_price_id = ?', stripePriceId)
    return row && toPrice(row)
  }

  /** The price an intent was written for, retired or not. */
  priceFor(sale: PriceName): TierPrice | null {
    const row = this.#store.maybe<PriceRow>(
      'SELECT * FROM tier_prices WHERE tier = ? AND interval = ? AND currency = ? AND unit_amount = ?',
      sale.tier,
      sale.interval,
      sale.currency,
      sale.unitAmount,
    )
    return row && toPrice(row)
  }

  tierOfProduct(stripeProductId: string): Tier | null {
    return this.tiers().find((tier) => tier.stripeProductId === stripeProductId) ?? null
  }

  /** What the tiers and their prices are called at Stripe, retired ones included. */
  stripeIds(): string[] {
    return this.#store
      .all<{ id: string }>(
        `SELECT stripe_product_id AS id FROM tiers WHERE stripe_product_id IS NOT NULL
         UNION SELECT stripe_price_id FROM tier_prices WHERE stripe_price_id IS NOT NULL`,
      )
      .map(({ id }) => id)
  }

  since(revision: number, limit: number): Change[] {
    return this.tiers()
      .filter((tier) => tier.revision > revision)
      .toSorted((a, b) => a.revision - b.revision)
      .slice(0, limit)
      .map((tier) => ({ kind: 'tier', id: tier.slug, revision: tier.revision, row: { ...tier } }))
  }

  #load(): Tier[] {
    const prices = this.#store
      .all<PriceRow>('SELECT * FROM tier_prices WHERE retired_at IS NULL ORDER BY tier, position')
      .map(toPrice)
    return this.#store.all<TierRow>('SELECT * FROM tiers ORDER BY position, slug').map((row) => ({
      slug: row.slug,
      displayName: row.display_name,
      description: row.description,
      features: JSON.parse(row.features) as string[],
      popular: row.popular === 1,
      trialDays: row.trial_days,
      requestsPerMinute: row.requests_per_minute,
      limits: JSON.parse(row.limits) as Record<string, MeterLimit>,
      prices: prices.filter((price) => price.tier === row.slug),
      stripeProductId: row.stripe_product_id,
      position: row.position,
      archivedAt: row.archived_at,
      edited: row.edited,
      revision: row.revision,
    }))
  }
}
