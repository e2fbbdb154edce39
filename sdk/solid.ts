/** What a customer has, as Solid signals that follow the live feed. */

import { createSignal, onCleanup } from 'solid-js'
import type { ClerkUser, DreamAPI, Usage } from './index.ts'
import { NOTHING_YET, type Live, type Watch } from './live.ts'
import { watchCustomer, watchUsage } from './customerLive.ts'

/**
 * What the signed-in customer may use of a meter (the plan's first when left out), and follows it. `usage()` is `null`
 * until it was read once; a failed reading leaves the last value and sets `error()`.
 *
 * @example
 * ```ts
 * function Meter() {
 *   const { usage } = useUsage(dream, { meter: 'requests' })
 *   return usage() === null ? 'Loading…' : `${usage()?.remaining} left`
 * }
 * console.log(Meter.name)
 * ```
 */
export function useUsage(dream: DreamAPI, { meter }: { meter?: string } = {}) {
  const { value: usage, ...rest } = useLive<Usage>((tell) => watchUsage(dream, meter, tell))
  return { usage, ...rest }
}

/**
 * Who is signed in, with the plan they have now. `customer()` is `null` until it was read once; a failed reading leaves
 * the last value and sets `error()`.
 *
 * @example
 * ```ts
 * function Greeting() {
 *   const { customer } = useCustomer(dream)
 *   return customer()?.plan === 'pro' ? 'Welcome back' : 'See what pro can do'
 * }
 * console.log(Greeting.name)
 * ```
 */
export function useCustomer(dream: DreamAPI) {
  const { value: customer, ...rest } = useLive<ClerkUser>((tell) => watchCustomer(dream, tell))
  return { customer, ...rest }
}

function useLive<T>(start: (tell: (live: Live<T>) => void) => Watch) {
  const [live, setLive] = createSignal<Live<T>>(NOTHING_YET)
  const watch = start((news) => setLive(() => news))
  onCleanup(() => watch.stop())
  return {
    value: () => live().value,
    error: () => live().error,
    isLoading: () => live().isLoading,
    refresh: () => watch.refresh(),
  }
}
