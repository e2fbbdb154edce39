/** Figures of one project, computed from its own rows. Money is integer minor units. Pure. */

import { givesAccess } from './entitlement.ts'
import type { HeldSubscriptions, Subscription } from './subscriptions.ts'

/** What a subscription brings a month, in minor units: a yearly price counts a twelfth, rounded down. */
export function monthlyAmount(subscription: Pick<Subscription, 'unitAmount' | 'quantity' | 'interval'>): number {
  const amount = subscription.unitAmount * subscription.quantity
  return subscription.interval === 'year' ? Math.floor(amount / 12) : amount
}

export interface SubscriptionFigures {
  readonly activeSubs: number
  readonly cancelingSubs: number
  readonly trialingSubs: number
  /** Of active and past due subscriptions that are not going to end; trials pay nothing yet. */
  readonly mrr: number
}

export function subscriptionFigures(subscriptions: readonly HeldSubscriptions[], now: number): SubscriptionFigures {
  const held = subscriptions.filter((subscription) => givesAccess(subscription, now))
  const canceling = held.filter((subscription) => subscription.cancelAt !== null)
  const trialing = held.filter((subscription) => subscription.status === 'trialing')
  const paying = held.filter((subscription) => subscription.status !== 'trialing' && subscription.cancelAt === null)
  return {
    activeSubs: countOf(held),
    cancelingSubs: countOf(canceling),
    trialingSubs: countOf(trialing),
    mrr: paying.reduce((sum, subscription) => sum + monthlyAmount(subscription) * subscription.count, 0),
  }
}

const countOf = (subscriptions: readonly HeldSubscriptions[]): number =>
  subscriptions.reduce((sum, { count }) => sum + count, 0)
