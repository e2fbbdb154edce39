/** The Stripe accounts of an account: one in each mode. */

import type { CallOptions, DreamClient } from './client.ts'
import type { Mode } from './schema/common.ts'

export interface Connection {
  stripeAccount: string
  mode: Mode
  via: string
  chargesEnabled: boolean
  /** Why no payments can be taken. */
  reason: string | null
  detailsSubmitted: boolean
  country: string | null
  currency: string | null
  connectedAt: number
}

export class ConnectionAPI {
  readonly #client: DreamClient

  constructor(client: DreamClient) {
    this.#client = client
  }

  /**
   * Lists the Stripe accounts: one in each mode, or none.
   *
   * @example
   * ```ts
   * const { connections } = await account.connections.list()
   * console.log(connections.test?.stripeAccount ?? 'not connected')
   * ```
   */
  list(options?: CallOptions): Promise<{ connections: Record<Mode, Connection | null> }> {
    return this.#client.get('/account/connections', options)
  }

  /**
   * Answers where at Stripe the member connects an account: one that is there by `oauth`, a new one by `onboarding`.
   * For owners.
   *
   * @example
   * ```ts
   * const { url } = await account.connections.start('test', { via: 'oauth' })
   * console.log('Send the member to', url)
   * ```
   */
  start(mode: Mode, input: { via: 'oauth' | 'onboarding' }, options?: CallOptions): Promise<{ url: string }> {
    return this.#client.post(`/account/connections/${mode}/start`, input, options)
  }

  /**
   * Hands over what the member came back from Stripe with; nothing after onboarding. For owners. Throws
   * `connection_declined`, `connection_not_found`.
   *
   * @example
   * ```ts
   * await account.connections.finish('test', {}).catch((error) => console.log(error.reason))
   * ```
   */
  finish(
    mode: Mode,
    back: { state?: string; code?: string; error?: string },
    options?: CallOptions,
  ): Promise<{ connection: Connection }> {
    return this.#client.post(`/account/connections/${mode}/finish`, back, options)
  }

  /**
   * Disconnects the Stripe account of a mode from every project. For owners. Throws `connection_in_use` while
   * subscriptions are paid through it, unless forced; `connection_not_found`.
   *
   * @example
   * ```ts
   * await account.connections.remove('test').catch((error) => console.log(error.reason))
   * ```
   */
  remove(mode: Mode, { force }: { force?: boolean } = {}, options?: CallOptions): Promise<{ success: boolean }> {
    return this.#client.request('DELETE', `/account/connections/${mode}`, { ...options, query: { force } })
  }
}
