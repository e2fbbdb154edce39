/** Orders in Stripe's words and back. Pure: the same order makes the same request, so that it can be repeated. */

import type Stripe from 'stripe'
import type { OrderTask } from '../../objects/carting.ts'
import type { OrderReading } from '../../objects/ordering.ts'
import type { DisputeReading } from '../../objects/disputing.ts'
import type { RefundReading } from '../../objects/refunding.ts'
import { toMs } from './client.ts'

export function toOrderSession(
  task: OrderTask,
  stripePriceIds: readonly string[],
): Stripe.Checkout.SessionCreateParams {
  const { order, lines } = task
  const { terms } = order
  const metadata = { dream_project: task.settings.projectId, dream_order: order.id }
  return {
    mode: 'payment',
    client_reference_id: order.id,
    line_items: lines.map(({ line }, index) => ({ price: stripePriceIds[index] ?? '', quantity: line.quantity })),
    success_url: order.successUrl,
    cancel_url: order.cancelUrl,
    expires_at: Math.floor(order.sessionEndsAt / 1000),
    metadata,
    payment_intent_data: { metadata },
    ...(order.email === null ? {} : { customer_email: order.email }),
    ...(terms.automaticTax ? { automatic_tax: { enabled: true } } : {}),
    ...(terms.collectPhone ? { phone_number_collection: { enabled: true } } : {}),
    ...(terms.promotionCodes ? { allow_promotion_codes: true } : {}),
    ...(terms.delayedPayments ? {} : { allowed_payment_method_types: ['card', 'link'] }),
    ...(terms.shippingCountries.length === 0
      ? {}
      : { shipping_address_collection: { allowed_countries: [...terms.shippingCountries] as Country[] } }),
  }
}

type Country = Stripe.Checkout.SessionCreateParams.ShippingAddressCollection['allowed_countries'][number]

/** What of a payment intent says that a delayed payment did not come. */
const FAILED = new Set(['requires_payment_method', 'canceled'])

export function toOrderReading(session: Stripe.Checkout.Session): OrderReading {
  const intent = session.payment_intent
  const details = session.customer_details
  const totals = session.total_details
  const paid = session.payment_status === 'paid' || session.payment_status === 'no_payment_required'
  return {
    sessionId: session.id,
    status: session.status === 'complete' ? 'complete' : session.status === 'expired' ? 'expired' : 'open',
    paid,
    failed: !paid && intent !== null && typeof intent !== 'string' && FAILED.has(intent.status),
    paymentIntent: intent === null ? null : typeof intent === 'string' ? intent : intent.id,
    stripeCustomerId: idOf(session.customer),
    total: session.amount_total ?? 0,
    subtotal: session.amount_subtotal ?? 0,
    discount: totals?.amount_discount ?? 0,
    tax: totals?.amount_tax ?? 0,
    shippingAmount: totals?.amount_shipping ?? 0,
    email: details?.email ?? null,
    name: details?.name ?? null,
    phone: details?.phone ?? null,
    shipping: session.collected_information?.shipping_details ?? null,
  }
}

export function toRefundReading(refund: Stripe.Refund): RefundReading {
  const failed = refund.status === 'failed' || refund.status === 'canceled'
  return {
    stripeRefundId: refund.id,
    ours: refund.metadata?.['dream_refund'] ?? null,
    amount: refund.amount,
    state: failed ? 'failed' : refund.status === 'succeeded' ? 'succeeded' : 'pending',
    reason: refund.reason,
    failure: refund.failure_reason ?? null,
    createdAt: toMs(refund.created),
  }
}

export const toDisputeReading = (dispute: Stripe.Dispute): DisputeReading => ({
  id: dispute.id,
  amount: dispute.amount,
  currency: dispute.currency,
  status: dispute.status,
  createdAt: toMs(dispute.created),
})

const idOf = (reference: string | { id: string } | null): string | null =>
  reference === null ? null : typeof reference === 'string' ? reference : reference.id
