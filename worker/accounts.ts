/** Every account in figures, for ourselves. Read from D1 alone. */

import type { AdminQuery } from '../sdk/schema/admin.ts'
import type { Env } from './env.ts'
import { fromCursor, refuse, toCursor } from './http.ts'
import { INCLUDED_CUSTOMERS, MONTHLY_AMOUNT, OVERAGE_AMOUNT } from './stripe/plan.ts'

const PAYING = "status IN ('active', 'past_due')"
const TRIALING = "status = 'trialing'"
const OVERAGE = `max(live_customers - ${INCLUDED_CUSTOMERS}, 0) * ${OVERAGE_AMOUNT}`

const FILTERS: Readonly<Record<AdminQuery['filter'], string>> = {
  all: 'true',
  paying: PAYING,
  trialing: TRIALING,
  customers: 'live_customers + test_customers > 0',
  empty: 'live_customers + test_customers = 0',
}

const SORTS: Readonly<Record<AdminQuery['sort'], string>> = {
  created: 'created_at',
  customers: 'live_customers',
  overage: 'live_customers',
}

interface AccountRow {
  platform_id: string
  name: string | null
  email: string | null
  created_at: number
  status: string | null
  trial_end: number | null
  current_period_end: number | null
  cancel_at: number | null
  ended_at: number | null
  live_customers: number
  test_customers: number
  overage: number
}

/** A page of those that are there, by the places in which they are sorted, the highest first. */
export async function listAccounts({ filter, sort, email, limit, cursor }: AdminQuery, env: Env) {
  const column = SORTS[sort]
  const [value, platformId] = cursor === undefined ? [null, null] : placeOf(cursor)
  const { results } = await env.DB.prepare(
    `SELECT platform_id, name, email, created_at, status, trial_end, current_period_end, cancel_at, ended_at,
       live_customers, test_customers, ${OVERAGE} AS overage
     FROM account_rows
     WHERE deleted_at IS NULL AND ${FILTERS[filter]}
       AND (?1 IS NULL OR (${column}, platform_id) < (?1, ?2))
       ${email === undefined ? '' : 'AND email >= ?4 AND email < ?5'}
     ORDER BY ${column} DESC, platform_id DESC LIMIT ?3`,
  )
    .bind(value, platformId, limit + 1, ...(email === undefined ? [] : [email, `${email}\u{10ffff}`]))
    .all<AccountRow>()
  const page = results.slice(0, limit)
  const last = page.at(-1)
  const place = last && [sort === 'created' ? last.created_at : last.live_customers, last.platform_id]
  return {
    accounts: page.map(toAccount),
    nextCursor: results.length > limit && place !== undefined ? toCursor(place) : null,
  }
}

function placeOf(cursor: string): readonly [number, string] {
  const [value, platformId] = fromCursor(cursor)
  return typeof value === 'number' && typeof platformId === 'string'
    ? [value, platformId]
    : refuse('invalid_request', { message: 'cursor must be a cursor from an earlier answer.' })
}

const toAccount = (row: AccountRow) => ({
  platformId: row.platform_id,
  name: row.name,
  email: row.email,
  createdAt: row.created_at,
  status: row.status,
  trialEnd: row.trial_end,
  currentPeriodEnd: row.current_period_end,
  cancelAt: row.cancel_at,
  endedAt: row.ended_at,
  liveCustomers: row.live_customers,
  testCustomers: row.test_customers,
  overage: row.overage,
})

/** All accounts together. Trials bring nothing yet; what is going to end is apart. Money in US cents. */
export async function totalsOfAccounts(env: Env) {
  const counted = (condition: string) => `count(*) FILTER (WHERE ${condition})`
  const row = await env.DB.prepare(
    `SELECT count(*) AS accounts,
       ${counted(PAYING)} AS paying,
       ${counted(TRIALING)} AS trialing,
       ${counted(`${PAYING} AND cancel_at IS NULL`)} * ${MONTHLY_AMOUNT} AS mrr,
       ${counted(`${PAYING} AND cancel_at IS NOT NULL`)} * ${MONTHLY_AMOUNT} AS mrrLeaving,
       ${counted(`live_customers > ${INCLUDED_CUSTOMERS}`)} AS accountsInOverage,
       coalesce(sum(${OVERAGE}) FILTER (WHERE ${PAYING} OR ${TRIALING}), 0) AS overage,
       coalesce(sum(live_customers), 0) AS liveCustomers,
       coalesce(sum(test_customers), 0) AS testCustomers,
       ${counted(FILTERS.customers)} AS accountsWithCustomers,
       ${counted(FILTERS.empty)} AS accountsWithout
     FROM account_rows WHERE deleted_at IS NULL`,
  ).first<Record<string, number>>()
  const { accounts = 0, liveCustomers = 0 } = row ?? {}
  return {
    currency: 'usd',
    ...row,
    includedCustomers: INCLUDED_CUSTOMERS,
    averageLiveCustomers: accounts === 0 ? 0 : Math.round((liveCustomers / accounts) * 10) / 10,
  }
}
