/** What a product and its variants' prices are called on the developer's Stripe account. */

import type Stripe from 'stripe'
import type { ProductTask } from '../../objects/shelving.ts'
import type { VariantPrice } from '../../objects/products.ts'
import { need } from '../http.ts'
import { sha256Hex } from '../keys.ts'
import { projectAt } from '../stub.ts'
import type { Place } from './catalog.ts'
import { assertObject, isKeyReused, onAccount, stripeFailure, stripeFor } from './client.ts'

/**
 * Makes what is missing at Stripe and retires what is not sold any more, in that order: our own row has moved first. The
 * keys are made from our ids, so that whoever asks twice makes it once.
 */
export async function publishProduct(productId: string, place: Place): Promise<void> {
  const task = need(await projectAt(place.env, place.address).productTask(productId))
  if (task === null || task.stripeAccount === null) return
  const stripeProductId = await ensureProduct(task, task.stripeAccount, place)
  for (const { price, options } of task.unlinked)
    await ensureVariantPrice({ ...task, stripeProductId, price, name: task.product.name, options }, place)
  for (const id of task.reopened) await setActive(id, true, task, place)
  for (const id of task.retired) await setActive(id, false, task, place)
  const now = need(await projectAt(place.env, place.address).productTask(productId))
  if (now !== null && shownOf(now) !== shownOf(task)) await publishProduct(productId, place)
}

/** What Stripe shows of a product. Changed while it was told, it must be told again: the older telling may land last. */
const shownOf = ({ product: { name, description }, active }: ProductTask): string =>
  JSON.stringify([name, description, active])

async function ensureProduct(task: ProductTask, stripeAccount: string, { env, address }: Place): Promise<string> {
  const { product } = task
  const stripe = stripeFor(address.mode, env)
  const facts = {
    name: product.name,
    ...(product.description === '' ? {} : { description: product.description.slice(0, 5000) }),
    metadata: { dream_project: address.projectId, dream_product: product.id },
  }
  const update = async (id: string): Promise<string> => {
    await stripe.products.update(
      id,
      { ...facts, active: task.active },
      onAccount(stripeAccount, `product:${product.id}:${product.revision}:${task.active}`),
    )
    return id
  }
  if (product.stripeProductId !== null) return update(product.stripeProductId)
  const id = await stripe.products.create(facts, onAccount(stripeAccount, `product:${product.id}`)).then(
    (created) => assertObject(created).id,
    async (error: unknown) => update(await madeBefore(error, task, stripe)),
  )
  need(await projectAt(env, address).linkProduct(product.id, id, stripeAccount))
  return id
}

/** Made under another name, and the answer was lost: Stripe refuses the key now, but has the product. */
async function madeBefore(error: unknown, { product, stripeAccount }: ProductTask, stripe: Stripe): Promise<string> {
  if (!isKeyReused(error) || stripeAccount === null) throw error
  const since = { gte: Math.floor(product.createdAt / 1000) - 3600 }
  for await (const found of stripe.products.list({ created: since, limit: 100 }, onAccount(stripeAccount)))
    if (found.metadata['dream_product'] === product.id) return found.id
  throw error
}

/**
 * The Stripe price of a variant. One that differs by options has a Stripe product of its own, made with the price: the
 * hosted page shows a buyer nothing but the product's name.
 */
export async function ensureVariantPrice(
  sale: {
    stripeAccount: string | null
    stripeProductId: string
    price: VariantPrice
    name: string
    options: Readonly<Record<string, string>>
  },
  { env, address }: Place,
): Promise<string> {
  const { price, stripeAccount } = sale
  if (price.stripePriceId !== null) return price.stripePriceId
  if (stripeAccount === null) throw new Error('a price needs a connected account')
  const metadata = { dream_project: address.projectId, dream_variant: price.variantId }
  const values = Object.values(sale.options)
  const name = `${sale.name} (${values.join(', ')})`.slice(0, 250)
  const own = values.length === 0 ? '' : `:${(await sha256Hex(name)).slice(0, 16)}`
  const created = assertObject(
    await stripeFor(address.mode, env).prices.create(
      {
        ...(values.length === 0 ? { product: sale.stripeProductId } : { product_data: { name, metadata } }),
        currency: price.currency,
        unit_amount: price.unitAmount,
        metadata,
      },
      onAccount(stripeAccount, `price:${price.variantId}:${price.currency}:${price.unitAmount}${own}`),
    ),
  )
  need(await projectAt(env, address).linkVariantPrice(price, created.id, stripeAccount))
  return created.id
}

async function setActive(stripePriceId: string, active: boolean, task: ProductTask, place: Place): Promise<void> {
  const { env, address } = place
  const { id: productId, revision } = task.product
  const options = onAccount(task.stripeAccount ?? '', `price:${stripePriceId}:${active}:${revision}`)
  await stripeFor(address.mode, env)
    .prices.update(stripePriceId, { active }, options)
    .catch((error: unknown) => {
      if (active || !stripeFailure(error).definite) throw error // gone there already: nothing is left to retire
    })
  need(await projectAt(env, address).closeVariantPrice({ productId, stripePriceId, closed: !active }))
}
