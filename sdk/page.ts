/** What of a browser we touch. Absent on servers, in Workers and in command lines. */

/** Where a page keeps small texts. `window.localStorage` is one. */
export interface TokenStorage {
  getItem(name: string): string | null
  setItem(name: string, value: string): void
  removeItem(name: string): void
}

/** What we use of Clerk, where the page has loaded it by itself. */
export interface PageClerk {
  readonly session?: { getToken(options: { template: string; skipCache?: boolean }): Promise<string | null> } | null
  signOut?(): Promise<unknown>
}

export interface Page {
  readonly location: {
    readonly href: string
    readonly origin: string
    readonly search: string
    replace(url: string): void
  }
  readonly history: { readonly state: unknown; replaceState(state: unknown, title: string, url: string): void }
  readonly document: { readonly cookie: string }
  readonly localStorage: TokenStorage
  readonly Clerk?: PageClerk
  readonly navigator?: { readonly locks?: { request<T>(name: string, act: () => Promise<T>): Promise<T> } }
  addEventListener(type: 'storage', listen: (event: { readonly key: string | null }) => void): void
}

/** The page we run in, or `null`. */
export function thePage(): Page | null {
  const { window } = globalThis as { window?: Page }
  return window?.document === undefined ? null : window
}

/** The page's own storage; `null` where there is none, or the person forbids it. */
export function pageStorage(): TokenStorage | null {
  try {
    return thePage()?.localStorage ?? null
  } catch {
    return null // the browser throws for merely looking when storage is switched off
  }
}

/** One tab after the other, where the browser knows how. */
export function pageLocks<T>(name: string, act: () => Promise<T>): Promise<T> {
  return thePage()?.navigator?.locks?.request(name, act) ?? act()
}
