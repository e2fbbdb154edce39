/**
 * The base of both ledgers: one synchronous decision at a time, timers over one alarm, and an outbox that is delivered
 * by what the worker supplies. It makes no outside call itself and knows no domain.
 */

import { DurableObject } from 'cloudflare:workers'
import { isBehind, migrate, type Step } from './migrations.ts'
import { no, ok, type Outcome } from './outcome.ts'
import { Outbox, OUTBOX_SCHEMA, STUCK_AFTER_ATTEMPTS, type Delivery } from './outbox.ts'
import { Store } from './store.ts'
import { Timers, TIMERS_SCHEMA, type Timer } from './timers.ts'

/** The steps every ledger starts with. */
export const ACTOR_SCHEMA: Step = [
  `CREATE TABLE clock (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    revision INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    at INTEGER NOT NULL
  ) STRICT`,
  'INSERT INTO clock (id, revision, sequence, at) VALUES (1, 0, 0, 0)',
  ...TIMERS_SCHEMA,
  ...OUTBOX_SCHEMA,
]

/** The moment and the number of one decision, and ids that no other decision will ever get. */
export interface Decision {
  readonly now: number
  readonly revision: number
  nextId(): number
}

/** A decision that answers a promise does not compile: what follows the first await would be outside the transaction. */
export type Synchronous<T> = T extends PromiseLike<unknown> ? never : T

/** Why a delivery did not succeed. It is tried again in any case. */
export interface DeliveryFailure {
  readonly reason: string
  readonly retryAfterMs?: number
}

class Refused extends Error {}

/** While a delivery is under way the alarm stands by for the case that its object dies. */
const DELIVERY_LEASE_MS = 60_000
const TIMER_RETRY_MS = 30_000
/** A revision or id taken from the time is higher than any that decisions came to: there are fewer than these. */
const TICKS_PER_MS = 1_000
/** The answer to who set the object back goes out first. */
const LAST_WORD_MS = 50
const DUE_AT_ONCE = 50
/** So many deliveries may be under way together; the others wait for a place. */
const UNDER_WAY_MAX = 200
/** A delivery that has not ended by then is taken for failed, so that it holds nothing up; it is tried again. */
const DELIVERY_TIMEOUT_MS = 90_000

export abstract class Actor<Env = unknown> extends DurableObject<Env> {
  protected readonly store: Store
  protected readonly timers: Timers
  protected readonly outbox: Outbox
  readonly #steps: readonly Step[]
  readonly #underWay = new Map<string, { readonly kind: string; readonly attempt: Promise<void> }>()
  #revision: number
  #sequence: number
  #lastSeen: number
  #armedAt: number | null = null
  #owing = false
  #rewinding = false

  constructor(ctx: DurableObjectState, env: Env, steps: readonly Step[]) {
    super(ctx, env)
    this.#steps = steps
    this.store = new Store(ctx.storage)
    this.timers = new Timers(this.store)
    this.outbox = new Outbox(this.store)
    if (isBehind(this.store, steps)) this.#noteBookmark('new schema')
    ctx.storage.transactionSync(() => migrate(this.store, steps))
    const clock = this.store.one<{ revision: number; sequence: number; at: number }>(
      'SELECT revision, sequence, at FROM clock',
    )
    this.#revision = clock.revision
    this.#sequence = clock.sequence
    this.#lastSeen = clock.at
    this.arm()
  }

  /** Delivers one debt outside. Supplied by the worker; it reads the truth again through this object's verbs. */
  protected abstract deliver(delivery: Delivery): Promise<DeliveryFailure | null>

  /** How long to wait before the same is delivered again that was owed anew meanwhile. */
  protected pauseAfter(_delivery: Delivery): number {
    return 0
  }

  /** Rings one timer: a synchronous decision of the object. */
  protected abstract ring(timer: Timer, decision: Decision): void

  /** Called inside every transaction, last: what must be owed because something was written. */
  protected closing(_decision: Decision): void {}

  /** Called after every commit with the revision it ended at. */
  protected committed(_revision: number): void {}

  /** Called after a rollback: whatever was remembered of the undone writes must go. */
  protected rolledBack(): void {}

  /** Called after everything stored was deleted: nothing remembered of it may stay. */
  protected wiped(): void {}

  /** The server's clock, never going backwards even when the object moves to a machine whose clock is behind. */
  protected now(): number {
    this.#lastSeen = Math.max(this.#lastSeen, Date.now())
    return this.#lastSeen
  }

  get revision(): number {
    return this.#revision
  }

  /**
   * Runs one decision in one transaction. A refusal undoes everything it wrote and burns no revision; a throw undoes it
   * too and is a bug.
   */
  protected decide<T extends Outcome<unknown>>(fn: (decision: Decision) => Synchronous<T>): T {
    let refusal: T | null = null
    try {
      return this.commit((decision) => {
        const outcome = fn(decision) as T
        if (!outcome.ok) {
          refusal = outcome
          throw new Refused()
        }
        return outcome as Synchronous<T>
      })
    } catch (error) {
      if (error instanceof Refused && refusal !== null) return refusal
      throw error
    }
  }

  /**
   * Runs a decision that cannot be refused as a whole. When `wrote` says that it changed nothing, no revision is burnt
   * and nobody is told.
   */
  protected commit<T>(fn: (decision: Decision) => Synchronous<T>, wrote: (value: T) => boolean = () => true): T {
    this.#refuseWhileRewinding()
    const decision = { now: this.now(), revision: this.#revision + 1, nextId: () => ++sequence }
    let sequence = this.#sequence
    const armedBefore = this.#armedAt
    try {
      const value = this.ctx.storage.transactionSync(() => {
        const result = fn(decision) as T
        if (!wrote(result)) return result
        this.closing(decision) // before the clock is written, because it may take ids too
        this.store.run(
          'UPDATE clock SET revision = ?, sequence = ?, at = ? WHERE id = 1',
          decision.revision,
          sequence,
          decision.now,
        )
        return result
      })
      if (!wrote(value)) return value
      this.#revision = decision.revision
      this.#sequence = sequence
      this.committed(decision.revision)
      this.#payWhatIsOwed()
      return value
    } catch (error) {
      this.#armedAt = armedBefore
      this.#owing = false
      this.rolledBack()
      throw error
    }
  }

  /**
   * Deletes everything stored, in one turn with what `refill` writes: there is no moment at which the object looks as if
   * it had never been. The clock goes on, so that no revision and no id is ever given twice.
   */
  protected wipe(refill: (rows: number, decision: Decision) => void): void {
    const rows = this.store.rowCount()
    this.#noteBookmark('deletion')
    let sequence = this.#sequence
    const decision = { now: this.now(), revision: this.#revision + 1, nextId: () => ++sequence }
    this.ctx.waitUntil(this.ctx.storage.deleteAll()) // gone at once; the promise is of its confirmation
    this.#armedAt = null
    this.wiped()
    this.ctx.storage.transactionSync(() => {
      migrate(this.store, this.#steps)
      refill(rows, decision)
      this.store.run(
        'UPDATE clock SET revision = ?, sequence = ?, at = ? WHERE id = 1',
        decision.revision,
        sequence,
        decision.now,
      )
    })
    this.#revision = decision.revision
    this.#sequence = sequence
    this.committed(decision.revision)
    this.arm()
    this.#payWhatIsOwed()
  }

  /**
   * Sets the object back to what it was at a moment of the last thirty days, and ends it; whatever awakes it next finds it
   * so. Answers the bookmark of now, with which it can be undone. Only the deployed platform can do this.
   */
  async rewind(to: number): Promise<Outcome<{ undo: string }, 'cannot_go_back'>> {
    try {
      const bookmark = await this.ctx.storage.getBookmarkForTime(to)
      this.#rewinding = true
      const undo = await this.ctx.storage.onNextSessionRestoreBookmark(bookmark)
      console.warn(JSON.stringify({ at: 'rewind', object: this.ctx.id.name, to, undo }))
      setTimeout(() => this.ctx.abort('set back to an earlier moment'), LAST_WORD_MS)
      return ok({ undo })
    } catch (error) {
      this.#rewinding = false
      return no('cannot_go_back', { message: `The platform cannot set this object back: ${String(error)}` })
    }
  }

  /**
   * Moves the clock past everything that was ever told, after the object was set back: no revision and no id is given
   * twice. What is stored is raised with it, so that whoever compares takes it for newer than what was told since then.
   */
  protected leap(): void {
    this.#refuseWhileRewinding()
    const to = Math.max(this.now() * TICKS_PER_MS, this.#revision, this.#sequence)
    this.ctx.storage.transactionSync(() => {
      this.store.raise('revision', to - this.#revision)
      this.store.run('UPDATE clock SET sequence = ? WHERE id = 1', to)
    })
    this.#revision = to
    this.#sequence = to
  }

  /** What is decided between the order to go back and the end of this object would be lost. */
  #refuseWhileRewinding(): void {
    if (this.#rewinding) throw new Error('this object is being set back to an earlier moment')
  }

  /** Writes where the object stands before a change that cannot be undone into the log, if the platform knows it. */
  #noteBookmark(before: string): void {
    const noted = Promise.resolve()
      .then(() => this.ctx.storage.getCurrentBookmark())
      .then((bookmark) => console.warn(JSON.stringify({ at: 'bookmark', object: this.ctx.id.name, before, bookmark })))
    this.ctx.waitUntil(noted.catch(() => {})) // elsewhere than in production there is none
  }

  /** Promises an outside effect in the running decision. `payload` is a hint; the truth is read again at delivery. */
  protected owe(debt: { kind: string; key: string; payload?: unknown; at?: number }, decision: Decision): void {
    const at = debt.at ?? decision.now
    this.outbox.owe({
      kind: debt.kind,
      key: debt.key,
      payload: JSON.stringify(debt.payload ?? null),
      at,
      now: decision.now,
    })
    if (at <= decision.now) this.#owing = true
    this.armBy(at)
  }

  protected setTimer(timer: { kind: string; key: string; at: number }): void {
    this.timers.set(timer)
    this.armBy(timer.at)
  }

  /** Rings what is due, then pays what is owed. Nothing throws out of it: the platform gives up after six throws. */
  override async alarm(): Promise<void> {
    this.#armedAt = null
    try {
      for (const timer of this.timers.due(this.now(), DUE_AT_ONCE)) this.#ringGuarded(timer)
      await this.deliverDue()
    } catch (error) {
      console.error(JSON.stringify({ at: 'alarm', failure: String(error) }))
    } finally {
      this.arm()
    }
  }

  /** Delivers everything due that is not already under way, each guarded for itself. */
  async deliverDue(): Promise<void> {
    // What is under way is still due: however much of it hangs, it must not fill the page and hide the rest.
    const page = this.outbox.due(this.now(), DUE_AT_ONCE + this.#underWay.size)
    const places = UNDER_WAY_MAX - this.#underWay.size
    const due = page.filter((delivery) => !this.#underWay.has(nameOf(delivery))).slice(0, places)
    await Promise.all(due.map((delivery) => this.#begin(delivery)))
    this.arm()
  }

  #begin(delivery: Delivery): Promise<void> {
    const attempt = this.#attempt(delivery)
    this.#underWay.set(nameOf(delivery), { kind: delivery.kind, attempt })
    return attempt
  }

  async #attempt(delivery: Delivery): Promise<void> {
    let failure: DeliveryFailure | null
    try {
      failure = await this.#inTime(this.deliver(delivery))
    } catch (error) {
      failure = { reason: String(error) }
    }
    this.#underWay.delete(nameOf(delivery))
    this.ctx.storage.transactionSync(() => {
      const now = this.now()
      if (failure === null) this.outbox.settle(delivery, now + this.pauseAfter(delivery))
      else {
        const { reason, retryAfterMs = null } = failure
        this.outbox.defer(delivery, { reason, retryAfterMs, now, jitter: Math.random() })
      }
    })
    const next = this.outbox.next()
    if (next !== null && next <= this.now()) this.#owing = true
    this.arm()
    this.#payWhatIsOwed()
  }

  async #inTime(delivering: Promise<DeliveryFailure | null>): Promise<DeliveryFailure | null> {
    let timer: ReturnType<typeof setTimeout> | undefined
    const late = new Promise<DeliveryFailure>((resolve) => {
      timer = setTimeout(() => resolve({ reason: 'no answer in time' }), DELIVERY_TIMEOUT_MS)
    })
    return Promise.race([delivering, late]).finally(() => clearTimeout(timer))
  }

  #ringGuarded(timer: Timer): void {
    try {
      this.commit((decision) => {
        this.timers.cancel(timer)
        this.ring(timer, decision)
      })
    } catch (error) {
      console.error(JSON.stringify({ at: 'timer', kind: timer.kind, failure: String(error) }))
      this.timers.defer(timer, this.now() + TIMER_RETRY_MS * 2 ** Math.min(timer.attempts, 7))
    }
  }

  /** Prompt delivery; the alarm, set in the same transaction as the debt, is what makes it certain. */
  #payWhatIsOwed(): void {
    if (!this.#owing) return
    this.#owing = false
    this.ctx.waitUntil(this.deliverDue())
  }

  /** Moves the alarm forward to `at` when it is earlier than what is armed; never moves it away. */
  protected armBy(at: number): void {
    if (this.#armedAt !== null && this.#armedAt <= at) return
    this.#armedAt = at
    void this.ctx.storage.setAlarm(at)
  }

  /** Sets the alarm to the earliest thing due, counting what is under way as due when its lease ends. */
  protected arm(): void {
    const deliveryAt = this.#nextDelivery()
    const timerAt = this.timers.next()
    const next = deliveryAt === null ? timerAt : timerAt === null ? deliveryAt : Math.min(deliveryAt, timerAt)
    if (next === null || next === this.#armedAt) return
    this.#armedAt = next
    void this.ctx.storage.setAlarm(next)
  }

  #nextDelivery(): number | null {
    const next = this.outbox.next()
    if (next === null || this.#underWay.size === 0) return next
    const waiting = this.outbox.all().filter((delivery) => !this.#underWay.has(nameOf(delivery)))
    const earliest = waiting[0]?.nextAt ?? null
    const lease = this.now() + DELIVERY_LEASE_MS
    return earliest === null ? lease : Math.min(earliest, lease)
  }

  /** Resolves when no delivery is under way. */
  protected async idle(): Promise<void> {
    await Promise.all([...this.#underWay.values()].map(({ attempt }) => attempt))
  }

  /** What could not be delivered for so long that somebody should look; not what it says. It is still tried. */
  stuck(): Omit<Delivery, 'payload'>[] {
    const late = this.outbox.all().filter(({ attempts }) => attempts >= STUCK_AFTER_ATTEMPTS)
    return late.map(({ payload: _, ...delivery }) => delivery)
  }

  /** The kinds of what is being delivered at this moment. */
  protected underWay(): string[] {
    return [...this.#underWay.values()].map(({ kind }) => kind)
  }

  /** When the next timer or delivery is due. */
  protected nextDue(): number | null {
    const moments = [this.outbox.next(), this.timers.next()].filter((at) => at !== null)
    return moments.length === 0 ? null : Math.min(...moments)
  }
}

const nameOf = (delivery: Delivery): string => `${delivery.kind}\n${delivery.key}`
