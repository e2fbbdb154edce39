/** A project's secret keys. One is shown when it is made, and again to the same request under the same Idempotency-Key only. */

import type { Attempt } from '../../objects/replies.ts'
import { KeyInput, OVERLAPS, RevocationQuery, RotateInput } from '../../sdk/schema/key.ts'
import type { Env } from '../env.ts'
import { json, need, parseQuery, readJson } from '../http.ts'
import { makeSecretKey, SECRET_LENGTH, seedOf, seedText } from '../keys.ts'
import type { KeyedCall } from '../router.ts'
import { projectAt, type Address } from '../stub.ts'
import { attemptOf } from './usage.ts'

export async function list({ env, caller, ...address }: KeyedCall): Promise<Response> {
  return json({ keys: need(await projectAt(env, address).listKeys(caller)) })
}

export async function create({ request, env, caller, ...address }: KeyedCall): Promise<Response> {
  const input = await readJson(request, KeyInput)
  const attempt = attemptOf(request, ['key', input])
  const { key: secretKey, hash, last4 } = await makeKey(attempt, address, env)
  const key = need(await projectAt(env, address).addKey(caller, { ...input, hash, last4 }, attempt))
  return json({ success: true, key, secretKey }, { status: 201 })
}

async function makeKey(attempt: Attempt | null, address: Address, { KEY_SECRET }: Env) {
  return makeSecretKey(address, KEY_SECRET, seedText(await seedOf(attempt, address, KEY_SECRET), SECRET_LENGTH))
}

/** Replaces a key by one of the same name and scopes; the old one works on as long as was asked. */
export async function rotate({ request, params, env, caller, ...address }: KeyedCall): Promise<Response> {
  const { overlap } = await readJson(request, RotateInput)
  const name = params['name'] ?? ''
  const attempt = attemptOf(request, ['rotate', name, overlap])
  const { key: secretKey, hash, last4 } = await makeKey(attempt, address, env)
  const rotation = { name, overlapMs: OVERLAPS[overlap], hash, last4 }
  const key = need(await projectAt(env, address).rotateKey(caller, rotation, attempt))
  return json({ success: true, key, secretKey }, { status: 201 })
}

/** Ends a key, or what a rotation left of an old one: the next request with it is refused. */
export async function revoke({ url, params, env, caller, ...address }: KeyedCall): Promise<Response> {
  const { only = null } = parseQuery(url, RevocationQuery)
  const revoked = need(await projectAt(env, address).revokeKey(caller, params['name'] ?? '', only))
  return json({ success: true, revoked })
}
