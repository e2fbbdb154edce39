/** Clerk as we use it: tokens verified without a call, users created, and the mirror of plans in their metadata. */

import { createClerkClient, type ClerkClient } from '@clerk/backend'
import { verifyJwt } from '@clerk/backend/jwt'
import type { TokenClaims } from '../objects/caller.ts'
import type { Mode } from '../sdk/schema/common.ts'
import { isOurs, proveCustomerToken } from './customerToken.ts'
import type { Env } from './env.ts'
import { Refused, refuse } from './http.ts'
import type { Address } from './stub.ts'

const SKEW_MS = 5_000
const VERIFIED_MAX = 20_000

/** Tokens proved in this isolate, until they expire: a signature does not change its mind. */
const verified = new Map<string, { claims: TokenClaims; expiresAt: number }>()

/**
 * The claims of a customer token, ours or Clerk's. Who proves it is chosen by whom it says it is from; by which keys, by
 * the caller's key, never by what the token says.
 */
export async function verifyCustomerToken(token: string, { projectId, mode }: Address, env: Env): Promise<TokenClaims> {
  const name = `${mode}:${projectId}:${token}`
  const known = verified.get(name)
  if (known !== undefined && Date.now() < known.expiresAt) return known.claims
  const proof = await (isOurs(token, env) ? proveCustomerToken(token, projectId, env) : prove(token, mode, env))
  if (verified.size >= VERIFIED_MAX) forgetVerified(Date.now())
  verified.set(name, proof)
  return proof.claims
}

/** Makes room: what has expired goes, and if that is too little, the half that was proved first. */
function forgetVerified(now: number): void {
  for (const [name, { expiresAt }] of verified) if (expiresAt <= now) verified.delete(name)
  const tooMany = verified.size - VERIFIED_MAX / 2
  for (const name of [...verified.keys()].slice(0, Math.max(0, tooMany))) verified.delete(name)
}

async function prove(token: string, mode: Mode, env: Env): Promise<{ claims: TokenClaims; expiresAt: number }> {
  const invalid = (problem: string) => refuse('invalid_customer_token', toDetail('end-user', problem))
  const payload = await proveSession(token, instanceOf(mode, env), invalid)
  const own = [env.API_URL, ...env.SIGN_IN_ORIGINS.split(',').map((origin) => origin.trim())]
  return {
    claims: {
      userId: payload.sub,
      email: textOf(payload.email),
      projects: projectsOf(payload),
      authorizedParty: own.includes(payload.azp) ? null : payload.azp,
      sessionId: null,
    },
    expiresAt: payload.exp * 1000,
  }
}

/** One Clerk application: what proves its tokens. */
interface Instance {
  readonly publishableKey: string
  readonly jwtKey: string
}

const instanceOf = (mode: Mode, env: Env): Instance =>
  mode === 'test'
    ? { publishableKey: env.CLERK_PUBLISHABLE_KEY_TEST, jwtKey: env.CLERK_JWT_KEY_TEST }
    : { publishableKey: env.CLERK_PUBLISHABLE_KEY_LIVE, jwtKey: env.CLERK_JWT_KEY_LIVE }

/** What a session token says, once its signature, issuer, times and session are found to be right. */
async function proveSession(
  token: string,
  { publishableKey, jwtKey }: Instance,
  invalid: (problem: string) => never,
): Promise<Payload & { azp: string }> {
  const payload = await verifyJwt(token, { key: jwtKey, clockSkewInMs: SKEW_MS, headerType: 'JWT' }).then(
    (result) => ('sub' in result ? (result as unknown as Payload) : null),
    (error: unknown) => invalid(problemOf(error)),
  )
  if (payload === null) return invalid('is not valid.')
  if (payload.iss !== issuerOf(publishableKey)) return invalid('comes from another issuer.')
  if (typeof payload.sid !== 'string' || (payload.sts !== undefined && payload.sts !== 'active'))
    return invalid('is not the token of an active session.')
  if (typeof payload.azp !== 'string') return invalid('does not say which page it was issued to.')
  if (!/^user_[A-Za-z0-9]{1,64}$/.test(payload.sub)) return invalid('names no user.')
  return { ...payload, azp: payload.azp }
}

/** Which person is signed in on our own sign-in page. A token that was issued to any other page proves nothing there. */
export async function verifySignIn(token: string, mode: Mode, env: Env): Promise<string> {
  const invalid = (problem: string) => refuse('invalid_session', toDetail('session', problem))
  const payload = await proveSession(token, instanceOf(mode, env), invalid)
  return payload.azp === new URL(env.API_URL).origin ? payload.sub : invalid('was issued to another page.')
}

/** The primary e-mail address of a customer, if they have proved that it is theirs. */
export async function verifiedEmail(userId: string, mode: Mode, env: Env): Promise<string | null> {
  const person = await verifiedPerson(userId, mode, env)
  return person === null ? refuse('identity_refused') : person.email
}

/** A person as they are now; `null`: they have no account any more. */
export async function verifiedPerson(userId: string, mode: Mode, env: Env): Promise<{ email: string | null } | null> {
  const user = await clerkFor(mode, env)
    .users.getUser(userId)
    .catch((error: unknown) => {
      const failure = clerkFailure(error)
      if (failure.status === 404) return null
      throw toRefusal(failure)
    })
  if (user === null) return null
  const primary = user.emailAddresses.find(({ id }) => id === user.primaryEmailAddressId)
  return { email: primary?.verification?.status === 'verified' ? primary.emailAddress.toLowerCase() : null }
}

/** Which person is signed in to the dashboard. The token must have been issued to the dashboard itself. */
export async function verifyMemberToken(token: string, env: Env): Promise<{ userId: string; sessionId: string }> {
  const invalid = (problem: string) => refuse('invalid_session', toDetail('session', problem))
  if (token.length > 8_192) return invalid('is not valid.')
  const members = { publishableKey: env.CLERK_PUBLISHABLE_KEY_MEMBERS, jwtKey: env.CLERK_JWT_KEY_MEMBERS }
  const payload = await proveSession(token, members, invalid)
  if (payload.azp !== new URL(env.DASHBOARD_URL).origin) return invalid('was issued to another page.')
  return { userId: payload.sub, sessionId: String(payload.sid) }
}

/** The e-mail addresses that a member has proved to be theirs, the primary one first. */
export async function memberEmails(userId: string, env: Env): Promise<string[]> {
  const clerk = createClerkClient({ secretKey: env.CLERK_SECRET_KEY_MEMBERS, telemetry: { disabled: true } })
  const user = await clerk.users.getUser(userId).catch((error: unknown) => {
    throw toRefusal(clerkFailure(error))
  })
  const proved = user.emailAddresses.filter(({ verification }) => verification?.status === 'verified')
  return proved
    .toSorted((a, b) => Number(b.id === user.primaryEmailAddressId) - Number(a.id === user.primaryEmailAddressId))
    .map(({ emailAddress }) => emailAddress.toLowerCase())
}

interface Payload {
  readonly iss: string
  readonly sub: string
  readonly exp: number
  readonly sid?: unknown
  readonly sts?: unknown
  readonly azp?: unknown
  readonly email?: unknown
  readonly publishableKey?: unknown
  readonly publicMetadata?: unknown
  readonly metadata?: unknown
}

const EXPIRED = 'has expired. Fetch a fresh one.'
/** `expired`: it was right once, and another is to be had. */
const toDetail = (kind: 'end-user' | 'session', problem: string) => ({
  message: `The ${kind} token ${problem}`,
  ...(problem === EXPIRED ? { expired: true } : {}),
})

function problemOf(error: unknown): string {
  const { reason } = (error ?? {}) as { reason?: string }
  if (reason === 'token-expired') return EXPIRED
  if (reason === 'token-not-active-yet' || reason === 'token-iat-in-the-future') return 'is not valid yet.'
  return 'is not valid.'
}

const textOf = (value: unknown): string | null => (typeof value === 'string' ? value : null)
const recordOf = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}

/** The projects that a token names: flat, in the public metadata, and in its map of all projects joined. */
function projectsOf(payload: Payload): string[] {
  const nested = [recordOf(payload.publicMetadata), recordOf(payload.metadata)]
  const named = [payload.publishableKey, ...nested.map((metadata) => metadata['publishableKey'])]
  const joined = nested.flatMap((metadata) => Object.keys(recordOf(metadata['projects'])))
  return [...new Set([...named.filter((key) => typeof key === 'string'), ...joined])]
}

/** The issuer of an instance's tokens: its Frontend API host, which its publishable key spells. */
const issuerOf = (publishableKey: string): string =>
  `https://${atob(publishableKey.replace(/^pk_(test|live)_/, '')).replace(/\$$/, '')}`

/** What a page needs to show the components of an instance. */
export interface PageClerk {
  readonly publishableKey: string
  readonly host: string
  readonly scripts: readonly string[]
}

/** The components, and what they stand on, come from the instance's own host; Clerk keeps each major version compatible. */
export function clerkOnPage(mode: Mode, env: Env): PageClerk {
  const { publishableKey } = instanceOf(mode, env)
  const host = issuerOf(publishableKey)
  const own = ['ui@1/dist/ui.browser.js', 'clerk-js@6/dist/clerk.browser.js'].map(
    (file) => `${host}/npm/@clerk/${file}`,
  )
  return { publishableKey, host, scripts: env.CLERK_SCRIPT_URL === undefined ? own : [env.CLERK_SCRIPT_URL] }
}

export function clerkFor(mode: Mode, env: Env): ClerkClient {
  const secretKey = mode === 'test' ? env.CLERK_SECRET_KEY_TEST : env.CLERK_SECRET_KEY_LIVE
  return createClerkClient({ secretKey, telemetry: { disabled: true } })
}

/** What Clerk said when it refused, in our words; `null` retry means that it said no for good. */
export function clerkFailure(error: unknown): {
  status: number
  codes: string[]
  message: string
  retryAfterMs: number | null
} {
  const {
    status = 0,
    errors = [],
    retryAfter,
  } = (error ?? {}) as {
    status?: number
    errors?: { code?: string; message?: string; longMessage?: string }[]
    retryAfter?: number
  }
  return {
    status,
    codes: errors.map((entry) => entry.code ?? ''),
    message: errors.map((entry) => entry.longMessage ?? entry.message ?? '').join(', '),
    retryAfterMs: typeof retryAfter === 'number' ? retryAfter * 1000 : null,
  }
}

/**
 * Finds or makes the person. One Clerk application serves all projects, so somebody who already has an account joins
 * with it; whether they are a customer of this project is the project's own row, not Clerk's.
 */
export async function ensureUser(
  clerk: ClerkClient,
  person: {
    email: string
    password?: string | undefined
    firstName?: string | undefined
    lastName?: string | undefined
    /** Of the project that makes the account, which alone may delete it again. */
    publishableKey: string
  },
): Promise<string> {
  try {
    const user = await clerk.users.createUser({
      emailAddress: [person.email],
      skipPasswordRequirement: person.password === undefined,
      privateMetadata: { createdBy: person.publishableKey },
      ...(person.password === undefined ? {} : { password: person.password }),
      ...(person.firstName === undefined ? {} : { firstName: person.firstName }),
      ...(person.lastName === undefined ? {} : { lastName: person.lastName }),
    })
    return user.id
  } catch (error) {
    const failure = clerkFailure(error)
    if (failure.codes.includes('form_identifier_exists')) return findUser(clerk, person.email)
    throw toRefusal(failure)
  }
}

async function findUser(clerk: ClerkClient, email: string): Promise<string> {
  const { data } = await clerk.users.getUserList({ emailAddress: [email], limit: 1 }).catch((error: unknown) => {
    throw toRefusal(clerkFailure(error))
  })
  return data[0]?.id ?? refuse('identity_unavailable')
}

function toRefusal(failure: ReturnType<typeof clerkFailure>): Refused {
  const definite = failure.status >= 400 && failure.status < 500 && failure.status !== 429
  return definite ? new Refused('identity_refused', { message: failure.message }) : new Refused('identity_unavailable')
}
