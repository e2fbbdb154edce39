/** A fault to be caught: the count is answered from memory and written behind, 50 ms later. */

import type { Caller } from '../../../objects/caller.ts'
import type { Counted, Replayable, UsageItem } from '../../../objects/counting.ts'
import { ok, type Outcome } from '../../../objects/outcome.ts'
import sandbox, { Account, Connection, Feed, Person, Project as Sound, Registry, Trial } from '../../sandbox/app.ts'

export { Account, Connection, Feed, Person, Registry, Trial }
export default sandbox

const WRITE_BEHIND_MS = 50

export class Project extends Sound {
  override async trackUsage(
    caller: Caller,
    items: readonly UsageItem[],
  ): Promise<Outcome<Replayable<Outcome<Counted>>[]>> {
    this.ctx.waitUntil(scheduler.wait(WRITE_BEHIND_MS).then(() => super.trackUsage(caller, items)))
    return ok(items.map((item) => ok({ id: 'use_0', usage: { meter: item.meter } }) as unknown as Outcome<Counted>))
  }
}
