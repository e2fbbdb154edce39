/** Signs tokens as a Clerk instance does, and, for tests of attacks, as it never would. Also publishes the instance's key. */
import type { ClerkInstance } from '../keys.ts'
import { CLERK } from '../keys.ts'
import type { ClerkUser } from './user.ts'
import { primaryEmail } from './user.ts'

export type TokenAlgorithm = 'RS256' | 'none' | 'HS256'

export type TokenRequest = {
  instance: ClerkInstance
  user: ClerkUser
  /** Null for a token of a JWT template, which carries no claims of a session. */
  sessionId: string | null
  azp: string | null
  issuedAt: number
  expiresIn: number
  claims?: Record<string, unknown>
  algorithm?: TokenAlgorithm
  keyId?: string
}

type Claims = Record<string, unknown>

export const tokenSeconds = 60
export const defaultAzp = 'http://localhost:8787'

/** The names of the JWT templates that each instance has. */
export const clerkTemplates: Record<ClerkInstance, string[]> = {
  test: ['end-user-api'],
  live: ['end-user-api'],
  developer: ['dream-api'],
}

export async function mintToken(request: TokenRequest): Promise<string> {
  const algorithm = request.algorithm ?? 'RS256'
  const header = { alg: algorithm, kid: request.keyId ?? CLERK[request.instance].keyId, typ: 'JWT' }
  const content = `${encodeJson(header)}.${encodeJson(tokenClaims(request))}`
  return `${content}.${encodeBytes(await sign(algorithm, request.instance, content))}`
}

export async function publishedKeys(instance: ClerkInstance): Promise<object> {
  const algorithm = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }
  const key = await crypto.subtle.importKey('spki', pemBytes(CLERK[instance].publicKey), algorithm, true, ['verify'])
  const { n, e } = (await crypto.subtle.exportKey('jwk', key)) as JsonWebKey
  return { keys: [{ use: 'sig', kty: 'RSA', kid: CLERK[instance].keyId, alg: 'RS256', n, e }] }
}

/** Clerk's own claims, then our customization of the session token, then what the caller lays over them. */
function tokenClaims({ instance, user, sessionId, azp, issuedAt, expiresIn, claims = {} }: TokenRequest): Claims {
  const iat = Math.floor(issuedAt / 1000)
  const all: Claims = {
    iss: CLERK[instance].issuer,
    sub: user.id,
    iat,
    nbf: iat - 10,
    exp: iat + expiresIn,
    jti: crypto.randomUUID().replaceAll('-', ''),
    ...(azp === null ? {} : { azp }),
    ...(sessionId === null ? {} : { sid: sessionId, sts: 'active', v: 2, fva: [0, -1] }),
    ...customClaims(user),
    ...claims,
  }
  for (const [name, value] of Object.entries(claims)) if (value === null) delete all[name]
  return all
}

/** What a shortcode of the template finds; one that finds nothing is null. */
const customClaims = (user: ClerkUser): Claims => ({
  email: primaryEmail(user),
  plan: user.public_metadata?.['plan'] ?? null,
  publishableKey: user.public_metadata?.['publishableKey'] ?? null,
  publicMetadata: user.public_metadata,
})

async function sign(algorithm: TokenAlgorithm, instance: ClerkInstance, content: string): Promise<Uint8Array> {
  const bytes = new TextEncoder().encode(content)
  if (algorithm === 'none') return new Uint8Array()
  if (algorithm === 'HS256') return signWithPublicKey(instance, bytes)
  const rsa = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }
  const key = await crypto.subtle.importKey('pkcs8', pemBytes(CLERK[instance].privateKey), rsa, false, ['sign'])
  return new Uint8Array(await crypto.subtle.sign(rsa, key, bytes))
}

/** The classic confusion: the public key, which everyone knows, taken for the secret of an HMAC. */
async function signWithPublicKey(instance: ClerkInstance, bytes: Uint8Array): Promise<Uint8Array> {
  const secret = new TextEncoder().encode(CLERK[instance].publicKey)
  const key = await crypto.subtle.importKey('raw', secret, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign'])
  return new Uint8Array(await crypto.subtle.sign('HMAC', key, bytes))
}

function pemBytes(pem: string): Uint8Array {
  const base64 = pem.replaceAll(/-----[A-Z ]+-----|\s/g, '')
  return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))
}

const encodeJson = (value: object): string => encodeBytes(new TextEncoder().encode(JSON.stringify(value)))

function encodeBytes(bytes: Uint8Array): string {
  const base64 = btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''))
  return base64.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}
