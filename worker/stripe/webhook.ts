/** Hears Stripe: the signature over the raw body, then the projects of the account that the event names. */

import Stripe from 'stripe'
import type { Mode } from '../../sdk/schema/common.ts'
import type { Env } from '../env.ts'
import { json, need, readBody, refuse } from '../http.ts'
import type { Call } from '../router.ts'
import { connectionAt, projectAt } from '../stub.ts'
import { toBillingEvent } from './events.ts'

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
  const projects = await connectionAt(env, account, mode).projects()
  const billing = toBillingEvent(event)
  const heard = await Promise.all(
    projects.map(async (projectId) => need(await projectAt(env, { projectId, mode }).hear(billing))),
  )
  return received(heard.length > 0 && heard.every(({ isNew }) => !isNew) ? { idempotent: true } : {})
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
