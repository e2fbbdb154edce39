/** Invoices from draft to void. What a payment does to the subscription lives in collect.ts. */
import { amountOff } from './discounts.ts'
import { HOUR } from './due.ts'
import { makeId } from './id.ts'
import { usageLines } from './usage.ts'
import type { Metered } from './usage.ts'
import type { Discount, Invoice, InvoiceLine, Subscription } from './types.ts'
import type { World } from './world.ts'

export type BillingReason = 'subscription_create' | 'subscription_cycle' | 'subscription_update' | 'manual' | 'upcoming'

export interface NewInvoice {
  subscription: Subscription
  reason: BillingReason
  lines: InvoiceLine[]
  period?: { start: number; end: number }
  /** Metered items whose period is billed here; what came in before the invoice is final counts. */
  metered?: Metered[]
}

/** Opens a draft. It finalizes itself an hour later, unless the caller finalizes it at once. */
export function draftInvoice(world: World, wanted: NewInvoice): Invoice {
  const invoice = buildInvoice(world, wanted)
  spendDiscounts(world, wanted.subscription, invoice)
  return world.create('invoice', invoice, 'invoice.created', { metered: wanted.metered ?? [] })
}

/** The invoice as it would be, without writing anything: also what a preview shows. */
export function buildInvoice(world: World, wanted: NewInvoice): Invoice {
  const { subscription, reason, period, metered = [] } = wanted
  const lines = [...wanted.lines, ...usageLines(world, subscription.id, metered)]
  const invoiceId = makeId(reason === 'upcoming' ? 'upcoming_in' : 'in')
  const customer = world.store.require('customer', subscription.customer)
  const discounts = activeDiscounts(world, subscription)
  const amounts = addUp(world, lines, discounts)
  const { total } = amounts
  const due = Math.max(total + customer.balance, 0)
  const draft = reason !== 'upcoming'
  return {
    id: invoiceId,
    object: 'invoice',
    account_country: 'US',
    account_name: 'Sandbox',
    account_tax_ids: null,
    amount_due: due,
    amount_overpaid: 0,
    amount_paid: 0,
    amount_remaining: due,
    amount_shipping: 0,
    application: null,
    attempt_count: 0,
    attempted: false,
    auto_advance: true,
    automatic_tax: {
      disabled_reason: null,
      enabled: subscription.automatic_tax.enabled,
      liability: subscription.automatic_tax.liability,
      provider: subscription.automatic_tax.enabled ? 'stripe' : null,
      status: subscription.automatic_tax.enabled ? 'complete' : null,
    },
    automatically_finalizes_at: draft ? world.now + HOUR : null,
    billing_reason: reason,
    collection_method: 'charge_automatically',
    created: world.now,
    currency: subscription.currency,
    custom_fields: null,
    customer: subscription.customer,
    customer_account: null,
    customer_address: customer.address ?? null,
    customer_email: customer.email,
    customer_name: customer.name ?? null,
    customer_phone: customer.phone ?? null,
    customer_shipping: null,
    customer_tax_exempt: 'none',
    customer_tax_ids: [],
    default_payment_method: null,
    default_source: null,
    default_tax_rates: [],
    description: subscription.description,
    discounts: discounts.map((discount) => discount.id),
    due_date: null,
    effective_at: null,
    ending_balance: null,
    footer: null,
    from_invoice: null,
    hosted_invoice_url: null,
    invoice_pdf: null,
    issuer: { type: 'self' },
    last_finalization_error: null,
    latest_revision: null,
    lines: {
      object: 'list',
      data: lines.map((line) => placed(world, line, invoiceId)),
      has_more: false,
      url: `/v1/invoices/${invoiceId}/lines`,
    },
    livemode: world.livemode,
    metadata: {},
    next_payment_attempt: draft ? world.now + HOUR : null,
    number: null,
    on_behalf_of: null,
    parent: {
      quote_details: null,
      subscription_details: { metadata: subscription.metadata, subscription: subscription.id },
      type: 'subscription_details',
    },
    payment_settings: { default_mandate: null, payment_method_options: null, payment_method_types: null },
    period_end: period?.end ?? world.now,
    period_start: period?.start ?? world.now,
    post_payment_credit_notes_amount: 0,
    pre_payment_credit_notes_amount: 0,
    receipt_number: null,
    rendering: null,
    shipping_cost: null,
    shipping_details: null,
    starting_balance: customer.balance,
    statement_descriptor: null,
    status: 'draft',
    status_transitions: { finalized_at: null, marked_uncollectible_at: null, paid_at: null, voided_at: null },
    ...amounts,
    test_clock: null,
    total_pretax_credit_amounts: [],
    total_taxes: [],
    webhooks_delivered_at: null,
  }
}

/** Gives the invoice its number and its final amount, set against the customer's balance. */
export function finalizeInvoice(world: World, invoiceId: string): Invoice {
  const draft = world.store.require('invoice', invoiceId)
  if (draft.status !== 'draft') return draft
  const invoice = countAgain(world, draft)
  const customer = world.store.require('customer', invoice.customer ?? '')
  const rest = invoice.total + customer.balance
  const due = Math.max(rest, 0)
  const sequence = customer.next_invoice_sequence ?? 1
  world.store.put('customer', { ...customer, balance: Math.min(rest, 0), next_invoice_sequence: sequence + 1 })
  const patch: Partial<Invoice> = {
    ...invoice,
    status: 'open',
    amount_due: due,
    amount_remaining: due,
    starting_balance: customer.balance,
    ending_balance: Math.min(rest, 0),
    automatically_finalizes_at: null,
    next_payment_attempt: null,
    effective_at: world.now,
    number: `${customer.invoice_prefix}-${String(sequence).padStart(4, '0')}`,
    hosted_invoice_url: `${world.origin}/sandbox/invoice/${invoiceId}`,
    status_transitions: { ...invoice.status_transitions, finalized_at: world.now },
  }
  const open = world.change('invoice', invoiceId, patch, null)
  world.emit('invoice.finalized', open)
  return open
}

/** Usage that was reported after the draft was made, but belongs to its period, is billed with it. */
function countAgain(world: World, draft: Invoice): Invoice {
  const { metered = [] } = world.store.hidden('invoice', draft.id)
  if (metered.length === 0) return draft
  const items = new Set(metered.map(({ item }) => item.id))
  const before = draft.lines.data.filter((line) => !items.has(itemOf(line)))
  const counted = usageLines(world, subscriptionOf(draft) ?? '', metered)
  const data = [...before, ...counted.map((line) => placed(world, line, draft.id))]
  const discounts = draft.discounts.map((id) => world.store.require('discount', id as string))
  return { ...draft, lines: { ...draft.lines, data }, ...addUp(world, data, discounts) }
}

function itemOf({ parent }: InvoiceLine): string {
  return parent?.subscription_item_details?.subscription_item ?? ''
}

function addUp(world: World, lines: InvoiceLine[], discounts: Discount[]) {
  const subtotal = sum(lines.map((line) => line.amount))
  const reductions = reduce(world, discounts, subtotal)
  const total = subtotal - sum(reductions.map(({ amount }) => amount))
  return {
    subtotal,
    subtotal_excluding_tax: subtotal,
    total,
    total_discount_amounts: reductions,
    total_excluding_tax: total,
  }
}

/** A line as the invoice shows it. */
function placed(world: World, line: InvoiceLine, invoice: string): InvoiceLine {
  return { ...line, invoice, description: inWords(world, line) }
}

export function markPaid(world: World, invoiceId: string): Invoice {
  const invoice = world.store.require('invoice', invoiceId)
  const patch: Partial<Invoice> = {
    status: 'paid',
    amount_paid: invoice.amount_due,
    amount_remaining: 0,
    attempted: true,
    auto_advance: false,
    next_payment_attempt: null,
    status_transitions: { ...invoice.status_transitions, paid_at: world.now },
  }
  const paid = world.change('invoice', invoiceId, patch, 'invoice.updated')
  world.emit('invoice.paid', paid)
  world.emit('invoice.payment_succeeded', paid)
  return paid
}

export function voidInvoice(world: World, invoiceId: string): Invoice {
  const invoice = world.store.require('invoice', invoiceId)
  const patch: Partial<Invoice> = {
    status: 'void',
    auto_advance: false,
    next_payment_attempt: null,
    status_transitions: { ...invoice.status_transitions, voided_at: world.now },
  }
  const done = world.change('invoice', invoiceId, patch, 'invoice.updated')
  world.emit('invoice.voided', done)
  return done
}

export function subscriptionOf(invoice: Invoice): string | null {
  return invoice.parent?.subscription_details?.subscription ?? null
}

/** Drafts and open invoices: what could still be charged. */
export function unsettledInvoices(world: World, subscription: string): Invoice[] {
  const drafts = world.store.find('invoice', { status: 'draft' })
  return [...drafts.filter((draft) => subscriptionOf(draft) === subscription), ...openInvoices(world, subscription)]
}

export function openInvoices(world: World, subscription: string): Invoice[] {
  return world.store.find('invoice', { status: 'open' }).filter((invoice) => subscriptionOf(invoice) === subscription)
}

/** Lines are written with the id of their product; people read its name. */
function inWords(world: World, { description, pricing }: InvoiceLine): string | null {
  const id = pricing?.price_details?.product ?? ''
  const name = world.store.get('product', id)?.name
  return name === undefined ? description : (description?.replaceAll(id, name) ?? null)
}

function activeDiscounts(world: World, subscription: Subscription): Discount[] {
  return subscription.discounts
    .map((discountId) => world.store.get('discount', discountId as string))
    .filter((discount) => discount !== null)
    .filter((discount) => discount.end === null || discount.end > world.now)
}

function reduce(world: World, discounts: Discount[], subtotal: number) {
  let left = subtotal
  return discounts.map((discount) => {
    const coupon = world.store.get('coupon', discount.source.coupon ?? '')
    const amount = coupon === null ? 0 : amountOff(coupon, left)
    left -= amount
    return { amount, discount: discount.id }
  })
}

/** A coupon for one invoice is gone after it; one for some months is gone when they are over. */
function spendDiscounts(world: World, subscription: Subscription, invoice: Invoice) {
  if (invoice.subtotal <= 0) return
  const kept = subscription.discounts.filter((discountId) => {
    const discount = world.store.get('discount', discountId as string)
    const coupon = discount && world.store.get('coupon', discount.source.coupon ?? '')
    const over = !discount || coupon?.duration === 'once' || (discount.end !== null && discount.end <= world.now)
    if (over && discount) world.emit('customer.discount.deleted', discount)
    return !over
  })
  if (kept.length === subscription.discounts.length) return
  world.change('subscription', subscription.id, { discounts: kept }, 'customer.subscription.updated')
}

function sum(amounts: number[]): number {
  return amounts.reduce((total, amount) => total + amount, 0)
}
