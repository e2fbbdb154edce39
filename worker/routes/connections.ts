/** The Stripe accounts of an account: one in each mode. */

import * as v from 'valibot'
import type { Link } from '../../objects/links.ts'
import { ConnectionFinish, ConnectionStart, DisconnectQuery } from '../../sdk/schema/account.ts'
import type { Connection } from '../../sdk/schema/answers/account.ts'
import type { Said } from '../../sdk/schema/answers/words.ts'
import { MODES, type Mode } from '../../sdk/schema/common.ts'
import { json, need, parse, parseQuery, readJson, refuse } from '../http.ts'
import { randomText, sha256Hex } from '../keys.ts'
import type { SeatedCall } from '../router.ts'
import { authorizeUrl, connectAccount, exchangeCode, onboardingUrl, readConnection } from '../stripe/connect.ts'
import { toStripeRefusal } from '../stripe/client.ts'
import { accountAt, projectAt } from '../stub.ts'

/** 130 random bits. */
const STATE_LENGTH = 26

const modeOf = ({ params }: SeatedCall): Mode => parse(v.object({ mode: v.picklist(MODES) }), params).mode

export async function list({ env, seat }: SeatedCall): Promise<Response> {
  const { test, live } = await accountAt(env, seat.platformId).connections()
  return json({ connections: { test: test && toPublicConnection(test), live: live && toPublicConnection(live) } })
}

/** Answers where at Stripe the member connects an account. */
export async function start(call: SeatedCall): Promise<Response> {
  const { env, seat, request } = call
  const mode = modeOf(call)
  const { via } = await readJson(request, ConnectionStart)
  if (via === 'onboarding') return json({ url: await onboardingUrl(mode, seat.platformId, env) })
  const state = `${mode}_${randomText(STATE_LENGTH)}`
  const { userId, sessionId } = seat
  need(await accountAt(env, seat.platformId).beginVisit({ hash: await sha256Hex(state), mode, userId, sessionId }))
  return json({ url: authorizeUrl(mode, state, env) })
}

/** The member is back from Stripe, with what Stripe gave them. */
export async function finish(call: SeatedCall): Promise<Response> {
  const { env, seat, request } = call
  const mode = modeOf(call)
  const { state, code } = await readJson(request, ConnectionFinish)
  if (state === undefined) return json({ connection: toPublicConnection(await lookAgain(mode, call)) })
  const { userId, sessionId } = seat
  need(await accountAt(env, seat.platformId).endVisit({ hash: await sha256Hex(state), mode, userId, sessionId }))
  if (code === undefined) return refuse('connection_declined')
  const granted = await exchangeCode(code, mode, env)
  const link = await connectAccount({ ...granted, via: 'oauth', mode }, seat.platformId, env)
  return json({ connection: toPublicConnection(link) })
}

/** After onboarding: how the account stands now. */
async function lookAgain(mode: Mode, { env, seat }: SeatedCall): Promise<Link> {
  await readConnection(mode, seat.platformId, env).catch((error: unknown) => {
    throw toStripeRefusal(error)
  })
  return (await accountAt(env, seat.platformId).connection(mode)) ?? refuse('connection_not_found')
}

/** Every project of the mode is disconnected with it. Refused while subscriptions are paid through it, unless forced. */
export async function remove(call: SeatedCall): Promise<Response> {
  const { env, seat, url } = call
  const mode = modeOf(call)
  const { force } = parseQuery(url, DisconnectQuery)
  if ((await accountAt(env, seat.platformId).connection(mode)) === null) return refuse('connection_not_found')
  const subscriptions = force === 'true' ? 0 : await runningIn(mode, call)
  if (subscriptions > 0) return refuse('connection_in_use', { subscriptions })
  need(await accountAt(env, seat.platformId).disconnect(mode))
  return json({ success: true })
}

async function runningIn(mode: Mode, { env, seat }: SeatedCall): Promise<number> {
  const holdings = await accountAt(env, seat.platformId).projects()
  const inMode = holdings.filter(({ testAt, liveAt }) => (mode === 'test' ? testAt : liveAt) !== null)
  const counts = await Promise.all(
    inMode.map(({ projectId }) => projectAt(env, { projectId, mode }).liveSubscriptions()),
  )
  return counts.reduce((sum, count) => sum + count, 0)
}

const toPublicConnection = (link: Link): Said<typeof Connection> => ({
  stripeAccount: link.stripeAccount,
  mode: link.mode,
  via: link.via,
  scope: link.scope,
  ...readinessOf(link),
  detailsSubmitted: link.detailsSubmitted,
  country: link.country,
  currency: link.currency,
  connectedAt: link.connectedAt,
})

/** Can payments be taken, and if not, why. */
export function readinessOf(link: Link | null): { chargesEnabled: boolean; reason: string | null } {
  if (link === null) return { chargesEnabled: false, reason: 'No Stripe account is connected.' }
  if (link.chargesEnabled) return { chargesEnabled: true, reason: null }
  return { chargesEnabled: false, reason: reasonOf(link) }
}

function reasonOf({ reason, detailsSubmitted, readAt }: Link): string {
  if (readAt === null) return 'Stripe is being asked whether the account may take payments.'
  if (reason === 'no_access') return 'Stripe does not let us see the account. Disconnect it and connect it again.'
  if (!detailsSubmitted) return 'The onboarding at Stripe is not finished. Start it again to go on.'
  const word = reason === null ? '' : ` (${reason})`
  return `Stripe lets the account take no payments at the moment${word}. Complete its requirements at Stripe.`
}
