/** What the routes of an account and its people answer. */

import * as v from 'valibot'
import { ROLES } from '../account.ts'
import { MODES } from '../common.ts'
import { at, count, cursor, done, flag, maybe, text } from './words.ts'

const role = v.picklist(ROLES)
export const CONNECTED_VIA = ['oauth', 'onboarding'] as const

const OwnSubscription = v.object({
  id: text,
  status: v.pipe(text, v.description('Stripe’s own word')),
  startedAt: at,
  trialEnd: maybe(at),
  currentPeriodStart: at,
  currentPeriodEnd: at,
  cancelAt: maybe(at),
  endedAt: maybe(at),
})
/** How an account stands with us, wherever it is told. */
export const ownStanding = {
  subscription: maybe(OwnSubscription),
  trialAvailable: flag,
  ended: v.pipe(
    maybe(v.object({ endedAt: at, lockedAt: at, blockedAt: at, deleteAt: at })),
    v.description('When the subscription came to its end, and what follows when; `null` while it runs'),
  ),
  notices: v.array(v.object({ notice: v.picklist(['ended', 'block_tomorrow', 'blocked', 'deletion_in_7_days']), at })),
}
export const Account = v.object({ platformId: text, name: text, email: text, createdAt: at, ...ownStanding })
export const OwnAccount = v.object({ account: Account, member: v.object({ userId: text, email: text, role }) })
export const ChangedAccount = v.object({ account: Account })
export const Accounts = v.object({ accounts: v.array(v.object({ platformId: text })) })

export const Member = v.object({ userId: text, email: text, role, joinedAt: at })
export const Invitation = v.object({
  id: text,
  email: text,
  role,
  invitedBy: v.pipe(text, v.description('The address of a member')),
  createdAt: at,
  expiresAt: at,
})
export const Members = v.object({ members: v.array(Member), invitations: v.array(Invitation) })
export const MadeInvitation = v.object({ invitation: Invitation })
export const Joined = v.object({ platformId: text, member: Member })
export const ChangedMember = v.object({ member: Member })
export const Removed = v.object(done)

export const AuditEntry = v.object({
  id: count,
  at,
  userId: v.pipe(maybe(text), v.description('`null` for what no member did')),
  email: v.pipe(text, v.description('Who: the address of a member, or the name of a key')),
  action: v.pipe(text, v.description('What the route is called')),
  target: maybe(text),
  projectId: maybe(text),
  mode: maybe(v.picklist(MODES)),
  ip: maybe(text),
  outcome: v.pipe(maybe(text), v.description('`done`, or the code of the refusal; `null` when there was no answer')),
})
export const AuditLog = v.object({ entries: v.array(AuditEntry), nextCursor: cursor })

export const Connection = v.object({
  stripeAccount: text,
  mode: v.picklist(MODES),
  via: v.picklist(CONNECTED_VIA),
  scope: text,
  chargesEnabled: flag,
  reason: v.pipe(maybe(text), v.description('Why no payments can be taken, as a sentence')),
  detailsSubmitted: flag,
  country: maybe(text),
  currency: maybe(text),
  connectedAt: at,
})
export const Connections = v.object({
  connections: v.object({ test: maybe(Connection), live: maybe(Connection) }),
})
export const ConnectionStarted = v.object({ url: v.pipe(text, v.description('Send the member there')) })
export const Connected = v.object({ connection: Connection })

export const Estimate = v.object({
  currency: text,
  monthly: count,
  includedCustomers: count,
  furtherCustomers: count,
  overage: count,
  total: count,
})
const Counted = v.object({
  day: v.pipe(text, v.description('A day of UTC')),
  customers: count,
  countedAt: at,
  reportedAt: maybe(at),
})
export const Bill = v.object({
  ...ownStanding,
  counted: v.pipe(maybe(Counted), v.description('The live customers counted last')),
  days: v.array(Counted),
  estimate: v.pipe(Estimate, v.description('What the running month comes to, in minor units')),
})
export const Invoices = v.object({
  invoices: v.array(
    v.object({
      id: text,
      number: maybe(text),
      status: maybe(text),
      createdAt: at,
      total: count,
      currency: text,
      url: maybe(text),
      pdf: maybe(text),
    }),
  ),
})
export const HostedPage = v.object({ url: text })
