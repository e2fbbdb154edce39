/**
 * One connected Stripe account in one mode: which projects are paid through it. Events name the account, so this is how
 * an event finds its projects; metadata is never asked. It belongs to one platform account only.
 */

import { DurableObject } from 'cloudflare:workers'
import { migrate, type Step } from './migrations.ts'
import { no, ok, type Outcome } from './outcome.ts'
import { Store } from './store.ts'

const CONNECTION_STEPS: readonly Step[] = [
  [
    `CREATE TABLE owner (
      one INTEGER PRIMARY KEY CHECK (one = 1),
      platform_id TEXT NOT NULL
    ) STRICT`,
    `CREATE TABLE members (
      project_id TEXT PRIMARY KEY,
      since INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID`,
  ],
]

export class Connection<Env = unknown> extends DurableObject<Env> {
  readonly #store: Store

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env)
    this.#store = new Store(ctx.storage)
    ctx.storage.transactionSync(() => migrate(this.#store, CONNECTION_STEPS))
  }

  /** Adds a project. Refuses a second platform account: one Stripe account pays one of them. */
  attach(member: { platformId: string; projectId: string }): Outcome<null, 'payments_not_connected'> {
    const owner = this.#store.maybe<{ platform_id: string }>('SELECT platform_id FROM owner')
    if (owner !== null && owner.platform_id !== member.platformId)
      return no('payments_not_connected', { message: 'This Stripe account is connected to another dream-api account.' })
    this.ctx.storage.transactionSync(() => {
      this.#store.run('INSERT OR IGNORE INTO owner (one, platform_id) VALUES (1, ?)', member.platformId)
      this.#store.run('INSERT OR IGNORE INTO members (project_id, since) VALUES (?, ?)', member.projectId, Date.now())
    })
    return ok(null)
  }

  detach(projectId: string): void {
    this.ctx.storage.transactionSync(() => {
      this.#store.run('DELETE FROM members WHERE project_id = ?', projectId)
      this.#store.run('DELETE FROM owner WHERE NOT EXISTS (SELECT 1 FROM members)')
    })
  }

  /** Ids of the projects that are paid through this account, oldest first. */
  projects(): string[] {
    return this.#store
      .all<{ project_id: string }>('SELECT project_id FROM members ORDER BY since, project_id')
      .map((row) => row.project_id)
  }
}
