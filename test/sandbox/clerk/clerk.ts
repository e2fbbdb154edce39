/**
 * Stands in for Clerk's Backend API: three instances that know nothing of each other, in the tables of one Durable Object.
 * What Clerk would refuse it refuses, in Clerk's words; what dream-api has no use for it does not have.
 */
import type { ClerkInstance } from '../keys.ts'
import { CLERK } from '../keys.ts'
import { ClerkControls } from './controls.ts'
import type { Form } from './form.ts'
import { checkForm, readForm } from './form.ts'
import { ClerkRateLimit } from './rateLimit.ts'
import { ClerkRefusal, notFound, unknownRoute, wrongValue } from './refusal.ts'
import { ClerkSessions } from './sessions.ts'
import { ClerkSignIn } from './signIn.ts'
import { clerkTemplates, defaultAzp, mintToken, publishedKeys, tokenSeconds } from './token.ts'
import { ClerkUsers } from './users.ts'

const tokenSecondsMin = 30
const tokenSecondsMax = 315_360_000

type Call = { instance: ClerkInstance; id: string; detail: string; query: URLSearchParams; form: Form }
type Route = [method: string, path: string, handle: (call: Call) => unknown]

export class ClerkSandbox {
  readonly #users: ClerkUsers
  readonly #sessions: ClerkSessions
  readonly #rateLimit: ClerkRateLimit
  readonly #controls: ClerkControls
  readonly #now: () => number

  constructor(sql: SqlStorage, now: () => number, origin: string) {
    this.#now = now
    this.#users = new ClerkUsers(sql, now)
    this.#sessions = new ClerkSessions(sql, now)
    this.#rateLimit = new ClerkRateLimit(sql, now)
    const [users, sessions, rateLimit] = [this.#users, this.#sessions, this.#rateLimit]
    const signIn = new ClerkSignIn({ sql, users, sessions, now, origin })
    this.#controls = new ClerkControls({ users, sessions, rateLimit, signIn, now })
  }

  /** Answers a request to `https://api.clerk.com/v1/…`. */
  async fetch(request: Request): Promise<Response> {
    try {
      return json(200, await this.#answer(request))
    } catch (error) {
      if (error instanceof ClerkRefusal) return json(error.status, error.body, error.headers)
      throw error
    }
  }

  /** Answers a request to `/sandbox/clerk/…`; null when it is for somebody else. */
  control(request: Request): Promise<Response | null> {
    return this.#controls.fetch(request)
  }

  readonly #routes: Route[] = [
    ['GET', '/v1/users', ({ instance, query }) => this.#users.list(instance, query)],
    ['POST', '/v1/users', ({ instance, form }) => this.#users.create(instance, form)],
    ['GET', '/v1/users/count', (call) => this.#count(call)],
    ['GET', '/v1/users/:id', ({ instance, id }) => this.#users.require(instance, id)],
    ['PATCH', '/v1/users/:id', (call) => this.#updateUser(call)],
    ['DELETE', '/v1/users/:id', (call) => this.#deleteUser(call)],
    ['PATCH', '/v1/users/:id/metadata', ({ instance, id, form }) => this.#users.mergeMetadata(instance, id, form)],
    ['PUT', '/v1/users/:id/metadata', ({ instance, id, form }) => this.#users.replaceMetadata(instance, id, form)],
    ['POST', '/v1/users/:id/ban', (call) => this.#banUser(call)],
    ['POST', '/v1/users/:id/unban', (call) => this.#unbanUser(call)],
    ['GET', '/v1/sessions', ({ instance, query }) => this.#sessions.list(instance, query)],
    ['POST', '/v1/sessions', (call) => this.#createSession(call)],
    ['GET', '/v1/sessions/:id', ({ instance, id }) => this.#sessions.require(instance, id)],
    ['POST', '/v1/sessions/:id/revoke', (call) => this.#revokeSession(call)],
    ['POST', '/v1/sessions/:id/tokens', (call) => this.#createToken(call)],
    ['POST', '/v1/sessions/:id/tokens/:detail', (call) => this.#createTemplateToken(call)],
    ['POST', '/v1/sign_in_tokens', (call) => this.#createSignInToken(call)],
    ['POST', '/v1/sign_in_tokens/:id/revoke', (call) => this.#revokeSignInToken(call)],
    ['POST', '/v1/testing_tokens', (call) => this.#createTestingToken(call)],
    ['GET', '/v1/jwks', ({ instance }) => publishedKeys(instance)],
  ]

  async #answer(request: Request): Promise<unknown> {
    const { pathname, searchParams } = new URL(request.url)
    const instance = authenticate(request)
    if (pathname !== '/v1/jwks') this.#rateLimit.admit(instance)
    const form = await readForm(request)
    for (const [method, path, handle] of this.#routes) {
      const found = method === request.method ? matchPath(path, pathname) : null
      if (found) return handle({ instance, ...found, query: searchParams, form })
    }
    throw unknownRoute()
  }

  #count({ instance, query }: Call): object {
    return { object: 'total_count', total_count: this.#users.count(instance, query) }
  }

  #updateUser({ instance, id, form }: Call): object {
    const user = this.#users.update(instance, id, form)
    if (form['sign_out_of_other_sessions'] === true) this.#sessions.revokeAllOf(instance, id)
    return user
  }

  #deleteUser({ instance, id }: Call): object {
    const deleted = this.#users.delete(instance, id)
    this.#sessions.deleteAllOf(instance, id)
    return deleted
  }

  #banUser({ instance, id, form }: Call): object {
    checkForm(form, {})
    const user = this.#users.setBanned(instance, id, true)
    this.#sessions.revokeAllOf(instance, id)
    return user
  }

  #unbanUser({ instance, id, form }: Call): object {
    checkForm(form, {})
    return this.#users.setBanned(instance, id, false)
  }

  #revokeSession({ instance, id, form }: Call): object {
    checkForm(form, {})
    return this.#sessions.revoke(instance, id)
  }

  #revokeSignInToken({ instance, id, form }: Call): object {
    checkForm(form, {})
    return this.#sessions.revokeSignInToken(instance, id)
  }

  /** Clerk lets only development instances create sessions from a server. */
  #createSession({ instance, form }: Call): object {
    if (instance === 'live') throw onlyForDevelopment()
    checkForm(form, { user_id: 'string' }, ['user_id'])
    const user = this.#users.require(instance, form['user_id'] as string)
    return this.#sessions.create(instance, user.id)
  }

  async #createToken({ instance, id, form }: Call): Promise<object> {
    checkForm(form, { expires_in_seconds: 'integer' })
    const session = this.#sessions.requireActive(instance, id)
    return { object: 'token', jwt: await this.#sign(instance, session.user_id, session.id, form) }
  }

  async #createTemplateToken({ instance, id, detail, form }: Call): Promise<object> {
    checkForm(form, { expires_in_seconds: 'integer' })
    const session = this.#sessions.requireActive(instance, id)
    if (!clerkTemplates[instance].includes(detail)) throw notFound('JWT template', detail)
    return { object: 'token', jwt: await this.#sign(instance, session.user_id, null, form) }
  }

  #sign(instance: ClerkInstance, userId: string, sessionId: string | null, form: Form): Promise<string> {
    const user = this.#users.require(instance, userId)
    const expiresIn = (form['expires_in_seconds'] as number | null | undefined) ?? tokenSeconds
    if (expiresIn < tokenSecondsMin || expiresIn > tokenSecondsMax) throw wrongValue('expires_in_seconds')
    return mintToken({ instance, user, sessionId, azp: defaultAzp, issuedAt: this.#now(), expiresIn })
  }

  #createSignInToken({ instance, form }: Call): object {
    if (typeof form['user_id'] === 'string') this.#users.require(instance, form['user_id'])
    return this.#sessions.createSignInToken(instance, form)
  }

  #createTestingToken({ form }: Call): object {
    checkForm(form, {})
    const expiresAt = Math.floor(this.#now() / 1000) + 3600
    return { object: 'testing_token', token: `${expiresAt}-${crypto.randomUUID()}`, expires_at: expiresAt }
  }
}

/** The words of a path that a pattern leaves open; null when the path is another. */
function matchPath(pattern: string, path: string): { id: string; detail: string } | null {
  const [parts, words] = [pattern.split('/'), path.split('/')]
  if (parts.length !== words.length) return null
  const open = { id: '', detail: '' }
  for (const [at, part] of parts.entries()) {
    const word = words[at]!
    if (part === ':id' || part === ':detail') open[part === ':id' ? 'id' : 'detail'] = word
    else if (part !== word) return null
  }
  return open
}

function authenticate(request: Request): ClerkInstance {
  const header = request.headers.get('authorization') ?? ''
  if (!/^Bearer \S+$/.test(header)) {
    const long = "Invalid Authorization header format. Must be 'Bearer <YOUR_API_KEY>'"
    const message = 'Invalid Authorization header format'
    throw new ClerkRefusal(401, { code: 'authorization_header_format_invalid', message, long })
  }
  const key = header.slice('Bearer '.length)
  const found = Object.entries(CLERK).find(([, instance]) => instance.secretKey === key)
  if (found) return found[0] as ClerkInstance
  const message = 'The provided Clerk Secret Key is invalid. Make sure that your Clerk Secret Key is correct.'
  throw new ClerkRefusal(401, { code: 'clerk_key_invalid', message, long: message })
}

const onlyForDevelopment = (): ClerkRefusal =>
  new ClerkRefusal(400, {
    code: 'request_invalid_for_environment',
    message: 'Invalid request for environment',
    long: 'Request only valid for development, staging instances.',
  })

/** The bare content type: Clerk's client takes anything longer for text. */
const json = (status: number, body: unknown, headers: Record<string, string> = {}): Response =>
  new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json', ...headers } })
