/** What the owner of a project sees of its use: over time, and one call after the other. Times are epoch ms. */

import type { CallOptions, DreamClient } from './client.ts'
import { toList, type List } from './list.ts'

/** What all customers together used of a meter in an hour or a day. */
export interface UsagePoint {
  /** When the hour or the day began, of UTC. */
  at: number
  meter: string
  /** Of what was refused or repeated: how much was asked for. */
  used: number
  calls: number
  /** Asked for by group. `null`: all but the largest six. */
  group?: string | null
}

/** All that one group used, with what it is called. */
export interface UsageGroup {
  group: string
  name: string
  used: number
  calls: number
}

/** Who was refused at a limit, how often and when last. */
export interface LimitHit {
  customerId: string
  email: string | null
  meter: string
  plan: string
  calls: number
  /** How much they asked for. */
  quantity: number
  lastAt: number
}

export interface UsageHistory {
  from: number
  to: number
  /** Milliseconds between two points. */
  step: number
  points: readonly UsagePoint[]
  /** Asked for by group: the largest hundred. */
  groups?: readonly UsageGroup[]
  /** Since when the groups are known. */
  knownSince?: number
}

/** A counted call; they are kept seven days. */
export interface UsageCall {
  /** For `usage.reverse`. */
  id: string
  customerId: string
  email: string | null
  meter: string
  quantity: number
  /** The plan they had. */
  plan: string
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
   * beyond. `by` tells them apart by plan, by customer (of the last seven days) or by outcome (`allowed`, `refused`,
   * `duplicate`, of the last 31 days).
   *
   * @example
   * ```ts
   * const { points } = await admin.usageLog.history({ days: 7, meter: 'requests' })
   * console.log(points.map(({ at, used }) => [new Date(at).toISOString(), used]))
   * ```
   */
  history(
    query: { days?: number; meter?: string; by?: 'plan' | 'customer' | 'outcome' } = {},
    options?: CallOptions,
  ): Promise<UsageHistory> {
    return this.#client.get('/api/usage/history', { ...options, query })
  }

  /**
   * Reads who was refused at a limit in the last 31 days, or between two moments, most often first.
   *
   * @example
   * ```ts
   * const { hits } = await admin.usageLog.limitHits({ meter: 'requests' })
   * console.log(hits.map(({ email, calls, lastAt }) => [email, calls, new Date(lastAt).toISOString()]))
   * ```
   */
  limitHits(
    query: { meter?: string; since?: number; until?: number } = {},
    options?: CallOptions,
  ): Promise<{ hits: readonly LimitHit[] }> {
    return this.#client.get('/api/usage/limit-hits', { ...options, query })
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
    {
      cursor,
      ...query
    }: {
      customerId?: string
      meter?: string
      plan?: string
      since?: number
      until?: number
      limit?: number
      cursor?: string
    } = {},
    options?: CallOptions,
  ): List<UsageCallPage, UsageCall> {
    return toList(
      (next = cursor) => this.#client.get('/api/usage/calls', { ...options, query: { ...query, cursor: next } }),
      (page) => page.calls,
    )
  }
}
