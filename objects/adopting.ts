/**
 * Orders that were paid after the moment that the project was set back to: it has no row of them, Stripe has the money. Each
 * is written down again as it was sold. What was sold then was there, whatever the shelf says now.
 */

import type { Decision } from './actor.ts'
import type { Books, Ledger } from './books.ts'
import type { Order, OrderLine } from './order.ts'
import type { OrderReading } from './ordering.ts'
import { ok, type Outcome } from './outcome.ts'
import { availableOf } from './stock.ts'

export interface FoundLine {
  readonly stripePriceId: string
  /** As the price's metadata say. */
  readonly variantId: string | null
  readonly name: string
  readonly unitAmount: number
  readonly quantity: number
}

export interface FoundOrder {
  readonly id: string
  readonly stripeAccount: string
  readonly createdAt: number
  readonly expiresAt: number
  readonly currency: string
  readonly successUrl: string
  readonly cancelUrl: string
  readonly reading: OrderReading
  readonly lines: readonly FoundLine[]
  /** What the reports had of it, if they had it. */
  readonly reported: {
    readonly number: number
    readonly customerId: string | null
    readonly fulfilledAt: number | null
  } | null
}

export class Adopting {
  readonly #ledger: Ledger
  readonly #books: Books

  constructor(ledger: Ledger, books: Books) {
    this.#ledger = ledger
    this.#books = books
  }

  /** Writes the order down as one whose hold is over; that it was paid is applied next, like any late payment. */
  take(found: FoundOrder): Outcome<null> {
    return this.#ledger.decide((decision) => {
      if (this.#books.orders.get(found.id) !== null) return ok(null)
      const lines = found.lines.map((line, position) => this.#lineOf(found.id, line, position))
      this.#books.orders.save(this.#orderOf(found, decision), decision.revision)
      for (const line of merged(lines)) {
        this.#books.orders.addLine(line, found.createdAt)
        if (found.reading.paid) this.#makeUp(line, decision)
      }
      return ok(null)
    })
  }

  #lineOf(orderId: string, line: FoundLine, position: number): OrderLine {
    const variantId = this.#books.products.priceOf(line.stripePriceId)?.variantId ?? line.variantId
    const variant = variantId === null ? null : this.#books.stock.get(variantId)
    const product = variant && this.#books.products.get(variant.productId)
    return {
      orderId,
      variantId: variant?.id ?? line.stripePriceId, // sold since, and made since: there is no shelf that it stood on
      productId: product?.id ?? '',
      position,
      name: product?.name ?? line.name,
      sku: variant?.sku ?? null,
      options: variant?.options ?? {},
      unitAmount: line.unitAmount,
      quantity: line.quantity,
      refundedQuantity: 0,
      grant: product?.grant ?? null,
      hold: 'expired',
    }
  }

  #orderOf({ id, reading, reported, ...found }: FoundOrder, { now, revision }: Decision): Order {
    const { automaticTax, shop } = this.#books.settings.require()
    const next = this.#books.orders.nextNumber()
    return {
      id,
      number: reported !== null && reported.number >= next ? reported.number : next,
      state: 'expired',
      stripeAccount: found.stripeAccount,
      customerId: reported?.customerId ?? null,
      email: null, // who bought is in the reading
      name: null,
      phone: null,
      shipping: null,
      currency: found.currency,
      subtotal: reading.subtotal,
      discount: 0,
      tax: 0,
      shippingAmount: 0,
      total: reading.total,
      refunded: 0,
      lost: 0,
      terms: {
        automaticTax,
        shippingCountries: shop.shippingCountries,
        collectPhone: shop.collectPhone,
        promotionCodes: shop.promotionCodes,
        delayedPayments: shop.delayedPayments,
      },
      attempt: null,
      request: '',
      address: null,
      successUrl: found.successUrl,
      cancelUrl: found.cancelUrl,
      sessionId: reading.sessionId,
      url: null,
      paymentIntent: null,
      stripeCustomerId: null,
      holdEndsAt: found.createdAt,
      sessionEndsAt: found.expiresAt,
      createdAt: found.createdAt,
      processingAt: null,
      paidAt: null,
      endedAt: now,
      fulfilledAt: reported?.fulfilledAt ?? null,
      refundedAt: null,
      disputedAt: null,
      disputeStatus: null,
      trackingNumber: null,
      carrier: null,
      revision,
    }
  }

  /** Units that came after that moment and were sold are missing on the shelf: they are put there to be taken. */
  #makeUp({ orderId, variantId, quantity }: OrderLine, { nextId, now, revision }: Decision): void {
    const variant = this.#books.stock.get(variantId)
    const available = variant && availableOf(variant)
    if (available === null || available >= quantity) return
    const note = 'sold before the project was set back'
    const movement = { id: nextId(), reason: 'adjustment', actor: 'system', orderId, note, now, revision } as const
    this.#books.stock.move(variantId, quantity - available, movement)
  }
}

/** A line for each variant. */
function merged(lines: readonly OrderLine[]): OrderLine[] {
  const byVariant = Map.groupBy(lines, ({ variantId }) => variantId)
  return [...byVariant.values()].map((same) => {
    const quantity = same.reduce((sum, line) => sum + line.quantity, 0)
    return { ...same[0]!, quantity }
  })
}
