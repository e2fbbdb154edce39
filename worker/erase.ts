/** Carries out the erasure of a customer: what could take their money ends first, then the project forgets them. */

import { need } from './http.ts'
import { endCheckouts } from './purchase.ts'
import type { Place } from './stripe/catalog.ts'
import { onAccount, stripeFailure, stripeFor } from './stripe/client.ts'
import { endSubscription } from './stripe/subscription.ts'
import { projectAt } from './stub.ts'

/** What turned up while the rest was ended is ended too; more rounds than this are tried again later. */
const ROUNDS_MAX = 5

/** Ends sessions before subscriptions, because a session may turn out to be paid. Done twice, it changes nothing. */
export async function erase(id: string, place: Place): Promise<void> {
  const project = projectAt(place.env, place.address)
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    const task = await project.erasureTask(id)
    if (task === null) return
    const { stripeAccount } = task
    if (stripeAccount !== null) {
      await endCheckouts(task.checkouts, stripeAccount, place)
      const { subscriptions } = (await project.erasureTask(id)) ?? task
      for (const subscription of subscriptions) await endSubscription({ id: subscription, stripeAccount }, place)
    }
    const outcome = await project.removeCustomer(id)
    if (!outcome.ok && outcome.code === 'customer_not_found') return // somebody else was quicker
    if (!need(outcome).left) return
  }
  throw new Error(`something to pay turned up for ${id} whenever the rest was ended`)
}

/** Deletes the record of an erased customer at Stripe, as was asked. */
export async function forgetAtStripe(stripeCustomerId: string, { env, address }: Place): Promise<void> {
  const stripeAccount = await projectAt(env, address).stripeAccount()
  if (stripeAccount === null) return
  await stripeFor(address.mode, env)
    .customers.del(stripeCustomerId, {}, onAccount(stripeAccount))
    .catch((error: unknown) => {
      if (!stripeFailure(error).definite) throw error // gone there already
    })
}
