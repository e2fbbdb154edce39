/**
 * A project that was set back to an earlier moment. What it knows is true of then; what happened since is known to Stripe,
 * to the reports and to the identity provider, and is gathered from them again. Until that is done nothing new is sold and
 * nothing given back, because what is left of anything is not known.
 */

import type { Decision } from './actor.ts'
import type { Books, Ledger } from './books.ts'
import { isLive } from './entitlement.ts'
import type { Interval } from '../sdk/schema/catalog.ts'
import { no, ok, type Outcome } from './outcome.ts'
import type { Restore } from './restores.ts'
import type { Roster } from './roster.ts'

/** Stripe takes a hundred reads a second of an account, a quarter of that in test mode. */
const READ_AT_ONCE = 10
const NEXT_AFTER_MS = 1_000
/** So many decisions may have been made by the object as it was, before anybody told it that it was set back. */
const UNNOTICED = 1_000
const ALL = Number.MAX_SAFE_INTEGER

export interface RestoreTask extends Restore {
  readonly stripeAccount: string | null
}

/** A customer as the reports have them. */
export interface ReportedCustomer {
  readonly id: string
  readonly email: string | null
  readonly createdAt: number
  readonly deletedAt: number | null
}

/** A price of ours that is found on the Stripe account. */
export interface FoundPrice {
  readonly stripePriceId: string
  readonly stripeProductId: string
  readonly currency: string
  readonly unitAmount: number
  /** What it was made for, as its metadata say. */
  readonly of: { readonly tier: string; readonly interval: Interval } | { readonly variantId: string }
}

/** A session found at Stripe, by the intent that it was made for. */
export interface FoundSession {
  readonly sessionId: string
  readonly url: string
  readonly checkoutId: string | null
  readonly orderId: string | null
}

export class Restoring {
  readonly #ledger: Ledger
  readonly #books: Books
  readonly #roster: Roster

  constructor(ledger: Ledger, books: Books, roster: Roster) {
    this.#ledger = ledger
    this.#books = books
    this.#roster = roster
  }

  knows(epoch: number): boolean {
    return this.#books.restores.get(epoch) !== null
  }

  /** Writes the restore down, and owes a reading of everything that Stripe may know better. */
  begin({ epoch, since, revision }: { epoch: number; since: number; revision: number }): Outcome<null> {
    return this.#ledger.decide((decision) => {
      if (this.#books.settings.get() === null) return no('project_not_found')
      this.#books.restores.add({ epoch, since, known: Math.max(0, revision - UNNOTICED) })
      this.#books.sessions.revokeAll(decision.now) // among them those that were ended since
      // One that is being deleted has nobody left who wants to know.
      if (this.#books.ending.get() !== null) this.#books.restores.finish(epoch, decision.now)
      else this.#oweReadings(epoch, decision)
      return ok(null)
    })
  }

  #oweReadings(epoch: number, decision: Decision): void {
    const { subscriptions, checkouts, orders, refunds } = this.#books
    const live = subscriptions.all().filter(({ status }) => isLive(status) || status === 'incomplete')
    const debts = [
      { kind: 'restore', key: String(epoch) },
      { kind: 'stripe.account', key: '' },
      ...checkouts.allPayable('', ALL).map(({ id }) => ({ kind: 'stripe.checkout', key: id })),
      ...orders.pending('', ALL).map((id) => ({ kind: 'stripe.order', key: id })),
      ...refunds.asked().map(({ id }) => ({ kind: 'stripe.refund', key: id })),
      ...live.map(({ id }) => ({ kind: 'stripe.subscription', key: id })),
    ]
    for (const [index, debt] of debts.entries())
      this.#ledger.owe({ ...debt, at: decision.now + Math.floor(index / READ_AT_ONCE) * NEXT_AFTER_MS }, decision)
  }

  /** What is to be gathered; `null` when that is done. */
  task(epoch: number): RestoreTask | null {
    const restore = this.#books.restores.get(epoch)
    if (restore === null || restore.doneAt !== null) return null
    return { ...restore, stripeAccount: this.#books.settings.require().stripeAccount }
  }

  finish(epoch: number): Outcome<null> {
    return this.#ledger.decide(({ now }) => {
      this.#books.restores.finish(epoch, now)
      return ok(null)
    })
  }

  /** Customers who came, changed or left since: they are here again, told to the identity provider, or forgotten again. */
  meet(reported: readonly ReportedCustomer[]): Outcome<null> {
    return this.#ledger.decide((decision) => {
      for (const person of reported) this.#meet(person, decision)
      return ok(null)
    })
  }

  #meet(person: ReportedCustomer, decision: Decision): void {
    const known = this.#books.customers.get(person.id)
    if (person.deletedAt !== null) {
      if (known === null) return
      this.#books.customers.save({ ...known, leaving: known.leaving ?? 'keep' }, decision.revision)
      return this.#ledger.owe({ kind: 'erase', key: known.id }, decision)
    }
    if (known !== null) return this.#roster.oweIdentity(known, decision)
    const isTaken = person.email !== null && this.#books.customers.byEmail(person.email) !== null
    const added = this.#books.customers.add({
      id: person.id,
      email: isTaken ? null : person.email,
      firstName: null,
      lastName: null,
      origin: person.id.startsWith('user_') ? 'clerk' : 'asserted',
      grantedTier: null,
      now: person.createdAt,
      revision: decision.revision,
    })
    this.#roster.oweIdentity(added, decision, { joined: true })
  }

  /** Who bought at Stripe under an id of ours is that customer, unless we know better. */
  linkBuyer(buyer: { customerId: string; stripeCustomerId: string; email: string | null }): Outcome<null> {
    return this.#ledger.decide((decision) => {
      const { customerId, stripeCustomerId, email } = buyer
      if (this.#books.customers.byStripeId(stripeCustomerId) !== null) return ok(null)
      if (this.#books.customers.find(customerId) === null)
        this.#meet({ id: customerId, email, createdAt: decision.now, deletedAt: null }, decision)
      const customer = this.#books.customers.get(customerId)
      if (customer !== null && customer.stripeCustomerId === null)
        this.#books.customers.save({ ...customer, stripeCustomerId }, decision.revision)
      return ok(null)
    })
  }

  /** What was made on the Stripe account for our tiers and products since is theirs again, and is not made twice. */
  linkPrices(found: readonly FoundPrice[]): Outcome<null> {
    return this.#ledger.decide((decision) => {
      for (const price of found) this.#linkPrice(price, decision)
      return ok(null)
    })
  }

  #linkPrice({ of, stripePriceId, stripeProductId, ...money }: FoundPrice, { revision }: Decision): void {
    const { catalog, products, stock } = this.#books
    if ('tier' in of) {
      const price = { ...of, ...money }
      if (catalog.priceFor(price)?.stripePriceId === null)
        catalog.link({ price, stripeProductId, stripePriceId, revision })
      return
    }
    const price = products.priceAt({ ...of, ...money })
    const variant = stock.get(of.variantId)
    if (price === null || variant === null) return
    products.linkPrice(price, stripePriceId)
    stock.describe(variant, revision)
  }

  /** Is the session of an intent that we have? Then the intent has its session again, if it had lost it. */
  recognize({ sessionId, url, checkoutId, orderId }: FoundSession): Outcome<{ known: boolean }> {
    return this.#ledger.decide((decision) => {
      const checkout = checkoutId === null ? null : this.#books.checkouts.get(checkoutId)
      if (checkout?.sessionId === null) this.#books.checkouts.open(checkout.id, { id: sessionId, url })
      const order = orderId === null ? null : this.#books.orders.get(orderId)
      if (order?.sessionId === null) this.#books.orders.save({ ...order, sessionId, url }, decision.revision)
      return ok({ known: checkout !== null || order !== null })
    })
  }
}
