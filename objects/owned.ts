/**
 * What a project's owner sets up: its settings, its keys and its tiers. Also the gate and the ledger that every desk of a
 * project shares.
 */

import type { TierInput, TierPatch, TierPreview } from '../sdk/schema/catalog.ts'
import type { KeyInput } from '../sdk/schema/key.ts'
import type { SettingsPatch } from '../sdk/schema/project.ts'
import type { Ledger } from './books.ts'
import type { Caller } from './caller.ts'
import { Gate } from './gate.ts'
import { Keying } from './keying.ts'
import { Moving } from './moving.ts'
import type { Attempt } from './replies.ts'
import { Reported } from './reported.ts'
import { Setup } from './setup.ts'
import { Tiering } from './tiering.ts'

export abstract class Owned<Env = unknown> extends Reported<Env> {
  protected readonly gate = new Gate(this.books)
  protected readonly ledger = this.#asLedger()
  readonly #setup = new Setup(this.ledger, this.books, this.gate)
  readonly #keying = new Keying(this.ledger, this.books, this.gate)

  protected readonly moving = new Moving(this.ledger, this.books, this.gate)
  readonly #tiering = new Tiering(this.ledger, this.books, this.gate, this.moving)

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
  addKey(caller: Caller, key: KeyInput & { hash: string; last4: string }, attempt?: Attempt | null) {
    return this.#keying.add(caller, key, attempt)
  }
  rotateKey(caller: Caller, rotation: Parameters<Keying['rotate']>[1], attempt?: Attempt | null) {
    return this.#keying.rotate(caller, rotation, attempt)
  }
  sponsorOf(caller: Caller) {
    return this.#keying.sponsor(caller)
  }
  revokeKey(caller: Caller, name: string, only: 'old' | null = null) {
    return this.#keying.revoke(caller, name, only)
  }

  // Tiers

  allTiers(caller: Caller) {
    return this.#tiering.list(caller)
  }
  addTier(caller: Caller, input: TierInput, attempt?: Attempt | null) {
    return this.#tiering.add(caller, input, attempt)
  }
  updateTier(caller: Caller, slug: string, patch: TierPatch) {
    return this.#tiering.update(caller, slug, patch)
  }
  archiveTier(caller: Caller, slug: string, archived: boolean) {
    return this.#tiering.archive(caller, slug, archived)
  }
  orderTiers(caller: Caller, slugs: readonly string[]) {
    return this.#tiering.order(caller, slugs)
  }
  previewTier(caller: Caller, slug: string, change: TierPreview) {
    return this.#tiering.preview(caller, slug, change)
  }
  tierTask(slug: string) {
    return this.#tiering.taskOf(slug)
  }
  closeTierPrice(link: Parameters<Tiering['closePrice']>[0]) {
    return this.#tiering.closePrice(link)
  }
  migrationOf(caller: Caller, slug: string) {
    return this.moving.migrationOf(caller, slug)
  }
  moveTask(subscriptionId: string) {
    return this.moving.taskOf(subscriptionId)
  }
  moveRefused(subscriptionId: string, reason: string) {
    return this.moving.fail(subscriptionId, reason)
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
