/** Projects that owe something when they are killed, and are left alone after the restart: the debts must pay themselves. */

import { Disk } from './disk.ts'
import { Load, type Mix } from './load.ts'
import { reports } from './outcome.ts'
import type { Product } from './product.ts'
import { Random } from './random.ts'
import { World } from './world.ts'

/** Only what no webhook follows, because a webhook would wake the object. */
const OWING: Mix = { track: 4, create: 2, grant: 2 }
const PROJECTS = 4
const LOAD_MS = 700
/** Clerk is slow, so that deliveries are under way at the kill; their lease ends after a minute. */
const SLOW = { service: 'clerk', method: 'PATCH', kind: 'delay', delayMs: 1_000, times: 10_000 } as const
const PATIENCE_MS = 90_000
const POLL_MS = 500

export interface Untouched {
  /** What the projects owed when nothing ran. */
  readonly owed: number
  /** What is still owed, or not in the reports, when patience ends. */
  readonly stuck: readonly string[]
  readonly waitedMs: number
}

export async function leaveAlone(product: Product, seed: number): Promise<Untouched> {
  const worlds: World[] = []
  for (let index = 0; index < PROJECTS; index += 1)
    worlds.push(await World.make(product.client, new Random(seed + index)))
  await product.client.ok({ method: 'POST', path: '/sandbox/faults', body: SLOW })
  const loads = worlds.map((world) => new Load(world, product.client, OWING))
  await pause(LOAD_MS)
  for (const load of loads) load.expectTheEnd()
  await product.kill()
  await Promise.all(loads.map((load) => load.ended()))

  const disk = new Disk(product.stateDir)
  const ids = worlds.flatMap(({ main, vault }) => [main.projectId, vault.projectId])
  const owed = ids.flatMap((id) => disk.project(id).owed).length
  await product.start()
  const startedAt = Date.now()
  const complaints = (from: Disk) => ids.flatMap((id) => reports(from.project(id), from))
  while (Date.now() - startedAt < PATIENCE_MS && (await disk.glance(complaints))?.length !== 0) await pause(POLL_MS)
  const waitedMs = Date.now() - startedAt
  await product.kill()
  return { owed, stuck: complaints(disk), waitedMs }
}

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))
