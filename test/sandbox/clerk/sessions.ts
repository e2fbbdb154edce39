/** The sessions and sign-in tokens of every instance. Owns `clerk_sessions`, `clerk_sign_in_tokens`. It signs no token. */
import type { ClerkInstance } from '../keys.ts'
import type { Form } from './form.ts'
import { checkForm, checkQuery, integerIn } from './form.ts'
import { ClerkRefusal, missingParam, notFound, wrongValue } from './refusal.ts'
import { newId } from './user.ts'

export type ClerkSession = { id: string; object: 'session'; user_id: string; status: string; [field: string]: unknown }
type SignInToken = { id: string; object: 'sign_in_token'; user_id: string; status: string; [field: string]: unknown }

const dayMs = 24 * 60 * 60 * 1000
/** An instance may say so, and who moves the clock by months to see renewals must not be signed out by it. */
const lifetimeMs = 366 * dayMs
const statuses = ['abandoned', 'active', 'ended', 'expired', 'pending', 'removed', 'replaced', 'revoked']
const signInTokenSeconds = 2_592_000

export class ClerkSessions {
  readonly #sql: SqlStorage
  readonly #now: () => number

  constructor(sql: SqlStorage, now: () => number) {
    this.#sql = sql
    this.#now = now
    sql.exec(`
      CREATE TABLE IF NOT EXISTS clerk_sessions (
        instance TEXT NOT NULL,
        id TEXT NOT NULL,
        user_id TEXT NOT NULL,
        client_id TEXT NOT NULL,
        status TEXT NOT NULL,
        created_at INTEGER NOT NULL,
        updated_at INTEGER NOT NULL,
        PRIMARY KEY (instance, id)
      ) STRICT;
      CREATE INDEX IF NOT EXISTS clerk_sessions_by_user ON clerk_sessions (instance, user_id);
      CREATE TABLE IF NOT EXISTS clerk_sign_in_tokens (
        instance TEXT NOT NULL,
        id TEXT NOT NULL,
        user_id TEXT NOT NULL,
        token TEXT NOT NULL,
        status TEXT NOT NULL,
        expires_at INTEGER NOT NULL,
        created_at INTEGER NOT NULL,
        updated_at INTEGER NOT NULL,
        PRIMARY KEY (instance, id)
      ) STRICT;
    `)
  }

  create(instance: ClerkInstance, userId: string): ClerkSession {
    const now = this.#now()
    const id = newId('sess')
    this.#sql.exec(
      `INSERT INTO clerk_sessions (instance, id, user_id, client_id, status, created_at, updated_at)
       VALUES (?, ?, ?, ?, 'active', ?, ?)`,
      instance,
      id,
      userId,
      newId('client'),
      now,
      now,
    )
    return this.require(instance, id)
  }

  /** The user's newest active session, or a new one. */
  ensure(instance: ClerkInstance, userId: string): ClerkSession {
    const [row] = this.#sql
      .exec<Row>(
        `SELECT * FROM clerk_sessions WHERE instance = ? AND user_id = ? AND status = 'active'
         ORDER BY created_at DESC, rowid DESC LIMIT 1`,
        instance,
        userId,
      )
      .toArray()
    return row ? toSession(row) : this.create(instance, userId)
  }

  require(instance: ClerkInstance, id: string): ClerkSession {
    const [row] = this.#sql
      .exec<Row>('SELECT * FROM clerk_sessions WHERE instance = ? AND id = ?', instance, id)
      .toArray()
    if (!row) throw notFound('session', id)
    return toSession(row)
  }

  /** Only an active session yields tokens. */
  requireActive(instance: ClerkInstance, id: string): ClerkSession {
    const session = this.require(instance, id)
    if (session.status !== 'active') throw notFound('session', id)
    return session
  }

  list(
    instance: ClerkInstance,
    query: URLSearchParams,
  ): ClerkSession[] | { data: ClerkSession[]; total_count: number } {
    checkQuery(query, ['client_id', 'user_id', 'status', 'limit', 'offset', 'paginated'])
    if (!query.has('user_id') && !query.has('client_id')) throw missingParam('user_id')
    const status = query.get('status')
    if (status !== null && !statuses.includes(status)) throw wrongValue('status')
    const all = this.#sql
      .exec<Row>('SELECT * FROM clerk_sessions WHERE instance = ? ORDER BY created_at DESC, rowid DESC', instance)
      .toArray()
      .filter((row) => ['client_id', 'user_id', 'status'].every((name) => (query.get(name) ?? row[name]) === row[name]))
    const limit = integerIn(query, 'limit', { from: 1, to: 500, unset: 10 })
    const offset = integerIn(query, 'offset', { from: 0, to: Number.MAX_SAFE_INTEGER, unset: 0 })
    const data = all.slice(offset, offset + limit).map(toSession)
    return query.get('paginated') === 'true' ? { data, total_count: all.length } : data
  }

  revoke(instance: ClerkInstance, id: string): ClerkSession {
    return this.#close(instance, id, 'revoked')
  }

  /** The user signs out. What is over stays as it ended. */
  end(instance: ClerkInstance, id: string): ClerkSession {
    const session = this.require(instance, id)
    return session.status === 'active' ? this.#close(instance, id, 'ended') : session
  }

  #close(instance: ClerkInstance, id: string, status: 'ended' | 'revoked'): ClerkSession {
    this.require(instance, id)
    this.#sql.exec(
      'UPDATE clerk_sessions SET status = ?, updated_at = ? WHERE instance = ? AND id = ?',
      status,
      this.#now(),
      instance,
      id,
    )
    return this.require(instance, id)
  }

  revokeAllOf(instance: ClerkInstance, userId: string): void {
    this.#sql.exec(
      `UPDATE clerk_sessions SET status = 'revoked', updated_at = ?
       WHERE instance = ? AND user_id = ? AND status = 'active'`,
      this.#now(),
      instance,
      userId,
    )
  }

  deleteAllOf(instance: ClerkInstance, userId: string): void {
    this.#sql.exec('DELETE FROM clerk_sessions WHERE instance = ? AND user_id = ?', instance, userId)
    this.#sql.exec('DELETE FROM clerk_sign_in_tokens WHERE instance = ? AND user_id = ?', instance, userId)
  }

  createSignInToken(instance: ClerkInstance, form: Form): SignInToken {
    checkForm(form, { user_id: 'string', expires_in_seconds: 'integer' }, ['user_id'])
    const now = this.#now()
    const id = newId('sit')
    const seconds = (form['expires_in_seconds'] as number | null | undefined) ?? signInTokenSeconds
    if (seconds < 1) throw wrongValue('expires_in_seconds')
    this.#sql.exec(
      `INSERT INTO clerk_sign_in_tokens (instance, id, user_id, token, status, expires_at, created_at, updated_at)
       VALUES (?, ?, ?, ?, 'pending', ?, ?, ?)`,
      instance,
      id,
      form['user_id'] as string,
      crypto.randomUUID(),
      now + seconds * 1000,
      now,
      now,
    )
    return this.#signInToken(instance, id)
  }

  revokeSignInToken(instance: ClerkInstance, id: string): SignInToken {
    const token = this.#signInToken(instance, id)
    if (token.status !== 'pending') throw cannotRevoke(token.status)
    this.#sql.exec(
      `UPDATE clerk_sign_in_tokens SET status = 'revoked', updated_at = ? WHERE instance = ? AND id = ?`,
      this.#now(),
      instance,
      id,
    )
    return this.#signInToken(instance, id)
  }

  #signInToken(instance: ClerkInstance, id: string): SignInToken {
    const [row] = this.#sql
      .exec<TokenRow>('SELECT * FROM clerk_sign_in_tokens WHERE instance = ? AND id = ?', instance, id)
      .toArray()
    if (!row) throw notFound('sign in token', id)
    const { instance: _, expires_at, ...token } = row
    const url = `https://accounts.sandbox.localhost/sign-in?__clerk_ticket=${row.token}`
    const status = row.status === 'pending' && expires_at <= this.#now() ? 'expired' : row.status
    return { object: 'sign_in_token', ...token, status, url }
  }
}

type Row = {
  id: string
  user_id: string
  client_id: string
  status: string
  created_at: number
  updated_at: number
  [column: string]: string | number
}
type TokenRow = Row & { token: string; expires_at: number }

const toSession = (row: Row): ClerkSession => ({
  id: row.id,
  object: 'session',
  client_id: row.client_id,
  user_id: row.user_id,
  status: row.status,
  last_active_organization_id: null,
  actor: null,
  last_active_at: row.updated_at,
  expire_at: row.created_at + lifetimeMs,
  abandon_at: row.created_at + 30 * dayMs,
  created_at: row.created_at,
  updated_at: row.updated_at,
})

const cannotRevoke = (status: string): ClerkRefusal =>
  new ClerkRefusal(400, {
    code: 'sign_in_token_cannot_be_revoked_code',
    message: 'cannot revoke',
    long: `Sign in token cannot be revoked because its status is ${status}. Only pending tokens can be revoked.`,
  })
