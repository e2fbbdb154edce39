/**
 * The sockets of one project in one mode. It lives apart from the ledger: a flood or a slow reader may kill a feed, never
 * a counter. It decides nothing about the domain; it greets, passes on and sheds.
 */

import { DurableObject } from 'cloudflare:workers'
import type { Changes, FeedMessage } from '../sdk/schema/feed.ts'
import { heard, type FeedView } from './audience.ts'
import { migrate, type Step } from './migrations.ts'
import { no, ok, type Outcome } from './outcome.ts'
import { Store } from './store.ts'

/** Appended, never edited. */
export const FEED_STEPS: readonly Step[] = [
  [
    `CREATE TABLE tickets (
      ticket TEXT PRIMARY KEY,
      expires_at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID`,
  ],
  ["ALTER TABLE tickets ADD COLUMN view TEXT NOT NULL DEFAULT 'all'"],
  ['CREATE TABLE ended (at INTEGER NOT NULL) STRICT'],
]

const TICKET_LIFETIME_MS = 60_000
const SOCKETS_MAX = 1_000
const MESSAGE_MAX_CHARACTERS = 4_096
/** A client says little: it resumes. More than this is a flood. */
const MESSAGES_A_SECOND = 20
const MESSAGES_BURST = 60
/** What may be on its way to a listener who has not said a word since: past that, nobody is reading. */
const UNREAD_MESSAGES_MAX = 256
const UNREAD_CHARACTERS_MAX = 1024 * 1024

/** Close codes of our own, in the range that applications may use. */
export const FEED_CLOSE = { flood: 4008, slow: 4009, badMessage: 4400, ended: 4410 } as const

interface Bucket {
  tokens: number
  at: number
}

export abstract class Feed<Env = unknown> extends DurableObject<Env> {
  readonly #store: Store
  readonly #buckets = new WeakMap<WebSocket, Bucket>()
  readonly #unread = new WeakMap<WebSocket, { messages: number; characters: number }>()
  readonly #shed = new WeakSet<WebSocket>()

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env)
    this.#store = new Store(ctx.storage)
    ctx.storage.transactionSync(() => migrate(this.#store, FEED_STEPS))
    ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair('ping', 'pong'))
  }

  /** Reads the project's changes, as far as the view goes: the ledger reads nothing for a listener who may not hear it. */
  protected abstract read(since: number, view: FeedView): Promise<Changes>

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

  /** The project is deleted: whoever listens is let go, and nobody is let in any more. */
  end(): void {
    this.ctx.storage.transactionSync(() => {
      this.#store.run('DELETE FROM tickets')
      if (!this.#ended()) this.#store.run('INSERT INTO ended (at) VALUES (?)', Date.now())
    })
    for (const socket of this.ctx.getWebSockets()) closeQuietly(socket, FEED_CLOSE.ended, 'the project was deleted')
  }

  #ended(): boolean {
    return this.#store.maybe('SELECT 1 AS x FROM ended LIMIT 1') !== null
  }

  /** Upgrades a request that carries a valid ticket; `since` resumes after a revision. */
  override async fetch(request: Request): Promise<Response> {
    if (this.#ended()) return refused('project_deleted')
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
    send(server, JSON.stringify({ type: 'hello', projectId, mode, revision } satisfies FeedMessage))
    if (Number.isSafeInteger(since) && since >= 0) await this.#resume(server, since)
    return new Response(null, { status: 101, webSocket: client })
  }

  /** Passes committed changes on to everyone who listens. */
  async pass(changes: Changes): Promise<void> {
    const sockets = this.ctx.getWebSockets()
    if (sockets.length === 0) return this.#rest()
    for (const socket of sockets) this.#push(socket, changes)
  }

  /** Sends what this listener may hear, unless it has stopped reading: then it is let go and resumes by revision. */
  #push(socket: WebSocket, changes: Changes): void {
    if (this.#shed.has(socket)) return
    const message = heardBy(socket, changes)
    if (message === null) return
    const text = JSON.stringify(message)
    const unread = this.#unread.get(socket) ?? { messages: 0, characters: 0 }
    unread.messages += 1
    unread.characters += text.length
    this.#unread.set(socket, unread)
    if (unread.messages <= UNREAD_MESSAGES_MAX && unread.characters <= UNREAD_CHARACTERS_MAX) return send(socket, text)
    this.#shed.add(socket)
    closeQuietly(socket, FEED_CLOSE.slow, 'say {"type":"ack"} now and then, or resume')
  }

  override async webSocketMessage(socket: WebSocket, message: string | ArrayBuffer): Promise<void> {
    if (this.#shed.has(socket)) return
    if (!this.#mayTalk(socket)) {
      this.#shed.add(socket)
      return closeQuietly(socket, FEED_CLOSE.flood, 'too many messages')
    }
    const word = parseWord(message)
    if (word === null)
      return closeQuietly(socket, FEED_CLOSE.badMessage, 'say {"type":"ack"} or {"type":"resume","since":N}')
    this.#unread.delete(socket)
    if (word.type === 'resume') await this.#resume(socket, word.since)
  }

  /** Says goodbye back, without which the peer would wait for it. */
  override async webSocketClose(socket: WebSocket): Promise<void> {
    closeQuietly(socket, 1000, '')
    const open = this.ctx.getWebSockets().filter((socket) => socket.readyState === WebSocket.OPEN)
    if (open.length === 0) await this.#rest()
  }

  /** Nobody listens: the project need not tell. Somebody may have come while it was told so. */
  async #rest(): Promise<void> {
    await this.listen(false)
    if (this.ctx.getWebSockets().some((socket) => socket.readyState === WebSocket.OPEN)) await this.listen(true)
  }

  /**
   * One page after a revision, also when nothing is in it. `more` says that the client should ask for the next: it sets
   * the pace. `since` tells the page from what happens meanwhile, which may be newer than what is still to be asked for.
   */
  async #resume(socket: WebSocket, since: number): Promise<void> {
    const page = await this.read(since, viewOf(socket))
    const message = heardBy(socket, page) ?? { type: 'changes', ...page, changes: [] }
    send(socket, JSON.stringify({ ...message, since } satisfies FeedMessage))
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

type Word = { readonly type: 'ack' } | { readonly type: 'resume'; readonly since: number }

function parseWord(message: string | ArrayBuffer): Word | null {
  if (typeof message !== 'string' || message.length > MESSAGE_MAX_CHARACTERS) return null
  try {
    const { type, since } = JSON.parse(message) as { type?: unknown; since?: unknown }
    if (type === 'ack') return { type }
    const isResume = type === 'resume' && typeof since === 'number' && Number.isSafeInteger(since) && since >= 0
    return isResume ? { type, since } : null
  } catch {
    return null // not JSON: the caller closes the socket and says what it may send
  }
}

const viewOf = (socket: WebSocket): FeedView =>
  ((socket.deserializeAttachment() ?? { view: 'shelf' }) as { view: FeedView }).view

/** What this listener may hear of the changes; `null` when that is nothing. */
function heardBy(socket: WebSocket, changes: Changes): ({ readonly type: 'changes' } & Changes) | null {
  const view = viewOf(socket)
  const visible = changes.changes.flatMap((change) => heard(view, change) ?? [])
  const isNews = view === 'all' || visible.length > 0 || changes.more
  return isNews ? { type: 'changes', ...changes, changes: visible } : null
}

function send(socket: WebSocket, text: string): void {
  try {
    socket.send(text)
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
