/**
 * What a browser keeps back when it leaves to sign in: the state that it must bring, a secret, and the digest of it that
 * it may show (PKCE, RFC 7636).
 */

import { toBase64Url } from './base64.ts'
import type { TokenStorage } from './page.ts'
import { randomText } from './random.ts'

const NAME = 'dream_api_left'

type Leave = readonly [state: string, verifier: string, challenge: string]

/** What links take along, the same for all until somebody has come back by one; `null` before it is prepared. */
export const leaveOf = (storage: TokenStorage | null): Leave | null =>
  (storage?.getItem(NAME)?.split('.') as Leave | undefined) ?? null

/** Prepares it ahead, because a digest takes a moment and a link is asked for at once. */
export async function prepareLeave(storage: TokenStorage | null): Promise<void> {
  if (storage === null || leaveOf(storage) !== null) return
  const verifier = randomText() + randomText()
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier))
  const challenge = toBase64Url(new Uint8Array(digest))
  if (leaveOf(storage) === null) storage.setItem(NAME, [randomText(), verifier, challenge].join('.'))
}

/** A state brings somebody back once. */
export function endLeave(storage: TokenStorage | null): void {
  storage?.removeItem(NAME)
}
