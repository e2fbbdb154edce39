/** What Stripe told this project, by event id: admitted once, kept 30 days, with what came of it. */

import type { Change } from '../sdk/schema/feed.ts'
import type { EventOutcome } from '../sdk/schema/event.ts'
import type { Step } from './migrations.ts'
import type { Store } from './store.ts'

export const INBOX_SCHEMA: Step = [
  `CREATE TABLE events (
    id TEXT PRIMARY KEY,
    type TEXT NOT NULL,
    object_id TEXT,
    created_at INTEGER NOT NULL,
    received_at INTEGER NOT NULL,
    deliveries INTEGER NOT NULL,
    outcome TEXT NOT NULL CHECK (outcome IN ('pending', 'applied', 'unchanged', 'ignored', 'failed')),
    reason TEXT,
    subject TEXT,
    payload TEXT NOT NULL,
    revision INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID`,
  'CREATE INDEX events_received ON events (received_at, id)',
  "CREATE INDEX events_pending ON events (subject) WHERE outcome = 'pending'",
  'CREATE INDEX events_revision ON events (revision)',
]

/** What was heard of payments that failed is found without reading everything that was heard. */
export const DECLINED_SCHEMA: Step = [
  "CREATE INDEX events_declined ON events (received_at) WHERE type = 'payment_intent.payment_failed'",
]

const DAY_MS = 86_400_000
const EVENT_RETENTION_MS = 30 * DAY_MS
const PRUNE_AT_ONCE = 1_000

export interface ReceivedEvent {
  readonly id: string
  readonly type: string
  readonly objectId: string | null
  readonly createdAt: number
  readonly receivedAt: number
  readonly deliveries: number
  readonly outcome: EventOutcome
  readonly reason: string | null
  /** The delivery that will settle it, as `kind/key`; `null` when nothing has to be read. */
  readonly subject: string | null
  readonly payload: string
  readonly revision: number
}

export interface InboxHealth {
  readonly lastAt: number | null
  readonly received24h: number
  readonly failed24h: number
  /** When the oldest was heard that is not settled yet. */
  readonly waitingSince: number | null
}

type EventRow = {
  id: string
  type: string
  object_id: string | null
  created_at: number
  received_at: number
  deliveries: number
  outcome: EventOutcome
  reason: string | null
  subject: string | null
  payload: string
  revision: number
}

const toEvent = (row: EventRow): ReceivedEvent => ({
  id: row.id,
  type: row.type,
  objectId: row.object_id,
  createdAt: row.created_at,
  receivedAt: row.received_at,
  deliveries: row.deliveries,
  outcome: row.outcome,
  reason: row.reason,
  subject: row.subject,
  payload: row.payload,
  revision: row.revision,
})

export class Inbox {
  readonly #store: Store

  constructor(store: Store) {
    this.#store = store
  }

  /** Admits an event once. A repeated delivery is only counted; answers whether the event is new. */
  admit(event: Omit<ReceivedEvent, 'deliveries' | 'revision'>, revision: number): boolean {
    return (
      this.#store.one<{ deliveries: number }>(
        `INSERT INTO events (id, type, object_id, created_at, received_at, deliveries, outcome, reason, subject, payload, revision)
         VALUES (?, ?, ?, ?, ?, 1, ?, ?, ?, ?, ?)
         ON CONFLICT (id) DO UPDATE SET deliveries = deliveries + 1
         RETURNING deliveries`,
        event.id,
        event.type,
        event.objectId,
        event.createdAt,
        event.receivedAt,
        event.outcome,
        event.reason,
        event.subject,
        event.payload,
        revision,
      ).deliveries === 1
    )
  }

  get(id: string): ReceivedEvent | null {
    const row = this.#store.maybe<EventRow>('SELECT * FROM events WHERE id = ?', id)
    return row && toEvent(row)
  }

  /** Settles every event that waited for the same reading. */
  settle(subject: string, result: { outcome: EventOutcome; reason: string | null; revision: number }): void {
    this.#store.run(
      "UPDATE events SET outcome = ?, reason = ?, revision = ? WHERE subject = ? AND outcome = 'pending'",
      result.outcome,
      result.reason,
      result.revision,
      subject,
    )
  }

  reopen(id: string, revision: number): void {
    this.#store.run("UPDATE events SET outcome = 'pending', reason = NULL, revision = ? WHERE id = ?", revision, id)
  }

  /** Newest first, after the cursor. */
  page(query: {
    after: { receivedAt: number; id: string } | null
    limit: number
    type: string | null
    outcome: EventOutcome | null
  }): ReceivedEvent[] {
    const after = query.after ?? { receivedAt: Number.MAX_SAFE_INTEGER, id: '' }
    return this.#store
      .all<EventRow>(
        `SELECT * FROM events
         WHERE (received_at, id) < (?, ?) AND type = coalesce(?, type) AND outcome = coalesce(?, outcome)
         ORDER BY received_at DESC, id DESC
         LIMIT ?`,
        after.receivedAt,
        after.id,
        query.type,
        query.outcome,
        query.limit,
      )
      .map(toEvent)
  }

  /** The payments of a customer that failed, newest first, with what their bank said. */
  declined(stripeCustomerId: string, limit: number): Pick<ReceivedEvent, 'createdAt' | 'reason'>[] {
    return this.#store
      .all<{ created_at: number; reason: string | null }>(
        `SELECT created_at, reason FROM events
         WHERE type = 'payment_intent.payment_failed' AND payload ->> '$.data.object.customer' = ?
         ORDER BY received_at DESC LIMIT ?`,
        stripeCustomerId,
        limit,
      )
      .map((row) => ({ createdAt: row.created_at, reason: row.reason }))
  }

  /** Those of the latest that name one of these, newest first. */
  naming(words: readonly string[], lookAt: number): ReceivedEvent[] {
    return this.#store
      .all<EventRow>(
        `SELECT * FROM (SELECT * FROM events ORDER BY received_at DESC, id DESC LIMIT ?2) e
         WHERE EXISTS (SELECT 1 FROM json_each(?1) WHERE instr(e.payload, value) > 0)`,
        JSON.stringify(words),
        lookAt,
      )
      .map(toEvent)
  }

  /** How hearing goes: of the last day, and since when something waits to be applied. */
  health(now: number): InboxHealth {
    const counts = this.#store.all<{ outcome: EventOutcome; n: number }>(
      'SELECT outcome, count(*) AS n FROM events WHERE received_at >= ? GROUP BY outcome',
      now - DAY_MS,
    )
    const { last, waiting } = this.#store.one<{ last: number | null; waiting: number | null }>(
      `SELECT (SELECT max(received_at) FROM events) AS last,
         (SELECT min(received_at) FROM events WHERE outcome = 'pending') AS waiting`,
    )
    const failed = counts.find(({ outcome }) => outcome === 'failed')?.n ?? 0
    const received = counts.reduce((sum, { n }) => sum + n, 0)
    return { lastAt: last, received24h: received, failed24h: failed, waitingSince: waiting }
  }

  /** What was heard of a person is kept without saying anything of them. */
  forgetPerson(words: readonly string[], revision: number): void {
    this.#store.run(
      `UPDATE events SET payload = json_object('id', id, 'type', type, 'forgotten', json('true')), revision = ?
       WHERE EXISTS (SELECT 1 FROM json_each(?) WHERE instr(lower(payload), lower(value)) > 0)`,
      revision,
      JSON.stringify(words),
    )
  }

  any(): boolean {
    return this.#store.maybe('SELECT 1 AS x FROM events LIMIT 1') !== null
  }

  prune(now: number): boolean {
    const removed = this.#store.run(
      'DELETE FROM events WHERE id IN (SELECT id FROM events WHERE received_at < ? ORDER BY received_at LIMIT ?)',
      now - EVENT_RETENTION_MS,
      PRUNE_AT_ONCE,
    )
    return removed >= PRUNE_AT_ONCE
  }

  since(revision: number, limit: number): Change[] {
    return this.#store
      .all<EventRow>('SELECT * FROM events WHERE revision > ? ORDER BY revision LIMIT ?', revision, limit)
      .map(toEvent)
      .map((event) => ({
        kind: 'event',
        id: event.id,
        revision: event.revision,
        row: {
          type: event.type,
          objectId: event.objectId,
          createdAt: event.createdAt,
          receivedAt: event.receivedAt,
          outcome: event.outcome,
          reason: event.reason,
        },
      }))
  }
}
