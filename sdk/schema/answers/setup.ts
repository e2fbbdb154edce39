/**
 * What the routes by which a project is set up and looked after answer. Answers are not parsed as they leave; a test holds the answer of every example against it,
 * in both directions.
 */

import * as v from 'valibot'
import { MODES, PROJECT_TYPES } from '../common.ts'
import { EVENT_OUTCOMES } from '../event.ts'
import { SCOPES } from '../key.ts'
import { ATTEMPT_ERRORS, DISABLED_REASONS, MESSAGE_STATES, WEBHOOK_TYPES } from '../webhook.ts'
import { text, flag, count, at, maybe, done, cursor } from './words.ts'

const Session = v.object({ id: text, origin: text, createdAt: at, usedAt: at, endsAt: at })
export const Sessions = v.object({ sessions: v.array(Session) })
export const EndedSessions = v.object({ ...done, ended: count })
export const SignedIn = v.object({
  token: v.pipe(text, v.description('The customer token: `X-Clerk-Token`, five minutes')),
  refreshToken: text,
  expiresAt: at,
  customer: v.object({ id: text, email: maybe(text), plan: text }),
})
export const Done = v.object(done)
export const KeySet = v.object({
  keys: v.array(v.object({ kty: text, crv: text, kid: text, x: text, y: text, alg: text, use: text })),
})

const Settings = v.object({
  projectId: text,
  mode: v.picklist(MODES),
  type: v.picklist(PROJECT_TYPES),
  name: text,
  publishableKey: text,
  allowedOrigins: v.array(text),
  automaticTax: flag,
  accentColor: maybe(text),
  stripeAccountId: maybe(text),
  chargesEnabled: flag,
  createdAt: at,
  revision: count,
})
export const ProjectNow = v.object({ project: Settings })
export const ChangedProject = v.object({ ...done, project: Settings })

export const Key = v.object({
  name: text,
  scopes: v.array(v.picklist(SCOPES)),
  prefix: text,
  createdAt: at,
  lastUsedAt: maybe(at),
  endsAt: maybe(at),
  status: text,
})
export const Keys = v.object({ keys: v.array(Key) })
export const MadeKey = v.object({
  ...done,
  key: Key,
  secretKey: v.pipe(text, v.description('Shown once, stored nowhere')),
})
export const RevokedKey = v.object({ ...done, revoked: v.object({ name: text, endsAt: at }) })

export const Event = v.object({
  id: text,
  type: text,
  objectId: maybe(text),
  createdAt: at,
  receivedAt: at,
  deliveries: count,
  outcome: v.picklist(EVENT_OUTCOMES),
  reason: maybe(text),
  revision: count,
})
export const Events = v.object({
  events: v.array(Event),
  nextCursor: cursor,
  health: v.object({
    lastAt: maybe(at),
    received24h: count,
    failed24h: count,
    waitingSince: v.pipe(maybe(at), v.description('When the oldest was heard that is not settled yet')),
  }),
})
export const OneEvent = v.object({ event: v.object({ ...Event.entries, payload: v.unknown() }) })
export const ReplayedEvent = v.object({ ...done, event: Event })
export const Ticket = v.object({
  ticket: text,
  expiresAt: at,
  view: text,
  url: v.pipe(text, v.description('Opens one WebSocket')),
})

export const Endpoint = v.object({
  id: text,
  url: text,
  events: v.array(v.picklist(WEBHOOK_TYPES)),
  description: maybe(text),
  disabled: flag,
  disabledAt: maybe(at),
  disabledReason: maybe(v.picklist(DISABLED_REASONS)),
  previousSecretEndsAt: maybe(at),
  createdAt: at,
})
export const Endpoints = v.object({ endpoints: v.array(Endpoint) })
export const OneEndpoint = v.object({ endpoint: v.object({ ...Endpoint.entries, lastDeliveredAt: maybe(at) }) })
export const ChangedEndpoint = v.object({ ...done, endpoint: Endpoint })
export const EndpointSecret = v.object({
  ...done,
  endpoint: Endpoint,
  secret: v.pipe(text, v.description('`whsec_…`, shown once')),
})
export const Message = v.object({
  id: text,
  endpointId: text,
  type: text,
  state: v.picklist(MESSAGE_STATES),
  tries: count,
  nextAttemptAt: maybe(at),
  createdAt: at,
  settledAt: maybe(at),
})
export const Attempt = v.object({
  number: count,
  at,
  durationMs: count,
  status: maybe(count),
  error: maybe(v.picklist(ATTEMPT_ERRORS)),
})
export const Messages = v.object({ messages: v.array(Message), nextCursor: cursor })
export const OneMessage = v.object({
  message: v.object({ ...Message.entries, attempts: v.array(Attempt), payload: v.unknown() }),
})
export const SentMessage = v.object({ ...done, message: Message })
export const Recovered = v.object({ ...done, recovered: count })
