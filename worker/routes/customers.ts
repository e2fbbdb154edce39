/** The people of a project: made at the identity provider, kept as rows of the project. */

import { CustomerInput, CustomerPatch, CustomerQuery, ErasureQuery } from '../../sdk/schema/customer.ts'
import type { ListedCustomer } from '../../objects/roster.ts'
import { toCsv } from '../csv.ts'
import { clerkFor, ensureUser } from '../clerk.ts'
import { erase } from '../erase.ts'
import { fromCursor, json, need, parseQuery, readJson, refuse, toCursor } from '../http.ts'
import { makePublishableKey } from '../keys.ts'
import type { KeyedCall } from '../router.ts'
import { projectAt } from '../stub.ts'
import { idempotencyKeyOf } from './usage.ts'

/** Makes a customer. Somebody who already has an account of the shared application joins with it. */
export async function create({ request, env, caller, ...address }: KeyedCall): Promise<Response> {
  const input = await readJson(request, CustomerInput)
  const { password: _, ...asked } = input
  const key = idempotencyKeyOf(request, undefined)
  const attempt = key === undefined ? null : { key: `secret:${key}`, request: JSON.stringify(['customer', asked]) }
  const { done } = need(await projectAt(env, address).checkCustomer(caller, input, attempt))
  if (done !== null) return created(done, { 'Idempotent-Replayed': 'true' })
  const publishableKey = await makePublishableKey(address, env.KEY_SECRET)
  const userId = await ensureUser(clerkFor(address.mode, env), { ...input, publishableKey })
  return created(need(await projectAt(env, address).addCustomer(caller, { userId, input, attempt })))
}

const created = (customer: unknown, headers: Record<string, string> = {}): Response =>
  json({ success: true, customer }, { status: 201, headers })

export async function get({ params, env, caller, ...address }: KeyedCall): Promise<Response> {
  return json({ customer: need(await projectAt(env, address).getCustomer(caller, params['id'] ?? '')) })
}

/** Newest first, a page at a time. */
export async function list({ url, env, caller, ...address }: KeyedCall): Promise<Response> {
  const { cursor, format, ...asked } = parseQuery(url, CustomerQuery)
  const after = cursor === undefined ? null : placeOf(cursor)
  const query = format === 'csv' ? { ...asked, with: 'figures' as const } : asked
  const page = need(await projectAt(env, address).listCustomers(caller, { ...query, after }))
  const nextCursor = page.next === null ? null : toCursor([page.next.createdAt, page.next.id])
  if (format === 'csv') return toCsv(COLUMNS, page.customers.map(toLine), { name: 'customers', nextCursor })
  return json({ customers: page.customers, nextCursor })
}

const COLUMNS = [
  'id',
  'email',
  'plan',
  'status',
  'meter',
  'used',
  'limit',
  'mrr',
  'currency',
  'renewsAt',
  'joinedAt',
] as const

function toLine({ id, email, plan, createdAt, figures }: ListedCustomer): Record<string, string | number> {
  const { meter = '', used = 0, limit = '', status = '', mrr = 0, currency = null, renewsAt = null } = figures ?? {}
  const moment = (at: number | null) => (at === null ? '' : new Date(at).toISOString())
  const paid = { mrr, currency: currency ?? '', renewsAt: moment(renewsAt), joinedAt: moment(createdAt) }
  return { id, email: email ?? '', plan, status, meter, used, limit, ...paid }
}

function placeOf(cursor: string): { createdAt: number; id: string } {
  const [createdAt, id] = fromCursor(cursor)
  if (typeof createdAt === 'number' && typeof id === 'string') return { createdAt, id }
  return refuse('invalid_request', { message: 'cursor must be a cursor from an earlier answer.' })
}

export async function update({ request, params, env, caller, ...address }: KeyedCall): Promise<Response> {
  const patch = await readJson(request, CustomerPatch)
  const customer = need(await projectAt(env, address).updateCustomer(caller, params['id'] ?? '', patch))
  return json({ success: true, customer })
}

/** Everything that is stored about one person. */
export async function exported({ params, env, caller, ...address }: KeyedCall): Promise<Response> {
  const id = params['id'] ?? ''
  const data = need(await projectAt(env, address).exportCustomer(caller, id))
  return json({ export: data }, { headers: { 'Content-Disposition': 'attachment; filename="customer.json"' } })
}

/**
 * Erases a person: what could still take their money ends first, then they are forgotten here and leave the identity
 * provider. If this call is cut off, the project carries on by itself.
 */
export async function remove({ url, params, env, caller, ...address }: KeyedCall): Promise<Response> {
  const id = params['id'] ?? ''
  const { stripe } = parseQuery(url, ErasureQuery)
  const { email } = need(await projectAt(env, address).startErasure(caller, id, stripe))
  await erase(id, { env, address })
  return json({ success: true, message: 'Customer deleted successfully', deleted: { id, email } })
}
