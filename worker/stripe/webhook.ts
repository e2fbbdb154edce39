/** Hears Stripe: the signature over the raw body, then the projects of the account that the event names. */

import Stripe from 'stripe'
import type { BillingEvent } from '../../objects/billing.ts'
import type { Mode } from '../../sdk/schema/common.ts'
import type { Env } from '../env.ts'
import { json, need, readBody, refuse } from '../http.ts'
import type { Call } from '../router.ts'
import { isPlatformId } from '../keys.ts'
import { accountAt, connectionAt, projectAt } from '../stub.ts'
import { ownSubject, toBillingEvent } from './events.ts'

const EVENT_MAX_BYTES = 1024 * 1024

/**
 * Answers 200 once the event is kept where it belongs, and for everything that is not ours: another answer would make
 * Stripe repeat it for three days. The tenant is the connected account; metadata is never asked.
 */
export async function receive({ request, env }: Call): Promise<Response> {
  const signature = request.headers.get('Stripe-Signature')
  if (signature === null) return refuse('signature_missing')
  const event = await verify(await readBody(request, EVENT_MAX_BYTES), signature, env)
  const { account } = event
  if (account === undefined || account === null) return received({ ignored: 'not of a connected account' })
  const mode: Mode = event.livemode ? 'live' : 'test'
  const billing = toBillingEvent(event)
  await tellAccount(billing, { env, account, mode })
  const heard = await tell(billing, { env, account, mode })
  return received(heard.length > 0 && heard.every(({ isNew }) => !isNew) ? { idempotent: true } : {})
}

/** Hears of our own subscriptions. What is said of one is only a reason to read it. */
export async function receiveOwn({ request, env }: Call): Promise<Response> {
  const signature = request.headers.get('Stripe-Signature')
  if (signature === null) return refuse('signature_missing')
  const body = await readBody(request, EVENT_MAX_BYTES)
  const event = await signedBy(env.STRIPE_WEBHOOK_SECRET_PLATFORM, body, signature)
  if (event === null || !event.livemode) return refuse('signature_invalid')
  const subject = ownSubject(event)
  if (subject === null || !(await isPlatformId(subject.platformId, env.KEY_SECRET)))
    return received({ ignored: 'not of a subscription to us' })
  need(await accountAt(env, subject.platformId).hearBilling(subject.subscriptionId))
  return received({})
}

/** Each project of the account keeps what is about it; what is about none of them is kept by the oldest, to be seen. */
async function tell(event: BillingEvent, { env, account, mode }: { env: Env; account: string; mode: Mode }) {
  const [oldest, ...others] = await connectionAt(env, account, mode).projects()
  if (oldest === undefined) return []
  const hear = async (projectId: string, keep: 'always' | 'if ours') =>
    need(await projectAt(env, { projectId, mode }).hear(event, keep))
  if (others.length === 0) return [await hear(oldest, 'always')]
  const heard = await Promise.all([oldest, ...others].map((projectId) => hear(projectId, 'if ours')))
  const kept = heard.filter((answer) => answer.kept)
  return kept.length > 0 ? kept : [await hear(oldest, 'always')]
}

/** What is about the Stripe account itself is for the account that connected it, too. */
async function tellAccount({ hints }: BillingEvent, { env, account, mode }: { env: Env; account: string; mode: Mode }) {
  const ended = hints.some(({ read }) => read === 'disconnected')
  if (!ended && !hints.some(({ read }) => read === 'account')) return
  const platformId = await connectionAt(env, account, mode).claimedBy()
  if (platformId === null) return
  need(await accountAt(env, platformId).heardOfStripe({ mode, stripeAccount: account, ended }))
}

const received = (more: Record<string, unknown>): Response => json({ received: true, ...more })

/** The event if one of our endpoints signed it. The endpoint of test mode may not speak for live mode. */
async function verify(body: string, signature: string, env: Env): Promise<Stripe.Event> {
  const live = await signedBy(env.STRIPE_WEBHOOK_SECRET_LIVE, body, signature)
  if (live !== null) return live
  const test = await signedBy(env.STRIPE_WEBHOOK_SECRET_TEST, body, signature)
  if (test === null || test.livemode) return refuse('signature_invalid')
  return test
}

async function signedBy(secret: string, body: string, signature: string): Promise<Stripe.Event | null> {
  return Stripe.webhooks.constructEventAsync(body, signature, secret).catch(() => null) // refused by the caller
}
