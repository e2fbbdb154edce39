/** A fault to be caught: what is on hand is read once, and for a moment every sum is written over what it has become. */

import type { Caller } from '../../../objects/caller.ts'
import type { Attempt } from '../../../objects/replies.ts'
import type { StockChange } from '../../../sdk/schema/product.ts'
import sandbox, { Account, Connection, Feed, Person, Project as Sound, Registry, Trial } from '../../sandbox/app.ts'

export { Account, Connection, Feed, Person, Registry, Trial }
export default sandbox

/** As long as it would be awaited between reading and writing. */
const BETWEEN_MS = 2

export class Project extends Sound {
  readonly #seen = new Map<string, number>()

  override changeStock(caller: Caller, id: string, change: StockChange, attempt: Attempt | null = null) {
    if (!('delta' in change)) return super.changeStock(caller, id, change, attempt)
    const { onHand, revision } = this.store.one<{ onHand: number; revision: number }>(
      'SELECT on_hand AS onHand, revision FROM variants WHERE id = ?',
      id,
    )
    const seen = this.#seen.get(id) ?? onHand
    this.#seen.set(id, seen)
    this.ctx.waitUntil(scheduler.wait(BETWEEN_MS).then(() => this.#seen.delete(id)))
    const set = Math.max(seen + change.delta, 0)
    return super.changeStock(caller, id, { set, ifRevision: revision, reason: change.reason }, attempt)
  }
}
