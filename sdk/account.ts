/** An account, for whoever is signed in to it: who may what, who did what, and the way to everything in it. */

import { DreamAdmin } from './admin.ts'
import { AccountBillingAPI, type OwnSubscription } from './accountBilling.ts'
import { DreamClient, type CallOptions, type Member } from './client.ts'
import { failed } from './error.ts'
import { ConnectionAPI } from './connections.ts'
import { toList, type List } from './list.ts'
import { MemberAPI, type AccountMember } from './members.ts'
import { ProjectsAPI } from './projects.ts'
import { ReportAPI } from './reports.ts'
import type { Mode } from './schema/common.ts'

export interface DreamAccountConfig {
  /** The member's session token, or what gives a fresh one for every call. */
  session: string | (() => Promise<string | null>)
  /** `plt_…`; the member's own account when left out. */
  account?: string
  baseUrl?: string
  timeoutMs?: number
  retries?: number
}

export interface AccountProfile {
  platformId: string
  name: string
  email: string
  createdAt: number
  subscription: OwnSubscription | null
  trialAvailable: boolean
  /** When the subscription came to its end, and what follows when; `null` while it runs. */
  ended: Record<string, number> | null
  notices: Record<string, unknown>[]
}

export interface AuditEntry {
  id: number
  at: number
  /** `null` for what was done by a key, a timer or an event. */
  userId: string | null
  /** Who: the address of a member, or the name of a key. */
  email: string
  action: string
  target: string | null
  /** `done`, or the code of the refusal; `null` when the answer never came to be. */
  outcome: string | null
}

/**
 * An account, as one of its members. What a role does not allow is refused with `role_required`.
 *
 * @example
 * ```ts
 * const mine = new DreamAccount({ session, baseUrl })
 * const { account: profile, member } = await mine.get()
 * console.log(profile.name, member.role)
 * ```
 */
export class DreamAccount {
  readonly members: MemberAPI
  readonly projects: ProjectsAPI
  readonly connections: ConnectionAPI
  readonly billing: AccountBillingAPI
  readonly reports: ReportAPI
  readonly #client: DreamClient
  readonly #config: DreamAccountConfig
  readonly #member: Member

  constructor(config: DreamAccountConfig) {
    const { session, account } = config
    this.#config = config
    const tokenOf = typeof session === 'string' ? async () => session : session
    this.#member = { headers: async () => headersOf(await tokenOf(), account), root: '/api' }
    this.#client = new DreamClient(config, this.#member)
    this.members = new MemberAPI(this.#client)
    this.projects = new ProjectsAPI(this.#client)
    this.connections = new ConnectionAPI(this.#client)
    this.billing = new AccountBillingAPI(this.#client)
    this.reports = new ReportAPI(this.#client)
  }

  /**
   * One project in one mode, with everything that a secret key could do there.
   *
   * @example
   * ```ts
   * const project = account.project(projectId, 'test')
   * for await (const customer of project.customers.list()) console.log(customer.email)
   * ```
   */
  project(projectId: string, mode: Mode): DreamAdmin {
    const root = `/account/projects/${encodeURIComponent(projectId)}/${mode}`
    return new DreamAdmin(this.#config, { ...this.#member, root })
  }

  /**
   * Reads the account and who asks. Times are epoch ms.
   *
   * @example
   * ```ts
   * const { account: profile } = await account.get()
   * console.log(profile.subscription?.status ?? 'no subscription yet')
   * ```
   */
  get(
    options?: CallOptions,
  ): Promise<{ account: AccountProfile; member: Pick<AccountMember, 'userId' | 'email' | 'role'> }> {
    return this.#client.get('/account', options)
  }

  /**
   * Renames the account. For owners.
   *
   * @example
   * ```ts
   * await account.update({ name: 'Acme' })
   * ```
   */
  update(patch: { name: string }, options?: CallOptions): Promise<{ account: AccountProfile }> {
    return this.#client.request('PATCH', '/account', { ...options, body: patch })
  }

  /**
   * Lists every account that the person belongs to, their own first.
   *
   * @example
   * ```ts
   * const { accounts } = await account.all()
   * console.log(accounts.map(({ platformId }) => platformId))
   * ```
   */
  all(options?: CallOptions): Promise<{ accounts: { platformId: string }[] }> {
    return this.#client.get('/account/all', options)
  }

  /**
   * Lists who did what, newest first: `await` for a page, `for await` for all.
   *
   * @example
   * ```ts
   * for await (const entry of account.audit({ limit: 100 })) console.log(entry.at, entry.email, entry.action)
   * ```
   */
  audit(
    { cursor, ...query }: { limit?: number; cursor?: string; projectId?: string; userId?: string } = {},
    options?: CallOptions,
  ): List<{ entries: AuditEntry[]; nextCursor: string | null }, AuditEntry> {
    return toList(
      (next = cursor) => this.#client.get('/account/audit', { ...options, query: { ...query, cursor: next } }),
      (page) => page.entries,
    )
  }
}

function headersOf(token: string | null, account: string | undefined): Record<string, string> {
  if (!token) throw failed('auth_required', 'Nobody is signed in to the account.', 401)
  return { Authorization: `Bearer ${token}`, ...(account && { 'X-Account': account }) }
}

export * from './admin.ts'
export { AccountBillingAPI, type Bill, type OwnSubscription } from './accountBilling.ts'
export { ConnectionAPI, type Connection } from './connections.ts'
export { MemberAPI, type AccountMember, type Invitation } from './members.ts'
export {
  ProjectsAPI,
  type Project,
  type ProjectInput,
  type Promotion,
  type PromotionDifference,
  type StockChoice,
} from './projects.ts'
export {
  ReportAPI,
  type AccountReport,
  type ProjectFigures,
  type Recurring,
  type Sales,
  type SubscriptionFigures,
} from './reports.ts'
