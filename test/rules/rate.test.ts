import { describe, expect, it } from 'vitest'
import { RateWindows } from '../../objects/rate.ts'

describe('[U7] requests a minute', () => {
  it('admits exactly the limit, then says how long to wait', () => {
    const rate = new RateWindows()
    const answers = Array.from({ length: 101 }, () => rate.take('u1', 100, 5_000))
    expect(answers.filter((wait) => wait === 0)).toHaveLength(100)
    expect(answers.at(-1)).toBe(60_000)
    expect(rate.take('u1', 100, 64_999)).toBe(1)
  })

  it('opens a new window one minute after the first request, not one ms earlier', () => {
    const rate = new RateWindows()
    rate.take('u1', 1, 0)
    expect(rate.take('u1', 1, 59_999)).toBe(1)
    expect(rate.take('u1', 1, 60_000)).toBe(0)
    expect(rate.take('u1', 1, 60_001)).toBe(59_999)
  })

  it('does not count what it refused, so a raised limit admits at once', () => {
    const rate = new RateWindows()
    rate.take('u1', 1, 0)
    for (let i = 0; i < 50; i += 1) rate.take('u1', 1, 1)
    expect(rate.take('u1', 2, 2)).toBe(0)
    expect(rate.take('u1', 2, 3)).toBeGreaterThan(0)
  })

  it('counts every customer alone', () => {
    const rate = new RateWindows()
    rate.take('u1', 1, 0)
    expect(rate.take('u2', 1, 0)).toBe(0)
  })

  it('forgets ended windows when there are many, and no open one', () => {
    const rate = new RateWindows()
    for (let i = 0; i < 50_000; i += 1) rate.take(`old${i}`, 1, 0)
    rate.take('u1', 1, 59_999)
    rate.take('u2', 1, 60_000)
    expect(rate.take('u1', 1, 60_001)).toBe(59_998)
    expect(rate.take('old1', 1, 60_001)).toBe(0)
  })
})
