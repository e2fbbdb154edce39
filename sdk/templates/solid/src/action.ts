/** What a press does, once at a time: a second press while the first is under way does nothing. */

import { createSignal, type Accessor } from 'solid-js'

interface Action<A extends unknown[]> {
  readonly act: (...args: A) => Promise<void>
  readonly isBusy: Accessor<boolean>
  /** What went wrong the last time; `null` after a success. */
  readonly error: Accessor<unknown>
}

export function createAction<A extends unknown[]>(run: (...args: A) => Promise<unknown>): Action<A> {
  const [isBusy, setBusy] = createSignal(false)
  const [error, setError] = createSignal<unknown>(null)
  const act = async (...args: A): Promise<void> => {
    if (isBusy()) return
    setBusy(true)
    setError(null)
    await run(...args).catch((reason: unknown) => setError(reason))
    setBusy(false)
  }
  return { act, isBusy, error }
}
