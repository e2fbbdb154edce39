/**
 * Every account there ever was, by its platform id: objects cannot be listed, and the reports, which can, may be lost.
 * Asked when the reports are rebuilt, told when an account is founded; nothing else waits for it.
 */

import { DurableObject } from 'cloudflare:workers'
import { migrate, type Step } from './migrations.ts'
import { Store } from './store.ts'

/** Appended, never edited. */
export const REGISTRY_STEPS: readonly Step[] = [
  ['CREATE TABLE founded (platform_id TEXT PRIMARY KEY, at INTEGER NOT NULL) STRICT, WITHOUT ROWID'],
]

export class Registry<Env = unknown> extends DurableObject<Env> {
  readonly #store: Store

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env)
    this.#store = new Store(ctx.storage)
    ctx.storage.transactionSync(() => migrate(this.#store, REGISTRY_STEPS))
  }

  add(platformId: string): void {
    this.#store.run(
      'INSERT INTO founded (platform_id, at) VALUES (?, ?) ON CONFLICT DO NOTHING',
      platformId,
      Date.now(),
    )
  }

  /** Those after a place, in the order of their ids. */
  page(after: string, limit: number): string[] {
    return this.#store
      .all<{ platform_id: string }>(
        'SELECT platform_id FROM founded WHERE platform_id > ? ORDER BY platform_id LIMIT ?',
        after,
        limit,
      )
      .map((row) => row.platform_id)
  }
}
