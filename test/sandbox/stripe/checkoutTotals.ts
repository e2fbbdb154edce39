/** What a session costs: its lines after the discount and with tax, and what that makes together. Pure. */
import { amountOff } from './discounts.ts'
import type { CheckoutSession, Coupon, LineItem } from './types.ts'

/** The sandbox's automatic tax: ten percent wherever the buyer is, on top of the price unless the price includes it. */
export const TAX_PERCENT = 10

export interface Terms {
  coupon: Coupon | null
  taxed: boolean
}

export interface Priced extends Pick<CheckoutSession, 'amount_subtotal' | 'amount_total' | 'total_details'> {
  lines: LineItem[]
}

export function priceLines(lines: LineItem[], { coupon, taxed }: Terms): Priced {
  const subtotal = sum(lines.map((line) => line.amount_subtotal))
  const off = coupon ? amountOff(coupon, subtotal) : 0
  const shares = spread(
    off,
    lines.map((line) => line.amount_subtotal),
  )
  const priced = lines.map((line, index) => priceLine(line, shares[index] ?? 0, taxed))
  return {
    lines: priced,
    amount_subtotal: subtotal,
    amount_total: sum(priced.map((line) => line.amount_total)),
    total_details: { amount_discount: off, amount_shipping: 0, amount_tax: sum(priced.map((line) => line.amount_tax)) },
  }
}

function priceLine(line: LineItem, off: number, taxed: boolean): LineItem {
  const net = line.amount_subtotal - off
  const included = line.price?.tax_behavior === 'inclusive'
  const share = included ? TAX_PERCENT / (100 + TAX_PERCENT) : TAX_PERCENT / 100
  const tax = taxed ? Math.round(net * share) : 0
  return { ...line, amount_discount: off, amount_tax: tax, amount_total: included ? net : net + tax }
}

/** Divides an amount in proportion to the weights, to the last unit. */
export function spread(amount: number, weights: readonly number[]): number[] {
  const whole = sum(weights)
  let weighed = 0
  let given = 0
  return weights.map((weight) => {
    weighed += weight
    const upToHere = whole === 0 ? 0 : Math.round((amount * weighed) / whole)
    const share = upToHere - given
    given = upToHere
    return share
  })
}

const sum = (amounts: readonly number[]) => amounts.reduce((total, amount) => total + amount, 0)
