/** What is sold, in the order shown. Prices are only shown here: the server decides them. */

import type { Tier } from '@dream-api/sdk'
import { config } from './config'
import { dream, here, leaveFor } from './dream'
import { money } from './words'

export async function listPlans(): Promise<Tier[]> {
  const { tiers } = await dream.products.listTiers()
  return tiers.toSorted((one, other) => one.price - other.price)
}

export const priceOf = ({ price, currency }: Tier): string => money(price, currency)

export const intervalOf = ({ interval }: Tier): string => config.pricing[interval ?? 'month']

export const offersOf = ({ features = [] }: Tier): readonly string[] => features

/** Leaves for the page where the plan is paid. From there the way back is by a page that waits until the plan is known. */
export async function buy(tier: Tier): Promise<void> {
  const { url } = await dream.billing.createCheckout({
    tier: tier.name,
    successUrl: dream.auth.getRefreshUrl({ redirect: '/dashboard' }),
    cancelUrl: here('/choose-plan'),
  })
  await leaveFor(url)
}
