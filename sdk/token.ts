/** A customer's token as a page may read it: for what to show. The server alone decides whether to believe it. */

import { fromBase64 } from './base64.ts'

/** Who is signed in, for showing. Nothing in it proves anything. */
export interface ClerkUser {
  id: string
  email: string
  plan: string
  publishableKey: string
}

interface Claims {
  readonly sub?: string
  readonly email?: string
  readonly exp?: number
  readonly iat?: number
  readonly plan?: string
  readonly publishableKey?: string
  readonly publicMetadata?: { readonly plan?: string; readonly publishableKey?: string }
}

/** What a token says; `null` for anything that is not one. */
export function claimsOf(token: string): Claims | null {
  try {
    const bytes = fromBase64(token.split('.')[1] ?? '')
    const claims: unknown = bytes && JSON.parse(new TextDecoder().decode(bytes))
    return typeof claims === 'object' ? claims : null
  } catch {
    return null // not base64, or not JSON: not a token
  }
}

export function userOf(token: string): ClerkUser | null {
  const claims = claimsOf(token)
  if (claims === null) return null
  const { sub, email, plan, publishableKey, publicMetadata } = claims
  return {
    id: sub ?? '',
    email: email ?? '',
    plan: plan ?? publicMetadata?.plan ?? 'free',
    publishableKey: publishableKey ?? publicMetadata?.publishableKey ?? '',
  }
}
