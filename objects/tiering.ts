/** The editor of a project's tiers: made, changed, ordered, taken off sale. Who holds one keeps it, and its price. */

import type { TierInput, TierPatch, TierPreview } from '../sdk/schema/catalog.ts'
import type { Decision } from './actor.ts'
import type { Books, Ledger } from './books.ts'
import type { Caller } from './caller.ts'
import type { Tier } from './catalog.ts'
import { limitIn } from './answer.ts'
import { freeTier } from './entitlement.ts'
import type { Gate } from './gate.ts'
import { becomes, liveOf, monthlyImpact, priceGroups, type PriceGroup } from './impact.ts'
import type { Migration, Moving } from './moving.ts'
import { no, ok, type Outcome, type Refusal } from './outcome.ts'
import { spanAt } from './period.ts'
import type { Attempt } from './replies.ts'
import { unsettled } from './retiring.ts'
import type { Settings } from './settings.ts'

const TIERS_MAX = 100
/** So many who would be over a limit are looked for; the heaviest users first. */
const OVER_SOUGHT = 1_000
const OVER_SHOWN = 50

/** A tier as its owner edits it: limits and prices as they were written, and who pays what. */
export interface OwnTier extends Omit<TierInput, 'prices' | 'features'> {
  readonly features: readonly string[]
  /** On sale first, then those that only subscribers still have. */
  readonly prices: readonly PriceGroup[]
  readonly subscribers: number
  /** Who bought nothing holds it. */
  readonly isDefault: boolean
  readonly archivedAt: number | null
  readonly productId: string | null
  readonly revision: number
}

export interface Impact {
  readonly subscribers: number
  readonly prices: readonly (PriceGroup & { readonly becomes: number })[]
  readonly monthly: readonly { readonly currency: string; readonly before: number; readonly after: number }[]
  readonly overLimit: {
    /** `1000` may be more: so many are looked for. */
    readonly count: number
    readonly customers: readonly Over[]
  }
}

interface Over {
  readonly customerId: string
  readonly meter: string
  readonly used: number
  readonly limit: number
}

/** What must be told to Stripe about a tier. */
export interface TierTask {
  readonly settings: Settings
  readonly stripeAccount: string
  readonly tier: Tier
  readonly toOpen: readonly string[]
  readonly toClose: readonly string[]
}

export class Tiering {
  readonly #ledger: Ledger
  readonly #books: Books
  readonly #gate: Gate
  readonly #moving: Moving

  constructor(ledger: Ledger, books: Books, gate: Gate, moving: Moving) {
    this.#ledger = ledger
    this.#books = books
    this.#gate = gate
    this.#moving = moving
  }

  /** Every tier, archived ones included, lowest first. */
  list(caller: Caller): Outcome<OwnTier[]> {
    const refusal = this.#gate.admit(caller, 'read', this.#ledger.now())
    return refusal ?? ok(this.#books.catalog.tiers().map((tier) => this.#own(tier)))
  }

  add(caller: Caller, input: TierInput, attempt: Attempt | null = null): Outcome<OwnTier> {
    return this.#ledger.decide((decision) => {
      const refusal = this.#gate.admit(caller, 'admin', decision.now)
      return refusal ?? this.#books.replies.once(attempt, decision.now, () => this.#put(input, decision))
    })
  }

  #put(input: TierInput, { now, revision }: Decision): Outcome<OwnTier> {
    const tiers = this.#books.catalog.tiers()
    if (this.#books.catalog.get(input.slug) !== null) return no('tier_exists')
    if (tiers.length >= TIERS_MAX) return no('too_many_tiers')
    if (this.#books.catalog.rival(input.displayName, input.slug) !== null) return no('tier_name_taken')
    const position = Math.max(-1, ...tiers.map((tier) => tier.position)) + 1
    this.#books.catalog.put({ ...input, position, now, revision })
    return ok(this.#own(this.#require(input.slug)))
  }

  /** Changes what is given. A new amount is a new price; who pays the old one keeps it, unless they are to be moved. */
  update(caller: Caller, slug: string, patch: TierPatch): Outcome<{ tier: OwnTier; migration: Migration | null }> {
    return this.#ledger.decide((decision) => {
      const refusal = this.#gate.admit(caller, 'admin', decision.now)
      if (refusal) return refusal
      const tier = this.#books.catalog.get(slug)
      if (tier === null) return no('tier_not_found')
      const { subscribers, ifRevision = tier.edited, ...given } = patch
      if (ifRevision !== tier.edited) return no('tier_changed', { tier: this.#own(tier) })
      const wanted = { ...asInput(tier), ...defined(given) }
      if (tier.archivedAt === null && this.#books.catalog.rival(wanted.displayName, slug) !== null)
        return no('tier_name_taken')
      const { position, archivedAt } = tier
      const wasDefault = this.#isDefault(tier)
      this.#books.catalog.put({ ...wanted, position, archivedAt, now: decision.now, revision: decision.revision })
      const changed = this.#require(slug)
      if (wasDefault && !this.#isDefault(changed)) return no('default_tier')
      if (subscribers === 'migrate') this.#moving.ask(changed, decision)
      this.#tellStripe(changed, decision)
      const migration = subscribers === 'migrate' ? this.#moving.progress(slug) : null
      return ok({ tier: this.#own(changed), migration })
    })
  }

  /** Takes a tier off sale, or puts it back. Who holds it keeps it and its limits. */
  archive(caller: Caller, slug: string, archived: boolean): Outcome<OwnTier> {
    return this.#ledger.decide((decision) => {
      const refusal = this.#gate.admit(caller, 'admin', decision.now)
      if (refusal) return refusal
      const tier = this.#books.catalog.get(slug)
      if (tier === null) return no('tier_not_found')
      if ((tier.archivedAt !== null) === archived) return ok(this.#own(tier))
      const refused = archived ? this.#mustStay(tier) : this.#mustNotReturn(tier)
      if (refused) return refused
      const archivedAt = archived ? decision.now : null
      this.#books.catalog.archive({ slug, archivedAt, revision: decision.revision })
      const changed = this.#require(slug)
      this.#tellStripe(changed, decision)
      return ok(this.#own(changed))
    })
  }

  /** Puts tiers in an order; those that are not named stay behind the one they were behind. */
  order(caller: Caller, slugs: readonly string[]): Outcome<OwnTier[]> {
    return this.#ledger.decide((decision) => {
      const refusal = this.#gate.admit(caller, 'admin', decision.now)
      if (refusal) return refusal
      const tiers = this.#books.catalog.tiers()
      if (slugs.some((slug) => this.#books.catalog.get(slug) === null)) return no('tier_not_found')
      for (const [position, slug] of arranged(slugs, tiers).entries())
        if (this.#require(slug).position !== position)
          this.#books.catalog.move({ slug, position, revision: decision.revision })
      return ok(this.#books.catalog.tiers().map((tier) => this.#own(tier)))
    })
  }

  /** Who would be touched by a change, and how much money it is when everybody pays the new prices. */
  preview(caller: Caller, slug: string, change: TierPreview): Outcome<Impact> {
    const now = this.#ledger.now()
    const refusal = this.#gate.admit(caller, 'read', now)
    if (refusal) return refusal
    const tier = this.#books.catalog.get(slug)
    if (tier === null) return no('tier_not_found')
    const prices = change.prices ?? tier.prices
    const free = prices.every(({ unitAmount }) => unitAmount === 0)
    if (this.#isDefault(tier) && (change.archive || !free)) return no('default_tier')
    const subscriptions = this.#books.subscriptions.ofTier(slug)
    const groups = priceGroups(tier, subscriptions)
    return ok({
      subscribers: liveOf(subscriptions).length,
      prices: groups.map((group) => ({ ...group, becomes: becomes(group, prices) })),
      monthly: monthlyImpact(subscriptions, prices),
      overLimit: this.#over(tier, change.limits ?? tier.limits, now),
    })
  }

  #over(tier: Tier, limits: Tier['limits'], now: number): Impact['overLimit'] {
    const over: Over[] = []
    for (const meter of new Set([...Object.keys(tier.limits), ...Object.keys(limits)])) {
      const before = limitIn(tier, meter)
      const { limit, period } = limitIn({ limits }, meter)
      if (limit === null || (before.limit !== null && before.limit <= limit)) continue
      for (const customerId of this.#books.usage.over(meter, limit, { now, atMost: OVER_SOUGHT })) {
        const customer = this.#books.customers.get(customerId)
        const plan = customer && this.#books.planOf(customer, now)
        if (plan?.slug !== tier.slug) continue
        const used = this.#books.usage.used(customerId, meter, spanAt(period, plan.rhythm, now))
        if (used > limit) over.push({ customerId, meter, used, limit })
      }
    }
    return { count: over.length, customers: over.slice(0, OVER_SHOWN) }
  }

  /** What is still to be told to Stripe; `null` while it knows nothing of the tier. */
  taskOf(slug: string): Outcome<TierTask | null> {
    const settings = this.#books.settings.require()
    const tier = this.#books.catalog.get(slug)
    const { stripeAccount } = settings
    if (tier === null || tier.stripeProductId === null || stripeAccount === null) return ok(null)
    return ok({ settings, stripeAccount, tier, ...unsettled(this.#books, slug) })
  }

  /** Stripe's price was closed or opened. If it came to be sold or not meanwhile, it is seen to again. */
  closePrice(link: { slug: string; stripePriceId: string; closed: boolean }): Outcome<null> {
    return this.#ledger.decide((decision) => {
      this.#books.catalog.closePrice(link.stripePriceId, link.closed ? decision.now : null)
      const { toOpen, toClose } = unsettled(this.#books, link.slug)
      if ([...toOpen, ...toClose].includes(link.stripePriceId))
        this.#ledger.owe({ kind: 'stripe.tier', key: link.slug }, decision)
      return ok(null)
    })
  }

  #tellStripe(tier: Tier, decision: Decision): void {
    if (tier.stripeProductId !== null) this.#ledger.owe({ kind: 'stripe.tier', key: tier.slug }, decision)
  }

  #mustStay(tier: Tier): Refusal<'default_tier'> | null {
    return this.#isDefault(tier) ? no('default_tier') : null
  }

  #mustNotReturn(tier: Tier): Refusal<'tier_name_taken'> | null {
    return this.#books.catalog.rival(tier.displayName, tier.slug) === null ? null : no('tier_name_taken')
  }

  #isDefault(tier: Tier): boolean {
    return freeTier(this.#books.catalog.tiers())?.slug === tier.slug
  }

  #require(slug: string): Tier {
    const tier = this.#books.catalog.get(slug)
    if (tier === null) throw new Error(`there is no tier ${slug}`)
    return tier
  }

  #own(tier: Tier): OwnTier {
    const subscriptions = this.#books.subscriptions.ofTier(tier.slug)
    return {
      slug: tier.slug,
      displayName: tier.displayName,
      description: tier.description,
      features: tier.features,
      popular: tier.popular,
      trialDays: tier.trialDays,
      requestsPerMinute: tier.requestsPerMinute,
      limits: tier.limits,
      prices: priceGroups(tier, subscriptions),
      subscribers: liveOf(subscriptions).length,
      isDefault: this.#isDefault(tier),
      archivedAt: tier.archivedAt,
      productId: tier.stripeProductId,
      revision: tier.edited,
    }
  }
}

const asInput = (tier: Tier): TierInput => ({
  slug: tier.slug,
  displayName: tier.displayName,
  description: tier.description,
  features: [...tier.features],
  popular: tier.popular,
  trialDays: tier.trialDays,
  requestsPerMinute: tier.requestsPerMinute,
  limits: tier.limits,
  prices: tier.prices.map(({ interval, currency, unitAmount }) => ({ interval, currency, unitAmount })),
})

const defined = <T extends object>(given: T): { [K in keyof T]?: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as never

/** The named ones in their order, each of the others behind the tier that it was behind. */
function arranged(slugs: readonly string[], tiers: readonly Tier[]): string[] {
  const result = [...slugs]
  for (const [index, { slug }] of tiers.entries()) {
    if (result.includes(slug)) continue
    const before = tiers[index - 1]?.slug
    result.splice(before === undefined ? 0 : result.indexOf(before) + 1, 0, slug)
  }
  return result
}
