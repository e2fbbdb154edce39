/** Pays what a project owes outside. A debt is a reminder: the truth is read again, then what is still needed is done. */

import Stripe from 'stripe'
import type { DeliveryFailure } from '../objects/actor.ts'
import type { Delivery } from '../objects/outbox.ts'
import type { Purged } from '../objects/purging.ts'
import type { Env } from './env.ts'
import { sendWebhooks } from './hooks.ts'
import { need } from './http.ts'
import { erase, forgetAtStripe } from './erase.ts'
import { mirrorIdentity } from './identity.ts'
import { mirror } from './mirror.ts'
import { cancelForPurge, purge, tellPurged } from './purge.ts'
import { lookAtSession, openSession } from './purchase.ts'
import { performRefund, readDisputes, readRefunds, tendOrder } from './sale.ts'
import { makePortal } from './stripe/portal.ts'
import { publishProduct } from './stripe/product.ts'
import { recover } from './recover.ts'
import { copyImage, makePrices } from './stripe/promotion.ts'
import { onAccount, stripeFailure, stripeFor } from './stripe/client.ts'
import { publishTier, type Place } from './stripe/catalog.ts'
import { moveSubscription } from './stripe/move.ts'
import { sweepEvents } from './stripe/sweep.ts'
import { readSubscription } from './stripe/subscription.ts'
import { projectAt, type Address } from './stub.ts'

export async function deliver(delivery: Delivery, address: Address, env: Env): Promise<DeliveryFailure | null> {
  const place = { env, address }
  switch (delivery.kind) {
    case 'mirror':
      return mirror(place)
    case 'stripe.subscription':
      await readSubscription(delivery.key, place)
      return null
    case 'stripe.sweep':
      await sweepEvents(place)
      return null
    case 'stripe.session':
      await lookAtSession(delivery.key, place)
      return null
    case 'stripe.checkout':
      return finishCheckout(delivery.key, place)
    case 'stripe.order':
      await tendOrder(delivery.key, place)
      return null
    case 'stripe.tier':
      await publishTier(delivery.key, place)
      return null
    case 'stripe.move':
      return moveSubscription(delivery.key, place)
    case 'stripe.product':
      await publishProduct(delivery.key, place)
      return null
    case 'stripe.prices':
      return makePrices(delivery.key, place)
    case 'stripe.portal':
      return makePortal(place)
    case 'image.copy':
      return copyImage(delivery.key, address, env)
    case 'stripe.refund':
      await performRefund(delivery.key, place)
      return null
    case 'stripe.refunds':
      await readRefunds(delivery.key, place)
      return null
    case 'stripe.disputes':
      await readDisputes(delivery.key, place)
      return null
    case 'webhooks':
      await sendWebhooks(delivery.key, place)
      return null
    case 'images':
      await env.IMAGES.delete(JSON.parse(delivery.payload) as string[])
      return null
    case 'restore':
      await recover(Number(delivery.key), place)
      return null
    case 'stripe.customer':
      return readCustomer(delivery.key, place)
    case 'stripe.account':
      return readAccount(delivery.key, place)
    case 'identity':
    case 'identity.join':
    case 'identity.leave':
      return mirrorIdentity({ id: delivery.key, joined: delivery.kind === 'identity.join' }, place)
    case 'erase':
      await erase(delivery.key, place)
      return null
    case 'stripe.forget':
      await forgetAtStripe(delivery.key, place)
      return null
    case 'purge':
      return purge(Number(delivery.key), place)
    case 'purge.subscription':
      await cancelForPurge(delivery.key, place)
      return null
    case 'account.purged':
      return tellPurged(JSON.parse(delivery.payload) as Purged, env)
    default:
      return { reason: `nobody delivers ${delivery.kind}` }
  }
}

/** An intent whose end we never heard: the same request again under the same key, or a look at its session. */
async function finishCheckout(id: string, place: Place): Promise<null> {
  const project = projectAt(place.env, place.address)
  const task = need(await project.resumeCheckout(id))
  if (task === null || task.checkout === null || task.purchase.kind !== 'buy')
    return need(await project.giveUpCheckout(id))
  const { checkout, purchase } = task
  if (checkout.state === 'pending') {
    await openSession({ ...task, checkout }, purchase.price, place).catch((error: unknown) => {
      if (!stripeFailure(error).definite) throw error // unknown again: the outbox repeats it
    })
    return null
  }
  if (checkout.state === 'open' && checkout.sessionId !== null) await lookAtSession(checkout.sessionId, place)
  return null
}

async function readCustomer(id: string, { env, address }: Place): Promise<null> {
  const project = projectAt(env, address)
  const stripeAccount = await project.stripeAccount()
  const customer =
    stripeAccount === null
      ? null
      : await stripeFor(address.mode, env).customers.retrieve(id, {}, onAccount(stripeAccount)).catch(missingIsNull)
  if (customer === null || customer.deleted === true) need(await project.forgetStripeCustomer(id))
  else need(await project.settleEvents(`stripe.customer/${id}`, { outcome: 'unchanged', reason: null }))
  return null
}

function missingIsNull(error: unknown): null {
  if (stripeFailure(error).missing) return null
  throw error
}

/** An account that we may not see any more takes no payments through us. */
function noAccessIsNull(error: unknown): null {
  if (error instanceof Stripe.errors.StripePermissionError) return null
  return missingIsNull(error)
}

async function readAccount(key: string, { env, address }: Place): Promise<null> {
  const project = projectAt(env, address)
  const stripeAccount = await project.stripeAccount()
  const account =
    stripeAccount === null
      ? null
      : await stripeFor(address.mode, env).accounts.retrieve(stripeAccount).catch(noAccessIsNull)
  const found = account === null ? null : { chargesEnabled: account.charges_enabled }
  need(await project.applyAccount({ key, found }))
  return null
}
