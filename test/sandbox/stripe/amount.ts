/** Amounts as people read them. Stripe counts some currencies in whole units and some in thousandths. Pure. */

const WHOLE = new Set('bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf'.split(' '))
const THOUSANDTHS = new Set('bhd jod kwd omr tnd'.split(' '))

export function formatAmount(amount: number, currency: string): string {
  return format(amount, currency, 0)
}

/** An amount that may be a fraction of the smallest unit, as a unit price may. */
export function formatDecimal(decimal: string, currency: string): string {
  return format(Number(decimal), currency, decimal.split('.')[1]?.length ?? 0)
}

function format(amount: number, currency: string, extra: number): string {
  const digits = WHOLE.has(currency) ? 0 : THOUSANDTHS.has(currency) ? 3 : 2
  const shown = { minimumFractionDigits: digits, maximumFractionDigits: digits + extra }
  const money = new Intl.NumberFormat('en-US', { style: 'currency', currency: currency.toUpperCase(), ...shown })
  return money.format(amount / 10 ** digits)
}
