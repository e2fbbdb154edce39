/** One measurement: a load on one subject, and what the server spent on it. */

import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import type { Broken, Job, Load } from './load.ts'
import type { Server } from './server.ts'
import type { Progress } from './setup.ts'
import type { Subject } from './subjects.ts'

export interface Measurement extends Load {
  readonly perSecond: number
  /** Processor time of the server for one request, what it still had to do afterwards included. */
  readonly cpuUs: number | null
  /** How many requests were decided and committed together. */
  readonly grouped: number | null
}

const IDLE_POLL_MS = 25
const IDLE_WAIT_MS = 8_000
const TICKS_PER_SECOND = 100

export const startClient = (): ChildProcess => fork(join(import.meta.dirname, 'load.ts'), { execArgv: [] })

export async function measure(
  subject: Subject,
  to: { server: Server; client: ChildProcess; connections: number; durationMs: number },
): Promise<Measurement> {
  const { projectId } = subject
  const revision = projectId === null ? null : (await progress(to.server, projectId)).revision
  const before = await cpuSeconds(to.server.pid)
  const job: Job = {
    port: to.server.ports[subject.entrypoint],
    connections: Math.min(to.connections, subject.connections),
    durationMs: to.durationMs,
    requests: subject.requests(),
    status: subject.status,
  }
  to.client.send(job)
  const load = await answerOf(to.client)
  const end = projectId === null ? null : await waitUntilIdle(to.server, projectId)
  const after = await cpuSeconds(to.server.pid)
  if (subject.afterwards !== null && projectId !== null) {
    await to.server.call(subject.afterwards)
    await waitUntilIdle(to.server, projectId)
  }
  return {
    ...load,
    perSecond: load.answered / load.seconds,
    cpuUs: before === null || after === null ? null : ((after - before) * 1e6) / load.answered,
    grouped: revision === null || end === null ? null : load.answered / (end - revision),
  }
}

async function answerOf(client: ChildProcess): Promise<Load> {
  const [load] = (await once(client, 'message')) as [Load | Broken]
  if ('broken' in load) throw new Error(load.broken)
  return load
}

/** Waits until the project owes nothing, so that no subject pays for the one before it; answers its revision. */
async function waitUntilIdle(server: Server, projectId: string): Promise<number> {
  const until = Date.now() + IDLE_WAIT_MS
  for (;;) {
    const { idle, revision } = await progress(server, projectId)
    if (idle || Date.now() > until) return revision
    await setTimeout(IDLE_POLL_MS)
  }
}

const progress = (server: Server, projectId: string) => server.call<Progress>(`/progress?project=${projectId}`)

/** User and system time of a process so far, where the system tells. */
async function cpuSeconds(pid: number | null): Promise<number | null> {
  if (pid === null) return null
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND
}
