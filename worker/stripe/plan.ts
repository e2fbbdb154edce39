/** What we sell ourselves: one plan on our own Stripe account, made there on first use, once. */

import type Stripe from 'stripe'
import type { Env } from '../env.ts'
import { assertObject, stripeFor } from './client.ts'

/** Our own money is real money, whichever mode a project is in. */
export const OWN_MODE = 'live'
export const TRIAL_DAYS = 14
export const MONTHLY_AMOUNT = 1_900
export const INCLUDED_CUSTOMERS = 2_000
export const OVERAGE_AMOUNT = 3
/** The meter's event. It says how many live customers an account has; the last of a period is what is billed. */
export const METER_EVENT = 'dream_live_customers'
const LOOKUP_KEYS = { monthly: 'dream_monthly', overage: 'dream_overage' } as const

export interface OwnPrices {
  readonly monthly: string
  readonly overage: string
}

let known: { readonly key: string; readonly prices: OwnPrices } | null = null

/** Ids of our prices, looked up once an isolate and created if nobody did before. */
export async function ownPrices(env: Env): Promise<OwnPrices> {
  if (known?.key === env.STRIPE_SECRET_KEY_LIVE) return known.prices
  const prices = (await findPrices(env)) ?? (await makePrices(env))
  known = { key: env.STRIPE_SECRET_KEY_LIVE, prices }
  return prices
}

async function findPrices(env: Env): Promise<OwnPrices | null> {
  const { data } = await stripeFor(OWN_MODE, env).prices.list({ lookup_keys: Object.values(LOOKUP_KEYS), active: true })
  const monthly = data.find(({ lookup_key }) => lookup_key === LOOKUP_KEYS.monthly)
  const overage = data.find(({ lookup_key }) => lookup_key === LOOKUP_KEYS.overage)
  return monthly === undefined || overage === undefined ? null : { monthly: monthly.id, overage: overage.id }
}

async function makePrices(env: Env): Promise<OwnPrices> {
  const stripe = stripeFor(OWN_MODE, env)
  const meter = await ensureMeter(stripe)
  const product = assertObject(await stripe.products.create({ name: 'dream-api' }, { idempotencyKey: 'own-product' }))
  const shared = { product: product.id, currency: 'usd' }
  const monthly = await stripe.prices.create(
    { ...shared, unit_amount: MONTHLY_AMOUNT, lookup_key: LOOKUP_KEYS.monthly, recurring: { interval: 'month' } },
    { idempotencyKey: 'own-price-monthly' },
  )
  const overage = await stripe.prices.create(
    {
      ...shared,
      lookup_key: LOOKUP_KEYS.overage,
      billing_scheme: 'tiered',
      tiers_mode: 'graduated',
      tiers: [
        { up_to: INCLUDED_CUSTOMERS, unit_amount: 0 },
        { up_to: 'inf', unit_amount: OVERAGE_AMOUNT },
      ],
      recurring: { interval: 'month', usage_type: 'metered', meter },
    },
    { idempotencyKey: 'own-price-overage' },
  )
  return { monthly: assertObject(monthly).id, overage: assertObject(overage).id }
}

async function ensureMeter(stripe: Stripe): Promise<string> {
  for await (const meter of stripe.billing.meters.list({ status: 'active', limit: 100 }))
    if (meter.event_name === METER_EVENT) return meter.id
  const meter = await stripe.billing.meters.create(
    {
      display_name: 'Live customers',
      event_name: METER_EVENT,
      default_aggregation: { formula: 'last' },
      customer_mapping: { type: 'by_id', event_payload_key: 'stripe_customer_id' },
      value_settings: { event_payload_key: 'value' },
    },
    { idempotencyKey: 'own-meter' },
  )
  return assertObject(meter).id
}

/** In the metadata of the portal's configuration, by which it is found again. */
const PORTAL = { dream_portal: 'own' } as const

/** The configuration of our own billing portal, made on first use: what the account has by default is not ours to know. */
export async function ownPortal(env: Env): Promise<string> {
  const { configurations } = stripeFor(OWN_MODE, env).billingPortal
  for await (const { id, metadata } of configurations.list({ active: true, limit: 100 }))
    if (metadata?.['dream_portal'] === PORTAL.dream_portal) return id
  const made = await configurations.create(
    {
      features: {
        customer_update: { enabled: true, allowed_updates: ['email', 'address', 'tax_id'] },
        invoice_history: { enabled: true },
        payment_method_update: { enabled: true },
        subscription_cancel: { enabled: true, mode: 'at_period_end' },
      },
      metadata: PORTAL,
    },
    { idempotencyKey: 'own-portal' },
  )
  return assertObject(made).id
}
