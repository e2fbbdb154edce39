/** Figures of one project, computed from its own rows. Money is integer minor units. Pure. */

import { givesAccess } from './entitlement.ts'
import type { HeldSubscriptions, Subscription } from './subscriptions.ts'

/** What a price brings a month, in minor units: a yearly one counts a twelfth, rounded down. */
export function monthlyAmount(subscription: Pick<Subscription, 'unitAmount' | 'quantity' | 'interval'>): number {
  const amount = subscription.unitAmount * subscription.quantity
  return subscription.interval === 'year' ? Math.floor(amount / 12) : amount
}

/** What is taken off every payment, by the month, until it ends. One of both is set. */
export interface Discount {
  readonly percentOff: number | null
  readonly amountOff: number | null
  /** `null`: as long as the subscription. */
  readonly endsAt: number | null
}

const PARTS = 1_000_000

/** What is left of an amount, each discount taking from what the one before has left. */
export function discounted(amount: number, discounts: readonly Discount[], now: number): number {
  return discounts
    .filter(({ endsAt }) => endsAt === null || now < endsAt)
    .reduce((left, { percentOff, amountOff }) => {
      if (percentOff === null) return Math.max(0, left - (amountOff ?? 0))
      return Math.floor((left * (PARTS - Math.round(percentOff * (PARTS / 100)))) / PARTS)
    }, amount)
}

/** What comes in every month in one currency. Each subscription counts once, what is past due in two lines. */
export interface Recurring {
  readonly currency: string
  /** Of active and past due subscriptions that are not going to end. */
  readonly mrr: number
  /** The part of it that is past due: Stripe still asks for it. */
  readonly pastDueMrr: number
  /** What trials will bring if all of them stay. */
  readonly trialMrr: number
  /** Of those that pay and are going to end. */
  readonly mrrLeaving: number
}

export interface SubscriptionFigures {
  readonly activeSubs: number
  readonly cancelingSubs: number
  readonly trialingSubs: number
  /** Of the currency that brings most. */
  readonly mrr: number
  /** Most first. Currencies are never added up. */
  readonly mrrByCurrency: readonly Recurring[]
}

export function subscriptionFigures(subscriptions: readonly HeldSubscriptions[], now: number): SubscriptionFigures {
  const held = subscriptions.filter((subscription) => givesAccess(subscription, now))
  const mrrByCurrency = [...Map.groupBy(held, ({ currency }) => currency)]
    .map(([currency, alike]) => recurringOf(currency, alike, now))
    .toSorted((a, b) => b.mrr - a.mrr || (a.currency < b.currency ? -1 : 1))
  return {
    activeSubs: countOf(held),
    cancelingSubs: countOf(held.filter(isLeaving)),
    trialingSubs: countOf(held.filter(isTrial)),
    mrr: mrrByCurrency[0]?.mrr ?? 0,
    mrrByCurrency,
  }
}

const isLeaving = ({ cancelAt }: HeldSubscriptions): boolean => cancelAt !== null
const isTrial = ({ status }: HeldSubscriptions): boolean => status === 'trialing'

function recurringOf(currency: string, held: readonly HeldSubscriptions[], now: number): Recurring {
  const sumOf = (some: readonly HeldSubscriptions[]) =>
    some.reduce((sum, one) => sum + discounted(one.monthlyAmount, one.discounts, now) * one.count, 0)
  const paying = held.filter((one) => !isTrial(one))
  const staying = paying.filter((one) => !isLeaving(one))
  return {
    currency,
    mrr: sumOf(staying),
    pastDueMrr: sumOf(staying.filter(({ status }) => status === 'past_due')),
    trialMrr: sumOf(held.filter((one) => isTrial(one) && !isLeaving(one))),
    mrrLeaving: sumOf(paying.filter(isLeaving)),
  }
}

const countOf = (subscriptions: readonly HeldSubscriptions[]): number =>
  subscriptions.reduce((sum, { count }) => sum + count, 0)
