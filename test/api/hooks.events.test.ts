/** Which events there are, when they are told, and that what they say is what the contract says. */

import { describe, expect, it } from 'vitest'
import * as v from 'valibot'
import { WEBHOOK_TYPES, WebhookEvent } from '../../sdk/schema/webhook.ts'
import { verify } from '../../sdk/webhooks.ts'
import { as, secret, useApp } from '../support/app.ts'
import { LADDER, onlyOne, stripeOf, subscriptionsAt } from '../support/billing.ts'
import { anEndpoint, useReceivers } from '../support/hooks.ts'
import type { Receiver } from '../support/receiver.ts'
import { aProduct, aStore, bought, order, orderAction, refund, violations } from '../support/store.ts'

const app = useApp()
const receiver = useReceivers()

/** What was heard since the last look, each held to the contract; unknown fields would be cut off by it. */
function news(here: Receiver): WebhookEvent[] {
  return here.heard.splice(0).map(({ body }) => {
    const event = v.parse(WebhookEvent, body)
    expect(body).toEqual(event)
    return event
  })
}
const typesOf = (events: readonly WebhookEvent[]) => events.map(({ type }) => type)
const everything = async (project: Parameters<typeof anEndpoint>[1]) => {
  const here = await receiver()
  return { here, ...(await anEndpoint(app(), project, { url: here.url, events: WEBHOOK_TYPES })) }
}

describe('people, their use and the stock', () => {
  // First in this file, because the sdk believes nothing of an hour ago.
  it('are told of, and the sdk believes every word', async () => {
    const { project, products } = await aStore(app(), {
      project: { tiers: LADDER },
      products: [aProduct({ stock: 6 })],
    })
    const { here, secret: signing } = await everything(project)
    const { id } = await app().customer(project)
    await app().ok('PATCH', `/api/customers/${id}`, { headers: secret(project), body: { firstName: 'Ada' } })
    await app().ok('POST', '/api/data', { headers: as(project, id), body: { quantity: 5 } })
    await app().call('POST', '/api/data', { headers: as(project, id) })
    await order(app(), project, [{ productId: products[0].id }])
    await app().ok('DELETE', `/api/customers/${id}`, { headers: secret(project) })
    await app().settle()
    for (const { headers, text } of here.heard)
      expect(await verify({ headers: headers as Record<string, string>, body: text }, signing)).toMatchObject({
        id: headers['webhook-id'],
      })
    const told = news(here)
    expect(typesOf(told.filter(({ type }) => type !== 'stock.low'))).toEqual([
      'customer.created',
      'customer.updated',
      'usage.threshold',
      'usage.threshold',
      'usage.limit_reached',
      'customer.deleted',
    ])
    expect(told.filter(({ type }) => type === 'stock.low')).toMatchObject([{ data: { available: 5 } }])
  })
})

describe('a subscription', () => {
  it('is told of when it is made, when it changes and when it is over, and not when a reading finds nothing new', async () => {
    const project = await app().project({ tiers: LADDER })
    const { here } = await everything(project)
    const { id } = await app().customer(project)
    await app().subscribe(project, id, 'pro')
    const made = news(here)
    expect(typesOf(made)).toContain('customer.created')
    expect(made.at(-1)).toMatchObject({
      type: expect.stringMatching(/^subscription\.(?:created|updated)$/),
      data: { customerId: id, tier: 'pro', status: 'active', unitAmount: 1000 },
    })
    expect(typesOf(made).filter((type) => type === 'subscription.created')).toHaveLength(1)
    const subscription = onlyOne(await subscriptionsAt(app(), project))
    const stripe = stripeOf(app(), project)
    await stripe.subscriptions.update(subscription.id, { cancel_at_period_end: true })
    await app().settle()
    expect(news(here)).toMatchObject([{ type: 'subscription.updated', data: { cancelAt: expect.any(Number) } }])
    const { events } = await app().ok('GET', '/api/events?type=customer.subscription.updated', {
      headers: secret(project),
    })
    await app().ok('POST', `/api/events/${events[0].id}/replay`, { headers: secret(project) })
    await app().settle()
    expect(news(here)).toEqual([])
    await stripe.subscriptions.cancel(subscription.id)
    await app().settle()
    expect(news(here)).toMatchObject([{ type: 'subscription.canceled', data: { status: 'canceled' } }])
  })
})

describe('an order', () => {
  it('is told of when it is paid, sent, given back and disputed, in this order, each time once', async () => {
    const { project, products } = await aStore(app(), { products: [aProduct({ stock: 50, sku: 'MUG' })] })
    const { here } = await everything(project)
    const { id } = await bought(app(), project, [{ productId: products[0].id, quantity: 2 }])
    expect(news(here)).toMatchObject([
      {
        type: 'order.paid',
        data: {
          id,
          status: 'paid',
          amounts: { total: 2000, refunded: 0 },
          lines: [{ sku: 'MUG', name: 'Mug', quantity: 2, unitAmount: 1000 }],
        },
      },
    ])
    await orderAction(app(), project, id, 'fulfill', { carrier: 'Post', trackingNumber: '1Z' })
    await refund(app(), project, id, { amount: 500 })
    await app().settle()
    const { paymentIntent } = (await app().ok('GET', `/api/orders/${id}`, { headers: secret(project) })).order
    await app().ok('POST', `/sandbox/stripe/charges/${paymentIntent}/dispute`, { body: { status: 'lost' } })
    await app().settle()
    const told = news(here)
    expect(told.map(({ type, data }) => [type, (data as { status?: string }).status])).toEqual([
      ['order.fulfilled', 'fulfilled'],
      ['order.refunded', 'partially_refunded'],
      ['order.disputed', 'disputed'],
    ])
    expect(told[0]).toMatchObject({ data: { tracking: { number: '1Z', carrier: 'Post' } } })
    expect(told[1]).toMatchObject({ data: { amounts: { refunded: 500 } } })
  })

  it('is told of when its page is closed, when its hold is over and when its bank debit does not come', async () => {
    const { project, products } = await aStore(app(), {
      shop: { delayedPayments: true },
      products: [aProduct({ stock: 50 })],
    })
    const { here } = await everything(project)
    const cart = [{ productId: products[0].id }]
    const { orderId } = await order(app(), project, cart)
    await orderAction(app(), project, orderId, 'cancel')
    await order(app(), project, cart)
    await app().advance('2h')
    const debit = await order(app(), project, cart)
    await app().pay(debit.sessionId, { card: 'delayed' })
    await app().ok('POST', `/sandbox/stripe/checkout/${debit.sessionId}/settle`, { body: { outcome: 'fail' } })
    await app().settle()
    expect(typesOf(news(here))).toEqual(['order.expired', 'order.expired', 'order.canceled'])
    expect(await violations(app())).toEqual([])
  })
})
