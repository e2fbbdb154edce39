/** api.stripe.com: who asks, what for, and the answer in Stripe's words. One call is one transaction. */
import { accountOf } from './accounts.ts'
import { checkStripeRequest } from '../contract/contract.ts'
import { STRIPE_SECRET_KEY } from '../keys.ts'
import { API_VERSION, PLATFORM } from './events.ts'
import { invalid, notHere, StripeError } from './error.ts'
import { expand } from './expand.ts'
import { parseForm } from './form.ts'
import { checkKey, recall, remember } from './idempotency.ts'
import { makeId } from './id.ts'
import { Params } from './params.ts'
import { logRequest } from './requestLog.ts'
import { findRoute } from './router.ts'
import { World } from './world.ts'
import type { Answer } from './call.ts'
import type { Remembered } from './idempotency.ts'
import type { Json, Mode } from './types.ts'

export interface Api {
  storage: DurableObjectStorage
  /** Virtual time in ms. */
  now: () => number
  origin: string
}

export interface Asked {
  method: string
  path: string
  params: Json
  account: string
  mode: Mode
  idempotencyKey: string | null
}

/** Answers one Stripe API call. The body was read before, so that nothing here waits. */
export function answerStripe(api: Api, request: Request, text: string): Response {
  const requestId = makeId('req', 14)
  const known: Partial<Asked> & { method: string; path: string } = {
    method: request.method,
    path: new URL(request.url).pathname,
  }
  let answer: Remembered & { replayed: boolean }
  try {
    const asked = read(api, request, text, known)
    answer = decide(api, asked, requestId)
  } catch (error) {
    const refusal = asStripeError(error)
    answer = { status: refusal.status, body: pretty(refusal.body), requestId, replayed: false }
  }
  logRequest(api.storage.sql, {
    at: api.now(),
    method: known.method,
    path: known.path,
    account: known.account ?? null,
    mode: known.mode ?? null,
    idempotencyKey: known.idempotencyKey ?? null,
    params: known.params ?? {},
    status: answer.status,
  })
  return respond(answer, known)
}

/** The account and key a request would use, to know which idempotency key is in flight. */
export function flightOf(request: Request): string | null {
  const key = request.headers.get('idempotency-key')
  const account = request.headers.get('stripe-account') ?? request.headers.get('stripe-context') ?? PLATFORM
  return key && request.method === 'POST' ? `${request.headers.get('authorization')} ${account} ${key}` : null
}

function read(api: Api, request: Request, text: string, known: Partial<Asked>): Asked {
  const url = new URL(request.url)
  const mode = authenticate(request)
  known.mode = mode
  const version = request.headers.get('stripe-version')
  if (version !== null && version !== API_VERSION) {
    throw invalid(`The sandbox speaks Stripe API version ${API_VERSION}, not ${version}.`)
  }
  const account = actingFor(api, request, mode)
  known.account = account
  const key = request.method === 'POST' ? request.headers.get('idempotency-key') : null
  known.idempotencyKey = key
  const params = request.method === 'POST' ? readBody(request, text) : parseForm(url.searchParams)
  known.params = params
  return { method: request.method, path: url.pathname, params, account, mode, idempotencyKey: key }
}

function authenticate(request: Request): Mode {
  const header = request.headers.get('authorization')
  const key = /^Bearer (.+)$/.exec(header ?? '')?.[1]
  if (key === undefined) {
    throw new StripeError({
      status: 401,
      message:
        "You did not provide an API key. You need to provide your API key in the Authorization header, using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY').",
    })
  }
  if (key === STRIPE_SECRET_KEY.test) return 'test'
  if (key === STRIPE_SECRET_KEY.live) return 'live'
  const shown = `${key.slice(0, 7)}${'*'.repeat(Math.max(key.length - 11, 4))}${key.length > 11 ? key.slice(-4) : ''}`
  throw new StripeError({ status: 401, message: `Invalid API Key provided: ${shown}` })
}

function actingFor(api: Api, request: Request, mode: Mode): string {
  const account = request.headers.get('stripe-account')
  const context = request.headers.get('stripe-context')
  if (account !== null && context !== null && account !== context) {
    throw invalid('Stripe-Account and Stripe-Context name different accounts.')
  }
  const wanted = account ?? context ?? PLATFORM
  return accountOf(worldOf(api, PLATFORM, mode), wanted).id
}

function readBody(request: Request, text: string): Json {
  const type = request.headers.get('content-type')
  if (text !== '' && !type?.startsWith('application/x-www-form-urlencoded')) {
    throw invalid('Invalid request (check that your POST content type is application/x-www-form-urlencoded).')
  }
  return parseForm(new URLSearchParams(text))
}

/** Replays a known idempotency key; otherwise validates, runs the route in one transaction and remembers the result. */
function decide(api: Api, asked: Asked, requestId: string): Remembered & { replayed: boolean } {
  const { sql } = api.storage
  const { account, mode, idempotencyKey } = asked
  const fingerprint = JSON.stringify([asked.method, asked.path, asked.params])
  const key = idempotencyKey === null ? null : { account, mode, key: idempotencyKey }
  if (key) checkKey(key.key)
  const first = key && recall(sql, key, fingerprint, api.now())
  if (first) return { ...first, replayed: true }
  const answer = run(api, asked, requestId)
  const stored = { status: answer.status, body: pretty(answer.body), requestId }
  if (key && !isValidation(answer)) remember(sql, key, fingerprint, stored, api.now())
  return { ...stored, replayed: false }
}

function run(api: Api, asked: Asked, requestId: string): Answer {
  const refusal = checkStripeRequest(asked.method, asked.path, asked.params)
  if (refusal) return { status: refusal.status, body: { error: refusal.error } }
  try {
    return api.storage.transactionSync(() => route(api, asked, requestId))
  } catch (error) {
    const { status, body } = asStripeError(error)
    return { status, body }
  }
}

function route(api: Api, asked: Asked, requestId: string): Answer {
  const { method, path, account, mode } = asked
  const found = findRoute(method, path)
  if (found === null) throw notHere(method, path)
  const cause = { id: requestId, idempotencyKey: asked.idempotencyKey }
  const world = worldOf(api, account, mode, cause)
  const params = new Params(asked.params)
  const paths = params.strings('expand') ?? []
  const result = found.route({ world, params, ids: found.ids, path })
  if (isAnswer(result)) return result
  return { status: 200, body: expand(world, result, paths) }
}

export function worldOf(
  api: Api,
  account: string,
  mode: Mode,
  cause?: { id: string; idempotencyKey: string | null },
): World {
  return new World({ sql: api.storage.sql, account, mode, nowMs: api.now(), origin: api.origin, cause })
}

/** Stripe does not store an idempotent result when the parameters were wrong and nothing began. */
function isValidation({ status }: Answer): boolean {
  return status >= 400 && status < 500 && status !== 402
}

function isAnswer(result: object): result is Answer {
  return 'status' in result && typeof result.status === 'number' && 'body' in result
}

function asStripeError(error: unknown): StripeError {
  if (error instanceof StripeError) return error
  console.error('sandbox: a Stripe route failed', error)
  const message = `The sandbox failed: ${error instanceof Error ? error.message : String(error)}`
  return new StripeError({ status: 500, type: 'api_error', message })
}

function respond(answer: Remembered & { replayed: boolean }, known: Partial<Asked>): Response {
  return new Response(answer.body, {
    status: answer.status,
    headers: {
      'Content-Type': 'application/json',
      'Request-Id': answer.requestId,
      'Stripe-Version': API_VERSION,
      ...(known.idempotencyKey && { 'Idempotency-Key': known.idempotencyKey, 'Original-Request': answer.requestId }),
      ...(answer.replayed && { 'Idempotent-Replayed': 'true' }),
      ...(known.account && known.account !== PLATFORM && { 'Stripe-Account': known.account }),
    },
  })
}

/** An error made outside a transaction, as a response: for faults and collisions. */
export function errorResponse(error: StripeError): Response {
  return respond({ status: error.status, body: pretty(error.body), requestId: makeId('req', 14), replayed: false }, {})
}

function pretty(body: unknown): string {
  return JSON.stringify(body, null, 2)
}
