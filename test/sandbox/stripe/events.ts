/** What happened: every event with its full envelope, kept as the exact bytes that are delivered. */
import { makeId } from './id.ts'
import type { Json, Mode } from './types.ts'

export const API_VERSION = '2026-10-28.endive'
export const PLATFORM = 'acct_sandboxPlatform'

export interface Cause {
  id: string | null
  idempotencyKey: string | null
}

export interface EventRow {
  id: string
  account: string
  mode: Mode
  type: string
  created: number
  body: string
}

export function createEvents(sql: SqlStorage) {
  sql.exec(`
    CREATE TABLE IF NOT EXISTS stripe_events (
      seq INTEGER PRIMARY KEY AUTOINCREMENT,
      id TEXT NOT NULL UNIQUE,
      account TEXT NOT NULL,
      mode TEXT NOT NULL,
      type TEXT NOT NULL,
      created INTEGER NOT NULL,
      body TEXT NOT NULL
    ) STRICT`)
  sql.exec('CREATE INDEX IF NOT EXISTS stripe_events_account ON stripe_events (account, mode, seq)')
}

export interface NewEvent {
  account: string
  mode: Mode
  type: string
  object: unknown
  previous: Json | null
  now: number
  cause: Cause
}

export function recordEvent(sql: SqlStorage, { account, mode, type, object, previous, now, cause }: NewEvent): string {
  const id = makeId('evt')
  const envelope = {
    id,
    object: 'event',
    ...(account !== PLATFORM && { account }),
    api_version: API_VERSION,
    created: now,
    data: { object, ...(previous && { previous_attributes: previous }) },
    livemode: mode === 'live',
    pending_webhooks: 1,
    request: { id: cause.id, idempotency_key: cause.idempotencyKey },
    type,
  }
  sql.exec(
    'INSERT INTO stripe_events (id, account, mode, type, created, body) VALUES (?, ?, ?, ?, ?, ?)',
    id,
    account,
    mode,
    type,
    now,
    JSON.stringify(envelope),
  )
  return id
}

/** An account's events, newest first; or, without an account, everybody's. */
export function listEvents(sql: SqlStorage, filter: { account?: string; mode?: Mode }): EventRow[] {
  return sql
    .exec(
      `SELECT id, account, mode, type, created, body FROM stripe_events
       WHERE (?1 IS NULL OR account = ?1) AND (?2 IS NULL OR mode = ?2) ORDER BY seq DESC`,
      filter.account ?? null,
      filter.mode ?? null,
    )
    .toArray() as unknown as EventRow[]
}

export function findEvent(sql: SqlStorage, id: string): EventRow | null {
  const rows = sql.exec('SELECT id, account, mode, type, created, body FROM stripe_events WHERE id = ?', id).toArray()
  return (rows[0] as unknown as EventRow | undefined) ?? null
}

/** The old values of what changed: hashes by key, lists and values whole. */
export function previousAttributes(before: Json, after: Json): Json | null {
  const previous: Json = {}
  for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
    if (JSON.stringify(before[key]) === JSON.stringify(after[key])) continue
    const nested = isHash(before[key]) && isHash(after[key]) && previousAttributes(before[key], after[key])
    previous[key] = nested || (before[key] ?? null)
  }
  return Object.keys(previous).length === 0 ? null : previous
}

function isHash(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !('data' in value)
}
