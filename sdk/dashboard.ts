/** A project in figures, for its own backend. Every method needs a secret key. Money is integer minor units. */

import type { CallOptions, DreamClient } from './client.ts'
import type { Product, Tier } from './products.ts'

export interface DashboardCustomer {
  id: string
  email: string
  plan: string
  usage: number
  limit: number
  status: string
  renewsAt?: string
}

/** An order as 0.1.38 shows it; `orders.list` has all of it. */
export interface Order {
  customer: string
  email: string
  amount: number
  paymentId: string
  date: string
}

export interface WebhookStatus {
  url: string
  lastEvent?: string
  recentEvents: Array<{ type: string; timestamp: string }>
}

export interface DashboardMetrics {
  activeSubscriptions: number
  cancelingSubscriptions: number
  /** Minor units a month. */
  mrr: number
  totalRevenue?: number
  totalSales?: number
  avgOrderValue?: number
  usageThisPeriod: number
  totalCustomers?: number
  customers: DashboardCustomer[]
  tiers: Tier[]
  products?: Product[]
  orders?: Order[]
  webhookStatus: WebhookStatus
}

export interface DashboardTotals {
  totalRevenue: number
  totalCustomers: number
  totalMRR: number
}

export class DashboardAPI {
  readonly #client: DreamClient

  constructor(client: DreamClient) {
    this.#client = client
  }

  /**
   * Reads the figures of this project and mode, with its newest customers and orders.
   *
   * @example
   * ```ts
   * const { mrr, activeSubscriptions } = await dream.dashboard.get()
   * console.log(`${mrr / 100} a month from ${activeSubscriptions} subscriptions`)
   * ```
   */
  get(options?: CallOptions): Promise<DashboardMetrics> {
    return this.#client.get('/api/dashboard', options)
  }

  /**
   * Reads the totals of this project and mode.
   *
   * @example
   * ```ts
   * const { totalCustomers } = await dream.dashboard.getTotals()
   * console.log(totalCustomers)
   * ```
   */
  getTotals(options?: CallOptions): Promise<DashboardTotals> {
    return this.#client.get('/api/dashboard/totals', options)
  }
}
