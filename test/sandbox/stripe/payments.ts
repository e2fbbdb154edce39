/** Money moves here: payment intents and charges, which succeed, fail or stay under way as the card says. */
import { createdFilter, id, list, pageOf } from './call.ts'
import { makeId } from './id.ts'
import { cardOf } from './paymentMethods.ts'
import type { Route } from './call.ts'
import type { Charge, PaymentIntent } from './types.ts'
import type { World } from './world.ts'

export interface Payment {
  amount: number
  currency: string
  customer: string | null
  method: string | null
  description?: string | null
  metadata?: Record<string, string>
  receiptEmail?: string | null
  shipping?: PaymentIntent['shipping']
  types?: string[]
}

export interface Paid {
  intent: PaymentIntent
  outcome: 'succeeded' | 'failed' | 'processing'
}

const DECLINED = {
  code: 'card_declined',
  decline_code: 'generic_decline',
  message: 'Your card was declined.',
  type: 'card_error' as const,
}

const NOBODY: Charge['billing_details'] = { address: null, email: null, name: null, phone: null, tax_id: null }

/** Opens a payment intent and tries it once. */
export function pay(world: World, payment: Payment): Paid {
  const intent = world.create('payment_intent', newIntent(world, payment), 'payment_intent.created')
  return attempt(world, intent, payment.method)
}

/** Tries an intent again, for what is asked now. */
export function payAgain(world: World, intentId: string, payment: Payment): Paid {
  const { amount, customer, method, receiptEmail, shipping } = payment
  const patch = { amount, customer, receipt_email: receiptEmail ?? null, shipping: shipping ?? null }
  return attempt(world, world.change('payment_intent', intentId, patch, null), method)
}

/** Tries an open payment intent with this payment method. */
export function attempt(world: World, intent: PaymentIntent, method: string | null): Paid {
  const card = cardOf(world, method)
  if (card === null) return { intent, outcome: 'failed' }
  if (card === 'decline') return decline(world, intent, method)
  const charge = newCharge(world, intent, method, card === 'ok' ? 'succeeded' : 'pending')
  const patch = { payment_method: method, latest_charge: charge.id, last_payment_error: null }
  world.create('charge', charge, card === 'ok' ? 'charge.succeeded' : 'charge.pending')
  if (card === 'delayed') {
    const status = { ...patch, status: 'processing' as const }
    return {
      intent: world.change('payment_intent', intent.id, status, 'payment_intent.processing'),
      outcome: 'processing',
    }
  }
  const received = { ...patch, status: 'succeeded' as const, amount_received: intent.amount }
  return {
    intent: world.change('payment_intent', intent.id, received, 'payment_intent.succeeded'),
    outcome: 'succeeded',
  }
}

/** The bank answers a delayed payment. */
export function settlePayment(world: World, intentId: string, succeeds: boolean): PaymentIntent {
  const intent = world.store.require('payment_intent', intentId)
  const charge = intent.latest_charge ?? ''
  if (succeeds) {
    const patch = { status: 'succeeded' as const, paid: true, captured: true, amount_captured: intent.amount }
    world.change('charge', charge, patch, 'charge.succeeded')
    const received = { status: 'succeeded' as const, amount_received: intent.amount }
    return world.change('payment_intent', intentId, received, 'payment_intent.succeeded')
  }
  const failure = { failure_code: 'insufficient_funds', failure_message: 'The account has insufficient funds.' }
  world.change('charge', charge, { status: 'failed', paid: false, ...failure }, 'charge.failed')
  const error = {
    code: 'payment_method_provider_decline',
    message: failure.failure_message,
    type: 'card_error' as const,
  }
  const patch = { status: 'requires_payment_method' as const, payment_method: null, last_payment_error: error }
  return world.change('payment_intent', intentId, patch, 'payment_intent.payment_failed')
}

export function cancelIntent(world: World, intentId: string) {
  const patch = { status: 'canceled' as const, canceled_at: world.now }
  world.change('payment_intent', intentId, patch, 'payment_intent.canceled')
}

export const retrieveIntent: Route = (call) => {
  call.params.accept('client_secret')
  call.params.done()
  return call.world.store.require('payment_intent', id(call))
}

export const retrieveCharge: Route = (call) => {
  call.params.none()
  return call.world.store.require('charge', id(call))
}

export const listCharges: Route = (call) => {
  const { world, params } = call
  const page = pageOf(params)
  const fields = { customer: params.string('customer'), payment_intent: params.string('payment_intent') }
  const created = createdFilter(params)
  params.done()
  return list(call, world.store.page('charge', page, fields, created))
}

export const listIntents: Route = (call) => {
  const { world, params } = call
  const page = pageOf(params)
  const customer = params.string('customer')
  const created = createdFilter(params)
  params.done()
  return list(call, world.store.page('payment_intent', page, { customer }, created))
}

function decline(world: World, intent: PaymentIntent, method: string | null): Paid {
  const charge = newCharge(world, intent, method, 'failed')
  world.create('charge', charge, 'charge.failed')
  const patch = {
    status: 'requires_payment_method' as const,
    payment_method: null,
    latest_charge: charge.id,
    last_payment_error: { ...DECLINED, charge: charge.id },
  }
  const failed = world.change('payment_intent', intent.id, patch, null)
  world.emit('payment_intent.payment_failed', failed)
  return { intent: failed, outcome: 'failed' }
}

function newIntent(world: World, payment: Payment): PaymentIntent {
  const intentId = makeId('pi')
  return {
    id: intentId,
    object: 'payment_intent',
    allowed_payment_method_types: null,
    amount: payment.amount,
    amount_capturable: 0,
    amount_received: 0,
    application: null,
    application_fee_amount: null,
    automatic_payment_methods: null,
    canceled_at: null,
    cancellation_reason: null,
    capture_method: 'automatic',
    client_secret: makeId(`${intentId}_secret`, 16),
    confirmation_method: 'automatic',
    created: world.now,
    currency: payment.currency,
    customer: payment.customer,
    customer_account: null,
    description: payment.description ?? null,
    excluded_payment_method_types: null,
    last_payment_error: null,
    latest_charge: null,
    livemode: world.livemode,
    managed_payments: null,
    metadata: payment.metadata ?? {},
    next_action: null,
    on_behalf_of: null,
    payment_method: null,
    payment_method_configuration_details: null,
    payment_method_options: null,
    payment_method_types: payment.types ?? ['card'],
    payment_record: null,
    processing: null,
    receipt_email: payment.receiptEmail ?? null,
    review: null,
    setup_future_usage: null,
    shipping: payment.shipping ?? null,
    source: null,
    statement_descriptor: null,
    statement_descriptor_suffix: null,
    status: 'requires_payment_method',
    transfer_data: null,
    transfer_group: null,
  }
}

function newCharge(
  world: World,
  intent: PaymentIntent,
  method: string | null,
  status: 'succeeded' | 'pending' | 'failed',
): Charge {
  const failed = status === 'failed'
  const paidWith = world.store.get('payment_method', method ?? '')
  return {
    id: makeId('ch'),
    object: 'charge',
    amount: intent.amount,
    amount_captured: status === 'succeeded' ? intent.amount : 0,
    amount_refunded: 0,
    application: null,
    application_fee: null,
    application_fee_amount: null,
    balance_transaction: failed ? null : makeId('txn'),
    billing_details: paidWith?.billing_details ?? NOBODY,
    calculated_statement_descriptor: 'SANDBOX',
    captured: status === 'succeeded',
    created: world.now,
    currency: intent.currency,
    customer: intent.customer,
    description: intent.description,
    disputed: false,
    failure_balance_transaction: null,
    failure_code: failed ? DECLINED.code : null,
    failure_message: failed ? DECLINED.message : null,
    fraud_details: {},
    livemode: world.livemode,
    metadata: intent.metadata,
    on_behalf_of: null,
    outcome: null,
    paid: status === 'succeeded',
    payment_intent: intent.id,
    payment_method: method,
    payment_method_details: { type: paidWith?.type ?? 'card' },
    receipt_email: intent.receipt_email,
    receipt_number: null,
    receipt_url: null,
    refunded: false,
    review: null,
    shipping: intent.shipping,
    source: null,
    source_transfer: null,
    statement_descriptor: null,
    statement_descriptor_suffix: null,
    status,
    transfer_data: null,
    transfer_group: null,
  }
}
