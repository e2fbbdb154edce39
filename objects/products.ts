/** What a project sells once: products and the prices of their variants. The shelf itself is in `stock.ts`. */

import type { Change } from '../sdk/schema/feed.ts'
import type { Grant, Money } from '../sdk/schema/product.ts'
import type { Step } from './migrations.ts'
import type { Store } from './store.ts'

export const PRODUCTS_SCHEMA: Step = [
  `CREATE TABLE products (
    id TEXT PRIMARY KEY,
    slug TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    features TEXT NOT NULL,
    images TEXT NOT NULL,
    options TEXT NOT NULL,
    grant_of TEXT,
    position INTEGER NOT NULL,
    stripe_product_id TEXT UNIQUE,
    created_at INTEGER NOT NULL,
    archived_at INTEGER,
    revision INTEGER NOT NULL
  ) STRICT`,
  'CREATE INDEX products_position ON products (position, id)',
  'CREATE INDEX products_revision ON products (revision)',
  `CREATE TABLE variant_prices (
    variant_id TEXT NOT NULL,
    currency TEXT NOT NULL,
    unit_amount INTEGER NOT NULL CHECK (unit_amount > 0),
    stripe_price_id TEXT UNIQUE,
    retired_at INTEGER,
    PRIMARY KEY (variant_id, currency, unit_amount)
  ) STRICT, WITHOUT ROWID`,
]

/** Stripe's price of one that is not sold any more is closed there; one that is sold again must be opened. */
export const CLOSED_PRICES_SCHEMA: Step = ['ALTER TABLE variant_prices ADD COLUMN closed_at INTEGER']

/** Since the slug of a product that is gone for good may be given to another. */
export const DELETED_PRODUCTS_SCHEMA: Step = ['ALTER TABLE products ADD COLUMN deleted_at INTEGER']

/** What is in place of a slug that was let go: no slug has a colon. */
export const deletedSlug = (id: string): string => `${id}:deleted`

export interface Product {
  readonly id: string
  readonly slug: string
  readonly name: string
  readonly description: string
  readonly features: readonly string[]
  readonly images: readonly string[]
  readonly options: readonly string[]
  readonly grant: Grant | null
  readonly position: number
  readonly stripeProductId: string | null
  readonly createdAt: number
  readonly archivedAt: number | null
  /** Gone for good; the row stays for the orders that name it. */
  readonly deletedAt: number | null
  readonly revision: number
}

export interface VariantPrice extends Money {
  readonly variantId: string
  readonly stripePriceId: string | null
  /** Stripe's price takes no payments. */
  readonly closed: boolean
}

type ProductRow = {
  id: string
  slug: string
  name: string
  description: string
  features: string
  images: string
  options: string
  grant_of: string | null
  position: number
  stripe_product_id: string | null
  created_at: number
  archived_at: number | null
  deleted_at: number | null
  revision: number
}

type PriceRow = {
  variant_id: string
  currency: string
  unit_amount: number
  stripe_price_id: string | null
  closed_at: number | null
}

const toProduct = (row: ProductRow): Product => ({
  id: row.id,
  slug: row.slug,
  name: row.name,
  description: row.description,
  features: JSON.parse(row.features) as string[],
  images: JSON.parse(row.images) as string[],
  options: JSON.parse(row.options) as string[],
  grant: row.grant_of === null ? null : (JSON.parse(row.grant_of) as Grant),
  position: row.position,
  stripeProductId: row.stripe_product_id,
  createdAt: row.created_at,
  archivedAt: row.archived_at,
  deletedAt: row.deleted_at,
  revision: row.revision,
})

const toPrice = (row: PriceRow): VariantPrice => ({
  variantId: row.variant_id,
  currency: row.currency,
  unitAmount: row.unit_amount,
  stripePriceId: row.stripe_price_id,
  closed: row.closed_at !== null,
})

/** What a search looks into. SQLite would fold only the letters of ASCII. */
const textOf = ({ name, slug, description }: ProductRow): string => `${name}\n${slug}\n${description}`.toLowerCase()

export interface ProductPlace {
  readonly position: number
  readonly id: string
}

export class Products {
  readonly #store: Store

  constructor(store: Store) {
    this.#store = store
  }

  get(id: string): Product | null {
    const row = this.#store.maybe<ProductRow>('SELECT * FROM products WHERE id = ?', id)
    return row && toProduct(row)
  }

  /** Finds a product by our id, its id at Stripe, its slug or its name. */
  named(key: string): Product | null {
    const row =
      this.#store.maybe<ProductRow>('SELECT * FROM products WHERE id = ? OR stripe_product_id = ?', key, key) ??
      this.#store.maybe<ProductRow>('SELECT * FROM products WHERE slug = ?', key.toLowerCase()) ??
      this.#byName(key)
    return row && toProduct(row)
  }

  /** One on sale before one that is not. SQLite folds only the letters of ASCII: other names are compared here. */
  #byName(name: string): ProductRow | null {
    const folded = name.toLowerCase()
    if (/^[ -~]*$/.test(name))
      return this.#store.maybe<ProductRow>(
        'SELECT * FROM products WHERE lower(name) = ? ORDER BY archived_at IS NOT NULL, position',
        folded,
      )
    const rows = this.#store.all<ProductRow>('SELECT * FROM products ORDER BY archived_at IS NOT NULL, position')
    return rows.find((row) => row.name.toLowerCase() === folded) ?? null
  }

  slugTaken(slug: string): boolean {
    return this.#store.maybe('SELECT 1 AS x FROM products WHERE slug = ?', slug) !== null
  }

  /** Is there a product with this image? */
  shows(image: string): boolean {
    return this.#store.maybe('SELECT 1 AS x FROM products, json_each(images) WHERE value = ? LIMIT 1', image) !== null
  }

  /** Every image that some product shows. */
  shown(): string[] {
    return this.#store
      .all<{ value: string }>('SELECT DISTINCT value FROM products, json_each(images)')
      .map(({ value }) => value)
  }

  nextPosition(): number {
    return this.#store.one<{ n: number }>('SELECT coalesce(max(position) + 1, 0) AS n FROM products').n
  }

  /** The newest revision of any product. */
  latest(): number {
    return this.#store.one<{ n: number }>('SELECT coalesce(max(revision), 0) AS n FROM products').n
  }

  count(): number {
    return this.#store.one<{ n: number }>('SELECT count(*) AS n FROM products WHERE archived_at IS NULL').n
  }

  save(product: Product, revision: number): void {
    this.#store.run(
      `INSERT INTO products (id, slug, name, description, features, images, options, grant_of, position,
         stripe_product_id, created_at, archived_at, deleted_at, revision)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (id) DO UPDATE SET
         slug = excluded.slug, name = excluded.name, description = excluded.description, features = excluded.features,
         images = excluded.images, grant_of = excluded.grant_of, position = excluded.position,
         stripe_product_id = excluded.stripe_product_id, archived_at = excluded.archived_at,
         deleted_at = excluded.deleted_at, revision = excluded.revision`,
      product.id,
      product.slug,
      product.name,
      product.description,
      JSON.stringify(product.features),
      JSON.stringify(product.images),
      JSON.stringify(product.options),
      product.grant === null ? null : JSON.stringify(product.grant),
      product.position,
      product.stripeProductId,
      product.createdAt,
      product.archivedAt,
      product.deletedAt,
      revision,
    )
  }

  /** In the order shown, after the cursor. `search` looks into name, slug and description. */
  page(query: { after: ProductPlace | null; limit: number; search: string | null; archived: boolean }): Product[] {
    const after = query.after ?? { position: -1, id: '' }
    const { search } = query
    const rows = this.#store.all<ProductRow>(
      `SELECT * FROM products
       WHERE (position, id) > (?, ?) AND (archived_at IS NOT NULL) = ? AND deleted_at IS NULL
       ORDER BY position, id
       LIMIT ?`,
      after.position,
      after.id,
      query.archived ? 1 : 0,
      search === null ? query.limit : -1,
    )
    const found = search === null ? rows : rows.filter((row) => textOf(row).includes(search)).slice(0, query.limit)
    return found.map(toProduct)
  }

  /** The prices on sale of a variant, as listed; the first is the one shown. */
  prices(variantId: string): VariantPrice[] {
    return this.#store
      .all<PriceRow>(
        'SELECT * FROM variant_prices WHERE variant_id = ? AND retired_at IS NULL ORDER BY currency <> ?, currency',
        variantId,
        'usd',
      )
      .map(toPrice)
  }

  price(variantId: string, currency: string): VariantPrice | null {
    return this.prices(variantId).find((price) => price.currency === currency) ?? null
  }

  /** A price that was once asked for, on sale or not. */
  priceAt(sale: { variantId: string; currency: string; unitAmount: number }): VariantPrice | null {
    const row = this.#store.maybe<PriceRow>(
      'SELECT * FROM variant_prices WHERE variant_id = ? AND currency = ? AND unit_amount = ?',
      sale.variantId,
      sale.currency,
      sale.unitAmount,
    )
    return row && toPrice(row)
  }

  priceOf(stripePriceId: string): VariantPrice | null {
    const row = this.#store.maybe<PriceRow>('SELECT * FROM variant_prices WHERE stripe_price_id = ?', stripePriceId)
    return row && toPrice(row)
  }

  /** Replaces the prices on sale; retired ones stay known for the orders that were made with them. */
  setPrices(variantId: string, prices: readonly Money[], now: number): void {
    this.#store.run(
      'UPDATE variant_prices SET retired_at = ? WHERE variant_id = ? AND retired_at IS NULL',
      now,
      variantId,
    )
    for (const price of prices) {
      this.#store.run(
        `INSERT INTO variant_prices (variant_id, currency, unit_amount) VALUES (?, ?, ?)
         ON CONFLICT (variant_id, currency, unit_amount) DO UPDATE SET retired_at = NULL`,
        variantId,
        price.currency,
        price.unitAmount,
      )
    }
  }

  /** Is there a product that grants this meter? */
  grants(meter: string): boolean {
    return this.#store.maybe("SELECT 1 AS x FROM products WHERE grant_of ->> 'meter' = ?", meter) !== null
  }

  linkPrice(price: VariantPrice, stripePriceId: string): void {
    this.#store.run(
      `UPDATE variant_prices SET stripe_price_id = ?
       WHERE variant_id = ? AND currency = ? AND unit_amount = ? AND stripe_price_id IS NULL`,
      stripePriceId,
      price.variantId,
      price.currency,
      price.unitAmount,
    )
  }

  /** Forgets what all is called at Stripe. */
  unlink(revision: number): void {
    this.#store.run('UPDATE variant_prices SET stripe_price_id = NULL, closed_at = NULL')
    this.#store.run('UPDATE products SET stripe_product_id = NULL, revision = ?', revision)
  }

  /** Every product, archived ones included, in the order shown. */
  all(): Product[] {
    return this.#store.all<ProductRow>('SELECT * FROM products ORDER BY position, id').map(toProduct)
  }

  /** Ids of the products that Stripe must know. */
  onSale(): string[] {
    return this.#store.all<{ id: string }>('SELECT id FROM products WHERE archived_at IS NULL').map(({ id }) => id)
  }

  /** Stripe prices of a variant that are not on sale any more and still open there. */
  retired(variantId: string): VariantPrice[] {
    return this.#store
      .all<PriceRow>(
        `SELECT * FROM variant_prices
         WHERE variant_id = ? AND retired_at IS NOT NULL AND closed_at IS NULL AND stripe_price_id IS NOT NULL`,
        variantId,
      )
      .map(toPrice)
  }

  /** Remembers whether Stripe's price takes payments; answers whether it should. */
  closePrice(stripePriceId: string, closedAt: number | null): boolean {
    const row = this.#store.maybe<{ retired_at: number | null }>(
      'UPDATE variant_prices SET closed_at = ? WHERE stripe_price_id = ? RETURNING retired_at',
      closedAt,
      stripePriceId,
    )
    return row !== null && row.retired_at === null
  }

  /** What the products and their prices are called at Stripe, retired ones included. */
  stripeIds(): string[] {
    return this.#store
      .all<{ id: string }>(
        `SELECT stripe_product_id AS id FROM products WHERE stripe_product_id IS NOT NULL
         UNION SELECT stripe_price_id FROM variant_prices WHERE stripe_price_id IS NOT NULL`,
      )
      .map(({ id }) => id)
  }

  since(revision: number, limit: number): Change[] {
    return this.#store
      .all<ProductRow>('SELECT * FROM products WHERE revision > ? ORDER BY revision LIMIT ?', revision, limit)
      .map(toProduct)
      .map((product) => ({ kind: 'product', id: product.id, revision: product.revision, row: { ...product } }))
  }
}
