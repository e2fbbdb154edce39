/** The app that is looked at, and the customer who calls it. Whoever is made for it is deleted again. */

import { createHash } from 'node:crypto'
import type { DreamAdmin, ProjectSettings } from '../../admin.ts'
import { randomText } from '../../random.ts'
import { claimsOf } from '../../token.ts'
import { Wrong } from '../command.ts'

export interface Target {
  readonly method: string
  readonly url: string
}

export interface Answer {
  readonly isServed: boolean
  readonly status: number
  /** The status, and what the app said with it. */
  readonly says: string
}

/** The app as its customers reach it. `{token}` in a header stands for their token. */
export class Patient {
  readonly #app: string
  readonly #headers: readonly string[]
  readonly #body: string

  constructor({ app, headers, body }: { app: string; headers: readonly string[]; body: string }) {
    if (!URL.canParse(app)) throw new Wrong(`${app} is no address. Say --app http://localhost:3000`)
    this.#app = app
    this.#headers = headers
    this.#body = body
  }

  /** `POST /api/answer`, or a path alone. */
  target(text: string, method: 'GET' | 'POST'): Target {
    const [, named, path] = /^(?:(GET|POST|PUT|PATCH|DELETE) )?(\S+)$/.exec(text) ?? []
    if (path === undefined || !URL.canParse(path, this.#app))
      throw new Wrong(`${text} is no route. Say "${method} /api/answer"`)
    return { method: named ?? method, url: new URL(path, this.#app).href }
  }

  /** Calls the app as a customer: with their token, or with `null` as somebody without one. Each press has a key. */
  async call(target: Target, token: string | null, headers: Record<string, string> = {}): Promise<Answer> {
    const said = token === null ? {} : this.#identity(token)
    const { method, url } = target
    const hasBody = method !== 'GET'
    return send(url, {
      method,
      headers: {
        ...(hasBody && { 'Content-Type': 'application/json', 'Idempotency-Key': newKey() }),
        ...said,
        ...headers,
      },
      ...(hasBody && { body: this.#body }),
    })
  }

  /** What the app said to a customer whom it should have served. It may look for them in another header. */
  complaint({ status, says }: Answer): string {
    if (status !== 401) return says
    const told = this.#headers.map((header) => header.split(':')[0]!.trim()).join(' and ')
    return `${says} (the token went as ${told}; name the header that your app reads with --header)`
  }

  #identity(token: string): Record<string, string> {
    return Object.fromEntries(
      this.#headers.map((header) => {
        const [name = '', ...rest] = header.split(':')
        return [name.trim(), rest.join(':').trim().replaceAll('{token}', token)]
      }),
    )
  }
}

export const newKey = (): string => `doctor-${randomText()}`

/** A redirect to a page that asks to sign in or to pay serves nothing. */
export async function send(url: string, init: RequestInit): Promise<Answer> {
  const response = await fetch(url, { ...init, redirect: 'manual', signal: AbortSignal.timeout(30_000) }).catch(
    (error: unknown) => {
      throw new Wrong(`${url} could not be reached: ${String((error as Error).cause ?? error)}`)
    },
  )
  const { ok, status } = response
  return { isServed: ok, status, says: `${status} ${wordsOf(await response.text())}`.trim() }
}

const WORDS_MAX = 160

/** What an answer says in a line: the code and the sentence of a refusal, or its beginning. */
function wordsOf(text: string): string {
  try {
    const { code, error, message } = JSON.parse(text) as Record<string, unknown>
    const words = [code ?? error, message].filter((word) => typeof word === 'string')
    if (words.length > 0) return words.join(': ').slice(0, WORDS_MAX)
  } catch {
    // not JSON, or nothing that has fields: shown as it is
  }
  return text.replaceAll(/\s+/g, ' ').trim().slice(0, WORDS_MAX)
}

/** Who calls the app. */
export interface Caller {
  readonly id: string
  /** A token of this moment. */
  token(): Promise<string>
  /** `false`: the token was given, and says what it said when it was made. */
  readonly isFresh: boolean
  leave(): Promise<void>
}

/** Whoever the given token names. */
export function givenCaller(token: string, named: string | undefined): Caller {
  const id = named ?? claimsOf(token)?.sub
  if (id === undefined) throw new Wrong('The token does not say whose it is. Name the customer with --customer <id>.')
  return { id, token: async () => token, isFresh: false, leave: async () => {} }
}

/** A new customer, signed in as a person would be, where the local server of dream-api lets us; `null` elsewhere. */
export async function newCaller(admin: DreamAdmin, project: ProjectSettings, api: string): Promise<Caller | null> {
  const ask = async (path: string, body: object, headers: Record<string, string> = {}) => {
    const init = { method: 'POST', headers: { 'Content-Type': 'application/json', ...headers } }
    const response = await fetch(api + path, { ...init, body: JSON.stringify(body) })
    if (!response.ok) return null
    return (await response.json()) as Record<string, string>
  }
  if ((await ask('/sandbox/settle', {})) === null) return null
  const { customer } = await admin.customers.create({ email: `doctor+${randomText().slice(0, 12)}@example.com` })
  const token = async () => {
    await ask('/sandbox/settle', {})
    const identity = await ask('/sandbox/clerk/tokens', { instance: 'test', userId: customer.id, azp: api })
    const codeVerifier = randomText() + randomText()
    const codeChallenge = createHash('sha256').update(codeVerifier).digest('base64url')
    const visit = { pk: project.publishableKey, redirect: PAGE, join: true, codeChallenge, token: identity?.['token'] }
    const { location = PAGE } = (await ask('/signin', visit, { Origin: new URL(api).origin })) ?? {}
    const code = new URL(location).searchParams.get('__dream_code') ?? ''
    const headers = { 'X-Publishable-Key': project.publishableKey, Origin: new URL(PAGE).origin }
    const session = await ask('/api/auth/exchange', { code, codeVerifier }, headers)
    if (session === null) throw new Wrong('The local server did not let the test customer sign in.')
    return session['token'] ?? ''
  }
  const leave = async () => void (await admin.customers.delete(customer.id))
  return { id: customer.id, token, isFresh: true, leave }
}

/** Every project in test mode takes people back there. */
const PAGE = 'http://localhost:3000/'
