/** Brings an object's schema up to date, one step at a time. Steps are appended, never edited. */

import type { Store } from './store.ts'

/** One step: statements that run together or not at all. */
export type Step = readonly string[]

/** Has an object that exists already not seen all steps? */
export function isBehind(store: Store, steps: readonly Step[]): boolean {
  const version = versionOf(store)
  return version > 0 && version < steps.length
}

function versionOf(store: Store): number {
  store.run('CREATE TABLE IF NOT EXISTS schema_version (version INTEGER NOT NULL) STRICT')
  return store.maybe<{ version: number }>('SELECT version FROM schema_version')?.version ?? 0
}

/**
 * Runs the steps that this object has not seen, inside the caller's transaction. Refuses rows of a newer version
 * rather than guess at them: an older Worker may meet an object that a newer one has already touched.
 */
export function migrate(store: Store, steps: readonly Step[]): void {
  const version = versionOf(store)
  if (version > steps.length) throw new Error(`schema version ${version} is newer than this code (${steps.length})`)
  if (version === steps.length) return
  for (const step of steps.slice(version)) for (const statement of step) store.run(statement)
  store.run('DELETE FROM schema_version')
  store.run('INSERT INTO schema_version (version) VALUES (?)', steps.length)
}
