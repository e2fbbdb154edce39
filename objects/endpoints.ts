/**
 * Where a developer's app wants to hear of events, and the secrets that messages to it are signed with. A secret is kept
 * because every message is signed with it; it leaves the object for signing only.
 */

import type { DisabledReason, WebhookType } from '../sdk/schema/webhook.ts'
import type { Step } from './migrations.ts'
import type { Store } from './store.ts'

export const ENDPOINTS_SCHEMA: Step = [
  `CREATE TABLE webhook_endpoints (
    id TEXT PRIMARY KEY,
    url TEXT NOT NULL,
    events TEXT NOT NULL,
    description TEXT,
    secret TEXT NOT NULL,
    previous_secret TEXT,
    previous_ends_at INTEGER,
    disabled_at INTEGER,
    disabled_reason TEXT CHECK (disabled_reason IN ('developer', 'gone', 'failing')),
    created_at INTEGER NOT NULL,
    CHECK ((disabled_at IS NULL) = (disabled_reason IS NULL))
  ) STRICT`,
]

export const ENDPOINTS_MAX = 20

export interface Endpoint {
  readonly id: string
  readonly url: string
  readonly events: readonly WebhookType[]
  readonly description: string | null
  readonly secret: string
  /** The secret before the last rotation, and until when messages are signed with it too. */
  readonly previous: { readonly secret: string; readonly endsAt: number } | null
  /** `null` while it is sent what it asked for. */
  readonly disabled: { readonly at: number; readonly reason: DisabledReason } | null
  readonly createdAt: number
}

type EndpointRow = {
  id: string
  url: string
  events: string
  description: string | null
  secret: string
  previous_secret: string | null
  previous_ends_at: number | null
  disabled_at: number | null
  disabled_reason: DisabledReason | null
  created_at: number
}

const toEndpoint = (row: EndpointRow): Endpoint => ({
  id: row.id,
  url: row.url,
  events: JSON.parse(row.events) as WebhookType[],
  description: row.description,
  secret: row.secret,
  previous:
    row.previous_secret === null || row.previous_ends_at === null
      ? null
      : { secret: row.previous_secret, endsAt: row.previous_ends_at },
  disabled:
    row.disabled_at === null || row.disabled_reason === null
      ? null
      : { at: row.disabled_at, reason: row.disabled_reason },
  createdAt: row.created_at,
})

/** What is said of an endpoint. Its secrets are not part of it. */
export function toPublicEndpoint(endpoint: Endpoint, now: number) {
  const { previous } = endpoint
  return {
    id: endpoint.id,
    url: endpoint.url,
    events: endpoint.events,
    description: endpoint.description,
    disabled: endpoint.disabled !== null,
    disabledAt: endpoint.disabled?.at ?? null,
    disabledReason: endpoint.disabled?.reason ?? null,
    previousSecretEndsAt: previous !== null && now < previous.endsAt ? previous.endsAt : null,
    createdAt: endpoint.createdAt,
  }
}

export class Endpoints {
  readonly #store: Store
  #known: readonly Endpoint[] | null = null
  #heard = new Set<WebhookType>()

  constructor(store: Store) {
    this.#store = store
  }

  /** After a rollback: what was read of undone writes must go. */
  forget(): void {
    this.#known = null
  }

  /** Oldest first. */
  all(): readonly Endpoint[] {
    if (this.#known !== null) return this.#known
    this.#known = this.#store
      .all<EndpointRow>('SELECT * FROM webhook_endpoints ORDER BY created_at, id')
      .map(toEndpoint)
    this.#heard = new Set(this.#known.flatMap(({ events }) => events))
    return this.#known
  }

  /** Does any endpoint want to hear of this? Asked for every counted use, so it reads nothing. */
  hears(type: WebhookType): boolean {
    this.all()
    return this.#heard.has(type)
  }

  hearing(type: WebhookType): readonly Endpoint[] {
    return this.hears(type) ? this.all().filter(({ events }) => events.includes(type)) : []
  }

  get(id: string): Endpoint | null {
    return this.all().find((endpoint) => endpoint.id === id) ?? null
  }

  save(endpoint: Endpoint): void {
    this.#known = null
    this.#store.run(
      `INSERT OR REPLACE INTO webhook_endpoints (id, url, events, description, secret, previous_secret,
         previous_ends_at, disabled_at, disabled_reason, created_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      endpoint.id,
      endpoint.url,
      JSON.stringify(endpoint.events),
      endpoint.description,
      endpoint.secret,
      endpoint.previous?.secret ?? null,
      endpoint.previous?.endsAt ?? null,
      endpoint.disabled?.at ?? null,
      endpoint.disabled?.reason ?? null,
      endpoint.createdAt,
    )
  }

  remove(id: string): void {
    this.#known = null
    this.#store.run('DELETE FROM webhook_endpoints WHERE id = ?', id)
  }
}
