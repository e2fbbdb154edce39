/** A fault to be caught: the use is counted, and 2 ms later its key is remembered; a crash between the two forgets it. */

import type { Caller } from '../../../objects/caller.ts'
import type { Counted, Replayable, UsageItem } from '../../../objects/counting.ts'
import type { Outcome } from '../../../objects/outcome.ts'
import sandbox, { Account, Connection, Feed, Person, Project as Sound, Registry, Trial } from '../../sandbox/app.ts'

export { Account, Connection, Feed, Person, Registry, Trial }
export default sandbox

type Tracked = Outcome<Replayable<Outcome<Counted>>[]>

const BETWEEN_MS = 2

export class Project extends Sound {
  override async trackUsage(caller: Caller, items: readonly UsageItem[]): Promise<Tracked> {
    const key = items.map(({ idempotencyKey }) => idempotencyKey).join(' ')
    this.store.run('CREATE TABLE IF NOT EXISTS remembered (key TEXT PRIMARY KEY, answer TEXT NOT NULL)')
    const known = this.store.maybe<{ answer: string }>('SELECT answer FROM remembered WHERE key = ?', key)
    if (known !== null) return JSON.parse(known.answer) as Tracked
    const tracked = await super.trackUsage(
      caller,
      items.map(({ idempotencyKey: _, ...item }) => item),
    )
    await scheduler.wait(BETWEEN_MS)
    this.store.run('INSERT OR REPLACE INTO remembered (key, answer) VALUES (?, ?)', key, JSON.stringify(tracked))
    return tracked
  }
}
