/** What only the owner of a project does with its people: hand out what is stored of them, end their sessions, erase them. */

import type { CallOptions, DreamClient } from './client.ts'
import { CustomerAPI } from './customers.ts'

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
