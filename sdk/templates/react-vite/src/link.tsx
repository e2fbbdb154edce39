/** Moving between the pages of this app without loading it again. */

import { useSyncExternalStore, type ReactNode } from 'react'

const MOVED = 'app:moved'

function subscribe(listener: () => void): () => void {
  window.addEventListener('popstate', listener)
  window.addEventListener(MOVED, listener)
  return () => {
    window.removeEventListener('popstate', listener)
    window.removeEventListener(MOVED, listener)
  }
}

/** The path of the page that is shown. */
export const usePath = (): string => useSyncExternalStore(subscribe, () => window.location.pathname)

export function goTo(path: string): void {
  window.history.pushState(null, '', path)
  window.dispatchEvent(new Event(MOVED))
  window.scrollTo(0, 0)
}

/** A link within the app; with a modifier key it is the browser's, as any other. */
export function Link({ to, className, children }: { to: string; className?: string; children: ReactNode }) {
  return (
    <a
      href={to}
      className={className}
      onClick={(event) => {
        if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey || to.includes('#')) return
        event.preventDefault()
        goTo(to)
      }}
    >
      {children}
    </a>
  )
}
