/** What is owed to the app's webhooks: one row an event, its attempts and its next moment. Sends nothing itself. */
import { PLATFORM } from './events.ts'
import { chaosOf, draw } from './chaos.ts'
import type { Mode } from './types.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const RETRY_AFTER = [5000, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR]
const RETRY_EVERY = 12 * HOUR
const GIVE_UP_AFTER = 72 * HOUR

export type Endpoint = 'connect' | 'platform'

export interface DeliveryRow {
  id: number
  event_id: string
  endpoint: Endpoint
  mode: Mode
  due: number
  started: number
  attempts: number
}

export function createDeliveries(sql: SqlStorage) {
  sql.exec(`
    CREATE TABLE IF NOT EXISTS stripe_deliveries (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      event_id TEXT NOT NULL,
      endpoint TEXT NOT NULL CHECK (endpoint IN ('connect', 'platform')),
      mode TEXT NOT NULL,
      started INTEGER NOT NULL,
      due INTEGER,
      attempts INTEGER NOT NULL DEFAULT 0,
      state TEXT NOT NULL CHECK (state IN ('pending', 'succeeded', 'failed', 'dropped')),
      last TEXT
    ) STRICT`)
  sql.exec('CREATE INDEX IF NOT EXISTS stripe_deliveries_due ON stripe_deliveries (due) WHERE due IS NOT NULL')
  sql.exec('CREATE INDEX IF NOT EXISTS stripe_deliveries_event ON stripe_deliveries (event_id)')
}

export interface Owed {
  eventId: string
  account: string
  mode: Mode
  nowMs: number
}

/** Owes the event to its endpoint: as often, as late or as never as the chaos settings say. */
export function enqueue(sql: SqlStorage, { eventId, account, mode, nowMs }: Owed) {
  const chaos = chaosOf(sql)
  const endpoint = account === PLATFORM ? 'platform' : 'connect'
  const dropped = chaos.drop > 0 && draw(sql) < chaos.drop
  const copies = !dropped && chaos.duplicate > 0 && draw(sql) < chaos.duplicate ? 2 : 1
  const due = nowMs + chaos.delayMs
  for (let copy = 0; copy < copies; copy++) {
    insert(sql, { eventId, endpoint, mode, nowMs, due: dropped ? null : due, state: dropped ? 'dropped' : 'pending' })
  }
}

export function redeliver(sql: SqlStorage, { eventId, account, mode, nowMs }: Owed) {
  const endpoint = account === PLATFORM ? 'platform' : 'connect'
  insert(sql, { eventId, endpoint, mode, nowMs, due: nowMs, state: 'pending' })
}

interface NewDelivery {
  eventId: string
  endpoint: Endpoint
  mode: Mode
  nowMs: number
  due: number | null
  state: 'pending' | 'dropped'
}

function insert(sql: SqlStorage, { eventId, endpoint, mode, nowMs, due, state }: NewDelivery) {
  sql.exec(
    'INSERT INTO stripe_deliveries (event_id, endpoint, mode, started, due, state) VALUES (?, ?, ?, ?, ?, ?)',
    eventId,
    endpoint,
    mode,
    nowMs,
    due,
    state,
  )
}

/** What may be sent at `nowMs`, oldest first. */
export function dueDeliveries(sql: SqlStorage, nowMs: number): DeliveryRow[] {
  return sql
    .exec(
      `SELECT id, event_id, endpoint, mode, due, started, attempts FROM stripe_deliveries
       WHERE due IS NOT NULL AND due <= ? ORDER BY due, id`,
      nowMs,
    )
    .toArray() as unknown as DeliveryRow[]
}

export function nextDelivery(sql: SqlStorage): number | null {
  return sql.exec<{ due: number | null }>('SELECT MIN(due) AS due FROM stripe_deliveries WHERE due IS NOT NULL').one()
    .due
}

/** Notes an attempt: done, owed again after Stripe's pause, or given up after three days. */
export function settleDelivery(sql: SqlStorage, row: DeliveryRow, failure: string | null, nowMs: number) {
  const next = nowMs + (RETRY_AFTER[row.attempts] ?? RETRY_EVERY)
  const over = next - row.started > GIVE_UP_AFTER
  const state = failure === null ? 'succeeded' : over ? 'failed' : 'pending'
  sql.exec(
    'UPDATE stripe_deliveries SET attempts = attempts + 1, state = ?, due = ?, last = ? WHERE id = ?',
    state,
    state === 'pending' ? next : null,
    failure ?? 'ok',
    row.id,
  )
}

export interface DeliveryState {
  state: string
  attempts: number
  due: number | null
  last: string | null
}

export function deliveriesOf(sql: SqlStorage, eventId: string): DeliveryState[] {
  return sql
    .exec('SELECT state, attempts, due, last FROM stripe_deliveries WHERE event_id = ? ORDER BY id', eventId)
    .toArray() as unknown as DeliveryState[]
}
