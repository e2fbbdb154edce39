/** Amounts as buyers read them, from the minor units in which Stripe counts: not always those of the currency. Pure. */

const WHOLE = new Set('bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf'.split(' '))
const THOUSANDTHS = new Set('bhd jod kwd omr tnd'.split(' '))

/** How many digits of an amount come after the point. https://docs.stripe.com/currencies#zero-decimal */
export const minorDigits = (currency: string): number => (WHOLE.has(currency) ? 0 : THOUSANDTHS.has(currency) ? 3 : 2)

export function formatMoney(amount: number, currency: string): string {
  const digits = minorDigits(currency)
  const shown = { minimumFractionDigits: digits, maximumFractionDigits: digits }
  const format = new Intl.NumberFormat('en', { style: 'currency', currency: currency.toUpperCase(), ...shown })
  return format.format(amount / 10 ** digits).replace('-', '−')
}
