/** A project whose customers come to its pages: they sign in, stay signed in, and are signed out. */

import type { Caller } from './caller.ts'
import { Promoted } from './promoted.ts'
import { Roster } from './roster.ts'
import { Signing, type Arrival } from './signing.ts'

/** Longer than Stripe usually takes to tell; shorter than a person waits. */
const WAIT_MS = 20_000
/** Each of them is looked at after every commit. */
const WAITING_MAX = 200

export abstract class Visited<Env = unknown> extends Promoted<Env> {
  protected readonly roster = new Roster(this.ledger, this.books, this.gate)
  readonly #waiting = new Set<() => void>()
  readonly #signing = new Signing(this.ledger, this.books, { gate: this.gate, roster: this.roster })

  signInDoor(redirect: string) {
    return this.#signing.door(redirect)
  }
  arrive(arrival: Arrival) {
    return this.#signing.arrive(arrival)
  }
  /** Resolves when a customer's plan is new, as far as `hasNewPlan` tells; in any case after a while. */
  async newPlan(customerId: string, from: string | null): Promise<void> {
    if (this.#waiting.size >= WAITING_MAX || this.#signing.hasNewPlan(customerId, from)) return
    await new Promise<void>((resolve) => {
      const done = () => {
        this.#waiting.delete(look)
        clearTimeout(timer)
        resolve()
      }
      const look = () => {
        if (this.#signing.hasNewPlan(customerId, from)) done()
      }
      const timer = setTimeout(done, WAIT_MS)
      this.#waiting.add(look)
    })
  }

  /** The same for whoever is signed in by a session. */
  async newPlanIn(sessionId: string): Promise<void> {
    const customerId = this.#signing.bearerOf(sessionId)
    if (customerId !== null) await this.newPlan(customerId, null)
  }

  protected override committed(revision: number): void {
    super.committed(revision)
    for (const look of this.#waiting) look()
  }

  /** What the identity provider says of a person now; `null`: they left it. */
  heardOfPerson(userId: string, person: { readonly email: string | null } | null) {
    return person === null ? this.vanished(userId) : this.roster.readdress(userId, person.email)
  }

  exchangeCode(caller: Caller, given: Parameters<Signing['exchange']>[1]) {
    return this.#signing.exchange(caller, given)
  }
  refreshSession(caller: Caller, token: Parameters<Signing['refresh']>[1]) {
    return this.#signing.refresh(caller, token)
  }
  signOut(caller: Caller, sessionId: string) {
    return this.#signing.signOut(caller, sessionId)
  }
  listSessions(caller: Caller, customerId: string) {
    return this.#signing.list(caller, customerId)
  }
  endSessions(caller: Caller, customerId: string, sessionId: string | null) {
    return this.#signing.end(caller, customerId, sessionId)
  }
}
