/** What the customers of the measured projects are called and what they hold. Shared by the worker and by who calls it. */

import type { TierInput } from '../../sdk/schema/catalog.ts'

const DIGITS = 26

/** As long as an id of Clerk's. */
export const customerId = (n: number): string => `user_2${String(n).padStart(DIGITS, '0')}`

/** The same in SQL. */
export const CUSTOMER_ID = `printf('user_2%0${DIGITS}d', n)`

/** Everything is granted, so that every call writes; the rate is counted, and never reached. */
export const TIER: TierInput = {
  slug: 'bench',
  displayName: 'Bench',
  description: '',
  features: [],
  popular: false,
  trialDays: null,
  requestsPerMinute: 1_000_000,
  limits: { requests: { limit: null, period: 'month' } },
  prices: [{ interval: 'month', unitAmount: 0, currency: 'usd' }],
}
