/** What a developer looks at: uses over time and one by one, and the story of a customer. */

import { receiptId } from '../../objects/counting.ts'
import { CallsQuery, ExplainQuery, HistoryQuery, LimitHitsQuery } from '../../sdk/schema/usage.ts'
import { toCsv } from '../csv.ts'
import { fromCursor, json, need, parseQuery, refuse, toCursor } from '../http.ts'
import type { KeyedCall } from '../router.ts'
import { projectAt } from '../stub.ts'

const COLUMNS = ['at', 'meter', 'used', 'calls'] as const
const HIT_COLUMNS = ['customerId', 'email', 'meter', 'plan', 'calls', 'quantity', 'lastAt'] as const

/** What was used, by the hour up to a week and by the day beyond, of all together or by group. */
export async function history({ url, env, caller, ...address }: KeyedCall): Promise<Response> {
  const { days, meter = null, by = null, format } = parseQuery(url, HistoryQuery)
  const found = need(await projectAt(env, address).usageHistory(caller, { days, meter, by }))
  if (format === 'json') return json(found)
  const rows = found.points.map((point) => ({
    ...point,
    at: new Date(point.at).toISOString(),
    group: point.group ?? 'other',
  }))
  const columns = by === null ? COLUMNS : [...COLUMNS, 'group' as const]
  return toCsv(columns, rows, { name: `usage-${days}-days`, nextCursor: null })
}

/** Who was refused at a limit. */
export async function limitHits({ url, env, caller, ...address }: KeyedCall): Promise<Response> {
  const { meter = null, since = null, until = null, format } = parseQuery(url, LimitHitsQuery)
  const found = need(await projectAt(env, address).usageLimitHits(caller, { meter, since, until }))
  if (format === 'json') return json(found)
  const rows = found.hits.map((hit) => ({ ...hit, email: hit.email ?? '', lastAt: new Date(hit.lastAt).toISOString() }))
  return toCsv(HIT_COLUMNS, rows, { name: 'limit-hits', nextCursor: null })
}

/** Counted calls, newest first. A page may hold fewer than asked for, or none, and say where to go on. */
export async function calls({ url, env, caller, ...address }: KeyedCall): Promise<Response> {
  const { customerId = null, meter = null, plan = null, ...rest } = parseQuery(url, CallsQuery)
  const { since = null, until = null, limit, cursor } = rest
  const before = cursor === undefined ? null : placeOf(cursor)
  const query = { customerId, meter, plan, since, until, before, limit }
  const found = need(await projectAt(env, address).usageCalls(caller, query))
  return json({
    calls: found.calls.map(({ spent: _, periodStart: __, ...call }) => ({ ...call, id: receiptId(call.id) })),
    nextCursor: found.next === null ? null : toCursor([found.next]),
  })
}

function placeOf(cursor: string): number {
  const [id] = fromCursor(cursor)
  if (typeof id === 'number') return id
  return refuse('invalid_request', { message: 'cursor must be a cursor from an earlier answer.' })
}

export async function timeline({ params, env, caller, ...address }: KeyedCall): Promise<Response> {
  return json(need(await projectAt(env, address).customerStory(caller, params['id'] ?? '')))
}

/** Would this customer be served now, and if not, why? Nothing is counted. */
export async function explain({ url, params, env, caller, ...address }: KeyedCall): Promise<Response> {
  const { meter = null, quantity } = parseQuery(url, ExplainQuery)
  return json(need(await projectAt(env, address).explainUse(caller, { id: params['id'] ?? '', meter, quantity })))
}
