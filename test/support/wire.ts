/** A connection to the server, byte by byte: for what a client that speaks HTTP properly would never send. */

import { connect, type Socket } from 'node:net'
import type { Answer, Body } from './app.ts'

export class Wire {
  readonly #socket: Socket
  #heard = Buffer.alloc(0)
  #over = false
  #wake = () => {}

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.setNoDelay(true)
    socket.on('data', (chunk: Buffer) => {
      this.#heard = Buffer.concat([this.#heard, chunk])
      this.#wake()
    })
    socket.on('error', () => {}) // a connection that is reset is one that is over
    socket.on('close', () => {
      this.#over = true
      this.#wake()
    })
  }

  static connect(port: number): Promise<Wire> {
    return new Promise((resolve, reject) => {
      const socket = connect(port, '127.0.0.1', () => resolve(new Wire(socket)))
      socket.once('error', reject)
    })
  }

  send(bytes: string | Uint8Array): void {
    this.#socket.write(bytes)
  }

  /** Sends the head of a request, and its body if it has one. */
  request(request: { method?: string; path: string; headers?: Record<string, string>; body?: string }): void {
    this.send(textOf(request))
  }

  /** The next whole answer; `null` when the server ended the connection without one. */
  async answer(): Promise<Answer<Body> | null> {
    for (;;) {
      const found = this.#take()
      if (found !== null) return found
      if (this.#over) return null
      await this.#more()
    }
  }

  /** Resolves when the server has ended the connection. */
  async ended(): Promise<void> {
    while (!this.#over) await this.#more()
  }

  hangUp(): void {
    this.#socket.destroy()
  }

  #more(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve
    })
  }

  #take(): Answer<Body> | null {
    const end = this.#heard.indexOf('\r\n\r\n')
    if (end === -1) return null
    const [first = '', ...lines] = this.#heard.subarray(0, end).toString('latin1').split('\r\n') as [
      string,
      ...string[],
    ]
    const headers = new Headers(lines.map((line): [string, string] => [nameOf(line), valueOf(line)]))
    const rest = this.#heard.subarray(end + 4)
    const found =
      headers.get('Transfer-Encoding') === 'chunked'
        ? unchunked(rest)
        : cut(rest, Number(headers.get('Content-Length') ?? 0))
    if (found === null) return null
    this.#heard = found.rest
    const isJson = (headers.get('Content-Type') ?? '').includes('application/json')
    const status = Number(first.split(' ')[1])
    return { status, headers, body: isJson ? JSON.parse(found.body) : found.body }
  }
}

/** A request as it goes over the wire. */
export function textOf(request: Parameters<Wire['request']>[0]): string {
  const { method = 'GET', path, headers = {}, body = '' } = request
  const all = {
    Host: 'localhost',
    ...(body === '' ? {} : { 'Content-Length': String(Buffer.byteLength(body)) }),
    ...headers,
  }
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`)
  return `${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n${body}`
}

const nameOf = (line: string) => line.slice(0, line.indexOf(':'))
const valueOf = (line: string) => line.slice(line.indexOf(':') + 1).trim()

function cut(bytes: Buffer, length: number): { body: string; rest: Buffer } | null {
  return bytes.length < length ? null : { body: bytes.subarray(0, length).toString(), rest: bytes.subarray(length) }
}

function unchunked(bytes: Buffer): { body: string; rest: Buffer } | null {
  const parts: Buffer[] = []
  for (let at = 0; ;) {
    const line = bytes.indexOf('\r\n', at)
    if (line === -1) return null
    const size = Number.parseInt(bytes.subarray(at, line).toString(), 16)
    const end = line + 2 + size + 2
    if (bytes.length < end) return null
    if (size === 0) return { body: Buffer.concat(parts).toString(), rest: bytes.subarray(end) }
    parts.push(bytes.subarray(line + 2, line + 2 + size))
    at = end
  }
}
