/** What is said when something happened: which event, in whose lane, with which facts. Nothing is read while nobody listens. */

import type { WebhookData, WebhookType } from '../sdk/schema/webhook.ts'
import type { Decision } from './actor.ts'
import type { Books } from './books.ts'
import type { Customer } from './customers.ts'
import type { Plan } from './entitlement.ts'
import type { Milestone } from './milestones.ts'
import type { Order } from './order.ts'
import { statusOf } from './order.ts'
import type { Span } from './period.ts'
import { availableOf, LOW_STOCK } from './stock.ts'
import type { Subscription } from './subscriptions.ts'

type TypesOf<Noun extends string> = Extract<WebhookType, `${Noun}.${string}`>

export const laneOf = (customerId: string): string => `customer:${customerId}`

/** Percentages of a limit at which its customer's developer hears of it. */
const THRESHOLDS = [80, 100] as const

interface UseFacts {
  readonly customerId: string
  readonly meter: string
  readonly span: Span
  readonly used: number
  readonly limit: number | null
}

const usageData = (plan: Plan, { customerId, meter, used, span }: UseFacts, limit: number) => ({
  customerId,
  plan: plan.slug,
  meter,
  used,
  limit,
  resetsAt: span.end,
})

/** The account's own subscription has ended, and this is what follows: said once each time. */
export function announceNotice(notice: WebhookData<'account.notice'>, books: Books, decision: Decision): void {
  if (!books.announced.once('account', `${notice.notice} ${notice.lockedAt}`, notice.deleteAt)) return
  books.emit('account.notice', { lane: 'account', data: () => notice }, decision)
}

/** A count passed part of its limit: noted and said once a customer, meter and period. */
export function announceUse(plan: Plan, use: UseFacts & { before: number }, books: Books, decision: Decision): void {
  const { customerId, meter, span, used, limit, before } = use
  if (limit === null || limit === 0) return
  for (const percent of THRESHOLDS) {
    const mark = (limit * percent) / 100
    if (before >= mark || used < mark) continue
    noteMilestone(plan, use, percent === 80 ? '80' : '100', books, decision)
    if (!books.endpoints.hears('usage.threshold')) continue
    if (!books.announced.once(customerId, `usage ${percent} ${meter} ${span.start}`, span.end)) continue
    const data = () => ({ ...usageData(plan, use, limit), percent })
    books.emit('usage.threshold', { lane: laneOf(customerId), data }, decision)
  }
}

function noteMilestone(plan: Plan, use: UseFacts, what: Milestone['what'], books: Books, { now }: Decision): void {
  const { customerId, meter, span, used, limit } = use
  const periodStart = span.start
  books.milestones.note({ customerId, meter, periodStart, what, at: now, plan: plan.slug, used, quota: limit ?? 0 })
}

/** A use was refused because of the limit: noted and said once a customer, meter and period. */
export function announceRefusal(plan: Plan, use: UseFacts, books: Books, decision: Decision): void {
  const { customerId, meter, span, limit } = use
  if (limit === null) return
  noteMilestone(plan, use, 'refused', books, decision)
  if (!books.endpoints.hears('usage.limit_reached')) return
  if (!books.announced.once(customerId, `usage refused ${meter} ${span.start}`, span.end)) return
  const data = () => usageData(plan, use, limit)
  books.emit('usage.limit_reached', { lane: laneOf(customerId), data }, decision)
}

export function announceCustomer(
  type: 'customer.created' | 'customer.updated',
  customer: Customer,
  books: Books,
  decision: Decision,
): void {
  const data = () => ({
    id: customer.id,
    email: customer.email,
    firstName: customer.firstName,
    lastName: customer.lastName,
    plan: books.planOf(customer, decision.now).slug,
  })
  books.emit(type, { lane: laneOf(customer.id), data }, decision)
}

/** What was said of a person is taken back as far as it can be, and one last thing is said. */
export function announceDeleted(
  { id, email, orders }: { id: string; email: string | null; orders: readonly string[] },
  books: Books,
  decision: Decision,
): void {
  books.announced.forgetSubject(id)
  for (const lane of [laneOf(id), ...orders.map((order) => `order:${order}`)]) books.messages.forgetLane(lane, email)
  books.emit('customer.deleted', { lane: laneOf(id), data: () => ({ id }) }, decision)
}

/** Told of what Stripe says, once it is written down: made, changed, or over. */
export function announceSubscription(
  before: Subscription | null,
  after: Omit<Subscription, 'revision'>,
  books: Books,
  decision: Decision,
): void {
  const isOver = ({ status }: Pick<Subscription, 'status'>) => status === 'canceled' || status === 'incomplete_expired'
  const type: TypesOf<'subscription'> =
    before === null
      ? 'subscription.created'
      : isOver(after) && !isOver(before)
        ? 'subscription.canceled'
        : 'subscription.updated'
  const data = () => ({
    id: after.id,
    customerId: after.customerId,
    status: after.status,
    tier: after.tier,
    unitAmount: after.unitAmount,
    currency: after.currency,
    interval: after.interval,
    currentPeriodStart: after.currentPeriodStart,
    currentPeriodEnd: after.currentPeriodEnd,
    trialEnd: after.trialEnd,
    cancelAt: after.cancelAt,
    scheduledTier: after.scheduledTier,
  })
  books.emit(type, { lane: laneOf(after.customerId), data }, decision)
}

/** Told of an order as it was just written down. A guest's order is a lane of its own. */
export function announceOrder(type: TypesOf<'order'>, order: Order, books: Books, decision: Decision): void {
  const lane = order.customerId === null ? `order:${order.id}` : laneOf(order.customerId)
  const data = () => ({
    id: order.id,
    number: order.number,
    status: statusOf(order),
    customerId: order.customerId,
    email: order.email,
    currency: order.currency,
    amounts: {
      subtotal: order.subtotal,
      discount: order.discount,
      tax: order.tax,
      shipping: order.shippingAmount,
      total: order.total,
      refunded: order.refunded,
      lost: order.lost,
    },
    lines: books.orders.lines(order.id).map((line) => ({
      productId: line.productId,
      variantId: line.variantId,
      sku: line.sku,
      name: line.name,
      options: { ...line.options },
      unitAmount: line.unitAmount,
      quantity: line.quantity,
      refundedQuantity: line.refundedQuantity,
    })),
    disputeStatus: order.disputeStatus,
    tracking: { number: order.trackingNumber, carrier: order.carrier },
  })
  books.emit(type, { lane, data }, decision)
}

/** Looks at the variants that this decision moved: one that is low is told of once, until it rises again. */
export function announceStock(books: Books, decision: Decision): void {
  if (!books.endpoints.hears('stock.low')) return
  for (const variant of books.stock.movedAt(decision.revision)) {
    const available = availableOf(variant)
    if (available === null || available > LOW_STOCK) books.announced.forget(variant.id, 'stock.low')
    else if (variant.archivedAt === null && books.announced.once(variant.id, 'stock.low', null)) {
      const { id: variantId, productId, sku } = variant
      const data = () => ({ variantId, productId, sku, available })
      books.emit('stock.low', { lane: `variant:${variantId}`, data }, decision)
    }
  }
}
