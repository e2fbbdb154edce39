/** What the routes answer that tell of a project, or of all of an account, in figures. Currencies are never added up. */

import * as v from 'valibot'
import { MODES, PROJECT_TYPES } from '../common.ts'
import { EVENT_OUTCOMES } from '../event.ts'
import { ORDER_STATUSES } from '../order.ts'
import { Grant } from '../product.ts'
import { Estimate } from './account.ts'
import { TierOnSale } from './plans.ts'
import { amount, at, count, flag, limit, maybe, text } from './words.ts'

const day = v.pipe(text, v.description('A day of UTC'))
const moment = v.pipe(text, v.description('ISO 8601'))

const subscriptions = {
  activeSubs: count,
  cancelingSubs: count,
  trialingSubs: count,
  mrr: v.pipe(count, v.description('Minor units a month, of the currency that brings most')),
  mrrByCurrency: v.array(
    v.object({
      currency: text,
      mrr: amount,
      pastDueMrr: amount,
      trialMrr: v.pipe(amount, v.description('What trials will bring if all of them stay')),
      mrrLeaving: v.pipe(amount, v.description('Of those that are going to end')),
    }),
  ),
}

const DashboardCustomer = v.object({
  id: text,
  userId: text,
  email: maybe(text),
  plan: text,
  status: v.pipe(text, v.description('Stripe’s own word, or `none`')),
  usage: count,
  usageCount: count,
  limit,
  periodStart: text,
  periodEnd: maybe(text),
  renewsAt: maybe(at),
  currentPeriodEnd: maybe(at),
  canceledAt: maybe(at),
  cancelAt: maybe(at),
  subscriptionId: maybe(text),
  stripeCustomerId: maybe(text),
  priceId: maybe(text),
  productId: maybe(text),
  amount: maybe(amount),
  currency: maybe(text),
  publishableKey: text,
})
const DashboardProduct = v.object({
  id: text,
  slug: text,
  name: text,
  description: text,
  features: v.array(text),
  images: v.array(text),
  options: v.array(text),
  grant: maybe(Grant),
  position: count,
  stripeProductId: maybe(text),
  createdAt: at,
  archivedAt: maybe(at),
  deletedAt: maybe(at),
  revision: count,
})
const DashboardOrder = v.object({
  id: text,
  number: count,
  status: v.picklist(ORDER_STATUSES),
  customer: maybe(text),
  email: maybe(text),
  amount,
  currency: text,
  paymentId: maybe(text),
  date: moment,
})
const DashboardKey = v.object({
  publishableKey: text,
  name: text,
  last4: text,
  createdAt: at,
  lastUsedAt: maybe(at),
  endsAt: maybe(at),
  status: v.picklist(['active', 'revoked']),
  projectType: v.picklist(PROJECT_TYPES),
  mode: v.picklist(MODES),
})
const recent = v.array(
  v.object({ id: text, type: text, createdAt: moment, timestamp: at, outcome: v.picklist(EVENT_OUTCOMES) }),
)

export const Dashboard = v.object({
  metrics: v.object({
    ...subscriptions,
    usageThisPeriod: count,
    storeSalesCount: count,
    storeTotalRevenue: count,
    lowStockProducts: count,
    totalInventory: count,
  }),
  activeSubscriptions: count,
  cancelingSubscriptions: count,
  mrr: count,
  totalRevenue: count,
  totalSales: count,
  avgOrderValue: count,
  revenueByCurrency: v.array(v.object({ currency: text, sales: count, revenue: amount })),
  usageThisPeriod: count,
  totalCustomers: count,
  customers: v.pipe(v.array(DashboardCustomer), v.description('The newest hundred')),
  tiers: v.array(TierOnSale),
  products: v.array(DashboardProduct),
  orders: v.array(DashboardOrder),
  keys: v.object({
    publishableKey: text,
    secretKeyMasked: text,
    platformId: text,
    apiKeys: v.array(DashboardKey),
    stripeAccountId: maybe(text),
  }),
  webhook: v.object({ lastEventAt: maybe(moment), recent }),
  webhookStatus: v.object({ url: text, lastEvent: maybe(moment), recentEvents: recent }),
  filters: v.object({ platformId: text, publishableKey: text, mode: v.picklist(MODES) }),
  steps: v.pipe(
    v.object({ keyUsed: flag, used: flag, connected: flag, sold: flag, limitHit: flag }),
    v.description('How far a new project has come'),
  ),
  owedToBuyers: v.pipe(
    v.array(
      v.object({
        orderId: text,
        number: count,
        amount,
        currency: text,
        nextTryAt: maybe(at),
        refusals: count,
        failure: maybe(text),
      }),
    ),
    v.description('Money that came for nothing, and that Stripe refused to give back so far'),
  ),
  stuck: v.pipe(count, v.description('Deliveries that have failed many times')),
})

export const DashboardTotals = v.object({
  totals: v.object({ ...subscriptions, totalProducts: count, liveProjects: count, totalCustomers: count }),
  totalRevenue: count,
  totalCustomers: count,
  totalMRR: count,
  platformId: text,
})

const sold = {
  currency: text,
  orders: count,
  paid: amount,
  refunded: amount,
  lost: v.pipe(amount, v.description('Taken back by the buyers’ banks')),
  revenue: amount,
}
const sales = v.array(v.object(sold))

export const Report = v.object({
  mode: v.picklist(MODES),
  from: day,
  to: day,
  asOf: v.pipe(maybe(at), v.description('How old the oldest of the figures is; `null` without projects')),
  totals: v.object({
    projects: v.object({ total: count, saas: count, store: count, membership: count }),
    customers: count,
    estimate: v.pipe(maybe(Estimate), v.description('Our bill, in live mode')),
    ...subscriptions,
    sales,
  }),
  projects: v.array(
    v.object({
      projectId: text,
      name: text,
      type: v.picklist(PROJECT_TYPES),
      createdAt: at,
      customers: count,
      asOf: at,
      ...subscriptions,
      sales,
    }),
  ),
  customersByDay: v.array(v.object({ day, created: count, deleted: count, total: count })),
  salesByDay: v.array(v.object({ day, ...sold })),
  usageByDay: v.array(v.object({ day, meter: text, used: count, calls: count })),
})
