/** POST /v1/subscriptions/:id: everything that may change on a running subscription, and the invoice it causes. */
import { id } from './call.ts'
import { planChange, PRORATIONS } from './change.ts'
import { collect } from './collect.ts'
import { giveTrialNotice } from './cycle.ts'
import { nextBoundary } from './calendar.ts'
import { attachDiscount, readDiscounts } from './discounts.ts'
import { INCOMPLETE_TTL, periodEnd, TRIAL_NOTICE } from './due.ts'
import { cardDeclined, invalid } from './error.ts'
import { draftInvoice, finalizeInvoice } from './invoices.ts'
import { periodLines } from './lines.ts'
import { recurringOf } from './subscribe.ts'
import type { Route } from './call.ts'
import type { Change, Proration } from './change.ts'
import type { Params } from './params.ts'
import type { Subscription } from './types.ts'
import type { World } from './world.ts'

const UPDATED = 'customer.subscription.updated'
const BEHAVIORS = ['allow_incomplete', 'default_incomplete', 'error_if_incomplete', 'pending_if_incomplete'] as const
const PENDING_PARAMS = [
  'payment_behavior',
  'proration_behavior',
  'proration_date',
  'billing_cycle_anchor',
  'items',
  'trial_end',
  'off_session',
]

export const updateSubscription: Route = (call) => {
  const { world, params } = call
  const subscription = world.store.require('subscription', id(call))
  refuseEnded(subscription, params)
  refuseManaged(subscription, params)
  const behavior = params.oneOf('payment_behavior', BEHAVIORS) ?? 'allow_incomplete'
  const proration = params.oneOf('proration_behavior', PRORATIONS) ?? 'create_prorations'
  if (behavior === 'pending_if_incomplete') {
    params.only(
      PENDING_PARAMS,
      (param) => `When using payment_behavior=pending_if_incomplete, you cannot pass ${param}.`,
    )
  }
  const change = planChange(world, subscription, {
    items: params.objects('items'),
    proration,
    prorationDate: params.int('proration_date'),
    anchorNow: params.object('billing_cycle_anchor')?.oneOf('type', ['now', 'unchanged']) === 'now',
  })
  const patch = { ...readFields(world, subscription, params), ...readCancellation(world, subscription, params) }
  const trial = readTrialEnd(world, params)
  params.accept('off_session')
  params.done()
  if (patch.discounts) world.change('subscription', subscription.id, { discounts: patch.discounts }, UPDATED)
  if (trial !== undefined) return moveTrial(world, { ...subscription, ...patch }, change, trial)
  const { discounts = subscription.discounts, ...rest } = patch
  return applyChange(world, { ...subscription, discounts }, change, { behavior, proration, patch: rest })
}

interface How {
  behavior: (typeof BEHAVIORS)[number]
  proration: Proration
  patch: Partial<Subscription>
}

/** Carries a planned change out: now, on the next invoice, or once it is paid. */
export function applyChange(world: World, subscription: Subscription, change: Change, how: How): Subscription {
  const { id: subscriptionId } = subscription
  const invoiceNow = change.restarts || (how.proration === 'always_invoice' && change.lines.length > 0)
  const items = { ...subscription.items, data: change.items }
  const patch = { ...how.patch, items, billing_cycle_anchor: change.anchor }
  const kept = world.store.hidden('subscription', subscriptionId).pendingLines ?? []
  if (!invoiceNow) {
    if (change.lines.length > 0)
      world.store.hide('subscription', subscriptionId, { pendingLines: [...kept, ...change.lines] })
    return world.change('subscription', subscriptionId, patch, UPDATED)
  }
  const lines = [...kept, ...change.lines]
  world.store.hide('subscription', subscriptionId, { pendingLines: [] })
  const invoice = draftInvoice(world, {
    subscription: { ...subscription, items },
    reason: 'subscription_update',
    lines,
  })
  finalizeInvoice(world, invoice.id)
  if (how.behavior === 'pending_if_incomplete') {
    return holdUntilPaid(world, subscription, change, invoice.id)
  }
  world.change('subscription', subscriptionId, { ...patch, latest_invoice: invoice.id }, UPDATED)
  if (how.behavior === 'default_incomplete' && invoice.amount_due > 0) {
    return world.change('subscription', subscriptionId, { status: 'past_due' }, UPDATED)
  }
  const outcome = collect(world, invoice.id)
  if (outcome === 'failed' && how.behavior === 'error_if_incomplete') throw cardDeclined()
  return world.store.require('subscription', subscriptionId)
}

function holdUntilPaid(world: World, subscription: Subscription, change: Change, invoice: string): Subscription {
  const pending_update: Subscription['pending_update'] = {
    billing_cycle_anchor: change.restarts ? change.anchor : null,
    cancel_at_period_end: null,
    discount: null,
    discounts: null,
    expires_at: world.now + INCOMPLETE_TTL,
    metadata: null,
    subscription_items: change.items,
    trial_end: null,
    trial_from_plan: null,
  }
  world.store.put('subscription', { ...subscription, pending_update, latest_invoice: invoice })
  if (collect(world, invoice) !== 'paid') {
    const previous = { pending_update: null, latest_invoice: subscription.latest_invoice }
    world.emit(UPDATED, world.store.require('subscription', subscription.id), previous)
  }
  return world.store.require('subscription', subscription.id)
}

/** Ends the trial now, or moves its end. */
export function moveTrial(
  world: World,
  subscription: Subscription,
  change: Change,
  trial: number | 'now',
): Subscription {
  const ends = trial === 'now' ? world.now : trial
  const data = change.items.map((item) => ({
    ...item,
    current_period_start: trial === 'now' ? world.now : item.current_period_start,
    current_period_end: trial === 'now' ? nextBoundary(world.now, recurringOf(item.price), world.now) : trial,
  }))
  const patch: Partial<Subscription> = {
    ...subscription,
    items: { ...subscription.items, data },
    billing_cycle_anchor: ends,
    trial_end: ends,
    trial_start: subscription.trial_start ?? world.now,
    status: trial === 'now' ? 'active' : 'trialing',
  }
  if (trial !== 'now') {
    const moved = world.change('subscription', subscription.id, patch, UPDATED)
    if (trial - TRIAL_NOTICE <= world.now) giveTrialNotice(world, moved)
    return moved
  }
  const lines = periodLines(data, subscription.id)
  const invoice = draftInvoice(world, { subscription, reason: 'subscription_update', lines })
  world.change('subscription', subscription.id, { ...patch, latest_invoice: invoice.id }, UPDATED)
  collect(world, invoice.id)
  return world.store.require('subscription', subscription.id)
}

function readTrialEnd(world: World, params: Params): number | 'now' | undefined {
  if (params.raw.trial_end === 'now') return params.string('trial_end') as 'now'
  const end = params.int('trial_end')
  if (end !== undefined && end <= world.now)
    throw invalid('Invalid timestamp: must be an integer Unix timestamp in the future.', 'trial_end')
  return end
}

function readFields(world: World, subscription: Subscription, params: Params): Partial<Subscription> {
  const patch: Partial<Subscription> = { metadata: params.metadata(subscription.metadata) }
  const method = params.string('default_payment_method')
  if (method !== undefined) {
    if (world.store.require('payment_method', method, 'default_payment_method').customer !== subscription.customer) {
      throw invalid('The customer does not have a payment method with this ID.', 'default_payment_method')
    }
    patch.default_payment_method = method
  }
  const description = params.text('description')
  if (description !== undefined) patch.description = description
  const trial = params.object('trial_settings')?.object('end_behavior')
  const missing = trial?.oneOf('missing_payment_method', ['cancel', 'create_invoice', 'pause'])
  if (missing) patch.trial_settings = { end_behavior: { billing_cycle_anchor: null, missing_payment_method: missing } }
  if (params.has('pause_collection')) patch.pause_collection = readPause(params)
  const discounts = readDiscounts(world, params, subscription.currency)
  if (discounts) {
    const to = { customer: subscription.customer, subscription: subscription.id, session: null }
    patch.discounts = discounts.map((reduction) => attachDiscount(world, reduction, to).id)
  }
  return patch
}

function readPause(params: Params): Subscription['pause_collection'] {
  const pause = params.object('pause_collection')
  if (pause === undefined) return null
  const behavior = pause.oneOf('behavior', ['keep_as_draft', 'mark_uncollectible', 'void'])
  if (behavior === undefined)
    throw invalid('Missing required param: pause_collection[behavior].', 'pause_collection[behavior]')
  return { behavior, resumes_at: pause.int('resumes_at') ?? null }
}

/** In flexible billing mode every scheduled cancellation is a `cancel_at`; the old flag stays as the caller set it. */
export function readCancellation(world: World, subscription: Subscription, params: Params): Partial<Subscription> {
  const flag = params.bool('cancel_at_period_end')
  const at = readCancelAt(world, subscription, params)
  if (flag === true && at !== undefined && at !== null) {
    throw invalid('You may only specify one of these parameters: cancel_at, cancel_at_period_end.', 'cancel_at')
  }
  const details = params.object('cancellation_details')
  const comment = details?.text('comment')
  const feedback = details?.text('feedback') as
    NonNullable<Subscription['cancellation_details']>['feedback'] | undefined
  const patch: Partial<Subscription> = {}
  const cancel_at = flag === true ? periodEnd(subscription) : flag === false ? (at ?? null) : at
  if (cancel_at !== undefined) {
    patch.cancel_at = cancel_at
    patch.cancel_at_period_end = cancel_at !== null && flag === true
    patch.canceled_at = cancel_at === null ? null : world.now
  }
  const reason = cancel_at ? ('cancellation_requested' as const) : cancel_at === null ? null : undefined
  if (details !== undefined || reason !== undefined) {
    const before = subscription.cancellation_details
    patch.cancellation_details = {
      comment: comment === undefined ? (before?.comment ?? null) : comment,
      feedback: feedback === undefined ? (before?.feedback ?? null) : feedback,
      feedback_option: null,
      reason: reason === undefined ? (before?.reason ?? null) : reason,
    }
  }
  return patch
}

function readCancelAt(world: World, subscription: Subscription, params: Params): number | null | undefined {
  const word = params.raw.cancel_at
  if (word === 'min_period_end' || word === 'max_period_end') {
    params.accept('cancel_at')
    const ends = subscription.items.data.map((item) => item.current_period_end)
    return word === 'min_period_end' ? Math.min(...ends) : Math.max(...ends)
  }
  if (word === '') return params.text('cancel_at') as null
  const at = params.int('cancel_at')
  if (at !== undefined && at <= world.now) throw invalid('The cancel_at timestamp must be in the future.', 'cancel_at')
  return at
}

function refuseEnded(subscription: Subscription, params: Params) {
  if (!['canceled', 'incomplete_expired'].includes(subscription.status)) return
  params.only(['metadata', 'cancellation_details'], () => {
    return 'A canceled subscription can only update its cancellation_details and metadata.'
  })
}

/** Whoever has a schedule must change the schedule, or release it first. */
function refuseManaged(subscription: Subscription, params: Params) {
  if (subscription.schedule === null) return
  for (const param of ['cancel_at', 'cancel_at_period_end', 'trial_end', 'billing_cycle_anchor']) {
    if (!params.has(param)) continue
    throw invalid(
      `The subscription is managed by the subscription schedule \`${subscription.schedule}\`, and updating any cancelation behavior directly is not allowed. Please update the schedule instead.`,
      param,
    )
  }
  if (params.raw.payment_behavior === 'pending_if_incomplete') {
    throw invalid('pending_if_incomplete cannot be used on a subscription that has a schedule.', 'payment_behavior')
  }
}
