/** The projects of an account, each as a whole; what is in one is reached by `DreamAccount.project`. Times are epoch ms. */

import type { CallOptions, DreamClient } from './client.ts'
import type { Mode, ProjectType } from './schema/common.ts'
import type { TierInput } from './tiers.ts'

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

export interface ProjectInput {
  name: string
  type: ProjectType
  allowedOrigins?: string[]
  automaticTax?: boolean
  tiers?: TierInput[]
}

/** What a new variant begins with in live: as in test, nothing, or a number for each SKU. */
export type StockChoice = 'copy' | 'zero' | Record<string, number>

/** What live has and what it would have. */
export interface PromotionDifference {
  kind: 'settings' | 'shop' | 'tier' | 'product' | 'variant'
  /** A tier's slug, or the id of a product or a variant. */
  id: string | null
  name: string
  change: 'create' | 'update' | 'archive'
  fields: Readonly<Record<string, { readonly from: unknown; readonly to: unknown }>>
}

/** How a project stands on its way from test to live. */
export interface Promotion {
  projectId: string
  isLive: boolean
  /** What must be so before it goes live (`required`), and what had better be. */
  checks: { check: string; required: boolean; ok: boolean; problem: string | null }[]
  differences: PromotionDifference[]
  /** Names what was looked at, for `updateLive`. */
  revision: string
  /** What is still being made at Stripe; `null` before it is live. */
  progress: { done: number; total: number; owed: readonly object[] } | null
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

  /**
   * Deletes test mode with all its data, once live has all that was taken over from it; `confirm` is the project's name.
   * For owners. Throws `not_confirmed`, `not_live`, `promotion_under_way`.
   *
   * @example
   * ```ts
   * const { project } = await account.projects.get(projectId)
   * await account.projects.deleteTest(projectId, { confirm: project.name }).catch((error) => console.log(error.reason))
   * ```
   */
  deleteTest(projectId: string, input: { confirm: string }, options?: CallOptions): Promise<{ project: Project }> {
    return this.#client.request('DELETE', `${projectAt(projectId)}/test`, { ...options, body: input })
  }

  /**
   * Reads what going live would make or change, and what stands in the way.
   *
   * @example
   * ```ts
   * const { promotion } = await account.projects.promotion(projectId)
   * console.log(promotion.checks.filter(({ required, ok }) => required && !ok).map(({ problem }) => problem))
   * ```
   */
  promotion(projectId: string, options?: CallOptions): Promise<{ promotion: Promotion }> {
    return this.#client.get(`${projectAt(projectId)}/promotion`, options)
  }

  /**
   * Goes live, once; the live secret key is shown in this answer only. Throws `live_exists`, `needs_live_connection`,
   * `subscription_required`, `stock_choice_required`.
   *
   * @example
   * ```ts
   * await account.projects.promote(projectId, { stock: 'copy' }).catch((error) => console.log(error.reason))
   * ```
   */
  promote(
    projectId: string,
    input: { stock?: StockChoice } = {},
    options?: CallOptions,
  ): Promise<{ promotion: Promotion; keys: { live: { publishableKey: string; secretKey: string } } }> {
    return this.#client.post(`${projectAt(projectId)}/promotion`, input, options)
  }

  /**
   * Takes over to live what has changed in test, as it was looked at. Throws `not_live`, `live_changed`,
   * `stock_choice_required`.
   *
   * @example
   * ```ts
   * const { promotion } = await account.projects.promotion(projectId)
   * const { revision } = promotion
   * if (promotion.isLive) await account.projects.updateLive(projectId, { revision, subscribers: 'keep' })
   * ```
   */
  updateLive(
    projectId: string,
    input: { revision: string; subscribers?: 'keep' | 'migrate'; stock?: StockChoice },
    options?: CallOptions,
  ): Promise<{ promotion: Promotion }> {
    return this.#client.request('PATCH', `${projectAt(projectId)}/promotion`, { ...options, body: input })
  }
}

const projectAt = (projectId: string): string => `/account/projects/${encodeURIComponent(projectId)}`
