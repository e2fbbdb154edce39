/** Whether this machine has a network, as far as the browser knows. */

import { createSignal } from 'solid-js'

const [isOffline, setOffline] = createSignal(!navigator.onLine)
export { isOffline }

addEventListener('offline', () => setOffline(true))
addEventListener('online', () => setOffline(false))
