/** Signing in: one small port, behind which is Clerk or the sandbox's own pages. */

import { ClerkAuth } from './clerk.ts'
import { SandboxAuth } from './sandbox.ts'

export interface Auth {
  /** Takes up a session that is there; false when nobody is signed in. */
  start(): Promise<boolean>
  /** The session's token, renewed unseen; `fresh` does not trust the one at hand. Null once the session is over. */
  token(options?: { fresh?: boolean }): Promise<string | null>
  /** Leaves the page, to come back to `path` signed in. */
  signIn(path: string): void
  signOut(): Promise<void>
}

export async function findAuth(): Promise<Auth> {
  if (SANDBOX) return new SandboxAuth()
  const response = await fetch('/dashboard/config')
  if (!response.ok) throw new Error('This deployment is not set up: it does not say how to sign in.')
  const { clerkPublishableKey } = (await response.json()) as { clerkPublishableKey: string }
  return new ClerkAuth(clerkPublishableKey)
}
