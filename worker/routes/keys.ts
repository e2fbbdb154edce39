/** A project's secret keys. One is shown when it is made and never again. */

import { KeyInput, OVERLAPS, RotateInput } from '../../sdk/schema/key.ts'
import { json, need, readJson } from '../http.ts'
import { derivedText, makeSecretKey, randomText, SECRET_LENGTH } from '../keys.ts'
import type { KeyedCall } from '../router.ts'
import { projectAt } from '../stub.ts'
import { idempotencyKeyOf } from './usage.ts'

export async function list({ env, caller, ...address }: KeyedCall): Promise<Response> {
  return json({ keys: need(await projectAt(env, address).listKeys(caller)) })
}

/** The same Idempotency-Key makes the same key, and shows it again: a lost answer leaves nothing behind that nobody knows. */
export async function create({ request, env, caller, ...address }: KeyedCall): Promise<Response> {
  const input = await readJson(request, KeyInput)
  const attempt = idempotencyKeyOf(request, undefined)
  const wish = `key ${address.projectId}/${address.mode}/${input.name}/${attempt}`
  const random =
    attempt === undefined ? randomText(SECRET_LENGTH) : await derivedText(wish, SECRET_LENGTH, env.KEY_SECRET)
  const { key: secretKey, hash, last4 } = await makeSecretKey(address, env.KEY_SECRET, random)
  const key = need(await projectAt(env, address).addKey(caller, { ...input, hash, last4 }))
  return json({ success: true, key, secretKey }, { status: 201 })
}

/** Replaces a key by one of the same name and scopes; the old one works on as long as was asked. */
export async function rotate({ request, params, env, caller, ...address }: KeyedCall): Promise<Response> {
  const { overlap } = await readJson(request, RotateInput)
  const { key: secretKey, hash, last4 } = await makeSecretKey(address, env.KEY_SECRET)
  const rotation = { name: params['name'] ?? '', overlapMs: OVERLAPS[overlap], hash, last4 }
  const key = need(await projectAt(env, address).rotateKey(caller, rotation))
  return json({ success: true, key, secretKey }, { status: 201 })
}

/** Ends a key: the next request with it is refused. */
export async function revoke({ params, env, caller, ...address }: KeyedCall): Promise<Response> {
  return json({ success: true, revoked: need(await projectAt(env, address).revokeKey(caller, params['name'] ?? '')) })
}
