/** What Stripe told a project, kept for 30 days. Times are epoch ms. */

import type { CallOptions, DreamClient } from './client.ts'
import { toList, type List } from './list.ts'
import type { EventOutcome } from './schema/event.ts'

export interface StripeEvent {
  id: string
  type: string
  objectId: string | null
  createdAt: number
  receivedAt: number
  /** How often Stripe delivered it. */
  deliveries: number
  outcome: EventOutcome
  /** Why it failed or was ignored. */
  reason: string | null
  revision: number
}

export interface StripeEventQuery {
  /** Events a page, 1 to 100; 25 when left out. */
  limit?: number
  type?: string
  outcome?: EventOutcome
  cursor?: string
}

export interface StripeEventPage {
  events: StripeEvent[]
  /** How hearing goes. Times are epoch ms; `waitingSince` is of the oldest that is not settled yet. */
  health: { lastAt: number | null; received24h: number; failed24h: number; waitingSince: number | null }
  nextCursor: string | null
}

export class EventAPI {
  readonly #client: DreamClient

  constructor(client: DreamClient) {
    this.#client = client
  }

  /**
   * Lists events, newest first: `await` for a page, `for await` for all.
   *
   * @example
   * ```ts
   * for await (const event of admin.events.list({ outcome: 'failed' })) console.log(event.type, event.reason)
   * ```
   */
  list({ cursor, ...query }: StripeEventQuery = {}, options?: CallOptions): List<StripeEventPage, StripeEvent> {
    return toList(
      (next = cursor) => this.#client.get('/api/events', { ...options, query: { ...query, cursor: next } }),
      (page) => page.events,
    )
  }

  /**
   * Reads an event as Stripe sent it. Throws `event_not_found`.
   *
   * @example
   * ```ts
   * const { event } = await admin.events.get(eventId)
   * console.log(event.type, event.payload)
   * ```
   */
  get(eventId: string, options?: CallOptions): Promise<{ event: StripeEvent & { payload: unknown } }> {
    return this.#client.get(at(eventId), options)
  }

  /**
   * Reads again at Stripe what the event named; what is true already does not change. Throws `event_not_found`.
   *
   * @example
   * ```ts
   * const { event } = await admin.events.replay(eventId)
   * console.log(event.outcome)
   * ```
   */
  replay(eventId: string, options?: CallOptions): Promise<{ success: boolean; event: StripeEvent }> {
    return this.#client.post(`${at(eventId)}/replay`, undefined, options)
  }
}

const at = (eventId: string): string => `/api/events/${encodeURIComponent(eventId)}`
