/** Signing customers in: what a page trades for a session, and what keeps it. */

import * as v from 'valibot'
import { line, ReturnUrl } from './common.ts'

/** A secret of the browser's own, 43 to 128 characters, as PKCE (RFC 7636) has it. */
const CodeVerifier = v.pipe(
  v.string(),
  v.regex(/^[A-Za-z0-9._~-]{43,128}$/, 'must be 43 to 128 characters of A–Z a–z 0–9 . _ ~ -'),
)

export const CodeExchange = v.strictObject({
  code: v.pipe(v.string(), v.maxLength(200)),
  codeVerifier: CodeVerifier,
})

export const SessionToken = v.strictObject({ refreshToken: v.pipe(v.string(), v.maxLength(200)) })

export const Renewal = v.strictObject({
  ...SessionToken.entries,
  /** Wait a while until the customer's plan is what they last went to buy. */
  awaiting: v.optional(v.boolean(), false),
})

/** Which of a customer's sessions end: one, or all. */
export const SessionsQuery = v.strictObject({ session: v.optional(v.pipe(v.string(), v.maxLength(100))) })

const State = v.pipe(
  v.string(),
  v.regex(/^[A-Za-z0-9._~-]{1,200}$/, 'must be 1 to 200 characters of A–Z a–z 0–9 . _ ~ -'),
)
const CodeChallenge = v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{43}$/, 'must be a SHA-256 in base64url'))
const PublishableKey = v.pipe(v.string(), v.maxLength(100))

/** A person at the sign-in page, who has signed in there and goes on to the page that sent them. */
export const ArrivalInput = v.strictObject({
  pk: PublishableKey,
  redirect: ReturnUrl,
  /** Comes back as it is: by it a page knows that it had asked. */
  state: v.optional(State),
  /** With it the page is sent a code; without it the person just goes back. */
  codeChallenge: v.optional(CodeChallenge),
  /** The session token of the identity provider. */
  token: v.pipe(v.string(), v.maxLength(8_192)),
  /** The person said that they want to become a customer. */
  join: v.optional(v.boolean(), false),
  /** Wait until the customer's plan is another than `from`; left out, until it is what they last went to buy. */
  awaiting: v.optional(v.strictObject({ from: v.optional(line(80)) })),
})
/** What our pages are asked with, besides what the identity provider adds on the way. */
export const VisitQuery = v.object({
  pk: PublishableKey,
  redirect: ReturnUrl,
  state: v.optional(State),
  code_challenge: v.optional(CodeChallenge),
  code_challenge_method: v.optional(v.literal('S256')),
  from: v.optional(line(80)),
})
export type ArrivalInput = v.InferOutput<typeof ArrivalInput>
