/** The account and its people. */

import { AcceptInput, AccountPatch, AuditQuery, InvitationInput, MemberPatch } from '../../sdk/schema/account.ts'
import type { Account } from '../../sdk/schema/answers/account.ts'
import type { Said } from '../../sdk/schema/answers/words.ts'
import { lifetimeAfter, noticesAfter } from '../../objects/lifetime.ts'
import type { Profile } from '../../objects/profile.ts'
import { memberEmails } from '../clerk.ts'
import { fromCursor, json, need, parseQuery, readJson, refuse, toCursor } from '../http.ts'
import { isPlatformId, randomText, sha256Hex } from '../keys.ts'
import { sessionOf } from '../member.ts'
import type { Call, SeatedCall } from '../router.ts'
import { accountAt, personAt } from '../stub.ts'

const CODE_LENGTH = 32

export async function get({ env, seat }: SeatedCall): Promise<Response> {
  const profile = need(await accountAt(env, seat.platformId).profile())
  return json({
    account: toPublicAccount(profile),
    member: { userId: seat.userId, email: seat.email, role: seat.role },
  })
}

export const toPublicAccount = (profile: Profile): Said<typeof Account> => ({
  platformId: profile.platformId,
  name: profile.name,
  email: profile.email,
  createdAt: profile.createdAt,
  subscription: profile.subscription,
  trialAvailable: !profile.trialUsed,
  ended: profile.endedAt === null ? null : { endedAt: profile.endedAt, ...lifetimeAfter(profile.endedAt) },
  notices: profile.endedAt === null ? [] : noticesAfter(profile.endedAt).filter(({ at }) => at <= Date.now()),
})

/** Every account that the person belongs to, their own first. */
export async function accounts({ request, env }: Call): Promise<Response> {
  const { userId } = await sessionOf(request, env)
  const platformIds = await personAt(env, userId).accounts()
  return json({ accounts: platformIds.map((platformId) => ({ platformId })) })
}

export async function update({ request, env, seat }: SeatedCall): Promise<Response> {
  const { name } = await readJson(request, AccountPatch)
  need(await accountAt(env, seat.platformId).rename(name))
  return json({ account: toPublicAccount(need(await accountAt(env, seat.platformId).profile())) })
}

export async function members({ env, seat }: SeatedCall): Promise<Response> {
  return json(await accountAt(env, seat.platformId).members())
}

/** Invites somebody by e-mail. The code goes to their mailbox only. */
export async function invite({ request, env, seat }: SeatedCall): Promise<Response> {
  const { email, role } = await readJson(request, InvitationInput)
  const code = randomText(CODE_LENGTH)
  const invitation = { email, role, by: seat.email, id: `inv_${randomText(20)}`, code, hash: await sha256Hex(code) }
  return json({ invitation: need(await accountAt(env, seat.platformId).invite(invitation)) }, { status: 201 })
}

export async function withdraw({ params, env, seat }: SeatedCall): Promise<Response> {
  need(await accountAt(env, seat.platformId).withdrawInvitation(params['id'] ?? ''))
  return json({ success: true })
}

/** Takes up an invitation to another account. It is for the address it was sent to. */
export async function accept({ request, env }: Call): Promise<Response> {
  const session = await sessionOf(request, env)
  const { account: platformId, code } = await readJson(request, AcceptInput)
  if (!(await isPlatformId(platformId, env.KEY_SECRET))) return refuse('invitation_not_found')
  const person = {
    userId: session.userId,
    emails: await memberEmails(session.userId, env),
    hash: await sha256Hex(code),
  }
  const member = need(await accountAt(env, platformId).acceptInvitation(person))
  await personAt(env, session.userId).join(platformId)
  return json({ platformId, member })
}

export async function changeMember({ request, params, env, seat }: SeatedCall): Promise<Response> {
  const { role } = await readJson(request, MemberPatch)
  return json({ member: need(await accountAt(env, seat.platformId).changeRole(params['id'] ?? '', role)) })
}

export async function removeMember({ params, env, seat }: SeatedCall): Promise<Response> {
  const userId = params['id'] ?? ''
  const removed = await accountAt(env, seat.platformId).removeMember(userId)
  // Who is no member leaves, too: the call that removed them may have been cut off here.
  if (removed.ok || removed.code === 'member_not_found') await personAt(env, userId).leave(seat.platformId)
  need(removed)
  return json({ success: true })
}

/** Who did what, newest first. */
export async function audit({ url, env, seat }: SeatedCall): Promise<Response> {
  const { limit, cursor, projectId = null, userId = null } = parseQuery(url, AuditQuery)
  const before = cursor === undefined ? null : beforeOf(cursor)
  const entries = await accountAt(env, seat.platformId).auditLog({ limit: limit + 1, before, projectId, userId })
  const page = entries.slice(0, limit)
  return json({ entries: page, nextCursor: entries.length > limit ? toCursor([page.at(-1)!.id]) : null })
}

function beforeOf(cursor: string): number {
  const [id] = fromCursor(cursor)
  return typeof id === 'number'
    ? id
    : refuse('invalid_request', { message: 'cursor must be a cursor from an earlier answer.' })
}
