/** The project and mode in the address, and its live feed: one listening for all screens of it. */

import { createContext, createEffect, onCleanup, useContext, type JSX } from 'solid-js'
import { createStore } from 'solid-js/store'
import type { Mode } from '../../sdk/schema/common.ts'
import type { Change } from '../../sdk/schema/feed.ts'
import { createLine, type FeedState } from './line.ts'
import { clockNow } from './now.ts'
import { projects } from './projects.ts'
import type { Read } from './read.ts'
import { session } from './session.ts'

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

const AGAIN_AFTER_MS = 400
const HEARD_MAX = 200

const Context = createContext<Project>()
export function useProject(): Project {
  const project = useContext(Context)
  if (project === undefined) throw new Error('this screen belongs to a project')
  return project
}

/** Null: anything may have changed. */
type Listener = (kinds: ReadonlySet<Change['kind']> | null) => void

export function ProjectProvider(props: { projectId: string; mode: Mode; children: JSX.Element }) {
  // The address names the project; another one is another provider.
  const { projectId, mode } = props
  const path = (rest: string) => `/account/projects/${projectId}/${mode}${rest}`
  const page = (rest: string) => `/p/${projectId}/${mode}${rest}`
  const listeners = new Set<Listener>()
  const [heard, setHeard] = createStore<Heard[]>([])

  const line = createLine({
    tickets: path('/feed/tickets'),
    take: (changes) => {
      const at = clockNow()
      const news = changes.map((change) => ({ ...change, at })).toReversed()
      setHeard((rows) => [...news, ...rows].slice(0, HEARD_MAX))
      const kinds = new Set(changes.map(({ kind }) => kind))
      for (const listener of listeners) listener(kinds)
    },
    opened: () => {
      for (const listener of listeners) listener(null)
    },
    refused: () => void projects.refresh(),
  })
  createEffect(() => {
    if (session() === null) line.hangUp()
    else line.dial()
  })

  function keepFresh(read: Pick<Read<unknown>, 'refresh'>, kinds: readonly Change['kind'][]): void {
    let timer: ReturnType<typeof setTimeout> | null = null
    let last = 0
    const listener: Listener = (changed) => {
      if (timer !== null || !(changed === null || kinds.some((kind) => changed.has(kind)))) return
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

  const project: Project = { projectId, mode, path, page, feed: line.state, heard, keepFresh }
  return <Context.Provider value={project}>{props.children}</Context.Provider>
}
