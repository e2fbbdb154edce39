/** How a project's shop sells. */

import type { CallOptions, DreamClient } from './client.ts'

export interface Shop {
  /** How long a cart holds its stock, 5 to 1,440 minutes. */
  holdMinutes: number
  /** ISO codes of the countries that are shipped to; none asks for no address. */
  shippingCountries: string[]
  collectPhone: boolean
  promotionCodes: boolean
  /** Bank debits and the like, whose money arrives days later. */
  delayedPayments: boolean
  /** Open carts that one customer, and one network address, may hold; `null` is no cap. */
  holdsPerCustomer: number | null
  holdsPerAddress: number | null
}

export class ShopAPI {
  readonly #client: DreamClient

  constructor(client: DreamClient) {
    this.#client = client
  }

  /**
   * Reads how the shop sells.
   *
   * @example
   * ```ts
   * const { shop } = await admin.shop.get()
   * console.log(`A cart is held for ${shop.holdMinutes} minutes`)
   * ```
   */
  get(options?: CallOptions): Promise<{ shop: Shop }> {
    return this.#client.get('/api/shop', options)
  }

  /**
   * Changes how the shop sells; what is left out stays.
   *
   * @example
   * ```ts
   * const { shop } = await admin.shop.update({ shippingCountries: ['DE', 'AT'], promotionCodes: true })
   * console.log(shop.shippingCountries)
   * ```
   */
  update(patch: Partial<Shop>, options?: CallOptions): Promise<{ success: boolean; shop: Shop }> {
    return this.#client.request('PATCH', '/api/shop', { ...options, body: patch })
  }
}
