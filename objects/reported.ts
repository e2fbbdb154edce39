/**
 * An actor whose every change is told to a live feed and owed to the reports. What it tells is read from its tables by
 * revision, so nothing is lost when a telling fails.
 */

import type { Mode } from '../sdk/schema/common.ts'
import type { Changes } from '../sdk/schema/feed.ts'
import { Actor, type Decision } from './actor.ts'
import { Books } from './books.ts'
import type { Counted } from './hours.ts'
import type { Delivery } from './outbox.ts'
import { PROJECT_STEPS } from './schema.ts'

const PUBLISH_AFTER_MS = 40
const PUBLISH_RETRY_MS = 1_000
/** Reports may be a few seconds old; each telling costs the thread that counts, and what changes often is told once. */
const MIRROR_AFTER_MS = 5_000
const MIRROR = { kind: 'mirror', key: '' } as const

const DAY_MS = 86_400_000
/** Days whose sums may still move: a use is taken back within seven. */
const OPEN_DAYS = 8

/** The next rows for the reports, and with the last of them what was used on every day since `from`. */
export interface MirrorPage extends Changes {
  readonly projectId: string
  readonly mode: Mode
  readonly platformId: string
  readonly customers: number
  readonly used: { readonly from: number; readonly days: readonly Counted[] } | null
}

export abstract class Reported<Env = unknown> extends Actor<Env> {
  protected readonly books = new Books(this.store)
  /** The revision that owed the reports a copy which has not begun to be made; `null` when the next write must owe one. */
  #mirrorOwedAt: number | null
  /** Where the telling under way began. */
  #mirroredFrom = 0
  #watched: boolean
  #publishedTo: number
  #publishing = false

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env, PROJECT_STEPS)
    this.#mirrorOwedAt = this.outbox.has(MIRROR) ? 0 : null
    this.#watched = this.books.settings.watched
    this.#publishedTo = this.#watched ? this.books.settings.published : this.revision
    this.#publishSoon(PUBLISH_AFTER_MS) // what the object that died before had committed but not yet told
  }

  /** Tells the project's feed what changed. Supplied by the worker; nothing is lost when it fails. */
  protected abstract publish(changes: Changes): Promise<void>

  /** Every committed difference after a revision, oldest first. */
  abstract changesSince(revision: number): Changes

  watch(watched: boolean): number {
    if (!this.#watched) this.#publishedTo = this.revision
    this.ctx.storage.transactionSync(() => this.books.settings.watch(watched, this.#publishedTo))
    this.#watched = watched
    return this.revision
  }

  /**
   * The next rows for the reports. What is written from now on is owed to them anew. `null` while they are read themselves,
   * because this object was set back and they know what it does not.
   */
  startMirror(): MirrorPage | null {
    if (this.books.restores.underWay() !== null) return null
    this.#mirrorOwedAt = null
    this.#mirroredFrom = this.books.settings.mirrored
    const { projectId, mode, platformId } = this.books.settings.require()
    const customers = this.books.customers.count()
    const changes = this.changesSince(this.#mirroredFrom)
    return { ...changes, projectId, mode, platformId, customers, used: changes.more ? null : this.#used() }
  }

  #used(): MirrorPage['used'] {
    const today = Math.floor(this.now() / DAY_MS)
    const from = this.#mirroredFrom === 0 ? 0 : (today - OPEN_DAYS) * DAY_MS
    return { from, days: this.books.usage.hours.since(from, DAY_MS, null) }
  }

  mirrored(revision: number): void {
    if (this.books.settings.mirrored < this.#mirroredFrom) return // set back meanwhile: all of it is to be told anew
    this.ctx.storage.transactionSync(() => this.books.settings.mirror(revision, this.#publishedTo))
  }

  /** The reports were lost: they are told everything again. */
  mirrorAnew(): void {
    if (this.books.settings.get() === null || this.books.ending.get() !== null) return
    this.commit((decision) => {
      this.books.settings.mirror(0, this.#publishedTo)
      this.owe(MIRROR, decision)
    })
  }

  /**
   * Set back to an earlier state of itself: the reports and whoever listens may know of what is not so any more. Everything
   * is told again, under revisions higher than any they heard of.
   */
  protected tellAnew(): void {
    this.leap()
    this.books.forget()
    this.#publishedTo = 0
    this.ctx.storage.transactionSync(() => {
      this.books.settings.mirror(0, 0)
      this.books.settings.watch(true, 0) // who listens now may have come since; if nobody does, the feed says so
    })
    this.#watched = true
    this.#publishSoon(PUBLISH_AFTER_MS)
  }

  /** However much is written while the reports are told, they are told no more often than usual. */
  protected override pauseAfter({ kind }: Delivery): number {
    return kind === MIRROR.kind ? MIRROR_AFTER_MS : 0
  }

  /** Whatever was written must reach the reports. */
  protected override closing(decision: Decision): void {
    if (this.books.settings.get() === null || this.books.ending.get() !== null || this.#mirrorOwedAt !== null) return
    // While the reports are away each write owes them anew, but is no reason to try again before the backoff is over.
    const at = Math.max(this.outbox.dueAt(MIRROR) ?? 0, decision.now + MIRROR_AFTER_MS)
    this.owe({ ...MIRROR, at }, decision)
    this.#mirrorOwedAt = decision.revision
  }

  protected override committed(_revision: number): void {
    this.#publishSoon(PUBLISH_AFTER_MS)
  }

  #publishSoon(afterMs: number): void {
    if (!this.#watched || this.#publishing) return
    this.#publishing = true
    setTimeout(() => this.ctx.waitUntil(this.#publishChanges()), afterMs)
  }

  /** One message at a time. One that was lost is sent again with what followed: who stays connected would never know. */
  async #publishChanges(): Promise<void> {
    const heardTo = await this.#publishSince(this.#publishedTo).catch(() => null)
    this.#publishing = false
    if (heardTo !== null) this.#publishedTo = Math.max(this.#publishedTo, heardTo)
    if (this.revision > this.#publishedTo) this.#publishSoon(heardTo === null ? PUBLISH_RETRY_MS : PUBLISH_AFTER_MS)
  }

  /** Answers the revision up to which the feed has everything now. */
  async #publishSince(revision: number): Promise<number> {
    const changes = this.changesSince(revision)
    if (changes.changes.length > 0) await this.publish(changes)
    return changes.revision
  }

  protected override wiped(): void {
    this.books.forget()
    this.#mirrorOwedAt = null
    this.#watched = false
  }

  protected override rolledBack(): void {
    this.books.forget()
    if (this.#mirrorOwedAt !== null && this.#mirrorOwedAt > this.revision) this.#mirrorOwedAt = null
  }
}
