/** Where customers sign in: our own pages, and the way back to the project's, which never carries a token. */

import type { Arrived } from '../../sdk/schema/answers/service.ts'
import type { Said } from '../../sdk/schema/answers/words.ts'
import { ArrivalInput, VisitQuery } from '../../sdk/schema/session.ts'
import { clerkOnPage, verifiedEmail, verifySignIn } from '../clerk.ts'
import type { Env } from '../env.ts'
import { json, need, parseQuery, readJson, refuse } from '../http.ts'
import { readKey } from '../keys.ts'
import { makeCode, type Pass } from '../passes.ts'
import { signInPage, type Visit } from '../pages/signIn.ts'
import type { Call } from '../router.ts'
import { projectAt, type Address } from '../stub.ts'

/**
 * Lets a person in who has signed in on our page, and says where they go on: back, with a code if one was asked for; nowhere
 * before they were asked whether they want to become a customer.
 */
export async function arrive({ request, env }: Call): Promise<Response> {
  const { pk, redirect, state, codeChallenge, token, join, awaiting } = await readJson(request, ArrivalInput)
  if (request.headers.get('Origin') !== new URL(env.API_URL).origin) refuse('origin_not_allowed')
  const address = await projectOf(pk, env)
  const userId = await verifySignIn(token, address.mode, env)
  if (awaiting !== undefined) await projectAt(env, address).newPlan(userId, awaiting.from ?? null)
  const email = join ? await verifiedEmail(userId, address.mode, env) : null
  const code = codeChallenge === undefined ? null : await makeCode(address, env.KEY_SECRET)
  const arrived = await projectAt(env, address).arrive({
    userId,
    join: join ? { email } : null,
    redirect,
    code: code && { hash: code.hash, challenge: codeChallenge ?? '' },
  })
  // No mistake of anybody's: as a refusal, the browser would log an error at everybody's first visit.
  if (!arrived.ok && arrived.code === 'not_a_customer') return json({ location: null } satisfies Said<typeof Arrived>)
  need(arrived)
  return json({ location: wayBack(redirect, code, state) } satisfies Said<typeof Arrived>)
}

const page =
  (visit: Visit) =>
  async ({ url, env }: Call): Promise<Response> => {
    const { pk, redirect } = parseQuery(url, VisitQuery)
    const address = await projectOf(pk, env)
    const { name, accentColor } = need(await projectAt(env, address).signInDoor(redirect))
    return signInPage({ visit, name, accentColor, clerk: clerkOnPage(address.mode, env) })
  }

export const showSignUp = page('signup')
export const showSignIn = page('signin')
export const showAccount = page('account')
/** Where a purchase leads back to: on, with a code whose token knows of it. */
export const showRefresh = page('refresh')
/** The end of the person's session on our pages. An app ends its own by itself. */
export const showSignOut = page('signout')

async function projectOf(pk: string, env: Env): Promise<Address> {
  const key = await readKey(pk, env.KEY_SECRET)
  return key?.kind === 'publishable' ? key : refuse('invalid_publishable_key')
}

function wayBack(redirect: string, code: Pass | null, state: string | undefined): string {
  const url = new URL(redirect)
  if (code !== null) url.searchParams.set('__dream_code', code.text)
  if (state !== undefined) url.searchParams.set('__dream_state', state)
  return url.toString()
}
