import type Stripe from 'stripe'
import { describe, expect, it } from 'vitest'
import type { BillingHint } from '../../objects/billing.ts'
import { toBillingEvent } from '../../worker/stripe/events.ts'

/** An event as Stripe sends it; only what the rules look at needs to be right. */
const anEvent = (type: string, object: Record<string, unknown>, more: Record<string, unknown> = {}): Stripe.Event =>
  ({ id: 'evt_1', object: 'event', type, created: 1_893_456_000, livemode: false, data: { object }, ...more }) as never

const subscription: BillingHint = { read: 'subscription', id: 'sub_1', stripeCustomer: 'cus_1' }
const invoice = (details: unknown) => ({ id: 'in_1', customer: 'cus_1', parent: { subscription_details: details } })
const schedule = (current: string | null, released: string | null) => ({
  id: 'sub_sched_1',
  customer: 'cus_1',
  subscription: current,
  released_subscription: released,
})

const HINTS: [string, Record<string, unknown>, BillingHint[]][] = [
  ...['completed', 'expired', 'async_payment_succeeded', 'async_payment_failed'].map(
    (what): [string, Record<string, unknown>, BillingHint[]] => [
      `checkout.session.${what}`,
      { id: 'cs_1' },
      [{ read: 'session', id: 'cs_1' }],
    ],
  ),
  ...['created', 'updated', 'deleted', 'paused', 'resumed', 'trial_will_end', 'pending_update_applied'].map(
    (what): [string, Record<string, unknown>, BillingHint[]] => [
      `customer.subscription.${what}`,
      { id: 'sub_1', customer: 'cus_1' },
      [subscription],
    ],
  ),
  ['customer.subscription.updated', { id: 'sub_1', customer: { id: 'cus_1' } }, [subscription]],
  ['invoice.paid', invoice({ subscription: 'sub_1' }), [subscription]],
  ['invoice.paid', invoice({ subscription: { id: 'sub_1' } }), [subscription]],
  ['invoice.payment_failed', invoice({ subscription: 'sub_1' }), [subscription]],
  ['invoice.paid', invoice(null), []],
  ['invoice.paid', { id: 'in_1', customer: 'cus_1', parent: null }, []],
  ['subscription_schedule.updated', schedule('sub_1', null), [subscription]],
  ['subscription_schedule.released', schedule(null, 'sub_1'), [subscription]],
  ['subscription_schedule.canceled', schedule(null, null), []],
  ['charge.refunded', { id: 'ch_1', payment_intent: 'pi_1' }, [{ read: 'refunds', id: 'pi_1' }]],
  ['refund.failed', { id: 're_1', payment_intent: { id: 'pi_1' } }, [{ read: 'refunds', id: 'pi_1' }]],
  ['refund.created', { id: 're_1', payment_intent: null }, []],
  ['charge.dispute.created', { id: 'dp_1', payment_intent: 'pi_1' }, [{ read: 'disputes', id: 'pi_1' }]],
  ['charge.dispute.closed', { id: 'dp_1', payment_intent: null }, []],
  ['customer.deleted', { id: 'cus_1' }, [{ read: 'customer', id: 'cus_1' }]],
  ['account.updated', { id: 'acct_1' }, [{ read: 'account' }]],
  ['capability.updated', { id: 'card_payments' }, [{ read: 'account' }]],
  ['account.application.deauthorized', { id: 'ca_1' }, [{ read: 'disconnected' }]],
  ['charge.succeeded', { id: 'ch_1', customer: 'cus_1' }, []],
  ['customer.created', { id: 'cus_1' }, []],
  ['an.event.of.tomorrow', { id: 'x_1' }, []],
]

describe('[W3] [W4] what an event says must be read again', () => {
  it.each(HINTS)('%s: %#', (type, object, hints) => {
    expect(toBillingEvent(anEvent(type, object))).toMatchObject({ id: 'evt_1', type, objectId: object['id'], hints })
  })

  it('its time is turned to milliseconds', () => {
    expect(toBillingEvent(anEvent('customer.created', { id: 'cus_1' })).createdAt).toBe(1_893_456_000_000)
  })

  it('is never told by its metadata, nor by the state in its body', () => {
    const forged = {
      id: 'sub_1',
      customer: 'cus_1',
      status: 'active',
      metadata: { dream_project: 'other', userId: 'u9' },
    }
    expect(toBillingEvent(anEvent('customer.subscription.updated', forged)).hints).toEqual([subscription])
  })

  it('may be about an object without an id', () => {
    expect(toBillingEvent(anEvent('balance.available', {})).objectId).toBeNull()
  })
})

describe('[K4] what is kept of an event', () => {
  const SECRETS = {
    id: 'ch_1',
    amount: 2900,
    client_secret: 'pi_1_secret_x',
    url: 'https://checkout.stripe.com/c/pay/cs_1',
    receipt_url: 'https://pay.stripe.com/receipts/1',
    hosted_invoice_url: 'https://invoice.stripe.com/i/1',
    invoice_pdf: 'https://pay.stripe.com/invoice/1/pdf',
    pdf: 'https://pay.stripe.com/credit_notes/1/pdf',
    success_url: 'https://app.example/done?token=1',
    hosted_instructions_url: 'https://payments.stripe.com/instructions/1',
    card: { last4: '4242', fingerprint: 'fp_1' },
    payment_method_details: { card: { last4: '4242' } },
    billing_details: { address: { line1: 'Secret Street 1' } },
    source: { last4: '4242' },
    external_accounts: { data: [{ last4: '6789', routing_number: '110000000' }] },
    next_action: { redirect_to_url: { url: 'https://hooks.stripe.com/redirect/1' } },
    lines: { data: [{ payment_method_options: { card: {} }, us_bank_account: { last4: '6789' } }] },
  }

  it('holds no card or bank data, no client secret and no address that opens something, at any depth', () => {
    const { payload } = toBillingEvent(
      anEvent('charge.updated', SECRETS, { data: { object: SECRETS, previous_attributes: SECRETS } }),
    )
    for (const secret of ['4242', '6789', '110000000', 'fp_1', '_secret_', 'https://', 'Secret Street'])
      expect(payload, secret).not.toContain(secret)
    expect(JSON.parse(payload)).toMatchObject({ data: { object: { id: 'ch_1', amount: 2900 } } })
  })

  it('stays small however large the event is', () => {
    const { payload } = toBillingEvent(anEvent('invoice.paid', { id: 'in_1', note: 'x'.repeat(200_000), parent: null }))
    expect(JSON.parse(payload)).toEqual({ id: 'evt_1', type: 'invoice.paid', truncated: true })
  })
})
