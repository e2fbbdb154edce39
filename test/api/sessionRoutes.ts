/** The routes by which customers sign in, each with an example of a call. */

import { makeCode, makeRefreshToken } from '../../worker/passes.ts'
import type { TestProject } from '../support/app.ts'
import { sandboxSettings } from '../support/server.ts'
import type { Example, Things } from './routes.ts'

/** Of the right make and the right project, and yet unknown to it. */
export interface Passes {
  readonly code: string
  readonly refreshToken: string
}

export async function somePasses(project: TestProject): Promise<Passes> {
  const { KEY_SECRET = '' } = sandboxSettings('')
  const [code, refreshToken] = [await makeCode(project, KEY_SECRET), await makeRefreshToken(project, KEY_SECRET)]
  return { code: code.text, refreshToken: refreshToken.text }
}

const customerId = (things: Things) => things.customerId

export const SESSION_EXAMPLES: readonly Example[] = [
  { method: 'GET', path: '/.well-known/jwks.json', access: 'public', status: 200 },
  ...['/signup', '/signin', '/customer', '/refresh', '/signout'].map((path): Example => ({
    method: 'GET',
    path,
    access: 'public',
    status: 400,
  })),
  {
    method: 'POST',
    path: '/signin',
    access: 'public',
    status: 403,
    body: ({ project }) => ({ pk: project.publishableKey, redirect: 'http://localhost:3000/', token: 'made up' }),
  },
  {
    method: 'POST',
    path: '/api/auth/exchange',
    access: 'key',
    status: 401,
    code: 'code_invalid',
    body: ({ passes }) => ({ code: passes.code, codeVerifier: 'x'.repeat(43) }),
  },
  {
    method: 'POST',
    path: '/api/auth/refresh',
    access: 'key',
    status: 401,
    code: 'session_ended',
    body: ({ passes }) => ({ refreshToken: passes.refreshToken }),
  },
  {
    method: 'POST',
    path: '/api/auth/sign-out',
    access: 'key',
    status: 200,
    body: ({ passes }) => ({ refreshToken: passes.refreshToken }),
  },
  { method: 'GET', path: '/api/customers/:id/sessions', access: 'secret', status: 200, id: customerId },
  { method: 'DELETE', path: '/api/customers/:id/sessions', access: 'secret', status: 200, id: customerId },
]
