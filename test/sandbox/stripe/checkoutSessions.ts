/** Checkout sessions over the API: create with all of Stripe's cross-field rules, read, list, expire, line items. */
import { absoluteUrl, createdFilter, id, list, pageOf } from './call.ts'
import { blankSession } from './blankSession.ts'
import { detailsOf } from './buyer.ts'
import { expireSession } from './checkout.ts'
import { lineItems, readLineItems } from './checkoutLines.ts'
import { priceLines } from './checkoutTotals.ts'
import { requireCustomer } from './customers.ts'
import { readDiscounts } from './discounts.ts'
import { invalid, missingParam, notSimulated } from './error.ts'
import { formatAmount } from './amount.ts'
import { methodTypes } from './paymentMethods.ts'
import { smallestCharge } from './promotion.ts'
import { cut } from './store.ts'
import { readCommonFields, readTrial } from './subscriptions.ts'
import type { Route } from './call.ts'
import type { Params } from './params.ts'
import type { CheckoutSession, Customer } from './types.ts'
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
  const coupon = discounts[0] ? world.store.require('coupon', discounts[0].coupon) : null
  const { lines: priced, ...amounts } = priceLines(modal.trial ? [] : lines, { coupon, taxed: false })
  const hidden = { lines: modal.trial ? lines : priced, ...modal.hidden, customerUpdate: tax.update }
  const session: CheckoutSession = {
    ...blankSession(world, mode, currency),
    ...urls,
    ...amounts,
    ...readMethods(params, currency),
    ...readCollection(params),
    allow_promotion_codes: promotionCodes,
    automatic_tax: tax.automatic,
    client_reference_id: params.string('client_reference_id') ?? null,
    customer: customer.object?.id ?? null,
    customer_email: customer.email,
    customer_details: detailsOf(customer.object, { email: customer.email }),
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

/** A payment is free or worth charging. */
function refuseTooSmall({ mode, amount_total: total, currency }: CheckoutSession) {
  const smallest = smallestCharge(currency ?? 'usd')
  if (mode !== 'payment' || total === null || total === 0 || total >= smallest) return
  const least = formatAmount(smallest, currency ?? 'usd')
  throw invalid(
    `The Checkout Session's total amount due must add up to at least ${least} ${currency}`,
    'line_items',
    'amount_too_small',
  )
}

/** Of the methods that fit the currency, those that the caller allows. */
function readMethods(params: Params, currency: string) {
  const allowed = params.strings('allowed_payment_method_types') ?? null
  const types = methodTypes(currency, allowed)
  if (types.length === 0) {
    throw invalid(
      `None of the allowed payment method types can be used with ${currency}.`,
      'allowed_payment_method_types',
    )
  }
  return { allowed_payment_method_types: allowed, payment_method_types: types }
}

/** Countries that Checkout cannot ship to. */
const NOT_SHIPPED_TO = 'AS CX CC CU HM IR KP MH FM NF MP PW SY UM VI'.split(' ')

function readCollection(params: Params) {
  const asked = params.object('shipping_address_collection')
  const countries = asked?.strings('allowed_countries')
  if (asked && (countries === undefined || countries.length === 0)) {
    throw missingParam('shipping_address_collection[allowed_countries]')
  }
  const refused = countries?.find((country) => NOT_SHIPPED_TO.includes(country))
  if (refused !== undefined) {
    throw invalid(`Checkout does not ship to ${refused}.`, 'shipping_address_collection[allowed_countries]')
  }
  const enabled = params.object('phone_number_collection')?.bool('enabled') ?? false
  return {
    phone_number_collection: { enabled },
    shipping_address_collection: countries === undefined ? null : { allowed_countries: countries },
  } as Pick<CheckoutSession, 'phone_number_collection' | 'shipping_address_collection'>
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
