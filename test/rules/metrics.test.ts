import { describe, expect, it } from 'vitest'
import { discounted, monthlyAmount, subscriptionFigures, type Discount } from '../../objects/metrics.ts'
import type { Subscription } from '../../objects/subscriptions.ts'
import { aSubscription } from '../support/facts.ts'

const NOW = 1_000

describe('what a subscription brings a month, in integer minor units', () => {
  it.each([
    [{ unitAmount: 2900 }, 2900],
    [{ unitAmount: 2900, quantity: 3 }, 8700],
    [{ unitAmount: 29_000, interval: 'year' }, 2416],
    [{ unitAmount: 10, interval: 'year', quantity: 5 }, 4],
    [{ unitAmount: 0 }, 0],
    [{ unitAmount: 2900, quantity: 0 }, 0],
  ] as const)('%o brings %d', (facts, amount) => expect(monthlyAmount(aSubscription(facts))).toBe(amount))
})

const percent = (percentOff: number, endsAt: number | null = null): Discount => ({
  percentOff,
  amountOff: null,
  endsAt,
})
const amount = (amountOff: number, endsAt: number | null = null): Discount => ({ percentOff: null, amountOff, endsAt })

describe('what is left of 2,900 after', () => {
  it.each([
    ['nothing', [], 2900],
    ['25 percent', [percent(25)], 2175],
    ['12.5 percent, rounded down', [percent(12.5)], 2537],
    ['33.33 percent', [percent(33.33)], 1933],
    ['70 percent, exactly', [percent(70)], 870],
    ['everything', [percent(100)], 0],
    ['an amount', [amount(500)], 2400],
    ['more than there is', [amount(5000)], 0],
    ['an amount, then half of the rest', [amount(900), percent(50)], 1000],
    ['half, then an amount of the rest', [percent(50), amount(900)], 550],
    ['one that ends in a millisecond', [percent(50, NOW + 1)], 1450],
    ['one that ends now', [percent(50, NOW)], 2900],
  ] as const)('%s', (_, discounts, left) => expect(discounted(2900, discounts, NOW)).toBe(left))
})

const figuresOf = (...held: Partial<Subscription>[]) =>
  subscriptionFigures(
    held.map((facts) => ({ ...aSubscription(facts), count: 1 })),
    NOW,
  )

describe('figures of a project [M24]', () => {
  it('are all 0 without subscriptions', () => {
    expect(figuresOf()).toEqual({ activeSubs: 0, cancelingSubs: 0, trialingSubs: 0, mrr: 0, mrrByCurrency: [] })
  })

  it('count what gives access; only what pays and stays is revenue', () => {
    const figures = figuresOf(
      { status: 'active' },
      { status: 'past_due', unitAmount: 100 },
      { status: 'trialing', unitAmount: 50 },
      { status: 'trialing', cancelAt: NOW + 1 },
      { cancelAt: NOW + 1, unitAmount: 7 },
      { cancelAt: NOW },
      { endedAt: NOW },
      { status: 'canceled', access: false },
      { status: 'unpaid', access: false },
    )
    expect(figures).toEqual({
      activeSubs: 5,
      cancelingSubs: 2,
      trialingSubs: 2,
      mrr: 3000,
      mrrByCurrency: [{ currency: 'usd', mrr: 3000, pastDueMrr: 100, trialMrr: 50, mrrLeaving: 7 }],
    })
  })

  it('take off the discounts that last, of each subscription for itself', () => {
    const figures = figuresOf(
      { discounts: [percent(50)] },
      { discounts: [percent(50, NOW)] },
      { status: 'trialing', discounts: [amount(900)] },
    )
    expect(figures.mrrByCurrency).toEqual([
      { currency: 'usd', mrr: 1450 + 2900, pastDueMrr: 0, trialMrr: 2000, mrrLeaving: 0 },
    ])
  })

  it('never add up currencies, and name first what brings most', () => {
    const figures = figuresOf({ currency: 'usd', unitAmount: 500 }, { currency: 'eur', unitAmount: 700 })
    expect(figures.mrr).toBe(700)
    expect(figures.mrrByCurrency.map(({ currency, mrr }) => [currency, mrr])).toEqual([
      ['eur', 700],
      ['usd', 500],
    ])
  })
})
