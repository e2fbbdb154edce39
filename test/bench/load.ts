/**
 * The load: a process of its own that keeps so many connections busy, one request at a time on each, and says how long
 * each took. It speaks just enough HTTP/1.1 to cost far less than what it measures.
 */

import { connect, type Socket } from 'node:net'

/** Replaced by a number that no other request has. */
export const UNIQUE = '{unique}'

export interface Job {
  readonly port: number
  readonly connections: number
  readonly durationMs: number
  /** Whole requests, sent in turn. */
  readonly requests: readonly string[]
  /** What each of them should be answered with. */
  readonly status: number
}

export interface Load {
  readonly answered: number
  readonly failed: number
  /** The first answer with another status. */
  readonly failure: string | null
  readonly seconds: number
  readonly p50Ms: number
  readonly p99Ms: number
  /** How much of one core this process needed. */
  readonly busy: number
}

/** There is no number: why. */
export interface Broken {
  readonly broken: string
}

let unique = Date.now() * 1_000

async function run({ port, connections, durationMs, requests, status }: Job): Promise<Load> {
  const senders = requests.map(toSender)
  const sockets = await Promise.all(Array.from({ length: connections }, () => open(port)))
  const latencies: number[] = []
  const failures: string[] = []
  const cpu = process.cpuUsage()
  const startedAt = performance.now()
  const endsAt = startedAt + durationMs
  let turn = 0
  const next = () => senders[turn++ % senders.length]!
  await Promise.all(
    sockets.map((socket) => keepBusy(socket, { next, endsAt, status: String(status), latencies, failures })),
  )
  const seconds = (performance.now() - startedAt) / 1_000
  const { user, system } = process.cpuUsage(cpu)
  for (const socket of sockets) socket.destroy()
  const sorted = Float64Array.from(latencies).sort()
  const at = (part: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN
  return {
    answered: latencies.length,
    failed: failures.length,
    failure: failures[0] ?? null,
    seconds,
    p50Ms: at(0.5),
    p99Ms: at(0.99),
    busy: (user + system) / 1e6 / seconds,
  }
}

type Sender = (socket: Socket) => void

function toSender(request: string): Sender {
  const [before, after] = request.split(UNIQUE)
  if (after !== undefined) return (socket) => socket.write(`${before}${unique++}${after}`, 'latin1')
  const bytes = Buffer.from(request, 'latin1')
  return (socket) => socket.write(bytes)
}

function open(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true }, () => resolve(socket))
    socket.once('error', reject)
  })
}

interface Round {
  next(): Sender
  readonly endsAt: number
  readonly status: string
  readonly latencies: number[]
  readonly failures: string[]
}

function keepBusy(socket: Socket, round: Round): Promise<void> {
  return new Promise((resolve, reject) => {
    let pending: Buffer | null = null
    let sentAt = performance.now()
    socket.on('data', (chunk) => {
      const received: Buffer = pending === null ? chunk : Buffer.concat([pending, chunk])
      if (!isWhole(received)) {
        pending = received
        return
      }
      pending = null
      const now = performance.now()
      round.latencies.push(now - sentAt)
      if (statusOf(received) !== round.status) round.failures.push(received.toString('utf8', 0, 2_000))
      if (now >= round.endsAt) return resolve()
      sentAt = now
      round.next()(socket)
    })
    socket.on('close', () =>
      reject(new Error(`the server closed a connection; refused so far: ${round.failures[0] ?? 'nothing'}`)),
    )
    round.next()(socket)
  })
}

const HEAD_END = Buffer.from('\r\n\r\n')

/** Is the answer complete? workerd gives the length of every body that it knows whole. */
function isWhole(received: Buffer): boolean {
  const headEnd = received.indexOf(HEAD_END)
  if (headEnd === -1) return false
  const head = received.toString('latin1', 0, headEnd)
  if (statusOf(received) === '304') return true
  const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1]
  if (length === undefined) return received.toString('latin1', received.length - 5) === '0\r\n\r\n'
  return received.length >= headEnd + HEAD_END.length + Number(length)
}

/** Of `HTTP/1.1 200 OK`. */
const statusOf = (received: Buffer) => received.toString('latin1', 9, 12)

process.on('message', (job: Job) => {
  run(job).then(
    (load) => process.send?.(load),
    (error: unknown) => process.send?.({ broken: String(error) } satisfies Broken),
  )
})
