/** What those who run dream-api ask for. */

import * as v from 'valibot'
import { Cursor, PageLimit } from './common.ts'

const PlatformId = v.pipe(v.string(), v.regex(/^plt_[0-9a-f]{32}$/, 'must be the id of an account'))

/** Some accounts, or all of them, a few at a time. */
export const RebuildInput = v.strictObject({
  accounts: v.optional(v.pipe(v.array(PlatformId), v.minLength(1), v.maxLength(10))),
  after: v.optional(v.union([PlatformId, v.literal('')]), ''),
})

export const ADMIN_FILTERS = ['all', 'paying', 'trialing', 'customers', 'empty'] as const
/** Overage grows with the customers, so that both sort alike; each is a word that is looked for. */
export const ADMIN_SORTS = ['created', 'customers', 'overage'] as const

export const AdminQuery = v.strictObject({
  filter: v.optional(v.picklist(ADMIN_FILTERS), 'all'),
  sort: v.optional(v.picklist(ADMIN_SORTS), 'created'),
  /** How the e-mail address begins. */
  email: v.optional(v.pipe(v.string(), v.trim(), v.toLowerCase(), v.maxLength(254))),
  limit: v.optional(PageLimit, '50'),
  cursor: v.optional(Cursor),
})
export type AdminQuery = v.InferOutput<typeof AdminQuery>
