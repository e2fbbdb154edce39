/** The catalog of a shop as its owner keeps it: products, variants, prices, and stock by delta or compare-and-set. */

import type { ProductInput, ProductPatch, StockChange, VariantInput, VariantPatch } from '../sdk/schema/product.ts'
import type { ShopSettings } from '../sdk/schema/order.ts'
import type { Decision } from './actor.ts'
import type { Books, Ledger } from './books.ts'
import type { Caller } from './caller.ts'
import type { Gate } from './gate.ts'
import type { Imaging } from './imaging.ts'
import { no, ok, type Outcome, type Refusal } from './outcome.ts'
import { deletedSlug, type Product, type ProductPlace, type VariantPrice } from './products.ts'
import type { Attempt } from './replies.ts'
import type { Settings, Shop } from './settings.ts'
import { availableOf, type LedgerEntry, type Variant } from './stock.ts'

/** A product with its variants and their prices, as it stands at one revision. */
export interface ShelvedProduct {
  readonly product: Product
  readonly variants: readonly { readonly variant: Variant; readonly prices: readonly VariantPrice[] }[]
}

/** A variant after its stock was changed. */
export interface Moved {
  readonly variant: Variant
  readonly available: number | null
}

/** What must be made or retired at Stripe for a product. */
export interface ProductTask {
  readonly settings: Settings
  readonly stripeAccount: string | null
  readonly product: Product
  readonly unlinked: readonly { readonly price: VariantPrice; readonly options: Variant['options'] }[]
  /** Stripe's prices that are sold again and closed there. */
  readonly reopened: readonly string[]
  /** Those that are not sold any more. One that an open payment page asks for is retired when that page is done with. */
  readonly retired: readonly string[]
  /** Is it sold, or was it when an open payment page was made? */
  readonly active: boolean
}

export class Shelving {
  readonly #ledger: Ledger
  readonly #books: Books
  readonly #gate: Gate
  readonly #imaging: Imaging
  #shelf: { readonly revision: number; readonly products: Map<string, ShelvedProduct> } = {
    revision: -1,
    products: new Map(),
  }

  constructor(ledger: Ledger, books: Books, gate: Gate, imaging: Imaging) {
    this.#ledger = ledger
    this.#books = books
    this.#gate = gate
    this.#imaging = imaging
  }

  /** What is on sale, as everyone may see it; `null` when nothing has moved since the revision the caller knows. */
  list(
    caller: Caller,
    query: {
      after: ProductPlace | null
      limit: number
      search: string | null
      archived: boolean
      known: number | null
    },
  ): Outcome<{ revision: number; products: ShelvedProduct[] | null }> {
    const refusal = this.#gate.admit(caller, 'read', this.#ledger.now())
    if (refusal) return refusal
    if (query.archived && caller.via === 'publishable') return no('secret_key_required')
    const revision = Math.max(this.#books.products.latest(), this.#books.stock.latest())
    if (query.known === revision) return ok({ revision, products: null })
    const products = this.#books.products.page(query).map((product) => this.#remembered(product, revision))
    return ok({ revision, products })
  }

  /** A product as it was shelved at this revision of the shelf: read once, however often it is listed. */
  #remembered(product: Product, revision: number): ShelvedProduct {
    if (this.#shelf.revision !== revision) this.#shelf = { revision, products: new Map() }
    const known = this.#shelf.products.get(product.id)
    if (known !== undefined) return known
    const shelved = this.#shelved(product)
    this.#shelf.products.set(product.id, shelved)
    return shelved
  }

  get(caller: Caller, id: string): Outcome<ShelvedProduct> {
    const refusal = this.#gate.admit(caller, 'read', this.#ledger.now())
    if (refusal) return refusal
    const product = this.#books.products.named(id)
    if (product === null || product.deletedAt !== null || (product.archivedAt !== null && caller.via === 'publishable'))
      return no('product_not_found')
    return ok(this.#shelved(product))
  }

  add(
    caller: Caller,
    input: ProductInput,
    ids: { productId: string; variantIds: readonly string[]; attempt?: Attempt | null },
  ): Outcome<ShelvedProduct> {
    return this.#ledger.decide((decision) => {
      const refusal = this.#gate.admit(caller, 'admin', decision.now)
      if (refusal) return refusal
      const before = this.#madeBefore(ids.attempt)
      if (before) return before
      const { products } = this.#books
      const slug = input.slug ?? this.#freeSlug(input.name)
      if (products.slugTaken(slug)) return no('slug_taken')
      const foreign = this.#imaging.foreign(input.images)
      if (foreign) return foreign
      const wrong = this.#wrongVariants(input.options, input.variants)
      if (wrong) return wrong
      const product: Product = {
        id: ids.productId,
        slug,
        name: input.name,
        description: input.description,
        features: input.features,
        images: input.images,
        options: input.options,
        grant: input.grant,
        position: products.nextPosition(),
        stripeProductId: null,
        createdAt: decision.now,
        archivedAt: null,
        deletedAt: null,
        revision: decision.revision,
      }
      products.save(product, decision.revision)
      this.#imaging.see(input.images, decision)
      for (const [position, variant] of input.variants.entries()) {
        const added = this.#addVariant(
          variant,
          { id: ids.variantIds[position]!, productId: product.id, position },
          decision,
        )
        if (added) return added
      }
      if (ids.attempt) this.#books.replies.keep(ids.attempt, ok(product.id), decision.now)
      this.#ledger.owe({ kind: 'stripe.product', key: product.id }, decision)
      return ok(this.#shelved(product))
    })
  }

  #addVariant(
    input: VariantInput,
    place: { id: string; productId: string; position: number },
    decision: Decision,
  ): Refusal<'sku_taken'> | null {
    if (input.sku !== null && this.#books.stock.bySku(input.sku) !== null)
      return no('sku_taken', { message: `Another variant has the SKU "${input.sku}".`, sku: input.sku })
    this.#books.stock.add(
      { ...place, sku: input.sku, options: input.options, onHand: input.stock },
      {
        id: decision.nextId(),
        reason: 'initial',
        actor: 'secret key',
        orderId: null,
        note: null,
        now: decision.now,
        revision: decision.revision,
      },
    )
    this.#books.products.setPrices(place.id, input.prices, decision.now)
    return null
  }

  /** Every variant has one value for each option, no two the same, and one price a currency. */
  #wrongVariants(options: readonly string[], variants: readonly VariantInput[]): Refusal<'invalid_request'> | null {
    const seen = new Set<string>()
    for (const [index, variant] of variants.entries()) {
      const names = Object.keys(variant.options)
      if (names.length !== options.length || !options.every((option) => names.includes(option)))
        return no('invalid_request', {
          message: `variants.${index}.options must have exactly one value for each option of the product (${options.join(', ') || 'none'}).`,
        })
      const key = options.map((option) => variant.options[option]).join('\n')
      if (seen.has(key))
        return no('invalid_request', { message: `variants.${index}.options are those of another variant.` })
      seen.add(key)
      const currencies = variant.prices.map(({ currency }) => currency)
      if (new Set(currencies).size !== currencies.length)
        return no('invalid_request', { message: `variants.${index}.prices has two prices in one currency.` })
    }
    return null
  }

  #freeSlug(name: string): string {
    const base =
      name
        .toLowerCase()
        .replaceAll(/[^a-z0-9]+/g, '-')
        .replaceAll(/^-+|-+$/g, '')
        .slice(0, 32) || 'product'
    for (let n = 1; ; n += 1) {
      const slug = n === 1 ? base : `${base}-${n}`
      if (!this.#books.products.slugTaken(slug)) return slug
    }
  }

  update(caller: Caller, id: string, patch: ProductPatch): Outcome<ShelvedProduct> {
    return this.#ledger.decide((decision) => {
      const refusal = this.#gate.admit(caller, 'admin', decision.now)
      if (refusal) return refusal
      const product = this.#kept(id)
      if (product === null) return no('product_not_found')
      const foreign = this.#imaging.foreign(patch.images ?? [])
      if (foreign) return foreign
      const { archived, ...changes } = patch
      const given = Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined))
      const archivedAt =
        archived === undefined ? product.archivedAt : archived ? (product.archivedAt ?? decision.now) : null
      this.#books.products.save({ ...product, ...given, archivedAt }, decision.revision)
      if (patch.images !== undefined) this.#imaging.see([...product.images, ...patch.images], decision)
      this.#ledger.owe({ kind: 'stripe.product', key: id }, decision)
      return ok(this.#shelved(this.#books.products.get(id) ?? product))
    })
  }

  /** Gone for good. The images are owed to be removed, the slug is free again; the orders keep what they say. */
  remove(caller: Caller, id: string): Outcome<ShelvedProduct> {
    return this.#ledger.decide((decision) => {
      const refusal = this.#gate.admit(caller, 'admin', decision.now)
      if (refusal) return refusal
      const product = this.#kept(id)
      if (product === null) return no('product_not_found')
      const archivedAt = product.archivedAt ?? decision.now
      const gone = { slug: deletedSlug(id), archivedAt, deletedAt: decision.now, images: [] }
      this.#books.products.save({ ...product, ...gone }, decision.revision)
      for (const variant of this.#books.stock.ofProduct(id))
        this.#books.stock.describe(
          { id: variant.id, sku: null, archivedAt: variant.archivedAt ?? decision.now },
          decision.revision,
        )
      this.#ledger.owe({ kind: 'stripe.product', key: id }, decision)
      this.#imaging.drop(product.images, decision)
      return ok(this.#shelved(product))
    })
  }

  /** A product that is not gone for good. */
  #kept(id: string): Product | null {
    const product = this.#books.products.get(id)
    return product?.deletedAt === null ? product : null
  }

  /** What a repeated call made the first time, as it stands now. */
  #madeBefore(attempt: Attempt | null | undefined): Outcome<ShelvedProduct> | null {
    const first = attempt ? this.#books.replies.find(attempt) : null
    if (first === null) return null
    if (first === 'other') return no('idempotency_mismatch')
    const product = first.ok ? this.#books.products.get(String(first.value)) : null
    return product === null ? no('product_not_found') : ok(this.#shelved(product))
  }

  addVariant(
    caller: Caller,
    productId: string,
    input: VariantInput,
    made: { id: string; attempt: Attempt | null },
  ): Outcome<ShelvedProduct> {
    return this.#ledger.decide((decision) => {
      const refusal = this.#gate.admit(caller, 'admin', decision.now)
      if (refusal) return refusal
      const before = this.#madeBefore(made.attempt)
      if (before) return before
      const product = this.#kept(productId)
      if (product === null) return no('product_not_found')
      const present = this.#books.stock.ofProduct(productId)
      const wrong = this.#wrongVariants(product.options, [
        ...present.map((variant) => ({ sku: null, options: { ...variant.options }, prices: [], stock: null })),
        input,
      ])
      if (wrong) return wrong
      const refused = this.#addVariant(input, { id: made.id, productId, position: present.length }, decision)
      if (refused) return refused
      if (made.attempt) this.#books.replies.keep(made.attempt, ok(productId), decision.now)
      this.#books.products.save(product, decision.revision)
      this.#ledger.owe({ kind: 'stripe.product', key: productId }, decision)
      return ok(this.#shelved(product))
    })
  }

  /** A price change keeps the old price for the orders that were made with it; Stripe's is retired afterwards. */
  updateVariant(caller: Caller, id: string, patch: VariantPatch): Outcome<ShelvedProduct> {
    return this.#ledger.decide((decision) => {
      const refusal = this.#gate.admit(caller, 'admin', decision.now)
      if (refusal) return refusal
      const variant = this.#books.stock.get(id)
      const product = variant && this.#kept(variant.productId)
      if (!variant || !product) return no('variant_not_found')
      const sku = patch.sku === undefined ? variant.sku : patch.sku
      const holder = sku === null ? null : this.#books.stock.bySku(sku)
      if (holder !== null && holder.id !== id) return no('sku_taken')
      const archivedAt = patch.archived === undefined ? variant.archivedAt : patch.archived ? decision.now : null
      this.#books.stock.describe({ id, sku, archivedAt }, decision.revision)
      if (patch.prices !== undefined) this.#books.products.setPrices(id, patch.prices, decision.now)
      this.#books.products.save(product, decision.revision)
      this.#ledger.owe({ kind: 'stripe.product', key: product.id }, decision)
      return ok(this.#shelved(product))
    })
  }

  /**
   * Moves stock by a difference, or sets it if nobody moved it since `ifRevision`. Never below what orders hold. Repeated
   * under its key it moves nothing and answers the same, also when that was a refusal.
   */
  changeStock(caller: Caller, id: string, change: StockChange, attempt: Attempt | null): Outcome<Moved> {
    const decided = this.#ledger.decide((decision): Outcome<Outcome<Moved>> => {
      const refusal = this.#gate.admit(caller, 'admin', decision.now)
      if (refusal) return refusal
      const first = attempt && this.#books.replies.find(attempt)
      if (first === 'other') return no('idempotency_mismatch')
      if (first) return ok(first as Outcome<Moved>)
      const moved = this.#moveStock(id, change, decision)
      if (attempt) this.#books.replies.keep(attempt, moved, decision.now)
      return attempt || moved.ok ? ok(moved) : moved
    })
    return decided.ok ? decided.value : decided
  }

  #moveStock(id: string, change: StockChange, decision: Decision): Outcome<Moved> {
    const variant = this.#books.stock.get(id)
    if (variant === null) return no('variant_not_found')
    const movement = {
      id: decision.nextId(),
      reason: 'delta' in change ? ('adjustment' as const) : ('count' as const),
      actor: 'secret key',
      orderId: null,
      note: change.reason ?? null,
      now: decision.now,
      revision: decision.revision,
    }
    const next = 'delta' in change ? (variant.onHand === null ? null : variant.onHand + change.delta) : change.set
    if ('ifRevision' in change && change.ifRevision !== variant.revision)
      return no('stock_changed', { revision: variant.revision, onHand: variant.onHand, reserved: variant.reserved })
    if ('delta' in change && variant.onHand === null)
      return no('invalid_request', { message: 'This variant is sold without limit. Set a stock first.' })
    if (next !== null && next < variant.reserved)
      return no('stock_reserved', {
        message: `Open orders hold ${variant.reserved} of it; ${next} would be left.`,
        reserved: variant.reserved,
        onHand: variant.onHand,
      })
    this.#books.stock.set(variant, next, movement)
    const after = this.#books.stock.get(id) ?? variant
    return ok({ variant: after, available: availableOf(after) })
  }

  ledgerOf(
    caller: Caller,
    query: { variantId: string | null; before: number | null; limit: number },
  ): Outcome<LedgerEntry[]> {
    const refusal = this.#gate.admit(caller, 'read', this.#ledger.now())
    return refusal ?? ok(this.#books.stock.ledger(query))
  }

  shop(caller: Caller): Outcome<Shop> {
    const refusal = this.#gate.admit(caller, 'read', this.#ledger.now())
    return refusal ?? ok(this.#books.settings.require().shop)
  }

  changeShop(caller: Caller, change: ShopSettings): Outcome<Shop> {
    return this.#ledger.decide((decision) => {
      const refusal = this.#gate.admit(caller, 'admin', decision.now)
      if (refusal) return refusal
      const settings = this.#books.settings.require()
      const given = Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined))
      const shop: Shop = { ...settings.shop, ...given }
      if (Object.keys(given).length > 0) this.#books.settings.save({ ...settings, shop }, decision.revision)
      return ok(shop)
    })
  }

  /** What is still to be done at Stripe for a product; nothing is done twice. */
  taskOf(productId: string): Outcome<ProductTask | null> {
    const product = this.#books.products.get(productId)
    if (product === null) return ok(null)
    const settings = this.#books.settings.require()
    const variants = this.#books.stock.ofProduct(productId)
    const prices = variants.flatMap((variant) => this.#books.products.prices(variant.id))
    return ok({
      settings,
      stripeAccount: settings.stripeAccount,
      product,
      unlinked: prices
        .filter((price) => price.stripePriceId === null)
        .map((price) => ({ price, options: variants.find(({ id }) => id === price.variantId)?.options ?? {} })),
      reopened: prices.flatMap(({ closed, stripePriceId }) =>
        closed && stripePriceId !== null ? [stripePriceId] : [],
      ),
      retired: variants
        .flatMap(({ id }) => this.#books.products.retired(id))
        .flatMap((price) =>
          price.stripePriceId === null || this.#books.orders.asks(price) ? [] : [price.stripePriceId],
        ),
      active: product.archivedAt === null || variants.some(({ id }) => this.#books.orders.holds(id)),
    })
  }

  linkProduct(productId: string, stripeProductId: string): Outcome<null> {
    return this.#ledger.decide(({ revision }) => {
      const product = this.#books.products.get(productId)
      if (product === null) return no('product_not_found')
      if (product.stripeProductId === null) this.#books.products.save({ ...product, stripeProductId }, revision)
      return ok(null)
    })
  }

  linkPrice(price: VariantPrice, stripePriceId: string): Outcome<null> {
    return this.#ledger.decide(({ revision }) => {
      this.#books.products.linkPrice(price, stripePriceId)
      const variant = this.#books.stock.get(price.variantId)
      if (variant) this.#books.stock.describe(variant, revision)
      return ok(null)
    })
  }

  /** Stripe's price was closed or opened. If it came to be sold or not meanwhile, it is seen to again. */
  closePrice(link: { productId: string; stripePriceId: string; closed: boolean }): Outcome<null> {
    return this.#ledger.decide((decision) => {
      const wanted = this.#books.products.closePrice(link.stripePriceId, link.closed ? decision.now : null)
      if (wanted === link.closed) this.#ledger.owe({ kind: 'stripe.product', key: link.productId }, decision)
      return ok(null)
    })
  }

  #shelved(product: Product): ShelvedProduct {
    const variants = this.#books.stock.onSale(product.id)
    return {
      product,
      variants: variants.map((variant) => ({ variant, prices: this.#books.products.prices(variant.id) })),
    }
  }
}
