/** The billing portal in the sandbox: what a configuration refuses, and what its buttons do. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { startSandbox } from '../../support/sandbox.ts'
import { aShop, DAY_MS, itemOf, refusal } from '../../support/shop.ts'
import type Stripe from 'stripe'
import type { RunningSandbox } from '../../support/sandbox.ts'

let sandbox: RunningSandbox
beforeAll(async () => void (sandbox = await startSandbox()))
afterAll(() => sandbox.stop())
beforeEach(async () => void (await sandbox.forget()))

type Features = Stripe.BillingPortal.ConfigurationCreateParams.Features

/** A subscribed customer and a portal that allows everything, or what the test says. */
async function aPortal(features: Features = {}, buys: Partial<Stripe.Checkout.SessionCreateParams> = {}) {
  const shop = await aShop(sandbox)
  const products = [{ product: shop.product.id, prices: [shop.basic.id, shop.pro.id, shop.yearly.id] }]
  const configuration = await shop.stripe.billingPortal.configurations.create({
    business_profile: { headline: 'Your membership' },
    features: {
      payment_method_update: { enabled: true },
      invoice_history: { enabled: true },
      subscription_cancel: { enabled: true },
      subscription_update: {
        enabled: true,
        default_allowed_updates: ['price'],
        products,
        proration_behavior: 'always_invoice',
        schedule_at_period_end: { conditions: [{ type: 'decreasing_item_amount' }] },
      },
      ...features,
    },
  })
  const { subscription } = await shop.subscribed(buys)
  const open = async () => {
    const session = await shop.stripe.billingPortal.sessions.create({
      customer: String(subscription.customer),
      configuration: configuration.id,
      return_url: 'http://shop.example/account',
    })
    return new URL(session.url).pathname
  }
  const press = async (action: string, more: Record<string, string> = {}) =>
    sandbox.page(await open(), { action, subscription: subscription.id, ...more })
  return { ...shop, subscription, configuration, open, press, now: () => shop.fresh(subscription.id) }
}

test('without a configuration there is no portal, as on an account that never saved one', async () => {
  const { stripe } = await aShop(sandbox)
  const { id: customer } = await stripe.customers.create()
  const error = await refusal(stripe.billingPortal.sessions.create({ customer }))
  expect(error.message).toContain('No configuration provided')
})

test('a configuration refuses products that are not there, prices of others, and more than ten', async () => {
  const { stripe, basic } = await aShop(sandbox)
  const other = await stripe.products.create({ name: 'Other' })
  const make = (products: { product: string; prices: string[] }[]) =>
    stripe.billingPortal.configurations.create({
      features: { subscription_update: { enabled: true, default_allowed_updates: ['price'], products } },
    })
  expect((await refusal(make([{ product: 'prod_none', prices: [] }]))).statusCode).toBe(400)
  expect((await refusal(make([{ product: other.id, prices: [basic.id] }]))).statusCode).toBe(400)
  expect((await refusal(make(Array.from({ length: 11 }, () => ({ product: other.id, prices: [] }))))).statusCode).toBe(
    400,
  )
  const none = stripe.billingPortal.configurations.create({ features: { subscription_update: { enabled: true } } })
  expect((await refusal(none)).statusCode).toBe(400)
})

test('the portal belongs to the account of its customer and configuration', async () => {
  const portal = await aPortal()
  const other = await aShop(sandbox)
  const customer = String(portal.subscription.customer)
  const wrong = other.stripe.billingPortal.sessions.create({ customer, configuration: portal.configuration.id })
  expect((await refusal(wrong)).param).toBe('customer')
})

test('the page shows plan, card, invoices and the way back', async () => {
  const { open } = await aPortal()
  const text = await (await sandbox.page(await open())).text()
  for (const part of [
    'Your membership',
    'Membership',
    '$10.00',
    '4242',
    'Cancel plan',
    'http://shop.example/account',
  ]) {
    expect(text).toContain(part)
  }
})

test('canceling sets cancel_at without the old flag, and can be taken back', async () => {
  const { press, now, subscription } = await aPortal()
  expect((await press('cancel')).status).toBe(303)
  const ending = await now()
  expect([ending.cancel_at, ending.cancel_at_period_end]).toEqual([itemOf(subscription).current_period_end, false])
  await press('resume')
  expect((await now()).cancel_at).toBeNull()
})

test('canceling at once ends the subscription, if the portal says so', async () => {
  const { press, now } = await aPortal({ subscription_cancel: { enabled: true, mode: 'immediately' } })
  await press('cancel')
  expect((await now()).status).toBe('canceled')
})

test('an upgrade is billed now, a downgrade waits for the period end', async () => {
  const { press, now, pro, basic, stripe } = await aPortal()
  await press('switch', { price: pro.id })
  const upgraded = await now()
  expect(itemOf(upgraded).price.id).toBe(pro.id)
  expect((await stripe.invoices.retrieve(String(upgraded.latest_invoice))).billing_reason).toBe('subscription_update')
  await press('switch', { price: basic.id })
  const waiting = await now()
  expect([itemOf(waiting).price.id, typeof waiting.schedule]).toEqual([pro.id, 'string'])
  await sandbox.advance(32 * DAY_MS)
  expect(itemOf(await now()).price.id).toBe(basic.id)
})

test('a scheduled downgrade can be taken back', async () => {
  const { press, now, basic, pro } = await aPortal({}, {})
  await press('switch', { price: pro.id })
  await press('switch', { price: basic.id })
  await press('release')
  await sandbox.advance(32 * DAY_MS)
  expect(itemOf(await now()).price.id).toBe(pro.id)
})

test('a switch in a trial ends the trial, as the portal does by default', async () => {
  const { press, now, pro } = await aPortal({}, { subscription_data: { trial_period_days: 14 } })
  await press('switch', { price: pro.id })
  const switched = await now()
  expect([switched.status, itemOf(switched).price.id]).toEqual(['active', pro.id])
})

test('a new card pays the next invoice, for better or worse', async () => {
  const { press, now } = await aPortal()
  await press('card', { card: 'decline' })
  await sandbox.advance(32 * DAY_MS)
  expect((await now()).status).toBe('past_due')
  await press('card', { card: 'ok' })
  await sandbox.advance(3 * DAY_MS)
  expect((await now()).status).toBe('active')
})

test('a button that is not offered does nothing', async () => {
  const portal = await aPortal({ subscription_cancel: { enabled: false }, payment_method_update: { enabled: false } })
  const other = await portal.stripe.prices.create({
    product: portal.product.id,
    currency: 'usd',
    unit_amount: 1,
    recurring: { interval: 'month' },
  })
  for (const [action, more] of [
    ['cancel', {}],
    ['card', { card: 'ok' }],
    ['switch', { price: other.id }],
    ['release', {}],
    ['constructor', {}],
  ] as const) {
    expect((await portal.press(action, more)).status).toBe(409)
  }
  expect(await portal.now()).toMatchObject({ status: 'active', cancel_at: null })
})

test('an open invoice can be paid on its own page', async () => {
  const { press, now, stripe } = await aPortal()
  await press('card', { card: 'decline' })
  await sandbox.advance(32 * DAY_MS)
  const invoice = await stripe.invoices.retrieve(String((await now()).latest_invoice))
  const path = new URL(invoice.hosted_invoice_url ?? '').pathname
  expect((await sandbox.page(path, { card: 'decline' })).status).toBe(402)
  expect((await sandbox.page(path, { card: 'ok' })).status).toBe(200)
  expect((await now()).status).toBe('active')
})
