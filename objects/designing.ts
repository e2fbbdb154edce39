/**
 * Takes over a design: whole at the birth of a live project, by its differences afterwards. All of it is one decision;
 * what must be made at Stripe and copied is owed, so that a fault anywhere resumes by itself.
 */

import type { Decision } from './actor.ts'
import type { Books, Ledger } from './books.ts'
import type { Tier } from './catalog.ts'
import {
  designOf,
  imageKey,
  isSame,
  isTaken,
  stockOf,
  toDesignedProduct,
  toDesignedTier,
  type Design,
  type DesignedProduct,
  type DesignedTier,
  type DesignedVariant,
  type ShelfStock,
} from './design.ts'
import { freeTier } from './entitlement.ts'
import type { Imaging } from './imaging.ts'
import type { Moving } from './moving.ts'
import { no, ok, type Outcome, type Refusal } from './outcome.ts'
import { deletedSlug, type Product } from './products.ts'
import type { Settings } from './settings.ts'

/** What a promotion leaves to be done outside. */
const OWED = ['stripe.prices', 'stripe.product', 'stripe.portal', 'image.copy'] as const
const OWED_SHOWN = 100

export interface Progress {
  readonly done: number
  readonly total: number
  readonly owed: readonly { what: string; key: string; attempts: number; failure: string | null }[]
}

/** What must be made at Stripe for a tier that is sold. */
export interface PricesTask {
  readonly settings: Settings
  readonly stripeAccount: string
  readonly tier: Tier
}

export class Designing {
  readonly #ledger: Ledger
  readonly #books: Books
  readonly #imaging: Imaging
  readonly #moving: Moving

  constructor(ledger: Ledger, books: Books, { imaging, moving }: { imaging: Imaging; moving: Moving }) {
    this.#ledger = ledger
    this.#books = books
    this.#imaging = imaging
    this.#moving = moving
  }

  /** `null` while there is no project, or none any more. */
  read(): { design: Design; stock: ShelfStock } | null {
    const settings = this.#books.settings.get()
    if (settings === null || settings.deletedAt !== null || this.#books.ending.get() !== null) return null
    return { design: designOf(this.#books), stock: stockOf(this.#books) }
  }

  /** Part of the decision that makes the project: the shelf, and what Stripe must know of all that is sold. */
  begin(shelf: { products: readonly DesignedProduct[]; stock: ShelfStock }, decision: Decision): Refusal | null {
    for (const { slug } of this.#books.catalog.tiers()) this.#oweTier(slug, decision)
    this.#ledger.owe({ kind: 'stripe.portal', key: '' }, decision)
    return this.#shelve(shelf.products, shelf.stock, decision)
  }

  /** Takes over what differs, if the design is still the one that was looked at. What only live has stays. */
  apply(promotion: {
    seen: Design
    design: Design
    stock: ShelfStock
    /** Do those who pay a price that is sold no more keep it, or are they moved to the present one? */
    subscribers: 'keep' | 'migrate'
  }): Outcome<null> {
    return this.#ledger.decide((decision) => {
      const present = this.read()
      if (present === null) return no('project_deleted')
      if (!isSame(present.design, promotion.seen)) return no('live_changed')
      const { automaticTax, accentColor, shop, tiers, products } = promotion.design
      const settings = this.#books.settings.require()
      const { automaticTax: tax, accentColor: color } = settings
      if (!isSame([tax, color, settings.shop], [automaticTax, accentColor, shop]))
        this.#books.settings.save({ ...settings, automaticTax, accentColor, shop }, decision.revision)
      return (
        this.#takeTiers({ tiers, subscribers: promotion.subscribers }, decision) ??
        this.#shelve(products, promotion.stock, decision) ??
        ok(null)
      )
    })
  }

  #takeTiers(
    { tiers, subscribers }: { tiers: readonly DesignedTier[]; subscribers: 'keep' | 'migrate' },
    decision: Decision,
  ): Refusal | null {
    const { now, revision } = decision
    const { catalog } = this.#books
    const hadDefault = freeTier(catalog.tiers()) !== null
    for (const [position, { archived, ...tier }] of tiers.entries()) {
      const present = catalog.get(tier.slug)
      if (present === null ? archived : isSame(toDesignedTier(present), { ...tier, archived })) continue
      const archivedAt = archived ? (present?.archivedAt ?? now) : null
      catalog.put({ ...tier, position, archivedAt, now, revision })
      const changed = catalog.get(tier.slug)
      if (subscribers === 'migrate' && changed !== null) this.#moving.ask(changed, decision)
      this.#oweTier(tier.slug, decision)
    }
    return hadDefault && freeTier(catalog.tiers()) === null ? no('default_tier') : null
  }

  #oweTier(slug: string, decision: Decision): void {
    const tier = this.#books.catalog.get(slug)
    if (tier === null) return
    if (tier.archivedAt === null && tier.prices.some(({ unitAmount }) => unitAmount > 0))
      this.#ledger.owe({ kind: 'stripe.prices', key: slug }, decision)
    if (tier.stripeProductId !== null) this.#ledger.owe({ kind: 'stripe.tier', key: slug }, decision)
  }

  #shelve(products: readonly DesignedProduct[], stock: ShelfStock, decision: Decision): Refusal | null {
    // What went off sale first: it may have let go of a slug that another product took.
    const inTurn = [...products.entries()].toSorted(([, a], [, b]) => Number(b.archived) - Number(a.archived))
    for (const [position, product] of inTurn) {
      const present = this.#books.products.get(product.id)
      if (present === null ? product.archived : isTaken(product, toDesignedProduct(present, this.#books))) continue
      const refused = this.#takeProduct(product, { present, position, stock }, decision)
      if (refused) return refused
      this.#ledger.owe({ kind: 'stripe.product', key: product.id }, decision)
    }
    return null
  }

  #takeProduct(
    product: DesignedProduct,
    place: { present: Product | null; position: number; stock: ShelfStock },
    decision: Decision,
  ): Refusal | null {
    const { products, settings } = this.#books
    const { present, position, stock } = place
    if (present === null && products.slugTaken(product.slug)) return no('slug_taken', { slug: product.slug })
    const { archived, variants, ...rest } = product
    const images = product.images.map((name) => imageKey(name, settings.require()))
    const { now, revision } = decision
    products.save(
      {
        ...rest,
        images,
        position: present?.position ?? position,
        stripeProductId: present?.stripeProductId ?? null,
        createdAt: present?.createdAt ?? now,
        archivedAt: archived ? (present?.archivedAt ?? now) : null,
        deletedAt: product.slug === deletedSlug(product.id) ? (present?.deletedAt ?? now) : null,
        revision,
      },
      revision,
    )
    const before = present?.images ?? []
    this.#imaging.see([...before, ...images], decision)
    for (const key of images) if (!before.includes(key)) this.#ledger.owe({ kind: 'image.copy', key }, decision)
    return this.#takeVariants({ productId: product.id, variants }, stock, decision)
  }

  #takeVariants(
    { productId, variants }: { productId: string; variants: readonly DesignedVariant[] },
    stock: ShelfStock,
    decision: Decision,
  ): Refusal | null {
    const { now, revision } = decision
    const shelf = this.#books.stock
    // Two variants may have changed their SKUs with one another: all are let go before any is taken.
    for (const { id, sku } of variants) {
      const present = shelf.get(id)
      if (present !== null && present.sku !== sku) shelf.describe({ ...present, sku: null }, revision)
    }
    for (const [position, variant] of variants.entries()) {
      const present = shelf.get(variant.id)
      if (present === null && variant.archived) continue
      const holder = variant.sku === null ? null : shelf.bySku(variant.sku)
      if (holder !== null && holder.id !== variant.id) return no('sku_taken', { sku: variant.sku })
      const { id, sku, options } = variant
      if (present === null)
        shelf.add(
          { id, productId, position, sku, options, onHand: stock[id] ?? null },
          { id: decision.nextId(), reason: 'initial', actor: 'promotion', orderId: null, note: null, now, revision },
        )
      else shelf.describe({ id, sku, archivedAt: variant.archived ? (present.archivedAt ?? now) : null }, revision)
      this.#books.products.setPrices(id, variant.prices, now)
    }
    return null
  }

  /** What is to be made at Stripe for a tier; `null` when nothing is, or nowhere. */
  pricesTask(slug: string): Outcome<PricesTask | null> {
    const settings = this.#books.settings.require()
    const { stripeAccount } = settings
    const tier = this.#books.catalog.get(slug)
    return ok(
      stripeAccount === null || tier === null || tier.archivedAt !== null ? null : { settings, stripeAccount, tier },
    )
  }

  /** How far what a promotion owes has come, of all that it ever had to make. */
  progress(): Progress {
    const owed = this.#ledger.outbox.ofKinds(OWED)
    const paid = this.#books.catalog.onSale().filter(({ prices }) => prices.some(({ unitAmount }) => unitAmount > 0))
    const total = this.#books.products.onSale().length + this.#books.products.shown().length + paid.length + 1
    return {
      done: Math.max(0, total - owed.length),
      total,
      owed: owed
        .slice(0, OWED_SHOWN)
        .map(({ kind, key, attempts, failure }) => ({ what: kind, key, attempts, failure })),
    }
  }
}
