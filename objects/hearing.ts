/**
 * What Stripe says. An event is a hint, admitted once: what it names is read again by the worker, and a reading is applied
 * if it is newer than the last one applied. Simulated streams converge always, and only, this way.
 */

import type { EventQuery } from '../sdk/schema/event.ts'
import type { Decision } from './actor.ts'
import { announceSubscription } from './announcing.ts'
import type { Applied, BillingEvent, BillingHint, SessionReading, SubscriptionReading } from './billing.ts'
import type { Books, Ledger } from './books.ts'
import type { Caller } from './caller.ts'
import { nextLook, type Checkout } from './checkouts.ts'
import { accessOf, isLive } from './entitlement.ts'
import type { Gate } from './gate.ts'
import type { InboxHealth, ReceivedEvent } from './inbox.ts'
import { no, ok, type Outcome } from './outcome.ts'
import { retirePrices } from './retiring.ts'
import type { Roster } from './roster.ts'
import type { Subscription } from './subscriptions.ts'
import { sweepFromNowOn } from './sweeping.ts'

/** How long after the moment Stripe should have told us we look for ourselves. */
const REREAD_AFTER_MS = 15 * 60_000
/** A reading of the account after it was heard to have ended the connection. */
const ENDED = 'disconnected'
const UNSEEN = 'charges are disabled: Stripe does not let us see the account'
/** A subscription whose dates are all past is looked at once a day. */
const REREAD_STALE_MS = 86_400_000

export class Hearing {
  readonly #ledger: Ledger
  readonly #books: Books
  readonly #gate: Gate
  readonly #roster: Roster

  constructor(ledger: Ledger, books: Books, gate: Gate, roster: Roster) {
    this.#ledger = ledger
    this.#books = books
    this.#gate = gate
    this.#roster = roster
  }

  /** Hears again what Stripe could not deliver, a page of it at a time. */
  hearMissed(events: readonly BillingEvent[]): Outcome<null> {
    for (const event of events) this.hear(event, 'if ours')
    return ok(null)
  }

  /** Admits an event once, in the transaction of its effect: what it names will be read again. */
  hear(event: BillingEvent, keep: 'always' | 'if ours'): Outcome<{ isNew: boolean; kept: boolean }> {
    if (this.#books.ending.get() !== null) return ok({ isNew: true, kept: false }) // nobody is left to tell
    return this.#ledger.decide((decision) => {
      const known = this.#books.inbox.get(event.id)
      if (known !== null) {
        this.#books.inbox.admit(known, known.revision)
        return ok({ isNew: false, kept: true })
      }
      if (keep === 'if ours' && !event.hints.some((hint) => this.#concerns(hint, event)))
        return ok({ isNew: true, kept: false })
      const { subject, reason, outcome } = this.#take(event, decision)
      const payload = this.#books.erased.isNamedIn(event.payload)
        ? JSON.stringify({ id: event.id, type: event.type, forgotten: true })
        : event.payload
      this.#books.inbox.admit(
        { ...event, payload, receivedAt: decision.now, outcome, reason, subject },
        decision.revision,
      )
      return ok({ isNew: true, kept: true })
    })
  }

  #take(event: BillingEvent, decision: Decision): Applied & { subject: string | null } {
    const ours = event.hints.filter((hint) => this.#concerns(hint, event))
    const first = ours[0]
    if (first === undefined) {
      const reason = event.hints.length === 0 ? 'nothing depends on this type' : 'about nothing of this project'
      return { outcome: 'ignored', reason, subject: null }
    }
    if (first.read === 'nothing') return { outcome: 'applied', reason: first.declined, subject: null }
    for (const hint of ours) if (hint.read !== 'nothing') this.#ledger.owe(debtOf(hint), decision)
    const { kind, key } = debtOf(first)
    return { outcome: 'pending', reason: null, subject: `${kind}/${key}` }
  }

  /** Is this about something we sold? Decided by ids that we gave or were given, never by metadata. */
  #concerns(hint: BillingHint, event: BillingEvent): boolean {
    switch (hint.read) {
      case 'subscription':
        if (this.#books.subscriptions.get(hint.id) !== null) return true
        return hint.stripeCustomer !== null && this.#books.customers.byStripeId(hint.stripeCustomer) !== null
      case 'session':
        return this.#books.checkouts.bySession(hint.id) !== null || this.#books.orders.bySession(hint.id) !== null
      case 'refunds':
      case 'disputes':
        return this.#books.orders.byPayment(hint.id) !== null
      case 'customer':
        return this.#books.customers.byStripeId(hint.id) !== null
      case 'nothing':
        return this.#books.customers.byStripeId(hint.stripeCustomer) !== null
      case 'account':
      case 'disconnected':
        return event.account !== null && this.#books.settings.get()?.stripeAccount === event.account
    }
  }

  /** Hands out the number of a reading about to be made at Stripe. */
  startReading(id: string): { number: number; stripeAccount: string | null } {
    const { stripeAccount } = this.#books.settings.require()
    return { number: this.#ledger.commit(() => this.#books.subscriptions.ask(id)), stripeAccount }
  }

  /** Applies a reading of a subscription if it is newer than the last one applied. `null`: Stripe does not know it. */
  applySubscription(reading: { id: string; number: number; found: SubscriptionReading | null }): Outcome<Applied> {
    return this.#ledger.decide((decision) => {
      const applied = this.#apply(reading, decision)
      const subject = `stripe.subscription/${reading.id}`
      this.#books.inbox.settle(subject, { ...applied, revision: decision.revision })
      return ok(applied)
    })
  }

  #apply(
    { id, number, found }: { id: string; number: number; found: SubscriptionReading | null },
    decision: Decision,
  ): Applied {
    if (!this.#books.subscriptions.admit(id, number))
      return { outcome: 'unchanged', reason: 'a newer reading was applied' }
    const before = this.#books.subscriptions.get(id)
    if (found === null) {
      if (before === null) return { outcome: 'ignored', reason: 'Stripe does not know this subscription' }
      const ended = { ...before, status: 'canceled', access: false, endedAt: decision.now }
      this.#saveSubscription(before, ended, decision)
      const holder = this.#books.customers.get(before.customerId)
      if (holder) this.#roster.oweIdentity(holder, decision)
      return { outcome: 'applied', reason: 'Stripe does not know this subscription any more' }
    }
    const customer =
      this.#books.customers.byStripeId(found.stripeCustomerId) ??
      (before && this.#books.customers.find(before.customerId)) // deleted, here or at Stripe, since it was bought
    if (customer === null) return { outcome: 'ignored', reason: 'its customer is not one of this project' }
    const tier =
      this.#books.catalog.priceOf(found.stripePriceId)?.tier ??
      this.#books.catalog.tierOfProduct(found.stripeProductId)?.slug ??
      before?.tier
    if (tier === undefined) return { outcome: 'ignored', reason: `no tier has the price ${found.stripePriceId}` }
    const planned = found.scheduledPriceId === null ? null : this.#books.catalog.priceOf(found.scheduledPriceId)
    const changes = planned !== null && (planned.tier !== tier || planned.interval !== found.interval)
    const access = accessOf(found.status) ?? before?.access ?? false
    const { scheduledPriceId: _, stripeCustomerId: __, stripeProductId: ___, ...rest } = found
    const after: Omit<Subscription, 'revision'> = {
      ...rest,
      customerId: customer.id,
      access,
      tier,
      scheduledTier: changes ? planned.tier : null, // the same tier, when it is to be paid by the month again
      readAt: decision.now,
    }
    if (before !== null && sameSubscription(before, after)) return { outcome: 'unchanged', reason: null }
    this.#saveSubscription(before, after, decision)
    this.#books.customers.save(
      {
        ...customer,
        hasSubscription: true,
        trialedAt: customer.trialedAt ?? (after.trialEnd === null ? null : decision.now),
      },
      decision.revision,
    )
    this.#roster.oweIdentity(customer, decision)
    const unknown = accessOf(found.status) === null
    return unknown
      ? { outcome: 'failed', reason: `the status "${found.status}" is unknown; access was left as it was` }
      : { outcome: 'applied', reason: `${before?.tier ?? 'none'} ${before?.status ?? ''} → ${tier} ${after.status}` }
  }

  #saveSubscription(
    before: Subscription | null,
    subscription: Omit<Subscription, 'revision'>,
    decision: Decision,
  ): void {
    this.#books.subscriptions.save(subscription, decision.revision)
    sweepFromNowOn(this.#ledger, decision)
    announceSubscription(before, subscription, this.#books, decision)
    const key = subscription.id
    if (!isLive(subscription.status) && subscription.status !== 'incomplete')
      return this.#ledger.timers.cancel({ kind: 'reread', key })
    const moments = [subscription.currentPeriodEnd, subscription.cancelAt, subscription.trialEnd]
    const ahead = moments.filter((at) => at !== null && at > decision.now) as number[]
    const next = ahead.length === 0 ? decision.now + REREAD_STALE_MS : Math.min(...ahead)
    this.#ledger.setTimer({ kind: 'reread', key, at: next + REREAD_AFTER_MS })
    if (subscription.cancelAt !== null && subscription.cancelAt > decision.now)
      this.#ledger.setTimer({ kind: 'plan', key: subscription.customerId, at: subscription.cancelAt })
  }

  applySession(reading: SessionReading): Outcome<Applied> {
    return this.#ledger.decide((decision) => {
      const checkout = this.#books.checkouts.bySession(reading.id)
      const applied = this.#applySession(checkout, reading, decision)
      this.#books.inbox.settle(`stripe.session/${reading.id}`, { ...applied, revision: decision.revision })
      return ok(applied)
    })
  }

  #applySession(checkout: Checkout | null, reading: SessionReading, decision: Decision): Applied {
    if (checkout === null) return { outcome: 'ignored', reason: 'not a checkout of this project' }
    if (reading.status === 'open') {
      this.#ledger.setTimer({ kind: 'checkout', key: checkout.id, at: nextLook(checkout, decision.now) })
      return { outcome: 'unchanged', reason: null }
    }
    if (checkout.state === reading.status) return { outcome: 'unchanged', reason: null }
    this.#books.checkouts.end(checkout.id, reading.status)
    this.#ledger.timers.cancel({ kind: 'checkout', key: checkout.id })
    retirePrices(checkout.tier, { ledger: this.#ledger, books: this.#books }, decision)
    if (reading.subscriptionId !== null)
      this.#ledger.owe({ kind: 'stripe.subscription', key: reading.subscriptionId }, decision)
    return { outcome: 'applied', reason: `the checkout is ${reading.status}` }
  }

  /** The customer is gone at Stripe: the next checkout makes a new one. */
  forgetStripeCustomer(stripeCustomerId: string): Outcome<Applied> {
    return this.#ledger.decide((decision) => {
      const customer = this.#books.customers.byStripeId(stripeCustomerId)
      if (customer) {
        const stripeGeneration = customer.stripeGeneration + 1
        this.#books.customers.save({ ...customer, stripeCustomerId: null, stripeGeneration }, decision.revision)
      }
      const applied: Applied = customer
        ? { outcome: 'applied', reason: 'the customer was deleted at Stripe' }
        : { outcome: 'unchanged', reason: null }
      this.#books.inbox.settle(`stripe.customer/${stripeCustomerId}`, { ...applied, revision: decision.revision })
      return ok(applied)
    })
  }

  /** Marks events as looked at when the reading found nothing to change. */
  settleEvents(subject: string, applied: Applied): Outcome<null> {
    return this.#ledger.decide(({ revision }) => {
      this.#books.inbox.settle(subject, { ...applied, revision })
      return ok(null)
    })
  }

  /**
   * Applies what Stripe says of the account. `found: null`: it does not let us see it. Then it takes no payments through
   * us, and if it was the account that ended the connection, there is none; our own key may be at fault otherwise.
   */
  applyAccount(reading: { key: string; found: { chargesEnabled: boolean } | null }): Outcome<Applied> {
    return this.#ledger.decide((decision) => {
      const settings = this.#books.settings.require()
      const ended = reading.found === null && reading.key === ENDED
      const chargesEnabled = reading.found?.chargesEnabled ?? false
      const stripeAccount = ended ? null : settings.stripeAccount
      const changed = settings.chargesEnabled !== chargesEnabled || settings.stripeAccount !== stripeAccount
      if (ended && settings.stripeAccount !== null) this.#books.orders.keepAccount(settings.stripeAccount)
      if (changed) this.#books.settings.save({ ...settings, stripeAccount, chargesEnabled }, decision.revision)
      const can = `charges are ${chargesEnabled ? 'enabled' : 'disabled'}`
      const reason = reading.found !== null ? can : ended ? 'the Stripe account was disconnected' : UNSEEN
      const applied: Applied = changed ? { outcome: 'applied', reason } : { outcome: 'unchanged', reason: null }
      this.#books.inbox.settle(`stripe.account/${reading.key}`, { ...applied, revision: decision.revision })
      return ok(applied)
    })
  }

  listEvents(
    caller: Caller,
    query: { limit: number; after: { receivedAt: number; id: string } | null } & Pick<EventQuery, 'type' | 'outcome'>,
  ): Outcome<{ events: ReceivedEvent[]; health: InboxHealth }> {
    const now = this.#ledger.now()
    const refusal = this.#gate.admit(caller, 'read', now)
    if (refusal) return refusal
    const { limit, after, type = null, outcome = null } = query
    const { inbox } = this.#books
    return ok({ events: inbox.page({ after, limit, type, outcome }), health: inbox.health(now) })
  }

  getEvent(caller: Caller, id: string): Outcome<ReceivedEvent> {
    const refusal = this.#gate.admit(caller, 'read', this.#ledger.now())
    if (refusal) return refusal
    const event = this.#books.inbox.get(id)
    return event === null ? no('event_not_found') : ok(event)
  }

  /** Reads again what an event named. Repeating it changes nothing that is true already. */
  replayEvent(caller: Caller, id: string): Outcome<ReceivedEvent> {
    return this.#ledger.decide((decision) => {
      const refusal = this.#gate.admit(caller, 'admin', decision.now)
      if (refusal) return refusal
      const event = this.#books.inbox.get(id)
      if (event === null) return no('event_not_found')
      const [kind, key] = event.subject === null ? [] : splitSubject(event.subject)
      if (kind !== undefined && key !== undefined) {
        this.#books.inbox.reopen(id, decision.revision)
        this.#ledger.owe({ kind, key }, decision)
      }
      return ok(this.#books.inbox.get(id) ?? event)
    })
  }
}

function debtOf(hint: Exclude<BillingHint, { read: 'nothing' }>): { kind: string; key: string } {
  if (hint.read === 'account') return { kind: 'stripe.account', key: '' }
  if (hint.read === 'disconnected') return { kind: 'stripe.account', key: ENDED }
  return { kind: `stripe.${hint.read}`, key: hint.id }
}

function splitSubject(subject: string): [kind: string, key: string] {
  const slash = subject.indexOf('/')
  return [subject.slice(0, slash), subject.slice(slash + 1)]
}

function sameSubscription(before: Subscription, after: Omit<Subscription, 'revision'>): boolean {
  const comparable = ({ readAt: _, ...rest }: Omit<Subscription, 'revision'>) => rest
  const { revision: __, ...stored } = before
  const a = comparable(stored)
  const b = comparable(after)
  const textOf = (value: unknown) => JSON.stringify(value)
  return Object.keys(b).every((key) => textOf(a[key as keyof typeof a]) === textOf(b[key as keyof typeof b]))
}
