/** What a press does, once at a time: a second press while the first is under way does nothing. */

import { useRef, useState } from 'react'

interface Action<A extends unknown[]> {
  readonly act: (...args: A) => Promise<void>
  readonly isBusy: boolean
  /** What went wrong the last time; `null` after a success. */
  readonly error: unknown
}

export function useAction<A extends unknown[]>(run: (...args: A) => Promise<unknown>): Action<A> {
  const busy = useRef(false) // the state is too late for two presses in one frame
  const [{ isBusy, error }, setState] = useState<{ isBusy: boolean; error: unknown }>({ isBusy: false, error: null })
  const act = async (...args: A): Promise<void> => {
    if (busy.current) return
    busy.current = true
    setState({ isBusy: true, error: null })
    const error = await run(...args).then(
      () => null,
      (reason: unknown) => reason,
    )
    busy.current = false
    setState({ isBusy: false, error })
  }
  return { act, isBusy, error }
}
