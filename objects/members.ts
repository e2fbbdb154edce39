/** The people of an account and the invitations that are out. An invitation is known by its hash; its code is mailed. */

import type { Role } from '../sdk/schema/account.ts'
import type { Step } from './migrations.ts'
import type { Store } from './store.ts'

export const MEMBERS_SCHEMA: Step = [
  `CREATE TABLE people (
    user_id TEXT PRIMARY KEY,
    email TEXT NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('viewer', 'developer', 'owner')),
    joined_at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID`,
  `CREATE TABLE invitations (
    id TEXT PRIMARY KEY,
    hash TEXT NOT NULL UNIQUE,
    email TEXT NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('viewer', 'developer', 'owner')),
    invited_by TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID`,
]

export interface Member {
  readonly userId: string
  readonly email: string
  readonly role: Role
  readonly joinedAt: number
}

export interface Invitation {
  readonly id: string
  readonly email: string
  readonly role: Role
  /** E-mail address of the member who invited. */
  readonly invitedBy: string
  readonly createdAt: number
  readonly expiresAt: number
}

type MemberRow = { user_id: string; email: string; role: Role; joined_at: number }
type InvitationRow = {
  id: string
  email: string
  role: Role
  invited_by: string
  created_at: number
  expires_at: number
}

const INVITATION = 'id, email, role, invited_by, created_at, expires_at'

export class Members {
  readonly #store: Store

  constructor(store: Store) {
    this.#store = store
  }

  get(userId: string): Member | null {
    const row = this.#store.maybe<MemberRow>('SELECT * FROM people WHERE user_id = ?', userId)
    return row && toMember(row)
  }

  /** Adds somebody, or gives them another role. */
  save(member: Member): void {
    this.#store.run(
      `INSERT INTO people (user_id, email, role, joined_at) VALUES (?, ?, ?, ?)
       ON CONFLICT (user_id) DO UPDATE SET email = excluded.email, role = excluded.role`,
      member.userId,
      member.email,
      member.role,
      member.joinedAt,
    )
  }

  remove(userId: string): void {
    this.#store.run('DELETE FROM people WHERE user_id = ?', userId)
  }

  all(): Member[] {
    return this.#store.all<MemberRow>('SELECT * FROM people ORDER BY joined_at, user_id').map(toMember)
  }

  owners(): Member[] {
    return this.all().filter(({ role }) => role === 'owner')
  }

  /** One invitation an address: a new one takes the place of the old. */
  invite(invitation: Invitation & { readonly hash: string }): void {
    this.#store.run('DELETE FROM invitations WHERE email = ?', invitation.email)
    this.#store.run(
      `INSERT INTO invitations (id, hash, email, role, invited_by, created_at, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?)`,
      invitation.id,
      invitation.hash,
      invitation.email,
      invitation.role,
      invitation.invitedBy,
      invitation.createdAt,
      invitation.expiresAt,
    )
  }

  /** The invitation that has this hash, and no time-out yet. */
  invitation(hash: string, now: number): Invitation | null {
    const sql = `SELECT ${INVITATION} FROM invitations WHERE hash = ? AND expires_at > ?`
    const row = this.#store.maybe<InvitationRow>(sql, hash, now)
    return row && toInvitation(row)
  }

  erase(): void {
    this.#store.run('DELETE FROM people')
    this.#store.run('DELETE FROM invitations')
  }

  /** Nobody can take up an invitation whose time is over: who did not come is forgotten. */
  prune(now: number): void {
    this.#store.run('DELETE FROM invitations WHERE expires_at <= ?', now)
  }

  /** Answers whether there was one. */
  dropInvitation(id: string): boolean {
    return this.#store.run('DELETE FROM invitations WHERE id = ?', id) > 0
  }

  invitations(now: number): Invitation[] {
    return this.#store
      .all<InvitationRow>(
        `SELECT ${INVITATION} FROM invitations WHERE expires_at > ? ORDER BY created_at DESC LIMIT 200`,
        now,
      )
      .map(toInvitation)
  }
}

const toMember = (row: MemberRow): Member => ({
  userId: row.user_id,
  email: row.email,
  role: row.role,
  joinedAt: row.joined_at,
})

const toInvitation = (row: InvitationRow): Invitation => ({
  id: row.id,
  email: row.email,
  role: row.role,
  invitedBy: row.invited_by,
  createdAt: row.created_at,
  expiresAt: row.expires_at,
})
