/** Invoices over the API: read, list, preview, pay, void; and the payments behind them. */
import { Params } from './params.ts'
import { planChange, PRORATIONS } from './change.ts'
import { collect, paymentOf } from './collect.ts'
import { createdFilter, id, list, pageOf } from './call.ts'
import { cancelIntent } from './payments.ts'
import { cardDeclined, invalid, notSimulated } from './error.ts'
import { buildInvoice, finalizeInvoice, markPaid, subscriptionOf, voidInvoice } from './invoices.ts'
import { periodLines } from './lines.ts'
import { nextBoundary } from './calendar.ts'
import { cut } from './store.ts'
import { recurringOf } from './subscribe.ts'
import { meteredOf } from './usage.ts'
import type { Answer, Route } from './call.ts'
import type { Change, Proration } from './change.ts'
import type { Invoice, InvoicePayment, Subscription } from './types.ts'
import type { World } from './world.ts'

export const retrieveInvoice: Route = (call) => {
  call.params.none()
  return call.world.store.require('invoice', id(call))
}

export const listInvoices: Route = (call) => {
  const { world, params } = call
  const page = pageOf(params)
  const fields = {
    customer: params.string('customer'),
    status: params.oneOf('status', ['draft', 'open', 'paid', 'uncollectible', 'void']),
  }
  const subscription = params.string('subscription')
  const created = createdFilter(params)
  params.done()
  const keep = (invoice: Invoice) =>
    created(invoice) && (subscription === undefined || subscriptionOf(invoice) === subscription)
  return list(call, world.store.page('invoice', page, fields, keep))
}

export const listInvoiceLines: Route = (call) => {
  const invoice = call.world.store.require('invoice', id(call))
  const page = pageOf(call.params)
  call.params.done()
  return list(
    call,
    cut(invoice.lines.data, page, (line) => line.id),
  )
}

/** Tries the invoice once more; a decline answers 402, but the failed attempt stays. */
export const payInvoice: Route = (call) => {
  const { world, params } = call
  const invoice = world.store.require('invoice', id(call))
  const method = params.string('payment_method')
  const outOfBand = params.bool('paid_out_of_band') ?? false
  params.accept('off_session')
  params.done()
  if (method) world.store.require('payment_method', method, 'payment_method')
  if (invoice.status === 'paid') throw invalid('Invoice is already paid', undefined, 'invoice_already_paid')
  if (invoice.status !== 'open' && invoice.status !== 'draft' && invoice.status !== 'uncollectible') {
    throw invalid(`Invoices with status ${invoice.status} cannot be paid.`)
  }
  if (outOfBand) {
    finalizeInvoice(world, invoice.id)
    return markPaid(world, invoice.id)
  }
  const outcome = collect(world, invoice.id, method)
  if (outcome === 'failed') return refused()
  return world.store.require('invoice', invoice.id)
}

function refused(): Answer {
  const error = cardDeclined()
  return { status: error.status, body: error.body }
}

export const voidInvoiceRoute: Route = (call) => {
  call.params.none()
  const { world } = call
  const invoice = world.store.require('invoice', id(call))
  if (invoice.status !== 'open') throw invalid('You can only void open invoices.')
  const intent = paymentOf(world, invoice.id)?.payment.payment_intent
  if (intent) cancelIntent(world, intent)
  return voidInvoice(world, invoice.id)
}

/** The next invoice of a subscription, as it is or as a change would make it. Writes nothing. */
export const createPreview: Route = (call) => {
  const { world, params } = call
  const subscriptionId = params.string('subscription')
  if (subscriptionId === undefined) throw notSimulated('previews without a subscription', 'subscription')
  const subscription = world.store.require('subscription', subscriptionId, 'subscription')
  const customer = params.string('customer')
  if (customer !== undefined && customer !== subscription.customer) {
    throw invalid('The subscription does not belong to the customer.', 'customer')
  }
  const details = params.object('subscription_details') ?? new Params({})
  const proration = details.oneOf('proration_behavior', PRORATIONS) ?? 'create_prorations'
  const change = planChange(world, subscription, {
    items: details.objects('items'),
    proration,
    prorationDate: details.int('proration_date'),
    anchorNow: details.object('billing_cycle_anchor')?.oneOf('type', ['now', 'unchanged']) === 'now',
  })
  params.done()
  if (['canceled', 'incomplete_expired'].includes(subscription.status)) {
    throw invalid('No upcoming invoices for customer', undefined, 'invoice_upcoming_none')
  }
  return preview(world, subscription, change, proration)
}

function preview(world: World, subscription: Subscription, change: Change, proration: Proration): Invoice {
  const pending = world.store.hidden('subscription', subscription.id).pendingLines ?? []
  const now = change.restarts || (proration === 'always_invoice' && change.lines.length > 0)
  const next = change.items.map((item) => {
    const start = item.current_period_end
    return {
      ...item,
      current_period_start: start,
      current_period_end: nextBoundary(change.anchor, recurringOf(item.price), start),
    }
  })
  const renewal = now ? [] : periodLines(next, subscription.id)
  const metered = now ? [] : meteredOf(subscription, change.items)
  const lines = [...pending, ...change.lines, ...renewal]
  return buildInvoice(world, { subscription, reason: 'upcoming', lines, metered })
}

export const listInvoicePayments: Route = (call) => {
  const { world, params } = call
  const page = pageOf(params)
  const invoice = params.string('invoice')
  const status = params.oneOf('status', ['canceled', 'open', 'paid'])
  const payment = params.object('payment')
  payment?.oneOf('type', ['payment_intent', 'charge', 'payment_record'])
  const intent = payment?.string('payment_intent')
  const created = createdFilter(params)
  params.done()
  const keep = (entry: InvoicePayment) =>
    created(entry) && (intent === undefined || entry.payment.payment_intent === intent)
  return list(call, world.store.page('invoice_payment', page, { invoice, status }, keep))
}

export const retrieveInvoicePayment: Route = (call) => {
  call.params.none()
  return call.world.store.require('invoice_payment', id(call))
}
