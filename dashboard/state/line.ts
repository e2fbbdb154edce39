/** The line to a project's feed: dialed, lost and dialed again, let go while nobody looks, and resumed where it stopped. */

import { createSignal, onCleanup } from 'solid-js'
import type { DreamClient } from '../../sdk/client.ts'
import { failed } from '../../sdk/error.ts'
import { Feed } from '../../sdk/feed.ts'
import type { Change } from '../../sdk/schema/feed.ts'
import { call } from '../api/call.ts'
import { toApiError } from '../api/error.ts'
import { isOffline } from './network.ts'

export type FeedState = 'connecting' | 'live' | 'reconnecting' | 'offline' | 'paused'

export interface LineOptions {
  /** The route that gives tickets. */
  readonly tickets: string
  /** Changes that came together. */
  readonly take: (changes: readonly Change[]) => void
  /** The line is open: what was read before may have missed something. */
  readonly opened: () => void
  /** The server will not have us: the project is gone, or closed to this person. */
  readonly refused: () => void
}

const PAUSE_AFTER_MS = 5 * 60_000
/** Changes that arrive within a frame are one change of the screen. */
const TOGETHER_MS = 16

export function createLine({ tickets, take, opened, refused }: LineOptions) {
  const [state, setState] = createSignal<FeedState>('connecting')
  let feed: Feed | null = null
  let revision: number | undefined
  let hasBeenLive = false

  /** The feed asks its client for a ticket whenever it dials; the member's way to one is under the account. */
  const client = {
    post: () =>
      call('POST', tickets).catch((error: unknown) => {
        const { status, message } = toApiError(error)
        throw failed('network_error', message, status)
      }),
  } as unknown as DreamClient

  function dial(): void {
    if (feed !== null) return
    const onState = (now: 'connecting' | 'live') => {
      if (feed !== mine) return
      setState(now === 'live' ? 'live' : hasBeenLive ? 'reconnecting' : 'connecting')
      if (now === 'live') {
        hasBeenLive = true
        opened()
      }
    }
    const mine: Feed = new Feed(client, { onState, ...(revision === undefined ? {} : { since: revision }) })
    feed = mine
    void hear(mine)
  }

  async function hear(mine: Feed): Promise<void> {
    try {
      for await (const change of mine) gather(change)
    } catch {
      // Only what no retry mends ends up here.
      if (feed !== mine) return
      hangUp('offline')
      refused()
    }
  }

  let gathered: Change[] = []
  function gather(change: Change): void {
    if (gathered.length === 0)
      setTimeout(() => {
        const together = gathered
        gathered = []
        take(together)
      }, TOGETHER_MS)
    gathered.push(change)
  }

  function hangUp(why: 'offline' | 'paused'): void {
    const last = feed
    feed = null
    revision = last?.revision ?? revision
    last?.close()
    setState(why)
  }

  let pausing: ReturnType<typeof setTimeout> | undefined
  const looked = () => {
    clearTimeout(pausing)
    if (document.hidden) pausing = setTimeout(() => hangUp('paused'), PAUSE_AFTER_MS)
    else if (!isOffline()) dial()
  }
  const lost = () => hangUp('offline')
  document.addEventListener('visibilitychange', looked)
  addEventListener('offline', lost)
  addEventListener('online', dial)
  onCleanup(() => {
    clearTimeout(pausing)
    document.removeEventListener('visibilitychange', looked)
    removeEventListener('offline', lost)
    removeEventListener('online', dial)
    hangUp('offline')
  })
  return { state, dial, hangUp: lost }
}
