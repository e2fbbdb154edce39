/** Time inside the objects. It stands still in 2030 until a test moves it, so that no real alarm ever rings by itself. */

import { afterEach, beforeEach, expect, vi } from 'vitest'

export const START = Date.parse('2030-01-15T12:00:00Z')
export const SECOND = 1_000
export const MINUTE = 60 * SECOND
export const HOUR = 60 * MINUTE
export const DAY = 24 * HOUR

/** Holds the clock still for every test of the file. */
export function holdTime(): void {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['Date'] })
    vi.setSystemTime(START)
  })
  afterEach(() => {
    vi.useRealTimers()
  })
}

export const pass = (ms: number): void => void vi.setSystemTime(Date.now() + ms)

/** Waits for something that happens by itself. `vi.waitFor` would move the held clock. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 1_000; tries += 1) {
    if (await holds()) return
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
  expect.unreachable(`never came true: ${holds.toString()}`)
}
