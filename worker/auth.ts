/** Who asks: reads the key, the customer token and the headers a caller may use, and says what the object must check. */

import type { Caller } from '../objects/caller.ts'
import type { Mode } from '../sdk/schema/common.ts'
import { Id } from '../sdk/schema/common.ts'
import { verifyCustomerToken } from './clerk.ts'
import type { Env } from './env.ts'
import { mustNotFloodKey } from './flood.ts'
import { parse, refuse } from './http.ts'
import { readKey, type PublishableKey, type SecretKey } from './keys.ts'
import * as v from 'valibot'

export interface Identified {
  readonly projectId: string
  readonly mode: Mode
  readonly caller: Caller
}

/** `key`: either key. `guest`: either key, and a customer if one is named. `customer`: either key and a customer. `secret`: a secret key. `member`: a signed-in member of the account. */
export type Access = 'public' | 'key' | 'guest' | 'customer' | 'secret' | 'member'

export async function identify(
  request: Request,
  access: Exclude<Access, 'public' | 'member'>,
  env: Env,
): Promise<Identified> {
  const key = await readCredential(request, access, env)
  await mustNotFloodKey(key, env)
  const origin = request.headers.get('Origin')
  if (key.kind === 'secret' && origin !== null) refuse('secret_key_in_browser')
  const named = access === 'customer' || access === 'guest'
  const token = named ? await readToken(request, key, env) : null
  const { projectId, mode } = key
  if (key.kind === 'publishable') {
    if (access === 'customer' && token === null) refuse('missing_customer')
    return { projectId, mode, caller: { via: 'publishable', origin, token } }
  }
  return {
    projectId,
    mode,
    caller: { via: 'secret', keyHash: key.hash, token, asserts: named ? asserted(request) : null },
  }
}

async function readCredential(request: Request, access: Access, env: Env): Promise<PublishableKey | SecretKey> {
  const authorization = request.headers.get('Authorization') ?? ''
  const publishable = request.headers.get('X-Publishable-Key')
  const bearer = /^Bearer +(\S+)$/i.exec(authorization)?.[1]
  if (bearer?.startsWith('sk_') || (bearer !== undefined && publishable === null)) {
    const key = await readKey(bearer, env.KEY_SECRET)
    if (key?.kind !== 'secret') return refuse('invalid_api_key')
    if (publishable !== null) await mustMatch(publishable, key, env)
    return key
  }
  if (publishable === null) return refuse('missing_authentication')
  if (access === 'secret') return refuse('secret_key_required')
  const key = await readKey(publishable, env.KEY_SECRET)
  return key?.kind === 'publishable' ? key : refuse('invalid_publishable_key')
}

/** A secret key acts on its own project only; a publishable key beside it may say the same, nothing else. */
async function mustMatch(publishable: string, key: SecretKey, env: Env): Promise<void> {
  const other = await readKey(publishable, env.KEY_SECRET)
  if (other?.kind !== 'publishable') refuse('invalid_publishable_key')
  if (other?.projectId !== key.projectId || other.mode !== key.mode) refuse('key_conflict')
}

async function readToken(request: Request, key: PublishableKey | SecretKey, env: Env) {
  const { headers } = request
  const token = headers.get('X-Clerk-Token') ?? headers.get('X-User-Token') ?? headers.get('X-End-User-Token')
  if (token === null) return null
  if (token.length > 8_192) refuse('invalid_customer_token')
  return verifyCustomerToken(token, key, env)
}

/** Only a secret key may say who the customer is. A plan is never taken from a caller. */
export function asserted(request: Request): string | null {
  const userId = request.headers.get('X-User-Id')
  return userId === null ? null : parse(v.object({ 'X-User-Id': Id }), { 'X-User-Id': userId })['X-User-Id']
}
