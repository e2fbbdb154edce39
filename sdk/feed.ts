/** What a project commits, as it happens: over a socket that is opened with a one-time ticket and resumed by revision. */

import type { DreamClient } from './client.ts'
import { DreamAPIException } from './error.ts'
import { delayMs, isTransient, sleep } from './retry.ts'
import type { Change, FeedMessage } from './schema/feed.ts'

export interface FeedOptions {
  /** The revision to go on after; left out, the feed begins now. */
  since?: number
  signal?: AbortSignal
  /** Told before every dialing, and when the line is open: what was missed since is then on its way. */
  onState?: (state: FeedState) => void
}

export type FeedState = 'connecting' | 'live'

const ACK_EVERY = 64
const PING_EVERY_MS = 25_000

export class FeedAPI {
  readonly #client: DreamClient

  constructor(client: DreamClient) {
    this.#client = client
  }

  /**
   * Listens. A secret key hears everything, a publishable key how much of each variant is left. With a customer, either
   * hears that and the customer's own usage, plan and subscription. A row may be told more than once: it is how the row stands.
   * Reconnects by itself; throws only what no retry mends. Node before 22 needs `globalThis.WebSocket`.
   *
   * @example
   * ```ts
   * const feed = dream.feed.open({ since: 0 })
   * for await (const change of feed) {
   *   console.log(change.kind, change.id, change.row)
   *   if (change.kind === 'customer') break
   * }
   * console.log('go on after', feed.revision)
   * ```
   */
  open(options: FeedOptions = {}): Feed {
    return new Feed(this.#client, options)
  }
}

/** One listening. Walk it once; leaving the loop closes it. */
export class Feed implements AsyncIterable<Change> {
  /** Everything up to here was handed over; `null` until the feed has begun. */
  revision: number | null
  readonly #client: DreamClient
  readonly #onState: (state: FeedState) => void
  readonly #closing = new AbortController()

  constructor(client: DreamClient, { since, signal, onState = () => {} }: FeedOptions) {
    this.#client = client
    this.#onState = onState
    this.revision = since ?? null
    if (signal?.aborted) this.close()
    signal?.addEventListener('abort', () => this.close(), { once: true })
  }

  /**
   * Ends the feed, and the loop over it.
   *
   * @example
   * ```ts
   * const feed = dream.feed.open()
   * feed.close()
   * for await (const change of feed) console.log(change)
   * ```
   */
  close(): void {
    this.#closing.abort()
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Change, void> {
    const { signal } = this.#closing
    for (let failures = 0; !signal.aborted; failures += 1) {
      if (failures > 0) await sleep(delayMs(failures, null, Math.random()), signal).catch(() => {})
      const line = await this.#dial(signal).catch((error: unknown) => {
        if (signal.aborted || (error instanceof DreamAPIException && isTransient(error))) return null
        throw error
      })
      if (line === null) continue
      try {
        for await (const changes of this.#hear(line)) {
          failures = 0
          yield* changes
        }
      } finally {
        line.close()
      }
    }
  }

  /** The messages of one connection. What was missed comes in pages, among what happens meanwhile. */
  async *#hear(line: Line): AsyncGenerator<readonly Change[], void> {
    let isBehind = this.revision !== null
    let ahead = 0
    for (let heard = 1; ; heard += 1) {
      const message = await line.next()
      if (message === null) return
      if (message.type === 'hello') {
        this.revision ??= message.revision
        this.#onState('live')
        yield []
        continue
      }
      yield message.changes
      if (isBehind && message.since === undefined) ahead = message.revision
      else this.revision = message.revision
      if (message.since !== undefined && message.more) line.say({ type: 'resume', since: message.revision })
      else if (message.since !== undefined) {
        isBehind = false
        this.revision = Math.max(message.revision, ahead)
      }
      if (heard % ACK_EVERY === 0) line.say({ type: 'ack' })
    }
  }

  async #dial(signal: AbortSignal): Promise<Line> {
    this.#onState('connecting')
    const { url } = await this.#client.post<{ url: string }>('/api/feed/tickets', undefined, { signal })
    return new Line(this.revision === null ? url : `${url}&since=${this.revision}`, signal)
  }
}

type Socket = Pick<WebSocket, 'send' | 'close' | 'addEventListener' | 'readyState'>

/** One socket, read a message at a time. It is given up when it stays silent for too long. */
class Line {
  readonly #socket: Socket
  readonly #messages: FeedMessage[] = []
  readonly #timer: ReturnType<typeof setInterval>
  #isOver = false
  #isSilent = false
  #wake: () => void = () => {}

  constructor(url: string, signal: AbortSignal) {
    if (typeof WebSocket === 'undefined') throw new Error('DreamAPI: No WebSocket: set globalThis.WebSocket.')
    this.#socket = new WebSocket(url)
    this.#socket.addEventListener('message', ({ data }) => this.#hear(String(data)))
    for (const event of ['close', 'error'] as const) this.#socket.addEventListener(event, () => this.close())
    signal.addEventListener('abort', () => this.close(), { once: true })
    this.#timer = setInterval(() => this.#ping(), PING_EVERY_MS)
  }

  /** The next message; `null` when there will be none. */
  async next(): Promise<FeedMessage | null> {
    while (this.#messages.length === 0 && !this.#isOver)
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    return this.#messages.shift() ?? null
  }

  say(word: object): void {
    if (!this.#isOver) this.#socket.send(JSON.stringify(word))
  }

  close(): void {
    this.#isOver = true
    clearInterval(this.#timer)
    this.#socket.close()
    this.#wake()
  }

  #hear(text: string): void {
    this.#isSilent = false
    if (text !== 'pong') this.#messages.push(JSON.parse(text) as FeedMessage)
    this.#wake()
  }

  #ping(): void {
    if (this.#isSilent) return this.close()
    this.#isSilent = true
    if (this.#socket.readyState === 1) this.#socket.send('ping')
  }
}
