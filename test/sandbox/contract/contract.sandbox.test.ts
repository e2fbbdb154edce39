import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import Stripe from 'stripe'
import { describe, expect, it } from 'vitest'
import { checkStripeObject, checkStripeRequest } from './contract.ts'

type Params = Record<string, unknown>
type Sent = { method: string; path: string; params: Params }

const check = (method: string, path: string, params: Params = {}) => checkStripeRequest(method, path, params)
const createSession = (params: Params) => check('POST', '/v1/checkout/sessions', params)

/** Makes one call with the real client and returns the request that it sends. */
async function capture(call: (stripe: Stripe) => Promise<unknown>): Promise<Sent> {
  const sent: Sent[] = []
  const fakeFetch = async (input: string | URL | Request, init?: RequestInit): Promise<Response> => {
    const request = new Request(input, init)
    const { pathname, search } = new URL(request.url)
    const form = request.method === 'POST' ? await request.text() : search.slice(1)
    sent.push({ method: request.method, path: pathname, params: parseForm(form) })
    return Response.json({ id: 'captured', object: 'captured' })
  }
  const httpClient = Stripe.createFetchHttpClient(fakeFetch as typeof fetch)
  await call(new Stripe('sk_test_sandbox', { httpClient, maxNetworkRetries: 0 }))
  return sent[0]!
}

function parseForm(form: string): Params {
  const params: Params = {}
  for (const [key, value] of new URLSearchParams(form)) {
    const names = key.split('[').map((name) => name.replace(']', ''))
    let at = params
    for (const name of names.slice(0, -1)) at = (at[name] ??= {}) as Params
    at[names.at(-1)!] = value
  }
  return params
}

describe('a wrong request is refused in the words of Stripe', () => {
  it('refuses a misspelt word of an enum, although the SDK would send it', async () => {
    const { method, path, params } = await capture((stripe) => stripe.checkout.sessions.create({ mode: 'subscripton' }))
    expect(check(method, path, params)).toEqual({
      status: 400,
      error: {
        type: 'invalid_request_error',
        param: 'mode',
        message: 'Invalid mode: must be one of payment, setup, or subscription',
      },
    })
  })

  it.each([
    ['GET', '/v1/nothing'],
    ['PUT', '/v1/customers'],
    ['POST', '/v2/core/accounts'],
    ['GET', '/v1/customers/'],
    ['POST', '/v1/customers/cus_1/nothing'],
    ['POST', '/v1/oauth/token'],
  ])('refuses an endpoint that Stripe does not have: %s %s', (method, path) => {
    const refusal = check(method, path)
    expect(refusal?.status).toBe(404)
    expect(refusal?.error.message).toContain(`Unrecognized request URL (${method}: ${path})`)
  })

  it.each([
    ['payment_method_types, which was removed', { payment_method_types: ['card'] }, 'payment_method_types'],
    ['a nested one', { line_items: [{ price: 'price_1', amount: '1' }] }, 'line_items[0][amount]'],
    ['one of a nested object', { subscription_data: { trial_days: '3' } }, 'subscription_data[trial_days]'],
  ])('refuses an unknown parameter: %s', (_, params, param) => {
    expect(createSession({ mode: 'payment', ...params })).toMatchObject({
      status: 400,
      error: { code: 'parameter_unknown', param, message: `Received unknown parameter: ${param}` },
    })
  })

  it.each([
    ['POST', '/v1/prices', { product: 'prod_1' }, 'currency'],
    ['POST', '/v1/products', {}, 'name'],
    ['POST', '/v1/checkout/sessions', { line_items: [{ price_data: {} }] }, 'line_items[0][price_data][currency]'],
    ['GET', '/v1/customers/search', {}, 'query'],
    ['POST', '/oauth/token', { code: 'ac_1' }, 'grant_type'],
  ])('refuses a missing parameter: %s %s %j', (method, path, params, param) => {
    expect(check(method, path, params)?.error).toMatchObject({ code: 'parameter_missing', param })
  })

  it.each([
    ['a fraction where money is counted in cents', { line_items: [{ quantity: '1.5' }] }, 'line_items[0][quantity]'],
    ['a word where a number belongs', { expires_at: 'soon' }, 'expires_at'],
    ['a number past what can be exact', { expires_at: '9007199254740993' }, 'expires_at'],
    ['a boolean in other words', { allow_promotion_codes: 'yes' }, 'allow_promotion_codes'],
    ['a text where a list belongs', { line_items: 'price_1' }, 'line_items'],
    ['an object where a list belongs', { line_items: { price: 'price_1' } }, 'line_items'],
    ['a list where an object belongs', { subscription_data: ['x'] }, 'subscription_data'],
    ['an object where a text belongs', { client_reference_id: { id: '1' } }, 'client_reference_id'],
    ['the empty text where nothing can be unset', { success_url: '' }, 'success_url'],
    ['a text past 5000 characters', { client_reference_id: 'x'.repeat(5001) }, 'client_reference_id'],
    [
      'a list of words with one wrong',
      { allowed_payment_method_types: ['card', 'gold'] },
      'allowed_payment_method_types[1]',
    ],
    ['an expand that is no list', { expand: 'line_items' }, 'expand'],
  ])('refuses %s', (_, params, param) => {
    expect(createSession({ mode: 'payment', ...params })).toMatchObject({ status: 400, error: { param } })
  })

  it.each([
    ['more than 50 keys', Object.fromEntries(Array.from({ length: 51 }, (_, at) => [`key${at}`, 'x']))],
    ['a key past 40 characters', { ['k'.repeat(41)]: 'x' }],
    ['a value past 500 characters', { key: 'x'.repeat(501) }],
    ['an object within', { key: { nested: 'x' } }],
    ['a bare text', 'text'],
  ])('refuses metadata with %s', (_, metadata) => {
    expect(check('POST', '/v1/customers', { metadata })?.status).toBe(400)
  })
})

describe('a right request passes', () => {
  it('lets the empty text unset what may be unset', () => {
    expect(check('POST', '/v1/customers/cus_1', { metadata: '', address: '' })).toBeNull()
    expect(check('POST', '/v1/subscriptions/sub_1', { cancel_at: '' })).toBeNull()
    expect(check('POST', '/v1/customers/cus_1', { metadata: { gone: '' } })).toBeNull()
  })

  it('takes a fraction where Stripe does, in percentages and decimal amounts', () => {
    expect(check('POST', '/v1/coupons', { percent_off: '12.5', duration: 'once' })).toBeNull()
    expect(check('POST', '/v1/prices', { currency: 'usd', product: 'p', unit_amount_decimal: '0.05' })).toBeNull()
  })

  it('takes metadata up to each limit', () => {
    const full = Object.fromEntries(Array.from({ length: 50 }, (_, at) => [`${at}`.padEnd(40, 'k'), 'x'.repeat(500)]))
    expect(check('POST', '/v1/customers', { metadata: full })).toBeNull()
  })

  it('knows a literal path from an id', () => {
    expect(check('GET', '/v1/customers/search', { query: 'email:"a@b.c"' })).toBeNull()
    expect(check('GET', '/v1/customers/cus_1', { query: 'x' })?.error.code).toBe('parameter_unknown')
  })

  const lineItems = [{ price: 'price_1', quantity: 2 }]
  const calls: [string, (stripe: Stripe) => Promise<unknown>][] = [
    ['customers.create', (s) => s.customers.create({ email: 'a@b.c', metadata: { customer: 'c', none: null } })],
    ['customers.list', (s) => s.customers.list({ email: 'a@b.c', limit: 1, created: { gte: 1 } })],
    ['customers.del', (s) => s.customers.del('cus_1')],
    ['products.create', (s) => s.products.create({ name: 'Shirt', images: ['https://x.y/z.png'], active: true })],
    ['products.update', (s) => s.products.update('prod_1', { default_price: 'price_1', description: '' })],
    ['prices.create flat', (s) => s.prices.create({ currency: 'usd', unit_amount: 1900, product: 'prod_1' })],
    [
      'prices.create metered in tiers',
      (s) =>
        s.prices.create({
          currency: 'usd',
          product: 'prod_1',
          billing_scheme: 'tiered',
          tiers_mode: 'graduated',
          tiers: [
            { up_to: 2000, unit_amount: 0 },
            { up_to: 'inf', unit_amount: 3 },
          ],
          recurring: { interval: 'month', usage_type: 'metered', meter: 'mtr_1' },
        }),
    ],
    [
      'checkout.sessions.create for a subscription',
      (s) =>
        s.checkout.sessions.create({
          mode: 'subscription',
          line_items: lineItems,
          success_url: 'https://a.b/done?session_id={CHECKOUT_SESSION_ID}',
          cancel_url: 'https://a.b/back',
          client_reference_id: 'customer',
          customer_email: 'a@b.c',
          subscription_data: { trial_period_days: 14, metadata: { plan: 'pro' }, application_fee_percent: 2.5 },
          payment_method_collection: 'always',
          allow_promotion_codes: true,
          automatic_tax: { enabled: true },
          expand: ['line_items'],
        }),
    ],
    [
      'checkout.sessions.create for a payment',
      (s) =>
        s.checkout.sessions.create({
          mode: 'payment',
          line_items: [
            ...lineItems,
            { quantity: 1, price_data: { currency: 'eur', unit_amount: 500, product_data: { name: 'Mug' } } },
          ],
          customer_creation: 'always',
          expires_at: 1_800_000_000,
          payment_intent_data: { metadata: { order: 'o' } },
          allowed_payment_method_types: ['card', 'link'],
          shipping_address_collection: { allowed_countries: ['DE', 'US'] },
          metadata: { order: 'o', project: 'p' },
        }),
    ],
    ['checkout.sessions.expire', (s) => s.checkout.sessions.expire('cs_1')],
    ['checkout.sessions.listLineItems', (s) => s.checkout.sessions.listLineItems('cs_1', { limit: 100 })],
    ['subscriptions.retrieve', (s) => s.subscriptions.retrieve('sub_1', { expand: ['items.data.price.product'] })],
    [
      'subscriptions.update with items',
      (s) =>
        s.subscriptions.update('sub_1', {
          items: [
            { id: 'si_1', price: 'price_2', quantity: 1 },
            { id: 'si_2', deleted: true },
          ],
          proration_behavior: 'always_invoice',
          payment_behavior: 'pending_if_incomplete',
        }),
    ],
    ['subscriptions.update to cancel', (s) => s.subscriptions.update('sub_1', { cancel_at: 'min_period_end' })],
    ['subscriptions.cancel', (s) => s.subscriptions.cancel('sub_1', { prorate: false })],
    ['subscriptionSchedules.create', (s) => s.subscriptionSchedules.create({ from_subscription: 'sub_1' })],
    [
      'subscriptionSchedules.update',
      (s) =>
        s.subscriptionSchedules.update('sub_sched_1', {
          end_behavior: 'release',
          phases: [
            { items: [{ price: 'price_1', quantity: 1 }], start_date: 1_800_000_000, end_date: 1_802_000_000 },
            { items: [{ price: 'price_2' }], duration: { interval: 'month', interval_count: 1 } },
          ],
        }),
    ],
    ['subscriptionSchedules.release', (s) => s.subscriptionSchedules.release('sub_sched_1')],
    [
      'billingPortal.configurations.create',
      (s) =>
        s.billingPortal.configurations.create({
          business_profile: { headline: 'Shop' },
          features: {
            customer_update: { enabled: true, allowed_updates: ['email', 'address'] },
            subscription_cancel: { enabled: true, mode: 'at_period_end' },
            subscription_update: {
              enabled: true,
              default_allowed_updates: ['price'],
              products: [{ product: 'prod_1', prices: ['price_1', 'price_2'] }],
            },
          },
        }),
    ],
    [
      'billingPortal.sessions.create',
      (s) => s.billingPortal.sessions.create({ customer: 'cus_1', return_url: 'https://a.b', configuration: 'bpc_1' }),
    ],
    [
      'refunds.create',
      (s) => s.refunds.create({ payment_intent: 'pi_1', amount: 500, reason: 'requested_by_customer' }),
    ],
    [
      'invoices.createPreview',
      (s) =>
        s.invoices.createPreview({
          customer: 'cus_1',
          subscription: 'sub_1',
          subscription_details: { items: [{ id: 'si_1', price: 'price_2' }], proration_behavior: 'create_prorations' },
        }),
    ],
    [
      'billing.meterEvents.create',
      (s) =>
        s.billing.meterEvents.create({ event_name: 'users', payload: { stripe_customer_id: 'cus_1', value: '7' } }),
    ],
    [
      'webhookEndpoints.create',
      (s) =>
        s.webhookEndpoints.create({
          url: 'https://a.b/webhook',
          connect: true,
          enabled_events: ['checkout.session.completed', 'account.application.deauthorized'],
          api_version: '2026-10-28.endive',
        }),
    ],
    ['events.list', (s) => s.events.list({ delivery_success: false, types: ['invoice.paid'] })],
    ['accounts.retrieve', (s) => s.accounts.retrieve('acct_1')],
    ['accounts.retrieveCurrent', (s) => s.accounts.retrieveCurrent()],
    ['oauth.token', (s) => s.oauth.token({ grant_type: 'authorization_code', code: 'ac_1' })],
    ['oauth.deauthorize', (s) => s.oauth.deauthorize({ client_id: 'ca_1', stripe_user_id: 'acct_1' })],
  ]

  it.each(calls)('accepts what the real client sends for %s', async (_, call) => {
    const { method, path, params } = await capture(call)
    expect(check(method, path, params)).toBeNull()
  })
})

describe('an answer is held against the interface of the SDK', () => {
  const refund = {
    id: 're_1',
    object: 'refund',
    amount: 500,
    balance_transaction: null,
    charge: 'ch_1',
    created: 1,
    currency: 'usd',
    customer: null,
    customer_account: null,
    metadata: {},
    payment_intent: 'pi_1',
    payment_method: null,
    reason: null,
    receipt_number: null,
    source_transfer_reversal: null,
    status: 'succeeded',
    transfer_reversal: null,
  }

  it('accepts a complete object, a deleted one, and a page of them', () => {
    expect(checkStripeObject(refund)).toEqual([])
    expect(checkStripeObject({ id: 'cus_1', object: 'customer', deleted: true })).toEqual([])
    expect(checkStripeObject({ object: 'list', url: '/v1/refunds', has_more: false, data: [refund] })).toEqual([])
  })

  it.each([
    ['a missing field', { charge: undefined }, 'refund.charge: missing'],
    ['a field that Stripe does not have', { paid: true }, 'refund.paid: unknown field'],
    ['a word that is not in the enum', { reason: 'fraud' }, 'refund.reason: "fraud" is none of the types it may have'],
    ['a number as text', { amount: '500' }, 'refund.amount: "500" is not integer'],
    ['null where there is always a value', { currency: null }, 'refund.currency: null is not string'],
  ])('names %s', (_, change, problem) => {
    expect(checkStripeObject({ ...refund, ...change })).toEqual([problem])
  })

  it('looks into expanded objects, lists and events', () => {
    const broken = { ...refund, amount: '500' }
    const problem = 'refund.amount: "500" is not integer'
    const event = {
      id: 'evt_1',
      object: 'event',
      api_version: null,
      created: 1,
      data: { object: broken, previous_attributes: { amount: 1 } },
      livemode: false,
      pending_webhooks: 0,
      request: null,
      type: 'refund.created',
    }
    expect(checkStripeObject(event)).toEqual([problem])
    expect(checkStripeObject({ object: 'list', url: '/', has_more: false, data: [refund, broken] })).toEqual([problem])
    expect(checkStripeObject({ ...refund, charge: { id: 'ch_1', object: 'charge' } }).length).toBeGreaterThan(10)
  })

  it('refuses a kind of object that Stripe does not have', () => {
    expect(checkStripeObject({ object: 'basket' })).toEqual(['basket: no such kind of object'])
  })
})

describe('the contract', () => {
  it('is the one that the installed SDK declares, byte for byte', () => {
    const file = join(import.meta.dirname, '../../../.generated/stripe-contract.json')
    const inUse = readFileSync(file, 'utf8')
    execFileSync(process.execPath, [join(import.meta.dirname, 'generate.ts')])
    expect(readFileSync(file, 'utf8') === inUse).toBe(true)
    expect(inUse.length).toBeLessThan(2_000_000)
  })
})
