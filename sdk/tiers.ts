/** The tier editor: what is sold by subscription, as its owner writes it. Money is integer minor units. */

import type { CallOptions, DreamClient } from './client.ts'
import type { Period } from './schema/usage.ts'

export interface TierAmount {
  interval: 'month' | 'year'
  /** Integer minor units; 0 is free. */
  unitAmount: number
  /** Lower-case ISO code. */
  currency: string
}

/** By meter; a `limit` of `null` is none. */
export type TierLimits = Record<string, { limit: number | null; period: Period; spendCredits?: 'before' | 'after' }>

/** A tier as its developer writes it. Money is integer minor units. */
export interface TierInput {
  slug: string
  displayName: string
  description?: string
  features?: string[]
  popular?: boolean
  trialDays?: number | null
  /** Requests a minute for one customer; `null` is the default of 100 for calls with the customer's own token. */
  requestsPerMinute?: number | null
  limits: TierLimits
  /** The first one is shown. */
  prices: TierAmount[]
}

/** What so many subscribers pay alike. */
export interface PriceGroup extends TierAmount {
  subscribers: number
  /** `false`: only those who have it still pay it. */
  onSale: boolean
}

/** A tier as its owner edits it, with who pays what. */
export interface EditedTier extends Required<Omit<TierInput, 'prices' | 'features'>> {
  features: readonly string[]
  prices: readonly PriceGroup[]
  subscribers: number
  /** Who bought nothing holds it. */
  isDefault: boolean
  /** Epoch ms; `null` while it is on sale. */
  archivedAt: number | null
  productId: string | null
  /** For a change that must not overwrite another. */
  revision: number
}

/** What is left out stays. The slug never changes: it is what customers hold. */
export interface TierPatch extends Partial<Omit<TierInput, 'slug'>> {
  /** Those who pay a price that is not sold any more keep it, or pay the present one from their next invoice on. */
  subscribers?: 'keep' | 'migrate'
  ifRevision?: number
}

export interface TierImpact {
  subscribers: number
  prices: readonly (PriceGroup & { becomes: number })[]
  monthly: readonly { currency: string; before: number; after: number }[]
  /** Who would be over a limit; a `count` of 1,000 may be more. */
  overLimit: {
    count: number
    customers: readonly { customerId: string; meter: string; used: number; limit: number }[]
  }
}

export interface TierMigration {
  total: number
  done: number
  /** Canceled or changed meanwhile. */
  skipped: number
  waiting: number
  /** Refused by Stripe, and tried again. */
  failed: number
  failures: readonly { subscriptionId: string; reason: string | null }[]
}

type Answer = Promise<{ success: boolean; tier: EditedTier }>

export class TierAPI {
  readonly #client: DreamClient

  constructor(client: DreamClient) {
    this.#client = client
  }

  /**
   * Lists every tier as it was written, lowest first, archived ones too. What customers see is `products.listTiers`.
   *
   * @example
   * ```ts
   * const { tiers } = await admin.tiers.list()
   * console.log(tiers.map(({ slug, subscribers }) => `${slug}: ${subscribers}`))
   * ```
   */
  list(options?: CallOptions): Promise<{ tiers: EditedTier[] }> {
    return this.#client.get('/api/tiers/all', options)
  }

  /**
   * Puts a tier on sale, as the highest. Throws `tier_exists`, `tier_name_taken`, `too_many_tiers`.
   *
   * @example
   * ```ts
   * const { tier } = await admin.tiers.create({
   *   slug: 'team',
   *   displayName: 'Team',
   *   limits: { requests: { limit: 50_000, period: 'month' } },
   *   prices: [{ interval: 'month', unitAmount: 9900, currency: 'usd' }],
   * })
   * console.log(tier.revision)
   * ```
   */
  create(input: TierInput, options?: CallOptions): Answer {
    const answer = async () => {
      const made = (await this.list(options)).tiers.find(({ slug }) => slug === input.slug)
      return made?.displayName === input.displayName && made.subscribers === 0 ? { success: true, tier: made } : null
    }
    return this.#client.post('/api/tiers', input, { ...options, done: { code: 'tier_exists', answer } })
  }

  /**
   * Changes a tier. A new amount is a new price: `subscribers: 'migrate'` moves those who pay the old one. With
   * `ifRevision` it throws `tier_changed` when somebody else changed it since; `tier_not_found`, `default_tier`.
   *
   * @example
   * ```ts
   * const prices = [{ interval: 'month' as const, unitAmount: 3900, currency: 'usd' }]
   * const { tier } = await admin.tiers.update('pro', { prices, subscribers: 'keep' })
   * console.log(tier.prices.filter(({ onSale }) => onSale))
   * ```
   */
  update(slug: string, patch: TierPatch, options?: CallOptions): Answer {
    return this.#client.request('PATCH', at(slug), { ...options, body: patch })
  }

  /**
   * Takes a tier off sale; who holds it keeps it. Throws `tier_not_found`, `default_tier`.
   *
   * @example
   * ```ts
   * await admin.tiers.archive('max')
   * ```
   */
  archive(slug: string, options?: CallOptions): Answer {
    return this.#client.post(`${at(slug)}/archive`, undefined, options)
  }

  /**
   * Puts an archived tier back on sale. Throws `tier_not_found`, `tier_name_taken`.
   *
   * @example
   * ```ts
   * await admin.tiers.archive('max')
   * await admin.tiers.restore('max')
   * ```
   */
  restore(slug: string, options?: CallOptions): Answer {
    return this.#client.post(`${at(slug)}/restore`, undefined, options)
  }

  /**
   * Orders the tiers, the lowest first; one that is not named stays behind the one that it was behind. Throws
   * `tier_not_found`, `default_tier`.
   *
   * @example
   * ```ts
   * const { tiers } = await admin.tiers.order(['free', 'max', 'pro'])
   * console.log(tiers.map(({ slug }) => slug))
   * ```
   */
  order(slugs: readonly string[], options?: CallOptions): Promise<{ success: boolean; tiers: EditedTier[] }> {
    return this.#client.post('/api/tiers/order', { slugs }, options)
  }

  /**
   * Answers who a change would touch and how much money it is. Changes nothing. Throws `tier_not_found`.
   *
   * @example
   * ```ts
   * const { impact } = await admin.tiers.preview('pro', { limits: { requests: { limit: 10, period: 'month' } } })
   * console.log(impact.overLimit.count, 'customers would be over the limit')
   * ```
   */
  preview(
    slug: string,
    change: { limits?: TierLimits; prices?: TierAmount[]; archive?: boolean },
    options?: CallOptions,
  ): Promise<{ impact: TierImpact }> {
    return this.#client.post(`${at(slug)}/preview`, change, options)
  }

  /**
   * Reads how far the moving of subscribers to the present price has come. Throws `tier_not_found`.
   *
   * @example
   * ```ts
   * const { migration } = await admin.tiers.migration('pro')
   * console.log(`${migration.done} of ${migration.total}`)
   * ```
   */
  migration(slug: string, options?: CallOptions): Promise<{ migration: TierMigration }> {
    return this.#client.get(`${at(slug)}/migration`, options)
  }
}

const at = (slug: string): string => `/api/tiers/${encodeURIComponent(slug)}`
