/** The time, moving on by itself. In the sandbox it is the sandbox's. */

import { createSignal } from 'solid-js'

let offsetMs = 0
const [now, setNow] = createSignal(Date.now())
export { now }

/** To the millisecond, and without following it. */
export const clockNow = (): number => Date.now() + offsetMs

export function keepTime(): void {
  setInterval(() => setNow(clockNow()), 15_000)
  if (SANDBOX) void readClock()
}

export async function readClock(): Promise<number> {
  const { now: theirs } = (await fetch('/sandbox/clock').then((response) => response.json())) as { now: number }
  offsetMs = theirs - Date.now()
  setNow(theirs)
  return theirs
}
