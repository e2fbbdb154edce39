/**
 * One person who signs in to the dashboard: which account is their own, and which others they belong to. It is asked
 * where an account is found; what they may do there, the account knows.
 */

import { DurableObject } from 'cloudflare:workers'
import { migrate, type Step } from './migrations.ts'
import { Store } from './store.ts'

/** Appended, never edited. */
export const PERSON_STEPS: readonly Step[] = [
  [
    `CREATE TABLE accounts (
      platform_id TEXT PRIMARY KEY,
      own INTEGER NOT NULL CHECK (own IN (0, 1)),
      since INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID`,
    'CREATE UNIQUE INDEX accounts_own ON accounts (own) WHERE own = 1',
  ],
]

export class Person<Env = unknown> extends DurableObject<Env> {
  readonly #store: Store

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env)
    this.#store = new Store(ctx.storage)
    ctx.storage.transactionSync(() => migrate(this.#store, PERSON_STEPS))
  }

  /** The person's own account: `candidate` if they had none, so that two first visits at once make one. */
  ownAccount(candidate: string): string {
    this.#store.run(
      'INSERT INTO accounts (platform_id, own, since) VALUES (?, 1, ?) ON CONFLICT DO NOTHING',
      candidate,
      Date.now(),
    )
    return this.#store.one<{ platform_id: string }>('SELECT platform_id FROM accounts WHERE own = 1').platform_id
  }

  join(platformId: string): void {
    this.#store.run(
      'INSERT INTO accounts (platform_id, own, since) VALUES (?, 0, ?) ON CONFLICT DO NOTHING',
      platformId,
      Date.now(),
    )
  }

  /** They left the account, or it was deleted. If it was their own, the next visit founds a new one. */
  leave(platformId: string): void {
    this.#store.run('DELETE FROM accounts WHERE platform_id = ?', platformId)
  }

  accounts(): string[] {
    return this.#store
      .all<{ platform_id: string }>('SELECT platform_id FROM accounts ORDER BY own DESC, since, platform_id')
      .map((row) => row.platform_id)
  }
}
