/**
 * The sockets of one project in one mode. It lives apart from the ledger: a flood or a slow reader may kill a feed, never
 * a counter. It decides nothing about the domain; it greets, passes on and sheds.
 */

import { DurableObject } from 'cloudflare:workers'
import type { Change, Changes, FeedMessage } from '../sdk/schema/feed.ts'
import { migrate, type Step } from './migrations.ts'
import { no, ok, type Outcome } from './outcome.ts'
import { Store } from './store.ts'

const FEED_STEPS: readonly Step[] = [
  [
    `CREATE TABLE tickets (
      ticket TEXT PRIMARY KEY,
      expires_at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID`,
  ],
  ["ALTER TABLE tickets ADD COLUMN view TEXT NOT NULL DEFAULT 'all'"],
]

/** `all`: everything the project does. `shelf`: how many of each variant are available, and nothing else. */
export type FeedView = 'all' | 'shelf'

const TICKET_LIFETIME_MS = 60_000
const SOCKETS_MAX = 1_000
const MESSAGE_MAX_CHARACTERS = 4_096
/** A client says little: it resumes. More than this is a flood. */
const MESSAGES_A_SECOND = 20
const MESSAGES_BURST = 60

/** Close codes of our own, in the range that applications may use. */
export const FEED_CLOSE = { flood: 4008, badMessage: 4400 } as const

interface Bucket {
  tokens: number
  at: number
}

export abstract class Feed<Env = unknown> extends DurableObject<Env> {
  readonly #store: Store
  readonly #buckets = new WeakMap<WebSocket, Bucket>()
  readonly #shed = new WeakSet<WebSocket>()

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env)
    this.#store = new Store(ctx.storage)
    ctx.storage.transactionSync(() => migrate(this.#store, FEED_STEPS))
    ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair('ping', 'pong'))
  }

  /** Reads the project's changes. Supplied by the worker. */
  protected abstract read(since: number): Promise<Changes>

  /** Tells the project whether anyone listens; answers its revision. Supplied by the worker. */
  protected abstract listen(watched: boolean): Promise<number>

  /** Keeps a one-time ticket for 60 seconds. */
  admit(ticket: string, view: FeedView): { expiresAt: number } {
    const now = Date.now()
    const expiresAt = now + TICKET_LIFETIME_MS
    this.#store.run('DELETE FROM tickets WHERE expires_at <= ?', now)
    this.#store.run('INSERT INTO tickets (ticket, expires_at, view) VALUES (?, ?, ?)', ticket, expiresAt, view)
    return { expiresAt }
  }

  #redeem(ticket: string): Outcome<FeedView, 'ticket_invalid'> {
    const row = this.#store.maybe<{ expires_at: number; view: FeedView }>(
      'DELETE FROM tickets WHERE ticket = ? RETURNING expires_at, view',
      ticket,
    )
    return row !== null && Date.now() < row.expires_at ? ok(row.view) : no('ticket_invalid')
  }

  /** Upgrades a request that carries a valid ticket; `since` resumes after a revision. */
  override async fetch(request: Request): Promise<Response> {
    const url = new URL(request.url)
    const redeemed = this.#redeem(url.searchParams.get('ticket') ?? '')
    if (!redeemed.ok) return refused(redeemed.code)
    if (this.ctx.getWebSockets().length >= SOCKETS_MAX) return refused('too_many_connections')
    const since = Number(url.searchParams.get('since') ?? Number.NaN)
    const { 0: client, 1: server } = new WebSocketPair()
    this.ctx.acceptWebSocket(server)
    server.serializeAttachment({ view: redeemed.value })
    const revision = await this.listen(true)
    const [projectId = '', mode = ''] = (this.ctx.id.name ?? '').split(':')
    send(server, { type: 'hello', projectId, mode, revision })
    if (Number.isSafeInteger(since) && since >= 0) await this.#resume(server, since)
    return new Response(null, { status: 101, webSocket: client })
  }

  /** Passes committed changes on to everyone who listens. */
  async pass(changes: Changes): Promise<void> {
    const sockets = this.ctx.getWebSockets()
    if (sockets.length === 0) {
      await this.listen(false)
      return
    }
    for (const socket of sockets) tell(socket, changes)
  }

  override async webSocketMessage(socket: WebSocket, message: string | ArrayBuffer): Promise<void> {
    if (this.#shed.has(socket)) return
    if (!this.#mayTalk(socket)) {
      this.#shed.add(socket)
      return closeQuietly(socket, FEED_CLOSE.flood, 'too many messages')
    }
    const since = resumePoint(message)
    if (since === null) return closeQuietly(socket, FEED_CLOSE.badMessage, 'say {"type":"resume","since":N} or nothing')
    await this.#resume(socket, since)
  }

  override async webSocketClose(): Promise<void> {
    const open = this.ctx.getWebSockets().filter((socket) => socket.readyState === WebSocket.OPEN)
    if (open.length === 0) await this.listen(false)
  }

  async #resume(socket: WebSocket, since: number): Promise<void> {
    let from = since
    for (;;) {
      const changes = await this.read(from)
      tell(socket, changes)
      if (!changes.more || changes.revision <= from) return
      from = changes.revision
    }
  }

  #mayTalk(socket: WebSocket): boolean {
    const now = Date.now()
    const bucket = this.#buckets.get(socket) ?? { tokens: MESSAGES_BURST, at: now }
    bucket.tokens = Math.min(MESSAGES_BURST, bucket.tokens + ((now - bucket.at) / 1000) * MESSAGES_A_SECOND)
    bucket.at = now
    this.#buckets.set(socket, bucket)
    if (bucket.tokens < 1) return false
    bucket.tokens -= 1
    return true
  }
}

function resumePoint(message: string | ArrayBuffer): number | null {
  if (typeof message !== 'string' || message.length > MESSAGE_MAX_CHARACTERS) return null
  try {
    const { type, since } = JSON.parse(message) as { type?: unknown; since?: unknown }
    return type === 'resume' && typeof since === 'number' && Number.isSafeInteger(since) && since >= 0 ? since : null
  } catch {
    return null // not JSON: the caller closes the socket and says what it may send
  }
}

/** Says what this listener may hear; silence when that is nothing. */
function tell(socket: WebSocket, changes: Changes): void {
  const { view } = (socket.deserializeAttachment() ?? { view: 'shelf' }) as { view: FeedView }
  if (view === 'all') return send(socket, { type: 'changes', ...changes })
  const visible = changes.changes.filter(({ kind }) => kind === 'variant').map(toShelf)
  if (visible.length > 0) send(socket, { type: 'changes', ...changes, changes: visible })
}

function toShelf({ kind, id, revision, row }: Change): Change {
  const { productId, available, soldOut } = row
  return { kind, id, revision, row: { productId, available, soldOut } }
}

function send(socket: WebSocket, message: FeedMessage): void {
  try {
    socket.send(JSON.stringify(message))
  } catch {
    // The peer is gone; the platform tells us through webSocketClose, and the client resumes by revision.
  }
}

function closeQuietly(socket: WebSocket, code: number, reason: string): void {
  try {
    socket.close(code, reason)
  } catch {
    // Already closing: there is nobody left to tell.
  }
}

/** The router turns this marker into the API's error body: a feed answers a socket or a code. */
const refused = (code: string): Response => new Response(null, { status: 400, headers: { 'X-Refusal': code } })
