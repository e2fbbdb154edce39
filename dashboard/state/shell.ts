/** What the frame around the screens remembers: an open menu, an open palette, the theme. */

import { createSignal } from 'solid-js'

export const [isNavOpen, setNavOpen] = createSignal(false)
export const [overlay, setOverlay] = createSignal<'palette' | 'keys' | null>(null)

const THEMES = ['light', 'dark'] as const

/** The other one of what is seen now; the choice is remembered. */
export function changeTheme(): void {
  const { dataset } = document.documentElement
  const seen = dataset['theme'] ?? (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light')
  const next = THEMES.find((theme) => theme !== seen) ?? 'light'
  dataset['theme'] = next
  localStorage.setItem('theme', next)
}
