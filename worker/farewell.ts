/** The deletion of an account whose retention is over. Stripe is read first: whoever pays again keeps everything. */

import type { DeliveryFailure } from '../objects/actor.ts'
import { readAllOwn } from './billing.ts'
import type { Env } from './env.ts'
import { need } from './http.ts'
import { stripeFailure, stripeFor } from './stripe/client.ts'
import { OWN_MODE } from './stripe/plan.ts'
import { accountAt, personAt } from './stub.ts'

const WAIT_MS = 60_000

/** Closes the page on which it could still be paid, reads what Stripe knows, and only then lets the account decide. */
export async function deleteAccount(platformId: string, env: Env): Promise<DeliveryFailure | null> {
  const account = accountAt(env, platformId)
  const task = await account.deletionTask()
  if (task === null) return null
  if (task.sessionId !== null) await closeCheckout(task.sessionId, platformId, env)
  if (task.stripeCustomerId !== null) await readAllOwn(task.stripeCustomerId, platformId, env)
  const { wait } = need(await account.confirmDeletion())
  return wait ? { reason: 'a checkout was opened meanwhile', retryAfterMs: WAIT_MS } : null
}

async function closeCheckout(sessionId: string, platformId: string, env: Env): Promise<void> {
  const stripe = stripeFor(OWN_MODE, env)
  const session = await stripe.checkout.sessions.expire(sessionId).catch(async (error: unknown) => {
    if (!stripeFailure(error).definite) throw error
    return stripe.checkout.sessions.retrieve(sessionId) // paid or expired already; what it bought is read next
  })
  if (session.status !== 'open') need(await accountAt(env, platformId).endCheckout(sessionId))
}

/** The people forget the account, then the account forgets the people. */
export async function eraseAccount(platformId: string, env: Env): Promise<null> {
  const account = accountAt(env, platformId)
  for (const userId of await account.people()) await personAt(env, userId).leave(platformId)
  need(await account.erase())
  return null
}
