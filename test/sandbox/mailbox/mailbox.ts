/** Stands in for Resend's `POST /emails`: it delivers nothing and keeps everything, for people and tests to read. */
import { RESEND_API_KEY } from '../keys.ts'
import { mailboxPage } from './mailboxPage.ts'
import { Mails } from './mails.ts'
import { readMail } from './readMail.ts'
import { MailRefusal } from './refusal.ts'

export class Mailbox {
  readonly #mails: Mails
  readonly #now: () => number

  constructor(sql: SqlStorage, now: () => number) {
    this.#mails = new Mails(sql)
    this.#now = now
  }

  /** Answers a request to `https://api.resend.com`. */
  async fetch(request: Request): Promise<Response> {
    // Their edge refuses whoever does not say who he is, and a Worker's fetch does not by itself.
    if (!request.headers.get('user-agent')) return new Response('error code: 1010', { status: 403 })
    try {
      return Response.json({ id: await this.#send(request) })
    } catch (error) {
      if (error instanceof MailRefusal) return Response.json(error.body, { status: error.status })
      throw error
    }
  }

  /** Answers `/sandbox/mailbox`; null when the path is another. */
  control(request: Request): Response | null {
    const url = new URL(request.url)
    if (url.pathname !== '/sandbox/mailbox') return null
    if (request.method === 'DELETE') {
      this.#mails.clear()
      return Response.json({ mails: [] })
    }
    if (request.method !== 'GET') return Response.json({ error: 'use GET or DELETE' }, { status: 405 })
    const address = url.searchParams.get('to')?.trim() || null
    const mails = this.#mails.list(address)
    if (request.headers.get('accept')?.includes('text/html')) return mailboxPage(mails, address)
    return Response.json({ mails })
  }

  async #send(request: Request): Promise<string> {
    const text = await request.text()
    checkRoute(request)
    checkKey(request)
    const mail = readMail(readJson(text))
    const key = request.headers.get('idempotency-key')
    if (key !== null && (key.length < 1 || key.length > 256)) throw badKey()
    const sent = key === null ? null : this.#mails.byKey(key, this.#now())
    if (sent === null) return this.#mails.keep(mail, { idempotencyKey: key, now: this.#now() })
    const { id, sentAt: _sentAt, idempotencyKey: _key, ...before } = sent
    if (JSON.stringify(before) !== JSON.stringify(mail)) throw reusedKey()
    return id
  }
}

function checkRoute(request: Request): void {
  const { pathname } = new URL(request.url)
  if (pathname !== '/emails') throw new MailRefusal(404, 'not_found', `The sandbox does not simulate ${pathname}.`)
  if (request.method !== 'POST') {
    throw new MailRefusal(405, 'method_not_allowed', 'Method is not allowed for the requested path.')
  }
}

function checkKey(request: Request): void {
  const key = /^Bearer (\S+)$/.exec(request.headers.get('authorization') ?? '')?.[1]
  if (key === undefined) throw new MailRefusal(401, 'missing_api_key', 'Missing API Key')
  if (key !== RESEND_API_KEY) throw new MailRefusal(403, 'invalid_api_key', 'API key is invalid')
}

function readJson(text: string): Record<string, unknown> {
  try {
    const body: unknown = JSON.parse(text)
    if (typeof body === 'object' && body !== null && !Array.isArray(body)) return body as Record<string, unknown>
  } catch {
    // Falls through: a body that is no JSON and one that is no object are refused alike.
  }
  throw new MailRefusal(400, 'validation_error', 'The request body is not valid JSON.')
}

const badKey = () =>
  new MailRefusal(
    400,
    'invalid_idempotency_key',
    'Idempotency keys, if present, must have between 1 and 256 characters.',
  )

const reusedKey = () =>
  new MailRefusal(
    409,
    'invalid_idempotent_request',
    'This idempotency key has been used on a request with a different payload within the last 24 hours.',
  )
