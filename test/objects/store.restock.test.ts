/** What goes back on the shelf because of a refund: once, and off again when the money did not go. */

import { describe, expect, it } from 'vitest'
import type { OrderTask } from '../../objects/carting.ts'
import type { OrderView } from '../../objects/ordering.ts'
import { revisionOf, ring, rows, tables } from '../support/inside.ts'
import { answering } from '../support/outside.ts'
import { aProject, asserting } from '../support/project.ts'
import { answered, Till, type Given } from '../support/till.ts'
import { DAY, holdTime, MINUTE, pass, until } from '../support/time.ts'

holdTime()

const owner = asserting(null)
const product = (index: number, stock: number | null, facts: object = {}) => ({
  name: `P${index}`,
  description: '',
  features: [],
  images: [],
  options: [],
  grant: null,
  variants: [{ sku: `SKU${index}`, options: {}, prices: [{ unitAmount: 1000, currency: 'usd' }], stock }],
  ...facts,
})

const wish = (newId: string, quantity: number) => ({ newId, attempt: null, lines: [{ variantId: 'v0', quantity }] })

async function aShop(...stocks: readonly (number | null)[]) {
  const project = await aProject({ type: 'store' })
  const till = new Till(project, () => 0.99)
  answering(project, (delivery) => till.deliver(delivery))
  for (const [index, stock] of stocks.entries())
    answered(
      await project
        .stub()
        .addProduct(owner, product(index, stock), { productId: `p${index}`, variantIds: [`v${index}`] }),
    )
  const stub = project.stub
  const cart = (newId: string, ...quantities: number[]) =>
    stub().startOrder(owner, {
      items: quantities.map((quantity, index) => ({ variantId: `v${index}`, quantity })),
      newId,
      successUrl: 'http://localhost/ok',
      cancelUrl: 'http://localhost/no',
      attempt: null,
      address: null,
    }) as Promise<unknown>
  /** An order that is paid. */
  async function sell(id: string, ...quantities: number[]) {
    const session = till.create(answered<OrderTask>(await cart(id, ...quantities)))
    answered(await stub().openOrder(id, { id: session.id, url: 'http://x' }))
    till.pay(session, 'paid')
    await till.look(session.id)
    return session
  }
  async function refund(id: string, orderId: string, quantity: number, restock = true): Promise<Given> {
    answered(await stub().startRefund(owner, orderId, { ...wish(id, quantity), restock }))
    await till.perform(id)
    return till.refunds.get(id)!
  }
  const onHand = async (): Promise<(number | null)[]> =>
    (await rows<{ on_hand: number | null }>(project, 'SELECT on_hand FROM variants ORDER BY id')).map(
      (row) => row.on_hand,
    )
  const view = async (id: string) => answered<OrderView>(await stub().getOrder(owner, id))
  return { project, till, cart, sell, refund, onHand, view, stub }
}

describe('a refund with its units', () => {
  it.each(['pending', 'succeeded'] as const)('%s puts them back once, however often it is read', async (state) => {
    const { till, sell, refund, onHand } = await aShop(5)
    till.weather = { ...till.weather, pending: state === 'pending' ? 1 : 0 }
    const session = await sell('ord_1', 3)
    const given = await refund('rf_1', 'ord_1', 2)
    expect([given.state, await onHand()]).toEqual([state, [4]])
    for (const next of [state, 'succeeded', 'succeeded'] as const) {
      given.state = next
      await till.readRefunds(session.intent)
      expect(await onHand()).toEqual([4])
    }
  })

  it('that fails takes them off again, once, and the units can be given back anew', async () => {
    const { till, sell, refund, onHand, view } = await aShop(5)
    const session = await sell('ord_1', 3)
    const given = await refund('rf_1', 'ord_1', 3)
    expect(await onHand()).toEqual([5])
    given.state = 'failed'
    for (let i = 0; i < 3; i += 1) await till.readRefunds(session.intent)
    expect(await onHand()).toEqual([2])
    expect(await view('ord_1')).toMatchObject({ status: 'paid', lines: [{ refundedQuantity: 0 }] })
    await refund('rf_2', 'ord_1', 3)
    expect(await onHand()).toEqual([5])
    expect(await view('ord_1')).toMatchObject({ status: 'refunded', lines: [{ refundedQuantity: 3 }] })
  })

  it('that fails and then arrives after all counts its units again, and puts them back again, once', async () => {
    const { project, till, sell, refund, onHand, view } = await aShop(5)
    const session = await sell('ord_1', 3)
    const given = await refund('rf_1', 'ord_1', 2)
    for (const state of ['failed', 'succeeded', 'failed', 'pending', 'succeeded'] as const) {
      given.state = state
      await till.readRefunds(session.intent)
      await till.readRefunds(session.intent)
      const gone = state === 'failed' ? 0 : 2
      expect([await onHand(), (await view('ord_1')).lines[0]?.refundedQuantity]).toEqual([[2 + gone], gone])
    }
    expect(await project.stub().startRefund(owner, 'ord_1', { ...wish('rf_2', 2), restock: true })).toMatchObject({
      code: 'refund_too_large',
    })
  })

  it('that arrives after its units were given back anew counts no unit twice', async () => {
    const { till, sell, refund, view } = await aShop(5)
    const session = await sell('ord_1', 3)
    const given = await refund('rf_1', 'ord_1', 3)
    given.state = 'failed'
    await till.readRefunds(session.intent)
    await refund('rf_2', 'ord_1', 2)
    given.state = 'succeeded'
    await till.readRefunds(session.intent)
    expect((await view('ord_1')).lines).toMatchObject([{ refundedQuantity: 3 }])
    given.state = 'failed'
    await till.readRefunds(session.intent)
    expect((await view('ord_1')).lines).toMatchObject([{ refundedQuantity: 2 }])
  })

  it('that fails after they were sold again takes none from the new buyer', async () => {
    const { project, till, sell, refund, onHand, view } = await aShop(3)
    const session = await sell('ord_1', 3)
    const given = await refund('rf_1', 'ord_1', 3)
    await sell('ord_2', 2)
    given.state = 'failed'
    await till.readRefunds(session.intent)
    expect(await onHand()).toEqual([0])
    expect((await view('ord_2')).status).toBe('paid')
    expect(await project.stub().broken()).toEqual([])
  })

  it('not asked to put anything back puts nothing back', async () => {
    const { sell, refund, onHand } = await aShop(5)
    await sell('ord_1', 3)
    await refund('rf_1', 'ord_1', 2, false)
    expect(await onHand()).toEqual([2])
  })

  it('read late, after a newer reading, changes nothing', async () => {
    const { project, till, sell, refund, onHand } = await aShop(5)
    const session = await sell('ord_1', 3)
    const given = await refund('rf_1', 'ord_1', 3)
    const { number } = await project.stub().startReading(session.intent)
    const refunds = till.refundReadings(session.intent)
    given.state = 'failed'
    await till.readRefunds(session.intent)
    await project.stub().applyRefunds(session.intent, { number, refunds })
    expect(await onHand()).toEqual([2])
  })
})

describe('a cart that is refused', () => {
  it('at its third line leaves no trace of the first two: no row, no revision', async () => {
    const { project, cart } = await aShop(5, 5, 1)
    const stored = async () => {
      const { keys: _, ...all } = await tables(project)
      return { all, revision: await revisionOf(project) }
    }
    const before = await stored()
    expect(await cart('ord_1', 2, 2, 2)).toMatchObject({
      ok: false,
      code: 'sold_out',
      detail: { line: 2, available: 1 },
    })
    expect(await stored()).toEqual(before)
  })

  it('among two hundred at once: ten are held', async () => {
    const { project, cart } = await aShop(10)
    const outcomes = (await Promise.all(Array.from({ length: 200 }, (_, i) => cart(`ord_${i}`, 1)))) as {
      ok: boolean
    }[]
    expect(outcomes.filter(({ ok }) => ok)).toHaveLength(10)
    expect(await project.stub().broken()).toEqual([])
  })
})

describe('money without goods', () => {
  it('goes back whole, though a part of it was given back by hand before we could', async () => {
    const { project, till, sell, stub, view, cart } = await aShop(1)
    const late = till.create(answered<OrderTask>(await cart('ord_1', 1)))
    answered(await stub().openOrder('ord_1', { id: late.id, url: 'http://x' }))
    till.expire(late)
    await till.look(late.id)
    await sell('ord_2', 1)
    till.pay(late, 'paid')
    till.refund(late, 400, null)
    await till.look(late.id)
    expect((await view('ord_1')).status).toBe('unfillable')
    await until(async () => {
      const states = (await view('ord_1')).refunds.map(({ state }) => state)
      return states.includes('failed') && states.includes('asked')
    })
    pass(MINUTE)
    await ring(project)
    await until(async () => till.given(late.intent) > 400)
    expect(till.given(late.intent)).toBe(1000)
    await until(async () => (await view('ord_1')).order.refunded === 1000)
  })

  it('that Stripe refuses to give back is asked for again, at last once a day, and shown until it is given', async () => {
    const { project, till, sell, stub, cart, view } = await aShop(1)
    const late = till.create(answered<OrderTask>(await cart('ord_1', 1)))
    answered(await stub().openOrder('ord_1', { id: late.id, url: 'http://x' }))
    till.expire(late)
    await till.look(late.id)
    await sell('ord_2', 1)
    const give = till.refund.bind(till)
    till.refund = () => null
    till.pay(late, 'paid')
    await till.look(late.id)
    const owed = async () => answered<{ owedToBuyers: object[] }>(await stub().dashboard(owner)).owedToBuyers
    const refusals = async () => (await view('ord_1')).refunds.filter(({ state }) => state === 'failed').length
    for (let tries = 1; tries <= 9; tries += 1) {
      await until(async () => (await refusals()) >= tries)
      expect(await owed()).toMatchObject([
        { orderId: 'ord_1', amount: 1000, currency: 'usd', failure: 'refused', nextTryAt: expect.any(Number) },
      ])
      pass(DAY)
      if (tries < 9) await ring(project)
    }
    till.refund = give
    await ring(project)
    await until(async () => (await view('ord_1')).order.refunded === 1000)
    expect(await owed()).toEqual([])
    expect(till.given(late.intent)).toBe(1000)
  })
})
