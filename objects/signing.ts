/**
 * Signing customers in: a person who proved who they are arrives at the sign-in page, becomes a customer, and their
 * browser takes a session for a one-time code. What the identity provider says was proved by the worker.
 */

import type { Mode } from '../sdk/schema/common.ts'
import type { Decision } from './actor.ts'
import type { Books, Ledger } from './books.ts'
import type { Caller } from './caller.ts'
import type { Customer } from './customers.ts'
import type { Gate } from './gate.ts'
import { no, ok, type Outcome, type Refusal } from './outcome.ts'
import type { Roster } from './roster.ts'
import type { Session } from './sessions.ts'

/** A person at the sign-in page, and where they want to go on. */
export interface Arrival {
  readonly userId: string
  /** `null`: the person did not say that they want to become a customer. */
  readonly join: { readonly email: string | null } | null
  readonly redirect: string
  /** The code that the page they go on to may take, and who may take it. */
  readonly code: { readonly hash: string; readonly challenge: string } | null
}

/** What a customer token says. All of it is as true as the moment of its making. */
export interface Grant {
  readonly session: { readonly id: string; readonly origin: string }
  readonly projectId: string
  readonly mode: Mode
  readonly publishableKey: string
  readonly customer: { readonly id: string; readonly email: string | null; readonly plan: string }
}

/** Whoever comes back from paying does so within the time that a payment page is open. */
const PURCHASE_MS = 86_400_000

export class Signing {
  readonly #ledger: Ledger
  readonly #books: Books
  readonly #gate: Gate
  readonly #roster: Roster

  constructor(ledger: Ledger, books: Books, { gate, roster }: { gate: Gate; roster: Roster }) {
    this.#ledger = ledger
    this.#books = books
    this.#gate = gate
    this.#roster = roster
  }

  /** May the sign-in page be shown to who came from there? Answers what the project is called and its colour. */
  door(redirect: string): Outcome<{ name: string; accentColor: string | null }> {
    const settings = this.#books.settings.get()
    if (settings === null) return no('invalid_publishable_key')
    const refusal = this.#comingFrom(redirect, this.#ledger.now())
    return refusal ?? ok({ name: settings.name, accentColor: settings.accentColor })
  }

  /**
   * Lets a person in who was proved by the identity provider. Nobody becomes a customer by following a link: that takes
   * their word, given on our own page.
   */
  arrive({ userId, join, redirect, code }: Arrival): Outcome<null> {
    return this.#ledger.decide((decision) => {
      const refusal = this.#comingFrom(redirect, decision.now)
      if (refusal) return refusal
      const { customers, sessions } = this.#books
      const known = customers.get(userId)
      if (known !== null && known.leaving !== null) return no('customer_leaving')
      if (known?.origin !== 'clerk') {
        if (join === null) return no('not_a_customer')
        this.#join(known, { userId, email: join.email }, decision)
      }
      if (code !== null)
        sessions.addCode({ ...code, customerId: userId, origin: new URL(redirect).origin }, decision.now)
      return ok(null)
    })
  }

  /** A customer of theirs; an id that the developer named before they signed up is the same person. */
  #join(known: Customer | null, { userId, email }: { userId: string; email: string | null }, decision: Decision): void {
    const { customers } = this.#books
    const own = email === null || customers.byEmail(email) !== null ? null : email
    if (known !== null) customers.save({ ...known, email: own, origin: 'clerk' }, decision.revision)
    else
      this.#books.insertCustomer(
        { id: userId, email: own, firstName: null, lastName: null, origin: 'clerk', grantedTier: null },
        decision,
      )
    const joined = customers.get(userId)
    if (joined !== null) this.#roster.oweIdentity(joined, decision, { joined: true })
  }

  /**
   * Has the plan of a customer become another than `from`? When it is not said from which, it is what they went to buy
   * last that counts: it takes a moment until Stripe has told us that they paid.
   */
  hasNewPlan(customerId: string, from: string | null): boolean {
    const now = this.#ledger.now()
    const customer = this.#books.customers.get(customerId)
    if (customer === null) return true
    const { slug } = this.#books.planOf(customer, now)
    if (from !== null) return slug !== from
    const checkout = this.#books.checkouts.latest(customerId)
    if (checkout === null || checkout.createdAt <= now - PURCHASE_MS) return true
    return checkout.tier === slug || checkout.state === 'expired' || checkout.state === 'failed'
  }

  /** Whose session it is; `null` when it has ended. */
  bearerOf(sessionId: string): string | null {
    return this.#books.sessions.live(sessionId, this.#ledger.now())?.customerId ?? null
  }

  #comingFrom(redirect: string, now: number): Refusal | null {
    if (!this.#books.settings.get()) return no('invalid_publishable_key')
    if (!this.#gate.mayReturnTo(redirect)) return this.#gate.badReturn(redirect)
    return this.#gate.admit({ via: 'publishable', origin: new URL(redirect).origin, token: null }, 'admin', now)
  }

  /** Takes a session for a code: once, from the page it was sent to, by the browser that asked for it. */
  exchange(
    caller: Caller,
    given: { codeHash: string; challenge: string; session: { id: string; hash: string } },
  ): Outcome<Grant> {
    return this.#ledger.decide((decision) => {
      const refusal = this.#gate.admit(caller, 'admin', decision.now)
      if (refusal) return refusal
      const { sessions } = this.#books
      const code = sessions.takeCode(given.codeHash, decision.now)
      if (code === null || code.challenge !== given.challenge || !isPage(caller, code.origin)) return no('code_invalid')
      sessions.add({ ...given.session, customerId: code.customerId, origin: code.origin }, decision.now)
      return this.#grant(given.session.id, decision.now)
    })
  }

  /** Renews a session. A token that was renewed before means that somebody holds a copy: then nobody may go on. */
  refresh(caller: Caller, token: { id: string; hash: string; nextHash: string }): Outcome<Grant> {
    const now = this.#ledger.now()
    const refusal = this.#gate.admit(caller, 'admin', now)
    if (refusal) return refusal
    const { sessions } = this.#books
    const session = sessions.live(token.id, now)
    if (session === null || !isPage(caller, session.origin)) return no('session_ended')
    switch (sessions.judge(token, now)) {
      case 'reused':
        this.#ledger.commit((decision) => sessions.revoke(token.id, decision.now))
        return no('session_ended')
      case 'repeated':
        return this.#grant(token.id, now)
      case 'newest':
        return this.#ledger.decide((decision) => {
          sessions.renew(token.id, token.nextHash, decision.now)
          return this.#grant(token.id, decision.now)
        })
    }
  }

  /** Ends the session of whoever holds any of its tokens. That the account does not pay us is no reason to keep it. */
  signOut(caller: Caller, id: string): Outcome<null> {
    return this.#ledger.decide((decision) => {
      const refusal = this.#gate.admit(caller, 'admin', decision.now)
      if (refusal && refusal.code !== 'subscription_expired') return refusal
      this.#books.sessions.revoke(id, decision.now)
      return ok(null)
    })
  }

  #grant(sessionId: string, now: number): Outcome<Grant> {
    const session = this.#books.sessions.live(sessionId, now)
    const customer = session && this.#books.customers.get(session.customerId)
    if (!session || !customer) return no('session_ended')
    const { projectId, mode, publishableKey } = this.#books.settings.require()
    return ok({
      session: { id: session.id, origin: session.origin },
      projectId,
      mode,
      publishableKey,
      customer: { id: customer.id, email: customer.email, plan: this.#books.planOf(customer, now).slug },
    })
  }

  list(caller: Caller, customerId: string): Outcome<Omit<Session, 'customerId'>[]> {
    const now = this.#ledger.now()
    const refusal = this.#gate.admit(caller, 'read', now)
    if (refusal) return refusal
    if (this.#books.customers.get(customerId) === null) return no('customer_not_found')
    return ok(this.#books.sessions.ofCustomer(customerId, now).map(({ customerId: _, ...shown }) => shown))
  }

  /** Ends one session of a customer, or all of them. Tokens that were made for it are refused from now on. */
  end(caller: Caller, customerId: string, sessionId: string | null): Outcome<{ ended: number }> {
    return this.#ledger.decide((decision) => {
      const refusal = this.#gate.admit(caller, 'admin', decision.now)
      if (refusal) return refusal
      if (this.#books.customers.get(customerId) === null) return no('customer_not_found')
      const live = this.#books.sessions.ofCustomer(customerId, decision.now)
      const ending = live.filter(({ id }) => sessionId === null || id === sessionId)
      for (const { id } of ending) this.#books.sessions.revoke(id, decision.now)
      return ok({ ended: ending.length })
    })
  }
}

/** A browser says which page calls; a server with its secret key is no page. */
const isPage = (caller: Caller, origin: string): boolean => caller.via !== 'publishable' || caller.origin === origin
