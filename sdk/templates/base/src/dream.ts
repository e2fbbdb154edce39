/** The one client of dream-api, and finding out who is signed in. It holds the publishable key: a secret key never comes here. */

import { DreamAPI } from '@dream-api/sdk'
import { env } from './env'

export const dream = new DreamAPI({ publishableKey: env.publishableKey || 'pk_test_missing', baseUrl: env.baseUrl })

let started: Promise<void> | null = null
/** Resolves when it is known who is signed in. Any number of parts may ask; it is found out once. */
export const whoIsIt = (): Promise<void> => (started ??= dream.auth.init())

/** An address of this app, as checkouts need it. */
export const here = (path: string): string => new URL(path, window.location.origin).href

/**
 * Leaves for another page. It resolves only if the person comes back to this one by the browser's own button, so that
 * whatever waits for it stays busy meanwhile, and a second press does nothing.
 */
export function leaveFor(url: string): Promise<void> {
  window.location.assign(url)
  return new Promise((resolve) => window.addEventListener('pageshow', () => resolve(), { once: true }))
}
