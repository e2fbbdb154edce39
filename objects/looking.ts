/** What a developer looks at: uses over time and one by one, and one customer's story, with why a use would be refused. It only reads. */

import type { Code } from '../sdk/schema/error.ts'
import type { Entitlement, GroupBy } from '../sdk/schema/usage.ts'
import { limitOf } from './answer.ts'
import type { Books, Ledger } from './books.ts'
import type { Caller } from './caller.ts'
import type { Checkout } from './checkouts.ts'
import type { Customer } from './customers.ts'
import { tierAllowing } from './entitlement.ts'
import type { Gate } from './gate.ts'
import { DECLINED_RETENTION_MS, type LimitHit } from './declined.ts'
import { grouped, type Group, type GroupedUse } from './grouping.ts'
import type { Counted } from './hours.ts'
import type { Order } from './order.ts'
import { no, ok, type Outcome } from './outcome.ts'
import { standingAt } from './standing.ts'
import type { Receipt } from './receipt.ts'
import { RECEIPT_RETENTION_MS } from './usage.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
/** Up to so many days are shown by the hour. */
const HOURLY_DAYS = 7
/** So many of the latest calls are looked through for those of one customer. */
const LOOKED_AT_ONCE = 10_000
/** Counted calls are grouped by their customers up to so many; measured, a fiftieth of a second. */
const GROUPED_AT_ONCE = 20_000
/** So many of Stripe's latest events are looked through for those about one customer. */
const EVENTS_LOOKED_AT = 500
/** And for so many of their latest checkouts, whose first events do not name the customer yet. */
const CHECKOUTS_NAMED = 10
const STORY_MAX = 100
const HITS_MAX = 100

export interface History {
  readonly from: number
  readonly to: number
  /** Milliseconds between two points. */
  readonly step: number
  readonly points: readonly (Counted & { readonly group?: string | null })[]
  /** Asked for by group: all of them, most first, with what they are called. */
  readonly groups?: readonly (Group & { readonly name: string })[]
  /** Since when the groups are known. */
  readonly knownSince?: number
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

  /** What was used, by the hour or the day of UTC, of all together or by group; the last step is the running one. */
  history(
    caller: Caller,
    { days, meter, by }: { days: number; meter: string | null; by: GroupBy | null },
  ): Outcome<History> {
    const now = this.#ledger.now()
    const refusal = this.#gate.admit(caller, 'read', now)
    if (refusal) return refusal
    const step = days <= HOURLY_DAYS ? HOUR_MS : DAY_MS
    const from = (Math.floor(now / step) + 1) * step - days * DAY_MS
    const span = { from, to: now, step }
    if (by === null) return ok({ ...span, points: this.#books.usage.hours.since(from, step, meter) })
    const { uses, knownSince } = this.#grouped(by, { ...span, meter })
    const { points, groups } = grouped(uses)
    return ok({
      ...span,
      points,
      groups: groups.map((one) => ({ ...one, name: this.#nameOf(by, one.group) })),
      knownSince,
    })
  }

  #grouped(
    by: GroupBy,
    { from, to, step, meter }: { from: number; to: number; step: number; meter: string | null },
  ): { uses: GroupedUse[]; knownSince: number } {
    const { usage, declined } = this.#books
    if (by === 'plan') return { uses: usage.hours.byPlan(from, step, meter), knownSince: from }
    if (by === 'outcome') {
      const allowed = usage.hours.since(from, step, meter).map((one) => ({ ...one, group: 'allowed' }))
      const uses = [...allowed, ...declined.since(from, step, meter)]
      return { uses, knownSince: Math.max(from, to - DECLINED_RETENTION_MS) }
    }
    const since = Math.max(from, to - RECEIPT_RETENTION_MS)
    const rows = usage.byCustomer({ since: usage.firstAt(since), step, meter, lookAt: GROUPED_AT_ONCE })
    const looked = rows.reduce((sum, { calls }) => sum + calls, 0)
    const oldest = rows.reduce((first, one) => Math.min(first, one.oldest), to)
    const uses = rows.map(({ oldest: _, ...use }) => use)
    return { uses, knownSince: looked < GROUPED_AT_ONCE ? since : oldest }
  }

  #nameOf(by: GroupBy, group: string): string {
    if (by === 'customer') return this.#books.customers.get(group)?.email ?? group
    if (by === 'plan') return this.#books.catalog.tiers().find(({ slug }) => slug === group)?.displayName ?? group
    return group
  }

  /** Who was refused at a limit, how often and when last; most often first. */
  limitHits(
    caller: Caller,
    { since, until, meter }: { since: number | null; until: number | null; meter: string | null },
  ): Outcome<{ hits: (LimitHit & { email: string | null })[] }> {
    const now = this.#ledger.now()
    const refusal = this.#gate.admit(caller, 'read', now)
    if (refusal) return refusal
    const from = since ?? now - DECLINED_RETENTION_MS
    const hits = this.#books.declined.limitHits({ from, until: until ?? now, meter, limit: HITS_MAX })
    return ok({
      hits: hits.map((hit) => ({ ...hit, email: this.#books.customers.get(hit.customerId)?.email ?? null })),
    })
  }

  /** Counted calls, newest first. Of one customer or plan those among the latest are found, page by page. */
  calls(
    caller: Caller,
    {
      since,
      until,
      before,
      ...query
    }: {
      customerId: string | null
      meter: string | null
      plan: string | null
      since: number | null
      until: number | null
      before: number | null
      limit: number
    },
  ): Outcome<{ calls: (Receipt & { email: string | null; properties: unknown })[]; next: number | null }> {
    const refusal = this.#gate.admit(caller, 'read', this.#ledger.now())
    if (refusal) return refusal
    const { receipts, next } = this.#books.usage.latest({
      ...query,
      since: since === null ? null : this.#books.usage.firstAt(since),
      before: before ?? (until === null ? null : this.#books.usage.firstAt(until)),
      lookAt: LOOKED_AT_ONCE,
    })
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
    const checkouts = this.#books.checkouts.ofCustomer(id, STORY_MAX)
    for (const { createdAt, state, tier, unitAmount, currency } of checkouts)
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
    for (const { what, at, meter, used, quota, plan } of this.#books.milestones.ofCustomer(id, STORY_MAX))
      entries.push({ at, what: `usage.${what}`, link: null, detail: { meter, used, limit: quota, tier: plan } })
    entries.push(...this.#heardOf(customer, checkouts.slice(0, CHECKOUTS_NAMED)))
    return ok({ entries: entries.toSorted((a, b) => b.at - a.at).slice(0, STORY_MAX) })
  }

  /** What Stripe said that names them. */
  #heardOf({ stripeCustomerId }: Customer, checkouts: readonly Checkout[]): Entry[] {
    const names = [stripeCustomerId, ...checkouts.flatMap((one) => [one.id, one.sessionId])]
    return this.#books.inbox
      .naming(
        names.filter((name) => name !== null),
        EVENTS_LOOKED_AT,
      )
      .map((event) => ({
        at: event.createdAt,
        what: 'event',
        link: event.id,
        detail: { type: event.type, outcome: event.outcome, reason: event.reason },
      }))
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
