/** What a screen shows of the server: read once, read again when told, merged row by row so that rows keep their place and focus. */

import { createEffect, createSignal, on, onCleanup, untrack } from 'solid-js'
import { createStore, reconcile } from 'solid-js/store'
import { call } from '../api/call.ts'
import { toApiError, type ApiError } from '../api/error.ts'
import { clockNow } from './now.ts'

export interface Read<T> {
  /** The last that was read; undefined until then. */
  readonly value: () => T | undefined
  /** What went wrong since. */
  readonly error: () => ApiError | null
  readonly isLoading: () => boolean
  /** When it was true. */
  readonly at: () => number | null
  refresh(): Promise<void>
}

/** Read silently twice more before anybody is told: a server that is away is mostly back in a moment. */
const AGAIN_AFTER_MS = [300, 1_200]

/** `key` names the rows; a path of null waits. */
export function createRead<T>(
  path: () => string | null,
  { key = 'id', headers = {} }: { key?: string; headers?: Readonly<Record<string, string>> } = {},
): Read<T> {
  const [store, setStore] = createStore<{ value: T | undefined }>({ value: undefined })
  const [error, setError] = createSignal<ApiError | null>(null)
  const [isLoading, setLoading] = createSignal(true)
  const [at, setAt] = createSignal<number | null>(null)
  let asked = 0

  async function refresh(): Promise<void> {
    const address = untrack(path)
    if (address === null) return
    const mine = (asked += 1)
    setLoading(true)
    try {
      const value = await patiently<T>(address, { headers, isWanted: () => mine === asked })
      if (mine !== asked) return
      setStore('value', reconcile(value, { key }) as never)
      setError(null)
      setAt(clockNow())
    } catch (thrown) {
      if (mine === asked) setError(toApiError(thrown))
    } finally {
      if (mine === asked) setLoading(false)
    }
  }

  createEffect(
    on(path, (_, before) => {
      if (before !== undefined) setError(null)
      void refresh()
    }),
  )
  onCleanup(() => {
    asked += 1
  })
  return { value: () => store.value, error, isLoading, at, refresh }
}

async function patiently<T>(
  path: string,
  { headers, isWanted }: { headers: Readonly<Record<string, string>>; isWanted: () => boolean },
): Promise<T> {
  for (let tries = 0; ; tries += 1) {
    try {
      return await call<T>('GET', path, { headers })
    } catch (error) {
      const wait = AGAIN_AFTER_MS[tries]
      const { status } = toApiError(error)
      if (wait === undefined || !isWanted() || (status !== 0 && status < 500)) throw error
      await new Promise((resolve) => setTimeout(resolve, wait))
    }
  }
}

/** Something a person asks for: busy while it runs, and what the server said if it refused. */
export function createAction<A extends readonly unknown[]>(act: (...args: A) => Promise<void>) {
  const [isBusy, setBusy] = createSignal(false)
  const [error, setError] = createSignal<ApiError | null>(null)
  async function run(...args: A): Promise<void> {
    if (untrack(isBusy)) return
    setBusy(true)
    setError(null)
    try {
      await act(...args)
    } catch (thrown) {
      setError(toApiError(thrown))
    } finally {
      setBusy(false)
    }
  }
  return { run, isBusy, error, forget: () => setError(null) }
}
export type Action<A extends readonly unknown[] = []> = ReturnType<typeof createAction<A>>
