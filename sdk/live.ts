/** A value that is read again whenever the feed tells of something that may have changed it. Knows no framework. */

import type { Change, DreamAPI } from './index.ts'

/** What a page shows: the last value, what went wrong since, and whether a newer one is on its way. */
export interface Live<T> {
  readonly value: T | null
  readonly error: Error | null
  readonly isLoading: boolean
}

export interface Watch {
  /** Reads it now. */
  refresh(): void
  stop(): void
}

export const NOTHING_YET = { value: null, error: null, isLoading: true } as const

const AGAIN_AFTER_MS = 500

/** Reads a value now and after every change of one of the kinds, at most twice a second, and tells how it stands. */
export function watch<T>(
  { dream, kinds, read }: { dream: DreamAPI; kinds: readonly Change['kind'][]; read: () => Promise<T> },
  tell: (live: Live<T>) => void,
): Watch {
  const feed = dream.feed.open()
  let live: Live<T> = NOTHING_YET
  let timer: ReturnType<typeof setTimeout> | null = null
  let isStopped = false
  let reading = 0

  const say = (news: Partial<Live<T>>): void => {
    live = { ...live, ...news }
    if (!isStopped) tell(live)
  }
  const refresh = (): void => {
    const mine = (reading += 1)
    const sayIfNewest = (news: Partial<Live<T>>) => mine === reading && say({ ...news, isLoading: false })
    say({ isLoading: true })
    read().then(
      (value) => sayIfNewest({ value, error: null }),
      (error: Error) => sayIfNewest({ error }),
    )
  }
  const refreshSoon = (): void => {
    timer ??= setTimeout(() => {
      timer = null
      refresh()
    }, AGAIN_AFTER_MS)
  }
  const listen = async (): Promise<void> => {
    for await (const { kind } of feed) if (kinds.includes(kind)) refreshSoon()
  }

  refresh()
  listen().catch((error: Error) => say({ error })) // refused: the value stays, and says that it is live no more
  return {
    refresh,
    stop: () => {
      isStopped = true
      if (timer !== null) clearTimeout(timer)
      feed.close()
    },
  }
}
