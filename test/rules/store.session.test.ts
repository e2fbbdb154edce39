/** An order in Stripe's words and back: pure, so that the same order makes the same request. */

import { describe, expect, it } from 'vitest'
import type Stripe from 'stripe'
import type { OrderTask } from '../../objects/carting.ts'
import { toOrderReading, toOrderSession, toRefundReading } from '../../worker/stripe/order.ts'

const TERMS = {
  automaticTax: false,
  shippingCountries: [] as string[],
  collectPhone: false,
  promotionCodes: false,
  delayedPayments: true,
}
const task = (terms: Partial<typeof TERMS> = {}, order: object = {}): OrderTask =>
  ({
    settings: { projectId: 'p' },
    order: {
      id: 'ord_1',
      email: null,
      sessionEndsAt: 1_800_000_999,
      successUrl: 'https://a.example/ok',
      cancelUrl: 'https://a.example/no',
      terms: { ...TERMS, ...terms },
      ...order,
    },
    lines: [{ line: { quantity: 2 } }, { line: { quantity: 99 } }],
  }) as unknown as OrderTask

describe('the session of an order', () => {
  it('names its order and project, every line with the quantity that is held, and its end', () => {
    const params = toOrderSession(task(), ['price_a', 'price_b'])
    const metadata = { dream_project: 'p', dream_order: 'ord_1' }
    expect(params).toEqual({
      mode: 'payment',
      client_reference_id: 'ord_1',
      line_items: [
        { price: 'price_a', quantity: 2 },
        { price: 'price_b', quantity: 99 },
      ],
      success_url: 'https://a.example/ok',
      cancel_url: 'https://a.example/no',
      expires_at: 1_800_000,
      metadata,
      payment_intent_data: { metadata },
    })
    expect(toOrderSession(task(), ['price_a', 'price_b'])).toEqual(params)
  })

  it('never lets the buyer take more than is held', () => {
    const text = JSON.stringify(toOrderSession(task({ promotionCodes: true, collectPhone: true }), ['a', 'b']))
    for (const word of ['adjustable_quantity', 'optional_items', 'after_expiration']) expect(text).not.toContain(word)
  })

  it.each([
    [{ automaticTax: true }, { automatic_tax: { enabled: true } }],
    [{ collectPhone: true }, { phone_number_collection: { enabled: true } }],
    [{ promotionCodes: true }, { allow_promotion_codes: true }],
    [{ delayedPayments: false }, { allowed_payment_method_types: ['card', 'link'] }],
    [{ shippingCountries: ['DE', 'AT'] }, { shipping_address_collection: { allowed_countries: ['DE', 'AT'] } }],
  ])('of a shop with %j asks for %j', (terms, asked) => {
    expect(toOrderSession(task(terms), ['a', 'b'])).toMatchObject(asked)
  })
})

const session = (facts: object): Stripe.Checkout.Session =>
  ({ id: 'cs', status: 'complete', payment_status: 'paid', payment_intent: null, customer: null, ...facts }) as never

describe('what Stripe says of a session', () => {
  it.each([
    ['open', { status: 'open', payment_status: 'unpaid' }, { status: 'open', paid: false, failed: false }],
    ['expired', { status: 'expired', payment_status: 'unpaid' }, { status: 'expired', paid: false, failed: false }],
    ['paid', {}, { status: 'complete', paid: true, failed: false }],
    ['free', { payment_status: 'no_payment_required' }, { status: 'complete', paid: true, failed: false }],
    [
      'on its way',
      { payment_status: 'unpaid', payment_intent: { id: 'pi', status: 'processing' } },
      { status: 'complete', paid: false, failed: false, paymentIntent: 'pi' },
    ],
    [
      'not coming',
      { payment_status: 'unpaid', payment_intent: { id: 'pi', status: 'requires_payment_method' } },
      { paid: false, failed: true },
    ],
    ['unread', { payment_status: 'unpaid', payment_intent: 'pi' }, { paid: false, failed: false, paymentIntent: 'pi' }],
    [
      'paid, whatever its intent says',
      { payment_intent: { id: 'pi', status: 'canceled' } },
      { paid: true, failed: false },
    ],
  ])('%s', (_, facts, reading) => {
    expect(toOrderReading(session(facts))).toMatchObject(reading)
  })

  it.each([
    ['succeeded', 'succeeded'],
    ['pending', 'pending'],
    ['requires_action', 'pending'],
    ['a word of tomorrow', 'pending'],
    [null, 'pending'],
    ['failed', 'failed'],
    ['canceled', 'failed'],
  ])('a refund that is %s is %s', (status, state) => {
    const refund = { id: 're', amount: 5, status, created: 1, metadata: { dream_refund: 'rf_1' } } as never
    expect(toRefundReading(refund)).toMatchObject({ state, ours: 'rf_1', amount: 5, createdAt: 1000 })
  })
})
