/** Tokens that nobody should believe. */

import { webcrypto } from 'node:crypto'

export interface Forgery {
  readonly how: string
  readonly token: string
}

const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')

/** Tokens that say what they like, each signed in another way that proves nothing. */
export async function forgeries(genuine: string, claims: object, publishableKey: string): Promise<Forgery[]> {
  const [header = '', , signature = ''] = genuine.split('.')
  const known = readHeader(header)
  const payload = encode(claims)
  const withHeader = (facts: object) => `${encode({ ...known, ...facts })}.${payload}`
  const hmac = withHeader({ alg: 'HS256' })
  const foreign = withHeader({ alg: 'ES256' })
  return [
    { how: 'without a signature', token: `${withHeader({ alg: 'none' })}.` },
    { how: 'with the signature of another token', token: `${withHeader({})}.${signature}` },
    { how: 'signed by a stranger', token: `${foreign}.${await signedByStranger(foreign)}` },
    { how: 'signed with the publishable key', token: `${hmac}.${await signedWith(publishableKey, hmac)}` },
  ]
}

function readHeader(header: string): object {
  try {
    return JSON.parse(Buffer.from(header, 'base64url').toString()) as object
  } catch {
    return { typ: 'JWT' } // a session of the app's own
  }
}

const bytesOf = (text: string) => new TextEncoder().encode(text)

async function signedByStranger(text: string): Promise<string> {
  const { subtle } = webcrypto
  const { privateKey } = await subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign', 'verify'])
  const signature = await subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, privateKey, bytesOf(text))
  return Buffer.from(signature).toString('base64url')
}

async function signedWith(secret: string, text: string): Promise<string> {
  const { subtle } = webcrypto
  const key = await subtle.importKey('raw', bytesOf(secret), { name: 'HMAC', hash: 'SHA-256' }, false, ['sign'])
  return Buffer.from(await subtle.sign('HMAC', key, bytesOf(text))).toString('base64url')
}
