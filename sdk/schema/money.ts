/** Currencies and the amounts that can be charged in them. */

import * as v from 'valibot'

const CURRENCIES = new Set(Intl.supportedValuesOf('currency').map((code) => code.toLowerCase()))

export const Currency = v.pipe(
  v.string(),
  v.check((code) => CURRENCIES.has(code), 'must be a lower-case ISO currency code'),
)

/**
 * The smallest difference between two amounts, in minor units. Stripe counts these currencies in more digits than can be
 * charged: https://docs.stripe.com/currencies#special-cases and #three-decimal
 */
const STEPS: Readonly<Record<string, number>> = { bhd: 10, jod: 10, kwd: 10, omr: 10, tnd: 10, isk: 100, ugx: 100 }

export const amountStep = (currency: string): number => STEPS[currency] ?? 1

/** Refuses an amount that Stripe would refuse when it is charged. */
export const isChargeable = (price: { unitAmount: number; currency: string }): boolean =>
  price.unitAmount % amountStep(price.currency) === 0

export const NOT_CHARGEABLE =
  'must have a unitAmount that can be charged: a multiple of 10 in bhd, jod, kwd, omr and tnd, of 100 in isk and ugx'
