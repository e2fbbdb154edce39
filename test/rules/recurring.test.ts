import type Stripe from 'stripe'
import { describe, expect, it } from 'vitest'
import { toRecurring } from '../../worker/stripe/recurring.ts'

interface ItemFacts {
  readonly amount: number
  readonly quantity?: number
  readonly every?: 'day' | 'week' | 'month' | 'year'
  readonly times?: number
  readonly metered?: boolean
}

const item = ({ amount, quantity, every = 'month', times = 1, metered = false }: ItemFacts) => ({
  quantity,
  price: {
    unit_amount: amount,
    currency: 'usd',
    recurring: { interval: every, interval_count: times, usage_type: metered ? 'metered' : 'licensed' },
  },
})

const coupon = (facts: object, end: number | null = null) => ({
  end,
  source: {
    type: 'coupon',
    coupon: { percent_off: null, amount_off: null, currency: null, duration: 'forever', ...facts },
  },
})

const recurring = (items: readonly ItemFacts[], discounts: readonly unknown[] = []) =>
  toRecurring({ items: { data: items.map(item) }, discounts } as unknown as Stripe.Subscription)

describe('what the items of a subscription bring a month [M24]', () => {
  it.each([
    ['one item', [{ amount: 2900 }], 2900],
    ['its quantity', [{ amount: 2900, quantity: 3 }], 8700],
    ['several items', [{ amount: 2900 }, { amount: 500, quantity: 2 }], 3900],
    ['a year, rounded down', [{ amount: 29_000, every: 'year' }], 2416],
    ['a quarter', [{ amount: 9000, times: 3 }], 3000],
    ['two years', [{ amount: 24_000, every: 'year', times: 2 }], 1000],
    ['a week', [{ amount: 300, every: 'week' }], 1300],
    ['a day', [{ amount: 12, every: 'day' }], 365],
    ['a month beside a year, rounded once', [{ amount: 100 }, { amount: 10, every: 'year' }], 100],
    ['no quantity: one', [{ amount: 2900, quantity: undefined }], 2900],
    ['none: nothing', [{ amount: 2900, quantity: 0 }], 0],
    ['what is metered: nothing', [{ amount: 3, metered: true }], 0],
    ['a plan beside what is metered', [{ amount: 3, metered: true }, { amount: 1900 }], 1900],
  ] as const)('%s', (_, items, amount) => expect(recurring(items).monthlyAmount).toBe(amount))
})

describe('which discounts last', () => {
  const of = (discount: unknown, every: 'month' | 'year' = 'month') => recurring([{ amount: 2900, every }], [discount])
  it.each([
    ['percent for ever', coupon({ percent_off: 25 }), [{ percentOff: 25, amountOff: null, endsAt: null }]],
    [
      'percent for three months',
      coupon({ percent_off: 25, duration: 'repeating' }, 1_900_000_000),
      [{ percentOff: 25, amountOff: null, endsAt: 1_900_000_000_000 }],
    ],
    ['an amount', coupon({ amount_off: 500, currency: 'usd' }), [{ percentOff: null, amountOff: 500, endsAt: null }]],
    [
      'an amount of another currency takes nothing',
      coupon({ amount_off: 500, currency: 'eur' }),
      [{ percentOff: null, amountOff: null, endsAt: null }],
    ],
    ['once does not', coupon({ percent_off: 25, duration: 'once' }), []],
    ['one that was not shown does not', 'di_1', []],
  ] as const)('%s', (_, discount, expected) => expect(of(discount).discounts).toEqual(expected))

  it('an amount off what is paid by the year is a twelfth of it a month', () => {
    const { discounts } = of(coupon({ amount_off: 1200, currency: 'usd' }), 'year')
    expect(discounts).toEqual([{ percentOff: null, amountOff: 100, endsAt: null }])
  })
})
