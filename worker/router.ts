/** Every route on one page, with who may call it. */

import { Router, type IRequest } from 'itty-router'
import * as v from 'valibot'
import type { Role } from '../sdk/schema/account.ts'
import { MODES } from '../sdk/schema/common.ts'
import { asserted, identify, type Access, type Identified } from './auth.ts'
import { mixedModes, missingSettings, type Env } from './env.ts'
import { mustNotFlood, mustNotGuess } from './flood.ts'
import { json, parse, refuse, toErrorResponse, toRefused } from './http.ts'
import { asMember, type Seat, type Wish } from './member.ts'
import { hasAccess } from './access.ts'
import { receive as receiveFromClerk } from './clerkWebhook.ts'
import * as account from './routes/account.ts'
import * as admin from './routes/admin.ts'
import * as assets from './routes/assets.ts'
import * as auth from './routes/auth.ts'
import * as billing from './routes/billing.ts'
import * as cart from './routes/cart.ts'
import * as checkout from './routes/checkout.ts'
import * as connections from './routes/connections.ts'
import * as customers from './routes/customers.ts'
import * as dashboard from './routes/dashboard.ts'
import * as docs from './routes/docs.ts'
import * as endpoints from './routes/endpoints.ts'
import * as events from './routes/events.ts'
import * as exporting from './routes/export.ts'
import * as feed from './routes/feed.ts'
import * as looking from './routes/looking.ts'
import * as keys from './routes/keys.ts'
import * as mcp from './routes/mcp.ts'
import * as messages from './routes/messages.ts'
import * as orders from './routes/orders.ts'
import * as products from './routes/products.ts'
import * as project from './routes/project.ts'
import * as projects from './routes/projects.ts'
import * as reports from './routes/reports.ts'
import * as promotion from './routes/promotion.ts'
import * as signIn from './routes/signIn.ts'
import * as tiers from './routes/tiers.ts'
import * as usage from './routes/usage.ts'
import { servePage, settings } from './site.ts'
import { receive, receiveOwn } from './stripe/webhook.ts'

/** What a handler gets: the request and what its path named. */
export interface Call {
  readonly request: Request
  readonly url: URL
  readonly params: Readonly<Record<string, string>>
  readonly env: Env
}
/** The same, with who asks. */
export type KeyedCall = Call & Identified
/** The same, with the member who asks and their account. */
export type SeatedCall = Call & { readonly seat: Seat }

type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE'

export interface Route {
  readonly method: Method
  readonly path: string
  readonly access: Access
  readonly handle: (call: Call) => Promise<Response>
}

/** A route that a key opens; a member of the account may take the same way without one. */
interface KeyedRoute extends Route {
  readonly keyed: (call: KeyedCall) => Promise<Response>
  /** It takes everything away: written down like a change, and still possible when the dashboard is locked. */
  readonly exports: boolean
  /** It changes nothing, whatever its method. */
  readonly looks: boolean
}

const open = (method: Method, path: string, handle: (call: Call) => Promise<Response>): Route => ({
  method,
  path,
  access: 'public',
  handle,
})

const keyed = (
  access: Exclude<Access, 'public' | 'member'>,
  method: Method,
  path: string,
  handle: (call: KeyedCall) => Promise<Response>,
  { exports = false, looks = method === 'GET' && !exports }: { exports?: boolean; looks?: boolean } = {},
): KeyedRoute => ({
  method,
  path,
  access,
  exports,
  looks,
  keyed: handle,
  handle: async (call) => handle({ ...call, ...(await identify(call.request, access, call.env)) }),
})

/** A route of the dashboard. Who changes something, or takes everything away, is written down under the route's own name. */
const seated = (
  role: Role,
  method: Method,
  path: string,
  handle: (call: SeatedCall) => Promise<Response>,
  { whileLocked = false, exports = false }: { whileLocked?: boolean; exports?: boolean } = {},
): Route => ({
  method,
  path,
  access: 'member',
  handle: async (call) => {
    const named = exports ? Object.fromEntries(call.url.searchParams) : call.params
    const mode = MODES.find((known) => known === named['mode'])
    const looks = method === 'GET' && !exports
    const action = looks ? {} : { action: `${method} ${path}`, target: call.params['id'] }
    const wish = { role, whileLocked, projectId: named['projectId'], mode, ...action }
    return asMember(call.request, call.env, wish, (seat) => handle({ ...call, seat }))
  },
})

/** What a key may do in a project, a member may do without one. Who only looks is not written down. */
const managed = (route: KeyedRoute): Route => {
  const path = `/account/projects/:projectId/:mode${route.path.slice('/api'.length)}`
  const { looks } = route
  return {
    method: route.method,
    path,
    access: 'member',
    handle: async (call) => {
      const { projectId = '', id, name, slug } = call.params
      const { mode } = parse(v.object({ mode: v.picklist(MODES) }), call.params)
      const action = looks ? {} : { action: `${route.method} ${route.path}`, target: id ?? name ?? slug }
      const wish: Wish = {
        role: looks ? 'viewer' : 'developer',
        whileLocked: route.exports,
        projectId,
        mode,
        ...action,
      }
      return asMember(call.request, call.env, wish, ({ platformId }) =>
        route.keyed({
          ...call,
          projectId,
          mode,
          caller: { via: 'member', platformId, token: null, asserts: asserted(call.request) },
        }),
      )
    },
  }
}

const API: readonly (Route | KeyedRoute)[] = [
  open('GET', '/health', async () => json({ status: 'ok' })),
  open('POST', '/webhook/stripe', receive),
  open('POST', '/webhook/stripe/platform', receiveOwn),
  open('POST', '/webhook/clerk', receiveFromClerk),
  open('GET', '/api/feed', feed.connect),

  open('GET', '/llms.txt', docs.serveAgents),
  open('GET', '/llms-full.txt', docs.serveWhole),
  open('GET', '/openapi.json', ({ url }) => docs.serveOpenApi(ROUTES, url.origin)),
  open('GET', '/about', docs.serveAbout),
  open('GET', '/docs', docs.serveIndex),
  open('GET', '/docs/:page', (call) => docs.servePage(call, ROUTES)),

  keyed('secret', 'POST', '/mcp', (call) => mcp.serve(call, { respond, guarded })),

  open('GET', '/.well-known/jwks.json', auth.keys),
  open('GET', '/signup', signIn.showSignUp),
  open('GET', '/signin', signIn.showSignIn),
  open('GET', '/customer', signIn.showAccount),
  open('GET', '/refresh', signIn.showRefresh),
  open('GET', '/signout', signIn.showSignOut),
  open('POST', '/signin', signIn.arrive),

  keyed('key', 'GET', '/api/tiers', tiers.list),

  keyed('key', 'POST', '/api/auth/exchange', auth.exchange),
  keyed('key', 'POST', '/api/auth/refresh', auth.refresh),
  keyed('key', 'POST', '/api/auth/sign-out', auth.signOut),

  keyed('customer', 'POST', '/api/data', usage.track),
  keyed('customer', 'GET', '/api/usage', usage.check),
  keyed('customer', 'POST', '/api/create-checkout', checkout.start),
  keyed('customer', 'GET', '/api/checkouts/:id', checkout.get),
  keyed('customer', 'POST', '/api/customer-portal', checkout.portal),

  keyed('guest', 'POST', '/api/feed/tickets', feed.issueTicket, { looks: true }),
  keyed('key', 'GET', '/api/products', products.list),
  keyed('key', 'GET', '/api/products/:id', products.get),
  keyed('guest', 'POST', '/api/cart/checkout', cart.checkout),
  open('GET', '/orders/:id', orders.view),
  open('DELETE', '/orders/:id', orders.leave),
  open('GET', '/api/assets/:project/:file', assets.serve),

  keyed('secret', 'GET', '/api/project', project.get),
  keyed('secret', 'PATCH', '/api/project', project.update),
  keyed('secret', 'GET', '/api/keys', keys.list),
  keyed('secret', 'POST', '/api/keys', keys.create),
  keyed('secret', 'POST', '/api/keys/:name/rotate', keys.rotate),
  keyed('secret', 'DELETE', '/api/keys/:name', keys.revoke),

  keyed('secret', 'GET', '/api/tiers/all', tiers.listAll),
  keyed('secret', 'POST', '/api/tiers', tiers.create),
  keyed('secret', 'POST', '/api/tiers/order', tiers.order),
  keyed('secret', 'PATCH', '/api/tiers/:slug', tiers.update),
  keyed('secret', 'POST', '/api/tiers/:slug/archive', tiers.archive),
  keyed('secret', 'POST', '/api/tiers/:slug/restore', tiers.restore),
  keyed('secret', 'POST', '/api/tiers/:slug/preview', tiers.preview, { looks: true }),
  keyed('secret', 'GET', '/api/tiers/:slug/migration', tiers.migration),

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
  keyed('secret', 'GET', '/api/usage/history', looking.history),
  keyed('secret', 'GET', '/api/usage/limit-hits', looking.limitHits),
  keyed('secret', 'GET', '/api/usage/calls', looking.calls),
  keyed('secret', 'POST', '/api/customers', customers.create),
  keyed('secret', 'GET', '/api/customers', customers.list),
  keyed('secret', 'GET', '/api/customers/:id', customers.get),
  keyed('secret', 'GET', '/api/customers/:id/timeline', looking.timeline),
  keyed('secret', 'GET', '/api/customers/:id/explain', looking.explain),
  keyed('secret', 'GET', '/api/customers/:id/export', customers.exported, { exports: true }),
  keyed('secret', 'PATCH', '/api/customers/:id', customers.update),
  keyed('secret', 'DELETE', '/api/customers/:id', customers.remove),
  keyed('secret', 'GET', '/api/customers/:id/sessions', auth.listSessions),
  keyed('secret', 'DELETE', '/api/customers/:id/sessions', auth.endSessions),
  keyed('secret', 'GET', '/api/export', exporting.whole, { exports: true }),
  keyed('secret', 'GET', '/api/dashboard', dashboard.get),
  keyed('secret', 'GET', '/api/dashboard/totals', dashboard.totals),
  keyed('secret', 'GET', '/api/events', events.list),
  keyed('secret', 'GET', '/api/events/:id', events.get),
  keyed('secret', 'POST', '/api/events/:id/replay', events.replay),

  keyed('secret', 'GET', '/api/webhook-endpoints', endpoints.list),
  keyed('secret', 'POST', '/api/webhook-endpoints', endpoints.create),
  keyed('secret', 'GET', '/api/webhook-endpoints/:id', endpoints.get),
  keyed('secret', 'PATCH', '/api/webhook-endpoints/:id', endpoints.update),
  keyed('secret', 'DELETE', '/api/webhook-endpoints/:id', endpoints.remove),
  keyed('secret', 'POST', '/api/webhook-endpoints/:id/rotate', endpoints.rotate),
  keyed('secret', 'POST', '/api/webhook-endpoints/:id/test', endpoints.test),
  keyed('secret', 'POST', '/api/webhook-endpoints/:id/recover', endpoints.recover),
  keyed('secret', 'GET', '/api/webhook-messages', messages.list),
  keyed('secret', 'GET', '/api/webhook-messages/:id', messages.get),
  keyed('secret', 'POST', '/api/webhook-messages/:id/resend', messages.resend),
]

const ACCOUNT: readonly Route[] = [
  open('GET', '/dashboard/config', settings),
  open('GET', '/account/all', account.accounts),
  open('POST', '/account/invitations/accept', account.accept),
  seated('viewer', 'GET', '/account', account.get, { whileLocked: true }),
  seated('owner', 'PATCH', '/account', account.update),
  seated('viewer', 'GET', '/account/members', account.members),
  seated('owner', 'POST', '/account/invitations', account.invite),
  seated('owner', 'DELETE', '/account/invitations/:id', account.withdraw),
  seated('owner', 'PATCH', '/account/members/:id', account.changeMember),
  seated('owner', 'DELETE', '/account/members/:id', account.removeMember),
  seated('viewer', 'GET', '/account/audit', account.audit),
  seated('viewer', 'GET', '/account/reports', reports.account),
  seated('viewer', 'GET', '/account/billing', billing.get, { whileLocked: true }),
  seated('viewer', 'GET', '/account/billing/invoices', billing.invoices, { whileLocked: true }),
  seated('owner', 'POST', '/account/billing/checkout', billing.checkout, { whileLocked: true }),
  seated('owner', 'POST', '/account/billing/portal', billing.portal, { whileLocked: true }),
  seated('viewer', 'GET', '/account/connections', connections.list),
  seated('owner', 'POST', '/account/connections/:mode/start', connections.start),
  seated('owner', 'POST', '/account/connections/:mode/finish', connections.finish),
  seated('owner', 'DELETE', '/account/connections/:mode', connections.remove),
  seated('developer', 'GET', '/account/export', projects.exportOne, { whileLocked: true, exports: true }),
  seated('viewer', 'GET', '/account/projects', projects.list, { whileLocked: true }),
  seated('developer', 'POST', '/account/projects', projects.create),
  seated('viewer', 'GET', '/account/projects/:projectId', projects.get, { whileLocked: true }),
  seated('developer', 'PATCH', '/account/projects/:projectId', projects.update),
  seated('developer', 'GET', '/account/projects/:projectId/promotion', promotion.get),
  seated('developer', 'POST', '/account/projects/:projectId/promotion', promotion.promote),
  seated('developer', 'PATCH', '/account/projects/:projectId/promotion', promotion.update),
  seated('owner', 'DELETE', '/account/projects/:projectId', projects.remove, { whileLocked: true }),
  seated('owner', 'DELETE', '/account/projects/:projectId/test', projects.removeTest),
]

/** For ourselves. No key and no session of a member opens them. */
const ADMIN: readonly Route[] = [
  open('GET', '/admin', admin.guarded(admin.page)),
  open('GET', '/admin/totals', admin.guarded(admin.totals)),
  open('GET', '/admin/accounts', admin.guarded(admin.accounts)),
  open('GET', '/admin/accounts/:platformId', admin.guarded(admin.account)),
  open('POST', '/admin/mirror/rebuild', admin.guarded(admin.rebuildMirror)),
]

export const ROUTES: readonly Route[] = [
  ...API,
  ...ADMIN,
  ...ACCOUNT,
  ...API.flatMap((route) => ('keyed' in route && route.path.startsWith('/api/') ? [managed(route)] : [])),
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
router.all('*', async (request: IRequest, env: Env) => {
  const asked = request as unknown as Request
  return (await servePage(asked, env)) ?? noRoute(asked)
})

/** Answers a request: settings, preflight, route, refusal. */
export async function respond(request: Request, env: Env): Promise<Response> {
  return withCors(request, await guarded(() => answer(request, env), request, env), env)
}

/** What was thrown, as its answer. The only catch of the worker. */
function guarded(act: () => Promise<Response>, request: Request, env: Env): Promise<Response> {
  return act().catch(async (error: unknown) => {
    const requestId = crypto.randomUUID()
    const refused = await mustNotGuess(toRefused(error), request, env)
    if (refused.code === 'internal') logBug(error, request, requestId)
    return toErrorResponse(refused, requestId)
  })
}

async function answer(request: Request, env: Env): Promise<Response> {
  mustBeSetUp(env)
  if (request.method === 'OPTIONS') return new Response(null, { status: 204 })
  await mustNotFlood(request, env)
  const url = new URL(request.url)
  if (isOfAdmin(url) && !hasAccess(env)) return refuse('not_found', { message: NOTHING_HERE })
  if (request.method === 'HEAD' && url.pathname.startsWith('/api/assets/')) return headOf(request, env)
  const handle = exact.get(`${request.method} ${pathOf(url)}`)
  if (handle !== undefined) return handle({ request, url, params: {}, env })
  return router.fetch(request as unknown as IRequest, env) as Promise<Response>
}

/** What was found whole once, stays so: an isolate's settings never change. */
const whole = new WeakSet<Env>()

function mustBeSetUp(env: Env): void {
  if (whole.has(env)) return
  const missing = missingSettings(env)
  if (missing.length > 0) refuse('misconfigured', { message: `This deployment lacks: ${missing.join(', ')}.`, missing })
  const mixed = mixedModes(env)
  if (mixed.length > 0) refuse('misconfigured', { message: `Test and live are mixed up in: ${mixed.join(', ')}.` })
  whole.add(env)
}

/** A customer's own page was at /account before the developers' was; only theirs names a project by its key. */
const pathOf = ({ pathname, searchParams }: URL): string =>
  pathname === '/account' && searchParams.has('pk') ? '/customer' : pathname

/** What is known of an image before it is fetched: as it would be answered, without its bytes. */
async function headOf(request: Request, env: Env): Promise<Response> {
  const { status, headers, body } = await answer(new Request(request, { method: 'GET' }), env)
  await body?.cancel()
  return new Response(null, { status, headers })
}

const NOTHING_HERE = 'There is nothing at this address.'

function noRoute(request: Request): never {
  const { pathname } = new URL(request.url)
  const methods = ROUTES.filter(({ path }) => matches(path, pathname)).map(({ method }) => method)
  if (methods.length === 0) return refuse('not_found', { message: NOTHING_HERE })
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
  'Content-Type, Authorization, Idempotency-Key, X-Platform-User-Id, X-User-Id, X-User-Plan, X-Env, X-Publishable-Key, X-Clerk-Token, X-Account'

/**
 * Any page may read an answer, because no cookie is ever looked at; whether a page may call a project is the project's
 * own list, checked where the effect is. A secret key never comes from a page, so its answers are for no page.
 */
function withCors(request: Request, response: Response, env: Env): Response {
  const origin = request.headers.get('Origin')
  if (origin === null || response.status === 101) return response
  const url = new URL(request.url)
  if (isOfAdmin(url) || (isOfAccount(url) && origin !== dashboardOrigin(env))) return response
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

/** What is for ourselves is for no other page: it is the one place that looks at a cookie. */
const isOfAdmin = (url: URL): boolean => /^\/+admin(\/|$)/.test(url.pathname)
/** What members do is for the dashboard's own pages. */
const isOfAccount = (url: URL): boolean => /^\/account(\/|$)/.test(url.pathname)
const dashboardOrigin = ({ DASHBOARD_URL }: Env): string | null =>
  URL.canParse(DASHBOARD_URL) ? new URL(DASHBOARD_URL).origin : null

/** One line for whoever operates this: where, never what the caller sent. */
function logBug(error: unknown, request: Request, requestId: string): void {
  const { pathname } = new URL(request.url)
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error)
  console.error(JSON.stringify({ requestId, method: request.method, path: pathname.slice(0, 100), bug: stack }))
}
