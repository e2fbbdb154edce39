/**
 * Requests a minute, per customer. Counted in memory: the object is the only one that counts, so the count is exact under
 * any concurrency; a restart forgets at most the current minute, which protects the project no less.
 */

const WINDOW_MS = 60_000
const WINDOWS_MAX = 50_000

export class RateWindows {
  readonly #windows = new Map<string, { startedAt: number; count: number }>()

  /** Counts one request; answers 0, or how many ms to wait when the window is full. A refused request is not counted. */
  take(id: string, limit: number, now: number): number {
    const window = this.#windows.get(id)
    if (window === undefined || now >= window.startedAt + WINDOW_MS) {
      if (this.#windows.size >= WINDOWS_MAX) this.#dropEnded(now)
      this.#windows.set(id, { startedAt: now, count: 1 })
      return 0
    }
    if (window.count >= limit) return window.startedAt + WINDOW_MS - now
    window.count += 1
    return 0
  }

  #dropEnded(now: number): void {
    for (const [id, window] of this.#windows) if (now >= window.startedAt + WINDOW_MS) this.#windows.delete(id)
  }
}
