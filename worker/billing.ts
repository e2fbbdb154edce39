/** An account's own subscription to us, at Stripe: bought, read, metered, managed. */

import type Stripe from 'stripe'
import type { DeliveryFailure } from '../objects/actor.ts'
import { runs } from '../objects/lifetime.ts'
import type { OwnSubscription, Profile } from '../objects/profile.ts'
import type { Invoices } from '../sdk/schema/answers/account.ts'
import type { Said } from '../sdk/schema/answers/words.ts'
import type { Env } from './env.ts'
import { need, refuse } from './http.ts'
import { assertObject, stripeFailure, stripeFor, toMs, toMsOrNull, toStripeRefusal } from './stripe/client.ts'
import { METER_EVENT, OWN_MODE, ownPortal, ownPrices, TRIAL_DAYS } from './stripe/plan.ts'
import { accountAt, projectAt, trialAt } from './stub.ts'

/** The hosted page on which the subscription is paid. Asked twice, it is the same page: nobody pays twice. */
export async function openOwnCheckout(seat: { platformId: string; userId: string }, env: Env): Promise<string> {
  const account = accountAt(env, seat.platformId)
  await readIfPaid(seat.platformId, env)
  const mayTry = await trialAt(env, `person:${seat.userId}`).isFor(seat.platformId)
  const { profile, checkout } = need(await account.startCheckout(mayTry))
  if (checkout.url !== null) return checkout.url
  try {
    const customer = profile.stripeCustomerId ?? (await makeCustomer(profile, env))
    const { monthly, overage } = await ownPrices(env)
    const metadata = { platformId: profile.platformId, userId: seat.userId }
    const session = assertObject(
      await stripeFor(OWN_MODE, env).checkout.sessions.create(
        {
          mode: 'subscription',
          customer,
          client_reference_id: profile.platformId,
          line_items: [{ price: monthly, quantity: 1 }, { price: overage }],
          payment_method_collection: 'always',
          success_url: `${env.DASHBOARD_URL}/billing?checkout=done`,
          cancel_url: `${env.DASHBOARD_URL}/billing`,
          expires_at: Math.floor(checkout.expiresAt / 1000),
          metadata,
          subscription_data: { metadata, ...(checkout.trial ? { trial_period_days: TRIAL_DAYS } : {}) },
        },
        { idempotencyKey: `own-checkout:${profile.platformId}:${profile.checkouts}` },
      ),
    )
    if (session.url === null) return refuse('stripe_unavailable')
    need(await account.openCheckout(profile.checkouts, { id: session.id, url: session.url }))
    return session.url
  } catch (error) {
    throw toStripeRefusal(error)
  }
}

/** Whoever has been to a page may have paid there, though nothing of it has reached us yet. */
export async function readIfPaid(platformId: string, env: Env): Promise<void> {
  const { checkouts, stripeCustomerId, subscription } = need(await accountAt(env, platformId).profile())
  if (checkouts === 0 || stripeCustomerId === null || runs(subscription?.status ?? null)) return
  await readAllOwn(stripeCustomerId, platformId, env).catch((error: unknown) => {
    throw toStripeRefusal(error)
  })
}

async function makeCustomer({ platformId, email, name }: Profile, env: Env): Promise<string> {
  const customer = await stripeFor(OWN_MODE, env).customers.create(
    { email, name, metadata: { platformId } },
    { idempotencyKey: `own-customer:${platformId}` },
  )
  need(await accountAt(env, platformId).linkCustomer(assertObject(customer).id))
  return customer.id
}

/** Reads a subscription at Stripe and applies it. When it has ended, another one may still be paid for. */
export async function readOwnSubscription(id: string, platformId: string, env: Env): Promise<null> {
  await readOne(id, platformId, env)
  const { subscription, endedAt, stripeCustomerId } = need(await accountAt(env, platformId).profile())
  const hasEnded = subscription?.id === id && endedAt !== null
  if (hasEnded && stripeCustomerId !== null) await readAllOwn(stripeCustomerId, platformId, env)
  return null
}

/** A trial that is somebody else's second one ends at once. */
async function readOne(id: string, platformId: string, env: Env): Promise<void> {
  const account = accountAt(env, platformId)
  const number = await account.startReading()
  const subscription = await stripeFor(OWN_MODE, env)
    .subscriptions.retrieve(id, { expand: ['default_payment_method'] })
    .catch((error: unknown) => {
      if (stripeFailure(error).missing) return null
      throw error
    })
  if (subscription !== null && subscription.metadata['platformId'] !== platformId) return
  const found = subscription === null ? null : toOwnSubscription(subscription)
  const stripeCustomerId = subscription === null ? null : idOf(subscription.customer)
  need(await account.applyReading({ number, id, stripeCustomerId, found }))
  if (subscription?.status === 'trialing') await guardTrial(subscription, platformId, env)
}

/** Pure: what of our own subscription matters to us. Periods stand on its items; the licensed one is the plan. */
export function toOwnSubscription(subscription: Stripe.Subscription): OwnSubscription | null {
  const item = subscription.items.data.find(({ price }) => price.recurring?.usage_type === 'licensed')
  if (item === undefined) return null
  return {
    id: subscription.id,
    status: subscription.status,
    startedAt: toMs(subscription.start_date),
    trialEnd: toMsOrNull(subscription.trial_end),
    currentPeriodStart: toMs(item.current_period_start),
    currentPeriodEnd: toMs(item.current_period_end),
    cancelAt: subscription.cancel_at_period_end ? toMs(item.current_period_end) : toMsOrNull(subscription.cancel_at),
    endedAt: toMsOrNull(subscription.ended_at),
  }
}

const idOf = (reference: string | { id: string }): string => (typeof reference === 'string' ? reference : reference.id)

/** One trial a person and a card: whose second it would be pays from today. */
async function guardTrial(subscription: Stripe.Subscription, platformId: string, env: Env): Promise<void> {
  const { userId } = subscription.metadata
  const method = subscription.default_payment_method
  const fingerprint = typeof method === 'object' ? method?.card?.fingerprint : null
  const names = [
    ...(userId === undefined ? [] : [`person:${userId}`]),
    ...(typeof fingerprint === 'string' ? [`card:${fingerprint}`] : []),
  ]
  const claims = await Promise.all(names.map((name) => trialAt(env, name).claim(platformId)))
  if (!claims.includes(false)) return
  await stripeFor(OWN_MODE, env).subscriptions.update(
    subscription.id,
    { trial_end: 'now' },
    { idempotencyKey: `own-trial-end:${subscription.id}` },
  )
}

/** Every subscription that the account's customer has at Stripe, read; events may have been lost. */
export async function readAllOwn(stripeCustomerId: string, platformId: string, env: Env): Promise<void> {
  const subscriptions = stripeFor(OWN_MODE, env).subscriptions.list({ customer: stripeCustomerId, status: 'all' })
  for await (const { id } of subscriptions) await readOne(id, platformId, env)
}

/** Counts the customers of the live projects and fixes the day's number. Buyers without an account are no customers. */
export async function countOverage(day: string, platformId: string, env: Env): Promise<null> {
  const account = accountAt(env, platformId)
  const counts = await Promise.all(
    (await account.liveProjects()).map((projectId) => projectAt(env, { projectId, mode: 'live' }).customerCount()),
  )
  need(await account.recordCount(day, sum(counts)))
  return null
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0)

/** Tells the meter a day's number. A repeat carries the same identifier and the same number: it counts once. */
export async function reportOverage(day: string, platformId: string, env: Env): Promise<DeliveryFailure | null> {
  const account = accountAt(env, platformId)
  const task = await account.countToReport(day)
  if (task === null) return null
  await stripeFor(OWN_MODE, env)
    .billing.meterEvents.create({
      event_name: METER_EVENT,
      identifier: `${platformId}:${day}`,
      timestamp: Math.floor(task.count.countedAt / 1000),
      payload: { stripe_customer_id: task.stripeCustomerId, value: String(task.count.customers) },
    })
    .catch((error: unknown) => {
      if (!wasToldBefore(error)) throw error
    })
  need(await account.countReported(day))
  return null
}

/** The meter has this identifier: a telling whose answer was lost had arrived. Stripe gives this refusal no code. */
const wasToldBefore = (error: unknown): boolean =>
  stripeFailure(error).definite && /already exists with identifier/.test(stripeFailure(error).message)

export async function openOwnPortal(profile: Profile, env: Env): Promise<string> {
  if (profile.stripeCustomerId === null) return refuse('no_subscription')
  try {
    const session = await stripeFor(OWN_MODE, env).billingPortal.sessions.create({
      customer: profile.stripeCustomerId,
      configuration: await ownPortal(env),
      return_url: `${env.DASHBOARD_URL}/billing`,
    })
    return assertObject(session).url
  } catch (error) {
    throw toStripeRefusal(error)
  }
}

/** Our invoices to the account, newest first. */
export async function ownInvoices(stripeCustomerId: string, env: Env): Promise<Said<typeof Invoices>['invoices']> {
  const { data } = await stripeFor(OWN_MODE, env)
    .invoices.list({ customer: stripeCustomerId, limit: 24 })
    .catch((error: unknown) => {
      throw toStripeRefusal(error)
    })
  return data.map((invoice) => ({
    id: invoice.id,
    number: invoice.number,
    status: invoice.status,
    createdAt: toMs(invoice.created),
    total: invoice.total,
    currency: invoice.currency,
    url: invoice.hosted_invoice_url ?? null,
    pdf: invoice.invoice_pdf ?? null,
  }))
}
