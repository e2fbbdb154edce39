/** Amounts on the pages a buyer reads, from Stripe's minor units. */
import { expect, it } from 'vitest'
import { formatMoney } from '../../worker/pages/money.ts'

it.each([
  [1999, 'usd', '$19.99'],
  [123456789, 'eur', '€1,234,567.89'],
  [0, 'gbp', '£0.00'],
  [1200, 'jpy', '¥1,200'],
  [1200, 'mga', 'MGA 1,200'],
  [1500, 'isk', 'ISK 15.00'],
  [1500, 'rsd', 'RSD 15.00'],
  [12345, 'kwd', 'KWD 12.345'],
  [-500, 'usd', '−$5.00'],
])('shows %d of %s as %s', (amount, currency, text) => {
  expect(formatMoney(amount, currency).replaceAll('\u{a0}', ' ')).toBe(text)
})
