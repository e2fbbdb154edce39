/** What was sent to a developer's endpoints, with every attempt, and sending one of it again. */

import { MessageQuery } from '../../sdk/schema/webhook.ts'
import { fromCursor, json, need, parseQuery, refuse, toCursor } from '../http.ts'
import type { KeyedCall } from '../router.ts'
import { projectAt } from '../stub.ts'

/** Newest first, a page at a time. */
export async function list({ url, env, caller, ...address }: KeyedCall): Promise<Response> {
  const { limit, cursor, endpoint = null, type = null, state = null } = parseQuery(url, MessageQuery)
  const before = cursor === undefined ? null : placeOf(cursor)
  const query = { before, limit, endpointId: endpoint, type, state }
  const messages = need(await projectAt(env, address).listMessages(caller, query))
  const last = messages.length === limit ? messages.at(-1) : undefined
  return json({ messages, nextCursor: last ? toCursor([last.id]) : null })
}

function placeOf(cursor: string): string {
  const [id] = fromCursor(cursor)
  return typeof id === 'string'
    ? id
    : refuse('invalid_request', { message: 'cursor must be a cursor from an earlier answer.' })
}

/** The message as it is sent, and what came of each attempt. What an endpoint answered is not kept. */
export async function get({ params, env, caller, ...address }: KeyedCall): Promise<Response> {
  const { body, ...message } = need(await projectAt(env, address).getMessage(caller, params['id'] ?? ''))
  return json({ message: { ...message, payload: JSON.parse(body) as unknown } })
}

export async function resend({ params, env, caller, ...address }: KeyedCall): Promise<Response> {
  const message = need(await projectAt(env, address).resendMessage(caller, params['id'] ?? ''))
  return json({ success: true, message }, { status: 202 })
}
