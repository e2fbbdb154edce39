/** Who sits at this account's table: admitting members, writing down what they do, inviting and dismissing them. */

import type { Role } from '../sdk/schema/account.ts'
import type { Action, AuditEntry } from './audit.ts'
import { lifetimeAfter } from './lifetime.ts'
import type { Invitation, Member } from './members.ts'
import { no, ok, type Outcome, type Refusal } from './outcome.ts'
import type { Office, Records } from './records.ts'

/** Each role may do what those before it may. */
const RANK: Readonly<Record<Role, number>> = { viewer: 0, developer: 1, owner: 2 }

const INVITATION_TTL_MS = 7 * 86_400_000
const MEMBERS_MAX = 100

/** What a member asks to do, as the router proved it. */
export interface Request {
  readonly userId: string
  readonly role: Role
  /** What stays possible when the subscription has ended: paying again and taking one's data away. */
  readonly whileLocked: boolean
  /** The project it is about; it must be the account's. */
  readonly projectId: string | null
  /** What is written down; `null` for what changes nothing. */
  readonly action: Action | null
}

export interface Admission {
  readonly role: Role
  readonly email: string
  /** The entry that waits for its outcome. */
  readonly entry: number | null
}

export class Seating {
  readonly #office: Office
  readonly #records: Records

  constructor(office: Office, records: Records) {
    this.#office = office
    this.#records = records
  }

  /** Makes the account what it is, once; a second call changes nothing. */
  found(birth: { platformId: string; userId: string; email: string }): Outcome<null> {
    return this.#office.decide((decision) => {
      const { now } = decision
      if (this.#records.profile.get() !== null) return ok(null)
      this.#office.owe({ kind: 'account.register', key: '' }, decision)
      this.#records.profile.save({
        platformId: birth.platformId,
        name: birth.email,
        email: birth.email,
        createdAt: now,
        stripeCustomerId: null,
        trialUsed: false,
        subscription: null,
        endedAt: null,
        readings: 0,
        applied: 0,
        checkout: null,
        checkouts: 0,
        deletingAt: null,
        deletedAt: null,
        deletion: null,
      })
      this.#records.members.save({ userId: birth.userId, email: birth.email, role: 'owner', joinedAt: now })
      return ok(null)
    })
  }

  /**
   * May this member do this now? Who is no member learns no more than that there is nothing. An action is written down
   * before it is begun, so that a crash hides nothing.
   */
  admit(request: Request): Outcome<Admission> {
    const now = this.#office.now()
    const seat = this.#seat(request, now)
    if (!seat.ok) return seat
    const { role, email } = seat.value
    const { action } = request
    if (action === null) return ok({ role, email, entry: null })
    return this.#office.decide((decision) => {
      const entry = { ...action, id: decision.nextId(), at: decision.now, userId: request.userId, email, outcome: null }
      return ok({ role, email, entry: this.#records.audit.add(entry) })
    })
  }

  /**
   * May a key of this project do this for the account now? Written down before it is begun, under the key's name. A key is
   * told no more of the account than that it may not.
   */
  admitKey(key: string, action: Action & { readonly projectId: string }): Outcome<number> {
    return this.#office.decide((decision) => {
      const { profile, holdings, audit } = this.#records
      const known = profile.get()
      if (known === null) return no('account_not_found', { message: 'This project belongs to no account.' })
      if (known.deletingAt !== null) return no('account_deleted')
      if (known.endedAt !== null && decision.now >= known.endedAt) return no('account_locked')
      const holding = holdings.get(action.projectId)
      if (holding === null) return no('project_not_found')
      if (holding.deletingAt !== null || holding.deletedAt !== null) return no('project_deleted')
      const entry = { ...action, id: decision.nextId(), at: decision.now, userId: null, email: key, outcome: null }
      return ok(audit.add(entry))
    })
  }

  /** How an action that was written down ended. */
  settle(entry: number, outcome: string): void {
    this.#office.commit(() => this.#records.audit.settle(entry, outcome))
  }

  #seat({ userId, role, whileLocked, projectId }: Request, now: number): Outcome<Member> {
    const profile = this.#records.profile.get()
    if (profile === null) return no('account_not_found')
    const { deletingAt, deletedAt, deletion } = profile
    if (deletingAt !== null) return no('account_deleted', { deletingAt, deletedAt, deletion })
    const member = this.#records.members.get(userId)
    if (member === null) return no('account_not_found')
    if (RANK[member.role] < RANK[role])
      return no('role_required', { message: `This needs the role "${role}"; you are "${member.role}".`, role })
    if (profile.endedAt !== null && now >= profile.endedAt && !whileLocked)
      return no('account_locked', { ...lifetimeAfter(profile.endedAt) })
    if (projectId === null) return ok(member)
    const holding = this.#records.holdings.get(projectId)
    if (holding === null) return no('project_not_found')
    return holding.deletedAt === null ? ok(member) : no('project_deleted', { deletedAt: holding.deletedAt })
  }

  members(): { members: Member[]; invitations: Invitation[] } {
    const { members } = this.#records
    return { members: members.all(), invitations: members.invitations(this.#office.now()) }
  }

  /** Invites an address. The code is mailed and only its hash is kept; a second invitation takes the place of the first. */
  invite(invitation: {
    email: string
    role: Role
    by: string
    id: string
    code: string
    hash: string
  }): Outcome<Invitation> {
    return this.#office.decide((decision) => {
      const { members, profile } = this.#records
      const { id, email, role, hash, code } = invitation
      const there = members.all()
      if (there.some((member) => member.email === email)) return no('already_a_member')
      if (there.length + members.invitations(decision.now).length >= MEMBERS_MAX) return no('too_many_members')
      const made: Invitation = {
        id,
        email,
        role,
        invitedBy: invitation.by,
        createdAt: decision.now,
        expiresAt: decision.now + INVITATION_TTL_MS,
      }
      members.invite({ ...made, hash })
      const { name, platformId } = profile.require()
      this.#office.owe(
        {
          kind: 'mail',
          key: `invitation/${id}`,
          payload: { mail: 'invitation', to: email, by: made.invitedBy, name, code, platformId },
        },
        decision,
      )
      return ok(made)
    })
  }

  withdraw(id: string): Outcome<null> {
    return this.#office.decide(() => (this.#records.members.dropInvitation(id) ? ok(null) : no('invitation_not_found')))
  }

  /** Takes up an invitation, once. It is for the address that was invited: `emails` are those the person has proved. */
  accept(person: { userId: string; emails: readonly string[]; hash: string }): Outcome<Member> {
    return this.#office.decide(({ now }) => {
      const { members } = this.#records
      const invitation = members.invitation(person.hash, now)
      if (invitation === null) return no('invitation_not_found')
      if (!person.emails.includes(invitation.email)) return no('invitation_for_another')
      const member = members.get(person.userId) ?? {
        userId: person.userId,
        email: invitation.email,
        role: invitation.role,
        joinedAt: now,
      }
      members.save(member)
      members.dropInvitation(invitation.id)
      return ok(member)
    })
  }

  changeRole(userId: string, role: Role): Outcome<Member> {
    return this.#office.decide(() => {
      const member = this.#records.members.get(userId)
      if (member === null) return no('member_not_found')
      const refusal = role === 'owner' ? null : this.#keepsAnOwner(member)
      if (refusal) return refusal
      this.#records.members.save({ ...member, role })
      return ok({ ...member, role })
    })
  }

  remove(userId: string): Outcome<null> {
    return this.#office.decide(() => {
      const member = this.#records.members.get(userId)
      if (member === null) return no('member_not_found')
      const refusal = this.#keepsAnOwner(member)
      if (refusal) return refusal
      this.#records.members.remove(userId)
      return ok(null)
    })
  }

  #keepsAnOwner(leaving: Member): Refusal | null {
    if (leaving.role !== 'owner' || this.#records.members.owners().length > 1) return null
    return no('last_owner')
  }

  rename(name: string): Outcome<null> {
    return this.#office.decide(() => {
      this.#records.profile.save({ ...this.#records.profile.require(), name })
      return ok(null)
    })
  }

  auditLog(query: Parameters<Records['audit']['page']>[0]): AuditEntry[] {
    return this.#records.audit.page(query)
  }
}
