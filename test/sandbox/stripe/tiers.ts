/** Tiers of a price: read from a call, and what a quantity costs by them. Pure; amounts are counted exactly, then rounded. */
import { invalid, missingParam } from './error.ts'
import type { Params } from './params.ts'
import type { Price, Tier } from './types.ts'

export function readTiers(params: Params): Tier[] {
  const entries = params.objects('tiers')
  if (entries === undefined || entries.length === 0) throw missingParam(params.name('tiers'))
  const tiers = entries.map(readTier)
  if (tiers.at(-1)?.up_to !== null) {
    throw invalid('You must specify `inf` as the `up_to` of the last tier.', params.name('tiers'))
  }
  tiers.slice(0, -1).forEach(({ up_to }, index) => {
    if (up_to !== null && up_to > (tiers[index - 1]?.up_to ?? 0)) return
    throw invalid('The tiers must be in ascending order of `up_to`.', params.name(`tiers`))
  })
  return tiers
}

function readTier(params: Params): Tier {
  const unit = readMoney(params, 'unit_amount')
  const flat = readMoney(params, 'flat_amount')
  if (unit === null && flat === null) {
    throw invalid('A tier must have a `unit_amount` or a `flat_amount`.', params.name('unit_amount'))
  }
  const up_to = params.raw.up_to === 'inf' ? (params.accept('up_to'), null) : params.int('up_to', { min: 1 })
  if (up_to === undefined) throw missingParam(params.name('up_to'))
  return {
    flat_amount: wholeOf(flat),
    flat_amount_decimal: flat,
    unit_amount: wholeOf(unit),
    unit_amount_decimal: unit,
    up_to,
  }
}

/** An amount given as `name` or `name_decimal`, as a decimal; null when neither is. */
export function readMoney(params: Params, name: string): string | null {
  const whole = params.int(name, { min: 0, max: 99_999_999 })
  const decimal = params.string(`${name}_decimal`)
  if (whole !== undefined && decimal !== undefined) {
    throw invalid(`You may only specify one of these parameters: ${name}, ${name}_decimal.`, params.name(name))
  }
  if (decimal === undefined) return whole === undefined ? null : String(whole)
  if (!/^\d{1,8}(\.\d{1,12})?$/.test(decimal))
    throw invalid(`Invalid decimal: ${decimal}`, params.name(`${name}_decimal`))
  return decimal.includes('.') ? decimal.replace(/\.?0+$/, '') : decimal
}

/** The amount where it is a whole number of the smallest unit; Stripe shows null for a fraction. */
export function wholeOf(decimal: string | null): number | null {
  return decimal === null || decimal.includes('.') ? null : Number(decimal)
}

/** A part of a quantity that is paid at one rate. */
export interface Part {
  tier: number | null
  quantity: number
  unit: string | null
  amount: number
}

export function costOfUsage(price: Price, tiers: readonly Tier[], quantity: number): Part[] {
  if (price.billing_scheme !== 'tiered') {
    const unit = price.unit_amount_decimal
    return [{ tier: null, quantity, unit, amount: times(unit, quantity) }]
  }
  if (price.tiers_mode === 'volume') {
    const index = tiers.findIndex(({ up_to }) => up_to === null || quantity <= up_to)
    return tiers.slice(index, index + 1).map((tier) => partOf(tier, index, quantity))
  }
  return tiers.flatMap((tier, index) => {
    const from = tiers[index - 1]?.up_to ?? 0
    const within = Math.min(quantity, tier.up_to ?? quantity) - from
    return index > 0 && within <= 0 ? [] : [partOf(tier, index, Math.max(within, 0))]
  })
}

function partOf(tier: Tier, index: number, quantity: number): Part {
  const amount = times(tier.unit_amount_decimal, quantity) + times(tier.flat_amount_decimal, 1)
  return { tier: index + 1, quantity, unit: tier.unit_amount_decimal, amount }
}

function times(decimal: string | null, quantity: number): number {
  const [whole = '0', fraction = ''] = (decimal ?? '0').split('.')
  const scale = 10n ** BigInt(fraction.length)
  const exact = BigInt(whole + fraction) * BigInt(quantity)
  return Number((exact * 2n + scale) / (scale * 2n))
}
