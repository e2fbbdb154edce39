/** When a call is tried again, and after how long. Pure but for the sleep. */

import type { DreamAPIException } from './error.ts'

const FIRST_MS = 250
const LONGEST_MS = 8_000
/** Who is asked to wait longer than this is told so at once: the caller knows better what to do with the time. */
const PATIENCE_S = 20

const TRANSIENT = [0, 408, 429, 500, 502, 503, 504]

/** Would the same call, sent again, stand a chance? Stripe's own refusal stays one. */
export const isTransient = ({ status, reason, retryAfter }: DreamAPIException): boolean =>
  TRANSIENT.includes(status) && reason !== 'stripe_refused' && (retryAfter ?? 0) <= PATIENCE_S

/** Full jitter: anything up to the backoff, so that callers who failed together do not come back together. */
export const delayMs = (tries: number, retryAfter: number | null, random: number): number =>
  (retryAfter ?? 0) * 1000 + random * Math.min(LONGEST_MS, FIRST_MS * 2 ** tries)

/** Waits; rejects with the signal's reason as soon as it is aborted. */
export function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer)
      reject(signal?.reason)
    }
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop)
      resolve()
    }, ms)
    if (signal?.aborted) stop()
    signal?.addEventListener('abort', stop, { once: true })
  })
}
