/** Who may do what, decided in the same turn as the effect: key, page, standing, customer, pace, way back. */

import type { Code } from '../sdk/schema/error.ts'
import type { Decision } from './actor.ts'
import type { Books } from './books.ts'
import type { Caller, Scope, TokenClaims } from './caller.ts'
import type { Customer } from './customers.ts'
import type { Plan } from './entitlement.ts'
import { no, ok, type Outcome, type Refusal } from './outcome.ts'
import { RateWindows } from './rate.ts'
import { standingAt } from './standing.ts'

const REQUESTS_PER_MINUTE = 100

/** What is not there is refused as what was shown for it. A member's session is not in doubt. */
const UNKNOWN = {
  publishable: 'invalid_publishable_key',
  secret: 'invalid_api_key',
  system: 'invalid_api_key',
  member: 'project_not_found',
} as const satisfies Record<Caller['via'], Code>

export class Gate {
  readonly #books: Books
  readonly #rate = new RateWindows()

  constructor(books: Books) {
    this.#books = books
  }

  /** Refuses a caller whose key, page or account may not do this, in the same turn as the effect. */
  admit(caller: Caller, scope: Scope, now: number): Refusal | null {
    const settings = this.#books.settings.get()
    if (this.#books.ending.get() !== null) return no('project_deleted')
    if (settings === null) return no(UNKNOWN[caller.via])
    if (caller.via === 'member' && caller.platformId !== settings.platformId) return no('project_not_found')
    if (settings.deletedAt !== null) return no('project_deleted')
    if (caller.via === 'member') return null // what they may do, and whether the account stands well, it has decided
    if (caller.via === 'secret') {
      const key = this.#books.keys.valid(caller.keyHash, now)
      if (key === null) return no('invalid_api_key')
      if (!key.scopes.includes(scope)) return no('scope_required', { message: `This key lacks the scope "${scope}".` })
      this.#books.keys.touch(key, now)
    }
    if (caller.via === 'publishable' && caller.origin !== null && !this.#books.settings.allows(caller.origin))
      return no('origin_not_allowed')
    return standingAt(settings.standing, now) === 'blocked' ? no('subscription_expired') : null
  }

  /**
   * Which customer a call is about: the bearer of a verified token, or whom a secret key names. An id that a secret key
   * names for the first time is a customer who is not stored yet.
   */
  identify(
    caller: Caller,
    now: number,
    named?: string | undefined,
  ): Outcome<{ customer: Customer; isNew: boolean }, Code> {
    if (caller.via === 'system') return no('missing_customer')
    const asserted = named ?? ('asserts' in caller ? caller.asserts : null)
    if (caller.token !== null) {
      if (asserted !== null && asserted !== caller.token.userId) return no('customer_mismatch')
      return this.#bearer(caller.token, now)
    }
    if (asserted === null) return no('missing_customer')
    const customer = this.#books.customers.find(asserted)
    if (customer !== null && customer.deletedAt === null) return ok({ customer, isNew: false })
    return ok({ customer: unseen(asserted, now), isNew: true })
  }

  /** Who buys, if the call says: a shop sells to guests too. A customer named for the first time is written down. */
  identifyBuyer(caller: Caller, decision: Decision): Outcome<Customer | null, Code> {
    if (caller.via === 'system') return ok(null)
    if (caller.token === null && (caller.via === 'publishable' || caller.asserts === null)) return ok(null)
    const found = this.identify(caller, decision.now)
    if (!found.ok) return found
    const { customer, isNew } = found.value
    if (customer.leaving !== null) return no('customer_leaving')
    return ok(isNew ? this.#books.insertCustomer(customer, decision) : customer)
  }

  #bearer(token: TokenClaims, now: number): Outcome<{ customer: Customer; isNew: boolean }, Code> {
    const { publishableKey } = this.#books.settings.require()
    if (token.projects.length === 0)
      return no('invalid_customer_token', { message: 'The end-user token names no project (claim publishableKey).' })
    if (!token.projects.includes(publishableKey)) return no('publishable_key_mismatch')
    if (token.authorizedParty !== null && !this.#books.settings.allows(token.authorizedParty))
      return no('invalid_customer_token', {
        message: 'The end-user token was issued to a page that is not allowed here.',
      })
    const customer = this.#books.customers.get(token.userId)
    if (customer === null) return no('not_a_customer')
    const isOver =
      token.sessionId !== null && this.#books.sessions.live(token.sessionId, now)?.customerId !== customer.id
    return isOver ? no('session_ended') : ok({ customer, isNew: false })
  }

  /** 100 a minute for calls with the customer's own token; a tier's own number holds for every call. */
  limitRate(caller: Caller, customerId: string, plan: Plan, now: number): Refusal<'rate_limited'> | null {
    const own = plan.tier?.requestsPerMinute ?? null
    if (own === null && (caller.via === 'system' || caller.token === null)) return null
    const limit = own ?? REQUESTS_PER_MINUTE
    const waitMs = this.#rate.take(customerId, limit, now)
    if (waitMs === 0) return null
    const retryAfter = Math.ceil(waitMs / 1000)
    return no('rate_limited', { message: `Maximum ${limit} requests per minute`, retryAfter })
  }

  mayReturnTo(url: string): boolean {
    if (!URL.canParse(url)) return false
    const { origin, protocol, username, password } = new URL(url)
    return /^https?:$/.test(protocol) && username === '' && password === '' && this.#books.settings.allows(origin)
  }

  badReturn(url: string): Refusal<'redirect_not_allowed'> {
    const { allowedOrigins, mode } = this.#books.settings.require()
    const list = [...allowedOrigins, ...(mode === 'test' ? ['localhost'] : [])].join(', ') || 'none yet'
    return no('redirect_not_allowed', {
      message: `The return address ${url.slice(0, 200)} is not on an allowed origin of the project (allowed: ${list}). Send an absolute URL, or add its origin to the project.`,
    })
  }
}

const unseen = (id: string, now: number): Customer => ({
  id,
  email: null,
  firstName: null,
  lastName: null,
  origin: 'asserted',
  grantedTier: null,
  limits: null,
  stripeCustomerId: null,
  stripeGeneration: 0,
  hasSubscription: false,
  trialedAt: null,
  leaving: null,
  createdAt: now,
  deletedAt: null,
  revision: 0,
})
