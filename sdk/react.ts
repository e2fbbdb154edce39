/** What a customer has, as React hooks that follow the live feed. */

import { useEffect, useRef, useState } from 'react'
import type { ClerkUser, DreamAPI, Usage } from './index.ts'
import { NOTHING_YET, type Live, type Watch } from './live.ts'
import { watchCustomer, watchUsage } from './customerLive.ts'

/**
 * What the signed-in customer may use of a meter (the plan's first when left out), and follows it. `usage` is `null`
 * until it was read once; a failed reading leaves the last value and sets `error`.
 *
 * @example
 * ```ts
 * function Meter() {
 *   const { usage } = useUsage(dream, { meter: 'requests' })
 *   return usage === null ? 'Loading…' : `${usage.remaining} left`
 * }
 * console.log(Meter.name)
 * ```
 */
export function useUsage(dream: DreamAPI, { meter }: { meter?: string } = {}) {
  const { value: usage, ...rest } = useLive<Usage>((tell) => watchUsage(dream, meter, tell), [dream, meter])
  return { usage, ...rest }
}

/**
 * Who is signed in, with the plan they have now. `customer` is `null` until it was read once; a failed reading leaves
 * the last value and sets `error`.
 *
 * @example
 * ```ts
 * function Greeting() {
 *   const { customer } = useCustomer(dream)
 *   return customer?.plan === 'pro' ? 'Welcome back' : 'See what pro can do'
 * }
 * console.log(Greeting.name)
 * ```
 */
export function useCustomer(dream: DreamAPI) {
  const { value: customer, ...rest } = useLive<ClerkUser>((tell) => watchCustomer(dream, tell), [dream])
  return { customer, ...rest }
}

/** `subjects` say what is watched: another subject is another watch. */
function useLive<T>(start: (tell: (live: Live<T>) => void) => Watch, subjects: readonly unknown[]) {
  const [live, setLive] = useState<Live<T>>(NOTHING_YET)
  const watching = useRef<Watch | null>(null)
  useEffect(() => {
    const watch = start(setLive)
    watching.current = watch
    return () => watch.stop()
  }, subjects)
  return { ...live, refresh: () => watching.current?.refresh() }
}
