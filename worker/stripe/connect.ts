/** Connecting the Stripe account of a developer: by OAuth or by onboarding, read, and let go again. */

import type Stripe from 'stripe'
import type { AccountReading, Link, Via } from '../../objects/links.ts'
import type { Mode } from '../../sdk/schema/common.ts'
import type { Env } from '../env.ts'
import { need, refuse } from '../http.ts'
import { accountAt, connectionAt, projectAt, type Address } from '../stub.ts'
import { assertObject, stripeFailure, stripeFor, toStripeRefusal } from './client.ts'

const AUTHORIZE_URL = 'https://connect.stripe.com/oauth/authorize'

export const clientIdOf = (mode: Mode, env: Env): string =>
  mode === 'test' ? env.STRIPE_CLIENT_ID_TEST : env.STRIPE_CLIENT_ID_LIVE

/** Where the member agrees to connect an account that they have. */
export function authorizeUrl(mode: Mode, state: string, env: Env): string {
  const url = new URL(env.STRIPE_AUTHORIZE_URL ?? AUTHORIZE_URL)
  url.search = new URLSearchParams({
    response_type: 'code',
    client_id: clientIdOf(mode, env),
    scope: 'read_write',
    state,
    redirect_uri: `${env.DASHBOARD_URL}/connect/callback`,
  }).toString()
  return url.href
}

/** What the code is worth. The tokens that come with it are let go at once: we act with our own key. */
export async function exchangeCode(
  code: string,
  mode: Mode,
  env: Env,
): Promise<{ stripeAccount: string; scope: string }> {
  const granted = await stripeFor(mode, env)
    .oauth.token({ grant_type: 'authorization_code', code })
    .catch((error: unknown) => {
      throw toStripeRefusal(error)
    })
  const { stripe_user_id: stripeAccount, scope, livemode } = granted
  if (stripeAccount === undefined || !/^acct_\w+$/.test(stripeAccount)) return refuse('stripe_unavailable')
  if (livemode !== (mode === 'live'))
    return refuse('stripe_refused', { message: `Stripe connected the account in another mode than ${mode}.` })
  return { stripeAccount, scope: String(scope ?? '') }
}

/** Claims a Stripe account for a platform account and writes it down; a fault between the two heals by itself. */
export async function connectAccount(
  made: { stripeAccount: string; via: Via; scope: string; mode: Mode },
  platformId: string,
  env: Env,
): Promise<Link> {
  const account = accountAt(env, platformId)
  const claim = need(await account.beginClaim(made.mode, made.stripeAccount))
  need(await connectionAt(env, made.stripeAccount, made.mode).claim({ platformId, claim }))
  const link = need(await account.link({ ...made, claim }))
  await readConnection(made.mode, platformId, env).catch(() => null) // owed: the outbox reads it again
  return (await account.connection(made.mode)) ?? link
}

/** The address where the member tells Stripe who they are. The account is made once, however often this is asked. */
export async function onboardingUrl(mode: Mode, platformId: string, env: Env): Promise<string> {
  const { stripeAccount: known, number, email } = need(await accountAt(env, platformId).beginOnboarding(mode))
  const stripe = stripeFor(mode, env)
  try {
    const made =
      known ??
      assertObject(
        await stripe.accounts.create(
          { type: 'standard', email, metadata: { dream_account: platformId } },
          { idempotencyKey: `account:${platformId}:${mode}:${number}` },
        ),
      ).id
    if (known === null)
      await connectAccount({ stripeAccount: made, via: 'onboarding', scope: 'read_write', mode }, platformId, env)
    const back = `${env.DASHBOARD_URL}/connect/callback?mode=${mode}`
    const link = await stripe.accountLinks.create({
      account: made,
      type: 'account_onboarding',
      return_url: back,
      refresh_url: `${back}&refresh=true`,
    })
    return link.url
  } catch (error) {
    throw toStripeRefusal(error)
  }
}

/** Asks Stripe how the account stands. */
export async function readConnection(mode: Mode, platformId: string, env: Env): Promise<void> {
  const account = accountAt(env, platformId)
  const link = await account.connection(mode)
  if (link === null) return
  const { stripeAccount } = link
  const found = await stripeFor(mode, env).accounts.retrieve(stripeAccount).then(toReading, noAccessIsNull)
  need(await account.readStripe({ mode, stripeAccount, found }))
}

const toReading = (account: Stripe.Account): AccountReading => ({
  chargesEnabled: account.charges_enabled,
  detailsSubmitted: account.details_submitted,
  reason: account.charges_enabled ? null : (account.requirements?.disabled_reason ?? null),
  country: account.country ?? null,
  currency: account.default_currency ?? null,
})

/** An account that we may not see any more takes no payments through us. */
function noAccessIsNull(error: unknown): null {
  const { forbidden, missing } = stripeFailure(error)
  if (forbidden || missing) return null
  throw error
}

/** Puts a project where the account's payments go now. What it is told is read here, not when it was owed. */
export async function joinConnection(address: Address, platformId: string, env: Env): Promise<void> {
  const facts = await accountAt(env, platformId).connectionFacts(address.mode)
  const { projectId, mode } = address
  const connection = facts && connectionAt(env, facts.stripeAccount, mode)
  if (connection) need(await connection.attach({ platformId, projectId }))
  const heard = await projectAt(env, address).hearConnection(facts)
  if (heard.ok) return
  if (heard.code !== 'project_deleted') need(heard)
  await connection?.detach(projectId)
}

/**
 * Lets a Stripe account go that is not ours any more, or whose claim was never written down: at Stripe first, so that
 * whoever claims it next is not cut off by it.
 */
export async function releaseConnection(key: string, platformId: string, env: Env): Promise<void> {
  const [mode, stripeAccount = '', number] = key.split(':') as [Mode, string, string]
  const claim = { platformId, claim: Number(number) }
  const connection = connectionAt(env, stripeAccount, mode)
  if (await accountAt(env, platformId).holdsClaim(mode, claim.claim)) return
  if (!(await connection.isClaimed(claim))) return
  await stripeFor(mode, env)
    .oauth.deauthorize({ client_id: clientIdOf(mode, env), stripe_user_id: stripeAccount })
    .catch((error: unknown) => {
      if (!stripeFailure(error).definite) throw error // Stripe says that it is not connected: so it is let go
    })
  await connection.release(claim)
}
