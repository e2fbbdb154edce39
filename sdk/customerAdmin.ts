/** What only the owner of a project does with its people: hand out what is stored of them, end their sessions, erase them. */

import type { CallOptions, DreamClient } from './client.ts'
import { CustomerAPI } from './customers.ts'
import type { Code } from './schema/error.ts'
import type { Entitlement } from './schema/usage.ts'

/** Times are epoch ms. */
export interface CustomerSession {
  id: string
  /** The page that they signed in to. */
  origin: string
  createdAt: number
  usedAt: number
  /** It ends by itself then, unless it is used. */
  endsAt: number
}

/** Everything that is stored of one person: rows of each table, under its name. */
export interface CustomerExport {
  at: number
  customer: Readonly<Record<string, unknown>>
  readonly [table: string]: unknown
}

/** Something that happened to a customer; `link` is the id of what it was about. */
export interface TimelineEntry {
  /** Epoch ms. */
  at: number
  what: string
  link: string | null
  detail: Readonly<Record<string, string | number | null>>
}

export interface Explanation {
  allowed: boolean
  /** The refusal that it would be. */
  reason: Code | null
  usage: Entitlement
  /** Whose limit it is: the customer's own, their plan's, or nobody's. */
  limitFrom: 'customer' | 'plan' | 'nothing'
  /** The tier that would allow it. */
  upgrade: string | null
  revision: number
}

export class CustomerAdminAPI extends CustomerAPI {
  readonly #client: DreamClient

  constructor(client: DreamClient) {
    super(client)
    this.#client = client
  }

  /**
   * Answers everything that is stored of one person. Throws `customer_not_found`.
   *
   * @example
   * ```ts
   * const { export: stored } = await admin.customers.export(customerId)
   * console.log(Object.keys(stored))
   * ```
   */
  export(customerId: string, options?: CallOptions): Promise<{ export: CustomerExport }> {
    return this.#client.get(`${at(customerId)}/export`, options)
  }

  /**
   * Erases a person as `delete` does, and says what becomes of the record at Stripe: `'keep'` it, or `'delete'` it too.
   * Throws `customer_not_found`.
   *
   * @example
   * ```ts
   * await admin.customers.erase(customerId, { stripe: 'delete' })
   * ```
   */
  erase(
    customerId: string,
    query: { stripe: 'keep' | 'delete' },
    options?: CallOptions,
  ): Promise<{ success: boolean; deleted: { id: string; email: string } }> {
    return this.#client.request('DELETE', at(customerId), { ...options, query })
  }

  /**
   * Reads what is known to have happened to a customer, newest first. Throws `customer_not_found`.
   *
   * @example
   * ```ts
   * const { entries } = await admin.customers.timeline(customerId)
   * console.log(entries.map(({ at, what }) => [at, what]))
   * ```
   */
  timeline(customerId: string, options?: CallOptions): Promise<{ entries: TimelineEntry[] }> {
    return this.#client.get(`${at(customerId)}/timeline`, options)
  }

  /**
   * Tells whether a use would be counted now, and if not, which refusal it would be. Counts nothing. Throws
   * `customer_not_found`.
   *
   * @example
   * ```ts
   * const { allowed, reason, upgrade } = await admin.customers.explain(customerId, { quantity: 5_000 })
   * console.log(allowed, reason, upgrade)
   * ```
   */
  explain(
    customerId: string,
    query: { meter?: string; quantity?: number } = {},
    options?: CallOptions,
  ): Promise<Explanation> {
    return this.#client.get(`${at(customerId)}/explain`, { ...options, query })
  }

  /**
   * Lists where a customer is signed in. Throws `customer_not_found`.
   *
   * @example
   * ```ts
   * const { sessions } = await admin.customers.sessions(customerId)
   * console.log(sessions.map(({ origin, usedAt }) => [origin, usedAt]))
   * ```
   */
  sessions(customerId: string, options?: CallOptions): Promise<{ sessions: CustomerSession[] }> {
    return this.#client.get(`${at(customerId)}/sessions`, options)
  }

  /**
   * Signs a customer out: everywhere, or in one session. Their tokens are refused from then on. Throws
   * `customer_not_found`.
   *
   * @example
   * ```ts
   * const { ended } = await admin.customers.endSessions(customerId)
   * console.log(ended, 'sessions ended')
   * ```
   */
  endSessions(
    customerId: string,
    query: { session?: string } = {},
    options?: CallOptions,
  ): Promise<{ success: boolean; ended: number }> {
    return this.#client.request('DELETE', `${at(customerId)}/sessions`, { ...options, query })
  }
}

const at = (customerId: string): string => `/api/customers/${encodeURIComponent(customerId)}`
