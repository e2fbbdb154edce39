/** The orders of a shop, for its owner. Every method needs a secret key. Money is integer minor units, times epoch ms. */

import type { CallOptions, DreamClient } from './client.ts'
import { toList, type List } from './list.ts'
import type { Grant } from './products.ts'
import type { OrderStatus } from './schema/order.ts'

export interface OrderLine {
  variantId: string
  productId: string
  name: string
  sku: string | null
  options: Record<string, string>
  unitAmount: number
  quantity: number
  refundedQuantity: number
  grant: Grant | null
  hold: string
}

export interface Refund {
  id: string
  amount: number
  state: string
  restocked: boolean
  reason: string | null
  failure: string | null
  stripeRefundId: string | null
  createdAt: number
  settledAt: number | null
}

export interface StoreOrder {
  id: string
  /** What people call it: 1001, 1002 … */
  number: number
  status: OrderStatus
  currency: string
  amounts: { subtotal: number; discount: number; tax: number; shipping: number; total: number; refunded: number }
  customer: { id: string | null; email: string | null; name: string | null; phone: string | null }
  shipping: unknown
  lines: OrderLine[]
  refunds: Refund[]
  times: Record<
    'created' | 'processing' | 'paid' | 'fulfilled' | 'refunded' | 'disputed' | 'ended' | 'holdEnds',
    number | null
  >
  disputeStatus: string | null
  tracking: { number: string | null; carrier: string | null }
  sessionId: string | null
  paymentIntent: string | null
  /** The buyer's own page. */
  orderUrl: string
}

export interface OrderQuery {
  /** Orders a page, 1 to 100; 25 when left out. */
  limit?: number
  status?: OrderStatus
  email?: string
  productId?: string
  /** Epoch ms. */
  since?: number
  until?: number
  cursor?: string
}

export interface OrderPage {
  orders: StoreOrder[]
  nextCursor: string | null
}

/** Nothing named gives back all that is left. */
export interface RefundInput {
  amount?: number
  lines?: { variantId: string; quantity: number }[]
  /** Puts the units back on the shelf. */
  restock?: boolean
  reason?: 'duplicate' | 'fraudulent' | 'requested_by_customer'
}

type Answer = Promise<{ success: boolean; order: StoreOrder }>

export class OrderAPI {
  readonly #client: DreamClient

  constructor(client: DreamClient) {
    this.#client = client
  }

  /**
   * Lists orders, newest first: `await` for a page, `for await` for all.
   *
   * @example
   * ```ts
   * for await (const order of store.orders.list({ status: 'paid' })) console.log(order.number, order.amounts.total)
   * ```
   */
  list({ cursor, ...query }: OrderQuery = {}, options?: CallOptions): List<OrderPage, StoreOrder> {
    return toList(
      (next = cursor) => this.#client.get('/api/orders', { ...options, query: { ...query, cursor: next } }),
      (page) => page.orders,
    )
  }

  /**
   * Reads an order. Throws `order_not_found`.
   *
   * @example
   * ```ts
   * const { order } = await store.orders.get(orderId)
   * console.log(order.number, order.status)
   * ```
   */
  get(orderId: string, options?: CallOptions): Promise<{ order: StoreOrder }> {
    return this.#client.get(at(orderId), options)
  }

  /**
   * Says that a paid order is on its way. Throws `order_not_paid`.
   *
   * @example
   * ```ts
   * await store.orders.fulfill(paidOrderId, { trackingNumber: '1Z 999', carrier: 'UPS' })
   * ```
   */
  fulfill(orderId: string, input: { trackingNumber?: string; carrier?: string } = {}, options?: CallOptions): Answer {
    return this.#client.post(`${at(orderId)}/fulfill`, input, options)
  }

  /**
   * Gives money back: all that is left, some lines, or an amount. Throws `order_not_paid`, `refund_too_large`,
   * `stripe_refused`.
   *
   * @example
   * ```ts
   * const { order } = await store.orders.refund(paidOrderId, { amount: 500, reason: 'requested_by_customer' })
   * console.log(order.amounts.refunded)
   * ```
   */
  refund(orderId: string, input: RefundInput = {}, options?: CallOptions): Answer {
    return this.#client.post(`${at(orderId)}/refund`, input, options)
  }

  /**
   * Ends an order that waits for its payment, and frees its stock. Throws `order_not_open`.
   *
   * @example
   * ```ts
   * const { order } = await store.orders.cancel(orderId)
   * console.log(order.status)
   * ```
   */
  cancel(orderId: string, options?: CallOptions): Answer {
    const answer = async () => {
      const { order } = await this.get(orderId, options)
      return order.status === 'canceled' || order.status === 'expired' ? { success: true, order } : null
    }
    return this.#client.post(`${at(orderId)}/cancel`, undefined, {
      ...options,
      done: { code: 'order_not_open', answer },
    })
  }
}

const at = (orderId: string): string => `/api/orders/${encodeURIComponent(orderId)}`
