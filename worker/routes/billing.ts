/** What the account pays us. */

import type { Bill, Estimate } from '../../sdk/schema/answers/account.ts'
import type { Said } from '../../sdk/schema/answers/words.ts'
import { openOwnCheckout, openOwnPortal, ownInvoices } from '../billing.ts'
import { json, need } from '../http.ts'
import type { SeatedCall } from '../router.ts'
import { INCLUDED_CUSTOMERS, MONTHLY_AMOUNT, OVERAGE_AMOUNT } from '../stripe/plan.ts'
import { accountAt } from '../stub.ts'
import { toPublicAccount } from './account.ts'

/** The subscription, the live customers counted last, and what the running month comes to with them. */
export async function get({ env, seat }: SeatedCall): Promise<Response> {
  const { profile, days } = await accountAt(env, seat.platformId).billing()
  const counted = days[0] ?? null
  const { subscription, ended, notices, trialAvailable } = toPublicAccount(profile)
  return json({
    subscription,
    ended,
    notices,
    trialAvailable,
    counted,
    days,
    estimate: estimateOf(counted?.customers ?? 0),
  } satisfies Said<typeof Bill>)
}

export const estimateOf = (customers: number): Said<typeof Estimate> => {
  const further = Math.max(0, customers - INCLUDED_CUSTOMERS)
  return {
    currency: 'usd',
    monthly: MONTHLY_AMOUNT,
    includedCustomers: INCLUDED_CUSTOMERS,
    furtherCustomers: further,
    overage: further * OVERAGE_AMOUNT,
    total: MONTHLY_AMOUNT + further * OVERAGE_AMOUNT,
  }
}

export async function checkout({ env, seat }: SeatedCall): Promise<Response> {
  return json({ url: await openOwnCheckout(seat, env) })
}

export async function portal({ env, seat }: SeatedCall): Promise<Response> {
  return json({ url: await openOwnPortal(need(await accountAt(env, seat.platformId).profile()), env) })
}

export async function invoices({ env, seat }: SeatedCall): Promise<Response> {
  const { stripeCustomerId } = need(await accountAt(env, seat.platformId).profile())
  return json({ invoices: stripeCustomerId === null ? [] : await ownInvoices(stripeCustomerId, env) })
}
