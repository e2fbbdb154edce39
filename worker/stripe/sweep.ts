/** Asks Stripe for the events that it could not deliver, and hears them. What was heard before changes nothing. */

import { need } from '../http.ts'
import { projectAt } from '../stub.ts'
import type { Place } from './catalog.ts'
import { onAccount, stripeFor } from './client.ts'
import { toBillingEvent } from './events.ts'

/** A day between two sweeps, and the three days for which Stripe goes on trying by itself. */
const LOOK_BACK_S = 4 * 86_400
const EVENTS_MAX = 1_000

export async function sweepEvents({ env, address }: Place): Promise<void> {
  const project = projectAt(env, address)
  const stripeAccount = await project.stripeAccount()
  if (stripeAccount === null) return
  const created = { gte: Math.floor(Date.now() / 1000) - LOOK_BACK_S }
  const missed = stripeFor(address.mode, env).events.list(
    { delivery_success: false, created, limit: 100 },
    onAccount(stripeAccount),
  )
  let heard = 0
  for await (const event of missed) {
    need(await project.hear(toBillingEvent(event), 'if ours'))
    heard += 1
    if (heard === EVENTS_MAX) return
  }
}
