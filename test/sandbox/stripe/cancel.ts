/** Ends subscriptions. */
import { creditLine } from './lines.ts'
import { draftInvoice, finalizeInvoice, unsettledInvoices } from './invoices.ts'
import { collect } from './collect.ts'
import type { Schedule, Subscription } from './types.ts'
import type { World } from './world.ts'

export interface CancelOptions {
  reason?: 'cancellation_requested' | 'payment_failed'
  details?: Partial<NonNullable<Subscription['cancellation_details']>>
  prorate?: boolean
  invoiceNow?: boolean
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
  const ended = world.change('subscription', subscriptionId, patch, null)
  world.emit('customer.subscription.deleted', ended)
  if (subscription.schedule) endSchedule(world, subscription.schedule)
  return ended
}

/** The first payment never came: the subscription is over before it began and its invoice is void. */
export function expireIncomplete(world: World, subscription: Subscription) {
  const patch = { status: 'incomplete_expired' as const, ended_at: world.now }
  world.change('subscription', subscription.id, patch, 'customer.subscription.updated')
}

function giveBack(world: World, subscription: Subscription, invoiceNow: boolean) {
  if (!['active', 'past_due'].includes(subscription.status)) return
  const credits = subscription.items.data.map((item) => creditLine(item, subscription.id, world.now))
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
