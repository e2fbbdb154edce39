/** All projects of an account in figures. Money is integer minor units, and currencies are never added up. */

import type { CallOptions, DreamClient } from './client.ts'
import type { Mode, ProjectType } from './schema/common.ts'

export interface Recurring {
  currency: string
  /** Minor units a month, of subscriptions that go on. */
  mrr: number
  pastDueMrr: number
  trialMrr: number
  /** Of those that are going to end. */
  mrrLeaving: number
}

export interface SubscriptionFigures {
  activeSubs: number
  cancelingSubs: number
  trialingSubs: number
  /** Of the currency that brings most. */
  mrr: number
  mrrByCurrency: readonly Recurring[]
}

export interface Sales {
  currency: string
  orders: number
  paid: number
  refunded: number
  /** Taken back by the buyers' banks. */
  lost: number
  revenue: number
}

export interface ProjectFigures extends SubscriptionFigures {
  projectId: string
  name: string
  type: ProjectType
  /** Epoch ms. */
  createdAt: number
  customers: number
  /** When these figures were true, in epoch ms. */
  asOf: number
  sales: readonly Sales[]
}

export interface AccountReport {
  mode: Mode
  /** Days of UTC, `2026-11-21`; the last is today. */
  from: string
  to: string
  /** How old the oldest of the figures is, in epoch ms; `null` without projects. */
  asOf: number | null
  totals: SubscriptionFigures & {
    projects: Readonly<Record<string, number>>
    customers: number
    sales: readonly Sales[]
  }
  projects: readonly ProjectFigures[]
  customersByDay: readonly { day: string; created: number; deleted: number; total: number }[]
  salesByDay: readonly (Sales & { day: string })[]
  /** What all customers used and in how many calls, without what was taken back; a day without use has no row. */
  usageByDay: readonly { day: string; meter: string; used: number; calls: number }[]
}

export class ReportAPI {
  readonly #client: DreamClient

  constructor(client: DreamClient) {
    this.#client = client
  }

  /**
   * Reads the figures of a mode, `'live'` when left out, over up to 366 days back from today; 30 when left out.
   *
   * @example
   * ```ts
   * const { totals, projects } = await account.reports.get({ mode: 'test', days: 7 })
   * console.log(totals.customers, projects.map(({ name, mrrByCurrency }) => [name, mrrByCurrency]))
   * ```
   */
  get(query: { mode?: Mode; days?: number } = {}, options?: CallOptions): Promise<AccountReport> {
    return this.#client.get('/account/reports', { ...options, query })
  }

  /**
   * Gives one table of them as CSV, for reading on as it arrives: `text()` for all of it at once.
   *
   * @example
   * ```ts
   * const file = await account.reports.csv('customers', { mode: 'test' })
   * console.log((await file.text()).split('\n')[0])
   * ```
   */
  csv(
    table: 'projects' | 'customers' | 'revenue' | 'usage',
    query: { mode?: Mode; days?: number } = {},
    options?: CallOptions,
  ): Promise<Response> {
    return this.#client.get('/account/reports', { ...options, query: { ...query, table, format: 'csv' }, raw: true })
  }
}
