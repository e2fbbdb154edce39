/** Who asks, as the router proved it. The object decides in the same turn as the effect whether that is enough. */

import type { Scope } from '../sdk/schema/key.ts'

/** What a verified customer token says about its bearer. */
export interface TokenClaims {
  readonly userId: string
  readonly email: string | null
  /** The publishable keys of the projects that the token names. Empty when it names none. */
  readonly projects: readonly string[]
  /** The page that asked for the token; `null` when the token does not say. */
  readonly authorizedParty: string | null
  /** The session with us that the token was made for; `null` for a token of the identity provider. */
  readonly sessionId: string | null
}

export type Caller =
  | { readonly via: 'publishable'; readonly origin: string | null; readonly token: TokenClaims | null }
  | {
      readonly via: 'secret'
      readonly keyHash: string
      readonly token: TokenClaims | null
      /** `X-User-Id`: only a secret key may assert who the customer is. */
      readonly asserts: string | null
    }
  /** A member of the account, admitted by the account object: the project checks only that it is that account's. */
  | {
      readonly via: 'member'
      readonly platformId: string
      readonly token: null
      readonly asserts: string | null
    }
  /** Our own worker acting on what it was told by Stripe, or seeding a sandbox. Never built from a request's headers. */
  | { readonly via: 'system' }

/** What a key may do. A project's first secret key may do everything. */
export const SCOPES = ['read', 'usage', 'billing', 'admin'] as const satisfies readonly Scope[]
export type { Scope }
