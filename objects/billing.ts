/** What the worker read at Stripe or heard from it, in our words. Made in `worker/stripe/`, decided upon here. */

import type { Interval } from '../sdk/schema/catalog.ts'
import type { EventOutcome } from '../sdk/schema/event.ts'
import type { Checkout } from './checkouts.ts'
import type { Customer } from './customers.ts'
import type { Discount } from './metrics.ts'
import type { Purchase } from './purchase.ts'
import type { Settings } from './settings.ts'
import type { Tier } from './catalog.ts'

/** A fact from Stripe, by id. Only a hint: what it names is read again before anything changes. */
export interface BillingEvent {
  readonly id: string
  readonly type: string
  readonly createdAt: number
  readonly objectId: string | null
  /** The connected account that it is about. */
  readonly account: string | null
  /** What has to be read again because of it. */
  readonly hints: readonly BillingHint[]
  /** The event without card data, as JSON text. */
  readonly payload: string
}

export type BillingHint =
  | { readonly read: 'subscription'; readonly id: string; readonly stripeCustomer: string | null }
  | { readonly read: 'session'; readonly id: string }
  | { readonly read: 'customer'; readonly id: string }
  /** Everything that was given back of a payment. */
  | { readonly read: 'refunds'; readonly id: string }
  /** Every dispute of a payment. */
  | { readonly read: 'disputes'; readonly id: string }
  | { readonly read: 'account' }
  | { readonly read: 'disconnected' }
  /** A payment that a customer tried and that their bank refused: nothing has to be read. */
  | { readonly read: 'nothing'; readonly stripeCustomer: string; readonly declined: string }

/** A subscription as Stripe has it. `null` prices and dates never occur in an item of ours. */
export interface SubscriptionReading {
  readonly id: string
  readonly stripeCustomerId: string
  readonly status: string
  readonly itemId: string
  readonly stripePriceId: string
  readonly stripeProductId: string
  readonly unitAmount: number
  readonly currency: string
  readonly interval: Interval
  readonly quantity: number
  readonly monthlyAmount: number
  readonly discounts: readonly Discount[]
  readonly currentPeriodStart: number
  readonly currentPeriodEnd: number
  readonly billingCycleAnchor: number
  readonly trialEnd: number | null
  readonly cancelAt: number | null
  readonly canceledAt: number | null
  readonly endedAt: number | null
  readonly scheduleId: string | null
  readonly scheduledPriceId: string | null
  readonly createdAt: number
}

export interface SessionReading {
  readonly id: string
  readonly status: 'open' | 'complete' | 'expired'
  readonly subscriptionId: string | null
}

export interface Applied {
  readonly outcome: EventOutcome
  readonly reason: string | null
}

/** Everything the worker needs to carry out a checkout at Stripe. */
export interface CheckoutTask {
  readonly settings: Settings
  readonly stripeAccount: string
  readonly tier: Tier
  readonly customer: Customer
  readonly purchase: Purchase
  /** The intent a `buy` was written down as; its id is the idempotency key at Stripe. */
  readonly checkout: Checkout | null
  /** Other sessions of this customer that could still be paid; they are expired first. */
  readonly stale: readonly Checkout[]
  readonly successUrl: string
}
