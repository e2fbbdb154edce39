/** Counts a use with the customer's own token, and only then does the work. No secret key is needed for it. */

import { DreamAPI, DreamAPIException } from '@dream-api/sdk'
import { drawCover } from '../../../src/art'
import { config } from '../../../src/config'
import { env } from '../../../src/env'

const SENTENCE_MAX = 200

export async function POST(request: Request): Promise<Response> {
  const wish = await readWish(request)
  const token = /^Bearer (\S+)$/.exec(request.headers.get('Authorization') ?? '')?.[1]
  if (wish === null)
    return refuse(400, 'invalid_request', `A wish is a sentence of at most ${SENTENCE_MAX} letters, and a key.`)
  if (token === undefined) return refuse(401, 'missing_customer', 'Sign in first.')
  try {
    const dream = new DreamAPI(env).forToken(token)
    await dream.usage.consume({ meter: config.meter }, { idempotencyKey: await nameOf(wish) })
  } catch (error) {
    if (!(error instanceof DreamAPIException)) throw error
    return refuse(error.status || 503, error.reason, error.message)
  }
  return Response.json({ sentence: wish.sentence, svg: drawCover(wish.sentence) })
}

interface Wish {
  readonly sentence: string
  readonly key: string
}

async function readWish(request: Request): Promise<Wish | null> {
  const body = (await request.json().catch(() => null)) as Partial<Wish> | null
  const { sentence, key } = body ?? {}
  if (typeof sentence !== 'string' || typeof key !== 'string') return null
  return sentence.length > 0 && sentence.length <= SENTENCE_MAX && key.length > 0 ? { sentence, key } : null
}

/**
 * Under one name a use counts once. The words are part of it, or one key would buy any number of covers. Work that is not
 * the same each time should be kept under this name too, and answered from there.
 */
async function nameOf({ sentence, key }: Wish): Promise<string> {
  const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(`${key}\n${sentence}`))
  return Array.from(new Uint8Array(hash), (byte) => byte.toString(16).padStart(2, '0')).join('')
}

const refuse = (status: number, code: string, message: string): Response =>
  Response.json({ error: code, code, message }, { status })
