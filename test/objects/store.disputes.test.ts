/** What a dispute takes and what it gives back: money in the figures, and the credits that were bought with it. */

import { describe, expect, it } from 'vitest'
import type { OrderTask } from '../../objects/carting.ts'
import type { OrderView } from '../../objects/ordering.ts'
import { left } from '../support/callers.ts'
import { answering } from '../support/outside.ts'
import { aProject, asserting, tier, use } from '../support/project.ts'
import { answered, Till } from '../support/till.ts'
import { holdTime } from '../support/time.ts'

holdTime()

const me = asserting('u1')

/** One pack of 100 uses for $10, paid. */
async function aSale() {
  const limits = { requests: { limit: 0, period: 'lifetime' as const } }
  const project = await aProject({ tiers: [tier({ slug: 'free', limits })] })
  const till = new Till(project, () => 0.99)
  answering(project, (delivery) => till.deliver(delivery))
  const { stub } = project
  answered(
    await stub().addProduct(
      me,
      {
        name: 'Pack',
        description: '',
        features: [],
        images: [],
        options: [],
        grant: { meter: 'requests', quantity: 100, validDays: null },
        variants: [{ sku: null, options: {}, prices: [{ unitAmount: 1000, currency: 'usd' }], stock: null }],
      },
      { productId: 'p', variantIds: ['v'] },
    ),
  )
  const wish = { items: [{ variantId: 'v', quantity: 1 }], newId: 'ord_1', attempt: null, address: null }
  const started = await stub().startOrder(me, {
    ...wish,
    successUrl: 'http://localhost/a',
    cancelUrl: 'http://localhost/b',
  })
  const session = till.create(answered<OrderTask>(started))
  answered(await stub().openOrder('ord_1', { id: session.id, url: 'http://x' }))
  till.pay(session, 'paid')
  await till.look(session.id)
  const known = new Map<string, object>()
  let opened = 0
  const stripeSays = (id: string, status: string, facts: object = {}) => {
    opened += 1
    known.set(id, { amount: 1000, currency: 'usd', createdAt: opened, ...known.get(id), ...facts, id, status })
  }
  const read = async (number?: number) => {
    const reading = number ?? (await stub().startDisputeReading(session.intent)).number
    answered(await stub().applyDisputes(session.intent, { number: reading, disputes: [...known.values()] as never }))
  }
  const dispute = async (...said: Parameters<typeof stripeSays>) => {
    stripeSays(...said)
    await read()
  }
  const view = async () => answered<OrderView>(await stub().getOrder(me, 'ord_1'))
  const revenue = async () =>
    answered<{ totalRevenue: number; totalSales: number }>(await stub().dashboard(me)).totalRevenue
  const credits = async () => (await left(project, me)).credits
  const refund = (amount?: number) =>
    stub().startRefund(me, 'ord_1', { newId: 'rf_1', attempt: null, restock: false, ...(amount ? { amount } : {}) })
  return { project, stub, session, stripeSays, read, dispute, view, revenue, credits, refund }
}

describe('a dispute', () => {
  it('takes nothing while it runs; lost, it takes money and credits; won after all, it gives both back', async () => {
    const { dispute, view, revenue, credits } = await aSale()
    await dispute('dp_1', 'needs_response')
    expect(await view()).toMatchObject({ status: 'disputed', order: { lost: 0, disputedAt: 1 } })
    expect([await revenue(), await credits()]).toEqual([1000, 100])
    await dispute('dp_1', 'lost')
    expect(await view()).toMatchObject({ status: 'disputed', order: { lost: 1000, disputedAt: 1 } })
    expect([await revenue(), await credits()]).toEqual([0, 0])
    await dispute('dp_1', 'won')
    expect(await view()).toMatchObject({ status: 'paid', order: { lost: 0, disputedAt: 1 } })
    expect([await revenue(), await credits()]).toEqual([1000, 100])
  })

  it('about a part takes its share; credits that were used are not taken', async () => {
    const { project, dispute, revenue, credits } = await aSale()
    await use(project, 'u1', { quantity: 80 })
    await dispute('dp_1', 'lost', { amount: 300 })
    expect([await revenue(), await credits()]).toEqual([700, 0])
    await dispute('dp_1', 'won')
    expect([await revenue(), await credits()]).toEqual([1000, 20])
  })

  it('beside another: what still runs is shown first, then what is lost, and all that is lost is taken', async () => {
    const { dispute, view, revenue } = await aSale()
    await dispute('dp_1', 'needs_response', { amount: 300 })
    await dispute('dp_2', 'under_review', { amount: 400 })
    await dispute('dp_1', 'lost')
    expect(await view()).toMatchObject({ order: { disputeStatus: 'under_review', lost: 300 } })
    await dispute('dp_2', 'won')
    expect(await view()).toMatchObject({ status: 'disputed', order: { disputeStatus: 'lost', lost: 300 } })
    expect(await revenue()).toBe(700)
    await dispute('dp_2', 'lost')
    expect([(await view()).order.lost, await revenue()]).toEqual([700, 300])
  })

  it('read late, after a newer reading, changes nothing', async () => {
    const { stub, session, stripeSays, read, view } = await aSale()
    stripeSays('dp_1', 'lost')
    const { number } = await stub().startDisputeReading(session.intent)
    await read()
    stripeSays('dp_1', 'won')
    await read()
    stripeSays('dp_1', 'lost')
    await read(number)
    expect(await view()).toMatchObject({ status: 'paid', order: { lost: 0 } })
  })

  it('in another currency is about the whole', async () => {
    const { dispute, view } = await aSale()
    await dispute('dp_1', 'lost', { amount: 950, currency: 'eur' })
    expect((await view()).order.lost).toBe(1000)
  })

  it('leaves only the rest to be refunded, and money is never taken off twice', async () => {
    const { dispute, refund, revenue } = await aSale()
    await dispute('dp_1', 'lost', { amount: 600 })
    expect(await refund(401)).toMatchObject({ code: 'refund_too_large', detail: { left: 400 } })
    expect(await refund()).toMatchObject({ ok: true, value: { amount: 400 } })
    await dispute('dp_2', 'lost', { amount: 600 })
    expect(await revenue()).toBe(0)
  })
})
