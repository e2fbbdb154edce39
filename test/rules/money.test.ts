/** Amounts: what a buyer reads of Stripe's minor units, and what can be charged at all. */
import { expect, it } from 'vitest'
import * as v from 'valibot'
import { stepOf } from '../../objects/money.ts'
import { Price } from '../../sdk/schema/catalog.ts'
import { amountStep } from '../../sdk/schema/money.ts'
import { Money } from '../../sdk/schema/product.ts'
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

it.each([
  [12_345, 'kwd', false],
  [12_340, 'kwd', true],
  [1, 'bhd', false],
  [10, 'tnd', true],
  [150, 'isk', false],
  [1500, 'isk', true],
  [199, 'ugx', false],
  [1, 'jpy', true],
  [999, 'huf', true],
  [1999, 'usd', true],
])('of %d in %s can be charged: %s', (unitAmount, currency, can) => {
  expect(v.safeParse(Money, { unitAmount, currency }).success).toBe(can)
  expect(v.safeParse(Price, { unitAmount, currency, interval: 'month' }).success).toBe(can)
})

it.each(['USD', 'us', 'xyz', 'dollars', ''])('in %j is refused: that is no currency', (currency) => {
  expect(v.safeParse(Money, { unitAmount: 100, currency }).success).toBe(false)
  expect(v.safeParse(Price, { unitAmount: 100, currency, interval: 'month' }).success).toBe(false)
})

it('is charged and given back in the same steps', () => {
  for (const code of Intl.supportedValuesOf('currency').map((name) => name.toLowerCase()))
    expect(stepOf(code), code).toBe(amountStep(code))
})
