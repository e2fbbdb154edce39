/** The routes by which an owner sets a project up, each with an example of a call that succeeds. */

import { secret, type App, type TestProject } from '../support/app.ts'
import type { Example, Things } from './routes.ts'

/** Named after its project, so that no other project has one of that name. */
const spareKey = ({ project }: Pick<Things, 'project'>): string => `spare-${project.projectId}`

/** Makes what the examples name. */
export async function setUp(app: App, project: TestProject): Promise<void> {
  const headers = secret(project)
  await app.ok('POST', '/api/keys', { headers, body: { name: spareKey({ project }), scopes: ['read'] } })
}

export const OWNER_EXAMPLES: readonly Example[] = [
  { method: 'GET', path: '/api/project', access: 'secret', status: 200 },
  { method: 'PATCH', path: '/api/project', access: 'secret', status: 200, body: () => ({ name: 'Another name' }) },
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
    id: spareKey,
    body: () => ({ overlap: '0' }),
  },
]

/** Last, because it takes away what the others name. */
export const OWNER_ENDINGS: readonly Example[] = [
  { method: 'DELETE', path: '/api/keys/:name', access: 'secret', status: 200, id: spareKey },
]
