/** A fault to be caught: the alarm is set after a real await, so a crash may keep a debt and lose its alarm. */

import sandbox, { Account, Connection, Feed, Person, Project as Sound, Registry, Trial } from '../../sandbox/app.ts'
import type { SandboxEnv } from '../../sandbox/app.ts'

export { Account, Connection, Feed, Person, Registry, Trial }
export default sandbox

/** As long as a slow call outside. */
const AWAY_MS = 500

export class Project extends Sound {
  constructor(ctx: DurableObjectState, env: SandboxEnv) {
    const setAlarm = ctx.storage.setAlarm.bind(ctx.storage)
    ctx.storage.setAlarm = async (at, options) => {
      await scheduler.wait(AWAY_MS)
      await setAlarm(at, options)
    }
    super(ctx, env)
  }
}
