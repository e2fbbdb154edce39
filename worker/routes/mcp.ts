/** For agents: the tools of a project, by streamable HTTP, with its secret key. */

import { McpMessage } from '../../sdk/schema/mcp.ts'
import { json, need, readJson } from '../http.ts'
import type { Wish } from '../mcp/tools.ts'
import type { KeyedCall } from '../router.ts'
import { createSibling, type SiblingWish } from '../sibling.ts'
import { projectAt } from '../stub.ts'

type Env = KeyedCall['env']
/** How the router answers a request, and whatever else may be refused. */
interface Desk {
  readonly respond: (request: Request, env: Env) => Promise<Response>
  readonly guarded: (act: () => Promise<Response>, request: Request, env: Env) => Promise<Response>
}

/** The key is looked at before anything is answered: a tool that calls nobody would not notice a revoked one. */
export async function serve(asked: KeyedCall, desk: Desk): Promise<Response> {
  const { request, url, env, caller, projectId, mode } = asked
  need(await projectAt(env, { projectId, mode }).getProject(caller))
  const message = await readJson(request, McpMessage)
  const headers = new Headers(request.headers)
  headers.set('Accept', 'application/json, text/event-stream')
  headers.set('Content-Type', 'application/json')
  const sent = new Request(request.url, { method: 'POST', headers, body: JSON.stringify(message) })
  const authorization = request.headers.get('Authorization') ?? ''
  const call = (wish: Wish) => desk.respond(toRequest(wish, { origin: url.origin, authorization }), env)
  const asker = { projectId, mode, caller, ip: request.headers.get('CF-Connecting-IP') }
  const create = (wish: SiblingWish) =>
    desk.guarded(async () => json(await createSibling(wish, asker, env), { status: 201 }), request, env)
  const { answerMcp } = await import('../mcp/server.ts')
  return answerMcp(sent, message, { isTest: mode === 'test', call, create })
}

function toRequest(wish: Wish, { origin, authorization }: { origin: string; authorization: string }): Request {
  const headers = new Headers({ Authorization: authorization })
  if (wish.customerId !== undefined) headers.set('X-User-Id', wish.customerId)
  if (wish.idempotencyKey !== undefined) headers.set('Idempotency-Key', wish.idempotencyKey)
  if (wish.body === undefined) return new Request(origin + wish.path, { method: wish.method, headers })
  headers.set('Content-Type', 'application/json')
  return new Request(origin + wish.path, { method: wish.method, headers, body: JSON.stringify(wish.body) })
}
