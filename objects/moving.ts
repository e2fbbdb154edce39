/**
 * Moves subscribers to the price that is sold now, one debt each, from their next invoice on. Each is read again before
 * and after: one who canceled or changed the plan meanwhile is left alone.
 */

import type { Decision } from './actor.ts'
import type { Books, Ledger } from './books.ts'
import type { Caller } from './caller.ts'
import type { Tier, TierPrice } from './catalog.ts'
import { isLive } from './entitlement.ts'
import type { Gate } from './gate.ts'
import { liveOf } from './impact.ts'
import type { Move } from './moves.ts'
import { no, ok, type Outcome } from './outcome.ts'
import type { Settings } from './settings.ts'
import type { Subscription } from './subscriptions.ts'

/** Stripe takes a hundred writes a second of an account, a quarter of that in test mode; it has other things to do. */
const AT_ONCE = 10
const NEXT_AFTER_MS = 1_000
/** Longer than all the calls of one change can take. */
const UNDER_WAY_MS = 60_000
const FAILURES_SHOWN = 20

/** What the worker must do at Stripe for one subscription. */
export type MoveTask =
  | { readonly wait: number }
  | {
      readonly wait: null
      readonly settings: Settings
      readonly stripeAccount: string
      readonly tier: Tier
      readonly price: TierPrice
      readonly subscription: Subscription
      /** Repeated it is one change; asked for again it is another. */
      readonly key: string
    }

export interface Migration {
  readonly total: number
  readonly done: number
  /** Canceled or changed meanwhile: there was nothing left to move. */
  readonly skipped: number
  readonly waiting: number
  /** Refused by Stripe, and tried again until it takes them. */
  readonly failed: number
  readonly failures: readonly { readonly subscriptionId: string; readonly reason: string | null }[]
}

export class Moving {
  readonly #ledger: Ledger
  readonly #books: Books
  readonly #gate: Gate

  constructor(ledger: Ledger, books: Books, gate: Gate) {
    this.#ledger = ledger
    this.#books = books
    this.#gate = gate
  }

  /** Asks for everybody of a tier who pays a price of ours that is not sold any more. */
  ask(tier: Tier, decision: Decision): void {
    const live = liveOf(this.#books.subscriptions.ofTier(tier.slug))
    const moving = live.flatMap((subscription) => {
      const target = tier.prices.find(
        ({ interval, currency }) => interval === subscription.interval && currency === subscription.currency,
      )
      const retired = this.#books.catalog.priceOf(subscription.stripePriceId)?.retired === true
      return target && retired ? [{ subscription, target }] : []
    })
    for (const [index, { subscription, target }] of moving.entries()) {
      const { interval, currency, unitAmount } = target
      this.#books.moves.ask({
        subscriptionId: subscription.id,
        tier: tier.slug,
        number: decision.revision,
        interval,
        currency,
        unitAmount,
      })
      const at = decision.now + Math.floor(index / AT_ONCE) * NEXT_AFTER_MS
      this.#ledger.owe({ kind: 'stripe.move', key: subscription.id, at }, decision)
    }
  }

  migrationOf(caller: Caller, slug: string): Outcome<Migration> {
    const refusal = this.#gate.admit(caller, 'read', this.#ledger.now())
    if (refusal) return refusal
    return this.#books.catalog.get(slug) === null ? no('tier_not_found') : ok(this.progress(slug))
  }

  progress(slug: string): Migration {
    const counts = this.#books.moves.progress(slug)
    const of = (state: Move['state']) => counts.find((row) => row.state === state)?.count ?? 0
    return {
      total: counts.reduce((sum, { count }) => sum + count, 0),
      done: of('done'),
      skipped: of('skipped'),
      waiting: of('waiting'),
      failed: of('failed'),
      failures: this.#books.moves
        .failures(slug, FAILURES_SHOWN)
        .map(({ subscriptionId, reason }) => ({ subscriptionId, reason })),
    }
  }

  /** What is still to be done for a subscription that was just read; `null` when its move is over. */
  taskOf(subscriptionId: string): Outcome<MoveTask | null> {
    return this.#ledger.decide(({ now }): Outcome<MoveTask | null> => {
      const move = this.#books.moves.open(subscriptionId)
      if (move === null) return ok(null)
      const tier = this.#books.catalog.get(move.tier)
      const price = this.#books.catalog.priceFor(move)
      const subscription = this.#books.subscriptions.get(subscriptionId)
      if (tier === null || price === null) throw new Error(`the move of ${subscriptionId} names what was never sold`)
      const paid = subscription && this.#books.catalog.priceOf(subscription.stripePriceId)
      const end = endOf({ move, tier, price, subscription, paid })
      if (end !== null || subscription === null) {
        this.#books.moves.settle(subscriptionId, end?.state ?? 'skipped', end?.reason ?? null)
        return ok(null)
      }
      const settings = this.#books.settings.require()
      const { stripeAccount } = settings
      if (stripeAccount === null) return ok({ wait: UNDER_WAY_MS })
      if (move.changingUntil > now) return ok({ wait: move.changingUntil - now })
      this.#books.moves.begin(subscriptionId, now + UNDER_WAY_MS)
      const key = `move:${subscriptionId}:${move.number}:${move.attempt}`
      return ok({ wait: null, settings, stripeAccount, tier, price, subscription, key })
    })
  }

  /** Stripe refused it for good. It stays visible, and is asked again as a new question. */
  fail(subscriptionId: string, reason: string): Outcome<null> {
    return this.#ledger.decide(() => {
      this.#books.moves.fail(subscriptionId, reason)
      return ok(null)
    })
  }
}

/** Is there nothing left to move? */
function endOf(facts: {
  move: Move
  tier: Tier
  price: TierPrice
  subscription: Subscription | null
  /** What the subscriber pays. */
  paid: TierPrice | null
}): { state: 'done' | 'skipped'; reason: string | null } | null {
  const { move, tier, price, subscription, paid } = facts
  const skipped = (reason: string) => ({ state: 'skipped', reason }) as const
  if (subscription === null) return skipped('it is gone')
  if (subscription.stripePriceId === price.stripePriceId) return { state: 'done', reason: null }
  if (!isLive(subscription.status)) return skipped(`it is ${subscription.status}`)
  const same = paid?.tier === move.tier && paid.interval === move.interval && paid.currency === move.currency
  if (!same) return skipped('its plan was changed')
  if (subscription.scheduleId !== null) return skipped('a change of its plan is scheduled')
  if (price.retired || tier.archivedAt !== null) return skipped('the new price is not sold any more')
  return null
}
