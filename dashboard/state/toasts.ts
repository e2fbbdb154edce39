/** Short news that nobody has to answer. */

import { createSignal } from 'solid-js'

const SHOWN_MS = 5_000
const [toasts, setToasts] = createSignal<readonly { readonly text: string }[]>([])
export { toasts }

export function toast(text: string): void {
  const one = { text }
  setToasts((all) => [...all.slice(-2), one])
  setTimeout(() => setToasts((all) => all.filter((other) => other !== one)), SHOWN_MS)
}
