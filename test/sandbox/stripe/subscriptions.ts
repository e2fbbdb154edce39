/** Subscriptions over the API: create, read, list, cancel, pause, resume. Updates live in subscriptionUpdate.ts. */
import { cancelNow } from './cancel.ts'
import { createdFilter, id, list, pageOf } from './call.ts'
import { collect } from './collect.ts'
import { requireCustomer } from './customers.ts'
import { readDiscounts } from './discounts.ts'
import { DAY } from './due.ts'
import { invalid, missingParam, notSimulated } from './error.ts'
import { draftInvoice } from './invoices.ts'
import { periodLines } from './lines.ts'
import { nextBoundary } from './calendar.ts'
import { checkQuantity, isMetered } from './prices.ts'
import { checkRecurring, recurringOf, subscribe } from './subscribe.ts'
import type { Route } from './call.ts'
import type { Params } from './params.ts'
import type { Subscription } from './types.ts'
import type { WantedItem } from './subscribe.ts'
import type { World } from './world.ts'

const UPDATED = 'customer.subscription.updated'

export const createSubscription: Route = ({ world, params }) => {
  const customer = requireCustomer(world, params.required('customer'))
  const items = readItems(world, params)
  const method = params.string('default_payment_method') ?? null
  if (method) world.store.require('payment_method', method, 'default_payment_method')
  const behavior = params.oneOf('payment_behavior', ['allow_incomplete', 'default_incomplete', 'error_if_incomplete'])
  const trialEnd = readTrial(world, params)
  const discounts = readDiscounts(world, params, items[0]?.price.currency ?? 'usd') ?? []
  const fields = readCommonFields(params)
  const payer = method ?? customer.invoice_settings.default_payment_method
  if (payer === null && trialEnd === null && behavior !== 'default_incomplete' && costs(items)) {
    throw invalid(
      'This customer has no attached payment source or default payment method. Please consider adding a default payment method.',
      undefined,
      'resource_missing',
    )
  }
  params.accept('off_session')
  params.done()
  return subscribe(world, {
    customer: customer.id,
    items,
    trialEnd,
    method,
    discounts,
    session: null,
    behavior: behavior ?? 'allow_incomplete',
    fields,
  }).subscription
}

export const retrieveSubscription: Route = (call) => {
  call.params.none()
  return call.world.store.require('subscription', id(call))
}

export const listSubscriptions: Route = (call) => {
  const { world, params } = call
  const page = pageOf(params)
  const status = params.string('status')
  const customer = params.string('customer')
  const price = params.string('price')
  const created = createdFilter(params)
  params.done()
  const keep = (subscription: Subscription) =>
    created(subscription) &&
    listed(subscription, status) &&
    (price === undefined || subscription.items.data.some((item) => item.price.id === price))
  return list(call, world.store.page('subscription', page, { customer }, keep))
}

/** Without a status Stripe leaves canceled ones out; `all` shows everything, `ended` what is over. */
function listed({ status }: Subscription, wanted: string | undefined): boolean {
  const over = status === 'canceled' || status === 'incomplete_expired'
  if (wanted === undefined) return status !== 'canceled'
  if (wanted === 'all') return true
  return wanted === 'ended' ? over : status === wanted
}

export const cancelSubscription: Route = (call) => {
  const { world, params } = call
  const subscription = world.store.require('subscription', id(call))
  const details = params.object('cancellation_details')
  const comment = details?.text('comment')
  const feedback = details?.text('feedback')
  const invoiceNow = params.bool('invoice_now')
  const prorate = params.bool('prorate')
  params.done()
  if (['canceled', 'incomplete_expired'].includes(subscription.status)) {
    throw invalid(`No such subscription: '${subscription.id}'`, 'id', 'resource_missing')
  }
  return cancelNow(world, subscription.id, {
    prorate,
    invoiceNow,
    details: { ...(comment !== undefined && { comment }), ...(feedback !== undefined && { feedback }) },
  })
}

/** Stops billing and access until resumed. Refused while a schedule is attached. */
export const pauseSubscription: Route = (call) => {
  const { world, params } = call
  const subscription = world.store.require('subscription', id(call))
  params.oneOf('type', ['subscription'])
  for (const param of ['bill_for', 'invoicing_behavior']) {
    if (params.has(param)) throw notSimulated(`the parameter ${param}`, param)
  }
  params.done()
  if (subscription.schedule !== null) throw invalid('Cannot pause subscriptions with attached schedules.')
  if (!['active', 'trialing'].includes(subscription.status)) {
    throw invalid(`Only active subscriptions can be paused; this one is ${subscription.status}.`)
  }
  const paused = world.change('subscription', subscription.id, { status: 'paused' }, UPDATED)
  world.emit('customer.subscription.paused', paused)
  return paused
}

/** Resumes a paused subscription with a new period and an invoice for it. */
export const resumeSubscription: Route = (call) => {
  const { world, params } = call
  const subscription = world.store.require('subscription', id(call))
  const anchor = params.object('billing_cycle_anchor')?.oneOf('type', ['now', 'unchanged']) ?? 'now'
  params.accept('proration_behavior')
  params.done()
  if (subscription.status !== 'paused') throw invalid('Only paused subscriptions can be resumed.')
  const start = anchor === 'now' ? world.now : subscription.billing_cycle_anchor
  const data = subscription.items.data.map((item) => ({
    ...item,
    current_period_start: world.now,
    current_period_end: nextBoundary(start, recurringOf(item.price), world.now),
  }))
  const items = { ...subscription.items, data }
  const lines = periodLines(data, subscription.id)
  const invoice = draftInvoice(world, { subscription, reason: 'subscription_update', lines })
  const patch = { status: 'active' as const, items, billing_cycle_anchor: start, latest_invoice: invoice.id }
  const resumed = world.change('subscription', subscription.id, patch, UPDATED)
  world.emit('customer.subscription.resumed', resumed)
  collect(world, invoice.id)
  return world.store.require('subscription', subscription.id)
}

function readItems(world: World, params: Params): WantedItem[] {
  const entries = params.objects('items')
  if (entries === undefined || entries.length === 0) throw missingParam('items')
  if (entries.length > 20) throw invalid('You may have at most 20 items.', 'items')
  const items = entries.map((entry) => {
    const price = world.store.require('price', entry.required('price'), entry.name('price'))
    const quantity = entry.int('quantity', { min: 0 })
    checkQuantity(price, quantity, entry.name('quantity'))
    return {
      price,
      quantity: isMetered(price) ? undefined : (quantity ?? 1),
      metadata: entry.metadata(),
      at: entry.name('price'),
    }
  })
  for (const item of items) checkRecurring(item.price, item.at, items[0]?.price.currency)
  return items
}

/** `trial_period_days` or `trial_end`, as a moment. */
export function readTrial(world: World, params: Params): number | null {
  const days = params.int('trial_period_days', { min: 1, max: 730 })
  const end = params.raw.trial_end === 'now' ? (params.accept('trial_end'), undefined) : params.int('trial_end')
  if (days !== undefined && end !== undefined) {
    throw invalid(
      'You may only specify one of these parameters: trial_end, trial_period_days.',
      params.name('trial_end'),
    )
  }
  if (end !== undefined && end <= world.now) {
    throw invalid('Invalid timestamp: must be an integer Unix timestamp in the future.', params.name('trial_end'))
  }
  return days === undefined ? (end ?? null) : world.now + days * DAY
}

/** What subscriptions.create and Checkout's subscription_data share. */
export function readCommonFields(params: Params): Partial<Subscription> {
  const fields: Partial<Subscription> = { metadata: params.metadata() }
  const description = params.string('description')
  if (description !== undefined) fields.description = description
  const behavior = params.object('trial_settings')?.object('end_behavior')
  const missing = behavior?.oneOf('missing_payment_method', ['cancel', 'create_invoice', 'pause'])
  if (missing) fields.trial_settings = { end_behavior: { billing_cycle_anchor: null, missing_payment_method: missing } }
  if (params.object('billing_mode')?.oneOf('type', ['flexible', 'classic']) === 'classic') {
    throw notSimulated('classic billing mode', params.name('billing_mode'))
  }
  return fields
}

function costs(items: WantedItem[]): boolean {
  return items.some(({ price, quantity }) => (price.unit_amount ?? 0) * (quantity ?? 0) > 0)
}
