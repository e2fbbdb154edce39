/** Money going back: refunds, whole or in part, that may fail later; and disputes, opened by the control page. */
import { createdFilter, id, list, pageOf } from './call.ts'
import { invalid, missingParam } from './error.ts'
import { makeId } from './id.ts'
import type { Route } from './call.ts'
import type { Charge, Dispute, Refund } from './types.ts'
import type { World } from './world.ts'

export const createRefund: Route = ({ world, params }) => {
  const chargeId = params.string('charge')
  const intent = params.string('payment_intent')
  if (chargeId === undefined && intent === undefined) throw missingParam('charge')
  if (chargeId !== undefined && intent !== undefined) {
    throw invalid('You may only specify one of these parameters: charge, payment_intent.', 'charge')
  }
  const charge = chargeId ? world.store.require('charge', chargeId, 'charge') : chargeOf(world, intent ?? '')
  const amount = params.int('amount', { min: 1 })
  const reason = params.oneOf('reason', ['duplicate', 'fraudulent', 'requested_by_customer']) ?? null
  const metadata = params.metadata()
  params.done()
  return refund(world, charge, { amount, reason, metadata })
}

export const retrieveRefund: Route = (call) => {
  call.params.none()
  return call.world.store.require('refund', id(call))
}

export const listRefunds: Route = (call) => {
  const { world, params } = call
  const page = pageOf(params)
  const fields = { charge: params.string('charge'), payment_intent: params.string('payment_intent') }
  const created = createdFilter(params)
  params.done()
  return list(call, world.store.page('refund', page, fields, created))
}

export const retrieveDispute: Route = (call) => {
  call.params.none()
  return call.world.store.require('dispute', id(call))
}

export const listDisputes: Route = (call) => {
  const { world, params } = call
  const page = pageOf(params)
  const fields = { charge: params.string('charge'), payment_intent: params.string('payment_intent') }
  const created = createdFilter(params)
  params.done()
  return list(call, world.store.page('dispute', page, fields, created))
}

export interface RefundOptions {
  amount?: number
  reason?: Refund['reason']
  metadata?: Record<string, string>
}

/** Refunds what is asked, or all that is left: at once to a card; to a bank account it is under way for days. */
export function refund(world: World, charge: Charge, { amount, reason = null, metadata = {} }: RefundOptions): Refund {
  const left = charge.amount - charge.amount_refunded
  if (charge.status !== 'succeeded') throw invalid('This charge has not succeeded and cannot be refunded.', 'charge')
  if (left === 0) {
    throw invalid(`Charge ${charge.id} has already been refunded.`, undefined, 'charge_already_refunded')
  }
  const wanted = amount ?? left
  if (wanted > left) {
    throw invalid(`Refund amount (${wanted}) is greater than unrefunded amount on charge (${left})`, 'amount')
  }
  const made: Refund = {
    id: makeId('re'),
    object: 'refund',
    amount: wanted,
    balance_transaction: makeId('txn'),
    charge: charge.id,
    created: world.now,
    currency: charge.currency,
    customer: charge.customer,
    customer_account: null,
    destination_details:
      charge.payment_method_details?.type === 'card'
        ? { card: { type: 'refund' }, type: 'card' }
        : { type: charge.payment_method_details?.type ?? 'card' },
    metadata,
    payment_intent: charge.payment_intent,
    payment_method: charge.payment_method,
    reason,
    receipt_number: null,
    source_transfer_reversal: null,
    status: charge.payment_method_details?.type === 'card' ? 'succeeded' : 'pending',
    transfer_reversal: null,
  }
  world.create('refund', made, 'refund.created')
  const refunded = charge.amount_refunded + wanted
  const patch = { amount_refunded: refunded, refunded: refunded === charge.amount }
  world.change('charge', charge.id, patch, 'charge.refunded')
  return made
}

/** The bank sends the money back to us: the refund never reached the buyer. */
export function failRefund(world: World, refundId: string): Refund {
  const made = world.store.require('refund', refundId)
  const charge = world.store.require('charge', made.charge ?? '')
  world.change(
    'charge',
    charge.id,
    { amount_refunded: charge.amount_refunded - made.amount, refunded: false },
    'charge.updated',
  )
  if (made.status === 'failed') throw invalid(`Refund ${refundId} has failed already.`)
  const patch = {
    status: 'failed',
    failure_reason: 'expired_or_canceled_card',
    failure_balance_transaction: makeId('txn'),
  }
  const failed = changeRefund(world, refundId, patch)
  world.emit('refund.failed', failed)
  return failed
}

/** The money has arrived at the buyer's bank. */
export function settleRefund(world: World, refundId: string): Refund {
  const { status } = world.store.require('refund', refundId)
  if (status !== 'pending') throw invalid(`Refund ${refundId} is ${status} and not under way.`)
  return changeRefund(world, refundId, { status: 'succeeded' })
}

/** Stripe tells of a refund both as itself and as part of its charge. */
function changeRefund(world: World, refundId: string, patch: Partial<Refund>): Refund {
  const changed = world.change('refund', refundId, patch, 'refund.updated')
  world.emit('charge.refund.updated', changed)
  return changed
}

export const DISPUTE_STATUSES = [
  'needs_response',
  'under_review',
  'won',
  'lost',
  'warning_needs_response',
  'warning_closed',
] as const
export type DisputeStatus = (typeof DISPUTE_STATUSES)[number]

/** Opens a dispute on a charge, or moves the last one it has. */
export function dispute(
  world: World,
  charge: Charge,
  { status, another, amount = charge.amount }: { status: DisputeStatus; another: boolean; amount?: number },
): Dispute {
  const before = world.store.find('dispute', { charge: charge.id }).at(-1)
  if (before === undefined || another) return openDispute(world, charge, { status, amount })
  const over = ['won', 'lost', 'warning_closed'].includes(status)
  const after = world.change('dispute', before.id, { status }, over ? null : 'charge.dispute.updated')
  if (over) world.emit('charge.dispute.closed', after)
  if (status === 'won') world.emit('charge.dispute.funds_reinstated', after)
  return after
}

function openDispute(
  world: World,
  charge: Charge,
  { status, amount }: { status: DisputeStatus; amount: number },
): Dispute {
  world.change('charge', charge.id, { disputed: true }, null)
  const opened: Dispute = {
    id: makeId('dp'),
    object: 'dispute',
    amount,
    balance_transactions: [],
    charge: charge.id,
    created: world.now,
    currency: charge.currency,
    enhanced_eligibility_types: [],
    evidence: EMPTY_EVIDENCE,
    evidence_details: {
      due_by: world.now + 9 * 86_400,
      enhanced_eligibility: {},
      has_evidence: false,
      past_due: false,
      submission_count: 0,
      submission_method: 'manual',
    },
    intended_submission_method: null,
    is_charge_refundable: false,
    livemode: world.livemode,
    metadata: {},
    payment_intent: charge.payment_intent,
    reason: 'fraudulent',
    status,
  }
  world.create('dispute', opened, 'charge.dispute.created')
  world.emit('charge.dispute.funds_withdrawn', opened)
  return opened
}

/** The charge that paid an intent. */
export function chargeOf(world: World, intentId: string): Charge {
  const intent = world.store.require('payment_intent', intentId, 'payment_intent')
  const charge = intent.latest_charge && world.store.get('charge', intent.latest_charge)
  if (!charge) throw invalid('This PaymentIntent does not have a successful charge to refund.', 'payment_intent')
  return charge
}

const EMPTY_EVIDENCE: Dispute['evidence'] = {
  access_activity_log: null,
  billing_address: null,
  cancellation_policy: null,
  cancellation_policy_disclosure: null,
  cancellation_rebuttal: null,
  customer_communication: null,
  customer_email_address: null,
  customer_name: null,
  customer_purchase_ip: null,
  customer_signature: null,
  duplicate_charge_documentation: null,
  duplicate_charge_explanation: null,
  duplicate_charge_id: null,
  enhanced_evidence: {},
  product_description: null,
  receipt: null,
  refund_policy: null,
  refund_policy_disclosure: null,
  refund_refusal_explanation: null,
  service_date: null,
  service_documentation: null,
  shipping_address: null,
  shipping_carrier: null,
  shipping_date: null,
  shipping_documentation: null,
  shipping_tracking_number: null,
  uncategorized_file: null,
  uncategorized_text: null,
}
