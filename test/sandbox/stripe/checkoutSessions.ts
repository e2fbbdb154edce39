/** Checkout sessions over the API: create with all of Stripe's cross-field rules, read, list, expire, line items. */
import { absoluteUrl, createdFilter, id, list, pageOf } from './call.ts'
import { blankSession } from './blankSession.ts'
import { expireSession } from './checkout.ts'
import { lineItems, readLineItems } from './checkoutLines.ts'
import { requireCustomer } from './customers.ts'
import { amountOff, readDiscounts } from './discounts.ts'
import { invalid, missingParam, notSimulated } from './error.ts'
import { formatAmount } from './lines.ts'
import { cut } from './store.ts'
import { readCommonFields, readTrial } from './subscriptions.ts'
import type { Route } from './call.ts'
import type { Reduction } from './discounts.ts'
import type { Params } from './params.ts'
import type { CheckoutSession, Customer, LineItem } from './types.ts'
import type { World } from './world.ts'

const MINUTE = 60
const DAY = 24 * 60 * MINUTE

export const createSession: Route = ({ world, params }) => {
  const mode = params.oneOf('mode', ['payment', 'subscription', 'setup'])
  if (mode === undefined) throw missingParam('mode')
  if (mode === 'setup') throw notSimulated('setup mode', 'mode')
  const ui = params.oneOf('ui_mode', ['hosted_page', 'embedded_page', 'elements', 'form']) ?? 'hosted_page'
  if (ui !== 'hosted_page') throw notSimulated(`ui_mode ${ui}`, 'ui_mode')
  const lines = readLineItems(world, params, mode)
  const currency = lines[0]?.currency ?? 'usd'
  const urls = readUrls(params)
  const customer = readCustomer(world, params)
  const discounts = readDiscounts(world, params, currency) ?? []
  const promotionCodes = params.bool('allow_promotion_codes') ?? null
  if (params.has('discounts') && promotionCodes) {
    throw invalid('You may only specify one of these parameters: allow_promotion_codes, discounts.', 'discounts')
  }
  if (discounts.length > 1) throw invalid('You can only apply one discount.', 'discounts')
  const expiresAt = readExpiry(world, params)
  const modal = readModeParams(world, params, mode)
  const tax = readTax(params, customer.object)
  const hidden = { lines, ...modal.hidden, customerUpdate: tax.update }
  const session: CheckoutSession = {
    ...blankSession(world, mode, currency),
    ...urls,
    ...totals(world, modal.trial ? [] : lines, discounts),
    allow_promotion_codes: promotionCodes,
    allowed_payment_method_types: params.strings('allowed_payment_method_types') ?? null,
    automatic_tax: tax.automatic,
    client_reference_id: params.string('client_reference_id') ?? null,
    customer: customer.object?.id ?? null,
    customer_email: customer.email,
    customer_details: detailsOf(customer.object, customer.email),
    customer_creation: modal.customerCreation,
    discounts: discounts.map(({ coupon, promotionCode }) => ({ coupon, promotion_code: promotionCode })),
    expires_at: expiresAt,
    metadata: params.metadata(),
    payment_method_collection: modal.collection,
    billing_address_collection: params.oneOf('billing_address_collection', ['auto', 'required']) ?? null,
    locale: params.string('locale') ?? null,
    submit_type: params.oneOf('submit_type', ['auto', 'book', 'donate', 'pay', 'subscribe']) ?? null,
  }
  params.done()
  refuseTooSmall(session)
  session.payment_status = 'unpaid'
  session.url = `${world.origin}/sandbox/checkout/${session.id}`
  return world.create('checkout_session', session, null, hidden)
}

export const retrieveSession: Route = (call) => {
  call.params.none()
  return call.world.store.require('checkout_session', id(call))
}

export const listSessions: Route = (call) => {
  const { world, params } = call
  const page = pageOf(params)
  const fields = {
    customer: params.string('customer'),
    payment_intent: params.string('payment_intent'),
    subscription: params.string('subscription'),
    status: params.oneOf('status', ['open', 'complete', 'expired']),
  }
  const email = params.object('customer_details')?.string('email')
  const created = createdFilter(params)
  params.done()
  const keep = (session: CheckoutSession) =>
    created(session) && (email === undefined || session.customer_details?.email === email)
  return list(call, world.store.page('checkout_session', page, fields, keep))
}

export const expireSessionRoute: Route = (call) => {
  call.params.none()
  const session = call.world.store.require('checkout_session', id(call))
  if (session.status !== 'open') {
    throw invalid(
      `Only Checkout Sessions with a status in ["open"] can be expired. This Checkout Session has a status of \`${session.status}\`.`,
    )
  }
  return expireSession(call.world, session)
}

export const listSessionLines: Route = (call) => {
  const { world, params } = call
  const session = world.store.require('checkout_session', id(call))
  const page = pageOf(params)
  params.done()
  return list(
    call,
    cut(lineItems(world, session.id), page, (line) => line.id),
  )
}

const SMALLEST: Record<string, number> = { usd: 50, eur: 50, gbp: 30, jpy: 50, cad: 50, aud: 50, chf: 50 }

/** A payment is free or worth charging. */
function refuseTooSmall({ mode, amount_total: total, currency }: CheckoutSession) {
  const smallest = SMALLEST[currency ?? ''] ?? 1
  if (mode !== 'payment' || total === null || total === 0 || total >= smallest) return
  const least = formatAmount(smallest, currency ?? 'usd')
  throw invalid(
    `The Checkout Session's total amount due must add up to at least ${least} ${currency}`,
    'line_items',
    'amount_too_small',
  )
}

/** What is to pay now: in a trial nothing, otherwise the lines less the discount. */
export function totals(world: World, lines: LineItem[], discounts: Reduction[]) {
  const subtotal = lines.reduce((sum, line) => sum + line.amount_subtotal, 0)
  const coupon = discounts[0] && world.store.get('coupon', discounts[0].coupon)
  const off = coupon ? amountOff(coupon, subtotal) : 0
  return {
    amount_subtotal: subtotal,
    amount_total: subtotal - off,
    total_details: { amount_discount: off, amount_shipping: 0, amount_tax: 0 },
  }
}

export function detailsOf(customer: Customer | null, email: string | null): CheckoutSession['customer_details'] {
  const known = customer?.email ?? email
  if (known === null && customer === null) return null
  return {
    address: customer?.address ?? null,
    business_name: null,
    email: known,
    individual_name: null,
    name: customer?.name ?? null,
    phone: customer?.phone ?? null,
    tax_exempt: 'none',
    tax_ids: [],
  }
}

function readUrls(params: Params) {
  const success_url = params.required('success_url')
  const cancel_url = params.string('cancel_url') ?? null
  absoluteUrl(success_url, 'success_url')
  absoluteUrl(cancel_url, 'cancel_url')
  return { success_url, cancel_url }
}

function readCustomer(world: World, params: Params): { object: Customer | null; email: string | null } {
  const customer = params.string('customer')
  const email = params.string('customer_email') ?? null
  if (customer !== undefined && email !== null) {
    throw invalid('You may only specify one of these parameters: customer, customer_email.', 'customer_email')
  }
  if (email !== null && !/^[^\s@]+@[^\s@]+$/.test(email)) {
    throw invalid(`Invalid email address: ${email}`, 'customer_email', 'email_invalid')
  }
  return { object: customer === undefined ? null : requireCustomer(world, customer), email }
}

function readExpiry(world: World, params: Params): number {
  const at = params.int('expires_at')
  if (at === undefined) return world.now + DAY
  if (at < world.now + 30 * MINUTE) {
    throw invalid(
      'The `expires_at` timestamp must be at least 30 minutes from Checkout Session creation.',
      'expires_at',
    )
  }
  if (at > world.now + DAY) {
    throw invalid('The `expires_at` timestamp must be less than 24 hours from Checkout Session creation.', 'expires_at')
  }
  return at
}

function readModeParams(world: World, params: Params, mode: 'payment' | 'subscription') {
  const wrong = (param: string, needed: string) => {
    if (params.has(param)) throw invalid(`You can only use \`${param}\` in \`${needed}\` mode.`, param)
  }
  if (mode === 'payment') {
    wrong('subscription_data', 'subscription')
    wrong('payment_method_collection', 'subscription')
    const data = params.object('payment_intent_data')
    const hidden = {
      paymentIntentData: { metadata: data?.metadata() ?? {}, description: data?.string('description') ?? null },
    }
    if (data?.has('application_fee_amount'))
      throw notSimulated('application fees', 'payment_intent_data[application_fee_amount]')
    const customerCreation = params.oneOf('customer_creation', ['always', 'if_required']) ?? 'if_required'
    return {
      hidden,
      trial: false,
      collection: 'if_required' as const,
      customerCreation: params.has('customer') ? null : customerCreation,
    }
  }
  for (const param of ['payment_intent_data', 'customer_creation', 'invoice_creation', 'submit_type'])
    wrong(param, 'payment')
  const collection = params.oneOf('payment_method_collection', ['always', 'if_required']) ?? 'always'
  const data = params.object('subscription_data')
  const trialEnd = data ? readTrial(world, data) : null
  if (data?.has('trial_end') && trialEnd !== null && trialEnd < world.now + 2 * DAY) {
    throw invalid('The `trial_end` date has to be at least 2 days in the future.', 'subscription_data[trial_end]')
  }
  const days = data?.has('trial_period_days') ? Number(data.raw.trial_period_days) : null
  const fields = data ? readCommonFields(data) : {}
  const hidden = { subscriptionData: { trialDays: days, trialEnd, fields } }
  return { hidden, trial: trialEnd !== null, collection, customerCreation: null }
}

function readTax(params: Params, customer: Customer | null) {
  const enabled = params.object('automatic_tax')?.bool('enabled') ?? false
  const update = params.object('customer_update')
  if (update && !customer) throw invalid('`customer_update` can only be used with `customer`.', 'customer_update')
  const words = {
    address: update?.oneOf('address', ['auto', 'never']) ?? 'never',
    name: update?.oneOf('name', ['auto', 'never']) ?? 'never',
  }
  if (enabled && customer && !customer.address?.country && words.address !== 'auto') {
    throw invalid(
      "Automatic tax calculation in Checkout requires a valid address on the Customer. Add a valid address to the Customer or set either `customer_update[address]` to 'auto' or `customer_update[shipping]` to 'auto' to save the address entered in Checkout to the Customer.",
      'automatic_tax',
      'customer_tax_location_invalid',
    )
  }
  const automatic: CheckoutSession['automatic_tax'] = {
    enabled,
    liability: enabled ? { type: 'self' } : null,
    provider: enabled ? 'stripe' : null,
    status: enabled ? 'requires_location_inputs' : null,
  }
  return { automatic, update: words }
}
