/** A cart on the hosted page: what is asked of a guest, what it comes to, and what is told of its money. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { startSandbox } from '../../support/sandbox.ts'
import { aShop, DAY_MS, refusal } from '../../support/shop.ts'
import type Stripe from 'stripe'
import type { RunningSandbox } from '../../support/sandbox.ts'

type Params = Partial<Stripe.Checkout.SessionCreateParams>

interface Paid {
  paid: boolean
  reason: string
  payment_intent: string
}

let sandbox: RunningSandbox
beforeAll(async () => void (sandbox = await startSandbox()))
afterAll(() => sandbox.stop())
beforeEach(async () => void (await sandbox.forget()))

const path = (session: Stripe.Checkout.Session) => new URL(session.url ?? '').pathname
const types = (events: { type: string }[]) => events.map(({ type }) => type)

const OSLO = { line1: 'Karl Johans gate 1', city: 'Oslo', postal_code: '0154', country: 'NO' }
const NORDIC: Params = { shipping_address_collection: { allowed_countries: ['NO', 'SE'] } }

async function aCart(currency = 'usd') {
  const shop = await aShop(sandbox)
  const { stripe } = shop
  const line = async (name: string, unit_amount: number, quantity: number, tax_behavior?: 'inclusive') => {
    const { id } = await stripe.products.create({ name })
    const price = await stripe.prices.create({
      product: id,
      currency,
      unit_amount,
      ...(tax_behavior && { tax_behavior }),
    })
    return { price: price.id, quantity }
  }
  /** Two candles at 12.00 and three matchboxes at 3.33: 33.99 in all. */
  const line_items = [await line('Amber & Oak', 1200, 2), await line('Matches', 333, 3)]
  const buy = (params: Params = {}) => shop.checkout({ mode: 'payment', line_items, ...params })
  const pay = async (session: Stripe.Checkout.Session, body: Record<string, unknown> = {}) =>
    (await sandbox.control<Paid>('POST', `/stripe/checkout/${session.id}/pay`, body)).body
  const post = (session: Stripe.Checkout.Session, form: Record<string, string>) =>
    sandbox.page(path(session), { card: 'ok', email: 'a@b.co', ...form })
  const look = (session: Stripe.Checkout.Session, expand = ['line_items', 'payment_intent.latest_charge']) =>
    stripe.checkout.sessions.retrieve(session.id, { expand })
  const code = async (
    coupon: Stripe.CouponCreateParams,
    name: string,
    more: Partial<Stripe.PromotionCodeCreateParams> = {},
  ) => {
    const { id } = await stripe.coupons.create({ duration: 'once', ...coupon })
    return stripe.promotionCodes.create({ promotion: { type: 'coupon', coupon: id }, code: name, ...more })
  }
  return { ...shop, line, buy, pay, post, look, code }
}

const intentOf = (session: Stripe.Checkout.Session) => session.payment_intent as Stripe.PaymentIntent
const chargeOf = (session: Stripe.Checkout.Session) => intentOf(session).latest_charge as Stripe.Charge
const amounts = ({ amount_subtotal, total_details, amount_total }: Stripe.Checkout.Session) => [
  amount_subtotal,
  total_details?.amount_discount,
  total_details?.amount_tax,
  amount_total,
]

describe('what a guest is asked', () => {
  test('what is typed ends in the session, the intent and the charge', async () => {
    const { buy, pay, look } = await aCart()
    const session = await buy({ ...NORDIC, phone_number_collection: { enabled: true } })
    expect([session.collected_information, session.customer_details]).toEqual([null, null])
    const buyer = { email: 'kari@example.no', name: 'Kari N.', phone: '+47 22 00 00 00' }
    expect((await pay(session, { ...buyer, shipping: { name: 'Ola N.', address: OSLO } })).paid).toBe(true)
    const paid = await look(session)
    const address = { ...OSLO, line2: null, state: null }
    expect(paid.customer_details).toMatchObject({
      email: 'kari@example.no',
      name: 'Kari N.',
      phone: '+4722000000',
      address,
    })
    expect(paid.collected_information?.shipping_details).toEqual({ name: 'Ola N.', address })
    expect(paid.customer).toBeNull()
    expect(intentOf(paid).shipping).toMatchObject({ name: 'Ola N.', phone: '+4722000000', address })
    expect(chargeOf(paid).shipping).toMatchObject({ name: 'Ola N.', address })
    expect(chargeOf(paid).billing_details).toMatchObject({ email: 'kari@example.no', name: 'Kari N.' })
  })

  test('what is not asked is not kept', async () => {
    const { buy, pay, look } = await aCart()
    const session = await buy()
    await pay(session, { phone: '+4722000000', shipping: { name: 'Ola', address: OSLO } })
    const paid = await look(session)
    expect([paid.collected_information, paid.customer_details?.phone, intentOf(paid).shipping]).toEqual([
      null,
      null,
      null,
    ])
  })

  const MISSING: [what: string, body: Record<string, unknown>, reason: string][] = [
    ['an e-mail address', { email: null }, 'e-mail'],
    ['a phone number', { phone: null }, 'phone'],
    ['a whole phone number', { phone: '12' }, 'phone'],
    ['an address', { shipping: null }, 'address to ship to'],
    ['the city', { shipping: { name: 'O', address: { ...OSLO, city: null } } }, 'missing: the city'],
    [
      'a country that is shipped to',
      { shipping: { name: 'O', address: { ...OSLO, country: 'FR' } } },
      'ship to France',
    ],
  ]

  test.each(MISSING)('nothing is paid without %s', async (_what, body, reason) => {
    const { buy, pay, look } = await aCart()
    const session = await buy({ ...NORDIC, phone_number_collection: { enabled: true } })
    const refused = await pay(session, body)
    expect(refused).toEqual({ paid: false, reason: expect.stringContaining(reason) as string })
    expect((await look(session, [])).status).toBe('open')
    expect((await pay(session)).paid).toBe(true)
  })

  test('an e-mail address given by the shop stays as it is', async () => {
    const { buy, pay, look } = await aCart()
    const session = await buy({ customer_email: 'known@example.com' })
    await pay(session, { email: 'other@example.com' })
    expect((await look(session)).customer_details?.email).toBe('known@example.com')
  })

  test('a session refuses to ship where Checkout does not, and to no country at all', async () => {
    const { buy } = await aCart()
    const wrong = async (countries: string[]) =>
      (await refusal(buy({ shipping_address_collection: { allowed_countries: countries as ['NO'] } }))).statusCode
    expect([await wrong(['NO', 'IR']), await wrong(['XX'])]).toEqual([400, 400])
  })
})

describe('what it comes to', () => {
  test('a code is spread over the lines to the cent, and counted once', async () => {
    const { buy, pay, look, code, stripe } = await aCart()
    const promotion = await code({ percent_off: 15 }, 'EMBER15')
    const session = await buy({ allow_promotion_codes: true })
    await pay(session, { promotion_code: 'ember15' })
    const paid = await look(session)
    expect(amounts(paid)).toEqual([3399, 510, 0, 2889])
    expect(
      paid.line_items?.data.map((line) => [line.amount_subtotal, line.amount_discount, line.amount_total]),
    ).toEqual([
      [2400, 360, 2040],
      [999, 150, 849],
    ])
    expect(paid.discounts).toEqual([{ coupon: expect.any(String) as string, promotion_code: promotion.id }])
    expect([intentOf(paid).amount, chargeOf(paid).amount]).toEqual([2889, 2889])
    expect((await stripe.promotionCodes.retrieve(promotion.id)).times_redeemed).toBe(1)
  })

  test('a code that is spent, over, in another currency or for larger carts does not count', async () => {
    const { buy, pay, code } = await aCart()
    await code({ percent_off: 10 }, 'ONCE', { max_redemptions: 1 })
    await code({ amount_off: 500, currency: 'eur' }, 'EURO')
    await code({ percent_off: 10 }, 'BIG', { restrictions: { minimum_amount: 5000, minimum_amount_currency: 'usd' } })
    await code({ amount_off: 3370, currency: 'usd' }, 'CRUMBS')
    const open = { allow_promotion_codes: true }
    expect((await pay(await buy(open), { promotion_code: 'ONCE' })).paid).toBe(true)
    const why = async (promotion_code: string) => (await pay(await buy(open), { promotion_code })).reason
    expect(await why('ONCE')).toContain('expired')
    expect(await why('EURO')).toContain('does not count in USD')
    expect(await why('BIG')).toContain('from $50.00')
    expect(await why('CRUMBS')).toContain('too little')
  })

  test('a code for everything makes an order of nothing, without a payment', async () => {
    const { buy, pay, look, code } = await aCart()
    await code({ percent_off: 100 }, 'GIFT')
    const session = await buy({ allow_promotion_codes: true })
    await pay(session, { promotion_code: 'GIFT' })
    const free = await look(session, [])
    expect([free.payment_status, free.amount_total, free.payment_intent]).toEqual(['no_payment_required', 0, null])
  })

  test('tax is ten percent of what is left after the discount, on top or included as the price says', async () => {
    const { buy, pay, look, line, code } = await aCart()
    await code({ amount_off: 400, currency: 'usd' }, 'FOUR')
    const line_items = [await line('Lamp', 2200, 1), await line('Oil', 2200, 1, 'inclusive')]
    const session = await buy({ line_items, automatic_tax: { enabled: true }, allow_promotion_codes: true })
    expect([session.automatic_tax.status, amounts(session)]).toEqual(['requires_location_inputs', [4400, 0, 0, 4400]])
    await pay(session, { promotion_code: 'FOUR' })
    const paid = await look(session)
    expect(amounts(paid)).toEqual([4400, 400, 200 + 182, 4200])
    expect(paid.line_items?.data.map((line) => [line.amount_tax, line.amount_total])).toEqual([
      [200, 2200],
      [182, 2000],
    ])
    expect([paid.automatic_tax.status, chargeOf(paid).amount]).toEqual(['complete', 4200])
  })

  test('yen have no decimals, neither on the page nor in the tax', async () => {
    const { buy, line, pay, look } = await aCart('jpy')
    const session = await buy({ line_items: [await line('Incense', 1205, 1)], automatic_tax: { enabled: true } })
    const text = await (await sandbox.page(path(session))).text()
    expect(text).toContain('¥1,326')
    expect(text).not.toContain('.00')
    await pay(session)
    expect(amounts(await look(session))).toEqual([1205, 0, 121, 1326])
  })
})

describe('how it is paid', () => {
  const CARDS_ONLY: Params = { allowed_payment_method_types: ['card', 'link'] }

  test('a session for cards neither offers nor takes a bank debit', async () => {
    const { buy, pay, post } = await aCart()
    const session = await buy(CARDS_ONLY)
    expect(session.payment_method_types).toEqual(['card', 'link'])
    expect(await (await sandbox.page(path(session))).text()).not.toContain('Bank debit')
    expect((await pay(session, { card: 'delayed' })).reason).toContain('bank debits')
    expect((await post(session, { card: 'delayed' })).status).toBe(402)
    expect(await (await sandbox.page(path(await buy()))).text()).toContain('Bank debit')
  })

  test('a currency has its own bank debit, or none', async () => {
    const euro = await aCart('eur')
    const yen = await aCart('jpy')
    expect((await euro.buy()).payment_method_types).toContain('sepa_debit')
    const session = await yen.buy()
    expect((await yen.pay(session, { card: 'delayed' })).reason).toContain('bank debits')
    expect((await refusal(yen.buy({ allowed_payment_method_types: ['us_bank_account'] }))).statusCode).toBe(400)
  })

  test('a card that is declined, then accepted, is one intent with two charges', async () => {
    const { buy, pay, look, heard } = await aCart()
    const session = await buy()
    expect(await pay(session, { card: 'decline' })).toEqual({ paid: false, reason: 'Your card was declined.' })
    const tried = await look(session)
    expect([tried.status, intentOf(tried).status]).toEqual(['open', 'requires_payment_method'])
    await pay(session)
    expect(intentOf(await look(session)).id).toBe(intentOf(tried).id)
    expect(types(await heard()).filter((type) => /^(payment_intent|charge|checkout)/.test(type))).toEqual([
      'payment_intent.created',
      'charge.failed',
      'payment_intent.payment_failed',
      'charge.succeeded',
      'payment_intent.succeeded',
      'checkout.session.completed',
    ])
  })

  test('a session that ends after a decline cancels its intent', async () => {
    const { buy, pay, stripe, heard } = await aCart()
    const session = await buy()
    await pay(session, { card: 'decline' })
    await sandbox.forget()
    const expired = await stripe.checkout.sessions.expire(session.id, { expand: ['payment_intent'] })
    expect([expired.status, intentOf(expired).status]).toEqual(['expired', 'canceled'])
    expect(types(await heard())).toEqual(['payment_intent.canceled', 'checkout.session.expired'])
  })

  test.each([
    ['succeed', 'checkout.session.async_payment_succeeded', 'charge.succeeded', 'payment_intent.succeeded'],
    ['fail', 'checkout.session.async_payment_failed', 'charge.failed', 'payment_intent.payment_failed'],
  ] as const)('a bank debit is announced as processing, then as what the bank said: %s', async (outcome, ...said) => {
    const { buy, pay, heard } = await aCart('eur')
    const session = await buy(NORDIC)
    await pay(session, { card: 'delayed' })
    expect(types(await heard())).toEqual(
      expect.arrayContaining(['charge.pending', 'payment_intent.processing', 'checkout.session.completed']),
    )
    await sandbox.forget()
    await sandbox.control('POST', `/stripe/checkout/${session.id}/settle`, { outcome })
    expect(types(await heard()).toSorted()).toEqual(said.toSorted())
  })
})

describe('money that goes back', () => {
  test('is told as a refund and of its charge; one that fails comes back', async () => {
    const { buy, pay, stripe, heard } = await aCart()
    const { payment_intent } = await pay(await buy())
    await sandbox.forget()
    const refund = await stripe.refunds.create({ payment_intent, amount: 1200, metadata: { order: 'o1' } })
    expect(refund.status).toBe('succeeded')
    expect((await sandbox.control('POST', `/stripe/refunds/${refund.id}`, { outcome: 'fail' })).status).toBe(200)
    const failed = await stripe.refunds.retrieve(refund.id)
    expect([failed.status, failed.failure_reason]).toEqual(['failed', 'expired_or_canceled_card'])
    expect(types(await heard())).toEqual([
      'refund.created',
      'charge.refunded',
      'charge.updated',
      'refund.updated',
      'charge.refund.updated',
      'refund.failed',
    ])
    const again = await sandbox.control('POST', `/stripe/refunds/${refund.id}`, { outcome: 'fail' })
    expect(again.status).toBe(400)
  })

  test('to a bank account it is under way for days', async () => {
    const { buy, pay, stripe, look } = await aCart()
    const session = await buy()
    const { payment_intent } = await pay(session, { card: 'delayed' })
    expect((await refusal(stripe.refunds.create({ payment_intent }))).statusCode).toBe(400)
    await sandbox.control('POST', `/stripe/checkout/${session.id}/settle`, { outcome: 'succeed' })
    const refund = await stripe.refunds.create({ payment_intent })
    expect([refund.status, chargeOf(await look(session)).refunded]).toEqual(['pending', true])
    await sandbox.advance(5 * DAY_MS)
    expect((await stripe.refunds.retrieve(refund.id)).status).toBe('succeeded')
  })

  test('a dispute is opened on the intent of an order, answered, and won', async () => {
    const { buy, pay, heard } = await aCart()
    const { payment_intent } = await pay(await buy())
    await sandbox.forget()
    for (const status of ['needs_response', 'under_review', 'won']) {
      const answer = await sandbox.control('POST', `/stripe/charges/${payment_intent}/dispute`, { status })
      expect(answer.status).toBe(200)
    }
    expect(types(await heard())).toEqual([
      'charge.dispute.created',
      'charge.dispute.funds_withdrawn',
      'charge.dispute.updated',
      'charge.dispute.closed',
      'charge.dispute.funds_reinstated',
    ])
  })
})

describe('the page', () => {
  test('shows quantities, amounts and the sum', async () => {
    const { buy } = await aCart()
    const text = await (await sandbox.page(path(await buy()))).text()
    for (const shown of ['Amber &#38; Oak', 'Quantity 2, $12.00 each', '$24.00', '$9.99', 'Pay $33.99'])
      expect(text).toContain(shown)
  })

  test('tries a code before anything is paid', async () => {
    const { buy, code, look, post } = await aCart()
    await code({ percent_off: 15 }, 'EMBER15')
    const session = await buy({ allow_promotion_codes: true })
    const reduced = await (await sandbox.page(`${path(session)}?promotion_code=ember15`)).text()
    for (const shown of ['−$5.10', 'Pay $28.89', 'EMBER15']) expect(reduced).toContain(shown)
    const wrong = await sandbox.page(`${path(session)}?promotion_code=nope`)
    expect([wrong.status, (await wrong.text()).includes('This code is invalid.')]).toEqual([402, true])
    expect((await look(session, [])).status).toBe('open')
    expect((await post(session, { promotion_code: 'EMBER15' })).status).toBe(303)
    expect((await look(session, [])).amount_total).toBe(2889)
  })

  test('asks again for what is missing, and keeps what was typed', async () => {
    const { buy, post, look } = await aCart()
    const session = await buy({ ...NORDIC, phone_number_collection: { enabled: true } })
    const typed = { name: 'Ola "O" N.', line1: OSLO.line1, country: 'SE', phone: '+4722000000' }
    const again = await post(session, typed)
    const text = await again.text()
    expect(again.status).toBe(402)
    expect(text).toContain('missing: the city')
    expect(text).toContain('value="Ola &#34;O&#34; N."')
    expect(text).toMatch(/<option value="SE"\s+selected/)
    expect((await post(session, { ...typed, city: 'Malmö', postal_code: '211 18' })).status).toBe(303)
    expect((await look(session)).collected_information?.shipping_details?.address.country).toBe('SE')
  })

  test('lets the visitor be the bank, once', async () => {
    const { buy, pay } = await aCart()
    const session = await buy()
    await pay(session, { card: 'delayed' })
    expect(await (await sandbox.page(path(session))).text()).toContain('The bank pays')
    const settled = await (await sandbox.page(`${path(session)}/settle`, { outcome: 'fail' })).text()
    expect(settled).toContain('Your bank did not pay')
    expect(settled).not.toContain('The bank pays')
  })
})
