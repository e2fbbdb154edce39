/** What the routes answer that belong to no project: of the service itself, and of those who talk to it by themselves. */

import * as v from 'valibot'
import { maybe, text } from './words.ts'

export const Health = v.object({ status: v.literal('ok') })

export const DashboardSettings = v.object({
  clerkPublishableKey: v.pipe(text, v.description('Of the identity provider that members sign in with')),
})

export const OpenApiDocument = v.objectWithRest(
  { openapi: text, servers: v.array(v.object({ url: text })), paths: v.record(text, v.unknown()) },
  v.unknown(),
)

/** What whoever sends an event is told: they need no more than the status. */
export const Received = v.object({
  received: v.literal(true),
  idempotent: v.optional(v.pipe(v.literal(true), v.description('It was here before'))),
  ignored: v.optional(v.pipe(text, v.description('Why nothing follows from it'))),
})

export const Arrived = v.object({
  location: v.pipe(
    maybe(text),
    v.description('Where the page sends the person; `null`: they are no customer yet, ask them'),
  ),
})
