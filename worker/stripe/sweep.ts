/** Asks Stripe for events that we may not have heard, and hears them. What was heard before changes nothing. */

import { need } from '../http.ts'
import { projectAt } from '../stub.ts'
import type { Place } from './catalog.ts'
import { onAccount, stripeFor } from './client.ts'
import { toBillingEvent } from './events.ts'

/** A day between two sweeps, and the three days for which Stripe goes on trying by itself. */
const LOOK_BACK_S = 4 * 86_400
const AT_ONCE = 100

/**
 * Those that it could not deliver; or all since a moment, when what was delivered is forgotten here. However many: after an
 * outage of ours the oldest, at the end of Stripe's list, matter as much.
 */
export async function sweepEvents({ env, address }: Place, since: number | null = null): Promise<void> {
  const project = projectAt(env, address)
  const stripeAccount = await project.stripeAccount()
  if (stripeAccount === null) return
  const wanted =
    since === null
      ? { delivery_success: false, created: { gte: Math.floor(Date.now() / 1000) - LOOK_BACK_S } }
      : { created: { gte: Math.floor(since / 1000) } }
  const { events } = stripeFor(address.mode, env)
  const query = { ...wanted, limit: AT_ONCE }
  for (let after: string | undefined; ;) {
    const page = await events.list(
      { ...query, ...(after === undefined ? {} : { starting_after: after }) },
      onAccount(stripeAccount),
    )
    need(await project.hearMissed(page.data.map(toBillingEvent)))
    after = page.data.at(-1)?.id
    if (!page.has_more || after === undefined) return
  }
}
