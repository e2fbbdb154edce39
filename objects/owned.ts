/**
 * What a project's owner sets up: its settings, its keys and its tiers. Also the gate and the ledger that every desk of a
 * project shares.
 */

import type { KeyInput } from '../sdk/schema/key.ts'
import type { SettingsPatch } from '../sdk/schema/project.ts'
import type { Ledger } from './books.ts'
import type { Caller } from './caller.ts'
import { Gate } from './gate.ts'
import { Keying } from './keying.ts'
import { Reported } from './reported.ts'
import { Setup } from './setup.ts'

export abstract class Owned<Env = unknown> extends Reported<Env> {
  protected readonly gate = new Gate(this.books)
  protected readonly ledger = this.#asLedger()
  readonly #setup = new Setup(this.ledger, this.books, this.gate)
  readonly #keying = new Keying(this.ledger, this.books, this.gate)

  // Settings

  getProject(caller: Caller) {
    return this.#setup.get(caller)
  }
  updateProject(caller: Caller, patch: SettingsPatch) {
    return this.#setup.update(caller, patch)
  }

  // Keys

  listKeys(caller: Caller) {
    return this.#keying.list(caller)
  }
  addKey(caller: Caller, key: KeyInput & { hash: string; last4: string }) {
    return this.#keying.add(caller, key)
  }
  rotateKey(caller: Caller, rotation: Parameters<Keying['rotate']>[1]) {
    return this.#keying.rotate(caller, rotation)
  }
  revokeKey(caller: Caller, name: string) {
    return this.#keying.revoke(caller, name)
  }

  #asLedger(): Ledger {
    const revision = () => this.revision
    return {
      get revision() {
        return revision()
      },
      timers: this.timers,
      outbox: this.outbox,
      now: () => this.now(),
      decide: (fn) => this.decide(fn),
      commit: (fn, wrote) => this.commit(fn, wrote),
      owe: (debt, decision) => this.owe(debt, decision),
      setTimer: (timer) => this.setTimer(timer),
      underWay: () => this.underWay(),
      wipe: (refill) => this.wipe(refill),
    }
  }
}
