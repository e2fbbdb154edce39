/** Ends subscriptions. */
import { creditLine } from './lines.ts'
import { draftInvoice, finalizeInvoice, unsettledInvoices } from './invoices.ts'
import { collect } from './collect.ts'
import { isMetered } from './prices.ts'
import { meteredOf, usageLines } from './usage.ts'
import type { Schedule, Subscription } from './types.ts'
import type { World } from './world.ts'

export interface CancelOptions {
  reason?: 'cancellation_requested' | 'payment_failed'
  details?: Partial<NonNullable<Subscription['cancellation_details']>>
  prorate?: boolean
  invoiceNow?: boolean
  /** What the meters counted since the last invoice is billed: so at a period's end, but not when nobody pays. */
  billsUsage?: boolean
}

/** Cancels at once. The subscription stays readable; its drafts and open invoices stay, but are tried no more. */
export function cancelNow(world: World, subscriptionId: string, options: CancelOptions = {}): Subscription {
  const subscription = world.store.require('subscription', subscriptionId)
  if (options.prorate) giveBack(world, subscription, options.invoiceNow ?? false)
  for (const invoice of unsettledInvoices(world, subscriptionId)) {
    const idle = { auto_advance: false, automatically_finalizes_at: null, next_payment_attempt: null }
    world.change('invoice', invoice.id, idle, 'invoice.updated')
  }
  const patch: Partial<Subscription> = {
    status: 'canceled',
    canceled_at: subscription.canceled_at ?? world.now,
    ended_at: world.now,
    pending_update: null,
    schedule: null,
    cancellation_details: {
      comment: null,
      feedback: null,
      feedback_option: null,
      ...subscription.cancellation_details,
      ...options.details,
      reason: options.reason ?? 'cancellation_requested',
    },
  }
  world.emit('customer.subscription.deleted', world.change('subscription', subscriptionId, patch, null))
  if (subscription.schedule) endSchedule(world, subscription.schedule)
  if (options.billsUsage || options.invoiceNow) billUsage(world, subscription)
  return world.store.require('subscription', subscriptionId)
}

function billUsage(world: World, subscription: Subscription) {
  const metered = meteredOf(subscription, subscription.items.data, world.now)
  if (usageLines(world, subscription.id, metered).every(({ amount }) => amount === 0)) return
  const start = Math.min(...metered.map((part) => part.start))
  const period = { start, end: world.now }
  const invoice = draftInvoice(world, { subscription, reason: 'subscription_cycle', lines: [], metered, period })
  world.change('subscription', subscription.id, { latest_invoice: invoice.id }, null)
}

/** The first payment never came: the subscription is over before it began and its invoice is void. */
export function expireIncomplete(world: World, subscription: Subscription) {
  const patch = { status: 'incomplete_expired' as const, ended_at: world.now }
  world.change('subscription', subscription.id, patch, 'customer.subscription.updated')
}

function giveBack(world: World, subscription: Subscription, invoiceNow: boolean) {
  if (!['active', 'past_due'].includes(subscription.status)) return
  const paidAhead = subscription.items.data.filter(({ price }) => !isMetered(price))
  const credits = paidAhead.map((item) => creditLine(item, subscription.id, world.now))
  if (!invoiceNow) {
    const pendingLines = world.store.hidden('subscription', subscription.id).pendingLines ?? []
    world.store.hide('subscription', subscription.id, { pendingLines: [...pendingLines, ...credits] })
    return
  }
  const invoice = draftInvoice(world, { subscription, reason: 'subscription_update', lines: credits })
  finalizeInvoice(world, invoice.id)
  collect(world, invoice.id)
}

function endSchedule(world: World, scheduleId: string) {
  const patch: Partial<Schedule> = { status: 'canceled', canceled_at: world.now, current_phase: null }
  const schedule = world.change('subscription_schedule', scheduleId, patch, null)
  world.emit('subscription_schedule.canceled', schedule)
}
