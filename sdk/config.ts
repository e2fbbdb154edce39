/** A project as a file: what it sells, how its shop sells, which pages may call it and who hears of its events. */

import type { EndpointInput } from './endpoints.ts'
import type { Grant, Money } from './products.ts'
import type { SettingsPatch } from './settings.ts'
import type { Shop } from './shop.ts'
import type { TierInput } from './tiers.ts'

export interface ConfigVariant {
  sku?: string | null
  /** One value for each option of the product: `{ size: 'M' }`. */
  options?: Record<string, string>
  prices: Money[]
  /** What it begins with when it is made; afterwards stock moves by sales and by `products.changeStock`. */
  stock?: number | null
}

export interface ConfigProduct {
  /** Names it: another slug is another product. */
  slug: string
  name: string
  description?: string
  features?: string[]
  /** Names of the options; those of a product that is there stay. */
  options?: string[]
  grant?: Grant | null
  /** Named by their options; without any, there is one. */
  variants: ConfigVariant[]
}

/** What is left out is left alone. Of a list that is given, what is not in it is to be taken away. */
export interface DreamConfig {
  settings?: Omit<SettingsPatch, 'ifRevision'>
  shop?: Partial<Shop>
  /** The lowest first; named by their slugs. */
  tiers?: TierInput[]
  products?: ConfigProduct[]
  /** Named by their addresses. */
  endpoints?: EndpointInput[]
}

/**
 * Gives the file its types. `npx @dream-api/sdk pull` writes it, `plan` tells what it would change, `push` changes it.
 *
 * @example
 * ```ts
 * const config = defineConfig({
 *   settings: { allowedOrigins: ['https://app.example'] },
 *   tiers: [
 *     {
 *       slug: 'free',
 *       displayName: 'Free',
 *       limits: { requests: { limit: 100, period: 'month' } },
 *       prices: [{ interval: 'month', unitAmount: 0, currency: 'usd' }],
 *     },
 *   ],
 * })
 * console.log(config.tiers?.length)
 * ```
 */
export function defineConfig(config: DreamConfig): DreamConfig {
  return config
}

export type { EndpointInput, WebhookEventType } from './endpoints.ts'
export type { Grant, Money } from './products.ts'
export type { Shop } from './shop.ts'
export type { TierAmount, TierInput, TierLimits } from './tiers.ts'
