/** The life of a subscription in the sandbox: trials, renewals, failures, changes, schedules, ends. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { startSandbox } from '../../support/sandbox.ts'
import { aShop, DAY_MS, itemOf, refusal } from '../../support/shop.ts'
import type Stripe from 'stripe'
import type { RunningSandbox } from '../../support/sandbox.ts'

const HOUR_MS = 3_600_000

let sandbox: RunningSandbox
beforeAll(async () => void (sandbox = await startSandbox()))
afterAll(() => sandbox.stop())
beforeEach(async () => void (await sandbox.forget()))

const types = (events: { type: string }[]) => events.map(({ type }) => type)

/** Moves to a moment after the end of the running period, when its invoice was tried. */
async function pastPeriodEnd(subscription: Stripe.Subscription) {
  await sandbox.advance(itemOf(subscription).current_period_end * 1000 - (await sandbox.now()) + 2 * HOUR_MS)
}

test('a paid checkout makes an active subscription with its period on the item', async () => {
  const shop = await aShop(sandbox)
  const { subscription } = await shop.subscribed()
  const { current_period_start: start, current_period_end: end } = itemOf(subscription)
  expect(subscription.status).toBe('active')
  expect(subscription.billing_mode.type).toBe('flexible')
  expect('current_period_end' in subscription).toBe(false)
  expect((end - start) / 86_400).toBeGreaterThanOrEqual(28)
  expect(types(await shop.heard())).toEqual(
    expect.arrayContaining(['customer.subscription.created', 'invoice.paid', 'checkout.session.completed']),
  )
})

test('a renewal moves the period, bills an hour later and says what changed', async () => {
  const shop = await aShop(sandbox)
  const { subscription } = await shop.subscribed()
  await sandbox.forget()
  await pastPeriodEnd(subscription)
  const renewed = await shop.fresh(subscription.id)
  expect(itemOf(renewed).current_period_start).toBe(itemOf(subscription).current_period_end)
  const events = await shop.heard()
  expect(types(events).filter((type) => type.startsWith('invoice.') || type.startsWith('customer.sub'))).toEqual([
    'invoice.created',
    'customer.subscription.updated',
    'invoice.finalized',
    'invoice.updated',
    'invoice.paid',
    'invoice.payment_succeeded',
  ])
  const updated = events.find(({ type }) => type === 'customer.subscription.updated')
  expect(Object.keys(updated?.data.previous_attributes ?? {}).sort()).toEqual(['items', 'latest_invoice'])
  const invoices = await shop.stripe.invoices.list({ subscription: subscription.id })
  expect(invoices.data.map(({ billing_reason, total }) => [billing_reason, total])).toEqual([
    ['subscription_cycle', 1000],
    ['subscription_create', 1000],
  ])
})

test('a trial costs nothing, warns three days before its end and then bills', async () => {
  const shop = await aShop(sandbox)
  const { session, subscription } = await shop.subscribed({ subscription_data: { trial_period_days: 14 } })
  expect([session.payment_status, session.amount_total, subscription.status]).toEqual([
    'no_payment_required',
    0,
    'trialing',
  ])
  await sandbox.forget()
  await sandbox.advance(10.9 * DAY_MS)
  expect(types(await shop.heard())).toEqual([])
  await sandbox.advance(0.2 * DAY_MS)
  expect(types(await shop.heard())).toEqual(['customer.subscription.trial_will_end'])
  await sandbox.advance(3 * DAY_MS)
  expect((await shop.fresh(subscription.id)).status).toBe('active')
  const [latest] = (await shop.stripe.invoices.list({ subscription: subscription.id })).data
  expect([latest?.status, latest?.total]).toEqual(['paid', 1000])
})

test.each([
  ['cancel', 'canceled', 'customer.subscription.deleted'],
  ['pause', 'paused', 'customer.subscription.paused'],
] as const)('a trial without a card ends as asked: %s', async (missing_payment_method, status, event) => {
  const shop = await aShop(sandbox)
  const trial_settings = { end_behavior: { missing_payment_method } }
  const { subscription } = await shop.subscribed({
    payment_method_collection: 'if_required',
    subscription_data: { trial_period_days: 1, trial_settings },
  })
  expect(subscription.default_payment_method).toBeNull()
  await sandbox.advance(1.1 * DAY_MS)
  expect((await shop.fresh(subscription.id)).status).toBe(status)
  expect(types(await shop.heard())).toContain(event)
})

test('month ends are kept: from January 31 to February 28 to March 31', async () => {
  const shop = await aShop(sandbox)
  const today = new Date(await sandbox.now())
  const january = Date.UTC(today.getUTCFullYear() + 1, 0, 31, 12)
  await sandbox.advance(january - (await sandbox.now()))
  const { subscription } = await shop.subscribed()
  const ends: string[] = []
  let current = subscription
  for (let month = 0; month < 2; month++) {
    ends.push(new Date(itemOf(current).current_period_end * 1000).toISOString().slice(5, 10))
    await pastPeriodEnd(current)
    current = await shop.fresh(subscription.id)
  }
  expect(ends[0]).toMatch(/02-2[89]/)
  expect(ends[1]).toBe('03-31')
})

test('a failing renewal is tried after 3, 5 and 7 days more, then cancels', async () => {
  const shop = await aShop(sandbox)
  const { subscription } = await shop.subscribed()
  await shop.card(subscription.customer, 'decline')
  await sandbox.forget()
  await pastPeriodEnd(subscription)
  expect((await shop.fresh(subscription.id)).status).toBe('past_due')
  for (const days of [3, 5]) {
    await sandbox.advance(days * DAY_MS)
    expect((await shop.fresh(subscription.id)).status).toBe('past_due')
  }
  await sandbox.advance(7 * DAY_MS)
  const ended = await shop.fresh(subscription.id)
  expect([ended.status, ended.cancellation_details?.reason]).toEqual(['canceled', 'payment_failed'])
  const heard = types(await shop.heard())
  expect(heard.filter((type) => type === 'invoice.payment_failed')).toHaveLength(4)
  expect(heard.at(-1)).toBe('customer.subscription.deleted')
})

test('a failing renewal can end as unpaid, and a good card revives it', async () => {
  const shop = await aShop(sandbox)
  const { subscription } = await shop.subscribed()
  await sandbox.control('POST', `/stripe/subscriptions/${subscription.id}/settings`, { after_dunning: 'unpaid' })
  await shop.card(subscription.customer, 'decline')
  await pastPeriodEnd(subscription)
  await sandbox.advance(16 * DAY_MS)
  const unpaid = await shop.fresh(subscription.id)
  expect(unpaid.status).toBe('unpaid')
  await shop.card(subscription.customer, 'ok')
  expect((await shop.stripe.invoices.pay(String(unpaid.latest_invoice))).status).toBe('paid')
  expect((await shop.fresh(subscription.id)).status).toBe('active')
})

test('paying an open invoice with a bad card answers 402 and counts the attempt', async () => {
  const shop = await aShop(sandbox)
  const { subscription } = await shop.subscribed()
  await shop.card(subscription.customer, 'decline')
  await pastPeriodEnd(subscription)
  const { latest_invoice } = await shop.fresh(subscription.id)
  const refused = await refusal(shop.stripe.invoices.pay(String(latest_invoice)))
  expect([refused.statusCode, refused.code]).toEqual([402, 'card_declined'])
  expect((await shop.stripe.invoices.retrieve(String(latest_invoice))).attempt_count).toBe(2)
})

test('a subscription whose first payment never comes expires after 23 hours and its invoice is void', async () => {
  const shop = await aShop(sandbox)
  const customer = await shop.stripe.customers.create({ email: 'a@b.co' })
  const made = await shop.stripe.subscriptions.create({
    customer: customer.id,
    items: [{ price: shop.basic.id }],
    payment_behavior: 'default_incomplete',
  })
  expect(made.status).toBe('incomplete')
  await sandbox.advance(22.9 * HOUR_MS)
  expect((await shop.fresh(made.id)).status).toBe('incomplete')
  await sandbox.advance(0.2 * HOUR_MS)
  expect((await shop.fresh(made.id)).status).toBe('incomplete_expired')
  expect((await shop.stripe.invoices.retrieve(String(made.latest_invoice))).status).toBe('void')
})

test('cancel_at_period_end sets cancel_at, can be taken back, and ends at the period end', async () => {
  const shop = await aShop(sandbox)
  const { subscription } = await shop.subscribed()
  const ending = await shop.stripe.subscriptions.update(subscription.id, { cancel_at_period_end: true })
  expect(ending.cancel_at).toBe(itemOf(subscription).current_period_end)
  const kept = await shop.stripe.subscriptions.update(subscription.id, { cancel_at_period_end: false })
  expect([kept.cancel_at, kept.canceled_at]).toEqual([null, null])
  await shop.stripe.subscriptions.update(subscription.id, { cancel_at: 'min_period_end' })
  await pastPeriodEnd(subscription)
  const ended = await shop.fresh(subscription.id)
  expect([ended.status, ended.ended_at]).toEqual(['canceled', itemOf(subscription).current_period_end])
  expect((await shop.stripe.subscriptions.list({ customer: String(ended.customer) })).data).toEqual([])
  expect((await refusal(shop.stripe.subscriptions.cancel(subscription.id))).code).toBe('resource_missing')
  expect(
    (await refusal(shop.stripe.subscriptions.update(subscription.id, { cancel_at_period_end: true }))).statusCode,
  ).toBe(400)
})

test('an upgrade in the middle of a period credits the old price and charges the new, at once or on the next invoice', async () => {
  const shop = await aShop(sandbox)
  const half = async (subscription: Stripe.Subscription) => {
    const { current_period_start: start, current_period_end: end } = itemOf(subscription)
    await sandbox.advance(((end - start) / 2) * 1000)
  }
  const upgrade = (
    subscription: Stripe.Subscription,
    proration_behavior: 'always_invoice' | 'create_prorations' | 'none',
  ) =>
    shop.stripe.subscriptions.update(subscription.id, {
      items: [{ id: itemOf(subscription).id, price: shop.pro.id }],
      proration_behavior,
      expand: ['latest_invoice'],
    })
  const now = (await shop.subscribed()).subscription
  await half(now)
  const preview = await shop.stripe.invoices.createPreview({
    subscription: now.id,
    subscription_details: { items: [{ id: itemOf(now).id, price: shop.pro.id }], proration_behavior: 'always_invoice' },
  })
  const billed = (await upgrade(now, 'always_invoice')).latest_invoice as Stripe.Invoice
  expect(billed.status).toBe('paid')
  expect(billed.total).toBeGreaterThanOrEqual(990)
  expect(billed.total).toBeLessThanOrEqual(1010)
  expect(Math.abs(preview.total - billed.total)).toBeLessThanOrEqual(1)
  expect(billed.lines.data.map((line) => line.parent?.subscription_item_details?.proration)).toEqual([true, true])

  const later = (await shop.subscribed()).subscription
  await half(later)
  expect(itemOf(await upgrade(later, 'create_prorations')).price.id).toBe(shop.pro.id)
  await pastPeriodEnd(later)
  const [cycle] = (await shop.stripe.invoices.list({ subscription: later.id })).data
  expect(cycle?.lines.data).toHaveLength(3)
  expect(cycle?.total).toBeGreaterThan(3980)

  const never = (await shop.subscribed()).subscription
  await half(never)
  await upgrade(never, 'none')
  await pastPeriodEnd(never)
  expect((await shop.stripe.invoices.list({ subscription: never.id })).data[0]?.total).toBe(3000)
})

test('a change of interval starts a new cycle and bills it at once', async () => {
  const shop = await aShop(sandbox)
  const { subscription } = await shop.subscribed()
  await sandbox.advance(DAY_MS)
  const changed = await shop.stripe.subscriptions.update(subscription.id, {
    items: [{ id: itemOf(subscription).id, price: shop.yearly.id }],
    expand: ['latest_invoice'],
  })
  const { current_period_start: start, current_period_end: end } = itemOf(changed)
  expect(changed.billing_cycle_anchor).toBe(start)
  expect((end - start) / 86_400).toBeGreaterThanOrEqual(365)
  expect((changed.latest_invoice as Stripe.Invoice).total).toBeLessThan(30_000)
})

test('an upgrade that cannot be paid: refused, pending or past due, as asked', async () => {
  const shop = await aShop(sandbox)
  const { subscription } = await shop.subscribed()
  const upgrade = (payment_behavior: Stripe.SubscriptionUpdateParams.PaymentBehavior) =>
    shop.stripe.subscriptions.update(subscription.id, {
      items: [{ id: itemOf(subscription).id, price: shop.pro.id }],
      proration_behavior: 'always_invoice',
      payment_behavior,
    })
  await shop.card(subscription.customer, 'decline')
  const refused = await refusal(upgrade('error_if_incomplete'))
  expect(refused.statusCode).toBe(402)
  expect((await shop.fresh(subscription.id)).latest_invoice).toBe(subscription.latest_invoice)

  const pending = await upgrade('pending_if_incomplete')
  expect([itemOf(pending).price.id, pending.status]).toEqual([shop.basic.id, 'active'])
  expect(pending.pending_update?.subscription_items?.[0]?.price.id).toBe(shop.pro.id)
  await shop.card(subscription.customer, 'ok')
  await shop.stripe.invoices.pay(String(pending.latest_invoice))
  const applied = await shop.fresh(subscription.id)
  expect([itemOf(applied).price.id, applied.pending_update]).toEqual([shop.pro.id, null])
  expect(types(await shop.heard())).toContain('customer.subscription.pending_update_applied')
})

test('a pending update expires after 23 hours and its invoice is void', async () => {
  const shop = await aShop(sandbox)
  const { subscription } = await shop.subscribed()
  await shop.card(subscription.customer, 'decline')
  const pending = await shop.stripe.subscriptions.update(subscription.id, {
    items: [{ id: itemOf(subscription).id, price: shop.pro.id }],
    proration_behavior: 'always_invoice',
    payment_behavior: 'pending_if_incomplete',
  })
  await sandbox.advance(24 * HOUR_MS)
  const kept = await shop.fresh(subscription.id)
  expect([kept.pending_update, itemOf(kept).price.id]).toEqual([null, shop.basic.id])
  expect((await shop.stripe.invoices.retrieve(String(pending.latest_invoice))).status).toBe('void')
})

test('a scheduled downgrade waits for the period end, forbids other plans meanwhile, and can be released', async () => {
  const shop = await aShop(sandbox)
  const start = { line_items: [{ price: shop.pro.id, quantity: 1 }] }
  const downgrade = async () => {
    const { subscription } = await shop.subscribed(start)
    const schedule = await shop.stripe.subscriptionSchedules.create({ from_subscription: subscription.id })
    const [present] = schedule.phases
    const updated = await shop.stripe.subscriptionSchedules.update(schedule.id, {
      end_behavior: 'release',
      phases: [
        { items: [{ price: shop.pro.id }], start_date: present?.start_date, end_date: present?.end_date },
        { items: [{ price: shop.basic.id }], duration: { interval: 'month', interval_count: 1 } },
      ],
    })
    return { subscription, schedule: updated }
  }
  const first = await downgrade()
  const refused = await refusal(shop.stripe.subscriptions.update(first.subscription.id, { cancel_at_period_end: true }))
  expect(refused.message).toContain('managed by the subscription schedule')
  expect((await refusal(shop.stripe.subscriptions.pause(first.subscription.id))).message).toContain('schedules')
  await pastPeriodEnd(first.subscription)
  const lower = await shop.fresh(first.subscription.id)
  expect(itemOf(lower).price.id).toBe(shop.basic.id)
  expect((await shop.stripe.invoices.retrieve(String(lower.latest_invoice))).total).toBe(1000)
  await pastPeriodEnd(lower)
  expect((await shop.stripe.subscriptionSchedules.retrieve(first.schedule.id)).status).toBe('released')
  expect((await shop.fresh(first.subscription.id)).schedule).toBeNull()

  const second = await downgrade()
  await shop.stripe.subscriptionSchedules.release(second.schedule.id)
  await pastPeriodEnd(second.subscription)
  expect(itemOf(await shop.fresh(second.subscription.id)).price.id).toBe(shop.pro.id)
})

test('a schedule made from a subscription takes no phases, and keeps the start of its running phase', async () => {
  const shop = await aShop(sandbox)
  const { subscription } = await shop.subscribed()
  const phases = [{ items: [{ price: shop.basic.id }] }]
  const create = shop.stripe.subscriptionSchedules.create({ from_subscription: subscription.id, phases })
  expect((await refusal(create)).param).toBe('phases')
  const schedule = await shop.stripe.subscriptionSchedules.create({ from_subscription: subscription.id })
  const moved = [{ items: [{ price: shop.basic.id }], start_date: (schedule.phases[0]?.start_date ?? 0) + 1 }]
  expect((await refusal(shop.stripe.subscriptionSchedules.update(schedule.id, { phases: moved }))).statusCode).toBe(400)
})

test('a subscription can be paused and resumed', async () => {
  const shop = await aShop(sandbox)
  const { subscription } = await shop.subscribed()
  expect((await shop.stripe.subscriptions.pause(subscription.id)).status).toBe('paused')
  await sandbox.advance(70 * DAY_MS)
  expect((await shop.stripe.invoices.list({ subscription: subscription.id })).data).toHaveLength(1)
  const resumed = await shop.stripe.subscriptions.resume(subscription.id)
  expect(resumed.status).toBe('active')
  expect(itemOf(resumed).current_period_end * 1000).toBeGreaterThan(await sandbox.now())
})

test('pause_collection leaves the status alone and bills on paper only', async () => {
  const shop = await aShop(sandbox)
  const { subscription } = await shop.subscribed()
  const paused = await shop.stripe.subscriptions.update(subscription.id, { pause_collection: { behavior: 'void' } })
  expect(paused.status).toBe('active')
  await pastPeriodEnd(subscription)
  expect((await shop.stripe.invoices.list({ subscription: subscription.id })).data.map(({ status }) => status)).toEqual(
    ['void', 'paid'],
  )
})

test('deleting a customer ends what the customer pays for', async () => {
  const shop = await aShop(sandbox)
  const { subscription } = await shop.subscribed()
  await sandbox.forget()
  await shop.stripe.customers.del(String(subscription.customer))
  expect((await shop.fresh(subscription.id)).status).toBe('canceled')
  expect(types(await shop.heard())).toEqual(['customer.subscription.deleted', 'customer.deleted'])
})

test('a coupon for three months is taken off three invoices', async () => {
  const shop = await aShop(sandbox)
  const coupon = await shop.stripe.coupons.create({ percent_off: 50, duration: 'repeating', duration_in_months: 3 })
  const { session, subscription } = await shop.subscribed({ discounts: [{ coupon: coupon.id }] })
  expect(session.amount_total).toBe(500)
  let current = subscription
  for (let month = 0; month < 3; month++) {
    await pastPeriodEnd(current)
    current = await shop.fresh(subscription.id)
  }
  const { data } = await shop.stripe.invoices.list({ subscription: subscription.id })
  expect(data.map(({ total }) => total).toReversed()).toEqual([500, 500, 500, 1000])
})

test('an invoice names its subscription and its payment where the current API has them', async () => {
  const shop = await aShop(sandbox)
  const { subscription } = await shop.subscribed({ subscription_data: { metadata: { project: 'p1' } } })
  const invoice = await shop.stripe.invoices.retrieve(String(subscription.latest_invoice), { expand: ['payments'] })
  expect(invoice.parent?.subscription_details).toEqual({ metadata: { project: 'p1' }, subscription: subscription.id })
  expect('subscription' in invoice).toBe(false)
  const { data } = await shop.stripe.invoicePayments.list({ invoice: invoice.id })
  expect(data[0]?.payment.payment_intent).toBe(invoice.payments?.data[0]?.payment.payment_intent)
  expect(invoice.lines.data[0]?.pricing?.price_details?.price).toBe(shop.basic.id)
})

test('a coupon given to a running subscription is taken off its next invoice', async () => {
  const shop = await aShop(sandbox)
  const { subscription } = await shop.subscribed()
  const coupon = await shop.stripe.coupons.create({ amount_off: 300, currency: 'usd', duration: 'once' })
  await sandbox.forget()
  await shop.stripe.subscriptions.update(subscription.id, { discounts: [{ coupon: coupon.id }] })
  expect(types(await shop.heard())).toEqual(['customer.discount.created', 'customer.subscription.updated'])
  await pastPeriodEnd(subscription)
  expect((await shop.stripe.invoices.list({ subscription: subscription.id })).data[0]?.total).toBe(700)
  expect((await shop.fresh(subscription.id)).discounts).toEqual([])
})

test('the earliest due thing is known, and time never goes backwards', async () => {
  const shop = await aShop(sandbox)
  const { subscription } = await shop.subscribed()
  await sandbox.settle()
  const due = (await sandbox.nextDue()) ?? Infinity
  expect(due).toBeLessThanOrEqual(itemOf(subscription).current_period_end * 1000)
  expect(due).toBeGreaterThan(await sandbox.now())
  const offset = await sandbox.clock()
  await sandbox.advance(-DAY_MS)
  expect(await sandbox.clock()).toBe(offset)
})
