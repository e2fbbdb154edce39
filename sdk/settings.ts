/** The settings of a project in one mode: which pages may call it, and whether Stripe adds tax. */

import type { CallOptions, DreamClient } from './client.ts'
import type { Mode, ProjectType } from './schema/common.ts'

export interface ProjectSettings {
  projectId: string
  mode: Mode
  type: ProjectType
  name: string
  publishableKey: string
  allowedOrigins: readonly string[]
  automaticTax: boolean
  /** `#rrggbb`, of buttons on the sign-in pages; `null` for ours. */
  accentColor: string | null
  stripeAccountId: string | null
  chargesEnabled: boolean
  /** Epoch ms. */
  createdAt: number
  /** For a change that must not overwrite another. */
  revision: number
}

export interface SettingsPatch {
  /** `https://app.example`, without a path; at most 50. */
  allowedOrigins?: string[]
  automaticTax?: boolean
  /** `#rrggbb`, of buttons on the sign-in pages; `null` for ours. */
  accentColor?: string | null
  ifRevision?: number
}

export class SettingsAPI {
  readonly #client: DreamClient

  constructor(client: DreamClient) {
    this.#client = client
  }

  /**
   * Reads the settings.
   *
   * @example
   * ```ts
   * const { project } = await admin.settings.get()
   * console.log(project.name, project.mode, project.allowedOrigins)
   * ```
   */
  get(options?: CallOptions): Promise<{ project: ProjectSettings }> {
    return this.#client.get('/api/project', options)
  }

  /**
   * Changes settings; what is left out stays. With `ifRevision` it throws `project_changed` when somebody else changed
   * them since.
   *
   * @example
   * ```ts
   * const { project } = await admin.settings.get()
   * await admin.settings.update({ allowedOrigins: ['http://localhost:3000'], ifRevision: project.revision })
   * ```
   */
  update(patch: SettingsPatch, options?: CallOptions): Promise<{ success: boolean; project: ProjectSettings }> {
    return this.#client.request('PATCH', '/api/project', { ...options, body: patch })
  }
}
