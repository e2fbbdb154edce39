/**
 * One connected Stripe account in one mode: which projects are paid through it. Events name the account, so this is how
 * an event finds its projects; metadata is never asked. It belongs to one platform account only.
 */

import { DurableObject } from 'cloudflare:workers'
import { migrate, type Step } from './migrations.ts'
import { no, ok, type Outcome } from './outcome.ts'
import { Store } from './store.ts'

/** Appended, never edited. */
export const CONNECTION_STEPS: readonly Step[] = [
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
  ['ALTER TABLE owner ADD COLUMN claim INTEGER'],
]

/** Who claims a Stripe account, under which number: a later claim of theirs has a greater one. */
export interface Claim {
  readonly platformId: string
  readonly claim: number
}

type OwnerRow = { platform_id: string; claim: number | null }

export class Connection<Env = unknown> extends DurableObject<Env> {
  readonly #store: Store

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env)
    this.#store = new Store(ctx.storage)
    ctx.storage.transactionSync(() => migrate(this.#store, CONNECTION_STEPS))
  }

  /** Keeps the Stripe account for a platform account, with or without projects. Refuses another one. */
  claim({ platformId, claim }: Claim): Outcome<null, 'stripe_account_taken'> {
    const owner = this.#owner()
    if (owner !== null && owner.platform_id !== platformId) return no('stripe_account_taken')
    this.#store.run(
      `INSERT INTO owner (one, platform_id, claim) VALUES (1, ?, ?)
       ON CONFLICT (one) DO UPDATE SET claim = max(coalesce(claim, 0), excluded.claim)`,
      platformId,
      claim,
    )
    return ok(null)
  }

  isClaimed({ platformId, claim }: Claim): boolean {
    const owner = this.#owner()
    return owner !== null && owner.platform_id === platformId && owner.claim === claim
  }

  /** Lets the Stripe account go with all its projects, unless it was claimed again meanwhile. */
  release(claim: Claim): void {
    if (!this.isClaimed(claim)) return
    this.ctx.storage.transactionSync(() => {
      this.#store.run('DELETE FROM members')
      this.#store.run('DELETE FROM owner')
    })
  }

  /** The platform account that claimed it; `null` when none did. */
  claimedBy(): string | null {
    const owner = this.#owner()
    return owner !== null && owner.claim !== null ? owner.platform_id : null
  }

  #owner(): OwnerRow | null {
    return this.#store.maybe<OwnerRow>('SELECT platform_id, claim FROM owner')
  }

  /** Adds a project. Refuses a second platform account: one Stripe account pays one of them. */
  attach(member: { platformId: string; projectId: string }): Outcome<null, 'stripe_account_taken'> {
    const owner = this.#owner()
    if (owner !== null && owner.platform_id !== member.platformId) return no('stripe_account_taken')
    this.ctx.storage.transactionSync(() => {
      this.#store.run('INSERT OR IGNORE INTO owner (one, platform_id) VALUES (1, ?)', member.platformId)
      this.#store.run('INSERT OR IGNORE INTO members (project_id, since) VALUES (?, ?)', member.projectId, Date.now())
    })
    return ok(null)
  }

  detach(projectId: string): void {
    this.ctx.storage.transactionSync(() => {
      this.#store.run('DELETE FROM members WHERE project_id = ?', projectId)
      this.#store.run('DELETE FROM owner WHERE claim IS NULL AND NOT EXISTS (SELECT 1 FROM members)')
    })
  }

  /** Ids of the projects that are paid through this account, oldest first. */
  projects(): string[] {
    return this.#store
      .all<{ project_id: string }>('SELECT project_id FROM members ORDER BY since, project_id')
      .map((row) => row.project_id)
  }
}
