/** Every route, with an example of a call that succeeds. The access table and the fuzz are driven by it. */

import { readFileSync } from 'node:fs'
import type { App, TestProject } from '../support/app.ts'
import { as, secret } from '../support/app.ts'
import { LADDER, RETURNS } from '../support/billing.ts'
import { HOOK_EXAMPLES, someHooks, type Hooks } from './hookRoutes.ts'
import { OWNER_ENDINGS, OWNER_EXAMPLES, setUp } from './ownerRoutes.ts'
import { SESSION_EXAMPLES, somePasses, type Passes } from './sessionRoutes.ts'
import { aShelf, STORE_EXAMPLES, type Shelf } from './storeRoutes.ts'

export type Access = 'public' | 'key' | 'guest' | 'customer' | 'secret'

/** What the examples name: things of one project. */
export interface Things {
  readonly project: TestProject
  readonly customerId: string
  readonly usageId: string
  readonly checkoutId: string
  readonly eventId: string
  readonly shelf: Shelf
  readonly hooks: Hooks
  readonly passes: Passes
  /** Makes a body that was never sent before. */
  readonly unique: () => string
}

export interface Example {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  readonly path: string
  readonly access: Access
  readonly status: number
  /** The refusal that is all an example can show: what it would need is used up by one call. */
  readonly code?: string
  /** Values for the parts of the path that start with a colon. */
  readonly id?: (things: Things) => string
  readonly body?: (things: Things) => object
}

export const EXAMPLES: readonly Example[] = [
  { method: 'GET', path: '/health', access: 'public', status: 200 },
  { method: 'GET', path: '/dashboard/config', access: 'public', status: 200 },
  { method: 'POST', path: '/webhook/stripe', access: 'public', status: 400 },
  { method: 'POST', path: '/webhook/stripe/platform', access: 'public', status: 400 },
  { method: 'POST', path: '/webhook/clerk', access: 'public', status: 400 },
  { method: 'GET', path: '/admin', access: 'public', status: 403 },
  { method: 'GET', path: '/admin/totals', access: 'public', status: 403 },
  { method: 'GET', path: '/admin/accounts', access: 'public', status: 403 },
  { method: 'GET', path: '/admin/accounts/:platformId', access: 'public', status: 403 },
  { method: 'POST', path: '/admin/mirror/rebuild', access: 'public', status: 403 },
  { method: 'GET', path: '/api/feed', access: 'public', status: 426 },
  { method: 'GET', path: '/llms.txt', access: 'public', status: 200 },
  { method: 'GET', path: '/llms-full.txt', access: 'public', status: 200 },
  { method: 'GET', path: '/openapi.json', access: 'public', status: 200 },
  { method: 'POST', path: '/mcp', access: 'secret', status: 400, code: 'invalid_request' },
  { method: 'GET', path: '/about', access: 'public', status: 200 },
  { method: 'GET', path: '/docs', access: 'public', status: 200 },
  { method: 'GET', path: '/docs/:page', access: 'public', status: 404 },
  { method: 'GET', path: '/api/tiers', access: 'key', status: 200 },
  { method: 'POST', path: '/api/data', access: 'customer', status: 200, body: () => ({ quantity: 1 }) },
  { method: 'GET', path: '/api/usage', access: 'customer', status: 200 },
  {
    method: 'POST',
    path: '/api/create-checkout',
    access: 'customer',
    status: 200,
    body: () => ({ tier: 'pro', ...RETURNS }),
  },
  {
    method: 'GET',
    path: '/api/checkouts/:id',
    access: 'customer',
    status: 200,
    id: ({ checkoutId }) => checkoutId,
  },
  {
    method: 'POST',
    path: '/api/customer-portal',
    access: 'customer',
    status: 200,
    body: () => ({ returnUrl: RETURNS.successUrl }),
  },
  {
    method: 'POST',
    path: '/api/usage/batch',
    access: 'secret',
    status: 200,
    body: ({ customerId }) => ({ items: [{ customerId, quantity: 1 }] }),
  },
  {
    method: 'POST',
    path: '/api/usage/:id/reverse',
    access: 'secret',
    status: 200,
    id: ({ usageId }) => usageId,
  },
  {
    method: 'POST',
    path: '/api/customers',
    access: 'secret',
    status: 201,
    body: ({ unique }) => ({ email: `${unique()}@routes.example` }),
  },
  { method: 'GET', path: '/api/customers', access: 'secret', status: 200 },
  { method: 'GET', path: '/api/customers/:id', access: 'secret', status: 200, id: ({ customerId }) => customerId },
  {
    method: 'PATCH',
    path: '/api/customers/:id',
    access: 'secret',
    status: 200,
    id: ({ customerId }) => customerId,
    body: () => ({ firstName: 'Ada' }),
  },
  { method: 'GET', path: '/api/usage/history', access: 'secret', status: 200 },
  { method: 'GET', path: '/api/usage/limit-hits', access: 'secret', status: 200 },
  { method: 'GET', path: '/api/usage/calls', access: 'secret', status: 200 },
  {
    method: 'GET',
    path: '/api/customers/:id/timeline',
    access: 'secret',
    status: 200,
    id: ({ customerId }) => customerId,
  },
  {
    method: 'GET',
    path: '/api/customers/:id/explain',
    access: 'secret',
    status: 200,
    id: ({ customerId }) => customerId,
  },
  { method: 'GET', path: '/api/export', access: 'secret', status: 200 },
  {
    method: 'GET',
    path: '/api/customers/:id/export',
    access: 'secret',
    status: 200,
    id: ({ customerId }) => customerId,
  },
  { method: 'GET', path: '/api/dashboard', access: 'secret', status: 200 },
  { method: 'GET', path: '/api/dashboard/totals', access: 'secret', status: 200 },
  { method: 'GET', path: '/api/events', access: 'secret', status: 200 },
  { method: 'GET', path: '/api/events/:id', access: 'secret', status: 200, id: ({ eventId }) => eventId },
  { method: 'POST', path: '/api/events/:id/replay', access: 'secret', status: 200, id: ({ eventId }) => eventId },
  { method: 'POST', path: '/api/feed/tickets', access: 'guest', status: 201 },
  ...SESSION_EXAMPLES,
  ...STORE_EXAMPLES,
  ...OWNER_EXAMPLES,
  ...HOOK_EXAMPLES,
  ...OWNER_ENDINGS,
  { method: 'DELETE', path: '/api/customers/:id', access: 'secret', status: 200, id: ({ customerId }) => customerId },
]

export const nameOf = ({ method, path }: { method: string; path: string }): string => `${method} ${path}`

/** The routes as the router's own source lists them: what has no example above fails a test. */
/** The routes that a key opens. Those of signed-in members have a table of their own. */
export function routesInSource(): { method: string; path: string; access: string }[] {
  const text = readFileSync(new URL('../../worker/router.ts', import.meta.url).pathname, 'utf8')
  const keyed = text.matchAll(/^ {2}keyed\(\s*'(\w+)',\s*'(\w+)',\s*'([^']+)'/gm)
  const open = text.matchAll(/^ {2}open\(\s*'(\w+)',\s*'([^']+)'/gm)
  return [
    ...[...open].map(([, method = '', path = '']) => ({ method, path, access: 'public' })),
    ...[...keyed].map(([, access = '', method = '', path = '']) => ({ method, path, access })),
  ].filter(({ path }) => !path.startsWith('/account'))
}

/** A project in which every example succeeds. */
export async function aWorld(app: App, facts: Record<string, unknown> = {}): Promise<Things> {
  const project = await app.project({ tiers: LADDER, ...facts })
  const { id: customerId } = await app.customer(project)
  const sold = await app.subscribe(project, customerId, 'pro')
  const counted = await app.ok('POST', '/api/data', { headers: as(project, customerId) })
  const { events } = await app.ok('GET', '/api/events?type=customer.subscription.created', { headers: secret(project) })
  let made = 0
  const unique = () => `n${(made += 1)}-${project.projectId}`
  const shelf = await aShelf(app, project)
  await setUp(app, project)
  const hooks = await someHooks(app, project)
  const passes = await somePasses(project)
  const { checkoutId } = sold
  return { project, customerId, usageId: counted.id, checkoutId, eventId: events[0].id, shelf, hooks, passes, unique }
}

export const pathOf = ({ path, id }: Example, things: Things): string =>
  id === undefined ? path : path.replace(/:\w+/, encodeURIComponent(id(things)))
