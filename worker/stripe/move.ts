/** Moves one subscription to the price that is sold now: read, changed without proration, read again. */

import type { DeliveryFailure } from '../../objects/actor.ts'
import { need } from '../http.ts'
import { projectAt } from '../stub.ts'
import { ensurePrice, type Place } from './catalog.ts'
import { onAccount, stripeFailure, stripeFor } from './client.ts'
import { readSubscription } from './subscription.ts'

/** Whatever is not certain is owed still: the subscription is read first the next time too. */
export async function moveSubscription(id: string, place: Place): Promise<DeliveryFailure | null> {
  const { env, address } = place
  await readSubscription(id, place)
  const task = need(await projectAt(env, address).moveTask(id))
  if (task === null) return null
  if (task.wait !== null) return { reason: 'waits for Stripe or for another change', retryAfterMs: task.wait }
  const { stripeAccount, subscription, key } = task
  try {
    const price = await ensurePrice(task, place)
    await stripeFor(address.mode, env).subscriptions.update(
      id,
      { items: [{ id: subscription.itemId, price }], proration_behavior: 'none' },
      onAccount(stripeAccount, key),
    )
  } catch (error) {
    const { definite, spent, message } = stripeFailure(error)
    if (definite || spent) need(await projectAt(env, address).moveRefused(id, message))
    throw error
  }
  await readSubscription(id, place)
  const left = need(await projectAt(env, address).moveTask(id))
  return left === null ? null : { reason: 'Stripe has not moved it yet' }
}
