/** For agents: the tools of a project, by streamable HTTP, with its secret key. */

import { McpMessage } from '../../sdk/schema/mcp.ts'
import { need, readJson } from '../http.ts'
import type { Wish } from '../mcp/tools.ts'
import type { KeyedCall } from '../router.ts'
import { projectAt } from '../stub.ts'

type Respond = (request: Request, env: KeyedCall['env']) => Promise<Response>

/** The key is looked at before anything is answered: a tool that calls nobody would not notice a revoked one. */
export async function serve({ request, url, env, caller, ...address }: KeyedCall, respond: Respond): Promise<Response> {
  need(await projectAt(env, address).getProject(caller))
  const message = await readJson(request, McpMessage)
  const headers = new Headers(request.headers)
  headers.set('Accept', 'application/json, text/event-stream')
  headers.set('Content-Type', 'application/json')
  const asked = new Request(request.url, { method: 'POST', headers, body: JSON.stringify(message) })
  const authorization = request.headers.get('Authorization') ?? ''
  const call = (wish: Wish) => respond(toRequest(wish, { origin: url.origin, authorization }), env)
  const { answerMcp } = await import('../mcp/server.ts')
  return answerMcp(asked, message, { isTest: address.mode === 'test', call })
}

function toRequest(wish: Wish, { origin, authorization }: { origin: string; authorization: string }): Request {
  const headers = new Headers({ Authorization: authorization })
  if (wish.customerId !== undefined) headers.set('X-User-Id', wish.customerId)
  if (wish.idempotencyKey !== undefined) headers.set('Idempotency-Key', wish.idempotencyKey)
  if (wish.body === undefined) return new Request(origin + wish.path, { method: wish.method, headers })
  headers.set('Content-Type', 'application/json')
  return new Request(origin + wish.path, { method: wish.method, headers, body: JSON.stringify(wish.body) })
}
