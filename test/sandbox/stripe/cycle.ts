/** What time does to a subscription: trials end, periods renew, cancellations and expiries fall due. */
import { nextBoundary } from './calendar.ts'
import { cancelNow, expireIncomplete } from './cancel.ts'
import { INCOMPLETE_TTL, periodEnd, TRIAL_NOTICE } from './due.ts'
import { draftInvoice, openInvoices, voidInvoice } from './invoices.ts'
import { periodLines } from './lines.ts'
import { cancelIntent } from './payments.ts'
import { paymentOf } from './collect.ts'
import { expirePendingUpdate } from './pendingUpdate.ts'
import { recurringOf } from './subscribe.ts'
import { meteredOf } from './usage.ts'
import type { Invoice, Subscription } from './types.ts'
import type { World } from './world.ts'

/** Does the one thing that is due first; what remains due comes back. */
export function ringSubscription(world: World, subscription: Subscription) {
  const { now } = world
  const due = (time: number | null | undefined) => time !== null && time !== undefined && time <= now
  if (subscription.status === 'incomplete') return expire(world, subscription)
  if (due(subscription.pending_update?.expires_at)) return expirePendingUpdate(world, subscription)
  if (due(subscription.cancel_at)) return cancelNow(world, subscription.id, { billsUsage: true })
  if (due(subscription.pause_collection?.resumes_at)) {
    return world.change('subscription', subscription.id, { pause_collection: null }, 'customer.subscription.updated')
  }
  if (trialNoticeDue(world, subscription)) return giveTrialNotice(world, subscription)
  if (periodEnd(subscription) <= now) return endPeriod(world, subscription)
}

function expire(world: World, subscription: Subscription) {
  if (subscription.created + INCOMPLETE_TTL > world.now) return
  for (const invoice of openInvoices(world, subscription.id)) {
    const intent = paymentOf(world, invoice.id)?.payment.payment_intent
    if (intent) cancelIntent(world, intent)
    voidInvoice(world, invoice.id)
  }
  expireIncomplete(world, subscription)
}

function trialNoticeDue(world: World, subscription: Subscription): boolean {
  const { status, trial_end: end } = subscription
  if (status !== 'trialing' || end === null || end - TRIAL_NOTICE > world.now) return false
  return world.store.hidden('subscription', subscription.id).trialNoticeFor !== end
}

export function giveTrialNotice(world: World, subscription: Subscription) {
  world.store.hide('subscription', subscription.id, { trialNoticeFor: subscription.trial_end ?? 0 })
  world.emit('customer.subscription.trial_will_end', subscription)
}

function endPeriod(world: World, subscription: Subscription) {
  if (subscription.status !== 'trialing') return renew(world, subscription, subscription.status)
  const behavior = subscription.trial_settings?.end_behavior.missing_payment_method
  if (hasCard(world, subscription) || behavior === 'create_invoice') return renew(world, subscription, 'active')
  if (behavior === 'cancel') return cancelNow(world, subscription.id)
  const paused = world.change('subscription', subscription.id, { status: 'paused' }, 'customer.subscription.updated')
  world.emit('customer.subscription.paused', paused)
}

export function hasCard(world: World, subscription: Subscription): boolean {
  const customer = world.store.require('customer', subscription.customer)
  return (subscription.default_payment_method ?? customer.invoice_settings.default_payment_method) !== null
}

/** Rolls the items that are over into their next period and drafts the invoice for it. */
export function renew(world: World, subscription: Subscription, status: string) {
  const { billing_cycle_anchor: anchor } = subscription
  const over = subscription.items.data.filter((item) => item.current_period_end <= world.now)
  const data = subscription.items.data.map((item) => {
    if (item.current_period_end > world.now) return item
    const start = item.current_period_end
    return {
      ...item,
      current_period_start: start,
      current_period_end: nextBoundary(anchor, recurringOf(item.price), start),
    }
  })
  const items = { ...subscription.items, data }
  const pending = world.store.hidden('subscription', subscription.id).pendingLines ?? []
  const rolled = data.filter((item) => over.some(({ id }) => id === item.id))
  const metered = meteredOf(subscription, over)
  const start = Math.min(...subscription.items.data.map((item) => item.current_period_start))
  const invoice = draftInvoice(world, {
    subscription: { ...subscription, items },
    reason: 'subscription_cycle',
    lines: [...pending, ...periodLines(rolled, subscription.id)],
    metered,
    period: { start, end: world.now },
  })
  world.store.hide('subscription', subscription.id, { pendingLines: [] })
  const patch = { items, status, latest_invoice: invoice.id }
  world.change('subscription', subscription.id, patch, 'customer.subscription.updated')
  holdBack(world, subscription, invoice)
}

/** An unpaid or paused-collection subscription is billed on paper only. */
function holdBack(world: World, { status, pause_collection: pause }: Subscription, invoice: Invoice) {
  if (status !== 'unpaid' && pause === null) return
  const idle = { auto_advance: false, automatically_finalizes_at: null, next_payment_attempt: null }
  world.change('invoice', invoice.id, idle, 'invoice.updated')
  if (pause?.behavior === 'void') voidInvoice(world, invoice.id)
  if (pause?.behavior === 'mark_uncollectible') {
    const done = world.change('invoice', invoice.id, { status: 'uncollectible' }, 'invoice.updated')
    world.emit('invoice.marked_uncollectible', done)
  }
}
