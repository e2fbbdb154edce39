/** What leaves a project: its data, for whoever owns it, and in the end all of it. */

import type { AfterErasure } from '../sdk/schema/customer.ts'
import type { ExportTable } from '../sdk/schema/export.ts'
import type { Caller } from './caller.ts'
import { Erasing } from './erasing.ts'
import { Exporting, type ExportPlace } from './exporting.ts'
import { Hooked } from './hooked.ts'
import { isLive } from './entitlement.ts'
import { Purging, type PurgeDone, type PurgeWish } from './purging.ts'

export abstract class Leaving<Env = unknown> extends Hooked<Env> {
  readonly #purging = new Purging(this.ledger, this.books)
  readonly #exporting = new Exporting(this.store, this.books, this.gate)
  readonly #erasing = new Erasing(this.ledger, this.books, this.gate)

  exportPage(caller: Caller, table: ExportTable, after: ExportPlace | null) {
    return this.#exporting.page(caller, { table, after, now: this.now() })
  }

  exportCustomer(caller: Caller, id: string) {
    return this.#exporting.customer(caller, id, this.now())
  }

  startErasure(caller: Caller, id: string, stripe: AfterErasure) {
    return this.#erasing.start(caller, id, stripe)
  }
  protected vanished(id: string) {
    return this.#erasing.vanished(id)
  }
  erasureTask(id: string) {
    return this.#erasing.task(id)
  }
  removeCustomer(id: string) {
    return this.#erasing.finish(id)
  }

  /** Closes the project for ever and begins its purge. Only the account that has it may say so. */
  startPurge(wish: PurgeWish) {
    return this.#purging.start(wish)
  }
  /** How many subscriptions of its customers run. */
  liveSubscriptions(): number {
    return this.books.subscriptions.all().filter(({ status }) => isLive(status)).length
  }
  purgeTask(turn: number) {
    return this.#purging.task(turn)
  }
  purged(done: PurgeDone) {
    return this.#purging.done(done)
  }
  purgeProgress() {
    return this.#purging.progress()
  }
}
