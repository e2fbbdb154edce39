/** One Stripe account at one moment: its objects, its clock and a way to say what happened. Every verb works on a World. */
import { enqueue } from './deliveries.ts'
import { previousAttributes, recordEvent } from './events.ts'
import { Store } from './store.ts'
import type { Cause } from './events.ts'
import type { Hidden, Json, Kind, Kinds, Mode } from './types.ts'

export interface WorldOptions {
  sql: SqlStorage
  account: string
  mode: Mode
  /** Virtual time in ms. */
  nowMs: number
  origin: string
  cause?: Cause
}

export class World {
  readonly sql: SqlStorage
  readonly store: Store
  readonly account: string
  readonly mode: Mode
  readonly livemode: boolean
  /** Virtual time in seconds, as Stripe counts. */
  readonly now: number
  readonly origin: string
  readonly #nowMs: number
  readonly #cause: Cause

  constructor({ sql, account, mode, nowMs, origin, cause = { id: null, idempotencyKey: null } }: WorldOptions) {
    this.sql = sql
    this.store = new Store(sql, account, mode)
    this.account = account
    this.mode = mode
    this.livemode = mode === 'live'
    this.now = Math.floor(nowMs / 1000)
    this.origin = origin
    this.#nowMs = nowMs
    this.#cause = cause
  }

  /** The same moment, seen from another account. */
  at(account: string): World {
    return new World({
      sql: this.sql,
      account,
      mode: this.mode,
      nowMs: this.#nowMs,
      origin: this.origin,
      cause: this.#cause,
    })
  }

  /** Puts a new object on its shelf and says so. */
  create<K extends Kind>(kind: K, object: Kinds[K], event: string | null, hidden?: Hidden): Kinds[K] {
    this.store.put(kind, object, hidden)
    if (event) this.emit(event, object)
    return object
  }

  /** Applies a change and says what it replaced; a change that changes nothing says nothing. */
  change<K extends Kind>(kind: K, id: string, patch: Partial<Kinds[K]>, event: string | null): Kinds[K] {
    const before = this.store.require(kind, id)
    const after = { ...before, ...patch }
    const previous = previousAttributes(before as unknown as Json, after as unknown as Json)
    if (previous === null) return before
    this.store.put(kind, after)
    if (event) this.emit(event, after, previous)
    return after
  }

  emit(type: string, object: unknown, previous: Json | null = null) {
    const id = recordEvent(this.sql, {
      account: this.account,
      mode: this.mode,
      type,
      object,
      previous,
      now: this.now,
      cause: this.#cause,
    })
    enqueue(this.sql, { eventId: id, account: this.account, mode: this.mode, nowMs: this.#nowMs })
  }
}
