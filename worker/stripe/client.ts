/** The one way to Stripe: which key, which account, and what an error means. */

import Stripe from 'stripe'
import type { Mode } from '../../sdk/schema/common.ts'
import type { Env } from '../env.ts'
import { Refused } from '../http.ts'
import { sha256Hex } from '../keys.ts'

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

/**
 * A key for making what is described by facts that may change until it is made. Stripe refuses a key that comes back with
 * other facts for a day; so the facts are part of it.
 */
export async function keyWith(own: string, facts: object): Promise<string> {
  return `${own}:${(await sha256Hex(JSON.stringify(facts))).slice(0, 16)}`
}

export interface StripeFailure {
  /** Stripe said no for good: nothing was done. Otherwise the outcome is unknown. */
  readonly definite: boolean
  /** Asked again under its key, Stripe will only repeat this failure of its own: the key is used up. */
  readonly spent: boolean
  readonly missing: boolean
  /** We may not act on this account: it is not connected any more. */
  readonly forbidden: boolean
  readonly cardDeclined: boolean
  /** The call named a customer that is not there any more. */
  readonly customerGone: boolean
  readonly message: string
}

export function stripeFailure(error: unknown): StripeFailure {
  if (!(error instanceof Stripe.errors.StripeError)) {
    const nothing = { definite: false, spent: false, missing: false, forbidden: false, cardDeclined: false }
    return { ...nothing, customerGone: false, message: String(error) }
  }
  const status = error.statusCode ?? 0
  // Without permission nothing is known: the key or the connection is wrong, not what was asked.
  const unknown = [0, 401, 403, 409, 429].includes(status) || status >= 500
  return {
    definite: !unknown,
    spent: status >= 500 && error.headers?.['idempotent-replayed'] === 'true',
    forbidden: error instanceof Stripe.errors.StripePermissionError,
    missing: error.code === 'resource_missing',
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
