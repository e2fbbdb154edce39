/** A line to the server that loses or spoils answers after the server has acted. */

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { afterAll, beforeAll, beforeEach } from 'vitest'

/** What becomes of one answer: nothing arrives, half of it, an answer of somebody else's, or it waits for ever. */
export type Fault = 'drop' | 'half' | 'hang' | { status: number; headers?: Record<string, string>; body?: string }

export interface Seen {
  readonly method: string
  readonly path: string
  readonly key: string | undefined
}

export class Lossy {
  readonly url: string
  /** The next answers, in order; after them everything arrives. */
  faults: Fault[] = []
  /** Every request that came by. */
  seen: Seen[] = []

  constructor(url: string) {
    this.url = url
  }
}

/** A lossy line for the tests of one file, calm at the start of each. */
export function useLossy(target: () => string): () => Lossy {
  let lossy: Lossy | null = null
  const server = createServer((request, response) => {
    void pass(lossy!, target(), request, response)
  })
  beforeAll(async () => {
    const port = await new Promise<number>((resolve) => {
      server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port))
    })
    lossy = new Lossy(`http://127.0.0.1:${port}`)
  })
  beforeEach(() => {
    lossy!.faults = []
    lossy!.seen = []
  })
  afterAll(() => {
    server.closeAllConnections()
    server.close()
  })
  return () => lossy!
}

async function pass(lossy: Lossy, target: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const { method = 'GET', url = '/', headers } = request
  lossy.seen.push({ method, path: url, key: headers['idempotency-key'] as string | undefined })
  const fault = lossy.faults.shift()
  const kept = Object.entries(headers).filter(([name]) => !['host', 'connection', 'content-length'].includes(name))
  const answer = await fetch(target + url, {
    method,
    headers: kept as [string, string][],
    ...(chunks.length === 0 ? {} : { body: Buffer.concat(chunks) }),
  })
  const body = await answer.text()
  if (fault === 'hang') return
  if (fault === 'drop') return void request.socket.destroy()
  if (fault === 'half') {
    response.writeHead(answer.status, { 'Content-Type': 'application/json', 'Content-Length': body.length })
    response.write(body.slice(0, body.length / 2), () => request.socket.destroy())
    return
  }
  const { status, headers: given, body: text } = fault ?? { status: answer.status, headers: {}, body }
  const retryAfter = answer.headers.get('Retry-After')
  response.writeHead(status, {
    'Content-Type': 'application/json',
    ...(retryAfter && { 'Retry-After': retryAfter }),
    ...given,
  })
  response.end(text ?? JSON.stringify({ error: 'Overloaded', code: 'overloaded', message: 'Try again.' }))
}
