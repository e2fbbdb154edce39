/**
 * Signs people in where Clerk's own pages would: a page, a ticket that works once, and tokens of a minute for the session.
 * Owns `clerk_sign_ins`. A token never stands in an address.
 */
import type { ClerkInstance } from '../keys.ts'
import { ClerkRefusal, notFound } from './refusal.ts'
import type { ClerkSession, ClerkSessions } from './sessions.ts'
import { mintToken, tokenSeconds } from './token.ts'
import type { ClerkUser } from './user.ts'
import { newId, readEmail } from './user.ts'
import type { ClerkUsers } from './users.ts'

export const DEMO_EMAIL = 'demo@dream-api.example'
export const DEMO_ID = 'user_demo'

const TICKET_TTL_MS = 120_000

export interface SignInOptions {
  sql: SqlStorage
  users: ClerkUsers
  sessions: ClerkSessions
  now: () => number
  origin: string
}

interface SignIn {
  ticket: string
  instance: ClerkInstance
  session_id: string
  azp: string
  expires_at: number
  used: number
}

export class ClerkSignIn {
  readonly #options: SignInOptions

  constructor(options: SignInOptions) {
    this.#options = options
    options.sql.exec(`
      CREATE TABLE IF NOT EXISTS clerk_sign_ins (
        ticket TEXT PRIMARY KEY,
        instance TEXT NOT NULL,
        session_id TEXT NOT NULL UNIQUE,
        azp TEXT NOT NULL,
        expires_at INTEGER NOT NULL,
        used INTEGER NOT NULL DEFAULT 0
      ) STRICT
    `)
  }

  /** Where the page may lead back to: its own origin, or this machine. */
  readRedirect(text: string | null): URL {
    const url = text !== null && URL.canParse(text) ? new URL(text) : null
    const isOwn = url?.origin === this.#options.origin || url?.hostname === 'localhost'
    if (url !== null && isOwn && /^https?:$/.test(url.protocol)) return url
    const message = 'redirect_url must be an address of this origin or of localhost'
    throw new ClerkRefusal(422, { code: 'form_param_value_invalid', message, long: message, param: 'redirect_url' })
  }

  /** Finds or makes the user, opens a session for the page that is led back to, and answers that page with a ticket. */
  signIn(instance: ClerkInstance, email: string, back: URL): URL {
    const user = this.#userOf(instance, readEmail(email))
    if (user.banned)
      throw new ClerkRefusal(403, { code: 'user_banned', message: 'User banned', long: 'User is banned.' })
    const { sql, sessions, now } = this.#options
    const session = sessions.create(instance, user.id)
    const ticket = newId('ticket')
    sql.exec(
      'INSERT INTO clerk_sign_ins (ticket, instance, session_id, azp, expires_at) VALUES (?, ?, ?, ?, ?)',
      ticket,
      instance,
      session.id,
      back.origin,
      now() + TICKET_TTL_MS,
    )
    const url = new URL(back)
    url.searchParams.set('ticket', ticket)
    return url
  }

  #userOf(instance: ClerkInstance, email: string): ClerkUser {
    const { users } = this.#options
    const [known] = users.list(instance, new URLSearchParams({ email_address: email }))
    if (known) return known
    const id = email === DEMO_EMAIL ? DEMO_ID : newId('user')
    return users.add(instance, { id, emails: [email], form: {} })
  }

  async exchange(ticket: string): Promise<{ token: string; sessionId: string }> {
    const { sql, now } = this.#options
    const [found] = sql.exec('SELECT * FROM clerk_sign_ins WHERE ticket = ?', ticket).toArray() as unknown as SignIn[]
    if (!found) throw badTicket('invalid')
    if (found.used !== 0) throw badTicket('already_used')
    if (found.expires_at <= now()) throw badTicket('expired')
    sql.exec('UPDATE clerk_sign_ins SET used = 1 WHERE ticket = ?', ticket)
    return { token: await this.#mint(found), sessionId: found.session_id }
  }

  /** A fresh token, as long as the session lasts. */
  async refresh(sessionId: string): Promise<{ token: string }> {
    return { token: await this.#mint(this.#require(sessionId)) }
  }

  end(sessionId: string): ClerkSession {
    const { instance } = this.#require(sessionId)
    return this.#options.sessions.end(instance, sessionId)
  }

  #require(sessionId: string): SignIn {
    const rows = this.#options.sql.exec('SELECT * FROM clerk_sign_ins WHERE session_id = ? AND used = 1', sessionId)
    const [found] = rows.toArray() as unknown as SignIn[]
    if (!found) throw notFound('session', sessionId)
    return found
  }

  async #mint({ instance, session_id: sessionId, azp }: SignIn): Promise<string> {
    const { users, sessions, now } = this.#options
    const session = sessions.require(instance, sessionId)
    const user = users.find(instance, session.user_id)
    if (session.status !== 'active' || (session['expire_at'] as number) <= now() || user === null) throw signedOut()
    return mintToken({ instance, user, sessionId, azp, issuedAt: now(), expiresIn: tokenSeconds })
  }
}

const badTicket = (what: 'invalid' | 'already_used' | 'expired') => {
  const message = `The ticket is ${what.replace('_', ' ')}.`
  return new ClerkRefusal(400, { code: `ticket_${what}_code`, message, long: message, param: 'ticket' })
}

const signedOut = () =>
  new ClerkRefusal(401, { code: 'signed_out', message: 'Signed out', long: 'You are signed out.' })
