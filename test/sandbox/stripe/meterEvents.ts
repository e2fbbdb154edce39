/** Meter events: usage as it is reported, and what a meter makes of it. Nothing is ever changed or taken back. */
import { requireCustomer } from './customers.ts'
import { DAY } from './due.ts'
import { invalid, missingParam } from './error.ts'
import type { Route } from './call.ts'
import type { Params } from './params.ts'
import type { Meter, MeterEvent } from './types.ts'
import type { World } from './world.ts'

const OLDEST = 35 * DAY
const NEWEST = 5 * 60

export function createMeterEvents(sql: SqlStorage) {
  sql.exec(`
    CREATE TABLE IF NOT EXISTS stripe_meter_events (
      seq INTEGER PRIMARY KEY AUTOINCREMENT,
      account TEXT NOT NULL,
      mode TEXT NOT NULL,
      identifier TEXT NOT NULL,
      event_name TEXT NOT NULL,
      customer TEXT NOT NULL,
      value INTEGER NOT NULL,
      timestamp INTEGER NOT NULL,
      created INTEGER NOT NULL
    ) STRICT`)
  sql.exec(`CREATE INDEX IF NOT EXISTS stripe_meter_events_usage
    ON stripe_meter_events (account, mode, event_name, customer, timestamp)`)
  sql.exec('CREATE INDEX IF NOT EXISTS stripe_meter_events_identifier ON stripe_meter_events (identifier)')
}

/**
 * Takes one report. Stripe finds an unknown customer or a wrong value only later and tells by a thin event; here they
 * are refused at once, since nobody would hear of them.
 */
export const createMeterEvent: Route = ({ world, params }) => {
  const event_name = params.required('event_name')
  const [meter] = world.store.find('meter', { event_name, status: 'active' })
  if (meter === undefined) throw invalid(`No active meter found for event name "${event_name}".`)
  const payload = params.object('payload')
  if (payload === undefined) throw missingParam('payload')
  payload.accept(...Object.keys(payload.raw))
  const customer = requireCustomer(world, payload.required(meter.customer_mapping.event_payload_key), 'payload').id
  const value = readValue(payload, meter)
  const identifier = params.string('identifier') ?? crypto.randomUUID()
  if (identifier.length > 100) throw invalid('The identifier can have up to 100 characters.', 'identifier')
  const timestamp = readTimestamp(world, params)
  params.done()
  refuseSeen(world, identifier)
  world.sql.exec(
    `INSERT INTO stripe_meter_events (account, mode, identifier, event_name, customer, value, timestamp, created)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    world.account,
    world.mode,
    identifier,
    event_name,
    customer,
    value,
    timestamp,
    world.now,
  )
  const event: MeterEvent = {
    object: 'billing.meter_event',
    created: world.now,
    event_name,
    identifier,
    livemode: world.livemode,
    payload: payload.raw as Record<string, string>,
    timestamp,
  }
  return event
}

/** A meter that counts needs no value. */
function readValue(payload: Params, meter: Meter): number {
  const key = meter.value_settings.event_payload_key
  if (meter.default_aggregation.formula === 'count' && !payload.has(key)) return 1
  const text = payload.required(key)
  if (!/^-?\d+$/.test(text)) {
    throw invalid('The payload value must be a whole number.', payload.name(key), 'meter_event_invalid_value')
  }
  if (text.length > 15) {
    throw invalid('The payload value has too many digits.', payload.name(key), 'meter_event_value_too_many_digits')
  }
  return Number(text)
}

function readTimestamp(world: World, params: Params): number {
  const at = params.int('timestamp', { min: 0 }) ?? world.now
  if (at < world.now - OLDEST) {
    throw invalid('The timestamp must be within the past 35 calendar days.', 'timestamp', 'timestamp_too_far_in_past')
  }
  if (at > world.now + NEWEST) {
    throw invalid('The timestamp must be at most 5 minutes in the future.', 'timestamp', 'timestamp_in_future')
  }
  return at
}

/** Stripe refuses an identifier for a day and then forgets it: the same report counts twice if it is sent again later. */
function refuseSeen(world: World, identifier: string) {
  const seen = world.sql
    .exec(
      'SELECT 1 FROM stripe_meter_events WHERE account = ? AND mode = ? AND identifier = ? AND created > ? LIMIT 1',
      world.account,
      world.mode,
      identifier,
      world.now - DAY,
    )
    .toArray()
  if (seen.length > 0) throw invalid(`An event already exists with identifier ${identifier}.`)
}

export interface Span {
  customer: string
  start: number
  end: number
}

/** What the meter makes of a customer's reports from `start` until before `end`; null when there was none. */
export function aggregate(world: World, meter: Meter, { customer, start, end }: Span): number | null {
  const formula = meter.default_aggregation.formula
  const what = formula === 'sum' ? 'SUM(value)' : formula === 'count' ? 'NULLIF(COUNT(*), 0)' : 'value'
  const last = formula === 'last' ? 'ORDER BY timestamp DESC, seq DESC LIMIT 1' : ''
  const rows = world.sql
    .exec<{ total: number | null }>(
      `SELECT ${what} AS total FROM stripe_meter_events
       WHERE account = ? AND mode = ? AND event_name = ? AND customer = ? AND timestamp >= ? AND timestamp < ? ${last}`,
      world.account,
      world.mode,
      meter.event_name,
      customer,
      start,
      end,
    )
    .toArray()
  return rows[0]?.total ?? null
}
