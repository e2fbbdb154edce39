/** Counting uses, reading what is left, and taking a mistaken count back. */

import * as v from 'valibot'
import type { Counted, Replayable } from '../../objects/counting.ts'
import type { Outcome } from '../../objects/outcome.ts'
import type { Attempt } from '../../objects/replies.ts'
import { IdempotencyKey } from '../../sdk/schema/common.ts'
import { ERRORS } from '../../sdk/schema/error.ts'
import { BatchInput, UsageInput, UsageQuery } from '../../sdk/schema/usage.ts'
import { json, need, parse, parseQuery, readJson, refuse } from '../http.ts'
import type { KeyedCall } from '../router.ts'
import { projectAt } from '../stub.ts'

const BATCH_MAX_BYTES = 1024 * 1024

/** The key of a request that may be repeated: the header, or the field of the same meaning. */
export function idempotencyKeyOf(request: Request, field: string | undefined): string | undefined {
  const header = request.headers.get('Idempotency-Key')
  if (header === null) return field
  const key = parse(v.object({ 'Idempotency-Key': IdempotencyKey }), { 'Idempotency-Key': header })['Idempotency-Key']
  if (field !== undefined && field !== key)
    refuse('invalid_request', { message: 'idempotencyKey and the Idempotency-Key header differ. Send one of them.' })
  return key
}

/** A write of the project's owner that may be repeated, if it carries a key. */
export function attemptOf(request: Request, asked: readonly unknown[]): Attempt | null {
  const key = idempotencyKeyOf(request, undefined)
  return key === undefined ? null : { key: `secret:${key}`, request: JSON.stringify(asked) }
}

/** Counts one use. Refuses with `limit_reached` instead of counting one too many. */
export async function track({ request, env, caller, ...address }: KeyedCall): Promise<Response> {
  const input = await readJson(request, UsageInput)
  const item = { ...input, idempotencyKey: idempotencyKeyOf(request, input.idempotencyKey) }
  const [counted] = need(await projectAt(env, address).trackUsage(caller, [item]))
  return toAnswer(counted!)
}

function toAnswer(counted: Replayable<Outcome<Counted>>): Response {
  const { id, usage } = need(counted)
  const headers: Record<string, string> = counted.replayed ? { 'Idempotent-Replayed': 'true' } : {}
  const data = { message: 'Request processed successfully' }
  return json({ success: true, allowed: true, id, data, usage }, { headers })
}

/** Counts up to 1,000 uses; every item has its own answer. A key for the whole makes a key for every item. */
export async function trackBatch({ request, env, caller, ...address }: KeyedCall): Promise<Response> {
  const { items } = await readJson(request, BatchInput, BATCH_MAX_BYTES)
  const whole = idempotencyKeyOf(request, undefined)
  const keyed = items.map((item, index) => ({
    ...item,
    idempotencyKey: item.idempotencyKey ?? (whole === undefined ? undefined : `${whole}#${index}`),
  }))
  const results = need(await projectAt(env, address).trackUsage(caller, keyed))
  return json({ success: results.every((result) => result.ok), results: results.map(toResult) })
}

function toResult(counted: Replayable<Outcome<Counted>>) {
  if (counted.ok) return { success: true, allowed: true, ...counted.value, replayed: counted.replayed === true }
  const { status, error, message } = ERRORS[counted.code]
  return { success: false, allowed: false, status, error, code: counted.code, message, ...counted.detail }
}

/** What is left of every meter, now. Never changes anything. */
export async function check({ url, env, caller, ...address }: KeyedCall): Promise<Response> {
  const { meter } = parseQuery(url, UsageQuery)
  return json(need(await projectAt(env, address).usage(caller, meter ?? null)))
}

export async function reverse({ params, env, caller, ...address }: KeyedCall): Promise<Response> {
  const reversed = need(await projectAt(env, address).reverseUsage(caller, params['id'] ?? ''))
  return json({ success: true, reversed: true, ...reversed })
}
