/** A developer's app that listens for webhooks: a server on this machine that keeps what it hears and answers as told. */

import { createHmac } from 'node:crypto'
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Heard {
  readonly headers: IncomingHttpHeaders
  readonly text: string
  readonly body: { type: string; timestamp: string; data: Record<string, unknown> }
}

/** What the app answers: a status, with headers perhaps, or nothing at all. */
export type Reply = number | 'hang' | { status: number; headers: Record<string, string> }

export interface Receiver {
  readonly url: string
  /** Everything that arrived, in order. */
  readonly heard: Heard[]
  answer(how: (heard: Heard) => Reply): void
  /** The types heard, in order. */
  types(): string[]
  stop(): Promise<void>
}

export async function aReceiver(): Promise<Receiver> {
  const heard: Heard[] = []
  let reply: (heard: Heard) => Reply = () => 204
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => void chunks.push(chunk))
    request.on('end', () => {
      const text = Buffer.concat(chunks).toString('utf8')
      const one = { headers: request.headers, text, body: JSON.parse(text) as Heard['body'] }
      heard.push(one)
      send(response, reply(one))
    })
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  return {
    url: `http://localhost:${(server.address() as AddressInfo).port}/hooks`,
    heard,
    answer: (how) => {
      reply = how
    },
    types: () => heard.map(({ body }) => body.type),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function send(response: ServerResponse, reply: Reply): void {
  if (reply === 'hang') return
  const { status, headers } = typeof reply === 'number' ? { status: reply, headers: {} } : reply
  response.writeHead(status, headers).end()
}

/** Which of these secrets signed what arrived, by the words of the standard and nothing of ours. */
export function signedBy({ headers, text }: Pick<Heard, 'headers' | 'text'>, secrets: readonly string[]): boolean[] {
  const signatures = String(headers['webhook-signature']).split(' ')
  const content = `${String(headers['webhook-id'])}.${String(headers['webhook-timestamp'])}.${text}`
  return secrets.map((secret) => {
    const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64')
    return signatures.includes(`v1,${createHmac('sha256', key).update(content).digest('base64')}`)
  })
}
