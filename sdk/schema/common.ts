/** Words and shapes that several nouns share. Nothing here knows a noun. */

import * as v from 'valibot'

export const MODES = ['test', 'live'] as const
export type Mode = (typeof MODES)[number]

export const PROJECT_TYPES = ['saas', 'store', 'membership'] as const
export type ProjectType = (typeof PROJECT_TYPES)[number]

const hasNoControlCharacters = (text: string) => !/[\u0000-\u001f\u007f]/.test(text)
const isWellFormed = (text: string) => text.isWellFormed()

/** One line of human text of 1 to `max` characters. */
export const line = (max: number) =>
  v.pipe(
    v.string(),
    v.trim(),
    v.minLength(1, 'must not be empty'),
    v.maxLength(max, `must be at most ${max} characters`),
    v.check(isWellFormed, 'must be well-formed Unicode'),
    v.check(hasNoControlCharacters, 'must not contain control characters'),
  )

/** An id given by the caller: its own user id, for example. */
export const Id = v.pipe(
  v.string(),
  v.regex(/^[A-Za-z0-9_.:@|+-]{1,128}$/, 'must be 1 to 128 characters of A–Z a–z 0–9 _ . : @ | + -'),
)

export const Email = v.pipe(
  v.string(),
  v.trim(),
  v.toLowerCase(),
  v.maxLength(254, 'must be at most 254 characters'),
  v.rfcEmail('must be an e-mail address'),
)

export const IdempotencyKey = v.pipe(
  v.string(),
  v.regex(/^[\x21-\x7e]{1,255}$/, 'must be 1 to 255 printable ASCII characters without spaces'),
)

/**
 * The key of a guest, whom nothing else tells from the next one: whoever sends it again is answered the page that it made,
 * so nobody may come upon it.
 */
export const GuestKey = v.pipe(
  IdempotencyKey,
  v.check(
    (key) => key.length >= 16 && new Set(key).size >= 8,
    'must be hard to guess when no customer is named: at least 16 characters of chance, a random UUID for example',
  ),
)

/** An http(s) address or a path; it is resolved and checked against the project's origins on the server. */
export const ReturnUrl = v.pipe(
  v.string(),
  v.minLength(1, 'must not be empty'),
  v.maxLength(2048, 'must be at most 2,048 characters'),
  v.check(hasNoControlCharacters, 'must not contain control characters'),
)

/** Up to 20 flat facts that travel with a call; never interpreted. */
export const Properties = v.pipe(
  v.record(
    v.pipe(v.string(), v.maxLength(40), v.check(isWellFormed, 'must be well-formed Unicode')),
    v.union([
      v.pipe(v.string(), v.maxLength(500), v.check(isWellFormed, 'must be well-formed Unicode')),
      v.pipe(v.number(), v.finite()),
      v.boolean(),
      v.null(),
    ]),
  ),
  v.check((record) => Object.keys(record).length <= 20, 'must have at most 20 entries'),
)

/** `limit` of a list: 1 to 100, given in the query string. */
export const PageLimit = v.pipe(
  v.string(),
  v.regex(/^\d{1,3}$/, 'must be a whole number from 1 to 100'),
  v.transform(Number),
  v.minValue(1, 'must be a whole number from 1 to 100'),
  v.maxValue(100, 'must be a whole number from 1 to 100'),
)

/** The revision of the row that was looked at: changed since, the write is refused. */
export const IfRevision = v.optional(v.pipe(v.number(), v.integer(), v.minValue(0)))

export const Cursor = v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{1,400}$/, 'must be a cursor from an earlier answer'))
