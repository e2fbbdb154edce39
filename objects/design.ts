/** What a project is apart from its people and its sales: what a promotion carries from test mode to live mode. */

import type { TierInput } from '../sdk/schema/catalog.ts'
import type { Mode, ProjectType } from '../sdk/schema/common.ts'
import type { Grant, Money } from '../sdk/schema/product.ts'
import type { Books } from './books.ts'
import type { Tier } from './catalog.ts'
import type { Product } from './products.ts'
import type { Shop } from './settings.ts'
import type { Variant } from './stock.ts'

export interface Design {
  readonly name: string
  readonly type: ProjectType
  readonly allowedOrigins: readonly string[]
  readonly automaticTax: boolean
  readonly accentColor: string | null
  readonly shop: Shop
  /** Lowest first. */
  readonly tiers: readonly DesignedTier[]
  /** In the order shown. */
  readonly products: readonly DesignedProduct[]
}

export type DesignedTier = Readonly<TierInput> & { readonly archived: boolean }

/** A product has the same id in both modes, and so have its variants. */
export interface DesignedProduct {
  readonly id: string
  readonly slug: string
  readonly name: string
  readonly description: string
  readonly features: readonly string[]
  /** Names of images without the mode; see `imageKey`. */
  readonly images: readonly string[]
  readonly options: readonly string[]
  readonly grant: Grant | null
  readonly archived: boolean
  readonly variants: readonly DesignedVariant[]
}

export interface DesignedVariant {
  readonly id: string
  readonly sku: string | null
  readonly options: Readonly<Record<string, string>>
  readonly prices: readonly Money[]
  readonly archived: boolean
}

/** What is on the shelf, by variant; `null` is without limit. */
export type ShelfStock = Readonly<Record<string, number | null>>

export function designOf(books: Books): Design {
  const { name, type, allowedOrigins, automaticTax, accentColor, shop } = books.settings.require()
  const tiers = books.catalog.tiers().map(toDesignedTier)
  const products = books.products.all().map((product) => toDesignedProduct(product, books))
  return { name, type, allowedOrigins, automaticTax, accentColor, shop, tiers, products }
}

export function stockOf(books: Books): ShelfStock {
  const variants = books.products.all().flatMap(({ id }) => books.stock.ofProduct(id))
  return Object.fromEntries(variants.map(({ id, onHand }) => [id, onHand]))
}

export const toDesignedTier = (tier: Tier): DesignedTier => ({
  slug: tier.slug,
  displayName: tier.displayName,
  description: tier.description,
  features: [...tier.features],
  popular: tier.popular,
  trialDays: tier.trialDays,
  requestsPerMinute: tier.requestsPerMinute,
  limits: tier.limits,
  prices: tier.prices.map(({ interval, unitAmount, currency }) => ({ interval, unitAmount, currency })),
  archived: tier.archivedAt !== null,
})

export const toDesignedProduct = (product: Product, books: Books): DesignedProduct => ({
  id: product.id,
  slug: product.slug,
  name: product.name,
  description: product.description,
  features: product.features,
  images: product.images.map(imageName),
  options: product.options,
  grant: product.grant,
  archived: product.archivedAt !== null,
  variants: books.stock.ofProduct(product.id).map((variant) => toDesignedVariant(variant, books)),
})

const toDesignedVariant = ({ id, sku, options, archivedAt }: Variant, books: Books): DesignedVariant => ({
  id,
  sku,
  options,
  prices: books.products.prices(id).map(({ unitAmount, currency }) => ({ unitAmount, currency })),
  archived: archivedAt !== null,
})

/** Both modes share the project's folder of images; the first letter of a file says whose it is. */
export const imageKey = (name: string, { projectId, mode }: { projectId: string; mode: Mode }): string =>
  `${projectId}/${mode[0]}${name}`
const imageName = (key: string): string => key.slice(key.indexOf('/') + 2)

/** The same text for the same thing, in whatever order its fields were written. */
export const canonical = (value: unknown): string =>
  JSON.stringify(value, (_, part: unknown) =>
    part !== null && typeof part === 'object' && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  )

/** Has live all that test says of a product? What only live has is its own, and what was never sold need not come. */
export function isTaken(product: DesignedProduct, present: DesignedProduct): boolean {
  const there = new Set(present.variants.map(({ id }) => id))
  const wanted = product.variants.filter(({ id, archived }) => there.has(id) || !archived)
  const known = present.variants.filter(({ id }) => product.variants.some((variant) => variant.id === id))
  return isSame({ ...product, variants: inOrder(wanted) }, { ...present, variants: inOrder(known) })
}

const inOrder = (variants: readonly DesignedVariant[]) => variants.toSorted((a, b) => (a.id < b.id ? -1 : 1))

export const isSame = (a: unknown, b: unknown): boolean => canonical(a) === canonical(b)
