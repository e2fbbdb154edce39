/** Every route on one page, with who may call it. */

import { Router, type IRequest } from 'itty-router'
import { identify, type Access, type Identified } from './auth.ts'
import { mixedModes, missingSettings, type Env } from './env.ts'
import { json, refuse, toErrorResponse, toRefused } from './http.ts'
import * as assets from './routes/assets.ts'
import * as cart from './routes/cart.ts'
import * as checkout from './routes/checkout.ts'
import * as customers from './routes/customers.ts'
import * as dashboard from './routes/dashboard.ts'
import * as events from './routes/events.ts'
import * as feed from './routes/feed.ts'
import * as orders from './routes/orders.ts'
import * as products from './routes/products.ts'
import * as tiers from './routes/tiers.ts'
import * as usage from './routes/usage.ts'
import { receive } from './stripe/webhook.ts'

/** What a handler gets: the request and what its path named. */
export interface Call {
  readonly request: Request
  readonly url: URL
  readonly params: Readonly<Record<string, string>>
  readonly env: Env
}
/** The same, with who asks. */
export type KeyedCall = Call & Identified

type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE'

export interface Route {
  readonly method: Method
  readonly path: string
  readonly access: Access
  readonly handle: (call: Call) => Promise<Response>
}

const open = (method: Method, path: string, handle: (call: Call) => Promise<Response>): Route => ({
  method,
  path,
  access: 'public',
  handle,
})

const keyed = (
  access: Exclude<Access, 'public'>,
  method: Method,
  path: string,
  handle: (call: KeyedCall) => Promise<Response>,
): Route => ({
  method,
  path,
  access,
  handle: async (call) => handle({ ...call, ...(await identify(call.request, access, call.env)) }),
})

export const ROUTES: readonly Route[] = [
  open('GET', '/health', async () => json({ status: 'ok' })),
  open('POST', '/webhook/stripe', receive),
  open('GET', '/api/feed', feed.connect),

  keyed('key', 'GET', '/api/tiers', tiers.list),

  keyed('customer', 'POST', '/api/data', usage.track),
  keyed('customer', 'GET', '/api/usage', usage.check),
  keyed('customer', 'POST', '/api/create-checkout', checkout.start),
  keyed('customer', 'GET', '/api/checkouts/:id', checkout.get),
  keyed('customer', 'POST', '/api/customer-portal', checkout.portal),

  keyed('key', 'POST', '/api/feed/tickets', feed.issueTicket),
  keyed('key', 'GET', '/api/products', products.list),
  keyed('key', 'GET', '/api/products/:id', products.get),
  keyed('guest', 'POST', '/api/cart/checkout', cart.checkout),
  open('GET', '/orders/:id', orders.view),
  open('GET', '/api/assets/:project/:file', assets.serve),

  keyed('secret', 'POST', '/api/products', products.create),
  keyed('secret', 'PATCH', '/api/products/:id', products.update),
  keyed('secret', 'DELETE', '/api/products/:id', products.remove),
  keyed('secret', 'POST', '/api/products/:id/variants', products.addVariant),
  keyed('secret', 'PATCH', '/api/variants/:id', products.updateVariant),
  keyed('secret', 'POST', '/api/variants/:id/stock', products.changeStock),
  keyed('secret', 'GET', '/api/stock/ledger', products.ledger),
  keyed('secret', 'GET', '/api/shop', products.getShop),
  keyed('secret', 'PATCH', '/api/shop', products.changeShop),
  keyed('secret', 'POST', '/api/assets', assets.upload),
  keyed('secret', 'GET', '/api/orders', orders.list),
  keyed('secret', 'GET', '/api/orders/:id', orders.get),
  keyed('secret', 'POST', '/api/orders/:id/fulfill', orders.fulfill),
  keyed('secret', 'POST', '/api/orders/:id/refund', orders.refund),
  keyed('secret', 'POST', '/api/orders/:id/cancel', orders.cancel),

  keyed('secret', 'POST', '/api/usage/batch', usage.trackBatch),
  keyed('secret', 'POST', '/api/usage/:id/reverse', usage.reverse),
  keyed('secret', 'POST', '/api/customers', customers.create),
  keyed('secret', 'GET', '/api/customers', customers.list),
  keyed('secret', 'GET', '/api/customers/:id', customers.get),
  keyed('secret', 'PATCH', '/api/customers/:id', customers.update),
  keyed('secret', 'DELETE', '/api/customers/:id', customers.remove),
  keyed('secret', 'GET', '/api/dashboard', dashboard.get),
  keyed('secret', 'GET', '/api/dashboard/totals', dashboard.totals),
  keyed('secret', 'GET', '/api/events', events.list),
  keyed('secret', 'GET', '/api/events/:id', events.get),
  keyed('secret', 'POST', '/api/events/:id/replay', events.replay),
]

/** Paths without parameters, found at once; the router takes the others, and every other spelling of these. */
const exact = new Map(ROUTES.map((route) => [`${route.method} ${route.path}`, route.handle]))

const router = Router<IRequest, [Env]>()
for (const { method, path, handle } of ROUTES) {
  const add = { GET: router.get, POST: router.post, PATCH: router.patch, DELETE: router.delete }[method]
  add(path, (request: IRequest, env: Env) =>
    handle({ request: request as unknown as Request, url: new URL(request.url), params: decoded(request.params), env }),
  )
}
router.all('*', (request: IRequest) => noRoute(request as unknown as Request))

/** Answers a request: settings, preflight, route, refusal. The only catch of the worker. */
export async function respond(request: Request, env: Env): Promise<Response> {
  const response = await answer(request, env).catch((error: unknown) => {
    const requestId = crypto.randomUUID()
    const refused = toRefused(error)
    if (refused.code === 'internal') logBug(error, request, requestId)
    return toErrorResponse(refused, requestId)
  })
  return withCors(request, response)
}

async function answer(request: Request, env: Env): Promise<Response> {
  const missing = missingSettings(env)
  if (missing.length > 0) refuse('misconfigured', { message: `This deployment lacks: ${missing.join(', ')}.`, missing })
  const mixed = mixedModes(env)
  if (mixed.length > 0) refuse('misconfigured', { message: `Test and live are mixed up in: ${mixed.join(', ')}.` })
  if (request.method === 'OPTIONS') return new Response(null, { status: 204 })
  const url = new URL(request.url)
  const handle = exact.get(`${request.method} ${url.pathname}`)
  if (handle !== undefined) return handle({ request, url, params: {}, env })
  return router.fetch(request as unknown as IRequest, env) as Promise<Response>
}

function noRoute(request: Request): never {
  const { pathname } = new URL(request.url)
  const methods = ROUTES.filter(({ path }) => matches(path, pathname)).map(({ method }) => method)
  if (methods.length === 0) return refuse('not_found', { message: 'There is nothing at this address.' })
  return refuse('method_not_allowed', { message: `Use ${methods.join(' or ')} here.`, allow: methods })
}

const matches = (path: string, pathname: string): boolean =>
  new RegExp(`^${path.replaceAll(/:\w+/g, '[^/]+')}/*$`).test(pathname)

/** Path parts as the caller meant them; a broken escape is a wrong address, not an error of ours. */
function decoded(params: Record<string, string> | undefined): Record<string, string> {
  try {
    return Object.fromEntries(Object.entries(params ?? {}).map(([name, value]) => [name, decodeURIComponent(value)]))
  } catch {
    return refuse('not_found')
  }
}

const ALLOWED_HEADERS =
  'Content-Type, Authorization, Idempotency-Key, X-Platform-User-Id, X-User-Id, X-User-Plan, X-Env, X-Publishable-Key, X-Clerk-Token'

/**
 * Any page may read an answer, because no cookie is ever looked at; whether a page may call a project is the project's
 * own list, checked where the effect is. A secret key never comes from a page, so its answers are for no page.
 */
function withCors(request: Request, response: Response): Response {
  const origin = request.headers.get('Origin')
  if (origin === null || response.status === 101) return response
  const headers = new Headers(response.headers)
  headers.append('Vary', 'Origin')
  headers.set('Access-Control-Allow-Origin', origin)
  headers.set('Access-Control-Expose-Headers', 'Retry-After, Idempotent-Replayed')
  if (request.method === 'OPTIONS') {
    headers.set('Access-Control-Allow-Methods', 'GET, POST, PATCH, DELETE, OPTIONS')
    headers.set('Access-Control-Allow-Headers', ALLOWED_HEADERS)
    headers.set('Access-Control-Max-Age', '600')
  }
  return new Response(response.body, { status: response.status, headers })
}

/** One line for whoever operates this: where, never what the caller sent. */
function logBug(error: unknown, request: Request, requestId: string): void {
  const { pathname } = new URL(request.url)
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error)
  console.error(JSON.stringify({ requestId, method: request.method, path: pathname.slice(0, 100), bug: stack }))
}
