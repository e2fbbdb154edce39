/** The way to the server: addresses, headers, tries and their time. It knows no noun. */

import { DreamAPIException, failed, type DreamAPIError } from './error.ts'
import { thePage, type TokenStorage } from './page.ts'
import { randomText } from './random.ts'
import { delayMs, isTransient, sleep } from './retry.ts'
import type { Code } from './schema/error.ts'

export interface DreamAPIConfig {
  /** `sk_test_…` or `sk_live_…`: for servers only, a browser refuses it. */
  secretKey?: string
  /** `pk_test_…` or `pk_live_…`: safe in a page. */
  publishableKey?: string
  /** Where the API is. Left out: the environment's `DREAM_API_URL`, then the public deployment. */
  baseUrl?: string
  /** Where the sign-in pages are. Left out: beside the API. */
  signupUrl?: string
  /** @deprecated Accepted from 0.1.38, where nothing used it either. */
  clerkBaseUrl?: string
  /** How long one try may take, in milliseconds; 30,000 when left out. */
  timeoutMs?: number
  /** How often a call that failed in passing is tried again; 3 when left out. */
  retries?: number
  /**
   * Where the customer's session is kept between page loads; the page's `localStorage` when left out: all tabs share it,
   * and it outlives the browser's end. `sessionStorage` keeps it to one tab until that is closed. A script that somebody
   * smuggled into your page can read either; a token is good for minutes, and a refresh token used twice ends the session.
   */
  storage?: TokenStorage
}

/** How a member of an account asks, who has no key: by their session, in one account, of one project of it. */
export interface Member {
  readonly headers: () => Promise<Record<string, string>>
  /** What stands in the place of `/api`. */
  readonly root: string
}

/** What every method takes as its last argument. */
export interface CallOptions {
  /** Gives the call up: it rejects with the signal's reason. */
  signal?: AbortSignal
  /** How long one try of this call may take, in milliseconds. */
  timeoutMs?: number
  /** The key under which a write counts once. Left out, each call gets its own, kept through its tries. */
  idempotencyKey?: string
}

type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE'

interface Wish extends CallOptions {
  body?: unknown
  query?: Readonly<Record<string, string | number | boolean | undefined>> | undefined
  /** Only a customer can be meant: it is asked for before the server is. */
  customer?: boolean
  /** It speaks for nobody: it brings a token, or ends one. */
  alone?: boolean
  /** The answer itself is wanted, to be read as it arrives. */
  raw?: boolean
  /** What a second try is refused with when the first, whose answer was lost, has done it; the answer then, or `null`. */
  done?: { readonly code: Code; readonly answer: () => unknown }
}

const PUBLIC_URL = 'https://api-multi.k-c-sheffield012376.workers.dev'
const TOKEN = 'X-Clerk-Token'
const TIMEOUT_MS = 30_000
const RETRIES = 3

const environment = (): Record<string, string | undefined> =>
  (globalThis as { process?: { env?: Record<string, string | undefined> } }).process?.env ?? {}

export class DreamClient {
  readonly publishableKey: string | undefined
  readonly signupUrl: string
  readonly storage: TokenStorage | undefined
  /** The customer's token; `null` when nobody is signed in. */
  token: string | null = null
  /** Whom a secret key speaks for; `null` for nobody. */
  customerId: string | null = null
  /** Gives a token that is still good, before a call that carries one; a new one if `force`d. */
  refresh: ((force?: boolean) => Promise<string | null>) | null = null
  readonly #secretKey: string | undefined
  readonly #member: Member | undefined
  readonly #baseUrl: string
  readonly #timeoutMs: number
  readonly #retries: number

  constructor(config: DreamAPIConfig, member?: Member) {
    const { secretKey, publishableKey, baseUrl, signupUrl, timeoutMs, retries, storage } = config
    if (!secretKey && !publishableKey && !member)
      throw new Error('DreamAPI: Either secretKey or publishableKey is required')
    if (secretKey && thePage() !== null)
      throw new Error('DreamAPI: A secret key must never reach a browser. Rotate it if this page was public.')
    this.#secretKey = secretKey
    this.#member = member
    this.publishableKey = publishableKey
    this.#baseUrl = (baseUrl || environment()['DREAM_API_URL'] || PUBLIC_URL).replace(/\/+$/, '')
    this.signupUrl = (signupUrl || this.#baseUrl).replace(/\/+$/, '')
    this.#timeoutMs = timeoutMs ?? TIMEOUT_MS
    this.#retries = retries ?? RETRIES
    this.storage = storage
  }

  /** Sends one call, again if it failed in passing, always under the same key. */
  async request<T>(method: Method, path: string, wish: Wish = {}): Promise<T> {
    const there = this.#member === undefined ? path : path.replace(/^\/api/, this.#member.root)
    const url = this.#baseUrl + there + toQuery(wish.query)
    const headers = await this.#headers(method, wish)
    const init = { method, headers, body: JSON.stringify(wish.body) }
    for (let tries = 0, lost = false, renewed = false; ; tries += 1) {
      try {
        return await this.#try<T>(url, init, wish)
      } catch (error) {
        if (!(error instanceof DreamAPIException)) throw error
        const done = lost && wish.done?.code === error.reason ? await wish.done.answer() : null
        if (done !== null) return done as T
        if (error.status === 401 && headers[TOKEN] && !renewed && this.refresh) {
          renewed = true // the token may be of another clock, or of another plan
          const token = await this.refresh(true)
          if (token) {
            headers[TOKEN] = token
            continue
          }
        }
        if (tries >= this.#retries || !isTransient(error)) throw error
        lost ||= error.status !== 429
        await sleep(delayMs(tries, error.retryAfter, Math.random()), wish.signal)
      }
    }
  }

  get<T>(path: string, wish?: Wish): Promise<T> {
    return this.request('GET', path, wish)
  }

  post<T>(path: string, body?: unknown, wish?: Wish): Promise<T> {
    return this.request('POST', path, { ...wish, body })
  }

  async #headers(method: Method, { body, customer, idempotencyKey, alone }: Wish): Promise<Record<string, string>> {
    if (!alone && this.refresh !== null && (customer || this.token !== null)) await this.refresh()
    if (customer) named(this.token ?? this.customerId)
    const headers: Record<string, string> = { Accept: 'application/json' }
    if (body !== undefined) headers['Content-Type'] = 'application/json'
    if (this.#secretKey) headers['Authorization'] = `Bearer ${this.#secretKey}`
    Object.assign(headers, await this.#member?.headers())
    if (this.publishableKey) headers['X-Publishable-Key'] = this.publishableKey
    if (!alone && this.token !== null) headers[TOKEN] = this.token
    if (this.customerId !== null) headers['X-User-Id'] = this.customerId
    if (method !== 'GET') headers['Idempotency-Key'] = idempotencyKey ?? randomText()
    return headers
  }

  /** One try. What did not come about in its time is a failure like any other; what the caller gave up is not. */
  async #try<T>(url: string, init: RequestInit, { signal, timeoutMs = this.#timeoutMs, raw }: Wish): Promise<T> {
    signal?.throwIfAborted()
    const controller = new AbortController()
    const stop = () => controller.abort()
    const timer = setTimeout(stop, timeoutMs)
    signal?.addEventListener('abort', stop)
    try {
      const response = await fetch(url, { ...init, signal: controller.signal })
      return raw && response.ok ? (response as T) : read<T>(response, await response.text())
    } catch (error) {
      if (error instanceof DreamAPIException) throw error
      signal?.throwIfAborted()
      if (controller.signal.aborted) throw failed('timeout', `No answer within ${timeoutMs} ms.`)
      throw failed('network_error', `The server could not be reached: ${String(error)}`)
    } finally {
      clearTimeout(timer)
      signal?.removeEventListener('abort', stop)
    }
  }
}

/** Whom a call is for. What is not there counts for nobody, and never for somebody called "undefined". */
export function named<T extends string>(customer: T | null): T {
  if (!customer || /^(undefined|null)$/.test(customer))
    throw failed(
      'auth_required',
      'No customer. On a server: forCustomer(id) or forToken(token). In a page: sign in.',
      401,
    )
  return customer
}

function read<T>({ ok, status, headers }: Response, text: string): T {
  let body: unknown
  try {
    body = JSON.parse(text)
  } catch {
    body = null // a proxy's page, or nothing at all: told apart below
  }
  if (typeof body !== 'object' || body === null)
    throw failed('invalid_answer', `The server answered ${status} without JSON.`, status)
  if (ok) return body as T
  throw new DreamAPIException(body as DreamAPIError, status, Number(headers.get('Retry-After')) || null)
}

/** What is not given is not sent: JSON leaves it out. */
export function toQuery(query: Wish['query'] = {}): string {
  const given = new URLSearchParams(JSON.parse(JSON.stringify(query)) as Record<string, string>).toString()
  return given && `?${given}`
}
