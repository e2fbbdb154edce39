import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Delivery } from '../../objects/outbox.ts'
import { join, left } from '../support/callers.ts'
import { revisionOf, ring, tables } from '../support/inside.ts'
import { answering, handedOver } from '../support/outside.ts'
import { asserting, use } from '../support/project.ts'
import { anEvent, apply, ask, aBuyer, aShop, hear, kept, planOf, read, reading } from '../support/stripe.ts'
import { DAY, HOUR, holdTime, MINUTE, pass, START, until } from '../support/time.ts'

holdTime()

const me = asserting(null)
const owedReadings = async (project: Awaited<ReturnType<typeof aShop>>) =>
  ((await project.stub().owed()) as Delivery[])
    .filter(({ kind }) => kind.startsWith('stripe.') && kind !== 'stripe.sweep')
    .map(({ key }) => key)
/** Stripe does not answer: what is owed stays visible. */
const away = (project: { name: string }) =>
  answering(project, ({ kind }) => (kind.startsWith('stripe.') ? { reason: 'away' } : null))

describe('[W2] an event', () => {
  it('is admitted once, however often it is delivered [F6]', async () => {
    const project = await aShop()
    away(project)
    await aBuyer(project, 'u1')
    const event = anEvent()
    const heard = await Promise.all(Array.from({ length: 5 }, () => hear(project, event)))
    expect(heard.filter((answer) => answer.ok && answer.value.isNew)).toHaveLength(1)
    expect(await owedReadings(project)).toEqual(['sub_1'])
    expect(await kept(project, event.id)).toMatchObject({ outcome: 'pending', deliveries: 5 })
  })

  it('about nothing of this project is kept as ignored, and nothing is read', async () => {
    const project = await aShop()
    await aBuyer(project, 'u1')
    for (const hint of [
      { read: 'subscription', id: 'sub_foreign', stripeCustomer: 'cus_foreign' },
      { read: 'subscription', id: 'sub_foreign', stripeCustomer: null },
      { read: 'session', id: 'cs_foreign' },
      { read: 'customer', id: 'cus_foreign' },
    ] as const) {
      const event = anEvent({ hints: [hint] })
      await hear(project, event)
      expect(await kept(project, event.id)).toMatchObject({ outcome: 'ignored' })
    }
    const nothing = anEvent({ hints: [], type: 'charge.succeeded' })
    await hear(project, nothing)
    expect(await kept(project, nothing.id)).toMatchObject({ outcome: 'ignored' })
    expect(await owedReadings(project)).toEqual([])
  })

  it('is settled by the reading that it asked for, with all that wait for the same', async () => {
    const project = await aShop()
    away(project)
    await aBuyer(project, 'u1')
    const events = [anEvent(), anEvent({ type: 'invoice.paid' }), anEvent()]
    for (const event of events) await hear(project, event)
    await read(project, reading())
    for (const { id } of events) expect(await kept(project, id)).toMatchObject({ outcome: 'applied' })
  })

  it('can be replayed: what it named is read again, and repeating changes nothing', async () => {
    const project = await aShop()
    away(project)
    await aBuyer(project, 'u1')
    const event = anEvent()
    await hear(project, event)
    await read(project, reading())
    await project.stub().replayEvent(me, event.id)
    expect(await kept(project, event.id)).toMatchObject({ outcome: 'pending' })
    expect(await read(project, reading())).toMatchObject({ outcome: 'unchanged' })
    expect(await kept(project, event.id)).toMatchObject({ outcome: 'unchanged' })
  })
})

describe('[W3] readings', () => {
  it('an older one never overwrites a newer one, whenever it arrives [F8]', async () => {
    const project = await aShop()
    await aBuyer(project, 'u1')
    const older = await ask(project)
    const newer = await ask(project)
    await apply(project, newer, reading({ status: 'active' }))
    expect(await apply(project, older, reading({ status: 'canceled', endedAt: START }))).toMatchObject({
      outcome: 'unchanged',
    })
    expect(await planOf(project, 'u1')).toBe('pro')
  })

  it('the same one twice is applied once', async () => {
    const project = await aShop()
    await aBuyer(project, 'u1')
    const number = await ask(project)
    expect(await apply(project, number, reading())).toMatchObject({ outcome: 'applied' })
    expect(await apply(project, number, reading({ status: 'canceled' }))).toMatchObject({ outcome: 'unchanged' })
    expect(await planOf(project, 'u1')).toBe('pro')
  })

  it('with a number that was never handed out change nothing', async () => {
    const project = await aShop()
    await aBuyer(project, 'u1')
    expect(await apply(project, 1, reading({ id: 'sub_never' }))).toMatchObject({ outcome: 'unchanged' })
    expect(await planOf(project, 'u1')).toBe('free')
  })

  it('of the same truth write no new revision of the subscription', async () => {
    const project = await aShop()
    await aBuyer(project, 'u1')
    await read(project, reading())
    const before = (await tables(project))['subscriptions']
    pass(HOUR)
    await read(project, reading())
    expect((await tables(project))['subscriptions']).toEqual(before)
  })

  it('in any order, with any duplicates and events, end in what Stripe had last [F7]', async () => {
    const states = [
      reading({ status: 'trialing', trialEnd: START + DAY }),
      reading({ status: 'active' }),
      reading({ status: 'past_due' }),
      reading({ status: 'active', stripePriceId: 'price_max', stripeProductId: 'prod_max', unitAmount: 9900 }),
      reading({ status: 'canceled', endedAt: START - 1 }),
    ]
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: states.length }),
        fc.array(fc.nat(100), { minLength: 5, maxLength: 20 }),
        async (upTo, shuffle) => {
          const project = await aShop()
          away(project)
          await aBuyer(project, 'u1')
          const seen = states.slice(0, upTo)
          const taken: [number, (typeof states)[number]][] = []
          for (const state of seen) taken.push([await ask(project), state])
          const events = [anEvent(), anEvent()]
          for (const pick of shuffle) {
            await hear(project, events[pick % 2]!)
            const [number, state] = taken[pick % taken.length]!
            await apply(project, number, state)
          }
          const [number, last] = taken.at(-1)!
          await apply(project, number, last)
          for (const [late, state] of taken) await apply(project, late, state)
          const [row] = (await tables(project))['subscriptions']!
          expect(row).toMatchObject({ status: last.status, stripe_price_id: last.stripePriceId })
          expect(await project.stub().broken()).toEqual([])
        },
      ),
      { numRuns: 25 },
    )
  })

  it.each([
    ['active', 'pro'],
    ['unpaid', 'free'],
  ])('an unknown status after %s leaves the plan %s, and says so', async (status, plan) => {
    const project = await aShop()
    await aBuyer(project, 'u1')
    await read(project, reading({ status }))
    expect(await read(project, reading({ status: 'mystery' }))).toMatchObject({ outcome: 'failed' })
    expect(await planOf(project, 'u1')).toBe(plan)
  })

  it('an unknown status of a subscription that was never read gives no access', async () => {
    const project = await aShop()
    await aBuyer(project, 'u1')
    await read(project, reading({ status: 'mystery' }))
    expect(await planOf(project, 'u1')).toBe('free')
  })

  it("of a customer who is none of the project's change nothing", async () => {
    const project = await aShop()
    expect(await read(project, reading())).toMatchObject({ outcome: 'ignored' })
    expect((await tables(project))['subscriptions']).toEqual([])
  })

  it('[S4] follow the price that is paid; an unknown price of a known product is its tier', async () => {
    const project = await aShop()
    await aBuyer(project, 'u1')
    await read(project, reading({ stripePriceId: 'price_made_by_hand', stripeProductId: 'prod_max' }))
    expect(await planOf(project, 'u1')).toBe('max')
    await read(project, reading({ stripePriceId: 'price_other', stripeProductId: 'prod_other' }))
    expect(await planOf(project, 'u1')).toBe('max')
    expect(
      await read(project, reading({ id: 'sub_2', stripePriceId: 'price_other', stripeProductId: 'prod_other' })),
    ).toMatchObject({
      outcome: 'ignored',
    })
  })
})

describe('[S3] access ends by the clock', () => {
  it('at cancelAt to the millisecond, with no alarm having rung', async () => {
    const project = await aShop()
    await aBuyer(project, 'u1')
    await read(project, reading({ cancelAt: START + HOUR }))
    pass(HOUR - 1)
    expect(await left(project, asserting('u1'))).toMatchObject({ plan: 'pro', limit: 1000 })
    pass(1)
    expect(await left(project, asserting('u1'))).toMatchObject({ plan: 'free', limit: 100 })
  })

  it('and the alarm announces it: the identity provider is told, however late it rings', async () => {
    const project = await aShop()
    await join(project, me, { userId: 'user_a' })
    await project.stub().linkCustomer('user_a', 'cus_u1', 'acct_test')
    await read(project, reading({ cancelAt: START + HOUR }))
    await until(async () => ((await project.stub().owed()) as Delivery[]).every(({ kind }) => kind === 'mirror'))
    const told = handedOver(project, 'identity').length
    pass(3 * DAY)
    await ring(project)
    await until(() => handedOver(project, 'identity').length > told)
    expect(await planOf(project, 'user_a')).toBe('free')
  })

  it('and what was counted stays when the plan comes and goes', async () => {
    const project = await aShop()
    await aBuyer(project, 'u1')
    await read(project, reading())
    await use(project, 'u1', { quantity: 500 })
    await read(project, reading({ status: 'unpaid' }))
    await read(project, reading({ status: 'active' }))
    expect(await left(project, asserting('u1'))).toMatchObject({ plan: 'pro', used: 500 })
  })
})

describe('[W3] what Stripe never told is looked for', () => {
  it('a quarter of an hour after the period should have ended', async () => {
    const project = await aShop()
    away(project)
    await aBuyer(project, 'u1')
    await read(project, reading())
    pass(reading().currentPeriodEnd + 15 * MINUTE - 1 - Date.now())
    await ring(project)
    expect(await owedReadings(project)).toEqual([])
    pass(1)
    await ring(project)
    expect(await owedReadings(project)).toEqual(['sub_1'])
  })

  it('and what could not be delivered is asked for once a day, from the first sale on', async () => {
    const project = await aShop()
    away(project)
    await aBuyer(project, 'u1')
    await read(project, reading())
    const sweeps = async () =>
      ((await project.stub().owed()) as Delivery[]).filter(({ kind }) => kind === 'stripe.sweep')
    pass(24 * 60 * MINUTE - 1)
    await ring(project)
    expect(await sweeps()).toEqual([])
    pass(1)
    await ring(project)
    expect(await sweeps()).toHaveLength(1)
    await read(project, reading({ status: 'canceled', endedAt: START })) // it may still be refunded
    answering(project, () => null)
    pass(24 * HOUR)
    await ring(project)
    expect(handedOver(project, 'stripe.sweep').length).toBeGreaterThan(1)
    expect((await tables(project))['timers']).toContainEqual(expect.objectContaining({ kind: 'sweep' }))
  })

  it('and not any more once it ended', async () => {
    const project = await aShop()
    away(project)
    await aBuyer(project, 'u1')
    await read(project, reading())
    await read(project, reading({ status: 'canceled', endedAt: START }))
    expect((await tables(project))['timers']).not.toContainEqual(expect.objectContaining({ kind: 'reread' }))
  })
})

describe('[S3] a customer who is gone', () => {
  it('at Stripe loses what was bought, in whichever order the events come', async () => {
    for (const order of ['customer first', 'subscription first']) {
      const project = await aShop()
      await aBuyer(project, 'u1')
      await read(project, reading())
      const ended = reading({ status: 'canceled', endedAt: START })
      if (order === 'subscription first') await read(project, ended)
      await project.stub().forgetStripeCustomer('cus_u1')
      if (order === 'customer first') await read(project, ended)
      expect(await planOf(project, 'u1'), order).toBe('free')
      const dashboard = (await project.stub().totals(me)) as { value: { totalMRR: number } }
      expect(dashboard.value.totalMRR).toBe(0)
    }
  })

  it('here leaves no revenue behind, although the end of the subscription is heard later', async () => {
    const project = await aShop()
    await aBuyer(project, 'u1')
    await read(project, reading())
    await project.stub().removeCustomer('u1')
    await read(project, reading({ status: 'canceled', endedAt: START }))
    const dashboard = (await project.stub().totals(me)) as { value: { totalMRR: number; totalCustomers: number } }
    expect(dashboard.value).toMatchObject({ totalMRR: 0, totalCustomers: 0 })
    expect(await project.stub().broken()).toEqual([])
    await use(project, 'u1')
    expect(await planOf(project, 'u1')).toBe('free')
  })

  it('and a subscription that Stripe does not know any more ends at once, and the identity provider is told', async () => {
    const project = await aShop()
    await join(project, me, { userId: 'user_a' })
    await project.stub().linkCustomer('user_a', 'cus_u1', 'acct_test')
    await read(project, reading())
    await until(async () => ((await project.stub().owed()) as Delivery[]).every(({ kind }) => kind === 'mirror'))
    const told = handedOver(project, 'identity').length
    await read(project, null)
    expect(await planOf(project, 'user_a')).toBe('free')
    await until(() => handedOver(project, 'identity').length > told)
  })
})

describe('[W1] a Stripe account', () => {
  it('that was disconnected sells nothing any more; what was bought stays', async () => {
    const project = await aShop()
    await aBuyer(project, 'u1')
    await read(project, reading())
    const event = anEvent({ type: 'account.application.deauthorized', hints: [{ read: 'disconnected' }] })
    await hear(project, event)
    expect(handedOver(project, 'stripe.account')).toEqual(['disconnected'])
    await project.stub().applyAccount({ key: 'disconnected', found: null })
    expect(await project.stub().stripeAccount()).toBeNull()
    expect(await planOf(project, 'u1')).toBe('pro')
    const reason = 'the Stripe account was disconnected'
    expect((await tables(project))['events']).toMatchObject([{ id: event.id, outcome: 'applied', reason }])
  })

  it('that was connected again before its end was heard stays connected', async () => {
    const project = await aShop()
    await hear(project, anEvent({ type: 'account.application.deauthorized', hints: [{ read: 'disconnected' }] }))
    await project.stub().applyAccount({ key: 'disconnected', found: { chargesEnabled: true } })
    expect(await project.stub().stripeAccount()).toBe('acct_test')
  })

  it('that cannot be seen is not given up for it: our own key may be at fault', async () => {
    const project = await aShop()
    await project.stub().applyAccount({ key: '', found: null })
    expect((await tables(project))['settings']).toMatchObject([{ stripe_account: 'acct_test', charges_enabled: 0 }])
    await project.stub().applyAccount({ key: '', found: { chargesEnabled: true } })
    expect((await tables(project))['settings']).toMatchObject([{ stripe_account: 'acct_test', charges_enabled: 1 }])
  })

  it('may lose and regain the right to charge, and only a change makes a revision of the settings', async () => {
    const project = await aShop()
    const charges = async () => (await tables(project))['settings']![0]!['charges_enabled']
    await project.stub().applyAccount({ key: '', found: { chargesEnabled: false } })
    expect(await charges()).toBe(0)
    const before = (await tables(project))['settings']
    await project.stub().applyAccount({ key: '', found: { chargesEnabled: false } })
    expect((await tables(project))['settings']).toEqual(before)
    expect(await revisionOf(project)).toBeGreaterThan(0)
  })
})
