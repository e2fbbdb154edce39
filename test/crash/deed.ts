/** One thing a client asks for, with an id of its own, and the request that asks for it. Pure. */

import type { Answer, Call } from './client.ts'

export interface Use {
  readonly customerId: string
  readonly quantity: number
}

export interface Piece {
  readonly variantId: string
  readonly quantity: number
}

/** What of an order is given back; nothing named is all that is left. */
export interface Wish {
  readonly amount?: number
  readonly lines?: readonly Piece[]
  readonly restock: boolean
}

export type StockMove = { readonly delta: number } | { readonly set: number; readonly ifRevision: number }

export type Deed = { readonly id: string; readonly project: string } & (
  | { readonly kind: 'track'; readonly use: Use }
  | { readonly kind: 'batch'; readonly uses: readonly Use[] }
  | { readonly kind: 'reverse'; readonly receipt: string }
  | { readonly kind: 'create'; readonly email: string; readonly plan: string | null }
  | { readonly kind: 'remove'; readonly customerId: string; readonly email: string }
  | { readonly kind: 'grant'; readonly customerId: string; readonly plan: string }
  | { readonly kind: 'checkout'; readonly customerId: string; readonly tier: string }
  | { readonly kind: 'pay'; readonly sessionId: string; readonly card: 'ok' | 'decline' | 'delayed' }
  | { readonly kind: 'rotate'; readonly overlapMs: number }
  | { readonly kind: 'cart'; readonly items: readonly Piece[]; readonly customerId: string | null }
  | { readonly kind: 'land'; readonly sessionId: string; readonly outcome: 'succeed' | 'fail' }
  | { readonly kind: 'lapse'; readonly sessionId: string }
  | { readonly kind: 'cancel'; readonly orderId: string }
  | { readonly kind: 'refund'; readonly orderId: string; readonly wish: Wish }
  | { readonly kind: 'bounce'; readonly stripeRefundId: string }
  | { readonly kind: 'stock'; readonly variantId: string; readonly move: StockMove }
)
export type Kind = Deed['kind']
export type DeedOf<K extends Kind> = Extract<Deed, { kind: K }>

/** Deeds whose first answer is kept under their key and must be given again. */
export const REPEATABLE: ReadonlySet<Kind> = new Set<Kind>(['track', 'batch', 'create', 'cart', 'refund', 'stock'])
/** Of these only the answer that Stripe was asked; refused before, nothing is written, and it may be done later. */
const KEPT_WHEN_DONE: ReadonlySet<Kind> = new Set<Kind>(['cart', 'refund'])

export const isKept = ({ kind }: Deed, answer: Answer): boolean =>
  REPEATABLE.has(kind) && (isWritten(answer) || !KEPT_WHEN_DONE.has(kind))

/** Was anything written down? Also what Stripe then refused for good. */
export const isWritten = ({ status, body }: Answer): boolean => status < 300 || REFUSED.has(body['code'])

/** How Stripe's refusal is said, the first time and from then on. */
const REFUSED: ReadonlySet<unknown> = new Set(['stripe_refused', 'order_not_open'])

const SUCCESS_URL = 'http://localhost:3000/ok'
const CANCEL_URL = 'http://localhost:3000/no'

/** The same request however often it is made. A use carries its id, so that the stored receipt says whose it is. */
export function callOf(deed: Deed, secretKey: string): Call {
  const headers = { Authorization: `Bearer ${secretKey}` }
  const keyed = { ...headers, 'Idempotency-Key': deed.id }
  switch (deed.kind) {
    case 'track': {
      const { customerId, quantity } = deed.use
      const body = { quantity, properties: { deed: deed.id } }
      return { method: 'POST', path: '/api/data', headers: { ...keyed, 'X-User-Id': customerId }, body }
    }
    case 'batch': {
      const items = deed.uses.map((use, index) => ({ ...use, properties: { deed: `${deed.id}#${index}` } }))
      return { method: 'POST', path: '/api/usage/batch', headers: keyed, body: { items } }
    }
    case 'reverse':
      return { method: 'POST', path: `/api/usage/${deed.receipt}/reverse`, headers }
    case 'create': {
      const body = { email: deed.email, ...(deed.plan === null ? {} : { plan: deed.plan }) }
      return { method: 'POST', path: '/api/customers', headers: keyed, body }
    }
    case 'remove':
      return { method: 'DELETE', path: `/api/customers/${deed.customerId}`, headers }
    case 'grant': {
      const body = { plan: deed.plan, firstName: deed.id }
      return { method: 'PATCH', path: `/api/customers/${deed.customerId}`, headers, body }
    }
    case 'checkout': {
      const body = { tier: deed.tier, successUrl: SUCCESS_URL, cancelUrl: CANCEL_URL }
      return {
        method: 'POST',
        path: '/api/create-checkout',
        headers: { ...headers, 'X-User-Id': deed.customerId },
        body,
      }
    }
    case 'pay':
      return { method: 'POST', path: `/sandbox/stripe/checkout/${deed.sessionId}/pay`, body: { card: deed.card } }
    case 'rotate': {
      const body = { projectId: deed.project, overlapMs: deed.overlapMs }
      return { method: 'POST', path: '/sandbox/projects/rotate', body }
    }
    case 'cart': {
      const shopper: Record<string, string> = deed.customerId === null ? {} : { 'X-User-Id': deed.customerId }
      const body = { items: deed.items, successUrl: SUCCESS_URL, cancelUrl: CANCEL_URL }
      return { method: 'POST', path: '/api/cart/checkout', headers: { ...keyed, ...shopper }, body }
    }
    case 'land': {
      const body = { outcome: deed.outcome }
      return { method: 'POST', path: `/sandbox/stripe/checkout/${deed.sessionId}/settle`, body }
    }
    case 'lapse':
      return { method: 'POST', path: `/sandbox/stripe/checkout/${deed.sessionId}/expire`, body: {} }
    case 'cancel':
      return { method: 'POST', path: `/api/orders/${deed.orderId}/cancel`, headers: keyed }
    case 'refund':
      return { method: 'POST', path: `/api/orders/${deed.orderId}/refund`, headers: keyed, body: deed.wish }
    case 'bounce':
      return { method: 'POST', path: `/sandbox/stripe/refunds/${deed.stripeRefundId}`, body: { outcome: 'fail' } }
    case 'stock': {
      const body = { ...deed.move, reason: deed.id }
      return { method: 'POST', path: `/api/variants/${deed.variantId}/stock`, headers: keyed, body }
    }
  }
}

/** Refusals that are an answer: repeating the call would get the same. */
const DEFINITE: Readonly<Record<Kind, readonly string[]>> = {
  track: ['limit_reached'],
  batch: [],
  reverse: ['already_reversed'],
  create: [],
  remove: ['customer_not_found'],
  grant: [],
  checkout: [],
  pay: [],
  rotate: [],
  cart: ['sold_out', 'stripe_refused', 'order_not_open'],
  land: [],
  lapse: [],
  cancel: ['order_not_open', 'stripe_refused'],
  refund: ['refund_too_large', 'stripe_refused'],
  bounce: [],
  stock: ['stock_changed', 'stock_reserved'],
}

/** What the stand-in says when a deed was done before the crash that swallowed its answer, or can never be done. */
const OVER: Partial<Readonly<Record<Kind, RegExp>>> = {
  pay: /is (complete|expired)/,
  land: /settled before|Only a completed session/,
  lapse: /the session is/,
  bounce: /failed already/,
}

/** Is the deed settled by this answer: done, or refused for good? */
export function settles({ kind }: Deed, { status, body }: Answer): boolean {
  if (status >= 200 && status < 300) return true
  if (OVER[kind]?.test(JSON.stringify(body)) === true) return true
  return DEFINITE[kind].includes(String(body['code']))
}

/** Answers that ask to be asked again: nobody knows, or nothing was done. */
const AGAIN: ReadonlySet<unknown> = new Set(['identity_unavailable', 'stripe_unavailable', 'outcome_unknown'])

export const asksAgain = ({ status, body }: Answer): boolean => status === 503 && AGAIN.has(body['code'])

/**
 * An answer without what differs by right: the request's own id, and the mark of a repetition. A refund is answered with
 * the order as it is, which goes on; a cart, with the status of its order.
 */
export function essence({ kind }: Deed, { status, body }: Answer): string {
  if (kind === 'cart' && REFUSED.has(body['code'])) return 'refused for good'
  if (kind === 'refund' && status === 200)
    return JSON.stringify({ status, order: (body['order'] as { id?: string } | undefined)?.id })
  const moves = ['requestId', 'replayed', ...(kind === 'cart' ? ['status'] : [])]
  return JSON.stringify({ status, body }, (name, value: unknown) => (moves.includes(name) ? undefined : value))
}

/** The first answer to a sign-up as it is given once the person was erased: the same id, and nobody. */
export function forgotten({ status, body }: Answer): Answer {
  const nobody = { email: null, firstName: null, lastName: null }
  return { status, body: { ...body, customer: { ...(body['customer'] as object), ...nobody } } }
}
