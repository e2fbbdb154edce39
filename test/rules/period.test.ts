import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { addMonths, daysOf, spanAt, type Rhythm } from '../../objects/period.ts'
import { PERIODS, type Period } from '../../sdk/schema/usage.ts'
import { at, day } from '../support/facts.ts'

const own = (anchor: string): Rhythm => ({ anchor: at(anchor), months: 1, current: null })
const named = (anchor: string, start: string, end: string, months: 1 | 12 = 1): Rhythm => ({
  anchor: at(anchor),
  months,
  current: { start: at(start), end: at(end) },
})
const spanOf = (period: Period, rhythm: Rhythm, now: number) => {
  const { start, end } = spanAt(period, rhythm, now)
  return [day(start), end === null ? null : day(end)]
}

/** [period, a moment that opens one, when that one ends] */
const CALENDAR: [Period, string, string][] = [
  ['hour', '2026-03-29T01:00:00.000Z', '2026-03-29T02:00:00.000Z'],
  ['hour', '2026-12-31T23:00:00.000Z', '2027-01-01T00:00:00.000Z'],
  ['day', '2026-02-28T00:00:00.000Z', '2026-03-01T00:00:00.000Z'],
  ['day', '2028-02-28T00:00:00.000Z', '2028-02-29T00:00:00.000Z'],
  ['day', '2026-03-29T00:00:00.000Z', '2026-03-30T00:00:00.000Z'],
  ['day', '2026-10-25T00:00:00.000Z', '2026-10-26T00:00:00.000Z'],
  ['week', '2026-01-05T00:00:00.000Z', '2026-01-12T00:00:00.000Z'],
  ['week', '2026-12-28T00:00:00.000Z', '2027-01-04T00:00:00.000Z'],
  ['month', '2026-02-01T00:00:00.000Z', '2026-03-01T00:00:00.000Z'],
  ['month', '2028-02-01T00:00:00.000Z', '2028-03-01T00:00:00.000Z'],
  ['month', '2026-12-01T00:00:00.000Z', '2027-01-01T00:00:00.000Z'],
  ['year', '2026-01-01T00:00:00.000Z', '2027-01-01T00:00:00.000Z'],
  ['year', '2028-01-01T00:00:00.000Z', '2029-01-01T00:00:00.000Z'],
]

describe('[U4] every use falls in exactly one calendar period', () => {
  const anyone = own('2026-01-31T10:20:30.400Z')

  it.each(CALENDAR)('a %s opens at %s and ends at %s, to the millisecond', (period, start, end) => {
    expect(spanOf(period, anyone, at(start))).toEqual([start, end])
    expect(spanOf(period, anyone, at(end) - 1)).toEqual([start, end])
    expect(spanOf(period, anyone, at(start) - 1)[1]).toBe(start)
    expect(spanOf(period, anyone, at(end))[0]).toBe(end)
  })

  it('begins every week on a Monday', () => {
    expect(new Date(spanAt('week', anyone, at('2026-07-05T23:59:59.999Z')).start).getUTCDay()).toBe(1)
  })

  it('never ends a lifetime', () => {
    expect(spanOf('lifetime', anyone, at('2099-01-01T00:00:00Z'))).toEqual(['1970-01-01T00:00:00.000Z', null])
  })
})

describe("[U4] the customer's own month", () => {
  it.each([
    ['2026-01-31T10:00:00.000Z', '2026-02-28T09:59:59.999Z', '2026-01-31T10:00:00.000Z', '2026-02-28T10:00:00.000Z'],
    ['2026-01-31T10:00:00.000Z', '2026-02-28T10:00:00.000Z', '2026-02-28T10:00:00.000Z', '2026-03-31T10:00:00.000Z'],
    ['2028-01-31T10:00:00.000Z', '2028-02-29T10:00:00.000Z', '2028-02-29T10:00:00.000Z', '2028-03-31T10:00:00.000Z'],
    ['2026-01-31T10:00:00.000Z', '2026-04-30T10:00:00.000Z', '2026-04-30T10:00:00.000Z', '2026-05-31T10:00:00.000Z'],
    ['2026-01-30T00:00:00.000Z', '2026-03-29T23:59:59.999Z', '2026-02-28T00:00:00.000Z', '2026-03-30T00:00:00.000Z'],
    ['2025-12-15T12:00:00.000Z', '2026-01-15T11:59:59.999Z', '2025-12-15T12:00:00.000Z', '2026-01-15T12:00:00.000Z'],
    ['2025-12-15T12:00:00.000Z', '2026-01-15T12:00:00.000Z', '2026-01-15T12:00:00.000Z', '2026-02-15T12:00:00.000Z'],
    ['2026-03-20T02:30:00.000Z', '2026-10-25T02:30:00.000Z', '2026-10-20T02:30:00.000Z', '2026-11-20T02:30:00.000Z'],
  ])('counted from %s, %s is in the one from %s to %s', (anchor, now, start, end) => {
    expect(spanOf('subscription', own(anchor), at(now))).toEqual([start, end])
  })

  it('repeats 29 February yearly, on the 28th in common years', () => {
    const rhythm: Rhythm = { anchor: at('2028-02-29T08:00:00Z'), months: 12, current: null }
    expect(spanOf('subscription', rhythm, at('2029-02-28T07:59:59.999Z'))[1]).toBe('2029-02-28T08:00:00.000Z')
    expect(spanOf('subscription', rhythm, at('2029-02-28T08:00:00Z'))).toEqual([
      '2029-02-28T08:00:00.000Z',
      '2030-02-28T08:00:00.000Z',
    ])
    expect(spanOf('subscription', rhythm, at('2032-02-29T07:59:59.999Z'))[1]).toBe('2032-02-29T08:00:00.000Z')
  })
})

describe('[U4] the period that Stripe named', () => {
  const month = named('2026-01-10T00:00:00Z', '2026-01-10T00:00:00Z', '2026-02-10T00:00:00Z')

  it('holds to its last millisecond, and the next begins by itself', () => {
    expect(spanOf('subscription', month, at('2026-02-09T23:59:59.999Z'))[0]).toBe('2026-01-10T00:00:00.000Z')
    expect(spanOf('subscription', month, at('2026-02-10T00:00:00Z'))).toEqual([
      '2026-02-10T00:00:00.000Z',
      '2026-03-10T00:00:00.000Z',
    ])
    expect(spanOf('subscription', month, at('2026-06-15T00:00:00Z'))[0]).toBe('2026-06-10T00:00:00.000Z')
  })

  it('may be a trial shorter than a month; after it the paid months follow the new anchor', () => {
    const trial = named('2026-01-17T00:00:00Z', '2026-01-10T00:00:00Z', '2026-01-17T00:00:00Z')
    expect(spanOf('subscription', trial, at('2026-01-16T23:59:59.999Z'))).toEqual([
      '2026-01-10T00:00:00.000Z',
      '2026-01-17T00:00:00.000Z',
    ])
    expect(spanOf('subscription', trial, at('2026-01-17T00:00:00Z'))).toEqual([
      '2026-01-17T00:00:00.000Z',
      '2026-02-17T00:00:00.000Z',
    ])
  })

  it('is never overlapped by the one that follows, whatever the anchor says', () => {
    const odd = named('2026-01-01T00:00:00Z', '2026-01-10T00:00:00Z', '2026-02-10T00:00:00Z')
    expect(spanOf('subscription', odd, at('2026-02-10T00:00:00Z'))).toEqual([
      '2026-02-10T00:00:00.000Z',
      '2026-03-01T00:00:00.000Z',
    ])
  })

  it('is a year for a yearly price', () => {
    const year = named('2026-01-10T00:00:00Z', '2026-01-10T00:00:00Z', '2027-01-10T00:00:00Z', 12)
    expect(spanOf('subscription', year, at('2026-12-31T00:00:00Z'))[1]).toBe('2027-01-10T00:00:00.000Z')
    expect(spanOf('subscription', year, at('2027-01-10T00:00:00Z'))[1]).toBe('2028-01-10T00:00:00.000Z')
  })
})

describe('[U4] for any moment and rhythm', () => {
  const moment = fc.integer({ min: at('2020-01-01T00:00:00Z'), max: at('2040-01-01T00:00:00Z') })
  const rhythm: fc.Arbitrary<Rhythm> = fc
    .record({
      anchor: moment,
      months: fc.constantFrom(1, 12),
      current: fc.option(fc.tuple(moment, fc.integer({ min: 1, max: 400 * 86_400_000 })), { nil: null }),
    })
    .map(({ anchor, months, current }) => ({
      anchor,
      months: months as 1 | 12,
      current: current && { start: current[0], end: current[0] + current[1] },
    }))

  it('the period contains the moment, and its last millisecond and next one do not share a period [F25]', () => {
    fc.assert(
      fc.property(fc.constantFrom(...PERIODS), rhythm, moment, (period, customer, now) => {
        const span = spanAt(period, customer, now)
        if (period === 'subscription' && customer.current && now < customer.current.start) return // a time before Stripe's
        expect(span.start).toBeLessThanOrEqual(now)
        if (span.end === null) return
        expect(now).toBeLessThan(span.end)
        expect(spanAt(period, customer, span.end - 1)).toEqual(span)
        expect(spanAt(period, customer, span.end).start).toBe(span.end)
      }),
      { numRuns: 5_000 },
    )
  })

  it('months are added without drifting: n at once is the same day or the last of the month', () => {
    fc.assert(
      fc.property(moment, fc.integer({ min: -240, max: 240 }), (from, months) => {
        const to = new Date(addMonths(from, months))
        const wanted = new Date(from).getUTCDate()
        const last = new Date(Date.UTC(to.getUTCFullYear(), to.getUTCMonth() + 1, 0)).getUTCDate()
        expect(to.getUTCDate()).toBe(Math.min(wanted, last))
        expect(to.getTime() % 86_400_000).toBe(from % 86_400_000)
      }),
    )
  })
})

it('names the last day of a period, not the first of the next', () => {
  expect(daysOf({ start: at('2026-02-01T00:00:00Z'), end: at('2026-03-01T00:00:00Z') })).toEqual({
    first: '2026-02-01',
    last: '2026-02-28',
  })
  expect(daysOf({ start: 0, end: null })).toEqual({ first: '1970-01-01', last: null })
})
