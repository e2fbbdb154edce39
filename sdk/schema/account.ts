/** Who builds with us: an account, the people in it, and what they may do. */

import * as v from 'valibot'
import { Cursor, Email, line, PageLimit } from './common.ts'

/** Each may do what those before it may. */
export const ROLES = ['viewer', 'developer', 'owner'] as const
export type Role = (typeof ROLES)[number]

export const InvitationInput = v.strictObject({ email: Email, role: v.picklist(ROLES) })
export type InvitationInput = v.InferOutput<typeof InvitationInput>

/** What the link in the mail of an invitation carries. */
export const AcceptInput = v.strictObject({
  account: v.pipe(v.string(), v.regex(/^plt_[0-9a-f]{32}$/, 'must be the id of an account')),
  code: v.pipe(v.string(), v.regex(/^[0-9a-z]{32}$/, 'must be the code of an invitation')),
})

export const MemberPatch = v.strictObject({ role: v.picklist(ROLES) })

export const AccountPatch = v.strictObject({ name: line(80) })
export type AccountPatch = v.InferOutput<typeof AccountPatch>

export const AuditQuery = v.strictObject({
  limit: v.optional(PageLimit, '50'),
  cursor: v.optional(Cursor),
  projectId: v.optional(v.pipe(v.string(), v.regex(/^[0-9a-z]{20}$/, 'must be the id of a project'))),
  userId: v.optional(v.pipe(v.string(), v.maxLength(100))),
})
