/** What leaves a project: in the end, all of it. */

import { Owned } from './owned.ts'
import { Purging, type PurgeDone, type PurgeWish } from './purging.ts'

export abstract class Leaving<Env = unknown> extends Owned<Env> {
  readonly #purging = new Purging(this.ledger, this.books)

  /** Closes the project for ever and begins its purge. Only the account that has it may say so. */
  startPurge(wish: PurgeWish) {
    return this.#purging.start(wish)
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
