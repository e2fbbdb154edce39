/** What the routes answer that a developer looks at: uses over time and one by one, and the story of a customer. */

import * as v from 'valibot'
import { Entitlement } from './plans.ts'
import { at, count, cursor, flag, maybe, text } from './words.ts'

export const History = v.object({
  from: at,
  to: at,
  step: v.pipe(count, v.description('Milliseconds between two points: an hour or a day')),
  points: v.array(
    v.object({
      at,
      meter: text,
      used: v.pipe(count, v.description('Of what was refused or repeated: how much was asked for')),
      calls: count,
      group: v.optional(v.pipe(maybe(text), v.description('`null`: all groups but the largest six'))),
    }),
  ),
  groups: v.optional(
    v.pipe(
      v.array(v.object({ group: text, name: text, used: count, calls: count })),
      v.description('With `by`: the largest hundred'),
    ),
  ),
  knownSince: v.optional(v.pipe(at, v.description('With `by`: since when the groups are known'))),
})

export const LimitHits = v.object({
  hits: v.pipe(
    v.array(
      v.object({
        customerId: text,
        email: maybe(text),
        meter: text,
        plan: text,
        calls: count,
        quantity: v.pipe(count, v.description('How much they asked for')),
        lastAt: at,
      }),
    ),
    v.description('Most often first, at most a hundred'),
  ),
})

export const Calls = v.object({
  calls: v.array(
    v.object({
      id: text,
      customerId: text,
      email: maybe(text),
      meter: text,
      quantity: count,
      plan: v.pipe(text, v.description('The plan they had')),
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
      what: v.pipe(
        text,
        v.description(
          '`joined`, `checkout.…`, `payment.failed`, `subscription.…`, `order.…`, `usage.80`, `usage.100`, `usage.refused`, `event`',
        ),
      ),
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
