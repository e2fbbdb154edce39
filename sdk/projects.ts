/** The projects of an account, each as a whole; what is in one is reached by `DreamAccount.project`. Times are epoch ms. */

import type { CallOptions, DreamClient } from './client.ts'
import type { Mode, ProjectType } from './schema/common.ts'
import type { Period } from './schema/usage.ts'

export interface Project {
  projectId: string
  name: string
  type: ProjectType
  createdAt: number
  modes: Mode[]
  publishableKeys: Partial<Record<Mode, string>>
  payments: Partial<Record<Mode, { chargesEnabled: boolean; reason: string | null }>>
  archivedAt: number | null
  deletingAt: number | null
  deletedAt: number | null
}

/** A tier as its developer writes it. Money is integer minor units. */
export interface TierInput {
  slug: string
  displayName: string
  description?: string
  features?: string[]
  popular?: boolean
  trialDays?: number | null
  /** Requests a minute for one customer; `null` is the default of 100 for calls with the customer's own token. */
  requestsPerMinute?: number | null
  /** By meter; a `limit` of `null` is none. */
  limits: Record<string, { limit: number | null; period: Period; spendCredits?: 'before' | 'after' }>
  /** The first one is shown. */
  prices: { interval: 'month' | 'year'; unitAmount: number; currency: string }[]
}

export interface ProjectInput {
  name: string
  type: ProjectType
  allowedOrigins?: string[]
  automaticTax?: boolean
  tiers?: TierInput[]
}

export class ProjectsAPI {
  readonly #client: DreamClient

  constructor(client: DreamClient) {
    this.#client = client
  }

  /**
   * Lists the projects, also those set aside.
   *
   * @example
   * ```ts
   * const { projects } = await account.projects.list()
   * console.log(projects.map(({ name, publishableKeys }) => [name, publishableKeys.test]))
   * ```
   */
  list(options?: CallOptions): Promise<{ projects: Project[] }> {
    return this.#client.get('/account/projects', options)
  }

  /**
   * Makes a project in test mode. Its secret key is shown this once. Throws `too_many_projects`.
   *
   * @example
   * ```ts
   * const { project, keys } = await account.projects.create({ name: 'Acme AI', type: 'saas' })
   * const made = new DreamAPI({ secretKey: keys.test.secretKey, baseUrl })
   * console.log(project.projectId, (await made.products.listTiers()).tiers.length)
   * ```
   */
  create(
    input: ProjectInput,
    options?: CallOptions,
  ): Promise<{ project: Project; keys: { test: { publishableKey: string; secretKey: string } } }> {
    return this.#client.post('/account/projects', input, options)
  }

  /**
   * Reads a project. Throws `project_not_found`.
   *
   * @example
   * ```ts
   * const { project } = await account.projects.get(projectId)
   * console.log(project.payments.test?.reason ?? 'takes payments')
   * ```
   */
  get(projectId: string, options?: CallOptions): Promise<{ project: Project }> {
    return this.#client.get(projectAt(projectId), options)
  }

  /**
   * Renames a project, or sets it aside; its keys go on working.
   *
   * @example
   * ```ts
   * await account.projects.update(projectId, { archived: true })
   * ```
   */
  update(
    projectId: string,
    patch: { name?: string; archived?: boolean },
    options?: CallOptions,
  ): Promise<{ project: Project }> {
    return this.#client.request('PATCH', projectAt(projectId), { ...options, body: patch })
  }

  /**
   * Deletes a project in every mode with all its data; `confirm` is its name. For owners. Throws `not_confirmed`, and
   * `subscriptions_live` until it is said what becomes of them.
   *
   * @example
   * ```ts
   * const { project } = await account.projects.get(projectId)
   * await account.projects.delete(projectId, { confirm: project.name })
   * ```
   */
  delete(
    projectId: string,
    input: { confirm: string; cancelSubscriptions?: boolean },
    options?: CallOptions,
  ): Promise<{ project: Project }> {
    return this.#client.request('DELETE', projectAt(projectId), { ...options, body: input })
  }
}

const projectAt = (projectId: string): string => `/account/projects/${encodeURIComponent(projectId)}`
