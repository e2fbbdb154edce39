/** The people of a project. Every method needs a secret key. */

import type { CallOptions, DreamClient } from './client.ts'
import { toList, type List } from './list.ts'

export interface Customer {
  id: string
  email: string
  firstName?: string
  lastName?: string
  /** What they may use now: bought, granted, or the free tier. */
  plan: string
  /** The tier given to them without payment. */
  grantedPlan?: string | null
  publishableKey: string
  stripeCustomerId?: string | null
  /** Epoch ms. */
  createdAt: number
}

export interface CreateCustomerParams {
  email: string
  /** 8 to 72 characters; left out, they sign in by e-mail code. */
  password?: string
  firstName?: string
  lastName?: string
  /** A tier granted without payment. */
  plan?: string
}

export interface UpdateCustomerParams {
  /** The granted tier; `null` takes the grant back. What was bought is not touched. */
  plan?: string | null
  /** By meter: what this customer alone may use, over the plan; a `limit` of `null` is none. `null` takes all back. */
  limits?: Readonly<Record<string, { limit: number | null; until?: number | null }>> | null
  firstName?: string | null
  lastName?: string | null
}

export interface CustomerQuery {
  /** Customers a page, 1 to 100; 25 when left out. */
  limit?: number
  email?: string
  plan?: string
  /** Of their subscription, in Stripe's words; `'none'` for who has none. */
  status?: string
  /** Those whose next use of a meter of their plan would be refused. */
  atLimit?: true
  /** Epoch ms: those who joined then or later. */
  since?: number
  cursor?: string
}

export interface CustomerPage {
  customers: Customer[]
  nextCursor: string | null
}

export class CustomerAPI {
  readonly #client: DreamClient

  constructor(client: DreamClient) {
    this.#client = client
  }

  /**
   * Makes a customer who can sign in. Throws `customer_exists`, `identity_refused`, `unknown_tier`.
   *
   * @example
   * ```ts
   * const { customer } = await dream.customers.create({ email: 'ada@example.com', firstName: 'Ada' })
   * console.log(customer.id, customer.plan)
   * ```
   */
  create(params: CreateCustomerParams, options?: CallOptions): Promise<{ customer: Customer }> {
    return this.#client.post('/api/customers', params, options)
  }

  /**
   * Reads a customer. Throws `customer_not_found`.
   *
   * @example
   * ```ts
   * const { customer } = await dream.customers.get(customerId)
   * console.log(customer.email)
   * ```
   */
  get(customerId: string, options?: CallOptions): Promise<{ customer: Customer }> {
    return this.#client.get(at(customerId), options)
  }

  /**
   * Lists customers, newest first: `await` for a page, `for await` for all.
   *
   * @example
   * ```ts
   * for await (const customer of dream.customers.list({ plan: 'free' })) console.log(customer.email)
   * ```
   */
  list({ cursor, ...query }: CustomerQuery = {}, options?: CallOptions): List<CustomerPage, Customer> {
    return toList(
      (next = cursor) => this.#client.get('/api/customers', { ...options, query: { ...query, cursor: next } }),
      (page) => page.customers,
    )
  }

  /**
   * Changes names, or grants a tier without payment. Throws `customer_not_found`, `unknown_tier`.
   *
   * @example
   * ```ts
   * await dream.customers.update(customerId, { plan: 'pro' })
   * ```
   */
  update(customerId: string, params: UpdateCustomerParams, options?: CallOptions): Promise<{ customer: Customer }> {
    return this.#client.request('PATCH', at(customerId), { ...options, body: params })
  }

  /**
   * Ends what the customer pays, then forgets them here and where they signed in. Throws `customer_not_found`.
   *
   * @example
   * ```ts
   * await dream.customers.delete(customerId)
   * ```
   */
  delete(
    customerId: string,
    options?: CallOptions,
  ): Promise<{ success: boolean; deleted: { id: string; email: string } }> {
    return this.#client.request('DELETE', at(customerId), options)
  }
}

const at = (customerId: string): string => `/api/customers/${encodeURIComponent(customerId)}`
