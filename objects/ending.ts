/**
 * The end of a project: how far its purge has come, and, when nothing else is stored any more, the tombstone that keeps
 * its object from ever being made anew.
 */

import type { Mode } from '../sdk/schema/common.ts'
import type { Step } from './migrations.ts'
import type { Store } from './store.ts'
import { bit } from './store.ts'

export const ENDING_SCHEMA: Step = [
  `CREATE TABLE ending (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    project_id TEXT NOT NULL,
    mode TEXT NOT NULL CHECK (mode IN ('test', 'live')),
    reason TEXT NOT NULL,
    cancel_subscriptions INTEGER NOT NULL CHECK (cancel_subscriptions IN (0, 1)),
    closed_at INTEGER NOT NULL,
    step TEXT NOT NULL,
    step_at INTEGER NOT NULL,
    turn INTEGER NOT NULL,
    place TEXT,
    counts TEXT NOT NULL,
    deleted_at INTEGER
  ) STRICT`,
]

/** In this order, each repeatable: what could still take money first, what says that there was a project last. */
export const PURGE_STEPS = [
  'feed',
  'sessions',
  'subscriptions',
  'catalog',
  'images',
  'people',
  'reports',
  'connection',
] as const
export type PurgeStep = (typeof PURGE_STEPS)[number]

export interface Ending {
  readonly projectId: string
  readonly mode: Mode
  readonly reason: string
  readonly cancelSubscriptions: boolean
  /** Since then every call is refused. */
  readonly closedAt: number
  readonly step: PurgeStep
  readonly stepAt: number
  /** The number of the debt that carries the purge on; an older one has nothing to do any more. */
  readonly turn: number
  /** How far the step has come; `null` at its beginning. */
  readonly place: string | null
  /** What was deleted, by what it was. */
  readonly counts: Readonly<Record<string, number>>
  /** `null` until nothing but this is stored. */
  readonly deletedAt: number | null
}

type EndingRow = {
  project_id: string
  mode: Mode
  reason: string
  cancel_subscriptions: number
  closed_at: number
  step: PurgeStep
  step_at: number
  turn: number
  place: string | null
  counts: string
  deleted_at: number | null
}

export class Endings {
  readonly #store: Store
  #known: Ending | null | undefined

  constructor(store: Store) {
    this.#store = store
  }

  forget(): void {
    this.#known = undefined
  }

  /** `null` while the project lives. */
  get(): Ending | null {
    if (this.#known === undefined) {
      const row = this.#store.maybe<EndingRow>('SELECT * FROM ending')
      this.#known = row && toEnding(row)
    }
    return this.#known
  }

  save(ending: Ending): void {
    this.#known = undefined
    this.#store.run(
      `INSERT OR REPLACE INTO ending (one, project_id, mode, reason, cancel_subscriptions, closed_at, step, step_at, turn,
         place, counts, deleted_at)
       VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      ending.projectId,
      ending.mode,
      ending.reason,
      bit(ending.cancelSubscriptions),
      ending.closedAt,
      ending.step,
      ending.stepAt,
      ending.turn,
      ending.place,
      JSON.stringify(ending.counts),
      ending.deletedAt,
    )
  }
}

const toEnding = (row: EndingRow): Ending => ({
  projectId: row.project_id,
  mode: row.mode,
  reason: row.reason,
  cancelSubscriptions: row.cancel_subscriptions === 1,
  closedAt: row.closed_at,
  step: row.step,
  stepAt: row.step_at,
  turn: row.turn,
  place: row.place,
  counts: JSON.parse(row.counts) as Record<string, number>,
  deletedAt: row.deleted_at,
})
