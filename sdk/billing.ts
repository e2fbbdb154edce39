/** Buying and changing a plan, and the billing portal. Prices are the server's; nothing said here decides one. */

import type { CallOptions, DreamClient } from './client.ts'

export interface CheckoutInput {
  /** Slug or display name of the tier, in any case; `'pro'` when left out. */
  tier?: string
  /** As 0.1.38 sent it: it must be a price of the tier. */
  priceId?: string
  interval?: 'month' | 'year'
  /** On one of the project's allowed origins. */
  successUrl?: string
  cancelUrl?: string
}

export interface CheckoutResult {
  /** Send the customer there. */
  url: string
  /** Of Stripe's hosted page, when one was made. */
  sessionId?: string
  /** For `checkout.get`; `null` when no page was made, because nothing has to be paid on one. */
  checkoutId: string | null
}

export interface PortalResult {
  url: string
}

export class BillingAPI {
  readonly #client: DreamClient

  constructor(client: DreamClient) {
    this.#client = client
  }

  /**
   * Sells a tier, or changes to it: answers where to send the customer. Throws `unknown_tier`, `tier_not_for_sale`,
   * `redirect_not_allowed`, `payments_not_connected`, `payment_failed`.
   *
   * @example
   * ```ts
   * const { url } = await dream.forCustomer(customerId).billing.createCheckout({
   *   tier: 'pro',
   *   successUrl: 'http://localhost:3000/welcome',
   *   cancelUrl: 'http://localhost:3000/pricing',
   * })
   * console.log('Send the customer to', url)
   * ```
   */
  createCheckout(input: CheckoutInput = {}, options?: CallOptions): Promise<CheckoutResult> {
    return this.#client.post('/api/create-checkout', input, { ...options, customer: true })
  }

  /**
   * Opens Stripe's billing portal. Throws `no_subscription` for a customer who pays nothing.
   *
   * @example
   * ```ts
   * const { url } = await dream.forCustomer(subscriberId).billing.openPortal({ returnUrl: 'http://localhost:3000/' })
   * console.log('Send the customer to', url)
   * ```
   */
  openPortal(input: { returnUrl?: string } = {}, options?: CallOptions): Promise<PortalResult> {
    return this.#client.post('/api/customer-portal', input, { ...options, customer: true })
  }
}
