/** An app as a developer builds it on the client, right in everything; a test spoils one part of it. */

import { createServer, type IncomingMessage, type Server } from 'node:http'
import { DreamAPI, DreamAPIException, type DreamAPIConfig } from '../../sdk/index.ts'
import { withPlan } from '../../sdk/server.ts'
import { verify } from '../../sdk/webhooks.ts'

export type Handle = (request: Request) => Response | Promise<Response>
export type Routes = Record<string, Handle>

/** Handlers by `METHOD /path`. */
export function rightApp(config: DreamAPIConfig, webhookSecret: string): Routes {
  const dream = new DreamAPI(config)
  return {
    'GET /': () => page('<script type="module" src="/assets/main.js"></script>'),
    'GET /assets/main.js': () => script(`import './chunk.js'; start(${JSON.stringify(config.publishableKey)})`),
    'GET /assets/chunk.js': () => script('export const more = 1'),
    'POST /api/answer': (request) => refusals(() => answered(dream, request)),
    'GET /api/report': withPlan({ dream, plans: ['pro', 'max'] }, () => Response.json({ report: 1 })),
    'POST /hooks': async (request) => {
      const event = await verify(request, webhookSecret).catch(() => null)
      return new Response(null, { status: event === null ? 400 : 204 })
    },
  }
}

async function answered(dream: DreamAPI, request: Request): Promise<Response> {
  const idempotencyKey = request.headers.get('Idempotency-Key') ?? undefined
  await dream.forToken(tokenOf(request)).usage.consume({}, { idempotencyKey })
  return Response.json({ answer: 42 })
}

export const tokenOf = (request: Request): string =>
  (request.headers.get('Authorization') ?? '').replace(/^Bearer /, '')
export const page = (html: string): Response => new Response(html, { headers: { 'Content-Type': 'text/html' } })
export const script = (code: string): Response => new Response(code, { headers: { 'Content-Type': 'text/javascript' } })

/** What the client throws is the app's answer. */
export async function refusals(handle: () => Promise<Response>): Promise<Response> {
  try {
    return await handle()
  } catch (error) {
    if (!(error instanceof DreamAPIException)) throw error
    return Response.json({ code: error.reason }, { status: error.status || 502 })
  }
}

/** Serves it on a port of its own. */
export async function serveApp(routes: Routes): Promise<{ url: string; close(): void }> {
  const server: Server = createServer(async (asked, answer) => {
    const handle = routes[`${asked.method} ${asked.url}`]
    const response = handle === undefined ? new Response(null, { status: 404 }) : await handle(await toRequest(asked))
    answer.writeHead(response.status, Object.fromEntries(response.headers))
    answer.end(Buffer.from(await response.arrayBuffer()))
  })
  const port = await new Promise<number>((resolve) =>
    server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port)),
  )
  const close = () => {
    server.closeAllConnections()
    server.close()
  }
  return { url: `http://127.0.0.1:${port}`, close }
}

async function toRequest(asked: IncomingMessage): Promise<Request> {
  const { method, url, headers } = asked
  const chunks: Buffer[] = []
  for await (const chunk of asked) chunks.push(chunk as Buffer)
  return new Request(`http://app${url}`, {
    method,
    headers: Object.entries(headers) as [string, string][],
    ...(chunks.length > 0 && { body: Buffer.concat(chunks) }),
  })
}
