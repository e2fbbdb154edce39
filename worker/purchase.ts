/** Carries out at Stripe what a project decided about a purchase, and tells the project how it went. */

import type Stripe from 'stripe'
import type { CheckoutTask, SessionReading } from '../objects/billing.ts'
import type { Checkout } from '../objects/checkouts.ts'
import type { Customer } from '../objects/customers.ts'
import type { TierPrice } from '../objects/catalog.ts'
import type { Purchase } from '../objects/purchase.ts'
import type { Subscription } from '../objects/subscriptions.ts'
import { need } from './http.ts'
import { applyOrder, retrieveSession } from './sale.ts'
import { ensurePrice, type Place } from './stripe/catalog.ts'
import { toSessionParams } from './stripe/checkout.ts'
import { assertObject, keyWith, onAccount, stripeFailure, stripeFor, toStripeRefusal } from './stripe/client.ts'
import { nextPhase, runningPhase } from './stripe/phase.ts'
import { readSubscription } from './stripe/subscription.ts'
import { projectAt } from './stub.ts'

export interface PurchaseAnswer {
  /** Where to send the customer. */
  readonly url: string
  readonly checkoutId: string | null
  readonly sessionId: string | null
  /** The plan was changed (or its change planned) in place, without a checkout. */
  readonly changed: boolean
}

/** `decide` asks the project what the wish means; it is asked once more when that changed meanwhile. */
export async function carryOut(decide: () => Promise<CheckoutTask>, place: Place): Promise<PurchaseAnswer> {
  try {
    return await perform(await endOthers(decide, place), place).catch(async (error: unknown) => {
      const { customerGone, missing } = stripeFailure(error)
      if (!customerGone && !missing) throw error
      if (customerGone) await forgetCustomer(await decide(), place) // deleted at Stripe, and nobody told us
      // A subscription of an account that the project has left was seen to have ended here: it is bought anew.
      return perform(await endOthers(decide, place), place)
    })
  } catch (error) {
    throw toStripeRefusal(error)
  }
}

async function forgetCustomer({ customer }: CheckoutTask, { env, address }: Place): Promise<void> {
  if (customer.stripeCustomerId !== null)
    need(await projectAt(env, address).forgetStripeCustomer(customer.stripeCustomerId))
}

/**
 * Closes the customer's other sessions. One may turn out to be paid, its event still under way: then there is a
 * subscription to change, and a second one must not be sold.
 */
async function endOthers(decide: () => Promise<CheckoutTask>, place: Place): Promise<CheckoutTask> {
  const task = await decide()
  let paid = false
  for (const stale of task.stale) paid = (await endSession(stale, task.stripeAccount, place)) || paid
  if (!paid) return task
  if (task.checkout?.state === 'pending')
    need(await projectAt(place.env, place.address).endCheckout(task.checkout.id, 'failed'))
  return endOthers(decide, place)
}

async function perform(task: CheckoutTask, place: Place): Promise<PurchaseAnswer> {
  const { purchase } = task
  if (purchase.kind === 'nothing') return back(task, false)
  if (purchase.kind === 'buy') return buy(task, purchase.price, place)
  const { id } = purchase.subscription
  try {
    await change(task, purchase, place)
  } catch (error) {
    const { definite, spent } = stripeFailure(error)
    if (definite || spent) {
      need(await projectAt(place.env, place.address).changeRefused(id))
      await readSubscription(id, place).catch(() => {}) // what was done of it shows; a timer reads it again
    }
    throw error
  }
  await readSubscription(id, place)
  return back(task, true)
}

async function change(
  task: CheckoutTask,
  purchase: Exclude<Purchase, { kind: 'nothing' | 'buy' }>,
  place: Place,
): Promise<void> {
  switch (purchase.kind) {
    case 'upgrade':
      return upgrade(task, purchase, place)
    case 'downgrade':
      return downgrade(task, purchase, place)
    case 'resume':
      return resume(task, purchase.subscription, place)
    case 'cancel':
      return cancelAtPeriodEnd(task, purchase.subscription, place)
  }
}

const back = (task: CheckoutTask, changed: boolean): PurchaseAnswer => ({
  url: task.successUrl,
  checkoutId: null,
  sessionId: null,
  changed,
})

async function buy(task: CheckoutTask, price: TierPrice, place: Place): Promise<PurchaseAnswer> {
  const { checkout } = task
  if (checkout === null) throw new Error('a purchase without an intent')
  const opened = checkout.state === 'open' ? checkout : await openSession({ ...task, checkout }, price, place)
  if (opened.url === null) throw new Error(`the checkout ${opened.id} has no address`)
  return { url: opened.url, checkoutId: opened.id, sessionId: opened.sessionId, changed: false }
}

/** Makes the hosted session of an intent. Its id is the key: repeated, it answers the same session. */
export async function openSession(
  task: CheckoutTask & { checkout: Checkout },
  price: TierPrice,
  place: Place,
): Promise<Checkout> {
  const { env, address } = place
  const { checkout, stripeAccount } = task
  const project = projectAt(env, address)
  try {
    const stripePriceId = await ensurePrice({ ...task, price }, place)
    const stripeCustomerId = await ensureCustomer(task, place)
    const session = assertObject(
      await stripeFor(address.mode, env).checkout.sessions.create(
        toSessionParams(task, { stripePriceId, stripeCustomerId }),
        onAccount(stripeAccount, `checkout:${checkout.id}`),
      ),
    )
    const opened = await project.openCheckout(checkout.id, { id: session.id, url: session.url ?? task.successUrl })
    if (!opened.ok) await expire(session.id, stripeAccount, place) // ended meanwhile: nobody may pay it
    return need(opened)
  } catch (error) {
    const { definite, spent } = stripeFailure(error)
    if (definite || spent) need(await project.endCheckout(checkout.id, 'failed'))
    throw error
  }
}

/**
 * One Stripe customer for each of ours: the key is made from the customer, what is said of them and how often they were
 * deleted at Stripe, so that two tabs or a repeated call make one, and one who is gone there is made anew.
 */
async function ensureCustomer(task: CheckoutTask, { env, address }: Place): Promise<string> {
  const { customer, stripeAccount } = task
  if (customer.stripeCustomerId !== null) return customer.stripeCustomerId
  const name = [customer.firstName, customer.lastName].filter((part) => part !== null).join(' ')
  const facts = {
    ...(customer.email === null ? {} : { email: customer.email }),
    ...(name === '' ? {} : { name }),
    metadata: { dream_project: address.projectId, userId: customer.id },
  }
  const own = `${address.projectId}:${customer.id}:${customer.stripeGeneration}`
  const key = await keyWith(`customer:${own}`, facts)
  const created = assertObject(
    await stripeFor(address.mode, env).customers.create(facts, onAccount(stripeAccount, key)),
  )
  const linked: Customer = need(await projectAt(env, address).linkCustomer(customer.id, created.id, stripeAccount))
  return linked.stripeCustomerId ?? created.id
}

/**
 * Closes another session of the same customer, so that two can never be paid. One that was paid is read instead; one
 * whose making was interrupted is asked for again under its key, because it may exist. Answers whether it was paid.
 */
export async function endSession(stale: Checkout, stripeAccount: string, place: Place): Promise<boolean> {
  const opened = stale.sessionId === null ? await reopen(stale, place) : stale
  if (opened === null || opened.sessionId === null) return false
  await expire(opened.sessionId, stripeAccount, place)
  return (await lookAtSession(opened.sessionId, place)) === 'complete'
}

/** Asks Stripe to end a session. One that is not open any more is fine: reading it says what became of it. */
async function expire(sessionId: string, stripeAccount: string, { env, address }: Place): Promise<void> {
  await stripeFor(address.mode, env)
    .checkout.sessions.expire(sessionId, {}, onAccount(stripeAccount))
    .catch((error: unknown) => {
      if (!stripeFailure(error).definite) throw error
    })
}

/** Closes what somebody could still pay who is about to be forgotten. */
export async function endCheckouts(checkouts: readonly Checkout[], stripeAccount: string, place: Place): Promise<void> {
  try {
    for (const checkout of checkouts) await endSession(checkout, stripeAccount, place)
  } catch (error) {
    throw toStripeRefusal(error)
  }
}

async function reopen(stale: Checkout, place: Place): Promise<Checkout | null> {
  const task = need(await projectAt(place.env, place.address).resumeCheckout(stale.id))
  if (task === null || task.checkout === null || task.purchase.kind !== 'buy') return null
  return openSession({ ...task, checkout: task.checkout }, task.purchase.price, place)
}

/** Reads a session at Stripe and applies what it says, with the subscription that came of it; answers its status. */
export async function lookAtSession(sessionId: string, place: Place): Promise<SessionReading['status'] | null> {
  const { env, address } = place
  const project = projectAt(env, address)
  const stripeAccount = (await project.accountOfSession(sessionId)) ?? (await project.stripeAccount())
  if (stripeAccount === null) {
    const applied = { outcome: 'ignored', reason: 'no Stripe account is connected' } as const
    need(await project.settleEvents(`stripe.session/${sessionId}`, applied))
    return null
  }
  const session = await retrieveSession(sessionId, stripeAccount, place)
  if (session === null) {
    need(await project.loseSession(sessionId))
    return 'expired'
  }
  if (session.mode === 'payment') {
    await applyOrder(session, place)
    return toSessionReading(session).status
  }
  const reading = toSessionReading(session)
  need(await project.applySession(reading))
  if (reading.subscriptionId !== null) await readSubscription(reading.subscriptionId, place)
  return reading.status
}

const toSessionReading = (session: Stripe.Checkout.Session): SessionReading => ({
  id: session.id,
  status: session.status === 'complete' ? 'complete' : session.status === 'expired' ? 'expired' : 'open',
  subscriptionId: typeof session.subscription === 'string' ? session.subscription : (session.subscription?.id ?? null),
})

async function upgrade(
  task: CheckoutTask,
  change: { subscription: Subscription; price: TierPrice },
  place: Place,
): Promise<void> {
  const { subscription, price } = change
  const stripePriceId = await ensurePrice({ ...task, price }, place)
  await releaseSchedule(task, subscription, place)
  await stripeFor(place.address.mode, place.env).subscriptions.update(
    subscription.id,
    {
      items: [{ id: subscription.itemId, price: stripePriceId }],
      proration_behavior: 'always_invoice',
      payment_behavior: 'error_if_incomplete',
      ...(subscription.cancelAt === null ? {} : { cancel_at: '' }),
    },
    onAccount(task.stripeAccount, keyOf('upgrade', subscription, stripePriceId)),
  )
}

/** The paid period stays as it is, with its trial and its discounts; the next one begins with the cheaper price. */
async function downgrade(
  task: CheckoutTask,
  change: { subscription: Subscription; price: TierPrice },
  place: Place,
): Promise<void> {
  const { subscription, price } = change
  const stripePriceId = await ensurePrice({ ...task, price }, place)
  await releaseSchedule(task, subscription, place)
  const stripe = stripeFor(place.address.mode, place.env)
  const { stripeAccount } = task
  if (subscription.cancelAt !== null)
    await stripe.subscriptions.update(
      subscription.id,
      { cancel_at: '' },
      onAccount(stripeAccount, keyOf('keep', subscription, stripePriceId)),
    )
  const schedule = assertObject(
    await stripe.subscriptionSchedules.create(
      { from_subscription: subscription.id },
      onAccount(stripeAccount, keyOf('schedule', subscription, stripePriceId)),
    ),
  )
  const current = schedule.phases[0]
  if (current === undefined) throw new Error(`the schedule ${schedule.id} has no phase`)
  await stripe.subscriptionSchedules.update(
    schedule.id,
    {
      end_behavior: 'release',
      phases: [
        runningPhase(current),
        nextPhase(current, { price: stripePriceId, quantity: subscription.quantity, interval: price.interval }),
      ],
    },
    onAccount(stripeAccount, keyOf('phases', subscription, stripePriceId)),
  )
}

async function resume(task: CheckoutTask, subscription: Subscription, place: Place): Promise<void> {
  await releaseSchedule(task, subscription, place)
  if (subscription.cancelAt === null) return
  await stripeFor(place.address.mode, place.env).subscriptions.update(
    subscription.id,
    { cancel_at: '' },
    onAccount(task.stripeAccount, keyOf('resume', subscription, '')),
  )
}

async function cancelAtPeriodEnd(task: CheckoutTask, subscription: Subscription, place: Place): Promise<void> {
  await releaseSchedule(task, subscription, place)
  await stripeFor(place.address.mode, place.env).subscriptions.update(
    subscription.id,
    { cancel_at: 'max_period_end' },
    onAccount(task.stripeAccount, keyOf('cancel', subscription, '')),
  )
}

/** A subscription under a schedule cannot be changed freely. */
async function releaseSchedule(task: CheckoutTask, subscription: Subscription, place: Place): Promise<void> {
  if (subscription.scheduleId === null) return
  await stripeFor(place.address.mode, place.env).subscriptionSchedules.release(
    subscription.scheduleId,
    {},
    onAccount(task.stripeAccount, keyOf('release', subscription, subscription.scheduleId)),
  )
}

/** Made from what the customer saw when asking: pressed twice it is one change, asked again later it is another. */
const keyOf = (verb: string, subscription: Subscription, target: string): string =>
  `${verb}:${subscription.id}:${subscription.revision}:${target}`
