/** The users of every instance: stores them and keeps their e-mail addresses and external ids unique. Owns `clerk_users`, `clerk_emails`. */
import type { ClerkInstance } from '../keys.ts'
import type { Form } from './form.ts'
import { checkForm, checkQuery, integerIn } from './form.ts'
import type { MetadataKind } from './metadata.ts'
import { checkSize, mergeMetadata, metadataKinds } from './metadata.ts'
import { ClerkRefusal, notFound, taken, wrongValue } from './refusal.ts'
import type { ClerkUser } from './user.ts'
import { checkPassword, createFields, newId, newUser, primaryEmail, readEmail, updateFields } from './user.ts'

const orderColumns = ['created_at', 'updated_at', 'email_address', 'first_name', 'last_name']
const filterNames = ['email_address', 'user_id', 'external_id', 'query']
const metadataFields = { public_metadata: 'object', private_metadata: 'object', unsafe_metadata: 'object' } as const

export class ClerkUsers {
  readonly #sql: SqlStorage
  readonly #now: () => number

  constructor(sql: SqlStorage, now: () => number) {
    this.#sql = sql
    this.#now = now
    sql.exec(`
      CREATE TABLE IF NOT EXISTS clerk_users (
        instance TEXT NOT NULL,
        id TEXT NOT NULL,
        external_id TEXT,
        email_address TEXT,
        first_name TEXT,
        last_name TEXT,
        created_at INTEGER NOT NULL,
        updated_at INTEGER NOT NULL,
        user TEXT NOT NULL,
        PRIMARY KEY (instance, id)
      ) STRICT;
      CREATE UNIQUE INDEX IF NOT EXISTS clerk_users_by_external_id ON clerk_users (instance, external_id);
      CREATE TABLE IF NOT EXISTS clerk_emails (
        instance TEXT NOT NULL,
        email_address TEXT NOT NULL,
        user_id TEXT NOT NULL,
        PRIMARY KEY (instance, email_address)
      ) STRICT;
    `)
  }

  create(instance: ClerkInstance, form: Form): ClerkUser {
    checkForm(form, createFields)
    const emails = ((form['email_address'] ?? []) as string[]).map(readEmail)
    checkRequirements(emails, form)
    checkPassword(form)
    return this.add(instance, { id: newId('user'), emails, form })
  }

  /** Stores a user without asking for what an instance demands of a sign-up. */
  add(instance: ClerkInstance, { id, emails, form }: { id: string; emails: string[]; form: Form }): ClerkUser {
    if (this.find(instance, id)) throw taken('user id', 'id')
    if (emails.some((email) => this.#ownerOf(instance, email))) throw taken('email address', 'email_address')
    const user = newUser({ id, emails, form, now: this.#now() })
    for (const kind of metadataKinds) checkSize(kind, user[kind])
    this.#claimExternalId(instance, user)
    const stored = this.#store(instance, user)
    for (const email of emails) {
      this.#sql.exec(
        'INSERT INTO clerk_emails (instance, email_address, user_id) VALUES (?, ?, ?)',
        instance,
        email,
        user.id,
      )
    }
    return stored
  }

  /** Gives a user another primary address, verified, in place of those they had. */
  readdress(instance: ClerkInstance, id: string, email: string): ClerkUser {
    const user = this.require(instance, id)
    if (this.#ownerOf(instance, email)) throw taken('email address', 'email_address')
    const { email_addresses, primary_email_address_id } = newUser({ id, emails: [email], form: {}, now: this.#now() })
    this.#sql.exec('DELETE FROM clerk_emails WHERE instance = ? AND user_id = ?', instance, id)
    this.#sql.exec('INSERT INTO clerk_emails (instance, email_address, user_id) VALUES (?, ?, ?)', instance, email, id)
    return this.#store(instance, { ...user, email_addresses, primary_email_address_id })
  }

  find(instance: ClerkInstance, id: string): ClerkUser | null {
    const [row] = this.#sql
      .exec<{ user: string }>('SELECT user FROM clerk_users WHERE instance = ? AND id = ?', instance, id)
      .toArray()
    return row ? (JSON.parse(row.user) as ClerkUser) : null
  }

  require(instance: ClerkInstance, id: string): ClerkUser {
    const user = this.find(instance, id)
    if (!user) throw notFound('user', id)
    return user
  }

  list(instance: ClerkInstance, query: URLSearchParams): ClerkUser[] {
    checkQuery(query, [...filterNames, 'limit', 'offset', 'order_by'])
    const limit = integerIn(query, 'limit', { from: 1, to: 500, unset: 10 })
    const offset = integerIn(query, 'offset', { from: 0, to: Number.MAX_SAFE_INTEGER, unset: 0 })
    const { where, values } = filter(instance, query)
    return this.#sql
      .exec<{ user: string }>(
        `SELECT user FROM clerk_users WHERE ${where} ORDER BY ${orderBy(query)}, rowid DESC LIMIT ? OFFSET ?`,
        ...values,
        limit,
        offset,
      )
      .toArray()
      .map(({ user }) => JSON.parse(user) as ClerkUser)
  }

  count(instance: ClerkInstance, query: URLSearchParams): number {
    checkQuery(query, filterNames)
    const { where, values } = filter(instance, query)
    return this.#sql.exec<{ n: number }>(`SELECT count(*) AS n FROM clerk_users WHERE ${where}`, ...values).one().n
  }

  update(instance: ClerkInstance, id: string, form: Form): ClerkUser {
    const user = this.require(instance, id)
    const deprecated = metadataKinds.find((kind) => kind in form)
    if (deprecated) throw deprecatedParam(deprecated)
    checkForm(form, updateFields)
    checkPassword(form)
    const primary = form['primary_email_address_id']
    if (primary !== undefined && !user.email_addresses.some((address) => address.id === primary)) {
      throw wrongValue('primary_email_address_id')
    }
    const kept = Object.keys(form).filter((name) => name in user && name !== 'created_at')
    Object.assign(user, Object.fromEntries(kept.map((name) => [name, form[name]])))
    if (typeof form['password'] === 'string') {
      Object.assign(user, { password_enabled: true, password_last_updated_at: this.#now() })
    }
    this.#claimExternalId(instance, user)
    return this.#store(instance, user)
  }

  mergeMetadata(instance: ClerkInstance, id: string, form: Form): ClerkUser {
    return this.#writeMetadata(instance, id, form, (stored, given) => mergeMetadata(stored, (given ?? {}) as Form))
  }

  replaceMetadata(instance: ClerkInstance, id: string, form: Form): ClerkUser {
    return this.#writeMetadata(instance, id, form, (_, given) => given as Form)
  }

  setBanned(instance: ClerkInstance, id: string, banned: boolean): ClerkUser {
    return this.#store(instance, { ...this.require(instance, id), banned })
  }

  delete(instance: ClerkInstance, id: string): object {
    this.require(instance, id)
    this.#sql.exec('DELETE FROM clerk_users WHERE instance = ? AND id = ?', instance, id)
    this.#sql.exec('DELETE FROM clerk_emails WHERE instance = ? AND user_id = ?', instance, id)
    return { id, object: 'user', deleted: true }
  }

  #writeMetadata(instance: ClerkInstance, id: string, form: Form, write: (stored: Form, given: unknown) => Form) {
    const user = this.require(instance, id)
    checkForm(form, metadataFields)
    for (const kind of Object.keys(form) as MetadataKind[]) {
      user[kind] = write(user[kind], form[kind])
      checkSize(kind, user[kind])
    }
    return this.#store(instance, user)
  }

  #claimExternalId(instance: ClerkInstance, { id, external_id }: ClerkUser): void {
    if (external_id === null) return
    const rows = this.#sql
      .exec<{ id: string }>('SELECT id FROM clerk_users WHERE instance = ? AND external_id = ?', instance, external_id)
      .toArray()
    if (rows.some((row) => row.id !== id)) throw taken('external id', 'external_id')
  }

  #ownerOf(instance: ClerkInstance, email: string): string | null {
    const [row] = this.#sql
      .exec<{ user_id: string }>(
        'SELECT user_id FROM clerk_emails WHERE instance = ? AND email_address = ?',
        instance,
        email,
      )
      .toArray()
    return row?.user_id ?? null
  }

  #store(instance: ClerkInstance, given: ClerkUser): ClerkUser {
    const user = { ...given, updated_at: this.#now() }
    this.#sql.exec(
      `INSERT INTO clerk_users
         (instance, id, external_id, email_address, first_name, last_name, created_at, updated_at, user)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (instance, id) DO UPDATE SET
         external_id = excluded.external_id,
         email_address = excluded.email_address,
         first_name = excluded.first_name,
         last_name = excluded.last_name,
         updated_at = excluded.updated_at,
         user = excluded.user`,
      instance,
      user.id,
      user.external_id,
      primaryEmail(user),
      user.first_name,
      user.last_name,
      user.created_at,
      user.updated_at,
      JSON.stringify(user),
    )
    return user
  }
}

/** What our instances demand of a new user: an e-mail address, and a password unless the request says that none is needed. */
function checkRequirements(emails: string[], form: Form): void {
  const hasPassword = typeof form['password'] === 'string' || typeof form['password_digest'] === 'string'
  const missing: string[] = []
  if (emails.length === 0) missing.push('email_address')
  if (!hasPassword && form['skip_password_requirement'] !== true) missing.push('password')
  if (missing.length === 0) return
  throw new ClerkRefusal(422, {
    code: 'form_data_missing',
    message: 'missing data',
    long: `${JSON.stringify(missing)} data doesn't match user requirements set for this instance`,
    param: missing.join(','),
  })
}

function filter(instance: ClerkInstance, query: URLSearchParams): { where: string; values: string[] } {
  const clauses = ['instance = ?']
  const values: string[] = [instance]
  const emails = query.getAll('email_address').map((email) => email.toLowerCase())
  const ids = query.getAll('user_id')
  const externalIds = query.getAll('external_id')
  const text = query.get('query')
  const add = (clause: string, value: string): void => {
    clauses.push(clause)
    values.push(value)
  }
  if (emails.length > 0)
    add(
      'id IN (SELECT user_id FROM clerk_emails WHERE instance = ?1 AND email_address IN (SELECT value FROM json_each(?)))',
      JSON.stringify(emails),
    )
  if (ids.length > 0) add('id IN (SELECT value FROM json_each(?))', JSON.stringify(ids))
  if (externalIds.length > 0) add('external_id IN (SELECT value FROM json_each(?))', JSON.stringify(externalIds))
  if (text) {
    add(`instr(lower(concat_ws(' ', id, email_address, first_name, last_name)), lower(?)) > 0`, text)
  }
  return { where: clauses.join(' AND '), values }
}

/** `-created_at` unless the request says otherwise; a plus sign in a query may arrive as a space. */
function orderBy(query: URLSearchParams): string {
  const text = query.get('order_by') ?? '-created_at'
  const column = text.replace(/^[-+ ]/, '')
  if (!orderColumns.includes(column)) throw wrongValue('order_by')
  return `${column} ${text.startsWith('-') ? 'DESC' : 'ASC'}`
}

function deprecatedParam(param: string): ClerkRefusal {
  const long = `${param} is deprecated. Use the metadata endpoints instead.`
  return new ClerkRefusal(422, { code: 'form_param_deprecated', message: 'is deprecated', long, param })
}
