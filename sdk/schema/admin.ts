/** What those who run dream-api ask for. */

import * as v from 'valibot'

const PlatformId = v.pipe(v.string(), v.regex(/^plt_[0-9a-f]{32}$/, 'must be the id of an account'))

/** Some accounts, or all of them, a few at a time. */
export const RebuildInput = v.strictObject({
  accounts: v.optional(v.pipe(v.array(PlatformId), v.minLength(1), v.maxLength(10))),
  after: v.optional(v.union([PlatformId, v.literal('')]), ''),
})
