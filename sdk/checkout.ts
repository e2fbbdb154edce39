/** How a started checkout stands, for the page after the payment. */

import type { CallOptions, DreamClient } from './client.ts'

export interface Checkout {
  id: string
  state: 'pending' | 'open' | 'complete' | 'expired' | 'failed'
  tier: string
  interval: 'month' | 'year'
  sessionId: string | null
  /** Stripe's page, while it is open. */
  url: string | null
  /** Epoch ms. */
  expiresAt: number
  createdAt: number
}

export class CheckoutAPI {
  readonly #client: DreamClient

  constructor(client: DreamClient) {
    this.#client = client
  }

  /**
   * Reads how a checkout stands, and the plan that the customer has now. While it is open Stripe is asked, so that the
   * page after the payment is right at once. Throws `checkout_not_found`.
   *
   * @example
   * ```ts
   * const { checkoutId } = await dream.forCustomer(customerId).billing.createCheckout({
   *   tier: 'pro',
   *   successUrl: 'http://localhost:3000/welcome',
   *   cancelUrl: 'http://localhost:3000/pricing',
   * })
   * const { checkout, plan } = await dream.forCustomer(customerId).checkout.get(checkoutId ?? '')
   * console.log(checkout.state, plan)
   * ```
   */
  get(id: string, options?: CallOptions): Promise<{ checkout: Checkout; plan: string }> {
    return this.#client.get(`/api/checkouts/${encodeURIComponent(id)}`, { ...options, customer: true })
  }
}
