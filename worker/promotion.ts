/** What a promotion would do: the differences between test and live, and what new variants begin with. Pure. */

import {
  isSame,
  isTaken,
  type Design,
  type DesignedProduct,
  type DesignedVariant,
  type ShelfStock,
} from '../objects/design.ts'
import type { StockChoice } from '../sdk/schema/promotion.ts'
import { refuse } from './http.ts'

export interface Difference {
  readonly kind: 'settings' | 'shop' | 'tier' | 'product' | 'variant'
  /** A tier's slug, or the id of a product or a variant, which is the same in both modes. */
  readonly id: string | null
  readonly name: string
  readonly change: 'create' | 'update' | 'archive'
  /** What live has and what it would have. */
  readonly fields: Readonly<Record<string, { readonly from: unknown; readonly to: unknown }>>
}

/** All that live lacks of what test has, or has otherwise. What only live has is left alone. */
export function differencesOf(test: Design, live: Design | null): Difference[] {
  const settings = { automaticTax: test.automaticTax, accentColor: test.accentColor }
  return [
    ...(live === null
      ? [make('settings', null, test.name, { ...settings, name: test.name, allowedOrigins: test.allowedOrigins })]
      : []),
    ...change(
      'settings',
      { id: null, name: test.name },
      live && { automaticTax: live.automaticTax, accentColor: live.accentColor },
      settings,
    ),
    ...change('shop', { id: null, name: test.name }, live && live.shop, test.shop),
    ...test.tiers.flatMap(({ slug, ...tier }) => {
      const present = live?.tiers.find((one) => one.slug === slug)
      const thing = { id: slug, name: tier.displayName }
      if (present === undefined) return tier.archived ? [] : [make('tier', slug, tier.displayName, tier)]
      const { slug: _, ...before } = present
      return change('tier', thing, before, tier)
    }),
    ...test.products.flatMap((product) =>
      ofProduct(
        product,
        live?.products.find(({ id }) => id === product.id),
      ),
    ),
  ]
}

function ofProduct(product: DesignedProduct, present: DesignedProduct | undefined): Difference[] {
  if (present === undefined && product.archived) return []
  if (present !== undefined && isTaken(product, present)) return []
  const { id, name, variants, ...rest } = product
  const itself =
    present === undefined
      ? [make('product', id, name, { name, ...rest })]
      : change('product', { id, name }, withoutVariants(present), { name, ...rest })
  return [...itself, ...variants.flatMap((variant) => ofVariant(variant, { name, present }))]
}

function ofVariant(
  variant: DesignedVariant,
  { name, present }: { name: string; present: DesignedProduct | undefined },
): Difference[] {
  const before = present?.variants.find(({ id }) => id === variant.id)
  const { id, ...rest } = variant
  const title = [name, ...Object.values(variant.options)].join(' · ')
  if (before === undefined) return variant.archived ? [] : [make('variant', id, title, rest)]
  const { id: _, ...fields } = before
  return change('variant', { id, name: title }, fields, rest)
}

function withoutVariants({ id: _, variants: __, ...rest }: DesignedProduct): object {
  return rest
}

function make(kind: Difference['kind'], id: string | null, name: string, fields: object): Difference {
  const entries = Object.entries(fields).filter(([field]) => field !== 'archived')
  const made = Object.fromEntries(entries.map(([field, to]) => [field, { from: null, to: to as unknown }]))
  return { kind, id, name, change: 'create', fields: made }
}

function change(
  kind: Difference['kind'],
  { id, name }: { id: string | null; name: string },
  before: object | null,
  after: object,
): Difference[] {
  if (before === null) return kind === 'shop' ? [make(kind, id, name, after)] : []
  const known = before as Record<string, unknown>
  const fields = Object.entries(after).filter(([field, to]) => !isSame(known[field], to))
  if (fields.length === 0) return []
  const archives = fields.some(([field, to]) => field === 'archived' && to === true)
  return [
    {
      kind,
      id,
      name,
      change: archives ? 'archive' : 'update',
      fields: Object.fromEntries(fields.map(([field, to]) => [field, { from: known[field], to: to as unknown }])),
    },
  ]
}

/** What the variants that live will get begin with. Whoever counts stock must say so: nothing is guessed. */
export function stockFor(
  test: { design: Design; stock: ShelfStock },
  live: Design | null,
  choice: StockChoice | undefined,
): ShelfStock {
  const there = new Set(live?.products.flatMap(({ variants }) => variants.map(({ id }) => id)))
  const products = test.design.products.filter(
    ({ id, archived }) => !archived || live?.products.some((product) => product.id === id) === true,
  )
  const counted = products
    .flatMap(({ variants }) => variants)
    .filter(({ id, archived }) => !archived && !there.has(id) && (test.stock[id] ?? null) !== null)
  const names = counted.map(nameOf)
  if (counted.length > 0 && choice === undefined) return refuse('stock_choice_required', { variants: names })
  if (typeof choice === 'object') {
    const unknown = Object.keys(choice).filter((name) => !names.includes(name))
    const left = names.filter((name) => !Object.hasOwn(choice, name))
    if (unknown.length > 0) refuse('invalid_request', { message: `stock.${unknown[0]} is nothing that live will get.` })
    if (left.length > 0) refuse('stock_choice_required', { variants: left })
  }
  const beginsWith = (variant: DesignedVariant): number | null => {
    if (choice === 'zero') return 0
    return typeof choice === 'object' ? (choice[nameOf(variant)] ?? 0) : (test.stock[variant.id] ?? null)
  }
  return Object.fromEntries(counted.map((variant) => [variant.id, beginsWith(variant)]))
}

const nameOf = ({ sku, id }: DesignedVariant): string => sku ?? id
