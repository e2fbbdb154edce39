/**
 * Floods and guessing are stopped at the edge, before anything is woken. Cloudflare counts, in each of its places and
 * about right; what is sold by the call is counted exactly, by the project.
 */

import type { Code } from '../sdk/schema/error.ts'
import type { Env } from './env.ts'
import { Refused } from './http.ts'
import { placeOf } from './place.ts'
import type { Address } from './stub.ts'

const KNOWN_MAX = 10_000
const FULL_MS = 10_000

/**
 * Asks Cloudflare once for so many calls, since the count is no more than about right anyway: the other calls cost
 * nothing. A place or key that is full is not asked about for a while.
 */
class Gauge {
  readonly #callsPerQuestion: number
  readonly #known = new Map<string, { calls: number; fullUntil: number }>()

  constructor(callsPerQuestion: number) {
    this.#callsPerQuestion = callsPerQuestion
  }

  /** Counts a call; answers whether there is room for it. */
  take(limit: RateLimit, id: string): boolean | Promise<boolean> {
    const known = this.#known.get(id) ?? this.#begin(id)
    if (Date.now() < known.fullUntil) return false
    known.calls += 1
    if (known.calls < this.#callsPerQuestion) return true
    known.calls = 0
    return limit.limit({ key: id }).then(({ success }) => {
      if (!success) known.fullUntil = Date.now() + FULL_MS
      return success
    })
  }

  #begin(id: string) {
    if (this.#known.size >= KNOWN_MAX) this.#known.clear()
    const known = { calls: 0, fullUntil: 0 }
    this.#known.set(id, known)
    return known
  }
}

/** 6,000 calls a minute from one place. */
const places = new Gauge(10)
/** 10,000 calls a second with the keys of one project, more than one object carries out. */
const keys = new Gauge(100)

/** A machine calls itself from here. Cloudflare names no such place. */
const OWN_MACHINE: ReadonlySet<string> = new Set(['127.0.0.1', '::1'])

function countedPlace(request: Request): string | null {
  const place = placeOf(request)
  return place === null || OWN_MACHINE.has(place) ? null : place
}

const full = (message: string) => new Refused('rate_limited', { message, retryAfter: FULL_MS / 1000 })

/** Servers are counted by their key; Stripe tells of all accounts from a few addresses, and signs what it tells. */
const isCountedElsewhere = (request: Request): boolean =>
  /^Bearer +sk_/i.test(request.headers.get('Authorization') ?? '') ||
  new URL(request.url).pathname.startsWith('/webhook/')

/** Refuses a call from a place that floods us. */
export async function mustNotFlood(request: Request, { FLOOD_PLACE }: Env): Promise<void> {
  const place = countedPlace(request)
  if (place === null || isCountedElsewhere(request)) return
  if (!(await places.take(FLOOD_PLACE, place))) throw full('Too many calls come from this network.')
}

/** Refuses a call under a key whose project is flooded. */
export async function mustNotFloodKey({ projectId, mode }: Address, { FLOOD_KEY }: Env): Promise<void> {
  if (!(await keys.take(FLOOD_KEY, `${projectId}:${mode}`)))
    throw full('Too many calls come with the keys of this project.')
}

/** What is said to somebody whose key, token, ticket or code is wrong. */
const WRONG: ReadonlySet<Code> = new Set([
  'invalid_api_key',
  'invalid_publishable_key',
  'invalid_customer_token',
  'invalid_session',
  'code_invalid',
  'ticket_invalid',
  'access_required',
  'invitation_not_found',
])

/** The refusal as it is; after 20 wrong guesses a minute from one place, one that says nothing of the guess. */
export async function mustNotGuess(refused: Refused, request: Request, { GUESSES }: Env): Promise<Refused> {
  const place = countedPlace(request)
  if (place === null || !WRONG.has(refused.code) || refused.detail['expired'] === true) return refused
  const { success } = await GUESSES.limit({ key: place })
  return success ? refused : full('Too many wrong keys, tokens or codes come from this network.')
}
