/** Who did what, when and from where: every management action of an account, kept a year. */

import type { Step } from './migrations.ts'
import type { Store } from './store.ts'

export const AUDIT_SCHEMA: Step = [
  `CREATE TABLE audit (
    id INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    user_id TEXT,
    email TEXT NOT NULL,
    action TEXT NOT NULL,
    target TEXT,
    project_id TEXT,
    mode TEXT,
    ip TEXT,
    outcome TEXT
  ) STRICT`,
  'CREATE INDEX audit_at ON audit (at)',
]

export const AUDIT_RETENTION_MS = 366 * 86_400_000

/** Where and on what an action was asked for. */
export interface Action {
  /** What the route is called: `POST /account/projects`. */
  readonly action: string
  /** The part of the address that names a thing. */
  readonly target: string | null
  readonly projectId: string | null
  readonly mode: string | null
  readonly ip: string | null
}

export interface AuditEntry extends Action {
  readonly id: number
  readonly at: number
  /** `null` for what no member did: a key, a timer, an event from Stripe. */
  readonly userId: string | null
  /** Who did it: a member's address, or the name of a key. */
  readonly email: string
  /** `done`, or the code of the refusal; `null` when the answer never came to be. */
  readonly outcome: string | null
}

type AuditRow = {
  id: number
  at: number
  user_id: string | null
  email: string
  action: string
  target: string | null
  project_id: string | null
  mode: string | null
  ip: string | null
  outcome: string | null
}

export interface AuditQuery {
  readonly limit: number
  readonly before: number | null
  readonly projectId: string | null
  readonly userId: string | null
}

export class Audit {
  readonly #store: Store

  constructor(store: Store) {
    this.#store = store
  }

  add(entry: AuditEntry): number {
    this.#store.run(
      `INSERT INTO audit (id, at, user_id, email, action, target, project_id, mode, ip, outcome)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      entry.id,
      entry.at,
      entry.userId,
      entry.email,
      entry.action,
      entry.target,
      entry.projectId,
      entry.mode,
      entry.ip,
      entry.outcome,
    )
    return entry.id
  }

  settle(id: number, outcome: string): void {
    this.#store.run('UPDATE audit SET outcome = ? WHERE id = ?', outcome, id)
  }

  /** Newest first. */
  page({ limit, before, projectId, userId }: AuditQuery): AuditEntry[] {
    return this.#store
      .all<AuditRow>(
        `SELECT * FROM audit WHERE (?1 IS NULL OR id < ?1) AND (?2 IS NULL OR project_id = ?2)
           AND (?3 IS NULL OR user_id = ?3) ORDER BY id DESC LIMIT ?4`,
        before,
        projectId,
        userId,
        limit,
      )
      .map((row) => ({
        id: row.id,
        at: row.at,
        userId: row.user_id,
        email: row.email,
        action: row.action,
        target: row.target,
        projectId: row.project_id,
        mode: row.mode,
        ip: row.ip,
        outcome: row.outcome,
      }))
  }

  erase(): void {
    this.#store.run('DELETE FROM audit')
  }

  prune(now: number): void {
    this.#store.run('DELETE FROM audit WHERE at < ?', now - AUDIT_RETENTION_MS)
  }
}
