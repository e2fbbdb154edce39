/** Usage that was bought: granted once, spent soonest to expire first, taken back with the money as far as unspent. */

import { describe, expect, it } from 'vitest'
import type { OrderTask } from '../../objects/carting.ts'
import type { TierInput } from '../../sdk/schema/catalog.ts'
import { bearing, left, takeBack } from '../support/callers.ts'
import { crash, evict, rows } from '../support/inside.ts'
import { answering } from '../support/outside.ts'
import { aProject, asserting, one, tier, track, use } from '../support/project.ts'
import { answered, Till, type Session } from '../support/till.ts'
import { DAY, holdTime, pass } from '../support/time.ts'

holdTime()

const me = asserting('u1')
type Spending = 'before' | 'after'

/** A shop of packs: 500 valid 90 days, 10 valid 5 days, 20 for ever. The plan itself allows `limit` a lifetime. */
async function aShop(facts: { limit?: number; spendCredits?: Spending } = {}) {
  const { limit = 0, spendCredits } = facts
  const limits = {
    requests: { limit, period: 'lifetime', ...(spendCredits === undefined ? {} : { spendCredits }) },
  } as unknown as TierInput['limits']
  const project = await aProject({ type: 'saas', tiers: [tier({ slug: 'free', limits })] })
  const till = new Till(project, () => 0.99)
  answering(project, (delivery) => till.deliver(delivery))
  const { stub } = project
  const packs = [
    ['big', 500, 90],
    ['short', 10, 5],
    ['ever', 20, null],
  ] as const
  for (const [name, quantity, validDays] of packs)
    answered(
      await stub().addProduct(
        me,
        {
          name,
          description: '',
          features: [],
          images: [],
          options: [],
          grant: { meter: 'requests', quantity, validDays },
          variants: [{ sku: name, options: {}, prices: [{ unitAmount: 1000, currency: 'usd' }], stock: null }],
        },
        { productId: `p_${name}`, variantIds: [name] },
      ),
    )
  let orders = 0
  const start = (items: { variantId: string; quantity: number }[], caller = me) =>
    stub().startOrder(caller, {
      items,
      newId: `ord_${(orders += 1)}`,
      successUrl: 'http://localhost/ok',
      cancelUrl: 'http://localhost/no',
      attempt: null,
      address: null,
    }) as Promise<unknown>
  async function buy(variantId: string, quantity = 1): Promise<Session> {
    const session = till.create(answered<OrderTask>(await start([{ variantId, quantity }])))
    answered(await stub().openOrder(session.orderId, { id: session.id, url: 'http://x' }))
    till.pay(session, 'paid')
    await till.look(session.id)
    return session
  }
  async function refund(session: Session, wish: object = {}): Promise<string> {
    const newId = `rf_${session.orderId}_${till.refunds.size}`
    answered(await stub().startRefund(me, session.orderId, { newId, attempt: null, restock: false, ...wish }))
    await till.perform(newId)
    return newId
  }
  async function failed(session: Session, id: string): Promise<void> {
    till.refunds.get(id)!.state = 'failed'
    await till.readRefunds(session.intent)
  }
  const credits = async () => (await left(project, me)).credits
  const spend = (quantity: number) => use(project, 'u1', { quantity })
  const packsLeft = () =>
    rows<{ variant_id: string; remaining: number }>(
      project,
      'SELECT variant_id, remaining FROM credits WHERE remaining > 0 ORDER BY variant_id',
    )
  return { project, till, start, buy, refund, failed, credits, spend, packsLeft }
}

describe('a pack', () => {
  it('of 500 for 90 days allows 500 more, until the last moment of the ninetieth day', async () => {
    const { project, buy, credits, spend } = await aShop({ limit: 3 })
    await buy('big')
    expect(await left(project, me)).toMatchObject({ allowed: true, credits: 500 })
    expect((await spend(503)).ok).toBe(true)
    expect(await spend(1)).toMatchObject({ code: 'limit_reached' })
    await buy('big')
    pass(90 * DAY - 1)
    expect(await credits()).toBe(500)
    pass(1)
    expect(await credits()).toBe(0)
    expect(await spend(1)).toMatchObject({ code: 'limit_reached' })
  })

  it('bought twice over in one cart grants twice; another order grants again', async () => {
    const { buy, credits } = await aShop()
    await buy('short', 3)
    expect(await credits()).toBe(30)
    await buy('short')
    expect(await credits()).toBe(40)
  })

  it('is granted once, however often Stripe says that it was paid, and whatever dies in between', async () => {
    const { project, till, buy, credits } = await aShop()
    const session = await buy('big')
    await Promise.all(Array.from({ length: 5 }, () => till.look(session.id)))
    await evict(project)
    await till.look(session.id)
    await crash()
    await till.look(session.id)
    expect(await credits()).toBe(500)
  })

  it('is nobody’s when a guest would buy it: guests are refused, customers of a page are not', async () => {
    const { project, start } = await aShop()
    const guest = { via: 'publishable', origin: null, token: null } as const
    expect(await start([{ variantId: 'big', quantity: 1 }], guest as never)).toMatchObject({ code: 'missing_customer' })
    await use(project, 'u1', { quantity: 1 }) // who is limited is a customer all the same
    expect(await start([{ variantId: 'big', quantity: 1 }], bearing('u1', project))).toMatchObject({ ok: true })
  })

  it('belongs to whoever bought it', async () => {
    const { project, buy } = await aShop()
    await buy('big')
    expect(await left(project, asserting('u2'))).toMatchObject({ credits: 0, allowed: false })
    expect(await use(project, 'u2')).toMatchObject({ code: 'limit_reached' })
  })
})

describe('spending', () => {
  it('takes the soonest to expire first, what never expires last, and all or nothing', async () => {
    const { buy, spend, packsLeft } = await aShop()
    for (const pack of ['ever', 'big', 'short']) await buy(pack)
    await spend(12)
    expect(await packsLeft()).toEqual([
      { variant_id: 'big', remaining: 498 },
      { variant_id: 'ever', remaining: 20 },
    ])
    expect(await spend(519)).toMatchObject({ code: 'limit_reached' })
    expect((await spend(518)).ok).toBe(true)
    expect(await packsLeft()).toEqual([])
  })

  it.each([
    ['before', 10 - 4, 0],
    ['after', 10, 4],
    [undefined, 10, 4],
  ] as const)('%s the plan’s own allowance, as the tier says', async (spendCredits, credits, used) => {
    const { project, buy, spend } = await aShop({ limit: 5, ...(spendCredits === undefined ? {} : { spendCredits }) })
    await buy('short')
    expect((await spend(4)).ok).toBe(true)
    expect(await left(project, me)).toMatchObject({ used, credits })
    expect((await spend(11)).ok).toBe(true)
    expect(await spend(1)).toMatchObject({ code: 'limit_reached' })
  })

  it('is exact under 1,000 calls at once: every unit of plan and packs is used, and none more', async () => {
    const { project, buy, credits } = await aShop({ limit: 50 })
    for (const pack of ['big', 'short']) await buy(pack)
    const outcomes = await Promise.all(Array.from({ length: 1_000 }, () => track(project, me, [one()])))
    const counted = outcomes.filter((outcome) => outcome.ok && outcome.value[0]!.ok)
    expect(counted).toHaveLength(560)
    expect(await credits()).toBe(0)
    expect(await project.stub().broken()).toEqual([])
  })

  it('that is taken back gives the credits back to the packs they came from', async () => {
    const { project, buy, spend, packsLeft } = await aShop({ limit: 5 })
    for (const pack of ['big', 'short']) await buy(pack)
    const before = await packsLeft()
    const counted = await spend(20)
    if (!counted.ok) throw new Error(counted.code)
    expect((await takeBack(project, me, counted.value.id)).ok).toBe(true)
    expect(await packsLeft()).toEqual(before)
    expect(await left(project, me)).toMatchObject({ used: 0 })
    expect(await takeBack(project, me, counted.value.id)).toMatchObject({ code: 'already_reversed' })
    expect(await packsLeft()).toEqual(before)
  })
})

describe('a refund of a pack', () => {
  it('takes back what is unspent', async () => {
    const { buy, spend, refund, credits } = await aShop()
    const session = await buy('big')
    await spend(120)
    await refund(session)
    expect(await credits()).toBe(0)
    expect(await spend(1)).toMatchObject({ code: 'limit_reached' })
  })

  it('of one of two takes back the half of them, as far as it is unspent', async () => {
    const { buy, spend, refund, credits } = await aShop()
    const session = await buy('short', 2)
    await refund(session, { lines: [{ variantId: 'short', quantity: 1 }] })
    expect(await credits()).toBe(10)
    await spend(7)
    await refund(session, { lines: [{ variantId: 'short', quantity: 1 }] })
    expect(await credits()).toBe(0)
  })

  it('of some money alone takes nothing back until all of it is given back', async () => {
    const { buy, refund, credits } = await aShop()
    const session = await buy('big')
    await refund(session, { amount: 999 })
    expect(await credits()).toBe(500)
    await refund(session, { amount: 1 })
    expect(await credits()).toBe(0)
  })

  it('that fails gives back what it took, and nothing that was spent', async () => {
    const { buy, spend, refund, failed, credits } = await aShop()
    const session = await buy('big')
    await spend(120)
    const id = await refund(session)
    await failed(session, id)
    expect(await credits()).toBe(380)
    await failed(session, id)
    expect(await credits()).toBe(380)
  })

  it('of two, of which one fails, leaves the other taken back', async () => {
    const { buy, refund, failed, credits } = await aShop()
    const session = await buy('short', 2)
    const first = await refund(session, { lines: [{ variantId: 'short', quantity: 1 }] })
    await refund(session, { lines: [{ variantId: 'short', quantity: 1 }] })
    expect(await credits()).toBe(0)
    await failed(session, first)
    expect(await credits()).toBe(10)
  })

  it('is not undone by taking back a use that had spent it', async () => {
    const { project, buy, spend, refund, credits } = await aShop()
    const session = await buy('big')
    const counted = await spend(120)
    if (!counted.ok) throw new Error(counted.code)
    await refund(session)
    await takeBack(project, me, counted.value.id)
    expect(await credits()).toBe(0)
  })
})
