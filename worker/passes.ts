/**
 * One-time codes and refresh tokens. Like keys they carry their own address and a tag, so that one made up wakes no
 * object; what is stored of them is a hash.
 */

import {
  ALPHABET,
  derivedText,
  hasTag,
  PROJECT_ID,
  randomText,
  SECRET_LENGTH,
  sha256Hex,
  TAG_LENGTH,
  tagOf,
} from './keys.ts'
import type { Mode } from '../sdk/schema/common.ts'
import type { Address } from './stub.ts'

const SESSION_ID_LENGTH = 20
const SECRET = `[${ALPHABET}]{${SECRET_LENGTH}}[${ALPHABET}]{${TAG_LENGTH}}`
const CODE = new RegExp(`^sc_(test|live)_(${PROJECT_ID})${SECRET}$`)
const REFRESH = new RegExp(`^rt_(test|live)_(${PROJECT_ID})([${ALPHABET}]{${SESSION_ID_LENGTH}})${SECRET}$`)

export interface Pass {
  readonly text: string
  readonly hash: string
}

export interface RefreshToken extends Address {
  readonly sessionId: string
  readonly hash: string
}

async function sealed(body: string, secret: string): Promise<Pass> {
  const text = body + (await tagOf(body, secret))
  return { text, hash: await sha256Hex(text) }
}

export const makeCode = ({ projectId, mode }: Address, secret: string): Promise<Pass> =>
  sealed(`sc_${mode}_${projectId}${randomText(SECRET_LENGTH)}`, secret)

/** The hash of a code, or `null` when we never made it. Which project it is of needs no asking: no other knows it. */
export async function hashOfCode(text: string, secret: string): Promise<string | null> {
  return CODE.test(text) && (await hasTag(text, secret)) ? sha256Hex(text) : null
}

/** The first token of a new session. */
export async function makeRefreshToken(address: Address, secret: string): Promise<Pass & { sessionId: string }> {
  const id = randomText(SESSION_ID_LENGTH)
  const pass = await sealed(`${bodyOf(address, id)}${randomText(SECRET_LENGTH)}`, secret)
  return { ...pass, sessionId: `ses_${id}` }
}

const bodyOf = ({ projectId, mode }: Address, id: string): string => `rt_${mode}_${projectId}${id}`

export async function readRefreshToken(text: string, secret: string): Promise<RefreshToken | null> {
  const match = REFRESH.exec(text)
  if (match === null || !(await hasTag(text, secret))) return null
  const [, mode, projectId, id] = match as unknown as [string, Mode, string, string]
  return { mode, projectId, sessionId: `ses_${id}`, hash: await sha256Hex(text) }
}

/**
 * The token that follows another. It is made of the other one, not of chance: whoever asks twice because an answer was
 * lost gets the same, and no session ever has two.
 */
export async function nextRefreshToken(
  text: string,
  { sessionId, ...address }: RefreshToken,
  secret: string,
): Promise<Pass> {
  const next = await derivedText(`refresh\n${text}`, SECRET_LENGTH, secret)
  return sealed(`${bodyOf(address, sessionId.slice('ses_'.length))}${next}`, secret)
}

/** What a browser showed when it asked for a code: the SHA-256 of its secret, as PKCE (RFC 7636) writes it. */
export async function challengeOf(verifier: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier))
  const base64 = btoa(String.fromCharCode(...new Uint8Array(digest)))
  return base64.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}
