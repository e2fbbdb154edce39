/** What a promotion owes outside: prices of tiers and the portal at Stripe, and the images of live mode. */

import { imageKey } from '../../objects/design.ts'
import type { Env } from '../env.ts'
import { need } from '../http.ts'
import { projectAt, type Address } from '../stub.ts'
import { ensurePrice, type Place } from './catalog.ts'

/** Every price of a tier that is sold, one after the other: with the first its product is known. */
export async function makePrices(slug: string, place: Place): Promise<null> {
  const project = projectAt(place.env, place.address)
  const task = need(await project.pricesTask(slug))
  for (const { interval, currency, unitAmount } of task?.tier.prices ?? []) {
    const now = need(await project.pricesTask(slug))
    const price = now?.tier.prices.find(
      (one) => one.interval === interval && one.currency === currency && one.unitAmount === unitAmount,
    )
    if (now && price && unitAmount > 0) await ensurePrice({ ...now, price }, place)
  }
  return null
}

/** An image of test mode, also for live mode. One that is gone there is shown nowhere. */
export async function copyImage(key: string, address: Address, env: Env): Promise<null> {
  const size = (await env.IMAGES.head(key))?.size ?? (await copied(key, address, env))
  if (size !== null) await projectAt(env, address).imageCopied(key, size)
  return null
}

async function copied(key: string, { projectId }: Address, { IMAGES }: Env): Promise<number | null> {
  const name = key.slice(key.indexOf('/') + 2)
  const image = await IMAGES.get(imageKey(name, { projectId, mode: 'test' }))
  if (image === null) return null
  await IMAGES.put(key, await image.arrayBuffer(), { httpMetadata: image.httpMetadata ?? {} })
  return image.size
}
