/** The routes of webhooks to a developer's app, each with an example of a call that succeeds. */

import { secret, type App, type TestProject } from '../support/app.ts'
import type { Example } from './routes.ts'

/** An endpoint of a project, and a message that was sent to it. */
export interface Hooks {
  readonly endpointId: string
  readonly messageId: string
}

const endpointId = ({ hooks }: { hooks: Hooks }) => hooks.endpointId
const messageId = ({ hooks }: { hooks: Hooks }) => hooks.messageId
/** Nobody listens there: sending to it fails, and that is no matter of these calls. */
const NOWHERE = { url: 'http://localhost:9/hooks', events: ['order.paid'] }

export const HOOK_EXAMPLES: readonly Example[] = [
  { method: 'GET', path: '/api/webhook-endpoints', access: 'secret', status: 200 },
  { method: 'POST', path: '/api/webhook-endpoints', access: 'secret', status: 201, body: () => NOWHERE },
  { method: 'GET', path: '/api/webhook-endpoints/:id', access: 'secret', status: 200, id: endpointId },
  {
    method: 'PATCH',
    path: '/api/webhook-endpoints/:id',
    access: 'secret',
    status: 200,
    id: endpointId,
    body: () => ({ description: 'Orders' }),
  },
  {
    method: 'POST',
    path: '/api/webhook-endpoints/:id/rotate',
    access: 'secret',
    status: 201,
    id: endpointId,
    body: () => ({ overlap: '1h' }),
  },
  { method: 'POST', path: '/api/webhook-endpoints/:id/test', access: 'secret', status: 202, id: endpointId },
  {
    method: 'POST',
    path: '/api/webhook-endpoints/:id/recover',
    access: 'secret',
    status: 202,
    id: endpointId,
    body: () => ({ since: 0 }),
  },
  { method: 'GET', path: '/api/webhook-messages', access: 'secret', status: 200 },
  { method: 'GET', path: '/api/webhook-messages/:id', access: 'secret', status: 200, id: messageId },
  { method: 'POST', path: '/api/webhook-messages/:id/resend', access: 'secret', status: 202, id: messageId },
  { method: 'DELETE', path: '/api/webhook-endpoints/:id', access: 'secret', status: 200, id: endpointId },
]

export async function someHooks(app: App, project: TestProject): Promise<Hooks> {
  const headers = secret(project)
  const { endpoint } = await app.ok('POST', '/api/webhook-endpoints', { headers, body: NOWHERE })
  const { message } = await app.ok('POST', `/api/webhook-endpoints/${endpoint.id}/test`, { headers })
  return { endpointId: endpoint.id, messageId: message.id }
}
