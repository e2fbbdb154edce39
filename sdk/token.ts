/** A customer's token as a page may read it: for what to show. The server alone decides whether to believe it. */

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
  readonly plan?: string
  readonly publishableKey?: string
  readonly publicMetadata?: { readonly plan?: string; readonly publishableKey?: string }
}

/** What a token says; `null` for anything that is not one. */
export function claimsOf(token: string): Claims | null {
  try {
    const bytes = atob((token.split('.')[1] ?? '').replace(/-/g, '+').replace(/_/g, '/'))
    const text = new TextDecoder().decode(Uint8Array.from(bytes, (byte) => byte.charCodeAt(0)))
    const claims: unknown = JSON.parse(text)
    return typeof claims === 'object' ? claims : null
  } catch {
    return null // not base64, or not JSON: not a token
  }
}

/** Is the token good for another moment? */
export const isCurrent = (token: string, now: number): boolean => (claimsOf(token)?.exp ?? 0) * 1000 > now

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
