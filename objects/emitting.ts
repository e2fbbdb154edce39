/**
 * Telling a developer's app what happened: the endpoints it registered, and the messages on their way to them. A message is
 * written down in the decision that caused it; sending it is owed, endpoint by endpoint, so that one that is dead holds up
 * no other.
 */

import type { EndpointInput, EndpointPatch, DisabledReason, MessageState, WebhookType } from '../sdk/schema/webhook.ts'
import type { Decision } from './actor.ts'
import { announceStock } from './announcing.ts'
import type { Books, Ledger } from './books.ts'
import type { Caller } from './caller.ts'
import { ENDPOINTS_MAX, toPublicEndpoint, type Endpoint } from './endpoints.ts'
import type { Gate } from './gate.ts'
import type { Attempt, Message } from './messages.ts'
import { no, ok, type Outcome } from './outcome.ts'
import type { Attempt as Repeatable } from './replies.ts'

const SECOND_MS = 1_000
const MINUTE_MS = 60 * SECOND_MS
const HOUR_MS = 60 * MINUTE_MS
/** How long each attempt waits after the one before: the schedule of Standard Webhooks, three days and three hours. */
const SCHEDULE_MS = [
  0,
  5 * SECOND_MS,
  5 * MINUTE_MS,
  30 * MINUTE_MS,
  2 * HOUR_MS,
  5 * HOUR_MS,
  10 * HOUR_MS,
  14 * HOUR_MS,
  20 * HOUR_MS,
  24 * HOUR_MS,
] as const
const GONE = 410
const KIND = 'webhooks'

export type EndpointView = ReturnType<typeof toPublicEndpoint>
export type MessageView = ReturnType<Emitting['view']>

/** What the worker needs to send what is due for an endpoint. */
export interface WebhookTask {
  readonly url: string
  /** The newest first; a message is signed with each. */
  readonly secrets: readonly string[]
  readonly messages: readonly { readonly id: string; readonly lane: string; readonly body: string }[]
}

export class Emitting {
  readonly #ledger: Ledger
  readonly #books: Books
  readonly #gate: Gate

  constructor(ledger: Ledger, books: Books, gate: Gate) {
    this.#ledger = ledger
    this.#books = books
    this.#gate = gate
  }

  // Endpoints

  /** Registers an endpoint. The worker has seen that its address is one that may be called. */
  add(
    caller: Caller,
    input: EndpointInput,
    { attempt = null, ...made }: { id: string; secret: string; attempt?: Repeatable | null },
  ): Outcome<EndpointView> {
    return this.#ledger.decide((decision) => {
      const refusal = this.#gate.admit(caller, 'admin', decision.now)
      if (refusal) return refusal
      return this.#books.replies.once(attempt, decision.now, () => {
        if (this.#books.endpoints.all().length >= ENDPOINTS_MAX) return no('too_many_webhook_endpoints')
        const endpoint = { ...input, ...made, previous: null, disabled: null, createdAt: decision.now }
        this.#save(endpoint)
        return ok(toPublicEndpoint(endpoint, decision.now))
      })
    })
  }

  list(caller: Caller): Outcome<EndpointView[]> {
    const now = this.#ledger.now()
    const refusal = this.#gate.admit(caller, 'read', now)
    return refusal ?? ok(this.#books.endpoints.all().map((endpoint) => toPublicEndpoint(endpoint, now)))
  }

  get(caller: Caller, id: string): Outcome<EndpointView & { lastDeliveredAt: number | null }> {
    const now = this.#ledger.now()
    const refusal = this.#gate.admit(caller, 'read', now)
    if (refusal) return refusal
    const endpoint = this.#books.endpoints.get(id)
    if (endpoint === null) return no('webhook_endpoint_not_found')
    return ok({ ...toPublicEndpoint(endpoint, now), lastDeliveredAt: this.#books.messages.acceptedAt(id) })
  }

  change(caller: Caller, id: string, patch: EndpointPatch): Outcome<EndpointView> {
    return this.#on(id, caller, (endpoint, decision) => {
      const { disabled, ...changes } = patch
      const given = Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined))
      const changed: Endpoint = { ...endpoint, ...given, disabled: disabled === false ? null : endpoint.disabled }
      this.#save(changed)
      if (disabled === true && endpoint.disabled === null) this.#disable(changed, 'developer', decision)
      return ok(toPublicEndpoint(this.#books.endpoints.get(id) ?? changed, decision.now))
    })
  }

  /** Forgets the endpoint and what was sent to it; what is under way may still arrive. */
  remove(caller: Caller, id: string): Outcome<null> {
    return this.#on(id, caller, () => {
      this.#books.endpoints.remove(id)
      this.#books.messages.forgetEndpoint(id)
      this.#ledger.timers.cancel({ kind: KIND, key: id })
      return ok(null)
    })
  }

  /** A new secret. The old one signs beside it until the overlap is over. */
  rotate(
    caller: Caller,
    id: string,
    { secret, overlapMs, attempt = null }: { secret: string; overlapMs: number; attempt?: Repeatable | null },
  ): Outcome<EndpointView> {
    return this.#on(id, caller, (endpoint, { now }) =>
      this.#books.replies.once(attempt, now, () => {
        const previous = overlapMs === 0 ? null : { secret: endpoint.secret, endsAt: now + overlapMs }
        const rotated: Endpoint = { ...endpoint, secret, previous }
        this.#save(rotated)
        return ok(toPublicEndpoint(rotated, now))
      }),
    )
  }

  #on<T>(id: string, caller: Caller, fn: (endpoint: Endpoint, decision: Decision) => Outcome<T>): Outcome<T> {
    return this.#ledger.decide((decision): Outcome<T> => {
      const refusal = this.#gate.admit(caller, 'admin', decision.now)
      if (refusal) return refusal
      const endpoint = this.#books.endpoints.get(id)
      return endpoint === null ? no('webhook_endpoint_not_found') : fn(endpoint, decision)
    })
  }

  #save(endpoint: Endpoint): void {
    const heard = this.#books.endpoints.hears('stock.low')
    this.#books.endpoints.save(endpoint)
    // What rose while nobody listened was not noticed.
    if (!heard) this.#books.announced.forgetAll('stock.low')
  }

  #disable(endpoint: Endpoint, reason: DisabledReason, { now }: Decision): void {
    this.#books.endpoints.save({ ...endpoint, disabled: { at: now, reason } })
    this.#books.messages.failAll(endpoint.id, now)
    this.#ledger.timers.cancel({ kind: KIND, key: endpoint.id })
  }

  // Messages

  /** Sends a `ping` to one endpoint, whatever it asked for. */
  test(caller: Caller, id: string): Outcome<MessageView> {
    return this.#on(id, caller, (endpoint, decision) => {
      if (endpoint.disabled !== null) return no('webhook_endpoint_disabled')
      const number = this.#books.writeTo(endpoint, 'ping', { endpointId: id }, decision)
      return ok(this.view(this.#books.messages.get(number)!))
    })
  }

  messages(
    caller: Caller,
    query: {
      before: string | null
      limit: number
      endpointId: string | null
      type: WebhookType | null
      state: MessageState | null
    },
  ): Outcome<MessageView[]> {
    const refusal = this.#gate.admit(caller, 'read', this.#ledger.now())
    if (refusal) return refusal
    const before = query.before === null ? null : this.#numberOf(query.before)
    if (before === null && query.before !== null)
      return no('invalid_request', { message: 'cursor must be a cursor from an earlier answer.' })
    return ok(this.#books.messages.page({ ...query, before }).map((message) => this.view(message)))
  }

  message(caller: Caller, id: string): Outcome<MessageView & { body: string; attempts: Attempt[] }> {
    const refusal = this.#gate.admit(caller, 'read', this.#ledger.now())
    if (refusal) return refusal
    const message = this.#message(id)
    if (message === null) return no('webhook_message_not_found')
    return ok({ ...this.view(message), body: message.body, attempts: this.#books.messages.attempts(message.id) })
  }

  /** Sends one message again under its id, however it ended. One that is under way is tried at once. */
  resend(caller: Caller, id: string): Outcome<MessageView> {
    return this.#ledger.decide((decision) => {
      const refusal = this.#gate.admit(caller, 'admin', decision.now)
      if (refusal) return refusal
      const message = this.#message(id)
      if (message === null) return no('webhook_message_not_found')
      const endpoint = this.#books.endpoints.get(message.endpointId)
      if (endpoint?.disabled !== null) return no('webhook_endpoint_disabled')
      if (message.state !== 'pending') this.#books.messages.reopen(message, decision.now)
      else if (message.nextAt !== null) this.#books.messages.retry(message.id, decision.now)
      this.#arm(message.endpointId, decision)
      return ok(this.view(this.#message(id) ?? message))
    })
  }

  /** Sends everything again that failed since a time, each customer's in order. */
  recover(caller: Caller, id: string, since: number): Outcome<{ recovered: number }> {
    return this.#on(id, caller, (endpoint, decision) => {
      if (endpoint.disabled !== null) return no('webhook_endpoint_disabled')
      const recovered = this.#books.messages.reopenFailed(id, since, decision.now)
      this.#arm(id, decision)
      return ok({ recovered })
    })
  }

  view(message: Message) {
    return {
      id: this.#books.messageName(message.id),
      endpointId: message.endpointId,
      type: message.type,
      state: message.state,
      tries: message.tries,
      nextAttemptAt: message.nextAt,
      createdAt: message.createdAt,
      settledAt: message.settledAt,
    }
  }

  #message(id: string): Message | null {
    const number = this.#numberOf(id)
    return number === null ? null : this.#books.messages.get(number)
  }

  #numberOf(name: string): number | null {
    const number = Number.parseInt(/_([0-9a-z]{1,11})$/.exec(name)?.[1] ?? '', 36)
    return Number.isNaN(number) || this.#books.messageName(number) !== name ? null : number
  }

  // Sending

  /** What may be sent now, of lanes that are not under way; `null` when there is no such endpoint any more. */
  due(endpointId: string, query: { limit: number; busy: readonly string[] }): WebhookTask | null {
    const endpoint = this.#books.endpoints.get(endpointId)
    if (endpoint === null || endpoint.disabled !== null || this.#isClosed()) return null
    const now = this.#ledger.now()
    const { secret, previous } = endpoint
    const messages = this.#books.messages
      .due(endpointId, now, query.limit + query.busy.length)
      .filter(({ lane }) => !query.busy.includes(lane))
      .slice(0, query.limit)
      .map(({ id, lane, body }) => ({ id: this.#books.messageName(id), lane, body }))
    const secrets = previous !== null && now < previous.endsAt ? [secret, previous.secret] : [secret]
    return { url: endpoint.url, secrets, messages }
  }

  /** What came of one attempt: delivered, to be tried later, or given up, and with it perhaps its endpoint. */
  settle(id: string, attempt: Attempt): Outcome<null> {
    return this.#ledger.decide((decision) => {
      const message = this.#message(id)
      const endpoint = message && this.#books.endpoints.get(message.endpointId)
      if (!message || !endpoint) return ok(null) // forgotten while it was under way
      this.#books.messages.note(message, attempt)
      const noted = this.#books.messages.get(message.id) ?? message
      if (noted.state === 'pending') this.#decideOn(noted, endpoint, attempt, decision)
      return ok(null)
    })
  }

  #decideOn(message: Message, endpoint: Endpoint, attempt: Attempt, decision: Decision): void {
    const { messages } = this.#books
    const { now } = decision
    const wait = SCHEDULE_MS[message.tries]
    if (attempt.error === null) messages.settle(message, 'delivered', now)
    else if (attempt.status === GONE) return this.#disable(endpoint, 'gone', decision)
    else if (wait !== undefined) messages.retry(message.id, now + wait)
    else if (this.#acceptedNothingSince(message)) return this.#disable(endpoint, 'failing', decision)
    else messages.settle(message, 'failed', now)
    this.#arm(endpoint.id, decision)
  }

  #acceptedNothingSince({ endpointId, firstTriedAt, createdAt }: Message): boolean {
    const acceptedAt = this.#books.messages.acceptedAt(endpointId)
    return acceptedAt === null || acceptedAt < (firstTriedAt ?? createdAt)
  }

  ring(endpointId: string, decision: Decision): void {
    this.#arm(endpointId, decision)
  }

  /** Called last in every decision: what it wrote down is owed. */
  closing(decision: Decision): void {
    announceStock(this.#books, decision)
    for (const endpointId of this.#books.messages.takeFresh()) this.#arm(endpointId, decision)
  }

  #arm(endpointId: string, decision: Decision): void {
    const at = this.#books.messages.next(endpointId)
    if (at === null) return
    if (at <= decision.now) this.#ledger.owe({ kind: KIND, key: endpointId }, decision)
    else this.#ledger.setTimer({ kind: KIND, key: endpointId, at })
  }

  #isClosed(): boolean {
    return this.#books.settings.get()?.deletedAt !== null
  }

  /** Endpoints with something to send that nobody owes them: always none. */
  violations(): string[] {
    return this.#books.endpoints
      .all()
      .map(({ id }) => ({ kind: KIND, key: id }))
      .filter((debt) => this.#books.messages.next(debt.key) !== null && !this.#isClosed())
      .filter((debt) => !this.#ledger.outbox.has(debt) && !this.#ledger.timers.has(debt))
      .map(({ key }) => `nobody will send to ${key}`)
  }
}
