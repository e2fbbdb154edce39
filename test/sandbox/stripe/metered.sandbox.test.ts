/** Our own billing on the platform's own account: a licensed and a metered price in one subscription, in live mode. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { startSandbox } from '../../support/sandbox.ts'
import { DAY_MS, itemOf, refusal } from '../../support/shop.ts'
import type Stripe from 'stripe'
import type { RunningSandbox } from '../../support/sandbox.ts'

const HOUR_MS = 3_600_000

let sandbox: RunningSandbox
beforeAll(async () => void (sandbox = await startSandbox()))
afterAll(() => sandbox.stop())
beforeEach(async () => void (await sandbox.forget()))

let made = 0

/** The platform's own account in live mode, with $19 a month and $0.03 for every user above 2,000. */
async function aPlatform(formula: 'sum' | 'count' | 'last' = 'last') {
  const stripe = sandbox.stripe({ mode: 'live' })
  const event_name = `live_users_${++made}`
  const meter = await stripe.billing.meters.create({
    display_name: 'Live users',
    event_name,
    default_aggregation: { formula },
  })
  const product = await stripe.products.create({ name: 'dream-api' })
  const base = await stripe.prices.create({
    product: product.id,
    currency: 'usd',
    unit_amount: 1900,
    recurring: { interval: 'month' },
  })
  const tiered = (params: Partial<Stripe.PriceCreateParams> = {}) =>
    stripe.prices.create({
      product: product.id,
      currency: 'usd',
      billing_scheme: 'tiered',
      tiers_mode: 'graduated',
      recurring: { interval: 'month', usage_type: 'metered', meter: meter.id },
      tiers: [
        { up_to: 2000, unit_amount: 0 },
        { up_to: 'inf', unit_amount: 3 },
      ],
      ...params,
    })
  const overage = await tiered()

  const checkout = (params: Partial<Stripe.Checkout.SessionCreateParams> = {}) =>
    stripe.checkout.sessions.create({
      mode: 'subscription',
      success_url: 'http://dream.example/ok',
      line_items: [{ price: base.id, quantity: 1 }, { price: overage.id }],
      ...params,
    })

  async function subscribed(params: Partial<Stripe.Checkout.SessionCreateParams> = {}, card: object = {}) {
    const session = await checkout(params)
    await sandbox.control('POST', `/stripe/checkout/${session.id}/pay`, { card: 'ok', ...card })
    const { subscription } = await stripe.checkout.sessions.retrieve(session.id)
    return fresh(String(subscription))
  }

  const fresh = (id: string) => stripe.subscriptions.retrieve(id, { expand: ['default_payment_method'] })

  async function report(customer: unknown, value: number, more: Partial<Stripe.Billing.MeterEventCreateParams> = {}) {
    const payload = { stripe_customer_id: String(customer), value: String(value) }
    return stripe.billing.meterEvents.create({ event_name, payload, ...more })
  }

  const latest = async (subscription: string) => (await stripe.invoices.list({ subscription })).data[0]

  return { stripe, meter, product, base, tiered, overage, checkout, subscribed, fresh, report, latest }
}

const amounts = (invoice: Stripe.Invoice | undefined) =>
  invoice?.lines.data.map(({ quantity, amount }) => [quantity, amount])

const seconds = async (ms = 0) => Math.floor(((await sandbox.now()) + ms) / 1000)

async function toPeriodEnd(subscription: Stripe.Subscription, ms: number) {
  await sandbox.advance(itemOf(subscription).current_period_end * 1000 - (await sandbox.now()) + ms)
}

test('a checkout sells a licensed and a metered item, and the first invoice bills only the licensed one', async () => {
  const { subscribed, latest } = await aPlatform()
  const subscription = await subscribed()
  expect(subscription.items.data.map(({ quantity }) => quantity)).toEqual([1, undefined])
  expect(subscription.items.data[1]?.plan.usage_type).toBe('metered')
  expect(amounts(await latest(subscription.id))).toEqual([[1, 1900]])
})

test('the end of a period bills what the meter counted in it, tier by tier', async () => {
  const { subscribed, report, latest } = await aPlatform()
  const subscription = await subscribed()
  await report(subscription.customer, 5000)
  await sandbox.advance(DAY_MS)
  await report(subscription.customer, 2001)
  await toPeriodEnd(subscription, 2 * HOUR_MS)
  const invoice = await latest(subscription.id)
  expect(amounts(invoice)).toEqual([
    [1, 1900],
    [2000, 0],
    [1, 3],
  ])
  expect([invoice?.status, invoice?.amount_paid]).toEqual(['paid', 1903])
  const counted = invoice?.lines.data[2]
  expect([counted?.period.start, counted?.period.end]).toEqual([
    itemOf(subscription).current_period_start,
    itemOf(subscription).current_period_end,
  ])
})

test('what was counted up to the last included user costs nothing, and a period without a report costs nothing', async () => {
  const { subscribed, report, latest, fresh } = await aPlatform()
  const subscription = await subscribed()
  await report(subscription.customer, 2000)
  await toPeriodEnd(subscription, 2 * HOUR_MS)
  expect((await latest(subscription.id))?.total).toBe(1900)
  await toPeriodEnd(await fresh(subscription.id), 2 * HOUR_MS)
  expect((await latest(subscription.id))?.total).toBe(1900)
})

test.each([
  ['sum', 5_010, 1_900 + 3_010 * 3],
  ['count', 3, 1_900],
  ['last', 10, 1_900],
] as const)('a meter makes one number of many reports: %s', async (formula, value, total) => {
  const { stripe, meter, subscribed, report, latest } = await aPlatform(formula)
  const subscription = await subscribed()
  for (const users of [3000, 2000, 10]) {
    await report(subscription.customer, users)
    await sandbox.advance(1000)
  }
  const from = Math.floor((await seconds()) / 86_400) * 86_400
  const summaries = await stripe.billing.meters.listEventSummaries(meter.id, {
    customer: String(subscription.customer),
    start_time: from - 86_400,
    end_time: from + 2 * 86_400,
  })
  expect(summaries.data.map(({ aggregated_value }) => aggregated_value)).toEqual([value])
  await toPeriodEnd(subscription, 2 * HOUR_MS)
  expect((await latest(subscription.id))?.total).toBe(total)
})

test('a report that comes late, before the invoice is final, is billed with its period', async () => {
  const { subscribed, report, latest } = await aPlatform()
  const subscription = await subscribed()
  await toPeriodEnd(subscription, 60_000)
  expect((await latest(subscription.id))?.status).toBe('draft')
  await report(subscription.customer, 2100, { timestamp: itemOf(subscription).current_period_end - 1 })
  await sandbox.advance(2 * HOUR_MS)
  expect((await latest(subscription.id))?.amount_paid).toBe(1900 + 300)
})

test('usage in a trial is free, and a trial that is ended by hand bills at once', async () => {
  const { stripe, subscribed, report, latest, fresh } = await aPlatform()
  const subscription = await subscribed({ subscription_data: { trial_period_days: 14 } })
  expect(subscription.status).toBe('trialing')
  await report(subscription.customer, 9000)
  const other = await subscribed({ subscription_data: { trial_period_days: 14 } })
  const ended = await stripe.subscriptions.update(other.id, { trial_end: 'now' })
  expect(ended.status).toBe('active')
  expect((await latest(other.id))?.amount_paid).toBe(1900)
  await sandbox.advance(14 * DAY_MS + 2 * HOUR_MS)
  expect((await fresh(subscription.id)).status).toBe('active')
  expect(amounts(await latest(subscription.id))).toEqual([[1, 1900]])
})

test('a cancellation at the end of the period bills its usage, and one at once does not', async () => {
  const { stripe, subscribed, report, latest, fresh } = await aPlatform()
  const subscription = await subscribed()
  await report(subscription.customer, 2010)
  await stripe.subscriptions.update(subscription.id, { cancel_at_period_end: true })
  const other = await subscribed()
  await report(other.customer, 2010)
  await stripe.subscriptions.cancel(other.id)
  await toPeriodEnd(subscription, 2 * HOUR_MS)
  expect((await fresh(subscription.id)).status).toBe('canceled')
  expect((await latest(subscription.id))?.amount_paid).toBe(30)
  expect((await latest(other.id))?.total).toBe(1900)
})

test('a preview estimates the next invoice from what was counted so far', async () => {
  const { stripe, subscribed, report } = await aPlatform()
  const subscription = await subscribed()
  await report(subscription.customer, 2500)
  const preview = await stripe.invoices.createPreview({ subscription: subscription.id })
  expect(preview.total).toBe(1900 + 500 * 3)
})

test('refuses an identifier that was used within a day, and counts it twice after that', async () => {
  const { subscribed, report } = await aPlatform()
  const { customer } = await subscribed()
  await report(customer, 1, { identifier: 'plt_1:2026-11-21' })
  const again = await refusal(report(customer, 1, { identifier: 'plt_1:2026-11-21' }))
  expect([again.statusCode, again.type]).toEqual([400, 'StripeInvalidRequestError'])
  expect(again.message).toBe('An event already exists with identifier plt_1:2026-11-21.')
  await sandbox.advance(DAY_MS + 1000)
  expect((await report(customer, 1, { identifier: 'plt_1:2026-11-21' })).identifier).toBe('plt_1:2026-11-21')
})

test('refuses reports that no meter, customer, moment or number fits', async () => {
  const { stripe, meter, subscribed, report } = await aPlatform()
  const { customer } = await subscribed()
  expect((await refusal(report(customer, 1, { event_name: 'nobody_counts' }))).message).toBe(
    'No active meter found for event name "nobody_counts".',
  )
  expect((await refusal(report('cus_nobody', 1))).code).toBe('resource_missing')
  expect((await refusal(report(customer, 1.5))).code).toBe('meter_event_invalid_value')
  const old = await seconds(-35 * DAY_MS - 60_000)
  expect((await refusal(report(customer, 1, { timestamp: old }))).code).toBe('timestamp_too_far_in_past')
  expect((await report(customer, 1, { timestamp: await seconds(-35 * DAY_MS + 60_000) })).timestamp).toBeGreaterThan(0)
  const early = await seconds(6 * 60_000)
  expect((await refusal(report(customer, 1, { timestamp: early }))).code).toBe('timestamp_in_future')
  expect((await report(customer, 1, { timestamp: await seconds(4 * 60_000) })).timestamp).toBeGreaterThan(0)
  await stripe.billing.meters.deactivate(meter.id)
  expect((await refusal(report(customer, 1))).message).toContain('No active meter')
})

test('refuses a second active meter of the same name, and misaligned summaries', async () => {
  const { stripe, meter, subscribed } = await aPlatform()
  const { event_name, id } = meter
  const twin = { event_name, display_name: 'Twin', default_aggregation: { formula: 'sum' as const } }
  expect((await refusal(stripe.billing.meters.create(twin))).param).toBe('event_name')
  const { customer } = await subscribed()
  const span = { customer: String(customer), start_time: 61, end_time: 120 }
  expect((await refusal(stripe.billing.meters.listEventSummaries(id, span))).param).toBe('start_time')
  expect((await stripe.billing.meters.retrieve(id)).status).toBe('active')
  expect((await stripe.billing.meters.list({ status: 'active', limit: 100 })).data.map((known) => known.id)).toContain(
    id,
  )
})

test('refuses a quantity for what a meter counts, in Checkout and in subscriptions', async () => {
  const { stripe, checkout, subscribed, overage } = await aPlatform()
  const wrong = await refusal(checkout({ line_items: [{ price: overage.id, quantity: 1 }] }))
  expect(wrong.message).toBe(
    'Quantity should not be specified where usage_type is `metered`. Remove quantity from `line_items[0]`.',
  )
  const { customer } = await subscribed()
  const items = [{ price: overage.id, quantity: 1 }]
  const refused = await refusal(stripe.subscriptions.create({ customer: String(customer), items }))
  expect(refused.param).toBe('items[0][quantity]')
})

test('refuses prices whose tiers or meter do not fit, and shows tiers only on request', async () => {
  const { stripe, meter, tiered, overage, base } = await aPlatform()
  const recurring = { interval: 'month' as const, usage_type: 'metered' as const }
  expect((await refusal(tiered({ recurring }))).param).toBe('recurring[meter]')
  expect((await refusal(tiered({ recurring: { ...recurring, meter: 'mtr_none' } }))).code).toBe('resource_missing')
  expect((await refusal(tiered({ unit_amount: 3 }))).param).toBe('unit_amount')
  expect((await refusal(tiered({ tiers: [{ up_to: 5, unit_amount: 1 }] }))).param).toBe('tiers')
  expect((await refusal(tiered({ tiers: [{ up_to: 'inf' }] }))).param).toBe('tiers[0][unit_amount]')
  const tiers = [
    { up_to: 9, unit_amount: 1 },
    { up_to: 5, unit_amount: 1 },
    { up_to: 'inf' as const, unit_amount: 1 },
  ]
  expect((await refusal(tiered({ tiers }))).param).toBe('tiers')
  await stripe.billing.meters.deactivate(meter.id)
  expect((await refusal(tiered())).message).toContain('inactive')
  expect('tiers' in (await stripe.prices.retrieve(overage.id))).toBe(false)
  const shown = await stripe.prices.retrieve(overage.id, { expand: ['tiers'] })
  expect(shown.tiers?.map(({ up_to, unit_amount }) => [up_to, unit_amount])).toEqual([
    [2000, 0],
    [null, 3],
  ])
  const found = await stripe.prices.list({ recurring: { meter: meter.id } })
  expect(found.data.map(({ id }) => id)).toEqual([overage.id])
  expect(base.recurring?.meter).toBeNull()
})

test('volume tiers price the whole count at one rate, and fractions of a cent are counted exactly', async () => {
  const { stripe, meter, product, tiered, checkout, subscribed, report, latest } = await aPlatform()
  const volume = await tiered({
    tiers_mode: 'volume',
    tiers: [
      { up_to: 100, unit_amount: 5 },
      { up_to: 'inf', unit_amount: 2 },
    ],
  })
  const whole = await subscribed({ line_items: [{ price: volume.id }] })
  await report(whole.customer, 101)
  const { data } = await stripe.prices.list({ product: product.id })
  expect(data).toHaveLength(3)
  const raw = await sandbox.toService('https://api.stripe.com/v1/prices', {
    method: 'POST',
    headers: { authorization: 'Bearer sk_live_sandbox', 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({
      product: product.id,
      currency: 'usd',
      unit_amount_decimal: '0.05',
      'recurring[interval]': 'month',
      'recurring[usage_type]': 'metered',
      'recurring[meter]': meter.id,
    }).toString(),
  })
  const fraction = (await raw.json()) as { id: string; unit_amount: null; unit_amount_decimal: string }
  expect([fraction.unit_amount, fraction.unit_amount_decimal]).toEqual([null, '0.05'])
  const small = await subscribed({ line_items: [{ price: fraction.id }] })
  await report(small.customer, 50)
  expect((await sandbox.page((await checkout()).url ?? '')).status).toBe(200)
  await toPeriodEnd(whole, 2 * HOUR_MS)
  expect((await latest(whole.id))?.total).toBe(202)
  expect((await latest(small.id))?.total).toBe(3)
})

test('a lookup key finds its price and moves only when asked', async () => {
  const { stripe, tiered } = await aPlatform()
  const lookup_key = `overage_${made}`
  const first = await tiered({ lookup_key })
  expect((await refusal(tiered({ lookup_key }))).param).toBe('lookup_key')
  const second = await tiered({ lookup_key, transfer_lookup_key: true })
  const { data } = await stripe.prices.list({ lookup_keys: [lookup_key] })
  expect(data.map(({ id }) => id)).toEqual([second.id])
  expect((await stripe.prices.retrieve(first.id)).lookup_key).toBeNull()
})

test('the same card number is the same card, whoever pays with it', async () => {
  const { checkout, subscribed } = await aPlatform()
  const trial = { subscription_data: { trial_period_days: 14 } }
  const fingerprint = (subscription: Stripe.Subscription) =>
    (subscription.default_payment_method as Stripe.PaymentMethod).card?.fingerprint
  const first = fingerprint(await subscribed(trial, { card_number: '5555 5555 5555 4444' }))
  const again = fingerprint(await subscribed(trial, { card_number: '5555555555554444' }))
  const usual = fingerprint(await subscribed(trial))
  expect(first).toMatch(/^[a-z0-9]{16}$/)
  expect([again === first, usual === first]).toEqual([true, false])
  const session = await checkout(trial)
  const form = { card: 'ok', email: 'a@b.co', name: 'A', card_number: '5555555555554443' }
  const refused = await sandbox.page(session.url ?? '', form)
  expect([refused.status, await refused.text()]).toEqual([402, expect.stringContaining('card number is incorrect')])
  const paid = await sandbox.page(session.url ?? '', { ...form, card_number: '5555555555554444' })
  expect(paid.status).toBe(303)
})

test('the checkout page names the price above the included users', async () => {
  const { checkout } = await aPlatform()
  const text = await (await sandbox.page((await checkout()).url ?? '')).text()
  expect(text).toContain('$0.00 each for the first 2,000, then $0.03 each / month')
})

test('the portal of our own account shows both prices and the invoices, and cancels', async () => {
  const { stripe, product, base, subscribed, fresh } = await aPlatform()
  const subscription = await subscribed()
  const { id: configuration } = await stripe.billingPortal.configurations.create({
    features: {
      invoice_history: { enabled: true },
      payment_method_update: { enabled: true },
      subscription_cancel: { enabled: true },
      subscription_update: {
        enabled: true,
        default_allowed_updates: ['price'],
        products: [{ product: product.id, prices: [base.id] }],
      },
    },
  })
  const session = await stripe.billingPortal.sessions.create({ customer: String(subscription.customer), configuration })
  const text = await (await sandbox.page(session.url)).text()
  expect(text).toContain('$19.00 / month')
  expect(text).toContain('then $0.03 each')
  await sandbox.page(session.url, { action: 'cancel', subscription: subscription.id })
  expect((await fresh(subscription.id)).cancel_at).toBe(itemOf(subscription).current_period_end)
})

test('the events of our own account carry no account and go to their own endpoint with its own secret', async () => {
  const { subscribed } = await aPlatform()
  await subscribed()
  const heard = await sandbox.heard()
  expect(heard.map(({ type }) => type)).toEqual(
    expect.arrayContaining(['billing.meter.created', 'price.created', 'customer.subscription.created', 'invoice.paid']),
  )
  expect(new Set(heard.map(({ path, account, livemode }) => `${path} ${account} ${livemode}`))).toEqual(
    new Set(['/webhook/stripe/platform undefined true']),
  )
})

test('an event of our own account that the app does not take is sent again, and again on request', async () => {
  await sandbox.answerWith(500)
  const { subscribed } = await aPlatform()
  const { id } = await subscribed()
  await sandbox.settle()
  await sandbox.answerWith(200)
  await sandbox.forget()
  await sandbox.advance(6000)
  const created = (await sandbox.heard()).filter(({ type }) => type === 'customer.subscription.created')
  expect(created.map(({ data }) => (data.object as Stripe.Subscription).id)).toEqual([id])
  await sandbox.forget()
  await sandbox.control('POST', `/stripe/events/${created[0]?.id}/redeliver`, { times: 2 })
  expect((await sandbox.heard()).map((event) => event.id)).toEqual([created[0]?.id, created[0]?.id])
})
