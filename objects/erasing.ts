/**
 * The erasure of a customer: what could still take their money ends first, then the person is forgotten everywhere at
 * once. It is owed, so that it is carried through though nobody asks again.
 */

import type { AfterErasure } from '../sdk/schema/customer.ts'
import { announceDeleted } from './announcing.ts'
import type { Decision } from './actor.ts'
import type { Books, Ledger } from './books.ts'
import type { Caller } from './caller.ts'
import type { Checkout } from './checkouts.ts'
import type { Customer } from './customers.ts'
import { isLive } from './entitlement.ts'
import type { Gate } from './gate.ts'
import { no, ok, type Outcome } from './outcome.ts'

/** Whoever asked carries it out at once; if that was cut off, it goes on after this time. */
const CARRY_ON_AFTER_MS = 60_000

/** What has to end at Stripe before the person can go. */
export interface ErasureTask {
  readonly stripeAccount: string | null
  readonly checkouts: readonly Checkout[]
  readonly subscriptions: readonly string[]
}

export class Erasing {
  readonly #ledger: Ledger
  readonly #books: Books
  readonly #gate: Gate

  constructor(ledger: Ledger, books: Books, gate: Gate) {
    this.#ledger = ledger
    this.#books = books
    this.#gate = gate
  }

  /** Begins an erasure: from now on the customer buys nothing. One that is over, or under way, is no mistake. */
  start(caller: Caller, id: string, stripe: AfterErasure): Outcome<{ email: string | null }> {
    return this.#ledger.decide((decision) => {
      const refusal = this.#gate.admit(caller, 'admin', decision.now)
      if (refusal) return refusal
      const customer = this.#books.customers.find(id)
      if (customer === null) return no('customer_not_found')
      if (customer.deletedAt !== null) return ok({ email: null })
      this.#books.customers.save({ ...customer, leaving: stripe }, decision.revision)
      this.#ledger.owe({ kind: 'erase', key: id, at: decision.now + CARRY_ON_AFTER_MS }, decision)
      return ok({ email: customer.email })
    })
  }

  /** Begins the erasure of a person who has no account at the identity provider any more: nobody has to ask for it. */
  vanished(id: string): Outcome<null> {
    return this.#ledger.decide((decision) => {
      const customer = this.#books.customers.get(id)
      if (customer === null || customer.origin !== 'clerk' || customer.leaving !== null) return ok(null)
      this.#books.sessions.forgetCustomer(id)
      this.#books.customers.save({ ...customer, leaving: 'keep' }, decision.revision)
      this.#ledger.owe({ kind: 'erase', key: id }, decision)
      return ok(null)
    })
  }

  /** What is left to end; `null` when the person is gone. */
  task(id: string): ErasureTask | null {
    const customer = this.#books.customers.get(id)
    if (customer === null) return null
    return { stripeAccount: this.#books.settings.require().stripeAccount, ...this.#unended(id) }
  }

  /**
   * Forgets the person, all at once: the row keeps its id, orders keep what bookkeeping needs. An erasure is not done
   * while anything is left that could take their money, whatever came to be since it was looked at.
   */
  finish(id: string): Outcome<{ left: boolean }> {
    return this.#ledger.decide((decision) => {
      if (this.#books.ending.get() !== null) return no('project_deleted')
      const customer = this.#books.customers.get(id)
      if (!customer) return no('customer_not_found')
      const { checkouts, subscriptions } = this.#unended(id)
      const isPayable = this.#books.settings.require().stripeAccount !== null
      if (customer.leaving !== null && isPayable && checkouts.length + subscriptions.length > 0)
        return ok({ left: true })
      this.#forget(customer, decision)
      return ok({ left: false })
    })
  }

  #unended(id: string): { checkouts: Checkout[]; subscriptions: string[] } {
    const live = this.#books.subscriptions.ofCustomer(id).filter(({ status }) => isLive(status))
    return { checkouts: this.#books.checkouts.payable(id), subscriptions: live.map((subscription) => subscription.id) }
  }

  #forget(customer: Customer, decision: Decision): void {
    const { now, revision } = decision
    const { id, email, stripeCustomerId, leaving } = customer
    const books = this.#books
    const orders = books.orders.ofPerson(id, email)
    const subscriptions = books.subscriptions.ofCustomer(id).map((subscription) => subscription.id)
    const sessions = books.checkouts.sessionsOf(id)
    const known = [stripeCustomerId, ...subscriptions, ...sessions, ...orders.flatMap(idsOf)].filter(
      (one) => one !== null,
    )
    books.erased.add(known, now)
    books.inbox.forgetPerson([...known, ...(email === null ? [] : [email])], revision)
    if (email !== null) books.replies.forgetPerson(email)
    books.customers.save(
      {
        ...customer,
        email: null,
        firstName: null,
        lastName: null,
        grantedTier: null,
        limits: null,
        stripeCustomerId: null,
        stripeGeneration: customer.stripeGeneration + 1,
        hasSubscription: false,
        leaving: null,
        deletedAt: now,
      },
      revision,
    )
    books.usage.forgetCustomer(id)
    this.#ledger.setTimer({ kind: 'prune', key: '', at: now }) // what is left of the calls goes soon
    books.declined.forgetCustomer(id)
    books.milestones.forgetCustomer(id)
    books.credits.forgetCustomer(id)
    books.checkouts.forgetCustomer(id)
    books.sessions.forgetCustomer(id)
    books.orders.forgetPerson(id, email, revision)
    announceDeleted({ id, email, orders: orders.map((order) => order.id) }, books, decision)
    if (customer.origin === 'clerk') this.#ledger.owe({ kind: 'identity.leave', key: id }, decision)
    if (leaving === 'delete' && stripeCustomerId !== null)
      this.#ledger.owe({ kind: 'stripe.forget', key: stripeCustomerId }, decision)
  }
}

const idsOf = (order: { id: string; sessionId: string | null; paymentIntent: string | null }) => [
  order.id,
  order.sessionId,
  order.paymentIntent,
]
