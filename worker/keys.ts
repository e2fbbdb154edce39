/**
 * Keys that carry their own address: `pk_<mode>_<projectId><tag>` and `sk_<mode>_<projectId><secret><tag>`. The tag is a
 * truncated HMAC over all before it, so a forged or mistyped key is refused here and wakes no object.
 */

import type { Attempt } from '../objects/replies.ts'
import type { Mode } from '../sdk/schema/common.ts'

export const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz'
export const PROJECT_ID_LENGTH = 20
/** 160 random bits. */
export const SECRET_LENGTH = 32
/** 65 bits. */
export const TAG_LENGTH = 13

export interface PublishableKey {
  readonly kind: 'publishable'
  readonly mode: Mode
  readonly projectId: string
}

export interface SecretKey {
  readonly kind: 'secret'
  readonly mode: Mode
  readonly projectId: string
  /** SHA-256 of the whole key in hex: the only thing about it that is stored. */
  readonly hash: string
}

export const PROJECT_ID = `[0-9a-z]{${PROJECT_ID_LENGTH}}`
const PUBLISHABLE = new RegExp(`^pk_(test|live)_(${PROJECT_ID})([${ALPHABET}]{${TAG_LENGTH}})$`)
const SECRET = new RegExp(
  `^sk_(test|live)_(${PROJECT_ID})[${ALPHABET}]{${SECRET_LENGTH}}([${ALPHABET}]{${TAG_LENGTH}})$`,
)

const utf8 = new TextEncoder()
const macKeys = new Map<string, Promise<CryptoKey>>()

/** A key's tag and hash never change, so what was proved once in this isolate stays proved. */
const proved = new Map<string, PublishableKey | SecretKey | null>()
const PROVED_MAX = 10_000

export function randomText(length: number): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(length)), (byte) => ALPHABET[byte & 31]).join('')
}

const TICKET = new RegExp(
  `^ft_(test|live)_(${PROJECT_ID})[${ALPHABET}]{${SECRET_LENGTH}}([${ALPHABET}]{${TAG_LENGTH}})$`,
)

const PLATFORM_ID = /^plt_[0-9a-f]{32}$/

/** A new account's id; it carries a tag, so that an id made up wakes no object. */
export async function newPlatformId(secret: string): Promise<string> {
  const random = toHex(crypto.getRandomValues(new Uint8Array(10)))
  return `plt_${random}${await platformTag(random, secret)}`
}

export async function isPlatformId(text: string, secret: string): Promise<boolean> {
  return PLATFORM_ID.test(text) && sameTag(await platformTag(text.slice(4, 24), secret), text.slice(24))
}

/** 48 bits. */
async function platformTag(random: string, secret: string): Promise<string> {
  return toHex(new Uint8Array(await macOf(`plt_${random}`, secret))).slice(0, 12)
}

/** A one-time ticket for a project's feed; it too carries its address and a tag. */
export async function makeTicket(project: { projectId: string; mode: Mode }, secret: string): Promise<string> {
  const body = `ft_${project.mode}_${project.projectId}${randomText(SECRET_LENGTH)}`
  return body + (await tagOf(body, secret))
}

/** Which project a ticket is for, or `null` when we never made it. */
export async function readTicket(text: string, secret: string): Promise<{ projectId: string; mode: Mode } | null> {
  const match = TICKET.exec(text)
  if (match === null || !(await hasTag(text, secret))) return null
  const [, mode, projectId] = match as unknown as [string, Mode, string]
  return { mode, projectId }
}

export const newProjectId = (): string => randomText(PROJECT_ID_LENGTH)

export async function makePublishableKey(project: { projectId: string; mode: Mode }, secret: string): Promise<string> {
  const body = `pk_${project.mode}_${project.projectId}`
  return body + (await tagOf(body, secret))
}

/**
 * What makes a secret secret: chance, or, for a request that may be repeated, what only we can make of it, so that it
 * shows the same secret again and is stored nowhere.
 */
export async function seedOf(
  attempt: Attempt | null,
  { projectId, mode }: { projectId: string; mode: Mode },
  secret: string,
): Promise<Uint8Array<ArrayBuffer>> {
  if (attempt === null) return crypto.getRandomValues(new Uint8Array(32))
  return new Uint8Array(await macOf(JSON.stringify(['seed', projectId, mode, attempt.key, attempt.request]), secret))
}

/** A seed as text. */
export const seedText = (seed: Uint8Array, length: number): string => toText(seed, length)

/** A new secret key, to be shown once, and what is stored of it. `random` is what makes it secret. */
export async function makeSecretKey(
  project: { projectId: string; mode: Mode },
  secret: string,
  random = randomText(SECRET_LENGTH),
): Promise<{ key: string; hash: string; last4: string }> {
  const body = `sk_${project.mode}_${project.projectId}${random}`
  const key = body + (await tagOf(body, secret))
  return { key, hash: await sha256Hex(key), last4: key.slice(-4) }
}

/** Reads a key, or answers `null` when its shape or its tag is wrong. No lookup, no object. */
export async function readKey(text: string, secret: string): Promise<PublishableKey | SecretKey | null> {
  const known = proved.get(text)
  if (known !== undefined) return known
  if (!PUBLISHABLE.test(text) && !SECRET.test(text)) return null // of any length: it must not be remembered
  const key = await prove(text, secret)
  if (proved.size >= PROVED_MAX) proved.clear()
  proved.set(text, key)
  return key
}

async function prove(text: string, secret: string): Promise<PublishableKey | SecretKey | null> {
  const match = PUBLISHABLE.exec(text) ?? SECRET.exec(text)
  if (match === null || !(await hasTag(text, secret))) return null
  const [, mode, projectId] = match as unknown as [string, Mode, string]
  return text.startsWith('pk_')
    ? { kind: 'publishable', mode, projectId }
    : { kind: 'secret', mode, projectId, hash: await sha256Hex(text) }
}

export async function hasTag(text: string, secret: string): Promise<boolean> {
  const expected = await tagOf(text.slice(0, -TAG_LENGTH), secret)
  return sameTag(expected, text.slice(-TAG_LENGTH))
}

/** Compares two tags without telling by the time it takes where they differ. */
export const sameTag = (a: string, b: string): boolean =>
  a.length === b.length && crypto.subtle.timingSafeEqual(utf8.encode(a), utf8.encode(b))

/** 65 bits that only the holder of the secret can make of a text. */
export async function tagOf(text: string, secret: string): Promise<string> {
  return toText(new Uint8Array(await macOf(text, secret)), TAG_LENGTH)
}

/** What only the holder of the secret can make of a text, as text of up to 51 characters. */
export async function derivedText(text: string, length: number, secret: string): Promise<string> {
  return toText(new Uint8Array(await macOf(text, secret)), length)
}

async function macOf(text: string, secret: string): Promise<ArrayBuffer> {
  return crypto.subtle.sign('HMAC', await macKey(secret), utf8.encode(text))
}

function macKey(secret: string): Promise<CryptoKey> {
  let key = macKeys.get(secret)
  if (key === undefined) {
    key = crypto.subtle.importKey('raw', utf8.encode(secret), { name: 'HMAC', hash: 'SHA-256' }, false, ['sign'])
    macKeys.set(secret, key)
  }
  return key
}

/** Five bits a character, from the front. */
function toText(bytes: Uint8Array, length: number): string {
  let text = ''
  for (let i = 0; i < length; i += 1) {
    const bit = i * 5
    const pair = ((bytes[bit >> 3] ?? 0) << 8) | (bytes[(bit >> 3) + 1] ?? 0)
    text += ALPHABET[(pair >> (11 - (bit & 7))) & 31]
  }
  return text
}

export async function sha256Hex(text: string): Promise<string> {
  return toHex(new Uint8Array(await crypto.subtle.digest('SHA-256', utf8.encode(text))))
}

const toHex = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
