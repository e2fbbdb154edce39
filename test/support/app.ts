/** The product over HTTP, as its users reach it: a server of the suite's own, and shorthands for what every test does. */

import { afterAll, beforeAll } from 'vitest'
import { startServer, type Server, type ServerOptions } from './server.ts'

export interface Answer<T = Record<string, unknown>> {
  readonly status: number
  readonly headers: Headers
  readonly body: T
}

export interface TestProject {
  readonly projectId: string
  readonly mode: 'test' | 'live'
  readonly publishableKey: string
  readonly secretKey: string
  readonly stripeAccount: string | null
}

export interface TestMember {
  readonly userId: string
  readonly email: string
}

// Bodies differ from call to call; a test says what it expects of one by asserting on it.
// oxlint-disable-next-line typescript/no-explicit-any
export type Body = any

export class App {
  readonly server: Server

  constructor(server: Server) {
    this.server = server
  }

  async call(
    method: string,
    path: string,
    init: { headers?: Record<string, string>; body?: unknown } = {},
  ): Promise<Answer<Body>> {
    const { headers = {}, body } = init
    const response = await fetch(this.server.url + path, {
      method,
      redirect: 'manual',
      headers: body === undefined ? headers : { 'Content-Type': 'application/json', ...headers },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    const text = await response.text()
    return { status: response.status, headers: response.headers, body: isJson(response) ? JSON.parse(text) : text }
  }

  /** A call that must succeed; answers the body. */
  async ok(method: string, path: string, init?: Parameters<App['call']>[2]): Promise<Body> {
    const answer = await this.call(method, path, init)
    if (answer.status >= 300)
      throw new Error(`${method} ${path} answered ${answer.status}: ${JSON.stringify(answer.body)}`)
    return answer.body
  }

  /** A person signed in to the dashboard, with a fresh token for every call. */
  async member(email = `${crypto.randomUUID().slice(0, 8)}@members.example`): Promise<TestMember> {
    const user = await this.ok('POST', '/sandbox/clerk/users', { body: { instance: 'developer', email } })
    return { userId: user.id as string, email }
  }

  async memberToken(member: TestMember, facts: Record<string, unknown> = {}): Promise<string> {
    const { token } = await this.ok('POST', '/sandbox/clerk/tokens', {
      body: { instance: 'developer', userId: member.userId, azp: this.server.url, ...facts },
    })
    return token
  }

  /** A call of a signed-in member. */
  async asMember(
    member: TestMember,
    method: string,
    path: string,
    init: { headers?: Record<string, string>; body?: unknown } = {},
  ): Promise<Answer<Body>> {
    const headers = { Authorization: `Bearer ${await this.memberToken(member)}`, ...init.headers }
    return this.call(method, path, { ...init, headers })
  }

  /** The same, which must succeed; answers the body. */
  async okAsMember(
    member: TestMember,
    method: string,
    path: string,
    init?: Parameters<App['asMember']>[3],
  ): Promise<Body> {
    const answer = await this.asMember(member, method, path, init)
    if (answer.status >= 300)
      throw new Error(`${method} ${path} answered ${answer.status}: ${JSON.stringify(answer.body)}`)
    return answer.body
  }

  project(facts: Record<string, unknown> = {}): Promise<TestProject> {
    return this.ok('POST', '/sandbox/projects', { body: facts })
  }

  /** A customer made through the API, as a Clerk user. */
  async customer(
    project: TestProject,
    email = `${crypto.randomUUID().slice(0, 8)}@example.com`,
  ): Promise<{ id: string; email: string }> {
    const { customer } = await this.ok('POST', '/api/customers', { headers: secret(project), body: { email } })
    return customer
  }

  /** A fresh customer token, or a forged one: `facts` go to POST /sandbox/clerk/tokens. */
  async token(
    project: { mode: 'test' | 'live' },
    userId: string,
    facts: Record<string, unknown> = {},
  ): Promise<string> {
    await this.settle() // what Clerk knows of the plan travels through the outbox
    const { token } = await this.ok('POST', '/sandbox/clerk/tokens', {
      body: { instance: project.mode, userId, ...facts },
    })
    return token
  }

  /** Resolves when every webhook and delivery that is due has been carried out. */
  settle(): Promise<unknown> {
    return this.ok('POST', '/sandbox/settle', { body: {} })
  }

  advance(span: string): Promise<Body> {
    return this.ok('POST', '/sandbox/clock', { body: { advance: span } })
  }

  /** Pays a hosted checkout as its buyer would, and waits until everybody knows. */
  async pay(sessionId: string, facts: Record<string, unknown> = { card: 'ok' }): Promise<Body> {
    const answer = await this.call('POST', `/sandbox/stripe/checkout/${sessionId}/pay`, { body: facts })
    await this.settle()
    return answer.body
  }

  /** Buys a tier for a customer, all the way. */
  async subscribe(project: TestProject, customerId: string, tier = 'pro'): Promise<Body> {
    const checkout = await this.ok('POST', '/api/create-checkout', {
      headers: as(project, customerId),
      body: { tier, successUrl: 'http://localhost:3000/ok', cancelUrl: 'http://localhost:3000/no' },
    })
    await this.pay(checkout.sessionId)
    return checkout
  }

  usage(project: TestProject, customerId: string): Promise<Body> {
    return this.ok('GET', '/api/usage', { headers: as(project, customerId) })
  }
}

const isJson = (response: Response): boolean =>
  (response.headers.get('Content-Type') ?? '').includes('application/json')

export const secret = (project: TestProject): Record<string, string> => ({
  Authorization: `Bearer ${project.secretKey}`,
})
/** A secret key that says who the customer is. */
export const as = (project: TestProject, customerId: string): Record<string, string> => ({
  ...secret(project),
  'X-User-Id': customerId,
})
/** A page of the project, with its signed-in customer's token. */
export const page = (project: TestProject, token?: string): Record<string, string> => ({
  'X-Publishable-Key': project.publishableKey,
  ...(token === undefined ? {} : { 'X-Clerk-Token': token }),
})

/** A server for the tests of one file. */
export function useApp(options: Pick<ServerOptions, 'limits'> = {}): () => App {
  let app: App | null = null
  beforeAll(async () => {
    app = new App(await startServer({ port: 0, stateDir: null, ...options }))
  })
  afterAll(async () => {
    await app?.server.stop()
  })
  return () => {
    if (app === null) throw new Error('the server is not up yet')
    return app
  }
}
