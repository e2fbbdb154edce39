/** A project as it is, in the words of a config file: what is said by default is left out. */

import type { DreamAdmin, EditedTier, ProjectSettings, WebhookEndpoint } from '../../admin.ts'
import type { ConfigProduct, DreamConfig } from '../../config.ts'
import type { Product } from '../../products.ts'
import type { Shop } from '../../shop.ts'
import type { TierInput, TierLimits } from '../../tiers.ts'

/** What is there, with the ids and revisions by which it is changed. */
export interface Present {
  readonly project: ProjectSettings
  readonly shop: Shop
  readonly tiers: readonly EditedTier[]
  readonly products: readonly Product[]
  readonly endpoints: readonly WebhookEndpoint[]
}

export async function readPresent(admin: DreamAdmin): Promise<Present> {
  const { project } = await admin.settings.get()
  const products: Product[] = []
  for (const archived of [false, true])
    for await (const product of admin.products.list({ archived, limit: 100 })) products.push({ ...product, archived })
  return {
    project,
    products,
    shop: (await admin.shop.get()).shop,
    tiers: (await admin.tiers.list()).tiers,
    endpoints: (await admin.endpoints.list()).endpoints,
  }
}

/** What `pull` writes down. */
export function toConfig({ project, shop, tiers, products, endpoints }: Present): DreamConfig {
  return {
    settings: { allowedOrigins: [...project.allowedOrigins], automaticTax: project.automaticTax },
    ...(project.type === 'store' && { shop }),
    tiers: tiers.filter(({ archivedAt }) => archivedAt === null).map((tier) => brief(fromTier(tier))),
    ...(products.length > 0 && {
      products: products.filter(({ archived }) => !archived).map((product) => brief(fromProduct(product))),
    }),
    endpoints: endpoints.map(({ url, events, description }) => brief({ url, events: [...events], description })),
  }
}

/** Without what is so anyway. */
const brief = <T extends object>(whole: T): T =>
  Object.fromEntries(
    Object.entries(whole).filter(
      ([, value]) => value !== null && value !== '' && value !== false && !isEmptyList(value),
    ),
  ) as T
const isEmptyList = (value: unknown): boolean => Array.isArray(value) && value.length === 0

/** A tier with everything said. */
export const wholeTier = (tier: TierInput): Required<TierInput> => ({
  slug: tier.slug,
  displayName: tier.displayName,
  description: tier.description ?? '',
  features: tier.features ?? [],
  popular: tier.popular ?? false,
  trialDays: tier.trialDays ?? null,
  requestsPerMinute: tier.requestsPerMinute ?? null,
  limits: wholeLimits(tier.limits),
  prices: tier.prices.map(({ interval, unitAmount, currency }) => ({ interval, unitAmount, currency })),
})

const wholeLimits = (limits: TierLimits): TierLimits =>
  Object.fromEntries(
    Object.entries(limits)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([meter, { limit, period, spendCredits = 'after' }]) => [
        meter,
        { limit, period, ...(spendCredits === 'before' && { spendCredits }) },
      ]),
  )

export const fromTier = ({ prices, features, ...tier }: EditedTier): Required<TierInput> =>
  wholeTier({ ...tier, features: [...features], prices: prices.filter(({ onSale }) => onSale) })

/** A product with everything said but the stock, which moves by itself. */
export const wholeProduct = (product: ConfigProduct): Required<ConfigProduct> => ({
  slug: product.slug,
  name: product.name,
  description: product.description ?? '',
  features: product.features ?? [],
  options: product.options ?? [],
  grant: product.grant ?? null,
  variants: product.variants.map(({ sku = null, options = {}, prices }) => ({
    sku,
    options,
    prices: prices.map(({ unitAmount, currency }) => ({ unitAmount, currency })),
  })),
})

export const fromProduct = (product: Product): Required<ConfigProduct> => wholeProduct({ ...product })
