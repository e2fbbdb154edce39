/** Remembers the first answer to an idempotency key for a day, and refuses the key for anything else. */
import { StripeError } from './error.ts'
import type { Mode } from './types.ts'

const DAY = 24 * 60 * 60 * 1000

export interface Key {
  account: string
  mode: Mode
  key: string
}

export interface Remembered {
  status: number
  body: string
  requestId: string
}

export function createIdempotency(sql: SqlStorage) {
  sql.exec(`
    CREATE TABLE IF NOT EXISTS stripe_idempotency (
      account TEXT NOT NULL,
      mode TEXT NOT NULL,
      key TEXT NOT NULL,
      fingerprint TEXT NOT NULL,
      status INTEGER NOT NULL,
      body TEXT NOT NULL,
      request_id TEXT NOT NULL,
      at INTEGER NOT NULL,
      PRIMARY KEY (account, mode, key)
    ) STRICT`)
}

/** The first answer, if this key was used before; refuses a key that comes back with other parameters. */
export function recall(
  sql: SqlStorage,
  { account, mode, key }: Key,
  fingerprint: string,
  now: number,
): Remembered | null {
  sql.exec('DELETE FROM stripe_idempotency WHERE at < ?', now - DAY)
  const row = sql
    .exec<{ fingerprint: string; status: number; body: string; request_id: string }>(
      'SELECT fingerprint, status, body, request_id FROM stripe_idempotency WHERE account = ? AND mode = ? AND key = ?',
      account,
      mode,
      key,
    )
    .toArray()[0]
  if (row === undefined) return null
  if (row.fingerprint !== fingerprint) throw mismatch(key)
  return { status: row.status, body: row.body, requestId: row.request_id }
}

export function remember(
  sql: SqlStorage,
  { account, mode, key }: Key,
  fingerprint: string,
  answer: Remembered,
  now: number,
) {
  sql.exec(
    'INSERT OR REPLACE INTO stripe_idempotency VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
    account,
    mode,
    key,
    fingerprint,
    answer.status,
    answer.body,
    answer.requestId,
    now,
  )
}

export function checkKey(key: string) {
  if (key.length > 255) {
    throw new StripeError({ status: 400, message: 'Idempotency keys may be at most 255 characters long.' })
  }
}

function mismatch(key: string) {
  return new StripeError({
    status: 400,
    type: 'idempotency_error',
    message: `Keys for idempotent requests can only be used with the same parameters they were first used with. Try using a key other than '${key}' if you meant to execute a different request.`,
  })
}

export function inFlight(key: string) {
  return new StripeError({
    status: 409,
    type: 'idempotency_error',
    code: 'idempotency_key_in_use',
    message: `There is currently another in-progress request using this Idempotency Key (that probably means you submitted twice, and the other request is still going through): ${key}. Please try again later.`,
  })
}
