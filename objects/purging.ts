/**
 * The purge of a project in one mode: everything that it has outside is undone, then everything stored is deleted. Each
 * step is a debt of the outbox and can be repeated, so that a crash between any two changes nothing but the time it takes.
 */

import type { Mode } from '../sdk/schema/common.ts'
import type { Decision } from './actor.ts'
import type { Books, Ledger } from './books.ts'
import type { Checkout } from './checkouts.ts'
import { PURGE_STEPS, type Ending, type PurgeStep } from './ending.ts'
import { isLive } from './entitlement.ts'
import { no, ok, type Outcome } from './outcome.ts'

/** Promised before, and still kept: money that is to go back, people and images that are to go anyway. */
const KEPT_DEBTS = ['stripe.refund', 'stripe.forget', 'identity.leave', 'images']
/** A refund that Stripe will not hear of must not keep personal data for ever. */
const KEPT_DEBTS_WAIT_MS = 7 * 86_400_000
const WAIT_FIRST_MS = 1_000
const WAIT_LAST_MS = 300_000
const AT_STRIPE_ONCE = 20
/** Each person takes up to three calls, and Clerk answers a hundred in ten seconds. */
const PEOPLE_AT_ONCE = 10
const PEOPLE_PACE_MS = 3_000
const STRIPE_STEPS: readonly PurgeStep[] = ['sessions', 'subscriptions', 'catalog', 'connection']

/** One page of a step, for the worker to carry out. `next` is where the step goes on; `null` when this is its last page. */
export type PurgeTask = { readonly turn: number; readonly next: string | null } & (
  | { readonly step: 'feed' | 'subscriptions' | 'images' | 'reports' }
  | {
      readonly step: 'sessions'
      readonly stripeAccount: string
      readonly checkouts: readonly Checkout[]
      readonly orders: readonly string[]
    }
  | { readonly step: 'catalog'; readonly stripeAccount: string; readonly stripeIds: readonly string[] }
  | { readonly step: 'people'; readonly customers: readonly string[] }
  | { readonly step: 'connection'; readonly stripeAccount: string }
)

/** What came of a page. */
export interface PurgeDone {
  readonly turn: number
  readonly next: string | null
  readonly deleted: Readonly<Record<string, number>>
}

export interface PurgeProgress {
  readonly state: 'none' | 'running' | 'done'
  readonly step: PurgeStep | null
  readonly closedAt: number | null
  readonly deletedAt: number | null
  readonly counts: Readonly<Record<string, number>>
  /** Why the step that is next has not been done yet, when it failed. */
  readonly failure: string | null
}

export interface PurgeWish {
  readonly reason: string
  /** End every subscription of the project's customers; otherwise they go on paying its owner. */
  readonly cancelSubscriptions: boolean
  /** When the deletion may begin. Calls are refused at once. */
  readonly at: number
}

/** What the account is told when the last row is gone. */
export interface Purged {
  readonly platformId: string
  readonly projectId: string
  readonly mode: Mode
  readonly reason: string
  readonly deletedAt: number
  readonly counts: Readonly<Record<string, number>>
}

export class Purging {
  readonly #ledger: Ledger
  readonly #books: Books

  constructor(ledger: Ledger, books: Books) {
    this.#ledger = ledger
    this.#books = books
  }

  /** Closes the project for ever and begins its purge. Asked twice, the first asking holds. */
  start(wish: PurgeWish): Outcome<PurgeProgress> {
    return this.#ledger.decide((decision) => {
      if (this.#books.ending.get() !== null) return ok(this.progress())
      const settings = this.#books.settings.get()
      if (settings === null) return no('project_not_found')
      const { now, revision } = decision
      const closedAt = settings.deletedAt ?? now
      this.#books.settings.save({ ...settings, deletedAt: closedAt }, revision)
      this.#ledger.outbox.dropAllBut(KEPT_DEBTS)
      this.#ledger.timers.clear()
      for (const { id } of this.#books.endpoints.all()) {
        this.#books.endpoints.remove(id)
        this.#books.messages.forgetEndpoint(id)
      }
      const { projectId, mode } = settings
      const { reason, cancelSubscriptions } = wish
      const begun = { projectId, mode, reason, cancelSubscriptions, closedAt, counts: {}, deletedAt: null }
      this.#carryOn({ ...begun, step: 'feed', stepAt: now, turn: 0, place: null }, Math.max(wish.at, now), decision)
      return ok(this.progress())
    })
  }

  /** The page that a debt is about; `null` when it was done before, or must wait for something else. */
  task(turn: number): PurgeTask | null {
    return this.#ledger.commit(
      (decision): PurgeTask | null => {
        const ending = this.#books.ending.get()
        if (ending === null || ending.deletedAt !== null || ending.turn !== turn) return null
        if (!this.#mustWait(ending, decision.now)) return this.#pageOf(ending)
        const waited = Math.max(decision.now - ending.stepAt, WAIT_FIRST_MS)
        this.#carryOn(ending, decision.now + Math.min(waited, WAIT_LAST_MS), decision)
        return null
      },
      (task) => task === null,
    )
  }

  /** A page was carried out: the next one is owed, and after the last everything stored goes. */
  done({ turn, next, deleted }: PurgeDone): void {
    const before = this.#books.ending.get()
    if (before === null || before.deletedAt !== null || before.turn !== turn) return
    const ending = { ...before, counts: sum(before.counts, deleted), place: next }
    const step = next === null ? this.#stepAfter(ending.step) : ending.step
    if (step === null) return this.#wipe(ending)
    this.#ledger.commit((decision) => {
      const { now } = decision
      if (step === ending.step) return this.#carryOn(ending, step === 'people' ? now + PEOPLE_PACE_MS : now, decision)
      const counts =
        step === 'subscriptions' ? sum(ending.counts, this.#oweCancellations(ending, decision)) : ending.counts
      this.#carryOn({ ...ending, counts, step, stepAt: now }, now, decision)
    })
  }

  progress(): PurgeProgress {
    const ending = this.#books.ending.get()
    if (ending === null)
      return { state: 'none', step: null, closedAt: null, deletedAt: null, counts: {}, failure: null }
    const { closedAt, deletedAt, counts } = ending
    const debts = this.#ledger.outbox.all()
    return {
      state: deletedAt === null ? 'running' : 'done',
      step: deletedAt === null ? ending.step : null,
      closedAt,
      deletedAt,
      counts,
      failure: debts.find((debt) => debt.failure !== null)?.failure ?? null,
    }
  }

  #carryOn(ending: Ending, at: number, decision: Decision): void {
    const turn = ending.turn + 1
    this.#books.ending.save({ ...ending, turn })
    this.#ledger.owe({ kind: 'purge', key: String(turn), at }, decision)
  }

  /** A project without a Stripe account has nothing to undo there. */
  #stepAfter(step: PurgeStep): PurgeStep | null {
    const connected = this.#books.settings.require().stripeAccount !== null
    const after = PURGE_STEPS.slice(PURGE_STEPS.indexOf(step) + 1)
    return after.find((next) => connected || !STRIPE_STEPS.includes(next)) ?? null
  }

  /** Nothing that began before may land after the step that undoes it. */
  #mustWait({ step, closedAt }: Ending, now: number): boolean {
    if (this.#ledger.underWay().some((kind) => !kind.startsWith('purge'))) return true
    const { outbox } = this.#ledger
    if (step === 'subscriptions') return outbox.hasKind('purge.subscription')
    if (step !== 'reports' || now >= closedAt + KEPT_DEBTS_WAIT_MS) return false
    const connected = this.#books.settings.require().stripeAccount !== null
    return KEPT_DEBTS.some((kind) => outbox.hasKind(kind) && (connected || !kind.startsWith('stripe.')))
  }

  #pageOf({ step, place, turn }: Ending): PurgeTask {
    const stripeAccount = this.#books.settings.require().stripeAccount ?? ''
    switch (step) {
      case 'sessions': {
        const checkouts = this.#books.checkouts.allPayable(place ?? '', AT_STRIPE_ONCE)
        const orders = this.#books.orders.pending(place ?? '', AT_STRIPE_ONCE)
        // Both lists are read from the same place on: the shorter reach is how far this page goes.
        const ends = [checkouts.map(({ id }) => id), orders].filter((ids) => ids.length === AT_STRIPE_ONCE)
        const next = ends.map((ids) => ids.at(-1) ?? '').toSorted()[0] ?? null
        const upTo = (id: string) => next === null || id <= next
        const page = { checkouts: checkouts.filter(({ id }) => upTo(id)), orders: orders.filter(upTo) }
        return { turn, step, stripeAccount, next, ...page }
      }
      case 'catalog': {
        const ids = [...this.#books.catalog.stripeIds(), ...this.#books.products.stripeIds()].toSorted()
        const page = ids.filter((id) => id > (place ?? '')).slice(0, AT_STRIPE_ONCE)
        return { turn, step, stripeAccount, stripeIds: page, next: endOf(page, AT_STRIPE_ONCE) }
      }
      case 'people': {
        const customers = this.#books.customers.atClerk(place ?? '', PEOPLE_AT_ONCE)
        return { turn, step, customers, next: endOf(customers, PEOPLE_AT_ONCE) }
      }
      case 'connection':
        return { turn, step, stripeAccount, next: null }
      default:
        return { turn, step, next: null }
    }
  }

  /** One debt for each: one that Stripe does not end must not keep the others alive. */
  #oweCancellations({ cancelSubscriptions }: Ending, decision: Decision): Record<string, number> {
    if (!cancelSubscriptions) return {}
    const live = this.#books.subscriptions.all().filter(({ status }) => isLive(status) || status === 'incomplete')
    for (const { id } of live) this.#ledger.owe({ kind: 'purge.subscription', key: id }, decision)
    return { subscriptions: live.length }
  }

  #wipe(ending: Ending): void {
    const { platformId } = this.#books.settings.require()
    const { projectId, mode, reason } = ending
    this.#ledger.wipe((rows, decision) => {
      const counts = sum(ending.counts, { rows })
      const deletedAt = decision.now
      this.#books.ending.save({ ...ending, place: null, counts, deletedAt })
      const payload: Purged = { platformId, projectId, mode, reason, deletedAt, counts }
      this.#ledger.owe({ kind: 'account.purged', key: '', payload }, decision)
    })
  }
}

const endOf = (ids: readonly string[], full: number): string | null =>
  ids.length === full ? (ids.at(-1) ?? null) : null

function sum(a: Readonly<Record<string, number>>, b: Readonly<Record<string, number>>): Record<string, number> {
  const names = new Set([...Object.keys(a), ...Object.keys(b)])
  return Object.fromEntries([...names].map((name) => [name, (a[name] ?? 0) + (b[name] ?? 0)]))
}
