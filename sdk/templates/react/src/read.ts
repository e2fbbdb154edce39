/** A value that is read once, when a part of the page appears. */

import { useEffect, useState } from 'react'

export interface Read<T> {
  /** `null` until it is there. */
  readonly value: T | null
  readonly error: unknown
}

/** `read` must stay the same function: one of a module, not one made while rendering. */
export function useRead<T>(read: () => Promise<T>): Read<T> {
  const [state, setState] = useState<Read<T>>({ value: null, error: null })
  useEffect(() => {
    let isWanted = true
    read().then(
      (value) => isWanted && setState({ value, error: null }),
      (error: unknown) => isWanted && setState({ value: null, error }),
    )
    return () => {
      isWanted = false
    }
  }, [read])
  return state
}
