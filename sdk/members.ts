/** The members of an account, and who is invited. Times are epoch ms. */

import type { CallOptions, DreamClient } from './client.ts'
import type { Role } from './schema/account.ts'

export interface AccountMember {
  userId: string
  email: string
  role: Role
  joinedAt: number
}

export interface Invitation {
  id: string
  email: string
  role: Role
  invitedBy: string
  createdAt: number
  expiresAt: number
}

export class MemberAPI {
  readonly #client: DreamClient

  constructor(client: DreamClient) {
    this.#client = client
  }

  /**
   * Lists the members and who is invited.
   *
   * @example
   * ```ts
   * const { members, invitations } = await account.members.list()
   * console.log(members.length, 'members,', invitations.length, 'invited')
   * ```
   */
  list(options?: CallOptions): Promise<{ members: AccountMember[]; invitations: Invitation[] }> {
    return this.#client.get('/account/members', options)
  }

  /**
   * Invites somebody by e-mail. For owners. Throws `already_a_member`, `too_many_members`.
   *
   * @example
   * ```ts
   * const { invitation } = await account.members.invite({ email: 'eve@example.com', role: 'developer' })
   * await account.members.withdraw(invitation.id)
   * ```
   */
  invite(input: { email: string; role: Role }, options?: CallOptions): Promise<{ invitation: Invitation }> {
    return this.#client.post('/account/invitations', input, options)
  }

  /**
   * Takes an invitation back. For owners. Throws `invitation_not_found`.
   *
   * @example
   * ```ts
   * const { invitations } = await account.members.list()
   * for (const { id } of invitations) await account.members.withdraw(id)
   * ```
   */
  withdraw(invitationId: string, options?: CallOptions): Promise<{ success: boolean }> {
    return this.#client.request('DELETE', `/account/invitations/${encodeURIComponent(invitationId)}`, options)
  }

  /**
   * Takes up an invitation to another account, with what its link carries. Throws `invitation_not_found`.
   *
   * @example
   * ```ts
   * const link = { account: `plt_${'0'.repeat(32)}`, code: '0'.repeat(32) }
   * await account.members.accept(link).catch((error) => console.log(error.reason))
   * ```
   */
  accept(
    link: { account: string; code: string },
    options?: CallOptions,
  ): Promise<{ platformId: string; member: AccountMember }> {
    return this.#client.post('/account/invitations/accept', link, options)
  }

  /**
   * Gives a member another role. For owners. Throws `last_owner`.
   *
   * @example
   * ```ts
   * const { members } = await account.members.list()
   * await account.members.update(members[0]?.userId ?? '', { role: 'owner' })
   * ```
   */
  update(userId: string, patch: { role: Role }, options?: CallOptions): Promise<{ member: AccountMember }> {
    return this.#client.request('PATCH', memberAt(userId), { ...options, body: patch })
  }

  /**
   * Removes a member. For owners. Throws `last_owner`.
   *
   * @example
   * ```ts
   * const { members } = await account.members.list()
   * for (const { userId, role } of members) if (role === 'viewer') await account.members.remove(userId)
   * ```
   */
  remove(userId: string, options?: CallOptions): Promise<{ success: boolean }> {
    return this.#client.request('DELETE', memberAt(userId), options)
  }
}

const memberAt = (userId: string): string => `/account/members/${encodeURIComponent(userId)}`
