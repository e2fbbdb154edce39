/** The projects of an account: what there is of each, in which modes. What a project is, its own object knows. */

import type { Mode, ProjectType } from '../sdk/schema/common.ts'
import type { Step } from './migrations.ts'
import type { Store } from './store.ts'

export const HOLDINGS_SCHEMA: Step = [
  `CREATE TABLE projects (
    project_id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    type TEXT NOT NULL CHECK (type IN ('saas', 'store', 'membership')),
    created_at INTEGER NOT NULL,
    test_at INTEGER,
    live_at INTEGER,
    archived_at INTEGER,
    deleting_at INTEGER,
    deleted_at INTEGER
  ) STRICT, WITHOUT ROWID`,
]

export interface Holding {
  readonly projectId: string
  readonly name: string
  readonly type: ProjectType
  readonly createdAt: number
  /** When the project came to be in test mode, and in live mode; `null` while it is not there. */
  readonly testAt: number | null
  readonly liveAt: number | null
  /** Set aside: not in the list unless asked for. Its keys go on working. */
  readonly archivedAt: number | null
  readonly deletingAt: number | null
  /** Everything of it is gone; this row is the tombstone. */
  readonly deletedAt: number | null
}

type HoldingRow = {
  project_id: string
  name: string
  type: ProjectType
  created_at: number
  test_at: number | null
  live_at: number | null
  archived_at: number | null
  deleting_at: number | null
  deleted_at: number | null
}

export class Holdings {
  readonly #store: Store

  constructor(store: Store) {
    this.#store = store
  }

  get(projectId: string): Holding | null {
    const row = this.#store.maybe<HoldingRow>('SELECT * FROM projects WHERE project_id = ?', projectId)
    return row && toHolding(row)
  }

  save(holding: Holding): void {
    this.#store.run(
      `INSERT INTO projects (project_id, name, type, created_at, test_at, live_at, archived_at, deleting_at, deleted_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (project_id) DO UPDATE SET name = excluded.name, test_at = excluded.test_at,
         live_at = excluded.live_at, archived_at = excluded.archived_at, deleting_at = excluded.deleting_at,
         deleted_at = excluded.deleted_at`,
      holding.projectId,
      holding.name,
      holding.type,
      holding.createdAt,
      holding.testAt,
      holding.liveAt,
      holding.archivedAt,
      holding.deletingAt,
      holding.deletedAt,
    )
  }

  drop(projectId: string): void {
    this.#store.run('DELETE FROM projects WHERE project_id = ?', projectId)
  }

  /** Every project that is not gone, oldest first. */
  all(): Holding[] {
    return this.#store
      .all<HoldingRow>('SELECT * FROM projects WHERE deleted_at IS NULL ORDER BY created_at, project_id')
      .map(toHolding)
  }

  /** Those that are gone, latest first. */
  tombstones(): Holding[] {
    return this.#store
      .all<HoldingRow>('SELECT * FROM projects WHERE deleted_at IS NOT NULL ORDER BY deleted_at DESC LIMIT 1000')
      .map(toHolding)
  }
}

/** The modes in which a project is there. */
export const modesOf = ({ testAt, liveAt }: Holding): Mode[] => [
  ...(testAt === null ? [] : (['test'] as const)),
  ...(liveAt === null ? [] : (['live'] as const)),
]

const toHolding = (row: HoldingRow): Holding => ({
  projectId: row.project_id,
  name: row.name,
  type: row.type,
  createdAt: row.created_at,
  testAt: row.test_at,
  liveAt: row.live_at,
  archivedAt: row.archived_at,
  deletingAt: row.deleting_at,
  deletedAt: row.deleted_at,
})
