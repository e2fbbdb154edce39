/** A shop's orders for its owner, and one order for whoever bought it. */

import type { OrderTask } from '../../objects/carting.ts'
import type { OrderView } from '../../objects/ordering.ts'
import type { Refund } from '../../objects/refunds.ts'
import type { Order } from '../../sdk/schema/answers/store.ts'
import type { Said } from '../../sdk/schema/answers/words.ts'
import { FulfillInput, OrderQuery, RefundInput } from '../../sdk/schema/order.ts'
import { toCsv } from '../csv.ts'
import { fromCursor, json, need, parseQuery, readJson, refuse, toCursor } from '../http.ts'
import { randomText } from '../keys.ts'
import { orderUrl, readOrderKey } from '../orderLink.ts'
import { orderPage } from '../pages/order.ts'
import { lookAtSession } from '../purchase.ts'
import type { Call, KeyedCall } from '../router.ts'
import { expireOrder, openOrder, refundNow } from '../sale.ts'
import type { Place } from '../stripe/catalog.ts'
import { projectAt, type Address } from '../stub.ts'
import { idempotencyKeyOf } from './usage.ts'

export async function list({ url, env, caller, ...address }: KeyedCall): Promise<Response> {
  const query = parseQuery(url, OrderQuery)
  const page = need(
    await projectAt(env, address).listOrders(caller, {
      after: query.cursor === undefined ? null : placeOf(query.cursor),
      limit: query.limit,
      status: query.status ?? null,
      email: query.email ?? null,
      productId: query.productId ?? null,
      since: query.since ?? null,
      until: query.until ?? null,
    }),
  )
  const nextCursor = page.next === null ? null : toCursor([page.next.createdAt, page.next.id])
  if (query.format === 'csv') return csv(page.orders, nextCursor)
  const orders = await Promise.all(page.orders.map((one) => toPublicOrder(one, { url, env, address })))
  return json({ orders, nextCursor })
}

function placeOf(cursor: string): { createdAt: number; id: string } {
  const [createdAt, id] = fromCursor(cursor)
  if (typeof createdAt === 'number' && typeof id === 'string') return { createdAt, id }
  return refuse('invalid_request', { message: 'cursor must be a cursor from an earlier answer.' })
}

type Site = { url: URL; env: KeyedCall['env']; address: Address }

async function toPublicOrder(whole: OrderView, { url, env, address }: Site): Promise<Said<typeof Order>> {
  const { order } = whole
  return {
    id: order.id,
    number: order.number,
    status: whole.status,
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
    customer: { id: order.customerId, email: order.email, name: order.name, phone: order.phone },
    shipping: order.shipping,
    lines: whole.lines.map(toPublicLine),
    refunds: whole.refunds.map(toPublicRefund),
    times: {
      created: order.createdAt,
      processing: order.processingAt,
      paid: order.paidAt,
      fulfilled: order.fulfilledAt,
      refunded: order.refundedAt,
      disputed: order.disputedAt,
      ended: order.endedAt,
      holdEnds: order.holdEndsAt,
    },
    disputeStatus: order.disputeStatus,
    tracking: { number: order.trackingNumber, carrier: order.carrier },
    sessionId: order.sessionId,
    paymentIntent: order.paymentIntent,
    orderUrl: await orderUrl(order.id, address, { origin: url.origin, secret: env.KEY_SECRET }),
  }
}

const toPublicLine = ({ orderId: _, position: __, ...line }: OrderView['lines'][number]) => line
const toPublicRefund = (one: Refund) => ({
  id: one.id,
  amount: one.amount,
  state: one.state,
  lines: one.lines,
  restocked: one.restocked !== null,
  reason: one.reason,
  failure: one.failure,
  stripeRefundId: one.stripeRefundId,
  createdAt: one.createdAt,
  settledAt: one.settledAt,
})

const iso = (at: number | null) => (at === null ? '' : new Date(at).toISOString())

const COLUMNS = [
  'number',
  'id',
  'status',
  'created_utc',
  'paid_utc',
  'email',
  'name',
  'items',
  'currency',
  'subtotal',
  'discount',
  'tax',
  'total',
  'refunded',
  'lost',
] as const

function csv(orders: readonly OrderView[], nextCursor: string | null): Response {
  const rows = orders.map(({ order, status, lines }): Record<(typeof COLUMNS)[number], string | number> => ({
    number: order.number,
    id: order.id,
    status,
    created_utc: iso(order.createdAt),
    paid_utc: iso(order.paidAt),
    email: order.email ?? '',
    name: order.name ?? '',
    items: lines.map((line) => `${line.quantity} × ${line.name}`).join('; '),
    currency: order.currency,
    subtotal: order.subtotal,
    discount: order.discount,
    tax: order.tax,
    total: order.total,
    refunded: order.refunded,
    lost: order.lost,
  }))
  return toCsv(COLUMNS, rows, { name: 'orders', nextCursor })
}

export async function get({ params, url, env, caller, ...address }: KeyedCall): Promise<Response> {
  const whole = need(await projectAt(env, address).getOrder(caller, params['id'] ?? ''))
  return json({ order: await toPublicOrder(whole, { url, env, address }) })
}

/** The order after it was changed: shown to whoever might change it, also with a key that may not read. */
async function current({ params, url, env, caller: _, ...address }: KeyedCall): Promise<Response> {
  const whole = need(await projectAt(env, address).getOrder({ via: 'system' }, params['id'] ?? ''))
  return json({ success: true, order: await toPublicOrder(whole, { url, env, address }) })
}

export async function fulfill(call: KeyedCall): Promise<Response> {
  const { request, params, env, caller, url: _, ...address } = call
  const input = await readJson(request, FulfillInput)
  need(await projectAt(env, address).fulfillOrder(caller, params['id'] ?? '', input))
  return current(call)
}

/** Gives back all that is left, some lines, or an amount; puts the units back on the shelf if asked. */
export async function refund(call: KeyedCall): Promise<Response> {
  const { request, params, env, caller, url: _, ...address } = call
  const input = await readJson(request, RefundInput)
  const key = idempotencyKeyOf(request, undefined)
  const asked = { ...input, newId: `rf_${randomText(20)}`, attempt: key === undefined ? null : `secret:${key}` }
  const started = need(await projectAt(env, address).startRefund(caller, params['id'] ?? '', asked))
  await refundNow(started, { env, address })
  return current(call)
}

/**
 * Ends an order that waits for its payment, or one that cost nothing. If it was paid in the same moment, it stays paid; if Stripe keeps its page
 * open, it is not ended, and says so.
 */
export async function cancel(call: KeyedCall): Promise<Response> {
  const { params, env, caller, url: _, request: __, ...address } = call
  const id = params['id'] ?? ''
  await end(id, need(await projectAt(env, address).cancelableOrder(caller, id)), { env, address })
  return current(call)
}

/** Has Stripe end the page of an order that may be canceled; without a task there is none. */
async function end(id: string, task: OrderTask | null, place: Place): Promise<void> {
  if (task === null) return
  const order = task.order.sessionId === null ? await openOrder(task, place) : task.order
  await expireOrder({ ...task, order }, place)
  const { status } = need(await projectAt(place.env, place.address).getOrder({ via: 'system' }, id))
  if (status === 'pending') refuse('stripe_refused', { message: 'Stripe did not end the payment page. Try again.' })
}

/** The buyer takes an order back that is not paid: what it held is free again, for them too. Answers the order as it is then. */
export async function leave({ params, url, env }: Call): Promise<Response> {
  const id = params['id'] ?? ''
  const address = await readOrderKey(id, url.searchParams.get('key') ?? '', env.KEY_SECRET)
  if (address === null) return refuse('order_not_found')
  const project = projectAt(env, address)
  await end(id, need(await project.leavableOrder(id)), { env, address })
  return json(await toBuyersOrder(need(await project.seenOrder(id)), { url, env, address }))
}

/** While it waits for its payment Stripe is asked, so that the page after the payment is right at once. */
async function seenNow(id: string, place: Place) {
  const project = projectAt(place.env, place.address)
  const seen = need(await project.seenOrder(id))
  const { sessionId } = seen.order
  if (seen.status !== 'pending' || sessionId === null) return seen
  await lookAtSession(sessionId, place).catch(() => null) // what Stripe does not say now, it will say by its webhook
  return need(await project.seenOrder(id))
}

/** The buyer's own view, by a signed link: a page, or JSON for those who ask for it. */
export async function view({ request, params, url, env }: Call): Promise<Response> {
  const id = params['id'] ?? ''
  const address = await readOrderKey(id, url.searchParams.get('key') ?? '', env.KEY_SECRET)
  if (address === null) return refuse('order_not_found')
  const seen = await seenNow(id, { env, address })
  const isData = request.headers.get('Accept')?.includes('application/json') === true
  return isData ? json(await toBuyersOrder(seen, { url, env, address })) : orderPage(seen)
}

async function toBuyersOrder(seen: OrderView & { shopName: string }, site: Site) {
  const { customer, refunds: _, sessionId: __, paymentIntent: ___, ...shown } = await toPublicOrder(seen, site)
  return { order: { ...shown, email: customer.email }, shop: seen.shopName }
}
