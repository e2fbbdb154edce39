/**
 * Sends a project's events to the endpoints that asked for them, signed as Standard Webhooks has it. What may go next, and
 * what follows from an answer, is the object's to say; here is only the way there.
 * https://www.standardwebhooks.com
 */

import type { Attempt } from '../objects/messages.ts'
import type { WebhookTask } from '../objects/emitting.ts'
import { toTarget } from './address.ts'
import { placeOf } from './dns.ts'
import type { Env } from './env.ts'
import { need, refuse } from './http.ts'
import type { Place } from './stripe/catalog.ts'
import { projectAt } from './stub.ts'

/** Customers that one endpoint is sent messages of at the same time. */
const LANES_MAX = 8
/** Then a pause, so that a long queue stays within what one delivery may take. */
const SENDS_MAX = 100
const STOP_AFTER_MS = 45_000
/** While an answer is awaited, what happened meanwhile to other customers need not wait for it. */
const LOOK_AGAIN_MS = 500
const ANSWER_TIMEOUT_MS = 10_000

const utf8 = new TextEncoder()

/** Sends all that is due for an endpoint: different customers side by side, each one's messages in order. */
export async function sendWebhooks(endpointId: string, { env, address }: Place): Promise<void> {
  const project = projectAt(env, address)
  const stopAt = Date.now() + STOP_AFTER_MS
  const busy = new Map<string, Promise<void>>()
  let sent = 0
  const sendOn = async (task: WebhookTask, message: WebhookTask['messages'][number]) => {
    const attempt = await send(task, message, env)
    need(await projectAt(env, address).settleMessage(message.id, attempt))
    busy.delete(message.lane)
  }
  try {
    for (;;) {
      const paused = sent >= SENDS_MAX || Date.now() >= stopAt
      const limit = paused ? 0 : Math.min(LANES_MAX - busy.size, SENDS_MAX - sent)
      const task = limit === 0 ? null : await project.dueMessages(endpointId, { limit, busy: [...busy.keys()] })
      for (const message of task?.messages ?? []) busy.set(message.lane, sendOn(task!, message))
      sent += task?.messages.length ?? 0
      if (busy.size === 0) return // what is still due after a pause was owed anew when the last attempt was settled
      await Promise.race([...busy.values(), scheduler.wait(LOOK_AGAIN_MS)])
    }
  } finally {
    await Promise.allSettled(busy.values())
  }
}

async function send(task: WebhookTask, message: WebhookTask['messages'][number], env: Env): Promise<Attempt> {
  const at = Date.now()
  const result = await attempt(task, message, env)
  return { ...result, at, durationMs: Date.now() - at }
}

async function attempt(
  { url, secrets }: WebhookTask,
  { id, body }: WebhookTask['messages'][number],
  env: Env,
): Promise<Pick<Attempt, 'status' | 'error'>> {
  const problem = await problemWith(url, env)
  if (problem !== null) return { status: null, error: problem.error }
  const timestamp = Math.floor(Date.now() / 1000)
  const signatures = await Promise.all(secrets.map((secret) => sign({ id, timestamp, body }, secret)))
  try {
    const response = await fetch(url, {
      method: 'POST',
      redirect: 'manual',
      signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS),
      headers: {
        'Content-Type': 'application/json',
        'User-Agent': 'dream-api-webhooks',
        'webhook-id': id,
        'webhook-timestamp': String(timestamp),
        'webhook-signature': signatures.join(' '),
      },
      body,
    })
    response.body?.cancel().catch(() => {}) // nobody reads what it says: only its status counts
    const { status } = response
    if (status >= 200 && status < 300) return { status, error: null }
    return { status, error: status >= 300 && status < 400 ? 'redirect' : 'status' }
  } catch (error) {
    return { status: null, error: (error as Error).name === 'TimeoutError' ? 'timeout' : 'connection' }
  }
}

/** One signature: `v1,` and the HMAC-SHA256 of id, time and body. */
async function sign(message: { id: string; timestamp: number; body: string }, secret: string): Promise<string> {
  const bytes = Uint8Array.from(atob(secret.slice(SECRET_PREFIX.length)), (character) => character.charCodeAt(0))
  const key = await crypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign'])
  const signed = utf8.encode(`${message.id}.${message.timestamp}.${message.body}`)
  return `v1,${toBase64(new Uint8Array(await crypto.subtle.sign('HMAC', key, signed)))}`
}

const SECRET_PREFIX = 'whsec_'

export const makeWebhookSecret = (seed: Uint8Array): string => SECRET_PREFIX + toBase64(seed)

const toBase64 = (bytes: Uint8Array): string => btoa(String.fromCharCode(...bytes))

/** Refuses an address that may not be called, before it is registered. It is looked up again before every message. */
export async function mustBeCallable(url: string, env: Env): Promise<void> {
  const problem = await problemWith(url, env)
  if (problem !== null) refuse('webhook_url_refused', { message: problem.message })
}

async function problemWith(text: string, env: Env): Promise<{ error: 'address' | 'dns'; message: string } | null> {
  const target = toTarget(text, env.WEBHOOKS_LOOPBACK)
  if (!target.ok) return { error: 'address', message: target.problem }
  if (target.name === null) return null
  const place = await placeOf(target.name)
  if (place === 'public') return null
  return place === 'private'
    ? { error: 'address', message: `The host ${target.name} is not on the public internet.` }
    : { error: 'dns', message: `The host ${target.name} could not be found.` }
}
