/** A shop that comes to be paid to another Stripe account: what was sold before stays where it was paid. */

import { describe, expect, it } from 'vitest'
import { secret, useApp, type TestProject } from '../support/app.ts'
import { stripeOf } from '../support/billing.ts'
import { aStore, bought, order, orderOf, paid, refund, stockOf, violations } from '../support/store.ts'

const app = useApp()

const moved = async (project: TestProject): Promise<TestProject> => {
  const { projectId } = project
  const body = { projectId, platformId: 'plt_moved' }
  const { stripeAccount } = await app().ok('POST', '/sandbox/projects/connect', { body })
  return { ...project, stripeAccount }
}
const givenBack = async (project: TestProject, payment_intent: string): Promise<number> => {
  const { data } = await stripeOf(app(), project).refunds.list({ payment_intent })
  return data.reduce((sum, { amount }) => sum + amount, 0)
}

describe('an order of before another Stripe account was connected', () => {
  it('is refunded where it was paid, and a refund made there by hand still counts', async () => {
    const { project, products } = await aStore(app())
    const old = await bought(app(), project, [{ productId: products[0].id }])
    await moved(project)
    const given = await refund(app(), project, old.id, { amount: 300 })
    expect([given.status, given.body.order?.amounts.refunded]).toEqual([200, 300])
    expect(await givenBack(project, old.paymentIntent)).toBe(300)
    await app().ok('POST', `/sandbox/stripe/charges/${old.paymentIntent}/refund`, { body: { amount: 200 } })
    await app().settle()
    expect((await orderOf(app(), project, old.id)).amounts.refunded).toBe(500)
  })

  it('that was still open can be paid, and is let go when its hold is over', async () => {
    const { project, products } = await aStore(app())
    const [open, left] = [
      await order(app(), project, [{ productId: products[0].id }]),
      await order(app(), project, [{ productId: products[0].id, quantity: 2 }]),
    ]
    await moved(project)
    await paid(app(), open)
    expect((await orderOf(app(), project, open.orderId)).status).toBe('paid')
    await app().advance('35m')
    expect((await orderOf(app(), project, left.orderId)).status).toBe('expired')
    expect(await stockOf(app(), project, products[0])).toEqual({ onHand: 9, available: 9, reserved: 0 })
  })

  it('is given up a day after its page must have ended, when the old account lets nobody in any more', async () => {
    const { project, products } = await aStore(app())
    const open = await order(app(), project, [{ productId: products[0].id }])
    await moved(project)
    await app().ok('POST', `/sandbox/stripe/accounts/${project.stripeAccount}/deauthorize`, { body: {} })
    await app().advance('20h')
    expect((await orderOf(app(), project, open.orderId)).status).toBe('pending')
    await app().advance('6h')
    expect((await orderOf(app(), project, open.orderId)).status).toBe('expired')
  })
})

describe('a shop that was connected with another Stripe account', () => {
  it('sells there from now on: its products and prices are made anew', async () => {
    const { project, products } = await aStore(app())
    const now = await moved(project)
    await app().settle()
    const made = await bought(app(), now, [{ productId: products[0].id }])
    const { payment_status } = await stripeOf(app(), now).checkout.sessions.retrieve(made.sessionId)
    expect(payment_status).toBe('paid')
    expect((await refund(app(), now, made.id)).body.order.status).toBe('refunded')
    expect(await givenBack(now, made.paymentIntent)).toBe(1000)
    const { orders } = await app().ok('GET', '/api/orders', { headers: secret(project) })
    expect(orders).toHaveLength(1)
    expect(await violations(app())).toEqual([])
  })
})
