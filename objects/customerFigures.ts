/** One customer in figures: what they used, how they pay, and what that brings a month. */

import type { CustomerFigures } from '../sdk/schema/customer.ts'
import type { Books } from './books.ts'
import type { Customer } from './customers.ts'
import { givesAccess } from './entitlement.ts'
import { discounted, monthlyAmount } from './metrics.ts'

export function figuresOf(customer: Customer, books: Books, now: number): CustomerFigures {
  const plan = books.planOf(customer, now)
  const meters = Object.keys(plan.tier?.limits ?? {})
  const [meter = 'requests'] = meters
  const { used, limit } = books.entitlementOf(customer.id, plan, meter, now)
  const subscription = books.subscriptions.ofCustomer(customer.id)[0] ?? null
  const pays = subscription !== null && subscription.status !== 'trialing' && givesAccess(subscription, now)
  return {
    meter,
    used,
    limit,
    atLimit: meters.some((name) => !books.entitlementOf(customer.id, plan, name, now).allowed),
    status: subscription?.status ?? 'none',
    renewsAt: subscription === null || subscription.cancelAt !== null ? null : subscription.currentPeriodEnd,
    mrr:
      pays && subscription.cancelAt === null ? discounted(monthlyAmount(subscription), subscription.discounts, now) : 0,
    currency: subscription?.currency ?? null,
  }
}
