/** The project and mode in the address, and its live feed: one listening for all screens of it. */

import { createContext, createEffect, createSignal, onCleanup, useContext, type JSX } from 'solid-js'
import { createStore } from 'solid-js/store'
import type { Mode } from '../../sdk/schema/common.ts'
import { Feed } from '../../sdk/feed.ts'
import type { DreamClient } from '../../sdk/client.ts'
import type { Change } from '../../sdk/schema/feed.ts'
import { call } from '../api/call.ts'
import type { Read } from './read.ts'
import { session } from './session.ts'

export type FeedState = 'connecting' | 'live' | 'reconnecting' | 'offline' | 'paused'
export type Heard = Change & { readonly at: number }

export interface Project {
  readonly projectId: string
  readonly mode: Mode
  /** A route of this project and mode. */
  path(rest: string): string
  /** A page of it. */
  page(rest: string): string
  readonly feed: () => FeedState
  /** The newest changes, newest first. */
  readonly heard: readonly Heard[]
  /** Reads again whenever a row of one of the kinds has changed. */
  keepFresh(read: Pick<Read<unknown>, 'refresh'>, kinds: readonly Change['kind'][]): void
}

const PAUSE_AFTER_MS = 5 * 60_000
const AGAIN_AFTER_MS = 400
const HEARD_MAX = 200

const Context = createContext<Project>()
export function useProject(): Project {
  const project = useContext(Context)
  if (project === undefined) throw new Error('this screen belongs to a project')
  return project
}

type Listener = (kinds: ReadonlySet<Change['kind']>) => void

export function ProjectProvider(props: { projectId: string; mode: Mode; children: JSX.Element }) {
  // The address names the project; another one is another provider.
  const { projectId, mode } = props
  const path = (rest: string) => `/account/projects/${projectId}/${mode}${rest}`
  const listeners = new Set<Listener>()
  const [heard, setHeard] = createStore<Heard[]>([])
  const [feed, setFeed] = createSignal<FeedState>('connecting')

  let line: Feed | null = null
  let revision: number | undefined
  function listen(): void {
    if (line !== null || session() === null) return
    // The feed asks its client for a ticket whenever it dials; the member's way to one is under the account.
    const post = async () => {
      setFeed((before) => (before === 'live' ? 'reconnecting' : before))
      const ticket = await call<{ url: string }>('POST', path('/feed/tickets'))
      setFeed('live')
      return ticket
    }
    const client = { post } as unknown as DreamClient
    const mine = new Feed(client, revision === undefined ? {} : { since: revision })
    line = mine
    void hear(mine)
  }
  async function hear(mine: Feed): Promise<void> {
    try {
      for await (const change of mine) take(change)
    } catch {
      if (line === mine) setFeed('offline')
    }
    if (line === mine) line = null
  }
  function take(change: Change): void {
    setHeard((rows) => [{ ...change, at: Date.now() }, ...rows].slice(0, HEARD_MAX))
    const kinds = new Set([change.kind])
    for (const listener of listeners) listener(kinds)
  }
  function stop(state: FeedState): void {
    revision = line?.revision ?? revision
    line?.close()
    line = null
    setFeed(state)
  }

  let pausing: ReturnType<typeof setTimeout> | undefined
  const seen = () => {
    clearTimeout(pausing)
    if (document.hidden) pausing = setTimeout(() => stop('paused'), PAUSE_AFTER_MS)
    else resume()
  }
  const resume = () => {
    if (line !== null) return
    setFeed('reconnecting')
    listen()
  }
  const gone = () => stop('offline')
  document.addEventListener('visibilitychange', seen)
  addEventListener('offline', gone)
  addEventListener('online', resume)
  createEffect(() => {
    if (session() === null) stop('offline')
    else listen()
  })
  onCleanup(() => {
    clearTimeout(pausing)
    document.removeEventListener('visibilitychange', seen)
    removeEventListener('offline', gone)
    removeEventListener('online', resume)
    stop('offline')
  })

  function keepFresh(read: Pick<Read<unknown>, 'refresh'>, kinds: readonly Change['kind'][]): void {
    let timer: ReturnType<typeof setTimeout> | null = null
    let last = 0
    const listener: Listener = (changed) => {
      if (timer !== null || !kinds.some((kind) => changed.has(kind))) return
      timer = setTimeout(
        () => {
          timer = null
          last = Date.now()
          void read.refresh()
        },
        Math.max(30, last + AGAIN_AFTER_MS - Date.now()),
      )
    }
    listeners.add(listener)
    onCleanup(() => {
      listeners.delete(listener)
      if (timer !== null) clearTimeout(timer)
    })
  }

  const page = (rest: string) => `/p/${projectId}/${mode}${rest}`
  const project: Project = { projectId, mode, path, page, feed, heard, keepFresh }
  return <Context.Provider value={project}>{props.children}</Context.Provider>
}
