/** Shop and Stripe when everything is settled: the same orders, the same money, and the API says what the file says. */

import type Stripe from 'stripe'
import type { Client } from './client.ts'
import type { Disk } from './disk.ts'
import type { FiledOrder, Shelf } from './shelf.ts'
import { judgeShop, twice } from './shopVerdict.ts'
import type { World } from './world.ts'

/** What the shop's owner was shown last, before the clean stop. */
export interface SeenShop {
  /** State and what was given back, by order. */
  readonly orders: ReadonlyMap<string, string>
  /** What is free of each variant. */
  readonly available: ReadonlyMap<string, number | null>
}

interface SeenOrder {
  readonly id: string
  readonly status: string
  readonly amounts: { readonly refunded: number }
}

export async function seeShop(client: Client, world: World): Promise<SeenShop> {
  const headers = { Authorization: `Bearer ${world.keyOf(world.shop.projectId)}` }
  const orders = new Map<string, string>()
  for (let cursor: string | null = ''; cursor !== null;) {
    const path = `/api/orders?limit=100${cursor === '' ? '' : `&cursor=${cursor}`}`
    const page = await client.ok({ method: 'GET', path, headers })
    for (const { id, status, amounts } of page['orders'] as SeenOrder[]) orders.set(id, `${status} ${amounts.refunded}`)
    cursor = page['nextCursor'] as string | null
  }
  const { products } = await client.ok({ method: 'GET', path: '/api/products', headers })
  const variants = (products as { variants: { id: string; available: number | null }[] }[]).flatMap(
    (one) => one.variants,
  )
  return { orders, available: new Map(variants.map(({ id, available }) => [id, available])) }
}

interface Sides {
  readonly shelf: Shelf
  readonly disk: Disk
  readonly seen: SeenShop
}

export function shopDisagreements(world: World, { shelf, disk, seen }: Sides): string[] {
  const verdict = judgeShop(world, shelf)
  return [
    ...Object.entries(verdict).flatMap(([what, names]) => (names as string[]).map((name) => `${what}: ${name}`)),
    ...payments(world, shelf, disk),
    ...refunds(world, shelf, disk),
    ...told(shelf, seen),
    ...shelf.orders.filter(({ state }) => state === 'pending').map(({ id }) => `order ${id} holds its stock for ever`),
  ]
}

/** How an order may stand when its session stands so. */
const STATES: Readonly<Record<string, readonly string[]>> = {
  'open unpaid': ['pending'],
  'complete unpaid': ['processing', 'canceled'],
  'complete paid': ['paid', 'unfillable'],
  'expired unpaid': ['expired', 'canceled'],
}

/** Every order has exactly one session, and both tell the same. */
function payments(world: World, { orders }: Shelf, disk: Disk): string[] {
  const sessions = disk.stripe<Stripe.Checkout.Session>(world.shop.stripeAccount, 'checkout_session')
  const ours = new Map(orders.map((order) => [order.id, order]))
  return [
    ...twice(sessions.map(({ client_reference_id }) => `session of ${client_reference_id}`)),
    ...sessions.flatMap((session) => unlike(session, ours.get(session.client_reference_id ?? ''))),
    ...orders
      .filter((order) => order.sessionId === null && !isRefused(order))
      .map(({ id }) => `order ${id} has no session`),
  ]
}

/** Stripe refused its session for good, or said so after it had made one that nobody was ever shown. */
const isRefused = ({ state, sessionId }: FiledOrder): boolean => state === 'canceled' && sessionId === null

function unlike({ id, status, payment_status, amount_total }: Stripe.Checkout.Session, order?: FiledOrder): string[] {
  const standing = `${status} ${payment_status}`
  if (order !== undefined && isRefused(order) && payment_status === 'unpaid') return []
  const isSame = order?.sessionId === id && STATES[standing]?.includes(order.state) === true
  if (!isSame) return [`${id} is ${standing} at Stripe, its order ${order?.id} ${order?.state} here`]
  return order.total === amount_total ? [] : [`${id} costs ${amount_total} at Stripe and ${order.total} here`]
}

/** Each refund is once at Stripe, as it is here; who paid and got nothing has the money back. */
function refunds(world: World, { orders, refunds: filed }: Shelf, disk: Disk): string[] {
  const account = world.shop.stripeAccount
  const made = disk.stripe<Stripe.Refund>(account, 'refund')
  const charges = disk.stripe<Stripe.Charge>(account, 'charge').filter(({ status }) => status === 'succeeded')
  const theirs = new Map(made.map((refund) => [refund.id, refund]))
  const known = new Set(filed.map(({ stripeRefundId }) => stripeRefundId))
  const returned = new Map(charges.map(({ payment_intent, amount_refunded }) => [payment_intent, amount_refunded]))
  return [
    ...twice(made.map(({ metadata }) => `refund ${metadata?.['dream_refund']} at Stripe`)),
    ...made.filter(({ id }) => !known.has(id)).map(({ id }) => `nobody here knows ${id}`),
    ...filed.flatMap(({ id, stripeRefundId, amount, state }) => {
      const their = theirs.get(stripeRefundId ?? '')
      if (stripeRefundId === null && state === 'failed') return [] // Stripe refused it for good
      if (their?.metadata?.['dream_refund'] === id && their.amount === amount && their.status === state) return []
      return [`refund ${id} is ${amount} ${state} here, ${their?.amount} ${their?.status} at Stripe`]
    }),
    ...orders.flatMap(({ id, paymentIntent, refunded, total, state }) => {
      const back = returned.get(paymentIntent ?? '') ?? 0
      const found = back === refunded ? [] : [`${refunded} of ${id} is given back here, ${back} at Stripe`]
      return state === 'unfillable' && back !== total ? [...found, `${id} was paid for nothing`] : found
    }),
  ]
}

/** The API says of orders and stock what the file says. */
function told({ orders, variants }: Shelf, { orders: shown, available }: SeenShop): string[] {
  return [
    ...orders
      .filter((order) => shown.get(order.id) !== `${statusOf(order)} ${order.refunded}`)
      .map((order) => `order ${order.id} is ${statusOf(order)}, the API says ${shown.get(order.id)}`),
    ...(shown.size === orders.length ? [] : [`the API lists ${shown.size} of ${orders.length} orders`]),
    ...variants
      .filter(({ id, onHand, reserved }) => available.get(id) !== (onHand === null ? null : onHand - reserved))
      .map(({ id, onHand, reserved }) => `${id} has ${onHand} less ${reserved}, the API says ${available.get(id)}`),
  ]
}

function statusOf({ state, refunded, total }: FiledOrder): string {
  if (state !== 'paid' || refunded === 0) return state
  return refunded >= total ? 'refunded' : 'partially_refunded'
}
