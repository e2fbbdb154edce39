/**
 * Who runs dream-api: people and services that Cloudflare Access lets through, proved again by its JWT, so that an address
 * without Access in front of it opens nothing.
 */

import { createRemoteJWKSet, errors, jwtVerify } from 'jose'
import type { Env } from './env.ts'
import { refuse } from './http.ts'

const SKEW_SECONDS = 5
const KEYS_MAX_AGE_MS = 3_600_000
/** A token that names a key nobody knows makes us ask at most this often. */
const KEYS_ASKED_EVERY_MS = 30_000

/** Both settings, or there is no such thing here. */
export const hasAccess = ({ ACCESS_TEAM = '', ACCESS_AUDIENCE = '' }: Env): boolean =>
  ACCESS_TEAM !== '' && ACCESS_AUDIENCE !== ''

/** Keys of each team, as its own host publishes them. */
const published = new Map<string, ReturnType<typeof createRemoteJWKSet>>()

function keysOf(issuer: string): ReturnType<typeof createRemoteJWKSet> {
  const known = published.get(issuer)
  if (known !== undefined) return known
  const keys = createRemoteJWKSet(new URL('/cdn-cgi/access/certs', issuer), {
    cacheMaxAge: KEYS_MAX_AGE_MS,
    cooldownDuration: KEYS_ASKED_EVERY_MS,
  })
  published.set(issuer, keys)
  return keys
}

/** Refuses whoever has no valid token of this team for this application. */
export async function provePersonnel(request: Request, env: Env): Promise<void> {
  if (!hasAccess(env)) refuse('not_found')
  const token = tokenOf(request) ?? refuse('access_required')
  const issuer = `https://${env.ACCESS_TEAM}`
  await jwtVerify(token, keysOf(issuer), {
    issuer,
    audience: env.ACCESS_AUDIENCE ?? '',
    algorithms: ['RS256'],
    requiredClaims: ['exp', 'iat'],
    clockTolerance: SKEW_SECONDS,
  }).catch((error: unknown) => refuse(isUnreachable(error) ? 'access_unavailable' : 'access_required'))
}

/** Access sets both: the header on what it passes on, the cookie in the browser. */
function tokenOf(request: Request): string | null {
  const header = request.headers.get('Cf-Access-Jwt-Assertion')
  if (header !== null) return header
  return /(?:^|;\s*)CF_Authorization=([^;\s]+)/.exec(request.headers.get('Cookie') ?? '')?.[1] ?? null
}

/** The keys could not be had: nothing is said of the token. */
const isUnreachable = (error: unknown): boolean =>
  !(error instanceof errors.JOSEError) ||
  error.code === errors.JOSEError.code ||
  error instanceof errors.JWKSTimeout ||
  error instanceof errors.JWKSInvalid
