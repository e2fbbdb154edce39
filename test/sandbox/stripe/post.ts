/** Carries what is owed to the app's webhooks, signed as Stripe signs. One round at a time, in virtual-time order. */
import { STRIPE_WEBHOOK_SECRET } from '../keys.ts'
import { chaosOf, shuffle } from './chaos.ts'
import { dueDeliveries, settleDelivery } from './deliveries.ts'
import { findEvent } from './events.ts'
import type { DeliveryRow } from './deliveries.ts'

const PATH = { connect: '/webhook/stripe', platform: '/webhook/stripe/platform' }
const TIMEOUT_MS = 20_000

export interface PostOptions {
  sql: SqlStorage
  app: Fetcher
  origin: string
  now: () => number
}

export class Post {
  readonly #options: PostOptions
  #round: Promise<unknown> = Promise.resolve()

  constructor(options: PostOptions) {
    this.#options = options
  }

  /** Delivers what is due, after any round under way; answers how many deliveries were tried. */
  deliverDue(): Promise<number> {
    const round = this.#round.then(() => this.#deliver())
    this.#round = round.catch(() => undefined)
    return round
  }

  async #deliver(): Promise<number> {
    const { sql, now } = this.#options
    const chaos = chaosOf(sql)
    if (chaos.paused) return 0
    const due = dueDeliveries(sql, now())
    for (const row of chaos.reorder ? shuffle(sql, due) : due) {
      const failure = await this.#send(row)
      settleDelivery(sql, row, failure, now())
    }
    return due.length
  }

  /** Null when the app answered 2xx, otherwise what went wrong. Never throws: a failure is a retry. */
  async #send({ event_id: eventId, endpoint, mode }: DeliveryRow): Promise<string | null> {
    const { sql, app, origin, now } = this.#options
    const body = findEvent(sql, eventId)?.body ?? ''
    const signature = await sign(body, STRIPE_WEBHOOK_SECRET[endpoint][mode], Math.floor(now() / 1000))
    try {
      const response = await app.fetch(origin + PATH[endpoint], {
        method: 'POST',
        headers: {
          'Content-Type': 'application/json; charset=utf-8',
          'Stripe-Signature': signature,
          'User-Agent': 'Stripe/1.0 (+https://stripe.com/docs/webhooks)',
        },
        body,
        redirect: 'manual',
        signal: AbortSignal.timeout(TIMEOUT_MS),
      })
      const text = await response.text()
      return response.ok ? null : `${response.status} ${text.slice(0, 200)}`
    } catch (error) {
      return error instanceof Error ? error.message : String(error)
    }
  }
}

async function sign(body: string, secret: string, seconds: number): Promise<string> {
  const bytes = new TextEncoder()
  const hash = { name: 'HMAC', hash: 'SHA-256' }
  const key = await crypto.subtle.importKey('raw', bytes.encode(secret), hash, false, ['sign'])
  const mac = new Uint8Array(await crypto.subtle.sign('HMAC', key, bytes.encode(`${seconds}.${body}`)))
  const hex = Array.from(mac, (byte) => byte.toString(16).padStart(2, '0')).join('')
  return `t=${seconds},v1=${hex}`
}
