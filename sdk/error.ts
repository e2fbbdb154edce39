/** The one error that calls throw. It carries what the server said; it decides nothing about what to do. */

import type { Code } from './schema/error.ts'

/** Why a call failed before the server could say so, or although it could not say so properly. */
export type ClientReason = 'auth_required' | 'network_error' | 'timeout' | 'invalid_answer' | 'unknown_error'

/** The stable word to switch on. */
export type Reason = Code | ClientReason

/** The body of an answer that is not 2xx, as far as every server sends it. */
export interface DreamAPIError {
  error: string
  message: string
  status?: number
  code?: string
  requestId?: string
}

/**
 * A refused or failed call.
 *
 * Switch on `reason`, the stable `code` of the body. `code` keeps the short text that it had in 0.1.38 (`'Not found'`,
 * `'Tier limit reached'`, `'auth_required'`), so that code written for it goes on working.
 *
 * @example
 * ```ts
 * try {
 *   await dream.forCustomer(customerId).usage.consume({ quantity: 1_000_000 })
 * } catch (error) {
 *   if (!(error instanceof DreamAPIException) || error.reason !== 'limit_reached') throw error
 *   console.log(`${error.detail.used} of ${error.detail.limit} used`)
 * }
 * ```
 */
export class DreamAPIException extends Error {
  static override readonly name = 'DreamAPIException'
  override readonly name = DreamAPIException.name
  /** The HTTP status; 0 when no answer came. */
  readonly status: number
  /** The short text that clients of 0.1.38 know. */
  readonly code: string
  /** The stable word to switch on. */
  readonly reason: Reason
  /** Names this call in the server's log. */
  readonly requestId: string | null
  /** Seconds after which asking again makes sense; `null` when the server did not say. */
  readonly retryAfter: number | null
  /** Everything else the body says: `limit`, `used`, `remaining`, `resetsAt` (epoch ms), `upgrade`, `issues` … */
  readonly detail: Readonly<Record<string, unknown>>

  /** Also the one that another copy of this package throws: its ESM and CJS files, and its entries, have each their own. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return Error[Symbol.hasInstance](value) && (value as Error).name === DreamAPIException.name
  }

  constructor(body: DreamAPIError, status = 500, retryAfter: number | null = null) {
    super(body.message)
    const {
      error,
      message: _,
      status: __,
      code,
      requestId,
      ...detail
    } = body as DreamAPIError & Record<string, unknown>
    this.status = status
    this.code = error
    this.reason = (code ?? 'unknown_error') as Reason
    this.requestId = requestId ?? null
    this.retryAfter = typeof detail['retryAfter'] === 'number' ? detail['retryAfter'] : retryAfter
    this.detail = detail
  }
}

/** A failure that the client itself finds. */
export const failed = (reason: Reason, message: string, status = 0): DreamAPIException =>
  new DreamAPIException({ error: reason, code: reason, message }, status)
