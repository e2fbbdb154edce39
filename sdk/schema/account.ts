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

/** OAuth connects a Stripe account that is there already; onboarding makes a new one. */
export const ConnectionStart = v.strictObject({ via: v.picklist(['oauth', 'onboarding']) })

const fromStripe = v.pipe(v.string(), v.minLength(1, 'must not be empty'), v.maxLength(500))

/** What Stripe sent the member back with: a code, or an error; after onboarding, nothing. */
export const ConnectionFinish = v.pipe(
  v.strictObject({
    state: v.optional(v.pipe(v.string(), v.regex(/^(test|live)_[0-9a-z]{26}$/, 'must be the state that was given'))),
    code: v.optional(fromStripe),
    error: v.optional(fromStripe),
  }),
  v.check(
    ({ state, code, error }) => (state === undefined) === (code === undefined && error === undefined),
    'must have state with code or error, or neither',
  ),
)
export type ConnectionFinish = v.InferOutput<typeof ConnectionFinish>

export const DisconnectQuery = v.strictObject({ force: v.optional(v.picklist(['true', 'false'])) })
