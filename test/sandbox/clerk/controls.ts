/** What a test or a person may do to the Clerk stand-in from outside: make users, mint any token, write webhooks, limit the rate. */
import type { ClerkInstance } from '../keys.ts'
import { CLERK } from '../keys.ts'
import type { FieldType, Form } from './form.ts'
import { checkForm, readForm } from './form.ts'
import type { ClerkRateLimit } from './rateLimit.ts'
import { ClerkRefusal, wrongValue } from './refusal.ts'
import type { ClerkSessions } from './sessions.ts'
import type { ClerkSignIn } from './signIn.ts'
import { serveClerkScript } from './clerkScript.ts'
import { serveSignIn } from './signInPage.ts'
import type { TokenAlgorithm } from './token.ts'
import { defaultAzp, mintToken, tokenSeconds } from './token.ts'
import { newId, readEmail } from './user.ts'
import type { ClerkUsers } from './users.ts'
import { signWebhook, webhookTypes } from './webhook.ts'

export const clerkControls = [
  {
    method: 'POST',
    path: '/sandbox/clerk/tokens',
    body:
      "{instance: 'test'|'live'|'developer', userId, expiresIn?: seconds, azp?: text or null, issuedAt?: ms, claims?, " +
      "template?: boolean, algorithm?: 'RS256'|'none'|'HS256', keyId?}",
    what:
      'Mints a session token of a user: {token}. `claims` are laid over it, null removes one; `template` leaves out ' +
      'the claims of a session; `algorithm` and `keyId` forge.',
  },
  {
    method: 'POST',
    path: '/sandbox/clerk/users',
    body: '{instance, email, id?, publicMetadata?, privateMetadata?}',
    what: 'Signs a user up: the user, as the Backend API writes it.',
  },
  {
    method: 'GET',
    path: '/sandbox/clerk/users/:id?instance=',
    body: '',
    what: 'One user, as the Backend API writes it.',
  },
  {
    method: 'POST',
    path: '/sandbox/clerk/emails',
    body: '{instance, userId, email}',
    what: 'Gives a user another e-mail address, verified, in place of those they had: the user.',
  },
  {
    method: 'POST',
    path: '/sandbox/clerk/webhooks',
    body: '{instance, type, userId}',
    what: 'Writes and signs a webhook about a user, for the caller to deliver: {headers, body}.',
  },
  {
    method: 'GET',
    path: '/sandbox/clerk/sign-in?instance=&redirect_url=',
    body: '',
    what: 'The sign-in page; leads back to the redirect_url (this origin or localhost) with a `ticket` for two minutes.',
  },
  {
    method: 'POST',
    path: '/sandbox/clerk/sign-in',
    body: 'instance, redirect_url, and as=demo or email, as a form',
    what: 'Finds or makes the user, opens a session and leads back.',
  },
  {
    method: 'POST',
    path: '/sandbox/clerk/tickets',
    body: '{ticket}',
    what: 'Takes a ticket, once: {token, sessionId}. The token is for the origin of the redirect_url and lives 60 s.',
  },
  {
    method: 'POST',
    path: '/sandbox/clerk/sessions/:id/token',
    body: '',
    what: 'A fresh token of a session that was signed in so: {token}; 401 signed_out when it is over.',
  },
  {
    method: 'POST',
    path: '/sandbox/clerk/sessions/:id/end',
    body: '',
    what: 'Signs out: {sessionId, status}.',
  },
  {
    method: 'GET',
    path: '/sandbox/clerk/clerk.js',
    body: '',
    what: "Stands in for Clerk's browser script on our sign-in pages.",
  },
  {
    method: 'POST',
    path: '/sandbox/clerk/ratelimit',
    body: '{instance, enabled}',
    what: 'Switches the limit of 100 requests in 10 seconds on or off: {instance, enabled}.',
  },
]

type Parts = {
  users: ClerkUsers
  sessions: ClerkSessions
  rateLimit: ClerkRateLimit
  signIn: ClerkSignIn
  now: () => number
}

const algorithms = ['RS256', 'none', 'HS256']

export class ClerkControls {
  readonly #parts: Parts

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** Null when the path is not of `/sandbox/clerk/`. */
  async fetch(request: Request): Promise<Response | null> {
    const { pathname } = new URL(request.url)
    if (!pathname.startsWith('/sandbox/clerk/')) return null
    if (request.method === 'GET' && pathname === '/sandbox/clerk/clerk.js') return serveClerkScript()
    const page = await serveSignIn(this.#parts.signIn, request, readInstance)
    if (page) return page
    try {
      return Response.json(await this.#answer(request))
    } catch (error) {
      if (!(error instanceof ClerkRefusal)) throw error
      return Response.json({ error: error.message, ...error.body }, { status: error.status })
    }
  }

  async #answer(request: Request): Promise<unknown> {
    const { pathname, searchParams } = new URL(request.url)
    const name = pathname.slice('/sandbox/clerk/'.length)
    const form = await readForm(request)
    if (request.method === 'GET' && name.startsWith('users/')) {
      const instance = readInstance(searchParams.get('instance'))
      return this.#parts.users.require(instance, decodeURIComponent(name.slice('users/'.length)))
    }
    if (request.method !== 'POST') throw noControl(request.method, pathname)
    const [, sessionId, verb] = /^sessions\/([^/]+)\/(token|end)$/.exec(name) ?? []
    if (sessionId !== undefined) return this.#useSession(sessionId, verb, form)
    switch (name) {
      case 'tickets':
        checkForm(form, { ticket: 'string' }, ['ticket'])
        return this.#parts.signIn.exchange(form['ticket'] as string)
      case 'tokens':
        return this.#mintToken(form)
      case 'users':
        return this.#createUser(form)
      case 'emails':
        checkForm(form, emailFields, ['instance', 'userId', 'email'])
        return this.#parts.users.readdress(
          readInstance(form['instance']),
          form['userId'] as string,
          readEmail(form['email'] as string),
        )
      case 'webhooks':
        return this.#signWebhook(form)
      case 'ratelimit':
        return this.#limitRate(form)
      default:
        throw noControl(request.method, pathname)
    }
  }

  async #mintToken(form: Form): Promise<{ token: string }> {
    checkForm(form, tokenFields, ['instance', 'userId'])
    const instance = readInstance(form['instance'])
    const user = this.#parts.users.require(instance, form['userId'] as string)
    const algorithm = (form['algorithm'] ?? 'RS256') as TokenAlgorithm
    if (!algorithms.includes(algorithm)) throw wrongValue('algorithm')
    const token = await mintToken({
      instance,
      user,
      sessionId: form['template'] === true ? null : this.#parts.sessions.ensure(instance, user.id).id,
      azp: form['azp'] === undefined ? defaultAzp : (form['azp'] as string | null),
      issuedAt: (form['issuedAt'] as number | undefined) ?? this.#parts.now(),
      expiresIn: (form['expiresIn'] as number | undefined) ?? tokenSeconds,
      claims: (form['claims'] ?? {}) as Form,
      algorithm,
      ...(typeof form['keyId'] === 'string' ? { keyId: form['keyId'] } : {}),
    })
    return { token }
  }

  #useSession(sessionId: string, verb: string | undefined, form: Form): object | Promise<object> {
    checkForm(form, {})
    if (verb === 'token') return this.#parts.signIn.refresh(sessionId)
    const { id, status } = this.#parts.signIn.end(sessionId)
    return { sessionId: id, status }
  }

  #createUser(form: Form): object {
    checkForm(form, userFields, ['instance', 'email'])
    const instance = readInstance(form['instance'])
    const metadata = { public_metadata: form['publicMetadata'], private_metadata: form['privateMetadata'] }
    const id = (form['id'] as string | undefined) ?? newId('user')
    return this.#parts.users.add(instance, { id, emails: [readEmail(form['email'] as string)], form: metadata })
  }

  /** `user.deleted` may speak of a user who is already gone; every other event shows the user as it is now. */
  async #signWebhook(form: Form): Promise<object> {
    checkForm(form, webhookFields, ['instance', 'type', 'userId'])
    const instance = readInstance(form['instance'])
    const [type, userId] = [form['type'] as string, form['userId'] as string]
    if (!webhookTypes.includes(type)) throw wrongValue('type')
    const data = this.#webhookData(instance, type, userId)
    return signWebhook({ instance, type, data, now: this.#parts.now() })
  }

  #webhookData(instance: ClerkInstance, type: string, userId: string): object {
    if (type === 'user.deleted') return { id: userId, object: 'user', deleted: true }
    const user = this.#parts.users.require(instance, userId)
    return type.startsWith('user.') ? user : { ...this.#parts.sessions.ensure(instance, userId), user }
  }

  #limitRate(form: Form): object {
    checkForm(form, rateLimitFields, ['instance', 'enabled'])
    const instance = readInstance(form['instance'])
    this.#parts.rateLimit.switch(instance, form['enabled'] === true)
    return { instance, enabled: form['enabled'] }
  }
}

const tokenFields: Record<string, FieldType> = {
  instance: 'string',
  userId: 'string',
  expiresIn: 'integer',
  azp: 'string',
  issuedAt: 'integer',
  claims: 'object',
  template: 'boolean',
  algorithm: 'string',
  keyId: 'string',
}
const userFields: Record<string, FieldType> = {
  instance: 'string',
  email: 'string',
  id: 'string',
  publicMetadata: 'object',
  privateMetadata: 'object',
}
const emailFields: Record<string, FieldType> = { instance: 'string', userId: 'string', email: 'string' }
const webhookFields: Record<string, FieldType> = { instance: 'string', type: 'string', userId: 'string' }
const rateLimitFields: Record<string, FieldType> = { instance: 'string', enabled: 'boolean' }

function readInstance(value: unknown): ClerkInstance {
  if (typeof value === 'string' && Object.hasOwn(CLERK, value)) return value as ClerkInstance
  const message = `instance must be one of ${Object.keys(CLERK).join(', ')}`
  throw new ClerkRefusal(422, { code: 'form_param_value_invalid', message, long: message, param: 'instance' })
}

function noControl(method: string, path: string): ClerkRefusal {
  const known = clerkControls.map((control) => `${control.method} ${control.path}`).join(', ')
  const message = `There is no ${method} ${path}; there are ${known}`
  return new ClerkRefusal(404, { code: 'resource_not_found', message, long: message })
}
