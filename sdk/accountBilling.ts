/** What an account pays us. Money is integer minor units. */

import type { CallOptions, DreamClient } from './client.ts'

/** Times are epoch ms. */
export interface OwnSubscription {
  id: string
  status: string
  startedAt: number
  trialEnd: number | null
  currentPeriodStart: number
  currentPeriodEnd: number
  cancelAt: number | null
  endedAt: number | null
}

/** Money is integer minor units. */
export interface Bill {
  subscription: OwnSubscription | null
  trialAvailable: boolean
  /** The live customers counted last. */
  counted: { customers: number } | null
  estimate: {
    currency: string
    monthly: number
    includedCustomers: number
    furtherCustomers: number
    overage: number
    total: number
  }
}

export class AccountBillingAPI {
  readonly #client: DreamClient

  constructor(client: DreamClient) {
    this.#client = client
  }

  /**
   * Reads what the account pays us, and what the running month comes to, in minor units.
   *
   * @example
   * ```ts
   * const { estimate } = await account.billing.get()
   * console.log(`${estimate.total / 100} ${estimate.currency}`)
   * ```
   */
  get(options?: CallOptions): Promise<Bill> {
    return this.#client.get('/account/billing', options)
  }

  /**
   * Lists the invoices, newest first. Totals are minor units.
   *
   * @example
   * ```ts
   * const { invoices } = await account.billing.invoices()
   * console.log(invoices.map(({ number, total }) => [number, total]))
   * ```
   */
  invoices(
    options?: CallOptions,
  ): Promise<{ invoices: { id: string; number: string | null; total: number; url: string | null }[] }> {
    return this.#client.get('/account/billing/invoices', options)
  }

  /**
   * Answers where an owner subscribes the account.
   *
   * @example
   * ```ts
   * const { url } = await account.billing.checkout()
   * console.log('Send the member to', url)
   * ```
   */
  checkout(options?: CallOptions): Promise<{ url: string }> {
    return this.#client.post('/account/billing/checkout', undefined, options)
  }

  /**
   * Answers where an owner manages the subscription. Throws `no_subscription` before there is one.
   *
   * @example
   * ```ts
   * await account.billing.portal().catch((error) => console.log(error.reason))
   * ```
   */
  portal(options?: CallOptions): Promise<{ url: string }> {
    return this.#client.post('/account/billing/portal', undefined, options)
  }
}
