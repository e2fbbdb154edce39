/** What was sent to the endpoints of a developer's app, kept for 30 days. Times are epoch ms. */

import type { CallOptions, DreamClient } from './client.ts'
import type { WebhookEventType } from './endpoints.ts'
import { toList, type List } from './list.ts'
import type { AttemptError, MessageState } from './schema/webhook.ts'

export interface WebhookMessage {
  /** The `webhook-id` that it is sent with. */
  id: string
  endpointId: string
  type: WebhookEventType | 'ping'
  state: MessageState
  tries: number
  nextAttemptAt: number | null
  createdAt: number
  settledAt: number | null
}

export interface WebhookAttempt {
  at: number
  durationMs: number
  /** The HTTP status, if there was an answer. */
  status: number | null
  /** `null` is a success. */
  error: AttemptError | null
}

export interface MessageQuery {
  /** Messages a page, 1 to 100; 25 when left out. */
  limit?: number
  /** The id of an endpoint. */
  endpoint?: string
  type?: WebhookEventType | 'ping'
  state?: MessageState
  cursor?: string
}

export interface MessagePage {
  messages: WebhookMessage[]
  nextCursor: string | null
}

export class MessageAPI {
  readonly #client: DreamClient

  constructor(client: DreamClient) {
    this.#client = client
  }

  /**
   * Lists messages, newest first: `await` for a page, `for await` for all.
   *
   * @example
   * ```ts
   * for await (const message of admin.messages.list({ state: 'failed' })) console.log(message.type, message.tries)
   * ```
   */
  list({ cursor, ...query }: MessageQuery = {}, options?: CallOptions): List<MessagePage, WebhookMessage> {
    return toList(
      (next = cursor) => this.#client.get('/api/webhook-messages', { ...options, query: { ...query, cursor: next } }),
      (page) => page.messages,
    )
  }

  /**
   * Reads a message as it is sent, with every attempt. Throws `webhook_message_not_found`.
   *
   * @example
   * ```ts
   * const { message } = await admin.messages.get(messageId)
   * console.log(message.payload, message.attempts.map(({ status }) => status))
   * ```
   */
  get(
    messageId: string,
    options?: CallOptions,
  ): Promise<{ message: WebhookMessage & { payload: unknown; attempts: WebhookAttempt[] } }> {
    return this.#client.get(at(messageId), options)
  }

  /**
   * Sends a message once more, under the same id. Throws `webhook_message_not_found`, `webhook_endpoint_disabled`.
   *
   * @example
   * ```ts
   * const { message } = await admin.messages.resend(messageId)
   * console.log(message.state)
   * ```
   */
  resend(messageId: string, options?: CallOptions): Promise<{ success: boolean; message: WebhookMessage }> {
    return this.#client.post(`${at(messageId)}/resend`, undefined, options)
  }
}

const at = (messageId: string): string => `/api/webhook-messages/${encodeURIComponent(messageId)}`
