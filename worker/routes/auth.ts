/** The sessions of customers: a code becomes one, a refresh token keeps it, and it can be ended. */

import { CodeExchange, Renewal, SessionsQuery, SessionToken } from '../../sdk/schema/session.ts'
import type { Grant } from '../../objects/signing.ts'
import { mintCustomerToken, publishedKeys } from '../customerToken.ts'
import type { Env } from '../env.ts'
import { json, need, parseQuery, readJson, refuse } from '../http.ts'
import { challengeOf, hashOfCode, makeRefreshToken, nextRefreshToken, readRefreshToken } from '../passes.ts'
import type { Call, KeyedCall } from '../router.ts'
import { projectAt } from '../stub.ts'

export async function exchange({ request, env, caller, ...address }: KeyedCall): Promise<Response> {
  const { code, codeVerifier } = await readJson(request, CodeExchange)
  const codeHash = await hashOfCode(code, env.KEY_SECRET)
  if (codeHash === null) return refuse('code_invalid')
  const first = await makeRefreshToken(address, env.KEY_SECRET)
  const session = { id: first.sessionId, hash: first.hash }
  const challenge = await challengeOf(codeVerifier)
  const given = { codeHash, challenge, session }
  return granted(need(await projectAt(env, address).exchangeCode(caller, given)), first.text, env)
}

export async function refresh({ request, env, caller, ...address }: KeyedCall): Promise<Response> {
  const { refreshToken, awaiting } = await readJson(request, Renewal)
  const token = (await readRefreshToken(refreshToken, env.KEY_SECRET)) ?? refuse('session_ended')
  if (awaiting) await projectAt(env, address).newPlanIn(token.sessionId)
  const next = await nextRefreshToken(refreshToken, token, env.KEY_SECRET)
  const renewal = { id: token.sessionId, hash: token.hash, nextHash: next.hash }
  return granted(need(await projectAt(env, address).refreshSession(caller, renewal)), next.text, env)
}

export async function signOut({ request, env, caller, ...address }: KeyedCall): Promise<Response> {
  const { refreshToken } = await readJson(request, SessionToken)
  const { sessionId } = (await readRefreshToken(refreshToken, env.KEY_SECRET)) ?? refuse('session_ended')
  need(await projectAt(env, address).signOut(caller, sessionId))
  return json({ success: true })
}

async function granted(grant: Grant, refreshToken: string, env: Env): Promise<Response> {
  const { token, expiresAt } = await mintCustomerToken(grant, env)
  return json({ token, refreshToken, expiresAt, customer: grant.customer })
}

export async function keys({ env }: Call): Promise<Response> {
  return json(publishedKeys(env), { headers: { 'Cache-Control': 'public, max-age=300' } })
}

export async function listSessions({ params, env, caller, ...address }: KeyedCall): Promise<Response> {
  return json({ sessions: need(await projectAt(env, address).listSessions(caller, params['id'] ?? '')) })
}

export async function endSessions({ url, params, env, caller, ...address }: KeyedCall): Promise<Response> {
  const { session = null } = parseQuery(url, SessionsQuery)
  const { ended } = need(await projectAt(env, address).endSessions(caller, params['id'] ?? '', session))
  return json({ success: true, ended })
}
