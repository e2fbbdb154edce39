/**
 * `npm run bench`: measures the counted call in workerd against what the platform costs and what the original cost, in
 * one run, and says which aims are met. A measurement, not a test: it always exits with 0.
 */

import { measure, startClient, type Measurement } from './measure.ts'
import { toLine, toTable, verdicts, type Rounds } from './report.ts'
import { startServer } from './server.ts'
import type { Made } from './setup.ts'
import { allSubjects, CUSTOMERS, MANY_CUSTOMERS } from './subjects.ts'

const quick = process.argv.includes('--quick')
const only = process.argv
  .find((argument) => argument.startsWith('--only='))
  ?.slice('--only='.length)
  .split(',')

const PACE = quick
  ? { rounds: 2, manyMs: 1_000, oneMs: 500, warmMs: 500 }
  : { rounds: 4, manyMs: 2_500, oneMs: 1_000, warmMs: 1_000 }
const CONNECTIONS = 50
/** No round begins after this; a slow machine gets fewer rounds, not a longer wait. */
const LAST_ROUND_AT_MS = 180_000

const startedAt = Date.now()
const server = await startServer({ inspector: false })
const client = startClient()
try {
  const small = await server.call<Made>(`/project?customers=${CUSTOMERS}`)
  const large = quick ? null : await server.call<Made>(`/project?customers=${MANY_CUSTOMERS}`)
  await server.call('/original')
  const subjects = (await allSubjects(small, large)).filter(({ name }) => only === undefined || only.includes(name))
  const measured = subjects.map((subject) => ({
    subject,
    many: [] as Measurement[],
    one: [] as Measurement[],
  }))
  console.log(`workerd ready and filled after ${((Date.now() - startedAt) / 1000).toFixed(0)} s; measuring…`)
  for (const { subject } of measured)
    complain(
      subject.name,
      await measure(subject, { server, client, connections: CONNECTIONS, durationMs: PACE.warmMs }),
    )
  for (let round = 0; round < PACE.rounds; round += 1) {
    if (round > 0 && Date.now() - startedAt > LAST_ROUND_AT_MS) break
    for (const { subject, many } of measured)
      many.push(await measure(subject, { server, client, connections: CONNECTIONS, durationMs: PACE.manyMs }))
    for (const { subject, one } of measured)
      one.push(await measure(subject, { server, client, connections: 1, durationMs: PACE.oneMs }))
  }
  report(measured)
} finally {
  client.kill()
  await server.stop()
}

function report(measured: readonly Rounds[]): void {
  for (const { subject, many, one } of measured) for (const round of [...many, ...one]) complain(subject.name, round)
  const busy = Math.max(...measured.flatMap(({ many }) => many.map((round) => round.busy)))
  const rounds = measured[0]?.many.length ?? 0
  console.log(`\n${toTable(measured)}\n`)
  console.log(
    `${CONNECTIONS} connections, or 1 where it says so; batches in items; median of ${rounds} rounds in turn.`,
  )
  console.log(
    `The load took at most ${(busy * 100).toFixed(0)} % of a core. ${((Date.now() - startedAt) / 1000).toFixed(0)} s.\n`,
  )
  for (const verdict of verdicts(measured)) console.log(toLine(verdict))
}

/** A refused call costs nothing like a counted one: a number with refusals in it is no number. */
function complain(name: string, { failed, answered, failure }: Measurement): void {
  if (failed > 0) console.log(`${name}: ${failed} of ${answered} answers were not 200, first: ${failure}`)
}
