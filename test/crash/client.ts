/** Calls over kept-alive connections, which say exactly one thing of each: a complete answer came, or none did. */

import { Agent, request } from 'node:http'

export interface Call {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
}

export interface Answer {
  readonly status: number
  readonly body: Readonly<Record<string, unknown>>
}

const TIMEOUT_MS = 30_000

export class Client {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 64 })
  readonly #port: number

  constructor(port: number) {
    this.#port = port
  }

  /** Resolves with a whole answer; rejects when the connection ended before it. */
  call({ method, path, headers = {}, body }: Call): Promise<Answer> {
    const text = body === undefined ? '' : JSON.stringify(body)
    return new Promise((resolve, reject) => {
      const sending = request(
        {
          host: '127.0.0.1',
          port: this.#port,
          agent: this.#agent,
          method,
          path,
          timeout: TIMEOUT_MS,
          headers: { ...headers, 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) },
        },
        (response) => {
          const chunks: Buffer[] = []
          response.on('data', (chunk: Buffer) => chunks.push(chunk))
          response.once('error', reject)
          response.once('close', () => {
            if (!response.complete) return reject(new Error('the answer is incomplete'))
            resolve({ status: response.statusCode ?? 0, body: parsed(Buffer.concat(chunks).toString()) })
          })
        },
      )
      sending.once('error', reject)
      sending.once('timeout', () => sending.destroy(new Error(`no answer within ${TIMEOUT_MS} ms`)))
      sending.end(text)
    })
  }

  /** A call that must succeed. */
  async ok(call: Call): Promise<Answer['body']> {
    const { status, body } = await this.call(call)
    if (status >= 300) throw new Error(`${call.method} ${call.path} answered ${status}: ${JSON.stringify(body)}`)
    return body
  }

  close(): void {
    this.#agent.destroy()
  }
}

function parsed(text: string): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(text) as Record<string, unknown>
  } catch {
    return { text }
  }
}
