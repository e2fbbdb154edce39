/** What Stripe told a project, and hearing it once more. */

import type { ReceivedEvent } from '../../objects/inbox.ts'
import { EventQuery } from '../../sdk/schema/event.ts'
import { fromCursor, json, need, parseQuery, refuse, toCursor } from '../http.ts'
import type { KeyedCall } from '../router.ts'
import { projectAt } from '../stub.ts'

const summary = ({ payload: _, subject: __, ...event }: ReceivedEvent) => event
const whole = (event: ReceivedEvent) => ({ ...summary(event), payload: JSON.parse(event.payload) as unknown })

export async function list({ url, env, caller, ...address }: KeyedCall): Promise<Response> {
  const { limit, cursor, type, outcome } = parseQuery(url, EventQuery)
  const after = cursor === undefined ? null : placeOf(cursor)
  const { events, health } = need(await projectAt(env, address).listEvents(caller, { limit, after, type, outcome }))
  const last = events.length === limit ? events.at(-1) : undefined
  const nextCursor = last ? toCursor([last.receivedAt, last.id]) : null
  return json({ events: events.map(summary), nextCursor, health })
}

function placeOf(cursor: string): { receivedAt: number; id: string } {
  const [receivedAt, id] = fromCursor(cursor)
  if (typeof receivedAt === 'number' && typeof id === 'string') return { receivedAt, id }
  return refuse('invalid_request', { message: 'cursor must be a cursor from an earlier answer.' })
}

export async function get({ params, env, caller, ...address }: KeyedCall): Promise<Response> {
  return json({ event: whole(need(await projectAt(env, address).getEvent(caller, params['id'] ?? ''))) })
}

/** Reads again at Stripe what the event named. What is true already does not change. */
export async function replay({ params, env, caller, ...address }: KeyedCall): Promise<Response> {
  const event = need(await projectAt(env, address).replayEvent(caller, params['id'] ?? ''))
  return json({ success: true, event: summary(event) })
}
