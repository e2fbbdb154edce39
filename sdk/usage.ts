/** Counting what a customer uses, against the limits of their plan. */

import type { CallOptions, DreamClient } from './client.ts'
import type { Entitlement } from './schema/usage.ts'

/**
 * What a customer may still use of one meter, in whole units of it; `resetsAt` is epoch ms. `periodEnd` keeps the type it
 * had in 0.1.38; on a meter that never resets it is `null`, and so is `resetsAt`.
 */
export type Usage = Omit<Entitlement, 'periodEnd'> & { readonly periodEnd: string }

/** One consumption. */
export interface UsageInput {
  /** `'requests'` when left out. */
  meter?: string
  /** Whole units, 1 to 1,000,000,000; 1 when left out. */
  quantity?: number
  /** Up to 20 flat facts that travel with it. */
  properties?: Record<string, string | number | boolean | null>
}

export interface BatchItem extends UsageInput {
  customerId: string
  /** Makes this item count once, whatever becomes of the call. */
  idempotencyKey?: string
}

export interface UsageTrackResult {
  success: boolean
  allowed: boolean
  /** Names this consumption, to take it back with. */
  id: string
  usage: Usage
}

/** The answer to one item of a batch: counted, or refused with a stable `code` and its numbers. */
export type BatchResult =
  | (UsageTrackResult & { success: true; replayed: boolean })
  | { success: false; allowed: false; status: number; error: string; code: string; message: string; limit?: unknown }

export interface Reversal {
  success: boolean
  reversed: boolean
  id: string
  /** What the customer may use now; left out when it had been taken back by a try whose answer was lost. */
  usage?: Usage
}

export class UsageAPI {
  readonly #client: DreamClient

  constructor(client: DreamClient) {
    this.#client = client
  }

  /**
   * Counts uses of a meter, exactly once. Throws `limit_reached`, and counts nothing, when the plan allows no more; its
   * `detail` has `limit`, `used`, `remaining`, `resetsAt` (epoch ms) and the tier to `upgrade` to.
   *
   * @example
   * ```ts
   * const { usage } = await dream.forCustomer(customerId).usage.consume({ quantity: 3 })
   * console.log(`${usage.remaining} left until ${new Date(usage.resetsAt ?? 0).toISOString()}`)
   * ```
   */
  consume(input: UsageInput = {}, options?: CallOptions): Promise<UsageTrackResult> {
    return this.#client.post('/api/data', input, { ...options, customer: true })
  }

  /**
   * Counts one use, as `consume()` without arguments does. Throws `limit_reached`.
   *
   * @example
   * ```ts
   * const { usage } = await dream.forCustomer(customerId).usage.track()
   * console.log(`Used ${usage.usageCount} of ${usage.limit}`)
   * ```
   */
  track(options?: CallOptions): Promise<UsageTrackResult> {
    return this.consume({}, options)
  }

  /**
   * Reads what is left, of the plan's first meter or of the one named, and of all in `meters`. Never counts.
   * Throws `unknown_meter`.
   *
   * @example
   * ```ts
   * const usage = await dream.forCustomer(customerId).usage.check({ meter: 'requests' })
   * if (!usage.allowed) console.log('Show the upgrade page')
   * ```
   */
  check(input: { meter?: string } = {}, options?: CallOptions): Promise<Usage & { meters: Record<string, Usage> }> {
    return this.#client.get('/api/usage', { ...options, query: input, customer: true })
  }

  /**
   * Counts up to 1,000 uses of any customers in one call; each is decided alone. Needs a secret key. Does not throw for
   * a refused item: look at `results`, in the order of the items.
   *
   * @example
   * ```ts
   * const { results } = await dream.usage.batch([{ customerId }, { customerId, quantity: 2 }])
   * console.log(results.filter((result) => result.success).length, 'counted')
   * ```
   */
  batch(items: readonly BatchItem[], options?: CallOptions): Promise<{ success: boolean; results: BatchResult[] }> {
    return this.#client.post('/api/usage/batch', { items }, options)
  }

  /**
   * Takes a counted use back, within seven days. Needs a secret key. Throws `usage_not_found` or `already_reversed`.
   *
   * @example
   * ```ts
   * const { id } = await dream.forCustomer(customerId).usage.consume({ quantity: 5 })
   * await dream.usage.reverse(id)
   * ```
   */
  reverse(id: string, options?: CallOptions): Promise<Reversal> {
    const answer = () => ({ success: true, reversed: true, id }) satisfies Reversal
    const path = `/api/usage/${encodeURIComponent(id)}/reverse`
    return this.#client.post(path, undefined, { ...options, done: { code: 'already_reversed', answer } })
  }
}
