import { expect, it } from 'vitest'
import { GOOD_STANDING, standingAt } from '../../objects/standing.ts'

const times = { graceAt: 1_000, blockedAt: 2_000 }

it.each([
  [999, 'good'],
  [1_000, 'grace'],
  [1_999, 'grace'],
  [2_000, 'blocked'],
  [Number.MAX_SAFE_INTEGER, 'blocked'],
] as const)('[S3] at %d the account is in %s standing, with or without an alarm', (now, standing) => {
  expect(standingAt(times, now)).toBe(standing)
})

it('[S3] times that were never set never come', () => {
  expect(standingAt(GOOD_STANDING, Number.MAX_SAFE_INTEGER)).toBe('good')
  expect(standingAt({ graceAt: 1_000, blockedAt: null }, Number.MAX_SAFE_INTEGER)).toBe('grace')
})

it('[S3] blocks at its time even when no grace was given', () => {
  expect(standingAt({ graceAt: null, blockedAt: 2_000 }, 1_999)).toBe('good')
  expect(standingAt({ graceAt: null, blockedAt: 2_000 }, 2_000)).toBe('blocked')
  expect(standingAt({ graceAt: 3_000, blockedAt: 2_000 }, 2_000)).toBe('blocked')
})
