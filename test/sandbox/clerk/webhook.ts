/** Writes and signs a webhook as Clerk sends it (through Svix). It does not deliver it. */
import type { ClerkInstance } from '../keys.ts'
import { CLERK } from '../keys.ts'
import { newId } from './user.ts'

export type SignedWebhook = { headers: Record<string, string>; body: string }
export type WebhookEvent = { instance: ClerkInstance; type: string; data: object; now: number }

export const webhookTypes = [
  'user.created',
  'user.updated',
  'user.deleted',
  'session.created',
  'session.ended',
  'session.removed',
  'session.revoked',
]

export async function signWebhook({ instance, type, data, now }: WebhookEvent): Promise<SignedWebhook> {
  const id = newId('msg')
  const timestamp = String(Math.floor(now / 1000))
  const body = JSON.stringify({
    data,
    event_attributes: { http_request: { client_ip: '127.0.0.1', user_agent: 'sandbox' } },
    instance_id: CLERK[instance].keyId,
    object: 'event',
    timestamp: now,
    type,
  })
  const signature = await hmac(CLERK[instance].webhookSecret, `${id}.${timestamp}.${body}`)
  const headers = {
    'content-type': 'application/json',
    'svix-id': id,
    'svix-timestamp': timestamp,
    'svix-signature': `v1,${signature}`,
  }
  return { headers, body }
}

async function hmac(secret: string, content: string): Promise<string> {
  const bytes = Uint8Array.from(atob(secret.replace('whsec_', '')), (letter) => letter.charCodeAt(0))
  const key = await crypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign'])
  const signature = await crypto.subtle.sign('HMAC', key, new TextEncoder().encode(content))
  return btoa(String.fromCharCode(...new Uint8Array(signature)))
}
