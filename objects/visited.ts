/** A project whose customers come to its pages: they sign in, stay signed in, and are signed out. */

import type { Caller } from './caller.ts'
import { Promoted } from './promoted.ts'
import { Roster } from './roster.ts'
import { Signing, type Arrival } from './signing.ts'

export abstract class Visited<Env = unknown> extends Promoted<Env> {
  protected readonly roster = new Roster(this.ledger, this.books, this.gate)
  readonly #signing = new Signing(this.ledger, this.books, { gate: this.gate, roster: this.roster })

  signInDoor(redirect: string) {
    return this.#signing.door(redirect)
  }
  arrive(arrival: Arrival) {
    return this.#signing.arrive(arrival)
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
