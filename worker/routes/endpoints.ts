/** Where a developer's app hears of events: registering an address, changing it, its secret, a test, and sending again. */

import { OVERLAPS, RotateInput } from '../../sdk/schema/key.ts'
import { EndpointInput, EndpointPatch, RecoverInput } from '../../sdk/schema/webhook.ts'
import { makeWebhookSecret, mustBeCallable } from '../hooks.ts'
import { json, need, readJson } from '../http.ts'
import { randomText, seedOf } from '../keys.ts'
import type { KeyedCall } from '../router.ts'
import { projectAt } from '../stub.ts'
import { attemptOf } from './usage.ts'

export async function list({ env, caller, ...address }: KeyedCall): Promise<Response> {
  return json({ endpoints: need(await projectAt(env, address).listEndpoints(caller)) })
}

/**
 * The answer is the only one that shows the secret, apart from the one to its rotation; each again to the same request
 * under the same Idempotency-Key.
 */
export async function create({ request, env, caller, ...address }: KeyedCall): Promise<Response> {
  const input = await readJson(request, EndpointInput)
  await mustBeCallable(input.url, env)
  const attempt = attemptOf(request, ['endpoint', input])
  const secret = makeWebhookSecret(await seedOf(attempt, address, env.KEY_SECRET))
  const made = { id: `we_${randomText(20)}`, secret, attempt }
  const endpoint = need(await projectAt(env, address).addEndpoint(caller, input, made))
  return json({ success: true, endpoint, secret }, { status: 201 })
}

export async function get({ params, env, caller, ...address }: KeyedCall): Promise<Response> {
  return json({ endpoint: need(await projectAt(env, address).getEndpoint(caller, params['id'] ?? '')) })
}

export async function update({ request, params, env, caller, ...address }: KeyedCall): Promise<Response> {
  const patch = await readJson(request, EndpointPatch)
  if (patch.url !== undefined) await mustBeCallable(patch.url, env)
  const endpoint = need(await projectAt(env, address).changeEndpoint(caller, params['id'] ?? '', patch))
  return json({ success: true, endpoint })
}

export async function remove({ params, env, caller, ...address }: KeyedCall): Promise<Response> {
  need(await projectAt(env, address).removeEndpoint(caller, params['id'] ?? ''))
  return json({ success: true })
}

/** A new secret; messages are signed with the old one too for as long as was asked. */
export async function rotate({ request, params, env, caller, ...address }: KeyedCall): Promise<Response> {
  const { overlap } = await readJson(request, RotateInput)
  const id = params['id'] ?? ''
  const attempt = attemptOf(request, ['rotate endpoint', id, overlap])
  const secret = makeWebhookSecret(await seedOf(attempt, address, env.KEY_SECRET))
  const rotation = { secret, overlapMs: OVERLAPS[overlap], attempt }
  const endpoint = need(await projectAt(env, address).rotateEndpoint(caller, id, rotation))
  return json({ success: true, endpoint, secret }, { status: 201 })
}

export async function test({ params, env, caller, ...address }: KeyedCall): Promise<Response> {
  const message = need(await projectAt(env, address).testEndpoint(caller, params['id'] ?? ''))
  return json({ success: true, message }, { status: 202 })
}

/** Sends everything again that failed since a time. */
export async function recover({ request, params, env, caller, ...address }: KeyedCall): Promise<Response> {
  const { since } = await readJson(request, RecoverInput)
  const { recovered } = need(await projectAt(env, address).recoverEndpoint(caller, params['id'] ?? '', since))
  return json({ success: true, recovered }, { status: 202 })
}
