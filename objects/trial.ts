/** Whether somebody has had the free trial: one a person, one a card. Named by either; the first account to ask has it. */

import { DurableObject } from 'cloudflare:workers'
import { migrate } from './migrations.ts'
import { Store } from './store.ts'

export class Trial<Env = unknown> extends DurableObject<Env> {
  readonly #store: Store

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env)
    this.#store = new Store(ctx.storage)
    const table = 'CREATE TABLE trial (one INTEGER PRIMARY KEY CHECK (one = 1), platform_id TEXT NOT NULL) STRICT'
    ctx.storage.transactionSync(() => migrate(this.#store, [[table]]))
  }

  /** Is the trial this account's? Asked again it answers the same. */
  claim(platformId: string): boolean {
    this.#store.run('INSERT INTO trial (one, platform_id) VALUES (1, ?) ON CONFLICT DO NOTHING', platformId)
    return this.isFor(platformId)
  }

  /** Could this account still have it, or has it had it? Claims nothing. */
  isFor(platformId: string): boolean {
    const taken = this.#store.maybe<{ platform_id: string }>('SELECT platform_id FROM trial')
    return taken === null || taken.platform_id === platformId
  }
}
