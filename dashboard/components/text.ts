/** Money, numbers and moments as people read them. */

const formats = new Map<string, Intl.NumberFormat>()
function format(name: string, options: Intl.NumberFormatOptions): Intl.NumberFormat {
  const known = formats.get(name)
  if (known) return known
  const made = new Intl.NumberFormat(undefined, options)
  formats.set(name, made)
  return made
}

const currencyFormat = (currency: string) =>
  format(currency, { style: 'currency', currency: currency.toUpperCase(), currencyDisplay: 'narrowSymbol' })
const digitsOf = (currency: string): number => currencyFormat(currency).resolvedOptions().maximumFractionDigits ?? 2

/** Minor units as money. */
export const money = (unitAmount: number, currency: string): string =>
  currencyFormat(currency).format(unitAmount / 10 ** digitsOf(currency))

/** `19.50` as minor units; null when it is no amount of this currency. Exact: never through a float. */
export function toMinor(text: string, currency: string): number | null {
  const digits = digitsOf(currency)
  const match = /^(\d{1,9})(?:[.,](\d+))?$/.exec(text.trim())
  const [, whole, part = ''] = match ?? []
  if (whole === undefined || part.length > digits) return null
  return Number(whole) * 10 ** digits + Number(part.padEnd(digits, '0') || '0')
}

export function fromMinor(unitAmount: number, currency: string): string {
  const digits = digitsOf(currency)
  return digits === 0 ? String(unitAmount) : (unitAmount / 10 ** digits).toFixed(digits)
}

export const count = (value: number): string => format('count', {}).format(value)

/** As short as fits beside a line of a chart. */
export const compact = (value: number): string =>
  format('compact', { notation: 'compact', maximumFractionDigits: 1 }).format(value)

export const compactMoney = (unitAmount: number, currency: string): string =>
  format(`compact ${currency}`, {
    style: 'currency',
    currency: currency.toUpperCase(),
    currencyDisplay: 'narrowSymbol',
    notation: 'compact',
  }).format(unitAmount / 10 ** digitsOf(currency))

export const limitText = (limit: number | 'unlimited' | null): string =>
  typeof limit === 'number' ? count(limit) : 'no limit'

export const sentence = (word: string): string => {
  const text = word.replaceAll('_', ' ')
  return text.charAt(0).toUpperCase() + text.slice(1)
}

const UNITS: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [
  ['year', 31_536_000_000],
  ['month', 2_592_000_000],
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
]
const relativeFormat = new Intl.RelativeTimeFormat(undefined, { numeric: 'auto' })

export function relative(at: number, now: number): string {
  const distance = at - now
  const [unit, size] = UNITS.find(([, ms]) => Math.abs(distance) >= ms) ?? ['second', 1_000]
  return unit === 'second' && Math.abs(distance) < 45_000
    ? 'now'
    : relativeFormat.format(Math.round(distance / size), unit)
}

const exactFormat = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' })
const dayFormat = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium' })
export const exact = (at: number): string => `${exactFormat.format(at)} · ${new Date(at).toISOString()}`
export const day = (at: number): string => dayFormat.format(at)
export const plural = (amount: number, one: string, many = `${one}s`): string =>
  `${count(amount)} ${amount === 1 ? one : many}`
