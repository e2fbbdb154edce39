/** Where we are: the address bar as signals. Plain links work; every filter lives in the query string. */

import { createSignal } from 'solid-js'

const [address, setAddress] = createSignal(new URL(location.href), { equals: (a, b) => a.href === b.href })

export const pathname = (): string => address().pathname
export const query = (name: string): string => address().searchParams.get(name) ?? ''

export function navigate(to: string, { replace = false } = {}): void {
  const url = new URL(to, location.href)
  const hasMoved = url.pathname !== location.pathname
  history[replace ? 'replaceState' : 'pushState'](null, '', url)
  setAddress(url)
  if (hasMoved) scrollTo(0, 0)
}

/** What the last part of the path names. */
export const lastPart = (): string => decode(pathname().split('/').at(-1) ?? '')

/** Changes filters in place; empty ones leave the address. */
export function setQuery(values: Readonly<Record<string, string>>): void {
  const url = new URL(location.href)
  for (const [name, value] of Object.entries(values)) {
    if (value === '') url.searchParams.delete(name)
    else url.searchParams.set(name, value)
  }
  navigate(url.href, { replace: true })
}

/** `/p/:project/:mode` of a path, or null. */
export function match(pattern: string, path: string): Record<string, string> | null {
  const wanted = pattern.split('/')
  const given = path.replace(/(.)\/+$/, '$1').split('/')
  if (wanted.length !== given.length) return null
  const params: Record<string, string> = {}
  for (const [index, part] of wanted.entries()) {
    const value = given[index] ?? ''
    if (part.startsWith(':')) params[part.slice(1)] = decode(value)
    else if (part !== value) return null
  }
  return params
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

addEventListener('popstate', () => setAddress(new URL(location.href)))

document.addEventListener('click', (event) => {
  if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey)
    return
  const link = (event.target as Element | null)?.closest('a')
  if (!link || link.target !== '' || link.hasAttribute('download') || link.origin !== location.origin) return
  if (/^\/(sandbox|orders|api)(\/|$)/.test(link.pathname)) return
  event.preventDefault()
  navigate(link.href)
})
