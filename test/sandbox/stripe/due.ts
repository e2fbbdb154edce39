/** When an object next needs attention, in virtual ms, read from the object alone. Pure. */
import type { CheckoutSession, Hidden, Invoice, Kind, Kinds, Refund, Schedule, Subscription } from './types.ts'

export const HOUR = 3600
export const DAY = 24 * HOUR
export const INCOMPLETE_TTL = 23 * HOUR
export const TRIAL_NOTICE = 3 * DAY
const BANK_REFUND = 5 * DAY

const RUNNING = ['active', 'trialing', 'past_due', 'unpaid']

export function dueOf<K extends Kind>(kind: K, object: Kinds[K], hidden: Hidden): number | null {
  const seconds = dueSeconds(kind, object, hidden)
  return seconds === null ? null : seconds * 1000
}

function dueSeconds(kind: Kind, object: unknown, hidden: Hidden): number | null {
  switch (kind) {
    case 'checkout_session':
      return sessionDue(object as CheckoutSession)
    case 'subscription':
      return subscriptionDue(object as Subscription, hidden)
    case 'subscription_schedule':
      return scheduleDue(object as Schedule)
    case 'invoice':
      return invoiceDue(object as Invoice)
    case 'refund':
      return refundDue(object as Refund)
    default:
      return null
  }
}

function sessionDue(session: CheckoutSession): number | null {
  return session.status === 'open' ? session.expires_at : null
}

function subscriptionDue(subscription: Subscription, hidden: Hidden): number | null {
  if (subscription.status === 'incomplete') return subscription.created + INCOMPLETE_TTL
  const times = [
    subscription.cancel_at,
    subscription.pending_update?.expires_at ?? null,
    subscription.pause_collection?.resumes_at ?? null,
  ]
  if (RUNNING.includes(subscription.status)) times.push(periodEnd(subscription))
  if (subscription.status === 'paused') return earliest([subscription.cancel_at])
  if (!RUNNING.includes(subscription.status)) return null
  if (subscription.status === 'trialing' && subscription.trial_end !== null) {
    if (hidden.trialNoticeFor !== subscription.trial_end) times.push(subscription.trial_end - TRIAL_NOTICE)
  }
  return earliest(times)
}

function scheduleDue(schedule: Schedule): number | null {
  if (schedule.status === 'not_started') return schedule.phases[0]?.start_date ?? null
  return schedule.status === 'active' ? (schedule.current_phase?.end_date ?? null) : null
}

function refundDue(refund: Refund): number | null {
  return refund.status === 'pending' ? refund.created + BANK_REFUND : null
}

function invoiceDue(invoice: Invoice): number | null {
  if (invoice.status === 'draft') return invoice.auto_advance ? invoice.automatically_finalizes_at : null
  return invoice.status === 'open' ? invoice.next_payment_attempt : null
}

/** The next moment at which an item of the subscription must be billed. */
export function periodEnd(subscription: Subscription): number {
  return Math.min(...subscription.items.data.map((item) => item.current_period_end))
}

function earliest(times: (number | null)[]): number | null {
  const known = times.filter((time) => time !== null)
  return known.length === 0 ? null : Math.min(...known)
}
