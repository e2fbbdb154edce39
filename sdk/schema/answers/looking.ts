/** What the routes answer that a developer looks at: uses over time and one by one, and the story of a customer. */

import * as v from 'valibot'
import { Entitlement } from './plans.ts'
import { at, count, cursor, flag, maybe, text } from './words.ts'

export const History = v.object({
  from: at,
  to: at,
  step: v.pipe(count, v.description('Milliseconds between two points: an hour or a day')),
  points: v.array(v.object({ at, meter: text, used: count, calls: count })),
})

export const Calls = v.object({
  calls: v.array(
    v.object({
      id: text,
      customerId: text,
      email: maybe(text),
      meter: text,
      quantity: count,
      at,
      reversedAt: maybe(at),
      credited: v.pipe(count, v.description('How much of it was paid with bought usage')),
      properties: v.unknown(),
    }),
  ),
  nextCursor: cursor,
})

export const Timeline = v.object({
  entries: v.array(
    v.object({
      at,
      what: v.pipe(text, v.description('`joined`, `checkout.…`, `subscription.…`, `order.…`')),
      link: v.pipe(maybe(text), v.description('The id of what it was about')),
      detail: v.record(text, v.unknown()),
    }),
  ),
})

export const Explanation = v.object({
  allowed: flag,
  reason: v.pipe(maybe(text), v.description('The code of the refusal')),
  usage: Entitlement,
  limitFrom: v.picklist(['customer', 'plan', 'nothing']),
  upgrade: v.pipe(maybe(text), v.description('The cheapest tier that would allow it')),
  revision: count,
})
