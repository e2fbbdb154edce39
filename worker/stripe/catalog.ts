/** What a tier is called on the developer's Stripe account; made there when it is first sold. */

import type { Settings } from '../../objects/settings.ts'
import type { Tier, TierPrice } from '../../objects/catalog.ts'
import type { Env } from '../env.ts'
import { need } from '../http.ts'
import { projectAt, type Address } from '../stub.ts'
import { assertObject, keyWith, onAccount, stripeFor } from './client.ts'

export interface Place {
  readonly env: Env
  readonly address: Address
}

/** The Stripe price of a tier's price. Made once, whoever asks first: the keys are made from the tier, not the call. */
export async function ensurePrice(
  sale: { settings: Settings; stripeAccount: string; tier: Tier; price: TierPrice },
  { env, address }: Place,
): Promise<string> {
  const { tier, price, stripeAccount } = sale
  if (price.stripePriceId !== null) return price.stripePriceId
  const stripe = stripeFor(address.mode, env)
  const metadata = { dream_project: address.projectId, dream_tier: tier.slug }
  const own = `${address.projectId}:${tier.slug}`
  const facts = {
    name: tier.displayName,
    metadata,
    ...(tier.description === '' ? {} : { description: tier.description }),
  }
  const productId =
    tier.stripeProductId ??
    assertObject(await stripe.products.create(facts, onAccount(stripeAccount, await keyWith(`product:${own}`, facts))))
      .id
  const created = assertObject(
    await stripe.prices.create(
      {
        product: productId,
        currency: price.currency,
        unit_amount: price.unitAmount,
        recurring: { interval: price.interval },
        metadata,
      },
      onAccount(stripeAccount, `price:${own}:${productId}:${price.interval}:${price.currency}:${price.unitAmount}`),
    ),
  )
  need(await projectAt(env, address).linkPrice({ price, stripeProductId: productId, stripePriceId: created.id }))
  return created.id
}
