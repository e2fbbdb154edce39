/** As much of a browser as the client touches: one storage that all tabs share, and an address for each. */

import { vi } from 'vitest'

export interface Tab {
  location: URL
  /** Loads another address in it. */
  go(href: string): void
  /** Where the page sent itself, and is gone. */
  left: string | null
  Clerk: unknown
  readonly history: { state: unknown; replaceState(state: unknown, title: string, url: string): void }
  readonly document: { cookie: string }
  readonly localStorage: Storage
  readonly kept: Map<string, string>
}

type Listener = (event: { key: string | null }) => void
type Storage = ReturnType<typeof storageOf>

const storageOf = (kept: Map<string, string>, written: (key: string) => void) => ({
  getItem: (name: string) => kept.get(name) ?? null,
  setItem: (name: string, value: string) => {
    kept.set(name, value)
    written(name)
  },
  removeItem: (name: string) => {
    if (kept.delete(name)) written(name)
  },
})

/** A browser of one person. The tab that was opened or entered last is the page that scripts run in. */
export class Browser {
  readonly kept = new Map<string, string>()
  readonly #listeners = new Map<Tab, Set<Listener>>()
  readonly #locks = new Map<string, Promise<unknown>>()

  open(href: string): Tab {
    const { kept } = this
    const listeners = new Set<Listener>()
    const tab: Tab & Record<string, unknown> = {
      kept,
      left: null,
      document: { cookie: '' },
      localStorage: storageOf(kept, (key) => this.#tellOthers(tab, key)),
      history: {
        state: { scroll: 7 },
        replaceState: (state: unknown, _: string, url: string) => {
          if (state !== tab.history.state) throw new Error('the state of the page must stay')
          tab.go(new URL(url, tab.location).href)
        },
      },
      location: new URL(href),
      go: (to: string) => void (tab.location = located(new URL(to), tab)),
      Clerk: undefined,
      addEventListener: (_: 'storage', listen: Listener) => void listeners.add(listen),
      navigator: { locks: { request: (name: string, act: () => Promise<unknown>) => this.#inTurn(name, act) } },
    }
    tab.go(href)
    this.#listeners.set(tab, listeners)
    this.enter(tab)
    return tab
  }

  enter(tab: Tab): void {
    vi.stubGlobal('window', tab)
    vi.stubGlobal('document', tab.document)
  }

  #tellOthers(writer: Tab, key: string): void {
    for (const [tab, listeners] of this.#listeners) if (tab !== writer) for (const listen of listeners) listen({ key })
  }

  #inTurn<T>(name: string, act: () => Promise<T>): Promise<T> {
    const turn = (this.#locks.get(name) ?? Promise.resolve()).then(act)
    this.#locks.set(
      name,
      turn.catch(() => null),
    )
    return turn
  }
}

const located = (url: URL, tab: { left: string | null }): URL =>
  Object.assign(url, { replace: (to: string) => void (tab.left = to) })

export const open = (href: string): Tab => new Browser().open(href)
