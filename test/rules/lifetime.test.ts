import { describe, expect, it } from 'vitest'
import { hasEnded, lifetimeAfter, noticesAfter, runs, standingAfter } from '../../objects/lifetime.ts'
import { standingAt } from '../../objects/standing.ts'

const DAY = 86_400_000
const END = Date.parse('2031-03-01T00:00:00Z')

describe('the status of our own subscription [L12]', () => {
  it.each([
    ['trialing', 'runs'],
    ['active', 'runs'],
    ['past_due', 'runs'],
    ['canceled', 'ended'],
    ['unpaid', 'ended'],
    ['paused', 'ended'],
    ['incomplete', 'never began'],
    ['incomplete_expired', 'never began'],
    ['a word of next year', 'never began'],
    [null, 'never began'],
  ] as const)('%s: %s', (status, expected) => {
    expect(runs(status) ? 'runs' : hasEnded(status) ? 'ended' : 'never began').toBe(expected)
  })
})

describe('[A4] after the end of a subscription, to the millisecond,', () => {
  it.each([
    ['before it', -1, 'good'],
    ['at it', 0, 'grace'],
    ['before the seventh day is over', 7 * DAY - 1, 'grace'],
    ['when the seventh day is over', 7 * DAY, 'blocked'],
    ['a year later [L2]', 365 * DAY, 'blocked'],
  ] as const)('%s a project is in %s standing', (_, after, standing) => {
    expect(standingAt(standingAfter(END), END + after)).toBe(standing)
  })

  it('the dashboard locks at once, the API stops after 7 days, and 30 days are kept', () => {
    expect(lifetimeAfter(END)).toEqual({ lockedAt: END, blockedAt: END + 7 * DAY, deleteAt: END + 30 * DAY })
  })

  it('every step is announced, the block a week and a day before, the deletion a week before', () => {
    expect(noticesAfter(END).map(({ notice, at }) => [notice, (at - END) / DAY])).toEqual([
      ['ended', 0],
      ['block_tomorrow', 6],
      ['blocked', 7],
      ['deletion_in_7_days', 23],
    ])
  })

  it('nothing ever comes to an account whose subscription did not end', () => {
    expect(standingAt(standingAfter(null), Number.MAX_SAFE_INTEGER)).toBe('good')
  })
})
