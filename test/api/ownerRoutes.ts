/** The routes by which an owner sets a project up, each with an example of a call that succeeds. */

import { secret, type App, type TestProject } from '../support/app.ts'
import type { Example, Things } from './routes.ts'

/** Named after its project, so that no other project has one of that name. */
const spareName = ({ project }: Pick<Things, 'project'>): string => `spare-${project.projectId}`

const spareTier = (slug: string) => ({
  slug,
  displayName: slug,
  limits: { requests: { limit: 10, period: 'month' } },
  prices: [{ interval: 'month', unitAmount: 9000, currency: 'usd' }],
})

/** Makes what the examples name. */
export async function setUp(app: App, project: TestProject): Promise<void> {
  const headers = secret(project)
  await app.ok('POST', '/api/tiers', { headers, body: spareTier(spareName({ project })) })
  await app.ok('POST', '/api/keys', { headers, body: { name: spareName({ project }), scopes: ['read'] } })
}

export const OWNER_EXAMPLES: readonly Example[] = [
  { method: 'GET', path: '/api/tiers/all', access: 'secret', status: 200 },
  {
    method: 'POST',
    path: '/api/tiers',
    access: 'secret',
    status: 201,
    body: ({ unique }) => ({ ...spareTier(unique()), displayName: unique() }),
  },
  {
    method: 'POST',
    path: '/api/tiers/order',
    access: 'secret',
    status: 200,
    body: () => ({ slugs: ['free', 'pro'] }),
  },
  {
    method: 'PATCH',
    path: '/api/tiers/:slug',
    access: 'secret',
    status: 200,
    id: spareName,
    body: () => ({ popular: true }),
  },
  {
    method: 'POST',
    path: '/api/tiers/:slug/preview',
    access: 'secret',
    status: 200,
    id: spareName,
    body: () => ({ archive: true }),
  },
  { method: 'GET', path: '/api/tiers/:slug/migration', access: 'secret', status: 200, id: spareName },
  { method: 'POST', path: '/api/tiers/:slug/archive', access: 'secret', status: 200, id: spareName },
  { method: 'POST', path: '/api/tiers/:slug/restore', access: 'secret', status: 200, id: spareName },
  { method: 'GET', path: '/api/project', access: 'secret', status: 200 },
  { method: 'PATCH', path: '/api/project', access: 'secret', status: 200, body: () => ({ automaticTax: true }) },
  { method: 'GET', path: '/api/keys', access: 'secret', status: 200 },
  {
    method: 'POST',
    path: '/api/keys',
    access: 'secret',
    status: 201,
    body: ({ unique }) => ({ name: unique(), scopes: ['read'] }),
  },
  {
    method: 'POST',
    path: '/api/keys/:name/rotate',
    access: 'secret',
    status: 201,
    id: spareName,
    body: () => ({ overlap: '0' }),
  },
]

/** Last, because it takes away what the others name. */
export const OWNER_ENDINGS: readonly Example[] = [
  { method: 'DELETE', path: '/api/keys/:name', access: 'secret', status: 200, id: spareName },
]
