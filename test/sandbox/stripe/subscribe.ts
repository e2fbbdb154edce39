/** Starts subscriptions, for the API and for Checkout alike: the object, its first invoice and the first payment. */
import { nextBoundary } from './calendar.ts'
import { collect } from './collect.ts'
import { attachDiscount } from './discounts.ts'
import { cardDeclined, invalid } from './error.ts'
import { makeId } from './id.ts'
import { draftInvoice, finalizeInvoice } from './invoices.ts'
import { periodLines, trialLine } from './lines.ts'
import { isMetered, planOf } from './prices.ts'
import type { Outcome } from './collect.ts'
import type { Reduction } from './discounts.ts'
import type { Price, Subscription, SubscriptionItem } from './types.ts'
import type { World } from './world.ts'

export interface WantedItem {
  price: Price
  /** None for what a meter counts. */
  quantity: number | undefined
  metadata: Record<string, string>
}

export interface NewSubscription {
  customer: string
  items: WantedItem[]
  trialEnd: number | null
  method: string | null
  discounts: Reduction[]
  session: string | null
  behavior: 'allow_incomplete' | 'default_incomplete' | 'error_if_incomplete'
  fields: Partial<Subscription>
}

export interface Subscribed {
  subscription: Subscription
  outcome: Outcome | 'waiting'
}

export function subscribe(world: World, wanted: NewSubscription): Subscribed {
  const blank = newSubscription(world, wanted)
  world.store.put('subscription', blank)
  const to = { customer: wanted.customer, subscription: blank.id, session: wanted.session }
  const discounts = wanted.discounts.map((reduction) => attachDiscount(world, reduction, to).id)
  const subscription = { ...blank, discounts }
  world.store.put('subscription', subscription)
  const items = subscription.items.data
  const lines =
    wanted.trialEnd === null
      ? periodLines(items, subscription.id)
      : items.filter(({ price }) => !isMetered(price)).map((item) => trialLine(item, subscription.id))
  const invoice = draftInvoice(world, { subscription, reason: 'subscription_create', lines })
  const made = { ...world.store.require('subscription', subscription.id), latest_invoice: invoice.id }
  world.store.put('subscription', made)
  world.emit('customer.subscription.created', made)
  const outcome = firstPayment(world, invoice.id, wanted)
  if (outcome === 'failed' && wanted.behavior === 'error_if_incomplete') throw cardDeclined()
  if (outcome === 'processing') activate(world, subscription.id)
  return { subscription: world.store.require('subscription', subscription.id), outcome }
}

/** A bank debit under way counts as paid until the bank says otherwise. */
function activate(world: World, subscriptionId: string) {
  world.change('subscription', subscriptionId, { status: 'active' }, 'customer.subscription.updated')
}

function firstPayment(world: World, invoiceId: string, { behavior, method }: NewSubscription): Outcome | 'waiting' {
  const invoice = finalizeInvoice(world, invoiceId)
  if (behavior === 'default_incomplete' && invoice.amount_due > 0) return 'waiting'
  return collect(world, invoiceId, method)
}

export function newItem(world: World, subscription: string, wanted: WantedItem, end: number): SubscriptionItem {
  return {
    id: makeId('si', 14),
    object: 'subscription_item',
    billing_thresholds: null,
    created: world.now,
    current_period_end: end,
    current_period_start: world.now,
    current_trial: null,
    discounts: [],
    metadata: wanted.metadata,
    plan: planOf(wanted.price),
    price: wanted.price,
    ...(wanted.quantity !== undefined && { quantity: wanted.quantity }),
    subscription,
    tax_rates: [],
  }
}

/** Refuses a price that cannot be subscribed to. */
export function checkRecurring(price: Price, param: string, currency?: string) {
  if (!price.active) {
    throw invalid('The price specified is inactive. This field only accepts active prices.', param)
  }
  if (price.recurring === null) {
    throw invalid(
      'The price specified is set to `type=one_time` but this field only accepts prices with `type=recurring`.',
      param,
    )
  }
  if (currency !== undefined && price.currency !== currency) {
    throw invalid(
      `The price specified only supports \`${price.currency}\`. This doesn't match the expected currency: \`${currency}\`.`,
      param,
    )
  }
}

export function recurringOf(price: Price) {
  return { interval: price.recurring?.interval ?? 'month', interval_count: price.recurring?.interval_count ?? 1 }
}

function newSubscription(world: World, { customer, items, trialEnd, method, fields }: NewSubscription): Subscription {
  const subscriptionId = makeId('sub')
  const anchor = trialEnd ?? world.now
  const end = (price: Price) => trialEnd ?? nextBoundary(anchor, recurringOf(price), world.now)
  return {
    id: subscriptionId,
    object: 'subscription',
    application: null,
    application_fee_percent: null,
    automatic_tax: { disabled_reason: null, enabled: false, liability: null },
    billing_cycle_anchor: anchor,
    billing_cycle_anchor_config: null,
    billing_mode: { flexible: { proration_discounts: 'included' }, type: 'flexible', updated_at: world.now },
    billing_schedules: [],
    billing_thresholds: null,
    cancel_at: null,
    cancel_at_period_end: false,
    canceled_at: null,
    cancellation_details: { comment: null, feedback: null, feedback_option: null, reason: null },
    collection_method: 'charge_automatically',
    created: world.now,
    currency: items[0]?.price.currency ?? 'usd',
    customer,
    customer_account: null,
    days_until_due: null,
    default_payment_method: method,
    default_source: null,
    default_tax_rates: [],
    description: null,
    discounts: [],
    ended_at: null,
    invoice_settings: {
      account_tax_ids: null,
      custom_fields: null,
      description: null,
      footer: null,
      issuer: { type: 'self' },
    },
    items: {
      object: 'list',
      data: items.map((item) => newItem(world, subscriptionId, item, end(item.price))),
      has_more: false,
      url: `/v1/subscription_items?subscription=${subscriptionId}`,
    },
    latest_invoice: null,
    livemode: world.livemode,
    managed_payments: null,
    metadata: {},
    next_pending_invoice_item_invoice: null,
    on_behalf_of: null,
    pause_collection: null,
    payment_settings: {
      payment_method_options: null,
      payment_method_types: null,
      save_default_payment_method: 'off',
    },
    pending_invoice_item_interval: null,
    pending_setup_intent: null,
    pending_update: null,
    schedule: null,
    start_date: world.now,
    status: trialEnd === null ? 'incomplete' : 'trialing',
    test_clock: null,
    transfer_data: null,
    trial_end: trialEnd,
    trial_settings: { end_behavior: { billing_cycle_anchor: null, missing_payment_method: 'create_invoice' } },
    trial_start: trialEnd === null ? null : world.now,
    ...fields,
  }
}
