/** Where a developer's app hears of events. Times are epoch ms. */

import type { CallOptions, DreamClient } from './client.ts'
import type { Overlap } from './keys.ts'
import type { WebhookMessage } from './messages.ts'
import type { DisabledReason, WEBHOOK_TYPES } from './schema/webhook.ts'

export type WebhookEventType = (typeof WEBHOOK_TYPES)[number]

export interface EndpointInput {
  /** A public https address. */
  url: string
  events: WebhookEventType[]
  description?: string | null
}

export interface WebhookEndpoint {
  id: string
  url: string
  events: readonly WebhookEventType[]
  description: string | null
  disabled: boolean
  disabledAt: number | null
  disabledReason: DisabledReason | null
  /** Until when the secret before the last rotation signs too. */
  previousSecretEndsAt: number | null
  createdAt: number
}

/** The secret, `whsec_…`, is in this answer only. */
export interface ShownEndpoint {
  success: boolean
  endpoint: WebhookEndpoint
  secret: string
}

export class EndpointAPI {
  readonly #client: DreamClient

  constructor(client: DreamClient) {
    this.#client = client
  }

  /**
   * Lists the endpoints, oldest first.
   *
   * @example
   * ```ts
   * const { endpoints } = await admin.endpoints.list()
   * console.log(endpoints.map(({ url, disabled }) => [url, disabled]))
   * ```
   */
  list(options?: CallOptions): Promise<{ endpoints: WebhookEndpoint[] }> {
    return this.#client.get('/api/webhook-endpoints', options)
  }

  /**
   * Has events sent to an address, and answers the secret that they are signed with. Throws `webhook_url_refused`,
   * `too_many_webhook_endpoints`.
   *
   * @example
   * ```ts
   * const { endpoint, secret } = await admin.endpoints.create({
   *   url: 'http://localhost:3000/hooks',
   *   events: ['order.paid', 'subscription.canceled'],
   * })
   * console.log(endpoint.id, secret.startsWith('whsec_'))
   * ```
   */
  create(input: EndpointInput, options?: CallOptions): Promise<ShownEndpoint> {
    return this.#client.post('/api/webhook-endpoints', input, options)
  }

  /**
   * Reads an endpoint, and when it last took a message. Throws `webhook_endpoint_not_found`.
   *
   * @example
   * ```ts
   * const { endpoint } = await admin.endpoints.get(endpointId)
   * console.log(endpoint.lastDeliveredAt ?? 'nothing yet')
   * ```
   */
  get(
    endpointId: string,
    options?: CallOptions,
  ): Promise<{ endpoint: WebhookEndpoint & { lastDeliveredAt: number | null } }> {
    return this.#client.get(at(endpointId), options)
  }

  /**
   * Changes an endpoint; what is left out stays. Throws `webhook_endpoint_not_found`, `webhook_url_refused`.
   *
   * @example
   * ```ts
   * await admin.endpoints.update(endpointId, { disabled: true })
   * await admin.endpoints.update(endpointId, { disabled: false })
   * ```
   */
  update(
    endpointId: string,
    patch: Partial<EndpointInput> & { disabled?: boolean },
    options?: CallOptions,
  ): Promise<{ success: boolean; endpoint: WebhookEndpoint }> {
    return this.#client.request('PATCH', at(endpointId), { ...options, body: patch })
  }

  /**
   * Forgets an endpoint and what was sent to it. Throws `webhook_endpoint_not_found`.
   *
   * @example
   * ```ts
   * await admin.endpoints.delete(endpointId)
   * ```
   */
  delete(endpointId: string, options?: CallOptions): Promise<{ success: boolean }> {
    const done = { code: 'webhook_endpoint_not_found', answer: () => ({ success: true }) } as const
    return this.#client.request('DELETE', at(endpointId), { ...options, done })
  }

  /**
   * Gives an endpoint a new secret; the old one signs beside it as long as was asked. Throws
   * `webhook_endpoint_not_found`.
   *
   * @example
   * ```ts
   * const { secret } = await admin.endpoints.rotate(endpointId, { overlap: '24h' })
   * console.log(secret.length)
   * ```
   */
  rotate(endpointId: string, input: { overlap?: Overlap } = {}, options?: CallOptions): Promise<ShownEndpoint> {
    return this.#client.post(`${at(endpointId)}/rotate`, input, options)
  }

  /**
   * Sends a `ping`. Throws `webhook_endpoint_not_found`, `webhook_endpoint_disabled`.
   *
   * @example
   * ```ts
   * const { message } = await admin.endpoints.test(endpointId)
   * console.log(message.id, message.state)
   * ```
   */
  test(endpointId: string, options?: CallOptions): Promise<{ success: boolean; message: WebhookMessage }> {
    return this.#client.post(`${at(endpointId)}/test`, undefined, options)
  }

  /**
   * Sends everything again that failed since a time, in epoch ms. Throws `webhook_endpoint_not_found`,
   * `webhook_endpoint_disabled`.
   *
   * @example
   * ```ts
   * const { recovered } = await admin.endpoints.recover(endpointId, { since: Date.now() - 86_400_000 })
   * console.log(recovered, 'messages are sent again')
   * ```
   */
  recover(
    endpointId: string,
    input: { since: number },
    options?: CallOptions,
  ): Promise<{ success: boolean; recovered: number }> {
    return this.#client.post(`${at(endpointId)}/recover`, input, options)
  }
}

const at = (endpointId: string): string => `/api/webhook-endpoints/${encodeURIComponent(endpointId)}`
