/** When this object was set back to an older state of itself, and whether what happened since then was gathered again. */

import type { Step } from './migrations.ts'
import type { Store } from './store.ts'

export const RESTORES_SCHEMA: Step = [
  `CREATE TABLE restores (
    epoch INTEGER PRIMARY KEY,
    since INTEGER NOT NULL,
    known INTEGER NOT NULL,
    done_at INTEGER
  ) STRICT`,
]

export interface Restore {
  /** When the object was set back: the name of this restore. */
  readonly epoch: number
  /** The moment that it was set back to. */
  readonly since: number
  /** The revision that it had then; what the reports have of later ones happened after that moment. */
  readonly known: number
  readonly doneAt: number | null
}

type RestoreRow = { epoch: number; since: number; known: number; done_at: number | null }

const toRestore = (row: RestoreRow): Restore => ({
  epoch: row.epoch,
  since: row.since,
  known: row.known,
  doneAt: row.done_at,
})

export class Restores {
  readonly #store: Store
  #underWay: Restore | null | undefined

  constructor(store: Store) {
    this.#store = store
  }

  forget(): void {
    this.#underWay = undefined
  }

  get(epoch: number): Restore | null {
    const row = this.#store.maybe<RestoreRow>('SELECT * FROM restores WHERE epoch = ?', epoch)
    return row && toRestore(row)
  }

  /** The one that is not over; `null` nearly always. */
  underWay(): Restore | null {
    if (this.#underWay === undefined) {
      const row = this.#store.maybe<RestoreRow>('SELECT * FROM restores WHERE done_at IS NULL ORDER BY epoch LIMIT 1')
      this.#underWay = row && toRestore(row)
    }
    return this.#underWay
  }

  add(restore: Omit<Restore, 'doneAt'>): void {
    this.#underWay = undefined
    this.#store.run(
      'INSERT INTO restores (epoch, since, known) VALUES (?, ?, ?)',
      restore.epoch,
      restore.since,
      restore.known,
    )
  }

  finish(epoch: number, now: number): void {
    this.#underWay = undefined
    this.#store.run('UPDATE restores SET done_at = ? WHERE epoch = ? AND done_at IS NULL', now, epoch)
  }
}
