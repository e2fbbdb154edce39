/** Buying a tier, changing it, and the way to the billing portal. */

import * as v from 'valibot'
import { line, ReturnUrl } from './common.ts'
import { INTERVALS } from './catalog.ts'

/** Stripe's own status words. The list is open at Stripe; an unknown word gives no access. */
export const SUBSCRIPTION_STATUSES = [
  'incomplete',
  'incomplete_expired',
  'trialing',
  'active',
  'past_due',
  'unpaid',
  'canceled',
  'paused',
] as const
export type SubscriptionStatus = (typeof SUBSCRIPTION_STATUSES)[number]

export const CheckoutInput = v.strictObject({
  /** Slug or display name, in any case. */
  tier: v.optional(line(80)),
  /** Accepted from clients of the first API; it must be a price of that tier. */
  priceId: v.optional(v.pipe(v.string(), v.maxLength(255))),
  interval: v.optional(v.picklist(INTERVALS)),
  successUrl: v.optional(ReturnUrl),
  cancelUrl: v.optional(ReturnUrl),
})
export type CheckoutInput = v.InferOutput<typeof CheckoutInput>

export const PortalInput = v.strictObject({
  returnUrl: v.optional(ReturnUrl),
})
export type PortalInput = v.InferOutput<typeof PortalInput>
