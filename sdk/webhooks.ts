/** Proves that a webhook is ours and new, by the Standard Webhooks scheme. It calls nobody. */

import { fromBase64 } from './base64.ts'
import { failed } from './error.ts'
import type { WEBHOOK_TYPES } from './schema/webhook.ts'

/** What we send: a fact with its name and time. */
export interface WebhookEvent {
  /** The `webhook-id`: the same when it is sent again. */
  id: string
  /** `ping` is sent only when somebody asks for a test. */
  type: (typeof WEBHOOK_TYPES)[number] | 'ping'
  /** When it happened, ISO 8601. */
  timestamp: string
  data: Readonly<Record<string, unknown>>
}

/** A fetch `Request`, or what a server like Express has of one. The body must be raw, as it came. */
export type WebhookRequest =
  | Request
  | { headers: Headers | Readonly<Record<string, string | readonly string[] | undefined>>; body: string | Uint8Array }

const TOLERANCE_S = 5 * 60

/**
 * Answers the event of a webhook that is signed with one of the secrets and at most five minutes old. Throws
 * `signature_missing` or `signature_invalid`, and a plain `Error` when there is no secret: that one is yours to mend. Keep
 * the `id`s you have handled: the same event may be sent again.
 *
 * @example
 * ```ts
 * const event = await verify(request, webhookSecret)
 * console.log(event.id, event.type)
 * ```
 */
export async function verify(
  request: WebhookRequest,
  secret: string | readonly string[] | undefined,
): Promise<WebhookEvent> {
  const header = readerOf(request)
  const id = header('webhook-id')
  const timestamp = header('webhook-timestamp')
  const signatures = header('webhook-signature')
  if (!id || !timestamp || !signatures) throw failed('signature_missing', 'The webhook is not signed.', 400)
  const age = Math.abs(Date.now() / 1000 - Number(timestamp))
  if (!(age <= TOLERANCE_S)) throw failed('signature_invalid', 'The webhook is too old, or has no time.', 400)
  const body = await bytesOf(request)
  const signed = new Uint8Array([...new TextEncoder().encode(`${id}.${timestamp}.`), ...body])
  if (!(await isSigned(signed, signatures, [secret].flat())))
    throw failed(
      'signature_invalid',
      'The signature does not match the body. Is it raw, and the secret the right one?',
      400,
    )
  return { ...(JSON.parse(new TextDecoder().decode(body)) as WebhookEvent), id }
}

function readerOf({ headers }: WebhookRequest): (name: string) => string | null {
  if (typeof headers.get === 'function') return (name) => (headers as Headers).get(name)
  return (name) => String((headers as Record<string, unknown>)[name] ?? '')
}

async function bytesOf(request: WebhookRequest): Promise<Uint8Array> {
  if ('arrayBuffer' in request) return new Uint8Array(await request.arrayBuffer())
  return typeof request.body === 'string' ? new TextEncoder().encode(request.body) : request.body
}

/** Does any signature fit any secret? The platform compares them, in constant time. */
async function isSigned(
  signed: Uint8Array<ArrayBuffer>,
  header: string,
  secrets: readonly (string | undefined)[],
): Promise<boolean> {
  const given = header.split(' ').flatMap((part) => (part.startsWith('v1,') ? [fromBase64(part.slice(3))] : []))
  for (const secret of secrets) {
    const bytes = fromBase64((secret ?? '').replace(/^whsec_/, ''))
    if (!bytes?.length) throw new Error('DreamAPI: The webhook secret is missing, or not whsec_ and base64.')
    const key = await crypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash: 'SHA-256' }, false, ['verify'])
    for (const signature of given)
      if (signature !== null && (await crypto.subtle.verify('HMAC', key, signature, signed))) return true
  }
  return false
}
