/**
 * Events on their way to endpoints, one row for each endpoint, with every attempt to send it. Messages of one lane (a
 * customer's, mostly) leave in order: only the first pending one of a lane has a time at which it is sent next.
 */

import type { AttemptError, MessageState, WebhookType } from '../sdk/schema/webhook.ts'
import type { Step } from './migrations.ts'
import type { Store } from './store.ts'

export const MESSAGES_SCHEMA: Step = [
  `CREATE TABLE webhook_messages (
    id INTEGER PRIMARY KEY,
    endpoint_id TEXT NOT NULL,
    type TEXT NOT NULL,
    lane TEXT NOT NULL,
    body TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('pending', 'delivered', 'failed')),
    tries INTEGER NOT NULL DEFAULT 0,
    first_tried_at INTEGER,
    next_at INTEGER,
    created_at INTEGER NOT NULL,
    settled_at INTEGER,
    CHECK (state = 'pending' OR next_at IS NULL),
    CHECK ((state = 'pending') = (settled_at IS NULL))
  ) STRICT`,
  'CREATE INDEX webhook_messages_due ON webhook_messages (endpoint_id, next_at) WHERE next_at IS NOT NULL',
  "CREATE INDEX webhook_messages_lane ON webhook_messages (endpoint_id, lane, id) WHERE state = 'pending'",
  'CREATE INDEX webhook_messages_settled ON webhook_messages (endpoint_id, state, settled_at)',
  "CREATE INDEX webhook_messages_age ON webhook_messages (created_at) WHERE state <> 'pending'",
  `CREATE TABLE webhook_attempts (
    message_id INTEGER NOT NULL,
    number INTEGER NOT NULL,
    at INTEGER NOT NULL,
    duration_ms INTEGER NOT NULL,
    status INTEGER,
    error TEXT,
    PRIMARY KEY (message_id, number)
  ) STRICT, WITHOUT ROWID`,
]

const RETENTION_MS = 30 * 86_400_000
const PRUNE_AT_ONCE = 1_000

export interface Message {
  readonly id: number
  readonly endpointId: string
  readonly type: WebhookType
  readonly lane: string
  readonly body: string
  readonly state: MessageState
  /** Attempts since it was written down or sent again by hand. */
  readonly tries: number
  readonly firstTriedAt: number | null
  /** `null` while it waits behind an earlier one, or is settled. */
  readonly nextAt: number | null
  readonly createdAt: number
  readonly settledAt: number | null
}

export interface Attempt {
  readonly at: number
  readonly durationMs: number
  readonly status: number | null
  /** `null` is a success. */
  readonly error: AttemptError | null
}

type MessageRow = {
  id: number
  endpoint_id: string
  type: WebhookType
  lane: string
  body: string
  state: MessageState
  tries: number
  first_tried_at: number | null
  next_at: number | null
  created_at: number
  settled_at: number | null
}

type AttemptRow = {
  number: number
  at: number
  duration_ms: number
  status: number | null
  error: AttemptError | null
}

const toMessage = (row: MessageRow): Message => ({
  id: row.id,
  endpointId: row.endpoint_id,
  type: row.type,
  lane: row.lane,
  body: row.body,
  state: row.state,
  tries: row.tries,
  firstTriedAt: row.first_tried_at,
  nextAt: row.next_at,
  createdAt: row.created_at,
  settledAt: row.settled_at,
})

export class Messages {
  readonly #store: Store
  readonly #fresh = new Set<string>()

  constructor(store: Store) {
    this.#store = store
  }

  /** After a rollback: the endpoints of undone messages must go. */
  forget(): void {
    this.#fresh.clear()
  }

  /** Endpoints that messages were written down for and nobody has been told of yet. */
  get fresh(): ReadonlySet<string> {
    return this.#fresh
  }

  takeFresh(): string[] {
    const endpoints = [...this.#fresh]
    this.#fresh.clear()
    return endpoints
  }

  /** Writes a message down. What a disabled endpoint misses is a failure from the start, which can be sent again. */
  add(message: Pick<Message, 'id' | 'endpointId' | 'type' | 'lane' | 'body'> & { disabled: boolean; now: number }) {
    const { now, disabled } = message
    this.#fresh.add(message.endpointId)
    this.#store.run(
      `INSERT INTO webhook_messages (id, endpoint_id, type, lane, body, state, next_at, created_at, settled_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      message.id,
      message.endpointId,
      message.type,
      message.lane,
      message.body,
      disabled ? 'failed' : 'pending',
      disabled || this.#head(message) !== null ? null : now,
      now,
      disabled ? now : null,
    )
  }

  get(id: number): Message | null {
    const row = this.#store.maybe<MessageRow>('SELECT * FROM webhook_messages WHERE id = ?', id)
    return row && toMessage(row)
  }

  /** What may be sent now, longest due first: never two of one lane. */
  due(endpointId: string, now: number, limit: number): Message[] {
    return this.#store
      .all<MessageRow>(
        'SELECT * FROM webhook_messages WHERE endpoint_id = ? AND next_at <= ? ORDER BY next_at, id LIMIT ?',
        endpointId,
        now,
        limit,
      )
      .map(toMessage)
  }

  /** When something is to be sent next; `null` when nothing is. */
  next(endpointId: string): number | null {
    return this.#store.one<{ at: number | null }>(
      'SELECT min(next_at) AS at FROM webhook_messages WHERE endpoint_id = ? AND next_at IS NOT NULL',
      endpointId,
    ).at
  }

  /** Keeps what came of sending a message once. */
  note(message: Message, attempt: Attempt): void {
    this.#store.run(
      `INSERT INTO webhook_attempts (message_id, number, at, duration_ms, status, error)
       SELECT ?, coalesce(max(number), 0) + 1, ?, ?, ?, ? FROM webhook_attempts WHERE message_id = ?`,
      message.id,
      attempt.at,
      attempt.durationMs,
      attempt.status,
      attempt.error,
      message.id,
    )
    this.#store.run(
      'UPDATE webhook_messages SET tries = tries + 1, first_tried_at = coalesce(first_tried_at, ?) WHERE id = ?',
      attempt.at,
      message.id,
    )
  }

  attempts(id: number): (Attempt & { number: number })[] {
    return this.#store
      .all<AttemptRow>('SELECT * FROM webhook_attempts WHERE message_id = ? ORDER BY number', id)
      .map((row) => ({
        number: row.number,
        at: row.at,
        durationMs: row.duration_ms,
        status: row.status,
        error: row.error,
      }))
  }

  /** Delivered or given up: the next one of its lane may go. */
  settle(message: Message, state: Exclude<MessageState, 'pending'>, now: number): void {
    this.#store.run(
      'UPDATE webhook_messages SET state = ?, next_at = NULL, settled_at = ? WHERE id = ?',
      state,
      now,
      message.id,
    )
    const next = this.#head(message)
    if (next !== null) this.retry(next, now)
  }

  retry(id: number, at: number): void {
    this.#store.run('UPDATE webhook_messages SET next_at = ? WHERE id = ?', at, id)
  }

  /** Gives up all that an endpoint waits for. */
  failAll(endpointId: string, now: number): void {
    this.#store.run(
      `UPDATE webhook_messages SET state = 'failed', next_at = NULL, settled_at = ?
       WHERE endpoint_id = ? AND state = 'pending'`,
      now,
      endpointId,
    )
  }

  /** Sends one again, from the first attempt on. Whatever waits in its lane and is younger goes after it. */
  reopen(message: Message, now: number): void {
    this.#store.run(
      `UPDATE webhook_messages SET state = 'pending', tries = 0, first_tried_at = NULL, settled_at = NULL WHERE id = ?`,
      message.id,
    )
    this.#lineUp(message.endpointId, message.lane, now)
  }

  /** Sends everything again that failed since a time; answers how many. */
  reopenFailed(endpointId: string, since: number, now: number): number {
    const lanes = this.#store.all<{ lane: string }>(
      `UPDATE webhook_messages SET state = 'pending', tries = 0, first_tried_at = NULL, settled_at = NULL
       WHERE endpoint_id = ? AND state = 'failed' AND settled_at >= ? RETURNING lane`,
      endpointId,
      since,
    )
    for (const lane of new Set(lanes.map((row) => row.lane))) this.#lineUp(endpointId, lane, now)
    return lanes.length
  }

  /** The first of a lane has a time, the others wait. */
  #lineUp(endpointId: string, lane: string, now: number): void {
    const head = this.#head({ endpointId, lane })
    this.#store.run(
      `UPDATE webhook_messages SET next_at = CASE WHEN id = ? THEN coalesce(next_at, ?) END
       WHERE endpoint_id = ? AND lane = ? AND state = 'pending'`,
      head,
      now,
      endpointId,
      lane,
    )
  }

  #head({ endpointId, lane }: Pick<Message, 'endpointId' | 'lane'>): number | null {
    return this.#store.one<{ id: number | null }>(
      "SELECT min(id) AS id FROM webhook_messages WHERE endpoint_id = ? AND lane = ? AND state = 'pending'",
      endpointId,
      lane,
    ).id
  }

  /** When an endpoint accepted something last; `null` when it never did. */
  acceptedAt(endpointId: string): number | null {
    return this.#store.one<{ at: number | null }>(
      "SELECT max(settled_at) AS at FROM webhook_messages WHERE endpoint_id = ? AND state = 'delivered'",
      endpointId,
    ).at
  }

  /** Newest first, before the cursor. */
  page(query: {
    before: number | null
    limit: number
    endpointId: string | null
    type: WebhookType | null
    state: MessageState | null
  }): Message[] {
    return this.#store
      .all<MessageRow>(
        `SELECT * FROM webhook_messages
         WHERE id < ? AND endpoint_id = coalesce(?, endpoint_id) AND type = coalesce(?, type)
           AND state = coalesce(?, state)
         ORDER BY id DESC
         LIMIT ?`,
        query.before ?? Number.MAX_SAFE_INTEGER,
        query.endpointId,
        query.type,
        query.state,
        query.limit,
      )
      .map(toMessage)
  }

  forgetEndpoint(endpointId: string): void {
    this.#store.run(
      'DELETE FROM webhook_attempts WHERE message_id IN (SELECT id FROM webhook_messages WHERE endpoint_id = ?)',
      endpointId,
    )
    this.#store.run('DELETE FROM webhook_messages WHERE endpoint_id = ?', endpointId)
  }

  /**
   * What was told of a person goes, and what is still to be told if it names their address. The rest is told first, and
   * goes with its age.
   */
  forgetLane(lane: string, email: string | null): void {
    const goes = "lane = ?1 AND (state <> 'pending' OR (?2 IS NOT NULL AND instr(lower(body), lower(?2)) > 0))"
    this.#store.run(
      `DELETE FROM webhook_attempts WHERE message_id IN (SELECT id FROM webhook_messages WHERE ${goes})`,
      lane,
      email,
    )
    this.#store.run(`DELETE FROM webhook_messages WHERE ${goes}`, lane, email)
  }

  any(): boolean {
    return this.#store.maybe('SELECT 1 AS x FROM webhook_messages LIMIT 1') !== null
  }

  prune(now: number): boolean {
    const old = `SELECT id FROM webhook_messages WHERE state <> 'pending' AND created_at < ? ORDER BY created_at LIMIT ?`
    const bound = [now - RETENTION_MS, PRUNE_AT_ONCE] as const
    this.#store.run(`DELETE FROM webhook_attempts WHERE message_id IN (${old})`, ...bound)
    return this.#store.run(`DELETE FROM webhook_messages WHERE id IN (${old})`, ...bound) >= PRUNE_AT_ONCE
  }

  /** Lanes in which another than the first pending message is to be sent, or none: always none. */
  disagreements(): string[] {
    return this.#store
      .all<{ id: number }>(
        `SELECT m.id FROM webhook_messages m
         WHERE m.state = 'pending' AND (m.next_at IS NOT NULL) <> (m.id = (
           SELECT min(h.id) FROM webhook_messages h
           WHERE h.endpoint_id = m.endpoint_id AND h.lane = m.lane AND h.state = 'pending'))`,
      )
      .map(({ id }) => `message ${id} is sent out of turn, or not at all`)
  }
}
