/** What a tier is called on the developer's Stripe account; made there when it is first sold. */

import type Stripe from 'stripe'
import type { Settings } from '../../objects/settings.ts'
import type { Tier, TierPrice } from '../../objects/catalog.ts'
import type { TierTask } from '../../objects/tiering.ts'
import type { Env } from '../env.ts'
import { need } from '../http.ts'
import { projectAt, type Address } from '../stub.ts'
import { assertObject, isKeyReused, onAccount, stripeFailure, stripeFor } from './client.ts'

export interface Place {
  readonly env: Env
  readonly address: Address
}

interface Sale {
  readonly settings: Settings
  readonly stripeAccount: string
  readonly tier: Tier
  readonly price: TierPrice
}

/**
 * The Stripe price of a tier's price, always a recurring one. Made once, whoever asks first: the keys are made from the
 * tier, not the call. One that was closed and is sold again is opened first.
 */
export async function ensurePrice(sale: Sale, place: Place): Promise<string> {
  const { env, address } = place
  const { tier, price, stripeAccount } = sale
  if (price.stripePriceId !== null) {
    if (price.closed) await publishTier(tier.slug, place)
    return price.stripePriceId
  }
  const productId = tier.stripeProductId ?? (await makeProduct(sale, place))
  const created = assertObject(
    await stripeFor(address.mode, env).prices.create(
      {
        product: productId,
        currency: price.currency,
        unit_amount: price.unitAmount,
        recurring: { interval: price.interval },
        metadata: metadataOf(tier, address),
      },
      onAccount(
        stripeAccount,
        `price:${address.projectId}:${tier.slug}:${productId}:${price.interval}:${price.currency}:${price.unitAmount}`,
      ),
    ),
  )
  need(
    await projectAt(env, address).linkPrice(
      { price, stripeProductId: productId, stripePriceId: created.id },
      stripeAccount,
    ),
  )
  return created.id
}

const metadataOf = (tier: Tier, address: Address) => ({ dream_project: address.projectId, dream_tier: tier.slug })

async function makeProduct({ tier, stripeAccount }: Sale, { env, address }: Place): Promise<string> {
  const stripe = stripeFor(address.mode, env)
  const { displayName: name, description } = tier
  const facts = { name, metadata: metadataOf(tier, address), ...(description === '' ? {} : { description }) }
  return stripe.products
    .create(facts, onAccount(stripeAccount, `product:${address.projectId}:${tier.slug}`))
    .then((created) => assertObject(created).id)
    .catch(async (error: unknown) => madeBefore(error, { stripe, stripeAccount, tier, address }))
}

/** Made under another name, and the answer was lost: Stripe refuses the key now, but has the product. */
async function madeBefore(
  error: unknown,
  made: { stripe: Stripe; stripeAccount: string; tier: Tier; address: Address },
): Promise<string> {
  if (!isKeyReused(error)) throw error
  const { dream_project: project, dream_tier: slug } = metadataOf(made.tier, made.address)
  for await (const { id, metadata } of made.stripe.products.list({ limit: 100 }, onAccount(made.stripeAccount)))
    if (metadata['dream_project'] === project && metadata['dream_tier'] === slug) return id
  throw error
}

/**
 * Tells Stripe what a tier is called now, and which of its prices are sold: our own rows have moved before. A closed price
 * goes on for those who subscribed to it.
 */
export async function publishTier(slug: string, place: Place): Promise<void> {
  const { env, address } = place
  const task = need(await projectAt(env, address).tierTask(slug))
  if (task === null || task.tier.stripeProductId === null) return
  const { stripeAccount, tier } = task
  await stripeFor(address.mode, env).products.update(
    task.tier.stripeProductId,
    { name: tier.displayName, description: tier.description },
    onAccount(stripeAccount, `tier:${address.projectId}:${slug}:${tier.revision}`),
  )
  for (const id of task.toOpen) await setActive(id, true, task, place)
  for (const id of task.toClose) await setActive(id, false, task, place)
  const now = need(await projectAt(env, address).tierTask(slug))
  if (now !== null && shownOf(now.tier) !== shownOf(tier)) await publishTier(slug, place)
}

/** What Stripe shows of a tier. Changed while it was told, it must be told again: the older telling may land last. */
const shownOf = ({ displayName, description }: Tier): string => JSON.stringify([displayName, description])

async function setActive(
  stripePriceId: string,
  active: boolean,
  { tier, stripeAccount }: TierTask,
  { env, address }: Place,
): Promise<void> {
  await stripeFor(address.mode, env)
    .prices.update(
      stripePriceId,
      { active },
      onAccount(stripeAccount, `price:${stripePriceId}:${active}:${tier.revision}`),
    )
    .catch((error: unknown) => {
      if (active || !stripeFailure(error).missing) throw error // gone there already: nothing is left to close
    })
  need(await projectAt(env, address).closeTierPrice({ slug: tier.slug, stripePriceId, closed: !active }))
}
