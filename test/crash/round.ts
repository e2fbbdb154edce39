/** One round of killing: load, kill -9, look at what is stored, start again, ask again, and repeat what went unanswered. */

import type { Client } from './client.ts'
import { callOf, essence, forgotten, isKept } from './deed.ts'
import { Disk, type Stored } from './disk.ts'
import { Load, perform, type Mix } from './load.ts'
import type { Acked } from './notes.ts'
import type { Product } from './product.ts'
import { readShelf, type Shelf } from './shelf.ts'
import { soldMeanwhile, judgeShop } from './shopVerdict.ts'
import { committed, judge, together, type Verdict } from './verdict.ts'
import type { World } from './world.ts'

const LOAD_MIN_MS = 100
const LOAD_MAX_MS = 1_200
const REPLAYS = 70
/** Of what concerns the shop, of which there is less. */
const SHOP_REPLAYS = 30
const REPLAYS_AT_ONCE = 10
const TRIES = 10

export interface Killed extends Verdict {
  readonly inFlight: number
  /** Of those, how many turned out to be carried out. */
  readonly committed: number
}

export interface Resumed {
  readonly replays: number
  /** Second answers that differ from the first, and counters that moved when nothing new was asked. */
  readonly changed: readonly string[]
  /** What the API says that the files did not. */
  readonly differing: readonly string[]
}

/** Runs load until the kill at a random moment, and judges what is stored while nothing runs. */
export async function loadAndKill(product: Product, world: World, mix: Mix): Promise<Killed> {
  const load = new Load(world, product.client, mix)
  await pause(world.random.between(LOAD_MIN_MS, LOAD_MAX_MS) * (mix.patience ?? 1))
  load.expectTheEnd()
  await product.kill()
  await load.ended()
  const { main, vault, shop, shelf } = stored(product, world)
  const inFlight = world.notes.inFlight()
  const done = committed(world.notes, main).length + soldMeanwhile(world.notes, shelf).length
  const verdict = together(judge(world, { main, vault, shop }, Date.now()), judgeShop(world, shelf))
  return { ...verdict, inFlight: inFlight.length, committed: done }
}

export interface State {
  readonly disk: Disk
  readonly main: Stored
  readonly vault: Stored
  readonly shop: Stored
  readonly shelf: Shelf
}

export function stored(product: Product, world: World): State {
  const disk = new Disk(product.stateDir)
  const [main, vault, shop] = [world.main, world.vault, world.shop].map(({ projectId }) => disk.project(projectId))
  return { disk, main: main!, vault: vault!, shop: shop!, shelf: readShelf(disk, world.shop.projectId) }
}

/** Starts again on the same files: first looks, then replays what was answered, then repeats what was not. */
export async function resume(product: Product, world: World): Promise<Resumed> {
  const before = stored(product, world).main
  await product.start()
  const { client } = product
  const counters = await countersOf(client, world)
  const differing = [...apiAgainstFiles(counters, before), ...(await wrongKeys(client, world))]
  const { replays, changed } = await replay(client, world)
  const after = await countersOf(client, world)
  const moved = world.metered.filter((customerId) => counters.get(customerId) !== after.get(customerId))
  await repeatUnanswered(client, world)
  return { replays, changed: [...changed, ...moved.map((id) => `the count of ${id} moved`)], differing }
}

async function countersOf(client: Client, world: World): Promise<Map<string, number>> {
  const { projectId } = world.main
  const headers = { Authorization: `Bearer ${world.keyOf(projectId)}` }
  const read = world.metered.map(async (customerId) => {
    const asking = { ...headers, 'X-User-Id': customerId }
    const { used } = await client.ok({ method: 'GET', path: '/api/usage', headers: asking })
    return [customerId, Number(used)] as const
  })
  return new Map(await Promise.all(read))
}

function apiAgainstFiles(counters: ReadonlyMap<string, number>, { usage }: Stored): string[] {
  return [...counters].flatMap(([customerId, told]) => {
    const filed = usage.find((row) => row.customerId === customerId)?.used ?? 0
    return told === filed ? [] : [`the API says that ${customerId} used ${told}, the file ${filed}`]
  })
}

/** The newest key opens, unless one that nobody heard of replaced it; the ones before it do not. */
async function wrongKeys(client: Client, world: World): Promise<string[]> {
  const { projectId } = world.vault
  const unheard = world.notes.inFlight().some(({ kind, project }) => kind === 'rotate' && project === projectId)
  const keys = world.keysOf(projectId)
  const statuses = await Promise.all(
    keys.slice(-5).map(async (key) => {
      const headers = { Authorization: `Bearer ${key}` }
      return (await client.call({ method: 'GET', path: '/api/tiers', headers })).status
    }),
  )
  const newest = statuses.pop()
  const wrong = statuses.filter((status) => status !== 401).map((status) => `a replaced key answers ${status}`)
  return newest === 200 || (unheard && newest === 401) ? wrong : [...wrong, `the newest key answers ${newest}`]
}

/**
 * Asks again for what was answered before the crash: the answer is the same, and nothing happens. Of who was removed it is
 * the same without them; while the removal is unanswered, with or without.
 */
async function replay(client: Client, world: World): Promise<{ replays: number; changed: string[] }> {
  const answered = [...world.notes.acked.values()].filter(({ deed, answer }) => isKept(deed, answer))
  const { shop = [], rest = [] } = Object.groupBy(answered, ({ deed }) =>
    deed.project === world.shop.projectId ? 'shop' : 'rest',
  )
  const removals = new Map(world.notes.sentOf('remove').map(({ customerId, id }) => [customerId, id]))
  const expected = ({ deed, answer }: Acked): string[] => {
    const { id = '' } = (answer.body['customer'] ?? {}) as { id?: string }
    const removal = deed.kind === 'create' ? removals.get(id) : undefined
    if (removal === undefined) return [essence(deed, answer)]
    const nobody = essence(deed, forgotten(answer))
    return world.notes.acked.has(removal) ? [nobody] : [nobody, essence(deed, answer)]
  }
  const chosen = [...world.random.some(rest, REPLAYS), ...world.random.some(shop, SHOP_REPLAYS)]
  const changed: string[] = []
  for (let at = 0; at < chosen.length; at += REPLAYS_AT_ONCE) {
    const slice = chosen.slice(at, at + REPLAYS_AT_ONCE)
    const second = await Promise.all(slice.map(({ deed }) => client.call(callOf(deed, world.keyOf(deed.project)))))
    for (const [index, acked] of slice.entries()) {
      const { deed } = acked
      const [allowed, is] = [expected(acked), essence(deed, second[index]!)]
      if (!allowed.includes(is)) changed.push(`${deed.kind} ${deed.id}: ${allowed.join(' or ')} became ${is}`)
    }
  }
  return { replays: chosen.length, changed }
}

/** A client that heard nothing asks again under the same id until it hears something. Nothing breaks on the way now. */
async function repeatUnanswered(client: Client, world: World): Promise<void> {
  await client.ok({ method: 'DELETE', path: '/sandbox/faults' })
  for (let tries = 0; tries < TRIES; tries += 1) {
    const deeds = world.notes.inFlight()
    await Promise.all(deeds.map((deed) => perform(deed, world, client)))
  }
}

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))
