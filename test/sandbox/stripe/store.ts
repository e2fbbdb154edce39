/** The shelves of one Stripe account in one mode: objects by kind and id, with what Stripe keeps to itself. SQL only. */
import { dueOf } from './due.ts'
import { noSuch } from './error.ts'
import type { Hidden, Json, Kind, Kinds, Mode } from './types.ts'

export interface DueRow {
  account: string
  mode: Mode
  kind: Kind
  id: string
  due: number
}

export interface Page {
  limit: number
  startingAfter?: string
  endingBefore?: string
}

const NOUNS: Partial<Record<Kind, string>> = {
  checkout_session: 'checkout.session',
  portal_configuration: 'configuration',
  portal_session: 'session',
  payment_method: 'PaymentMethod',
  subscription_schedule: 'subscription schedule',
  promotion_code: 'promotion code',
}

export function createObjects(sql: SqlStorage) {
  sql.exec(`
    CREATE TABLE IF NOT EXISTS stripe_objects (
      seq INTEGER PRIMARY KEY AUTOINCREMENT,
      account TEXT NOT NULL,
      mode TEXT NOT NULL CHECK (mode IN ('test', 'live')),
      kind TEXT NOT NULL,
      id TEXT NOT NULL,
      body TEXT NOT NULL,
      hidden TEXT NOT NULL,
      due INTEGER,
      UNIQUE (account, mode, kind, id)
    ) STRICT`)
  sql.exec('CREATE INDEX IF NOT EXISTS stripe_objects_due ON stripe_objects (due) WHERE due IS NOT NULL')
  sql.exec('CREATE INDEX IF NOT EXISTS stripe_objects_id ON stripe_objects (id)')
}

export class Store {
  readonly #sql: SqlStorage
  readonly account: string
  readonly mode: Mode

  constructor(sql: SqlStorage, account: string, mode: Mode) {
    this.#sql = sql
    this.account = account
    this.mode = mode
  }

  get<K extends Kind>(kind: K, id: string): Kinds[K] | null {
    const row = this.#row(kind, id)
    return row && (JSON.parse(row.body) as Kinds[K])
  }

  /** The object, or Stripe's "No such …": 404 for the object asked for, 400 for one named by a parameter. */
  require<K extends Kind>(kind: K, id: string, param = 'id'): Kinds[K] {
    const object = this.get(kind, id)
    if (object === null) throw noSuch(NOUNS[kind] ?? kind, id, param)
    return object
  }

  hidden(kind: Kind, id: string): Hidden {
    const row = this.#row(kind, id)
    return row ? (JSON.parse(row.hidden) as Hidden) : {}
  }

  put<K extends Kind>(kind: K, object: Kinds[K], hidden?: Hidden) {
    const { id } = object
    const kept = { ...this.hidden(kind, id), ...hidden }
    this.#sql.exec(
      `INSERT INTO stripe_objects (account, mode, kind, id, body, hidden, due) VALUES (?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (account, mode, kind, id) DO UPDATE SET body = excluded.body, hidden = excluded.hidden, due = excluded.due`,
      this.account,
      this.mode,
      kind,
      id,
      JSON.stringify(object),
      JSON.stringify(kept),
      dueOf(kind, object, kept),
    )
  }

  hide(kind: Kind, id: string, hidden: Hidden) {
    this.put(kind, this.require(kind, id), hidden)
  }

  remove(kind: Kind, id: string) {
    this.#sql.exec(
      'DELETE FROM stripe_objects WHERE account = ? AND mode = ? AND kind = ? AND id = ?',
      this.account,
      this.mode,
      kind,
      id,
    )
  }

  clear() {
    for (const table of ['stripe_objects', 'stripe_idempotency'])
      this.#sql.exec(`DELETE FROM ${table} WHERE account = ? AND mode = ?`, this.account, this.mode)
  }

  /** All objects of a kind whose fields have these values, oldest first. */
  find<K extends Kind>(kind: K, fields: Json = {}): Kinds[K][] {
    const { clause, values } = where(fields)
    return this.#sql
      .exec<{ body: string }>(
        `SELECT body FROM stripe_objects WHERE account = ? AND mode = ? AND kind = ?${clause} ORDER BY seq`,
        this.account,
        this.mode,
        kind,
        ...values,
      )
      .toArray()
      .map(({ body }) => JSON.parse(body) as Kinds[K])
  }

  /** One page, newest first, as Stripe lists them. `keep` filters what SQL cannot. */
  page<K extends Kind>(kind: K, page: Page, fields: Json = {}, keep: (object: Kinds[K]) => boolean = () => true) {
    const all = this.find(kind, fields).filter(keep).toReversed()
    return cut(all, page, (object) => object.id)
  }

  #row(kind: Kind, id: string) {
    return (
      this.#sql
        .exec<{ body: string; hidden: string }>(
          'SELECT body, hidden FROM stripe_objects WHERE account = ? AND mode = ? AND kind = ? AND id = ?',
          this.account,
          this.mode,
          kind,
          id,
        )
        .toArray()[0] ?? null
    )
  }
}

/** Cuts a newest-first list at Stripe's cursors. */
export function cut<T>(all: T[], { limit, startingAfter, endingBefore }: Page, id: (item: T) => string) {
  const at = (cursor: string, param: string) => {
    const index = all.findIndex((item) => id(item) === cursor)
    if (index === -1) throw noSuch('object', cursor, param)
    return index
  }
  if (endingBefore !== undefined) {
    const before = all.slice(0, at(endingBefore, 'ending_before'))
    return { data: before.slice(-limit), hasMore: before.length > limit }
  }
  const rest = startingAfter === undefined ? all : all.slice(at(startingAfter, 'starting_after') + 1)
  return { data: rest.slice(0, limit), hasMore: rest.length > limit }
}

function where(fields: Json) {
  const given = Object.entries(fields).filter(([, value]) => value !== undefined)
  return {
    clause: given.map(([field]) => ` AND json_extract(body, '$.${field}') IS ?`).join(''),
    values: given.map(([, value]) => (typeof value === 'boolean' ? Number(value) : (value as string | number | null))),
  }
}

/** The earliest thing due in any account and mode; ties: schedules, then subscriptions, then the rest. */
export function firstDue(sql: SqlStorage): DueRow | null {
  const row = sql
    .exec<{ account: string; mode: string; kind: string; id: string; due: number }>(
      `SELECT account, mode, kind, id, due FROM stripe_objects WHERE due IS NOT NULL
       ORDER BY due, CASE kind WHEN 'subscription_schedule' THEN 0 WHEN 'subscription' THEN 1 ELSE 2 END, seq LIMIT 1`,
    )
    .toArray()[0]
  return (row as DueRow | undefined) ?? null
}

/** Forgets that something is due: its turn failed, and would fail again. */
export function putAside(sql: SqlStorage, { account, mode, kind, id }: DueRow) {
  sql.exec(
    'UPDATE stripe_objects SET due = NULL WHERE account = ? AND mode = ? AND kind = ? AND id = ?',
    account,
    mode,
    kind,
    id,
  )
}

/** Where an id lives, for pages and control calls that name an object without naming its account. */
export function locate(sql: SqlStorage, kind: Kind, id: string): { account: string; mode: Mode } | null {
  const row = sql
    .exec<{ account: string; mode: string }>(
      'SELECT account, mode FROM stripe_objects WHERE id = ? AND kind = ? LIMIT 1',
      id,
      kind,
    )
    .toArray()[0]
  return (row as { account: string; mode: Mode } | undefined) ?? null
}
