/** kill -9 in the middle of everything, again and again, on the same state. `CRASH_ROUNDS=100` for the long run. */

import { describe, expect, onTestFinished, test } from 'vitest'
import { BUYING, COUNTING, EVERYTHING, SHOPPING, type Mix } from './load.ts'
import { disagreements, pass, settled, tell } from './outcome.ts'
import { Product } from './product.ts'
import { Random } from './random.ts'
import { loadAndKill, resume, type Killed, type Resumed } from './round.ts'
import { leaveAlone } from './untouched.ts'
import { BLAMELESS } from './verdict.ts'
import { World } from './world.ts'

const ROUNDS = Number(process.env['CRASH_ROUNDS'] ?? 20)
const SEED = Number(process.env['CRASH_SEED'] ?? Date.now() % 1_000_000)
const MIXES: readonly Mix[] = [EVERYTHING, SHOPPING, COUNTING, BUYING]
const CONTROL_ROUNDS_MAX = 40
const ROUND_MAX_MS = 30_000

async function aProduct(app?: string): Promise<Product> {
  const product = await Product.build(app)
  onTestFinished(() => product.discard())
  await product.start()
  return product
}

describe.concurrent('kill -9', () => {
  test(
    `[D1] [D2] [U1] nothing acknowledged is lost, doubled or answered differently across ${ROUNDS} kills`,
    { timeout: ROUNDS * ROUND_MAX_MS },
    async ({ onTestFinished: after }) => {
      const product = await Product.build()
      after(() => product.discard())
      await product.start()
      const world = await World.make(product.client, new Random(SEED))
      const killed: Killed[] = []
      const resumed: Resumed[] = []
      for (let round = 1; round <= ROUNDS; round += 1) {
        const kill = await loadAndKill(product, world, MIXES[round % MIXES.length]!)
        killed.push(kill)
        expect(kill, `round ${round}, seed ${SEED}`).toMatchObject(BLAMELESS)
        const again = await resume(product, world)
        resumed.push(again)
        expect(again, `round ${round}, seed ${SEED}`).toMatchObject({ changed: [], differing: [] })
        expect(world.notes.inFlight(), 'every repeated request is answered').toEqual([])
        expect(world.notes.odd, 'no client got what is not an answer').toEqual([])
      }
      await pass('2m', product) // the reminder of an erasure outlives it by a minute
      expect(await settled(product, world), '[D3] what is owed is delivered').toEqual([])
      await pass('2h', product)
      expect(await settled(product, world), 'every hold comes to its end by itself').toEqual([])
      const told = await tell(product.client, world)
      await product.stop()
      expect(disagreements(product, world, told), `seed ${SEED}`).toEqual([])
      console.log(summary(world, killed, resumed))
    },
  )

  test(
    '[D3] [D4] what is owed at a kill is delivered after the restart though nobody touches the object',
    { timeout: 240_000 },
    async ({ onTestFinished: after }) => {
      const product = await Product.build()
      after(() => product.discard())
      await product.start()
      const { owed, stuck, waitedMs } = await leaveAlone(product, SEED)
      expect(owed).toBeGreaterThan(0)
      expect(stuck).toEqual([])
      console.log(`untouched: ${owed} debts at the kill, all paid ${waitedMs} ms after the restart`)
    },
  )
})

function summary({ notes }: World, killed: readonly Killed[], resumed: readonly Resumed[]): string {
  const sum = (numbers: number[]) => numbers.reduce((total, number) => total + number, 0)
  const inFlight = sum(killed.map((kill) => kill.inFlight))
  const committed = sum(killed.map((kill) => kill.committed))
  const kinds = Map.groupBy([...notes.acked.values()], ({ deed }) => deed.kind)
  return [
    `seed ${SEED}: ${killed.length} kills, ${notes.acked.size} acknowledged`,
    `(${[...kinds].map(([kind, deeds]) => `${kind} ${deeds.length}`).join(', ')}),`,
    `${inFlight} in flight, ${committed} of them committed (${Math.round((100 * committed) / inFlight)} %),`,
    `${sum(resumed.map(({ replays }) => replays))} replays, 0 lost, 0 doubled, 0 changed, 0 stuck`,
  ].join(' ')
}

describe('a product with a fault is caught:', () => {
  const controls: [fault: string, app: string, blame: 'lost' | 'doubled' | 'stuck', mix: Mix][] = [
    ['a stock that is read, and written a moment later, is lost', 'stale', 'lost', { track: 2, shelve: 30 }],
    ['a restock at every word of a refund is doubled', 'again', 'doubled', { track: 2, shop: 30 }],
    ['a count written behind is lost', 'mem', 'lost', { track: 50 }],
    ['a key remembered after the count is doubled', 'split', 'doubled', { track: 50 }],
    ['an alarm set after an await leaves a debt stuck', 'late', 'stuck', { track: 20 }],
  ]
  test.for(controls)('%s', { timeout: 240_000, retry: 1 }, async ([, app, blame, mix]) => {
    const product = await aProduct(`test/crash/controls/${app}.ts`)
    const world = await World.make(product.client, new Random(SEED))
    let round = 1
    let kill = await loadAndKill(product, world, mix)
    for (; kill[blame].length === 0 && round < CONTROL_ROUNDS_MAX; round += 1) {
      await resume(product, world)
      kill = await loadAndKill(product, world, mix)
    }
    expect(kill[blame].length, `seed ${SEED}`).toBeGreaterThan(0)
    console.log(`control ${app}: ${kill[blame].length} ${blame} of ${world.notes.acked.size} after ${round} kills`)
  })
})
