/** The one way to Stripe: which key, which account, and what an error means. */

import Stripe from 'stripe'
import type { Mode } from '../../sdk/schema/common.ts'
import type { Env } from '../env.ts'
import { Refused } from '../http.ts'

/** Pinned with the package: webhook endpoints are created with the same version. */
export const STRIPE_API_VERSION = '2026-10-28.endive'
const TIMEOUT_MS = 10_000

const clients = new Map<string, Stripe>()

export function stripeFor(mode: Mode, env: Env): Stripe {
  const key = mode === 'test' ? env.STRIPE_SECRET_KEY_TEST : env.STRIPE_SECRET_KEY_LIVE
  let client = clients.get(key)
  if (client === undefined) {
    client = new Stripe(key, {
      apiVersion: STRIPE_API_VERSION,
      httpClient: Stripe.createFetchHttpClient(),
      maxNetworkRetries: 1,
      timeout: TIMEOUT_MS,
      telemetry: false,
    })
    clients.set(key, client)
  }
  return client
}

/** Options of a call on a connected account. Every write carries a key made from an id of ours. */
export const onAccount = (stripeAccount: string, idempotencyKey?: string): Stripe.RequestOptions =>
  idempotencyKey === undefined ? { stripeAccount } : { stripeAccount, idempotencyKey }

export interface StripeFailure {
  /** Stripe said no for good: nothing was done. Otherwise the outcome is unknown. */
  readonly definite: boolean
  readonly missing: boolean
  readonly cardDeclined: boolean
  /** The call named a customer that is not there any more. */
  readonly customerGone: boolean
  readonly message: string
}

export function stripeFailure(error: unknown): StripeFailure {
  if (!(error instanceof Stripe.errors.StripeError)) {
    return { definite: false, missing: false, cardDeclined: false, customerGone: false, message: String(error) }
  }
  const status = error.statusCode ?? 0
  const unknown = status === 0 || status === 409 || status === 429 || status >= 500
  return {
    definite: !unknown,
    missing: error.code === 'resource_missing' || status === 403,
    customerGone: error.code === 'resource_missing' && error.param === 'customer',
    cardDeclined: error instanceof Stripe.errors.StripeCardError,
    message: error.message,
  }
}

/** Stripe knows the idempotency key, with another request. */
export const isKeyReused = (error: unknown): boolean => error instanceof Stripe.errors.StripeIdempotencyError

/** How a failed call is answered to the one who asked for it. */
export function toStripeRefusal(error: unknown): Refused {
  if (error instanceof Refused) return error
  const failure = stripeFailure(error)
  if (failure.cardDeclined)
    return new Refused('payment_failed', { message: `${failure.message} The plan is unchanged.` })
  return failure.definite
    ? new Refused('stripe_refused', { message: failure.message })
    : new Refused('stripe_unavailable')
}

/** Stripe's client takes any JSON without an `error` key for success; an object of Stripe's has an id. */
export function assertObject<T extends { id: string }>(object: T): T {
  if (typeof object.id !== 'string') throw new Error('Stripe answered something that is not an object of its API')
  return object
}

export const toMs = (seconds: number): number => seconds * 1000
export const toMsOrNull = (seconds: number | null | undefined): number | null =>
  seconds === null || seconds === undefined ? null : seconds * 1000
