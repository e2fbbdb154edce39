/** Stripe's events in our words: what each one says must be read again. Pure. */

import type Stripe from 'stripe'
import type { BillingEvent, BillingHint } from '../../objects/billing.ts'
import { toMs } from './client.ts'

const PAYLOAD_MAX_CHARACTERS = 100_000

/** Card and bank data, and what opens something: never kept. */
const NEVER_KEPT = new Set([
  'payment_method_details',
  'payment_method_options',
  'card',
  'us_bank_account',
  'sepa_debit',
  'bank_account',
  'external_account',
  'external_accounts',
  'billing_details',
  'source',
  'sources',
  'client_secret',
])
/** `url`, `hosted_invoice_url`, `invoice_pdf` and whatever Stripe adds: who has the address needs nothing else. */
const ADDRESS = /(?:^|_)(?:url|pdf)$/

export function toBillingEvent(event: Stripe.Event): BillingEvent {
  const object = event.data.object as { id?: string }
  return {
    id: event.id,
    type: event.type,
    createdAt: toMs(event.created),
    objectId: object.id ?? null,
    account: event.account ?? null,
    hints: hintsOf(event),
    payload: withoutSecrets(event),
  }
}

function hintsOf(event: Stripe.Event): BillingHint[] {
  switch (event.type) {
    case 'checkout.session.completed':
    case 'checkout.session.expired':
    case 'checkout.session.async_payment_succeeded':
    case 'checkout.session.async_payment_failed':
      return [{ read: 'session', id: event.data.object.id }]
    case 'customer.subscription.created':
    case 'customer.subscription.updated':
    case 'customer.subscription.deleted':
    case 'customer.subscription.paused':
    case 'customer.subscription.resumed':
    case 'customer.subscription.trial_will_end':
    case 'customer.subscription.pending_update_applied':
    case 'customer.subscription.pending_update_expired':
      return subscription(event.data.object.id, event.data.object.customer)
    case 'invoice.paid':
    case 'invoice.payment_failed':
    case 'invoice.payment_action_required':
    case 'invoice.finalization_failed':
    case 'invoice.voided':
    case 'invoice.marked_uncollectible': {
      const id = event.data.object.parent?.subscription_details?.subscription
      return id === null || id === undefined ? [] : subscription(idOf(id), event.data.object.customer)
    }
    case 'subscription_schedule.released':
    case 'subscription_schedule.canceled':
    case 'subscription_schedule.updated': {
      const { subscription: current, released_subscription: released, customer } = event.data.object
      const id = current ?? released
      return id === null ? [] : subscription(idOf(id), customer)
    }
    case 'refund.created':
    case 'refund.updated':
    case 'refund.failed':
    case 'charge.refunded':
      return payment(event.data.object.payment_intent, (id) => ({ read: 'refunds', id }))
    case 'charge.dispute.created':
    case 'charge.dispute.updated':
    case 'charge.dispute.closed':
    case 'charge.dispute.funds_withdrawn':
    case 'charge.dispute.funds_reinstated':
      return payment(event.data.object.payment_intent, (id) => ({ read: 'disputes', id }))
    case 'payment_intent.payment_failed': {
      const { customer, last_payment_error: error } = event.data.object
      const declined = error?.message ?? 'The payment failed.'
      return customer === null ? [] : [{ read: 'nothing', stripeCustomer: idOf(customer), declined }]
    }
    case 'customer.deleted':
      return [{ read: 'customer', id: event.data.object.id }]
    case 'account.updated':
    case 'capability.updated':
      return [{ read: 'account' }]
    case 'account.application.deauthorized':
      return [{ read: 'disconnected' }]
    default:
      return []
  }
}

const idOf = (reference: string | { id: string }): string => (typeof reference === 'string' ? reference : reference.id)

function subscription(id: string, customer: string | { id: string } | null): BillingHint[] {
  return [{ read: 'subscription', id, stripeCustomer: customer === null ? null : idOf(customer) }]
}

function payment(intent: string | { id: string } | null, hint: (id: string) => BillingHint): BillingHint[] {
  return intent === null ? [] : [hint(idOf(intent))]
}

function withoutSecrets(event: Stripe.Event): string {
  const text = JSON.stringify(event, (key, value: unknown) =>
    NEVER_KEPT.has(key) || ADDRESS.test(key) ? undefined : value,
  )
  return text.length <= PAYLOAD_MAX_CHARACTERS
    ? text
    : JSON.stringify({ id: event.id, type: event.type, truncated: true })
}

/** Which of our own subscriptions an event of our own account is about, by the account id that we wrote into it. */
export function ownSubject(event: Stripe.Event): { platformId: string; subscriptionId: string } | null {
  if (event.account !== undefined && event.account !== null) return null
  if (event.type === 'checkout.session.completed') {
    const { metadata, subscription } = event.data.object
    return subject(metadata, subscription === null ? null : idOf(subscription))
  }
  if (!event.type.startsWith('customer.subscription.')) return null
  const subscription = event.data.object as Stripe.Subscription
  return subject(subscription.metadata, subscription.id)
}

function subject(metadata: Stripe.Metadata | null, subscriptionId: string | null) {
  const platformId = metadata?.['platformId']
  return platformId === undefined || subscriptionId === null ? null : { platformId, subscriptionId }
}
