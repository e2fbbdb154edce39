/**
 * The customer token: who a customer of one project is, signed by us for five minutes. Anybody can prove it with the
 * public keys; what it says of the plan was true when it was made.
 */

import { createLocalJWKSet, decodeJwt, errors, importJWK, jwtVerify, SignJWT, type JWK } from 'jose'
import * as v from 'valibot'
import type { TokenClaims } from '../objects/caller.ts'
import type { Grant } from '../objects/signing.ts'
import type { Env } from './env.ts'
import { refuse } from './http.ts'

const ALGORITHM = 'ES256'
const LIFETIME_MS = 5 * 60_000
const SKEW_SECONDS = 5

/** Private keys, the newest first: it signs, and all of them prove. */
const KeySet = v.pipe(
  v.string(),
  v.parseJson(),
  v.object({
    keys: v.pipe(
      v.array(
        v.object({
          kty: v.literal('EC'),
          crv: v.literal('P-256'),
          kid: v.pipe(v.string(), v.minLength(1)),
          x: v.string(),
          y: v.string(),
          d: v.string(),
        }),
      ),
      v.minLength(1),
      v.check((keys) => new Set(keys.map(({ kid }) => kid)).size === keys.length),
    ),
  }),
)

interface Keys {
  readonly kid: string
  readonly signing: Promise<CryptoKey | Uint8Array>
  readonly published: { keys: JWK[] }
  readonly find: ReturnType<typeof createLocalJWKSet>
}

/** Read once an isolate: the setting does not change under it. */
const read = new Map<string, Keys>()

function keysOf({ CUSTOMER_TOKEN_KEYS: text }: Env): Keys {
  const known = read.get(text)
  if (known !== undefined) return known
  const parsed = v.safeParse(KeySet, text)
  if (!parsed.success)
    return refuse('misconfigured', {
      message: 'CUSTOMER_TOKEN_KEYS must be a JWK set of private P-256 keys with a kid.',
    })
  const [newest] = parsed.output.keys as [JWK & { kid: string }]
  const published = { keys: parsed.output.keys.map(({ d: _, ...key }) => ({ ...key, alg: ALGORITHM, use: 'sig' })) }
  const keys = {
    kid: newest.kid,
    signing: importJWK(newest, ALGORITHM),
    published,
    find: createLocalJWKSet(published),
  }
  read.set(text, keys)
  return keys
}

/** What proves our tokens, for everybody. */
export const publishedKeys = (env: Env): { keys: JWK[] } => keysOf(env).published

/** Signs what the project has just said of its customer. */
export async function mintCustomerToken(grant: Grant, env: Env): Promise<{ token: string; expiresAt: number }> {
  const { kid, signing } = keysOf(env)
  const { customer, publishableKey, session } = grant
  const { email, plan } = customer
  const issuedAt = Math.floor(Date.now() / 1000)
  const expiresAt = issuedAt + LIFETIME_MS / 1000
  const token = await new SignJWT({
    email,
    publishableKey,
    plan,
    publicMetadata: { publishableKey, plan },
    azp: session.origin,
    sid: session.id,
  })
    .setProtectedHeader({ alg: ALGORITHM, kid, typ: 'JWT' })
    .setIssuer(env.API_URL)
    .setAudience(grant.projectId)
    .setSubject(customer.id)
    .setIssuedAt(issuedAt)
    .setExpirationTime(expiresAt)
    .sign(await signing)
  return { token, expiresAt: expiresAt * 1000 }
}

/** Does a token say that it is ours? Nothing of it is believed for that. */
export function isOurs(token: string, env: Env): boolean {
  try {
    return decodeJwt(token).iss === env.API_URL
  } catch {
    return false // no token at all: whoever proves it will say so
  }
}

const Claims = v.object({
  sub: v.string(),
  email: v.nullable(v.string()),
  publishableKey: v.string(),
  azp: v.string(),
  sid: v.string(),
  exp: v.number(),
})

/** What one of our tokens says, once its signature, issuer, project and times are found to be right. */
export async function proveCustomerToken(
  token: string,
  projectId: string,
  env: Env,
): Promise<{ claims: TokenClaims; expiresAt: number }> {
  const invalid = (problem: string) => refuse('invalid_customer_token', { message: `The end-user token ${problem}` })
  const { payload } = await jwtVerify(token, keysOf(env).find, {
    algorithms: [ALGORITHM],
    issuer: env.API_URL,
    audience: projectId,
    clockTolerance: SKEW_SECONDS,
    currentDate: new Date(Date.now()),
  }).catch((error: unknown) => {
    if (error instanceof errors.JWTExpired)
      return refuse('invalid_customer_token', {
        message: 'The end-user token has expired. Fetch a fresh one.',
        expired: true,
      })
    const isForAnother = error instanceof errors.JWTClaimValidationFailed && error.claim === 'aud'
    return isForAnother ? refuse('publishable_key_mismatch') : invalid('is not valid.')
  })
  const parsed = v.safeParse(Claims, payload)
  if (!parsed.success) return invalid('is not valid.')
  const { sub, email, publishableKey, azp, sid, exp } = parsed.output
  return {
    claims: { userId: sub, email, projects: [publishableKey], authorizedParty: azp, sessionId: sid },
    expiresAt: exp * 1000,
  }
}
