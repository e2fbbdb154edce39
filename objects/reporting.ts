/** The project in figures, and every committed difference since a revision. It only reads. */

import type { Dashboard, DashboardTotals } from '../sdk/schema/answers/figures.ts'
import type { Said } from '../sdk/schema/answers/words.ts'
import type { Change, Changes } from '../sdk/schema/feed.ts'
import { toPublicTier } from './answer.ts'
import type { Books, Ledger } from './books.ts'
import type { Caller } from './caller.ts'
import type { Customer } from './customers.ts'
import { customerOf, type FeedView } from './audience.ts'
import type { Gate } from './gate.ts'
import { subscriptionFigures } from './metrics.ts'
import { statusOf, type Order } from './order.ts'
import { STUCK_AFTER_ATTEMPTS } from './outbox.ts'
import { isForNothing } from './refunds.ts'
import { ok, type Outcome } from './outcome.ts'
import { LOW_STOCK } from './stock.ts'

const NEWEST = { after: null, status: null, email: null, productId: null, since: null, until: null }

const CHANGES_AT_ONCE = 2_500

export class Reporting {
  readonly #ledger: Ledger
  readonly #books: Books
  readonly #gate: Gate

  constructor(ledger: Ledger, books: Books, gate: Gate) {
    this.#ledger = ledger
    this.#books = books
    this.#gate = gate
  }

  /** The project in figures, its customers, tiers, keys and latest events; a superset of the first API's dashboard. */
  dashboard(caller: Caller): Outcome<Said<typeof Dashboard>> {
    const now = this.#ledger.now()
    const refusal = this.#gate.admit(caller, 'read', now)
    if (refusal) return refusal
    const settings = this.#books.settings.require()
    const figures = subscriptionFigures(this.#books.subscriptions.held(), now)
    const usageThisPeriod = this.#books.usage.totals.running(now)
    const events = this.#books.inbox.page({ after: null, limit: 20, type: null, outcome: null })
    const money = this.#books.orders.revenue()
    const { sales, revenue } = money[0] ?? { sales: 0, revenue: 0 }
    const stock = this.#books.stock.totals(LOW_STOCK)
    const metrics = {
      ...figures,
      usageThisPeriod,
      storeSalesCount: sales,
      storeTotalRevenue: revenue,
      lowStockProducts: stock.low,
      totalInventory: stock.total,
    }
    const customers = this.#books.customers.page(null, 100).map((customer) => this.#dashboardRow(customer, now))
    const recent = events.map((event) => ({
      id: event.id,
      type: event.type,
      createdAt: new Date(event.createdAt).toISOString(),
      timestamp: event.createdAt,
      outcome: event.outcome,
    }))
    const lastEventAt = recent[0]?.createdAt ?? null
    return ok({
      metrics,
      activeSubscriptions: figures.activeSubs,
      cancelingSubscriptions: figures.cancelingSubs,
      mrr: figures.mrr,
      totalRevenue: revenue,
      totalSales: sales,
      avgOrderValue: sales === 0 ? 0 : Math.round(revenue / sales),
      revenueByCurrency: money,
      usageThisPeriod,
      totalCustomers: this.#books.customers.count(),
      customers,
      tiers: this.#books.catalog.onSale().map(toPublicTier),
      products: this.#books.products.page({ after: null, limit: 100, search: null, archived: false }),
      orders: this.#books.orders.page({ ...NEWEST, limit: 50 }).map(toDashboardOrder),
      keys: {
        publishableKey: settings.publishableKey,
        secretKeyMasked: '********',
        platformId: settings.platformId,
        apiKeys: this.#books.keys.list().map(({ name, last4, createdAt, lastUsedAt, endsAt }) => ({
          publishableKey: settings.publishableKey,
          name,
          last4,
          createdAt,
          lastUsedAt,
          endsAt,
          status: endsAt === null || now < endsAt ? 'active' : 'revoked',
          projectType: settings.type,
          mode: settings.mode,
        })),
        stripeAccountId: settings.stripeAccount,
      },
      webhook: { lastEventAt, recent },
      webhookStatus: { url: '/webhook/stripe', lastEvent: lastEventAt, recentEvents: recent },
      filters: { platformId: settings.platformId, publishableKey: settings.publishableKey, mode: settings.mode },
      // How far a new project has come, derived from what happened.
      steps: {
        keyUsed: this.#books.keys.list().some(({ lastUsedAt }) => lastUsedAt !== null),
        used: this.#books.usage.hours.any(),
        connected: settings.stripeAccount !== null && settings.chargesEnabled,
        sold: figures.activeSubs > 0 || sales > 0,
        limitHit: this.#books.milestones.anyLimit(),
      },
      owedToBuyers: this.#owedToBuyers(),
      stuck: this.#ledger.outbox.all().filter(({ attempts }) => attempts >= STUCK_AFTER_ATTEMPTS).length,
    })
  }

  /** Money that came for nothing, and that Stripe refused to give back so far. It is asked again by itself. */
  #owedToBuyers() {
    return this.#books.refunds.asked().flatMap(({ id, orderId, amount }) => {
      const refused = this.#books.refunds.ofOrder(orderId).filter((one) => isForNothing(one) && one.state === 'failed')
      const order = this.#books.orders.get(orderId)
      if (order === null || order.state !== 'unfillable' || refused.length === 0) return []
      const nextTryAt = this.#ledger.outbox.dueAt({ kind: 'stripe.refund', key: id })
      const facts = { orderId, number: order.number, amount, currency: order.currency, nextTryAt }
      return [{ ...facts, refusals: refused.length, failure: refused.at(-1)?.failure ?? null }]
    })
  }

  #dashboardRow(customer: Customer, now: number) {
    const plan = this.#books.planOf(customer, now)
    const subscription = this.#books.subscriptions.ofCustomer(customer.id)[0] ?? null
    const meter = Object.keys(plan.tier?.limits ?? {})[0] ?? 'requests'
    const usage = this.#books.entitlementOf(customer.id, plan, meter, now)
    return {
      id: customer.id,
      userId: customer.id,
      email: customer.email,
      plan: plan.slug,
      status: subscription?.status ?? 'none',
      usage: usage.used,
      usageCount: usage.used,
      limit: usage.limit,
      periodStart: usage.periodStart,
      periodEnd: usage.periodEnd,
      renewsAt: subscription?.currentPeriodEnd ?? null,
      currentPeriodEnd: subscription?.currentPeriodEnd ?? null,
      canceledAt: subscription?.canceledAt ?? null,
      cancelAt: subscription?.cancelAt ?? null,
      subscriptionId: subscription?.id ?? null,
      stripeCustomerId: customer.stripeCustomerId,
      priceId: subscription?.stripePriceId ?? null,
      productId: plan.tier?.stripeProductId ?? null,
      amount: subscription?.unitAmount ?? null,
      currency: subscription?.currency ?? null,
      publishableKey: this.#books.settings.require().publishableKey,
    }
  }

  /** Totals of this project and mode only: a key sees no sibling. */
  totals(caller: Caller): Outcome<Said<typeof DashboardTotals>> {
    const now = this.#ledger.now()
    const refusal = this.#gate.admit(caller, 'read', now)
    if (refusal) return refusal
    const { platformId, mode } = this.#books.settings.require()
    const figures = subscriptionFigures(this.#books.subscriptions.held(), now)
    const totalCustomers = this.#books.customers.count()
    return ok({
      totals: {
        ...figures,
        totalProducts: this.#books.products.count(),
        liveProjects: mode === 'live' ? 1 : 0,
        totalCustomers,
      },
      totalRevenue: this.#books.orders.revenue()[0]?.revenue ?? 0,
      totalCustomers,
      totalMRR: figures.mrr,
      platformId,
    })
  }

  /** What this caller may listen to. Who names a customer hears what is that customer's own. */
  admitListener(caller: Caller): Outcome<{ view: FeedView }> {
    const now = this.#ledger.now()
    const refusal = this.#gate.admit(caller, 'read', now)
    if (refusal) return refusal
    if (!isNamed(caller)) return ok({ view: caller.via === 'publishable' ? 'shelf' : 'all' })
    const found = this.#gate.identify(caller, now)
    return found.ok ? ok({ view: `customer:${found.value.customer.id}` }) : found
  }

  /** Every committed difference after a revision that a view shows, oldest first; a revision is never cut in two. */
  changesSince(revision: number, view: FeedView = 'all'): Changes {
    return this.#page(revision, view, CHANGES_AT_ONCE)
  }

  #page(revision: number, view: FeedView, size: number): Changes {
    const kinds = view === 'all' ? this.#allSince(revision, size) : this.#pageSince(revision, view, size)
    const cut = kinds.filter((rows) => rows.length === size).map((rows) => rows.at(-1)!.revision - 1)
    const until = cut.length === 0 ? this.#ledger.revision : Math.min(...cut)
    // One revision alone fills the page, as when thousands of events waited for the same reading: it comes whole.
    if (cut.length > 0 && until <= revision) return this.#page(revision, view, size * 2)
    const changes = kinds
      .flat()
      .filter((change) => change.revision <= until)
      .toSorted((a, b) => a.revision - b.revision)
    return { changes, revision: until, more: cut.length > 0 }
  }

  /** What a page of the project may hear: the shelf, and its customer's own rows. */
  #pageSince(revision: number, view: FeedView, size: number): Change[][] {
    const shelf = this.#books.stock.since(revision, size)
    const id = customerOf(view)
    if (id === null) return [shelf]
    return [
      shelf,
      this.#books.customers.since(revision, size, id),
      this.#books.subscriptions.since(revision, size, id),
      this.#books.usage.since(revision, size, id),
    ]
  }

  #allSince(revision: number, size: number): Change[][] {
    return [
      this.#books.settings.since(revision),
      this.#books.catalog.since(revision, size),
      this.#books.customers.since(revision, size),
      this.#books.subscriptions.since(revision, size),
      this.#books.usage.since(revision, size),
      this.#books.products.since(revision, size),
      this.#books.stock.since(revision, size),
      this.#books.orders.since(revision, size),
      this.#books.inbox.since(revision, size),
    ]
  }
}

const toDashboardOrder = (order: Order) => ({
  id: order.id,
  number: order.number,
  status: statusOf(order),
  customer: order.name ?? order.email,
  email: order.email,
  amount: order.total,
  currency: order.currency,
  paymentId: order.paymentIntent,
  date: new Date(order.createdAt).toISOString(),
})

const isNamed = (caller: Caller): boolean =>
  caller.via !== 'system' && (caller.token !== null || ('asserts' in caller && caller.asserts !== null))
