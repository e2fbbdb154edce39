/** What the owner of a project sees of its use: over time, and one call after the other. Times are epoch ms. */

import type { CallOptions, DreamClient } from './client.ts'
import { toList, type List } from './list.ts'

/** What all customers together used of a meter in an hour or a day. */
export interface UsagePoint {
  /** When the hour or the day began, of UTC. */
  at: number
  meter: string
  used: number
  calls: number
}

export interface UsageHistory {
  from: number
  to: number
  /** Milliseconds between two points. */
  step: number
  points: readonly UsagePoint[]
}

/** A counted call; they are kept seven days. */
export interface UsageCall {
  /** For `usage.reverse`. */
  id: string
  customerId: string
  email: string | null
  meter: string
  quantity: number
  /** How much of it bought credits paid for. */
  credited: number
  at: number
  reversedAt: number | null
  properties: unknown
}

export interface UsageCallPage {
  calls: UsageCall[]
  nextCursor: string | null
}

export class UsageLogAPI {
  readonly #client: DreamClient

  constructor(client: DreamClient) {
    this.#client = client
  }

  /**
   * Reads what was used over up to 366 days back from today, 30 when left out: by the hour up to a week, by the day
   * beyond.
   *
   * @example
   * ```ts
   * const { points } = await admin.usageLog.history({ days: 7, meter: 'requests' })
   * console.log(points.map(({ at, used }) => [new Date(at).toISOString(), used]))
   * ```
   */
  history(query: { days?: number; meter?: string } = {}, options?: CallOptions): Promise<UsageHistory> {
    return this.#client.get('/api/usage/history', { ...options, query })
  }

  /**
   * Lists counted calls of the last seven days, newest first: `await` for a page, `for await` for all. A page may be
   * empty and not the last.
   *
   * @example
   * ```ts
   * for await (const call of admin.usageLog.calls({ customerId })) console.log(call.at, call.quantity, call.meter)
   * ```
   */
  calls(
    { cursor, ...query }: { customerId?: string; meter?: string; limit?: number; cursor?: string } = {},
    options?: CallOptions,
  ): List<UsageCallPage, UsageCall> {
    return toList(
      (next = cursor) => this.#client.get('/api/usage/calls', { ...options, query: { ...query, cursor: next } }),
      (page) => page.calls,
    )
  }
}
