import { describe, expect, it } from 'vitest'
import { monthlyAmount, subscriptionFigures } from '../../objects/metrics.ts'
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

describe('figures of a project', () => {
  it('are all 0 without subscriptions', () => {
    expect(subscriptionFigures([], NOW)).toEqual({ activeSubs: 0, cancelingSubs: 0, trialingSubs: 0, mrr: 0 })
  })

  it('count what gives access; only what pays and stays is revenue', () => {
    const held = [
      aSubscription({ status: 'active' }),
      aSubscription({ status: 'past_due', unitAmount: 100 }),
      aSubscription({ status: 'trialing' }),
      aSubscription({ cancelAt: NOW + 1 }),
      aSubscription({ cancelAt: NOW }),
      aSubscription({ status: 'canceled', access: false }),
      aSubscription({ status: 'unpaid', access: false }),
    ]
    const counted = held.map((one) => ({ ...one, count: 1 }))
    expect(subscriptionFigures(counted, NOW)).toEqual({ activeSubs: 4, cancelingSubs: 1, trialingSubs: 1, mrr: 3000 })
  })
})
