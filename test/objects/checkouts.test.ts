import { describe, expect, it } from 'vitest'
import type { CheckoutTask, SessionReading } from '../../objects/billing.ts'
import type { Delivery } from '../../objects/outbox.ts'
import type { Outcome } from '../../objects/outcome.ts'
import { ring, tables } from '../support/inside.ts'
import { answering } from '../support/outside.ts'
import { aProject, asserting, tier } from '../support/project.ts'
import { anEvent, apply, ask, aBuyer, aShop, hear, kept, planOf, read, reading } from '../support/stripe.ts'
import { DAY, HOUR, holdTime, MINUTE, pass } from '../support/time.ts'

holdTime()

type AShop = Awaited<ReturnType<typeof aShop>>
type Wish = Parameters<ReturnType<AShop['stub']>['startCheckout']>[1]

let ids = 0
const start = async (project: AShop, who: string, wish: Partial<Wish> = {}): Promise<Outcome<CheckoutTask>> =>
  (await project.stub().startCheckout(asserting(who), {
    tier: 'pro',
    newId: `co_${(ids += 1)}`,
    successUrl: 'http://localhost:3000/done',
    cancelUrl: 'http://localhost:3000/back',
    ...wish,
  } as Wish)) as Outcome<CheckoutTask>
async function task(started: Promise<Outcome<CheckoutTask>>): Promise<CheckoutTask> {
  const outcome = await started
  if (!outcome.ok) throw new Error(outcome.code)
  return outcome.value
}
async function open(project: AShop, who: string, wish: Partial<Wish> = {}): Promise<{ id: string; session: string }> {
  const { checkout } = await task(start(project, who, wish))
  const session = `cs_${checkout!.id}`
  await project.stub().openCheckout(checkout!.id, { id: session, url: `https://checkout.example/${session}` })
  return { id: checkout!.id, session }
}
const look = (project: AShop, found: SessionReading) => project.stub().applySession(found) as Promise<unknown>
const stateOf = async (project: AShop, id: string) =>
  (await tables(project))['checkouts']!.find((row) => row['id'] === id)!['state']
const owedKeys = async (project: AShop, kind: string) =>
  ((await project.stub().owed()) as Delivery[]).filter((delivery) => delivery.kind === kind).map(({ key }) => key)
const away = (project: AShop) =>
  answering(project, ({ kind }) => (kind.startsWith('stripe.') ? { reason: 'away' } : null))

describe('[S2] asking twice', () => {
  it('for the same answers the open session again, with no second intent', async () => {
    const project = await aShop()
    const { id } = await open(project, 'u1')
    const again = await task(start(project, 'u1'))
    expect(again.checkout).toMatchObject({ id, state: 'open' })
    expect(again.stale).toEqual([])
    expect((await tables(project))['checkouts']).toHaveLength(1)
  })

  it('50 times at once makes one intent', async () => {
    const project = await aShop()
    const tasks = await Promise.all(Array.from({ length: 50 }, () => task(start(project, 'u1'))))
    expect(new Set(tasks.map(({ checkout }) => checkout!.id))).toHaveLength(1)
    expect((await tables(project))['checkouts']).toHaveLength(1)
  })

  it.each([
    ['another tier', { tier: 'max' }],
    ['another way back', { successUrl: 'http://localhost:3000/other' }],
  ])('for %s makes a second and names the first, which must be ended first', async (_, wish) => {
    const project = await aShop()
    const { id } = await open(project, 'u1')
    const second = await task(start(project, 'u1', wish))
    expect(second.checkout!.id).not.toBe(id)
    expect(second.stale.map((stale) => stale.id)).toEqual([id])
  })

  it('after the price changed never sells at the old one', async () => {
    const project = await aShop()
    const { id } = await open(project, 'u1')
    await project.stub().putTiers([tier({ slug: 'free' }), tier({ slug: 'pro', unitAmount: 3900, trialDays: 14 })])
    const second = await task(start(project, 'u1'))
    expect(second.checkout).toMatchObject({ unitAmount: 3900 })
    expect(second.stale.map((stale) => stale.id)).toEqual([id])
  })

  it('shortly before the session ends makes a new one', async () => {
    const project = await aShop()
    const { id } = await open(project, 'u1')
    pass(23 * HOUR - 30 * MINUTE - 1)
    expect((await task(start(project, 'u1'))).checkout!.id).toBe(id)
    pass(1)
    expect((await task(start(project, 'u1'))).checkout!.id).not.toBe(id)
  })

  it('by somebody else is another intent', async () => {
    const project = await aShop()
    const { id } = await open(project, 'u1')
    const other = await task(start(project, 'u2'))
    expect(other.checkout!.id).not.toBe(id)
    expect(other.stale).toEqual([])
  })

  it('for the plan one holds takes a planned change back, also one of the interval only', async () => {
    const yearly = { interval: 'year', unitAmount: 29_000, currency: 'usd' } as const
    const monthly = { interval: 'month', unitAmount: 2900, currency: 'usd' } as const
    const project = await aShop()
    await project.stub().putTiers([tier({ slug: 'free' }), tier({ slug: 'pro', prices: [monthly, yearly] })])
    const price = { ...yearly, tier: 'pro', stripePriceId: null }
    await project.stub().linkPrice({ price, stripeProductId: 'prod_pro', stripePriceId: 'price_pro_year' }, 'acct_test')
    await aBuyer(project, 'u1')
    const held = reading({ interval: 'year', stripePriceId: 'price_pro_year', unitAmount: 29_000 })
    await read(project, { ...held, scheduleId: 'sub_sched_1', scheduledPriceId: 'price_pro' })
    const kindOf = async (interval: 'month' | 'year') => (await task(start(project, 'u1', { interval }))).purchase.kind
    expect(await kindOf('month')).toBe('nothing')
    expect(await kindOf('year')).toBe('resume')
    await read(project, held)
    expect(await kindOf('month')).toBe('downgrade')
    expect(await kindOf('year')).toBe('nothing')
  })

  it('once subscribed changes the subscription instead of selling a second', async () => {
    const project = await aShop()
    await aBuyer(project, 'u1')
    await read(project, reading())
    expect((await task(start(project, 'u1', { tier: 'max' }))).purchase).toMatchObject({
      kind: 'upgrade',
      subscription: { id: 'sub_1' },
    })
    expect((await task(start(project, 'u1'))).purchase).toEqual({ kind: 'nothing' })
    expect((await tables(project))['checkouts']).toEqual([])
  })
})

describe('[S1] the price is the server’s', () => {
  it.each([
    ['a tier that does not exist', { tier: 'platinum' }, 'unknown_tier'],
    ['a price of another tier', { priceId: 'price_max' }, 'price_mismatch'],
    ['a price that does not exist', { priceId: 'price_made_up' }, 'price_mismatch'],
    ['an interval without a price', { interval: 'year' }, 'tier_not_for_sale'],
    ['a way back to a foreign page', { successUrl: 'https://evil.example/' }, 'redirect_not_allowed'],
    ['a way back that is a script', { cancelUrl: 'javascript:alert(1)' }, 'redirect_not_allowed'],
    ['a way back with a name in it', { cancelUrl: 'http://localhost@evil.example/' }, 'redirect_not_allowed'],
  ] as const)('%s is refused and leaves no trace', async (_, wish, code) => {
    const project = await aShop()
    const { keys: _k, ...before } = await tables(project)
    expect(await start(project, 'u9', wish)).toMatchObject({ ok: false, code })
    const { keys: _l, ...after } = await tables(project)
    expect(after).toEqual(before)
  })

  it('gives one trial in a life', async () => {
    const project = await aShop()
    await aBuyer(project, 'u1')
    expect((await task(start(project, 'u1'))).purchase).toMatchObject({ trialDays: 14 })
    await read(project, reading({ status: 'trialing', trialEnd: Date.now() + DAY }))
    await read(project, reading({ status: 'canceled', endedAt: Date.now() }))
    expect((await task(start(project, 'u1'))).purchase).toMatchObject({ kind: 'buy', trialDays: null })
  })

  it('is not for sale without a connected account that may charge', async () => {
    expect(await start(await aProject({ stripeAccount: null }), 'u1')).toMatchObject({ code: 'payments_not_connected' })
    const project = await aShop()
    await project.stub().applyAccount({ key: '', found: { chargesEnabled: false } })
    expect(await start(project, 'u1')).toMatchObject({ code: 'payments_restricted' })
  })
})

describe('[W3] a checkout whose end was not heard', () => {
  it('is looked at a minute after it was written down, when the answer of Stripe never came', async () => {
    const project = await aShop()
    away(project)
    const { checkout } = await task(start(project, 'u1'))
    pass(MINUTE)
    await ring(project)
    expect(await owedKeys(project, 'stripe.checkout')).toEqual([checkout!.id])
    const again = (await project.stub().resumeCheckout(checkout!.id)) as unknown as Outcome<CheckoutTask>
    expect(again).toMatchObject({ value: { checkout: { id: checkout!.id }, purchase: { kind: 'buy' } } })
  })

  it('asks Stripe for the same again, although the tier costs more by now', async () => {
    const project = await aShop()
    const { checkout } = await task(start(project, 'u1'))
    await project.stub().putTiers([tier({ slug: 'free' }), tier({ slug: 'pro', unitAmount: 9999 })])
    const again = (await project.stub().resumeCheckout(checkout!.id)) as unknown as Outcome<CheckoutTask>
    expect(again).toMatchObject({ value: { purchase: { price: { unitAmount: 2900 }, trialDays: 14 } } })
  })

  it('is looked at again and again until it has ended', async () => {
    const project = await aShop()
    answering(project, async ({ kind, key }) => {
      if (kind === 'stripe.checkout') await look(project, { id: `cs_${key}`, status: 'open', subscriptionId: null })
      return null
    })
    const { id } = await open(project, 'u1')
    for (let hours = 0; hours < 40; hours += 1) {
      pass(HOUR)
      await ring(project)
      expect((await tables(project))['timers']).toContainEqual(expect.objectContaining({ kind: 'checkout', key: id }))
    }
    await look(project, { id: `cs_${id}`, status: 'expired', subscriptionId: null })
    expect((await tables(project))['timers']).not.toContainEqual(expect.objectContaining({ kind: 'checkout' }))
    expect(await stateOf(project, id)).toBe('expired')
  })

  it('completed, has its subscription read', async () => {
    const project = await aShop()
    away(project)
    const { id, session } = await open(project, 'u1')
    const event = anEvent({ type: 'checkout.session.completed', hints: [{ read: 'session', id: session }] })
    await hear(project, event)
    expect(await owedKeys(project, 'stripe.session')).toEqual([session])
    await look(project, { id: session, status: 'complete', subscriptionId: 'sub_1' })
    expect(await owedKeys(project, 'stripe.subscription')).toEqual(['sub_1'])
    expect(await stateOf(project, id)).toBe('complete')
    expect(await kept(project, event.id)).toMatchObject({ outcome: 'applied' })
    await project.stub().linkCustomer('u1', 'cus_u1', 'acct_test')
    await apply(project, await ask(project), reading())
    expect(await planOf(project, 'u1')).toBe('pro')
  })

  it('once completed stays so, whatever is read later', async () => {
    const project = await aShop()
    const { id, session } = await open(project, 'u1')
    await look(project, { id: session, status: 'complete', subscriptionId: null })
    await look(project, { id: session, status: 'expired', subscriptionId: null })
    await look(project, { id: session, status: 'open', subscriptionId: null })
    await project.stub().endCheckout(id, 'failed')
    expect(await stateOf(project, id)).toBe('complete')
  })

  it('given up here but paid there counts as paid', async () => {
    const project = await aShop()
    const { id, session } = await open(project, 'u1')
    await project.stub().endCheckout(id, 'expired')
    await look(project, { id: session, status: 'complete', subscriptionId: 'sub_1' })
    expect(await stateOf(project, id)).toBe('complete')
  })

  it('that ended while its session was made is not opened by it', async () => {
    const project = await aShop()
    const { checkout } = await task(start(project, 'u1'))
    await project.stub().endCheckout(checkout!.id, 'failed')
    const session = { id: 'cs_late', url: 'https://checkout.example/cs_late' }
    expect(await project.stub().openCheckout(checkout!.id, session)).toMatchObject({ code: 'checkout_ended' })
    expect(await stateOf(project, checkout!.id)).toBe('failed')
    const other = await open(project, 'u1')
    expect(await project.stub().openCheckout(other.id, session)).toMatchObject({ code: 'checkout_ended' })
  })

  it('that cannot be resumed ends when its session must have expired, and is forgotten in time', async () => {
    const project = await aShop()
    answering(project, async ({ kind, key }) => {
      if (kind !== 'stripe.checkout') return null
      expect(await project.stub().resumeCheckout(key)).toEqual({ ok: true, value: null })
      await project.stub().giveUpCheckout(key)
      return null
    })
    const { checkout } = await task(start(project, 'u1'))
    await project.stub().removeCustomer('u1')
    for (const [hours, state] of [
      [1, 'pending'],
      [21, 'pending'],
      [2, 'expired'],
    ] as const) {
      pass(hours * HOUR)
      await ring(project)
      expect(await stateOf(project, checkout!.id)).toBe(state)
    }
    expect((await tables(project))['timers']).not.toContainEqual(expect.objectContaining({ kind: 'checkout' }))
    pass(91 * DAY)
    await ring(project)
    expect((await tables(project))['checkouts']).toEqual([])
  })

  it('that was refused for good is not handed out again', async () => {
    const project = await aShop()
    const { checkout } = await task(start(project, 'u1'))
    await project.stub().endCheckout(checkout!.id, 'failed')
    const next = await task(start(project, 'u1'))
    expect(next.checkout!.id).not.toBe(checkout!.id)
    expect(next.stale).toEqual([])
  })
})
