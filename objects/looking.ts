/** What a developer looks at: uses over time and one by one, and one customer's story, with why a use would be refused. It only reads. */

import type { Code } from '../sdk/schema/error.ts'
import type { Entitlement } from '../sdk/schema/usage.ts'
import { limitOf } from './answer.ts'
import type { Books, Ledger } from './books.ts'
import type { Caller } from './caller.ts'
import { tierAllowing } from './entitlement.ts'
import type { Gate } from './gate.ts'
import type { Counted } from './hours.ts'
import type { Order } from './order.ts'
import { no, ok, type Outcome } from './outcome.ts'
import { standingAt } from './standing.ts'
import type { Receipt } from './usage.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
/** Up to so many days are shown by the hour. */
const HOURLY_DAYS = 7
/** So many of the latest calls are looked through for those of one customer. */
const LOOKED_AT_ONCE = 10_000
const STORY_MAX = 100

export interface History {
  readonly from: number
  readonly to: number
  /** Milliseconds between two points. */
  readonly step: number
  readonly points: readonly Counted[]
}

/** Something in a customer's story; `link` is the id of what it was about. */
export interface Entry {
  readonly at: number
  readonly what: string
  readonly link: string | null
  readonly detail: Readonly<Record<string, string | number | null>>
}

const momentsOf = (order: Order): Record<string, number | null> => ({
  started: order.createdAt,
  paid: order.paidAt,
  fulfilled: order.fulfilledAt,
  refunded: order.refundedAt,
  disputed: order.disputedAt,
})

export class Looking {
  readonly #ledger: Ledger
  readonly #books: Books
  readonly #gate: Gate

  constructor(ledger: Ledger, books: Books, gate: Gate) {
    this.#ledger = ledger
    this.#books = books
    this.#gate = gate
  }

  /** What all customers together used, by the hour or the day of UTC; the last step is the running one. */
  history(caller: Caller, { days, meter }: { days: number; meter: string | null }): Outcome<History> {
    const now = this.#ledger.now()
    const refusal = this.#gate.admit(caller, 'read', now)
    if (refusal) return refusal
    const step = days <= HOURLY_DAYS ? HOUR_MS : DAY_MS
    const from = (Math.floor(now / step) + 1) * step - days * DAY_MS
    return ok({ from, to: now, step, points: this.#books.usage.hours.since(from, step, meter) })
  }

  /** Counted calls, newest first. Of one customer those among the latest are found, page by page. */
  calls(
    caller: Caller,
    query: { customerId: string | null; meter: string | null; before: number | null; limit: number },
  ): Outcome<{ calls: (Receipt & { email: string | null; properties: unknown })[]; next: number | null }> {
    const refusal = this.#gate.admit(caller, 'read', this.#ledger.now())
    if (refusal) return refusal
    const { receipts, next } = this.#books.usage.latest({ ...query, lookAt: LOOKED_AT_ONCE })
    const calls = receipts.map((receipt) => ({
      ...receipt,
      email: this.#books.customers.get(receipt.customerId)?.email ?? null,
    }))
    return ok({ calls, next })
  }

  /** What is known to have happened to a customer, newest first. */
  story(caller: Caller, id: string): Outcome<{ entries: Entry[] }> {
    const now = this.#ledger.now()
    const refusal = this.#gate.admit(caller, 'read', now)
    if (refusal) return refusal
    const customer = this.#books.customers.get(id)
    if (!customer) return no('customer_not_found')
    const entries: Entry[] = [{ at: customer.createdAt, what: 'joined', link: null, detail: { by: customer.origin } }]
    for (const { createdAt, state, tier, unitAmount, currency } of this.#books.checkouts.ofCustomer(id, STORY_MAX))
      entries.push({ at: createdAt, what: `checkout.${state}`, link: null, detail: { tier, unitAmount, currency } })
    if (customer.stripeCustomerId !== null)
      for (const { createdAt, reason } of this.#books.inbox.declined(customer.stripeCustomerId, STORY_MAX))
        entries.push({ at: createdAt, what: 'payment.failed', link: null, detail: { reason } })
    for (const one of this.#books.subscriptions.ofCustomer(id)) {
      const about = { link: one.id, detail: { tier: one.tier, unitAmount: one.unitAmount, currency: one.currency } }
      entries.push({ at: one.createdAt, what: 'subscription.created', ...about })
      if (one.currentPeriodStart > one.createdAt)
        entries.push({ at: one.currentPeriodStart, what: 'subscription.renewed', ...about })
      if (one.canceledAt !== null) entries.push({ at: one.canceledAt, what: 'subscription.canceled', ...about })
      if (one.endedAt !== null) entries.push({ at: one.endedAt, what: 'subscription.ended', ...about })
    }
    for (const order of this.#books.orders.ofCustomer(id, STORY_MAX)) {
      const about = { link: order.id, detail: { number: order.number, total: order.total, currency: order.currency } }
      for (const [what, at] of Object.entries(momentsOf(order)))
        if (at !== null) entries.push({ at, what: `order.${what}`, ...about })
    }
    return ok({ entries: entries.toSorted((a, b) => b.at - a.at).slice(0, STORY_MAX) })
  }

  /** Would so much be counted now, and if not, which refusal would it be? Nothing is counted. */
  explain(
    caller: Caller,
    { id, meter, quantity }: { id: string; meter: string | null; quantity: number },
  ): Outcome<{
    allowed: boolean
    reason: Code | null
    usage: Entitlement
    limitFrom: 'customer' | 'plan' | 'nothing'
    upgrade: string | null
    revision: number
  }> {
    const now = this.#ledger.now()
    const refusal = this.#gate.admit(caller, 'read', now)
    if (refusal) return refusal
    const customer = this.#books.customers.get(id)
    if (!customer) return no('customer_not_found')
    const plan = this.#books.planOf(customer, now)
    const wanted =
      meter ?? Object.keys(plan.tier?.limits ?? {})[0] ?? [...this.#books.catalog.meters()][0] ?? 'requests'
    const usage = this.#books.entitlementOf(id, plan, wanted, now)
    const { limit } = limitOf(plan, wanted)
    const fits = limit === null || Math.max(0, limit - usage.used) + usage.credits >= quantity
    const isBlocked = standingAt(this.#books.settings.require().standing, now) === 'blocked'
    const reason = !this.#books.knowsMeter(wanted)
      ? 'unknown_meter'
      : isBlocked
        ? 'subscription_expired'
        : fits
          ? null
          : 'limit_reached'
    const upgrade = tierAllowing(this.#books.catalog.tiers(), wanted, usage.used + quantity)
    return ok({
      allowed: reason === null,
      reason,
      usage,
      limitFrom: plan.own?.[wanted] ? 'customer' : plan.tier?.limits[wanted] ? 'plan' : 'nothing',
      upgrade: reason !== 'limit_reached' || upgrade === null || upgrade.slug === plan.slug ? null : upgrade.slug,
      revision: this.#ledger.revision,
    })
  }
}
