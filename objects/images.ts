/** The images that a project has stored in one mode: how large each is, and since when nothing has used it. */

import type { Step } from './migrations.ts'
import type { Store } from './store.ts'

export const IMAGES_SCHEMA: Step = [
  `CREATE TABLE images (
    key TEXT PRIMARY KEY,
    bytes INTEGER NOT NULL CHECK (bytes >= 0),
    uploaded_at INTEGER NOT NULL,
    unused_at INTEGER
  ) STRICT, WITHOUT ROWID`,
  'CREATE INDEX images_unused ON images (unused_at) WHERE unused_at IS NOT NULL',
]

export class Images {
  readonly #store: Store

  constructor(store: Store) {
    this.#store = store
  }

  has(key: string): boolean {
    return this.#store.maybe('SELECT 1 AS x FROM images WHERE key = ?', key) !== null
  }

  totals(): { count: number; bytes: number } {
    return this.#store.one<{ count: number; bytes: number }>(
      'SELECT count(*) AS count, coalesce(sum(bytes), 0) AS bytes FROM images',
    )
  }

  /** Writes an upload down before its bytes are stored. Nothing uses it yet. */
  add(image: { key: string; bytes: number; now: number }): void {
    this.#store.run(
      'INSERT INTO images (key, bytes, uploaded_at, unused_at) VALUES (?, ?, ?, ?)',
      image.key,
      image.bytes,
      image.now,
      image.now,
    )
  }

  /** Says whether a product shows the image. One that was stored before there was this table is written down now. */
  mark(image: { key: string; isUsed: boolean; now: number }): void {
    this.#store.run(
      `INSERT INTO images (key, bytes, uploaded_at, unused_at) VALUES (?1, 0, ?2, iif(?3, NULL, ?2))
       ON CONFLICT (key) DO UPDATE SET unused_at = iif(?3, NULL, coalesce(unused_at, ?2))`,
      image.key,
      image.now,
      image.isUsed ? 1 : 0,
    )
  }

  /** How large an image turned out to be that was written down before it was stored. */
  measure(key: string, bytes: number): void {
    this.#store.run('UPDATE images SET bytes = ? WHERE key = ?', bytes, key)
  }

  /** Takes out what nothing has used since before a moment, in a slice; answers the keys. */
  takeUnused(before: number, limit: number): string[] {
    return this.#store
      .all<{ key: string }>(
        `DELETE FROM images WHERE key IN (SELECT key FROM images WHERE unused_at <= ? ORDER BY unused_at LIMIT ?)
         RETURNING key`,
        before,
        limit,
      )
      .map(({ key }) => key)
  }

  remove(key: string): void {
    this.#store.run('DELETE FROM images WHERE key = ?', key)
  }

  /** When the image that was unused first came to be so; `null` when all are used. */
  firstUnused(): number | null {
    return this.#store.one<{ at: number | null }>('SELECT min(unused_at) AS at FROM images').at
  }

  /** Which of these would be collected one day. */
  unusedAmong(keys: readonly string[]): string[] {
    return keys.filter(
      (key) => this.#store.maybe('SELECT 1 AS x FROM images WHERE key = ? AND unused_at IS NOT NULL', key) !== null,
    )
  }
}
