/** Collects invoices and tells their subscription: paid revives it, a failure makes it wait, the last failure ends it. */
import { cancelNow } from './cancel.ts'
import { DAY } from './due.ts'
import { makeId } from './id.ts'
import { finalizeInvoice, markPaid, openInvoices, subscriptionOf } from './invoices.ts'
import { attempt, pay, settlePayment } from './payments.ts'
import { applyPendingUpdate } from './pendingUpdate.ts'
import type { Paid } from './payments.ts'
import type { Invoice, InvoicePayment, Subscription } from './types.ts'
import type { World } from './world.ts'

/** Days from one failed attempt to the next; after the last there is no other. */
const RETRY_DAYS = [3, 5, 7]

export type Outcome = 'paid' | 'failed' | 'processing'

/** Finalizes the invoice if need be, tries to charge it once, and tells the subscription. */
export function collect(world: World, invoiceId: string, method?: string | null): Outcome {
  const invoice = finalizeInvoice(world, invoiceId)
  if (invoice.amount_due === 0) {
    settled(world, markPaid(world, invoiceId))
    return 'paid'
  }
  const payment = chargeInvoice(world, invoice, method ?? payerOf(world, invoice))
  if (payment.outcome === 'succeeded') {
    invoicePaid(world, invoiceId)
    return 'paid'
  }
  if (payment.outcome === 'processing') return 'processing'
  invoiceFailed(world, invoiceId)
  return 'failed'
}

/** The card that pays: the subscription's, or else the customer's. */
export function payerOf(world: World, invoice: Invoice): string | null {
  const subscription = subscriptionOf(invoice)
  const own = subscription && world.store.get('subscription', subscription)?.default_payment_method
  return own || (world.store.get('customer', invoice.customer ?? '')?.invoice_settings.default_payment_method ?? null)
}

/** The bank answers the delayed payment of an invoice. */
export function settleInvoice(world: World, invoiceId: string, succeeds: boolean) {
  const payment = paymentOf(world, invoiceId)
  settlePayment(world, payment?.payment.payment_intent ?? '', succeeds)
  if (succeeds) invoicePaid(world, invoiceId)
  else invoiceFailed(world, invoiceId)
}

export function paymentOf(world: World, invoiceId: string): InvoicePayment | null {
  return world.store.find('invoice_payment', { invoice: invoiceId })[0] ?? null
}

function chargeInvoice(world: World, invoice: Invoice, method: string | null): Paid {
  const open = paymentOf(world, invoice.id)
  const intent = open?.payment.payment_intent
  if (intent) return attempt(world, world.store.require('payment_intent', intent), method)
  const paid = pay(world, {
    amount: invoice.amount_due,
    currency: invoice.currency,
    customer: invoice.customer,
    method,
    description: invoice.billing_reason === 'subscription_create' ? 'Subscription creation' : 'Subscription update',
  })
  world.create('invoice_payment', newInvoicePayment(world, invoice, paid.intent.id), null)
  return paid
}

function invoicePaid(world: World, invoiceId: string) {
  const payment = paymentOf(world, invoiceId)
  const invoice = markPaid(world, invoiceId)
  if (payment) {
    const patch = {
      status: 'paid',
      amount_paid: invoice.amount_paid,
      status_transitions: { canceled_at: null, paid_at: world.now },
    }
    const done = world.change('invoice_payment', payment.id, patch, null)
    world.emit('invoice_payment.paid', done)
  }
  settled(world, invoice)
}

/** Counts the failure, plans the next attempt and lets the subscription fall behind. */
function invoiceFailed(world: World, invoiceId: string) {
  const before = world.store.require('invoice', invoiceId)
  const subscription = world.store.get('subscription', subscriptionOf(before) ?? '')
  const retries = before.billing_reason !== 'subscription_create' && subscription?.pending_update === null
  const days = retries ? RETRY_DAYS[before.attempt_count] : undefined
  const patch: Partial<Invoice> = {
    attempted: true,
    attempt_count: before.attempt_count + 1,
    next_payment_attempt: days === undefined ? null : world.now + days * DAY,
  }
  const failed = world.change('invoice', invoiceId, patch, 'invoice.updated')
  world.emit('invoice.payment_failed', failed)
  if (subscription && subscription.ended_at === null && retries) fallBehind(world, subscription, days === undefined)
}

function fallBehind(world: World, subscription: Subscription, isLast: boolean) {
  if (isLast) return giveUp(world, subscription)
  if (['active', 'trialing'].includes(subscription.status)) {
    world.change('subscription', subscription.id, { status: 'past_due' }, 'customer.subscription.updated')
  }
}

function giveUp(world: World, subscription: Subscription) {
  if (world.store.hidden('subscription', subscription.id).afterDunning === 'unpaid') {
    world.change('subscription', subscription.id, { status: 'unpaid' }, 'customer.subscription.updated')
    return
  }
  cancelNow(world, subscription.id, { reason: 'payment_failed' })
}

/** What a paid invoice means to its subscription. */
function settled(world: World, invoice: Invoice) {
  const subscription = world.store.get('subscription', subscriptionOf(invoice) ?? '')
  if (subscription === null) return
  if (subscription.pending_update && subscription.latest_invoice === invoice.id) {
    applyPendingUpdate(world, subscription)
    return
  }
  const behind = ['incomplete', 'past_due', 'unpaid'].includes(subscription.status)
  const isLatest = subscription.latest_invoice === invoice.id
  if (behind && (isLatest || openInvoices(world, subscription.id).length === 0)) {
    world.change('subscription', subscription.id, { status: 'active' }, 'customer.subscription.updated')
  }
}

function newInvoicePayment(world: World, invoice: Invoice, intent: string): InvoicePayment {
  return {
    id: makeId('inpay'),
    object: 'invoice_payment',
    amount_paid: null,
    amount_requested: invoice.amount_due,
    created: world.now,
    currency: invoice.currency,
    invoice: invoice.id,
    is_default: true,
    livemode: world.livemode,
    payment: { payment_intent: intent, type: 'payment_intent' },
    status: 'open',
    status_transitions: { canceled_at: null, paid_at: null },
  }
}
