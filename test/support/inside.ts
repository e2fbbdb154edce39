/** Looking into an object and shaking it: its tables, its alarm, its end. */

import { abortAllDurableObjects, evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import type { Project } from './objects.ts'

export interface Reachable {
  stub(): DurableObjectStub<Project>
}

/** A project, or an account: whatever has an alarm. */
export interface Alarmed {
  stub(): DurableObjectStub & { peek(): Promise<number | null> }
}

type Row = Record<string, SqlStorageValue>

/** Rows of a project's own tables, as they are stored. */
export const rows = <T extends Row>(project: Reachable, sql: string): Promise<T[]> =>
  runInDurableObject(project.stub(), (_, state) => state.storage.sql.exec<T>(sql).toArray())

/** Everything stored, table by table. */
export async function tables(project: Reachable): Promise<Record<string, Row[]>> {
  const names = await rows<{ name: string }>(
    project,
    "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT GLOB '_cf_*' AND name NOT GLOB 'sqlite_*' ORDER BY name",
  )
  const entries = await Promise.all(
    names.map(async ({ name }) => [name, await rows(project, `SELECT * FROM ${name}`)] as const),
  )
  return Object.fromEntries(entries)
}

export const revisionOf = async (project: Reachable): Promise<number> =>
  (await rows<{ revision: number }>(project, 'SELECT revision FROM clock'))[0]?.revision ?? 0

/** Rings the alarm if one is armed; answers whether one was. */
export const ring = (object: Alarmed): Promise<boolean> => runDurableObjectAlarm(object.stub())

/** The object's memory goes, what it stored stays. One that is not running is awakened first. */
export async function evict(object: Alarmed): Promise<void> {
  await object.stub().peek()
  await evictDurableObject(object.stub())
}

/** Every object dies in the middle of whatever it does. */
export const crash = (): Promise<void> => abortAllDurableObjects()
