/** What a hosted checkout is asked to sell. Pure: the same intent makes the same request, so that it can be repeated. */

import type Stripe from 'stripe'
import type { CheckoutTask } from '../../objects/billing.ts'
import type { Checkout } from '../../objects/checkouts.ts'

export function toSessionParams(
  task: CheckoutTask & { checkout: Checkout },
  ids: { stripePriceId: string; stripeCustomerId: string },
): Stripe.Checkout.SessionCreateParams {
  const { checkout, settings } = task
  const metadata = { dream_project: settings.projectId, dream_checkout: checkout.id, userId: checkout.customerId }
  return {
    mode: 'subscription',
    customer: ids.stripeCustomerId,
    client_reference_id: checkout.customerId,
    line_items: [{ price: ids.stripePriceId, quantity: 1 }],
    success_url: checkout.successUrl,
    cancel_url: checkout.cancelUrl,
    expires_at: Math.floor(checkout.expiresAt / 1000),
    metadata,
    subscription_data: {
      metadata,
      ...(checkout.trialDays === null ? {} : { trial_period_days: checkout.trialDays }),
    },
    ...(checkout.automaticTax ? { automatic_tax: { enabled: true }, customer_update: { address: 'auto' } } : {}),
  }
}
