/** Checkout in the sandbox: what a session refuses, how it is paid, and how it ends. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { startSandbox } from '../../support/sandbox.ts'
import { aShop, refusal } from '../../support/shop.ts'
import type Stripe from 'stripe'
import type { RunningSandbox } from '../../support/sandbox.ts'

const MINUTE = 60

let sandbox: RunningSandbox
beforeAll(async () => void (sandbox = await startSandbox()))
afterAll(() => sandbox.stop())
beforeEach(async () => void (await sandbox.forget()))

const seconds = async () => Math.floor((await sandbox.now()) / 1000)
const path = (session: Stripe.Checkout.Session) => new URL(session.url ?? '').pathname
const types = (events: { type: string }[]) => events.map(({ type }) => type)

async function aStore() {
  const shop = await aShop(sandbox)
  const item = (quantity = 1) => ({
    price_data: { currency: 'usd', unit_amount: 2500, product_data: { name: 'A mug' } },
    quantity,
  })
  const buy = (params: Partial<Stripe.Checkout.SessionCreateParams> = {}) =>
    shop.checkout({ mode: 'payment', line_items: [item()], ...params })
  const pay = <T>(session: Stripe.Checkout.Session, body: unknown) =>
    sandbox.control<T>('POST', `/stripe/checkout/${session.id}/pay`, body)
  return { ...shop, item, buy, pay }
}

type Wrong = [what: string, param: string, params: Partial<Stripe.Checkout.SessionCreateParams>]

const WRONG: Wrong[] = [
  ['a relative success_url', 'success_url', { success_url: '/ok' }],
  ['a success_url that is no web address', 'success_url', { success_url: 'javascript:alert(1)' }],
  ['no line items', 'line_items', { line_items: [] }],
  ['a line without price', 'line_items[0][price]', { line_items: [{ quantity: 1 }] }],
  ['an unknown price', 'line_items[0][price]', { line_items: [{ price: 'price_none', quantity: 1 }] }],
  ['payment data in subscription mode', 'payment_intent_data', { payment_intent_data: { description: 'x' } }],
  ['customer_creation in subscription mode', 'customer_creation', { customer_creation: 'always' }],
  ['a trial of no days', 'subscription_data[trial_period_days]', { subscription_data: { trial_period_days: 0 } }],
  ['two ways to a discount', 'discounts', { discounts: [{ coupon: 'c' }], allow_promotion_codes: true }],
  ['an unknown customer', 'customer', { customer: 'cus_none' }],
  ['no e-mail address', 'customer_email', { customer_email: 'nonsense' }],
]

test.each(WRONG)('a session refuses %s', async (_what, param, params) => {
  const { checkout, basic, stripe } = await aShop(sandbox)
  await stripe.coupons.create({ id: 'c', percent_off: 10, duration: 'once' })
  const error = await refusal(checkout({ line_items: [{ price: basic.id, quantity: 1 }], ...params }))
  expect([error.statusCode, error.param]).toEqual([400, param])
})

test('a session refuses both customer and customer_email, and tax without an address', async () => {
  const { checkout, stripe } = await aShop(sandbox)
  const { id: customer } = await stripe.customers.create({ email: 'a@b.co' })
  expect((await refusal(checkout({ customer, customer_email: 'a@b.co' }))).param).toBe('customer_email')
  const taxed = { customer, automatic_tax: { enabled: true } }
  expect((await refusal(checkout(taxed))).code).toBe('customer_tax_location_invalid')
  const automatic = { ...taxed, customer_update: { address: 'auto' as const } }
  expect((await checkout(automatic)).automatic_tax.enabled).toBe(true)
})

test('a session refuses recurring prices in payment mode, inactive ones, and one-time prices as subscriptions', async () => {
  const { buy, basic, stripe, product, checkout } = await aStore()
  expect((await refusal(buy({ line_items: [{ price: basic.id, quantity: 1 }] }))).message).toContain('recurring')
  const once = await stripe.prices.create({ product: product.id, currency: 'usd', unit_amount: 5 })
  expect((await refusal(checkout({ line_items: [{ price: once.id, quantity: 1 }] }))).statusCode).toBe(400)
  await stripe.prices.update(basic.id, { active: false })
  expect((await refusal(checkout())).message).toContain('inactive')
})

test('a payment is free or worth charging, and nothing of an inactive product is sold', async () => {
  const { buy, item, stripe, product, checkout } = await aStore()
  const cheap = (unit_amount: number) =>
    buy({ line_items: [{ ...item(), price_data: { ...item().price_data, unit_amount } }] })
  expect((await refusal(cheap(49))).code).toBe('amount_too_small')
  expect((await cheap(50)).amount_total).toBe(50)
  expect((await cheap(0)).amount_total).toBe(0)
  await stripe.products.update(product.id, { active: false })
  expect((await refusal(checkout())).param).toBe('line_items[0][price]')
})

test('a session lives from thirty minutes to a day', async () => {
  const { checkout } = await aShop(sandbox)
  const now = await seconds()
  expect((await refusal(checkout({ expires_at: now + 29 * MINUTE }))).param).toBe('expires_at')
  expect((await refusal(checkout({ expires_at: now + 24 * 60 * MINUTE + 60 }))).param).toBe('expires_at')
  expect((await checkout({ expires_at: now + 31 * MINUTE })).status).toBe('open')
})

test('the trial of a session by date must lie two days ahead', async () => {
  const { checkout } = await aShop(sandbox)
  const day = 24 * 60 * MINUTE
  const soon = { subscription_data: { trial_end: (await seconds()) + day } }
  expect((await refusal(checkout(soon))).param).toBe('subscription_data[trial_end]')
})

test('a session expires at its time, is announced once, and can be paid no more', async () => {
  const { buy, heard, pay, stripe } = await aStore()
  const session = await buy({ expires_at: (await seconds()) + 31 * MINUTE })
  await sandbox.advance(32 * MINUTE * 1000)
  expect(types(await heard()).filter((type) => type.startsWith('checkout'))).toEqual(['checkout.session.expired'])
  expect((await pay(session, {})).status).toBe(400)
  const expired = await stripe.checkout.sessions.retrieve(session.id)
  expect([expired.status, expired.payment_status, expired.url]).toEqual(['expired', 'unpaid', null])
  expect((await refusal(stripe.checkout.sessions.expire(session.id))).message).toContain('status of `expired`')
})

test('a paid session cannot be expired', async () => {
  const { buy, pay, stripe } = await aStore()
  const session = await buy()
  await pay(session, { card: 'ok' })
  expect((await refusal(stripe.checkout.sessions.expire(session.id))).message).toContain('`complete`')
})

test('a declined card leaves the session open for another try', async () => {
  const { buy, pay, stripe, heard } = await aStore()
  const session = await buy()
  expect((await pay<{ paid: boolean }>(session, { card: 'decline' })).body.paid).toBe(false)
  expect((await stripe.checkout.sessions.retrieve(session.id)).status).toBe('open')
  expect((await pay<{ paid: boolean }>(session, { card: 'ok' })).body.paid).toBe(true)
  const told = types(await heard())
  expect(told).toContain('payment_intent.payment_failed')
  expect(told.filter((type) => type === 'checkout.session.completed')).toHaveLength(1)
})

test('a payment carries amount, lines and metadata, and its intent its own', async () => {
  const { buy, item, pay, stripe } = await aStore()
  const metadata = { order: 'o1' }
  const session = await buy({ line_items: [item(3)], metadata, payment_intent_data: { metadata: { order: 'o1-pi' } } })
  await pay(session, { email: 'buyer@shop.example' })
  const expand = ['line_items', 'payment_intent.latest_charge']
  const paid = await stripe.checkout.sessions.retrieve(session.id, { expand })
  expect([paid.amount_total, paid.payment_status, paid.metadata]).toEqual([7500, 'paid', metadata])
  expect(paid.line_items?.data.map(({ description, quantity }) => [description, quantity])).toEqual([['A mug', 3]])
  expect(paid.customer_details?.email).toBe('buyer@shop.example')
  const intent = paid.payment_intent as Stripe.PaymentIntent
  expect([intent.amount_received, intent.metadata]).toEqual([7500, { order: 'o1-pi' }])
  expect((intent.latest_charge as Stripe.Charge).paid).toBe(true)
})

test.each(['payment', 'subscription'] as const)(
  'a bank debit in %s mode completes unpaid and settles later',
  async (mode) => {
    const { buy, checkout, pay, stripe, heard } = await aStore()
    const start = () => (mode === 'payment' ? buy() : checkout())
    const settle = (session: Stripe.Checkout.Session, outcome: string) =>
      sandbox.control('POST', `/stripe/checkout/${session.id}/settle`, { outcome })
    const [good, bad] = [await start(), await start()]
    for (const session of [good, bad]) await pay(session, { card: 'delayed' })
    expect((await stripe.checkout.sessions.retrieve(good.id)).payment_status).toBe('unpaid')
    await settle(good, 'succeed')
    await settle(bad, 'fail')
    expect((await stripe.checkout.sessions.retrieve(good.id)).payment_status).toBe('paid')
    expect((await stripe.checkout.sessions.retrieve(bad.id)).payment_status).toBe('unpaid')
    expect((await settle(good, 'fail')).status).toBe(400)
    expect((await settle(bad, 'succeed')).status).toBe(400)
    expect(types(await heard())).toEqual(
      expect.arrayContaining(['checkout.session.async_payment_succeeded', 'checkout.session.async_payment_failed']),
    )
  },
)

test('a session that allows only cards takes no bank debit', async () => {
  const { buy, pay } = await aStore()
  const session = await buy({ allowed_payment_method_types: ['card'] })
  expect((await pay<{ paid: boolean }>(session, { card: 'delayed' })).body.paid).toBe(false)
})

test('a promotion code is taken where it is allowed, and only if it exists', async () => {
  const { checkout, pay, stripe } = await aStore()
  const coupon = await stripe.coupons.create({ percent_off: 20, duration: 'forever' })
  await stripe.promotionCodes.create({ promotion: { type: 'coupon', coupon: coupon.id }, code: 'SPRING' })
  const closed = await checkout()
  expect((await pay<{ reason: string }>(closed, { promotion_code: 'SPRING' })).body.reason).toContain('invalid')
  const open = await checkout({ allow_promotion_codes: true })
  expect((await pay<{ reason: string }>(open, { promotion_code: 'SUMMER' })).body.reason).toContain('invalid')
  await pay(open, { promotion_code: 'spring' })
  expect((await stripe.checkout.sessions.retrieve(open.id)).amount_total).toBe(800)
})

test('refunds: in part, in whole, never more, and one that fails comes back', async () => {
  const { buy, pay, stripe, heard } = await aStore()
  const session = await buy()
  const { body } = await pay<{ payment_intent: string }>(session, {})
  await sandbox.forget()
  await stripe.refunds.create({ payment_intent: body.payment_intent, amount: 1000 })
  const { data } = await stripe.charges.list({ payment_intent: body.payment_intent })
  expect([data[0]?.amount_refunded, data[0]?.refunded]).toEqual([1000, false])
  expect((await refusal(stripe.refunds.create({ charge: data[0]?.id, amount: 1501 }))).param).toBe('amount')
  await sandbox.control('POST', `/stripe/charges/${data[0]?.id}/refund`, { fail: true })
  expect((await stripe.charges.retrieve(data[0]?.id ?? '')).amount_refunded).toBe(1000)
  await stripe.refunds.create({ charge: data[0]?.id })
  expect((await refusal(stripe.refunds.create({ charge: data[0]?.id }))).code).toBe('charge_already_refunded')
  expect(types(await heard())).toEqual(expect.arrayContaining(['refund.created', 'charge.refunded', 'refund.failed']))
})

test('a dispute opens, closes and is announced', async () => {
  const { buy, pay, stripe, heard } = await aStore()
  const { body } = await pay<{ payment_intent: string }>(await buy(), {})
  const { latest_charge } = await stripe.paymentIntents.retrieve(body.payment_intent)
  await sandbox.forget()
  await sandbox.control('POST', `/stripe/charges/${String(latest_charge)}/dispute`, {})
  await sandbox.control('POST', `/stripe/charges/${String(latest_charge)}/dispute`, { status: 'lost' })
  expect(types(await heard())).toEqual([
    'charge.dispute.created',
    'charge.dispute.funds_withdrawn',
    'charge.dispute.closed',
  ])
})

test('the page shows what is bought, shows a decline, and leads back to the shop with the session id', async () => {
  const { buy } = await aStore()
  const session = await buy()
  const page = await sandbox.page(path(session))
  expect(page.headers.get('content-security-policy')).toContain("default-src 'none'")
  expect(await page.text()).toContain('A mug')
  const declined = await sandbox.page(path(session), { email: 'a@b.co', card: 'decline' })
  expect(declined.status).toBe(402)
  expect(await declined.text()).toContain('Your card was declined.')
  const paid = await sandbox.page(path(session), { email: 'a@b.co', card: 'ok' })
  expect([paid.status, paid.headers.get('location')]).toEqual([303, `http://shop.example/ok?session=${session.id}`])
  expect(await (await sandbox.page(path(session))).text()).toContain('this is done')
})

test('the page escapes what a shop names its goods', async () => {
  const { buy } = await aStore()
  const name = '<script>alert(1)</script>'
  const price_data = { currency: 'usd', unit_amount: 100, product_data: { name } }
  const text = await (await sandbox.page(path(await buy({ line_items: [{ price_data, quantity: 1 }] })))).text()
  expect(text).not.toContain('<script')
})

test('the index describes every control, for people and for programs', async () => {
  const { body } = await sandbox.control<{ controls: { path: string }[] }>('GET', '')
  const paths = body.controls.map((control) => control.path)
  for (const part of ['/stripe/accounts', '/stripe/delivery', '/sandbox/faults', '/sandbox/clerk/', '/sandbox/clock']) {
    expect(paths.some((known) => known.includes(part))).toBe(true)
  }
})
