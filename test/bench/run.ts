/**
 * `npm run bench`: measures the counted call and the shop in workerd against what the platform costs and what the
 * original cost, in one run, and says which aims are met. A measurement, not a test: it always exits with 0.
 * `--quick` takes fewer rounds; `--only=store` (a group, or names of subjects) leaves the rest out, except the floors.
 */

import { loadavg } from 'node:os'
import { measure, startClient, type Measurement } from './measure.ts'
import { toLine, toTable, verdicts, type Rounds } from './report.ts'
import { prepare } from './prepare.ts'
import { startServer } from './server.ts'
import { LIST_PATH, type Subject } from './subjects.ts'

const quick = process.argv.includes('--quick')
const only = process.argv
  .find((argument) => argument.startsWith('--only='))
  ?.slice('--only='.length)
  .split(',')

const PACE = quick
  ? { rounds: 2, manyMs: 1_000, oneMs: 500, warmMs: 500 }
  : { rounds: 4, manyMs: 1_500, oneMs: 700, warmMs: 700 }
const CONNECTIONS = 50
/**
 * What the shop wrote is copied to D1 for seconds after a round, at the cost of whatever is measured next: so it comes last.
 * No round begins that would end after its group's time; a slow machine gets fewer rounds, not a longer wait.
 */
const GROUPS = [
  { of: ['floor', 'usage'], endMs: 170_000 },
  { of: ['store'], endMs: 230_000 },
]
const STORE_NOTE = `Lists: GET ${LIST_PATH} with a publishable key. Carts: the object's decision alone, one unit for a new guest each time,
through a route of the benchmark (a whole checkout would go on to Stripe); no cap on holds; what a round held is released
after it, unmeasured, so that the stock never runs out.`

const startedAt = Date.now()
const server = await startServer({ inspector: false })
const client = startClient()
try {
  const subjects = await prepare(server, { only, million: !quick })
  const measured = subjects.map((subject): Measured => ({ subject, many: [], one: [] }))
  console.log(`workerd ready and filled after ${((Date.now() - startedAt) / 1000).toFixed(0)} s; measuring…`)
  for (const { of, endMs } of GROUPS)
    await measureInTurn(
      measured.filter(({ subject }) => of.includes(subject.group)),
      endMs,
    )
  report(measured)
} finally {
  client.kill()
  await server.stop()
}

interface Measured {
  readonly subject: Subject
  readonly many: Measurement[]
  readonly one: Measurement[]
}

/** Warms all of them up, then measures round after round, everything in turn. */
async function measureInTurn(measured: readonly Measured[], endMs: number): Promise<void> {
  const at = (connections: number, durationMs: number) => ({ server, client, connections, durationMs })
  for (const { subject } of measured) complain(subject, await measure(subject, at(CONNECTIONS, PACE.warmMs)))
  let longest = 0
  for (let round = 0; round < PACE.rounds; round += 1) {
    const beganAt = Date.now()
    if (round > 0 && beganAt + longest - startedAt > endMs) break
    for (const { subject, many } of measured) many.push(await measure(subject, at(CONNECTIONS, PACE.manyMs)))
    for (const { subject, one } of measured) one.push(await measure(subject, at(1, PACE.oneMs)))
    longest = Math.max(longest, Date.now() - beganAt)
  }
}

function report(measured: readonly Rounds[]): void {
  for (const { subject, many, one } of measured) for (const round of [...many, ...one]) complain(subject, round)
  const busy = Math.max(...measured.flatMap(({ many }) => many.map((round) => round.busy)))
  const rounds = measured[0]?.many.length ?? 0
  console.log(`\n${toTable(measured)}\n`)
  console.log(
    `${CONNECTIONS} connections, or 1 where it says so; batches in items; median of ${rounds} rounds in turn.`,
  )
  if (measured.some(({ subject }) => subject.group === 'store')) console.log(STORE_NOTE)
  console.log(
    `The load took at most ${(busy * 100).toFixed(0)} % of a core. ${((Date.now() - startedAt) / 1000).toFixed(0)} s; ` +
      `load average ${loadavg()
        .map((load) => load.toFixed(2))
        .join(' ')}.\n`,
  )
  for (const verdict of verdicts(measured)) console.log(toLine(verdict))
}

/** A refused call costs nothing like a granted one: a number with refusals in it is no number. */
function complain({ name, status }: Subject, { failed, answered, failure }: Measurement): void {
  if (failed > 0) console.log(`${name}: ${failed} of ${answered} answers were not ${status}, first: ${failure}`)
}
