/** Two changes of one subscription: a migration to a new price, and what its customer asks for in the same minute. */

import { describe, expect, it } from 'vitest'
import type { Migration, MoveTask } from '../../objects/moving.ts'
import type { Delivery } from '../../objects/outbox.ts'
import type { Outcome } from '../../objects/outcome.ts'
import { answering } from '../support/outside.ts'
import { asserting } from '../support/project.ts'
import { aBuyer, aShop, read, reading } from '../support/stripe.ts'
import { holdTime, MINUTE, pass, SECOND } from '../support/time.ts'

holdTime()

type AShop = Awaited<ReturnType<typeof aShop>>

const usd = (unitAmount: number) => ({ interval: 'month', unitAmount, currency: 'usd' }) as const
const OWNER = asserting(null)

/** A project whose price of "pro" has just gone from 29 to 39 dollars for everybody; Stripe does not answer by itself. */
async function aMigration(customers = 1): Promise<AShop> {
  const project = await aShop()
  answering(project, () => ({ reason: 'away' }))
  for (let i = 1; i <= customers; i += 1) {
    await aBuyer(project, `u${i}`)
    await read(project, reading({ id: `sub_${i}`, stripeCustomerId: `cus_u${i}` }))
  }
  await project.stub().updateTier(OWNER, 'pro', { prices: [usd(3900)], subscribers: 'migrate' })
  const price = { tier: 'pro', ...usd(3900) }
  await project.stub().linkPrice({ price, stripeProductId: 'prod_pro', stripePriceId: 'price_new' }, 'acct_test')
  return project
}

async function taskOf(project: AShop, id = 'sub_1'): Promise<MoveTask | null> {
  const outcome = (await project.stub().moveTask(id)) as unknown as Outcome<MoveTask | null>
  if (!outcome.ok) throw new Error(outcome.code)
  return outcome.value
}
const upgrade = async (project: AShop): Promise<Outcome<{ purchase: { kind: string } }>> =>
  (await project.stub().startCheckout(asserting('u1'), {
    tier: 'max',
    newId: `co_${crypto.randomUUID()}`,
    successUrl: 'http://localhost:3000/done',
    cancelUrl: 'http://localhost:3000/back',
  })) as never
const progress = async (project: AShop): Promise<Migration> => {
  const outcome = (await project.stub().migrationOf(OWNER, 'pro')) as unknown as Outcome<Migration>
  if (!outcome.ok) throw new Error(outcome.code)
  return outcome.value
}

describe('a move that has begun', () => {
  it('holds back an upgrade until it is over, and for a minute at most', async () => {
    const project = await aMigration()
    expect(await taskOf(project)).toMatchObject({ wait: null, price: { stripePriceId: 'price_new' } })
    pass(10 * SECOND)
    expect(await upgrade(project)).toMatchObject({ code: 'change_under_way', detail: { retryAfter: 50 } })
    await read(project, reading({ stripePriceId: 'price_new', unitAmount: 3900 }))
    expect(await taskOf(project)).toBeNull()
    expect(await progress(project)).toMatchObject({ total: 1, done: 1 })
    expect(await upgrade(project)).toMatchObject({ ok: true, value: { purchase: { kind: 'upgrade' } } })
  })

  it('whose end nobody told blocks its customer for a minute and not longer', async () => {
    const project = await aMigration()
    await taskOf(project)
    pass(MINUTE - 1)
    expect(await upgrade(project)).toMatchObject({ code: 'change_under_way' })
    pass(1)
    expect(await upgrade(project)).toMatchObject({ ok: true })
  })

  it('is asked for under one key until Stripe refuses it; then it is a new question', async () => {
    const project = await aMigration()
    const [first, again] = [await taskOf(project), await taskOf(project)]
    expect(again).toEqual(first)
    await project.stub().moveRefused('sub_1', 'no such card')
    expect(await progress(project)).toMatchObject({
      failed: 1,
      failures: [{ subscriptionId: 'sub_1', reason: 'no such card' }],
    })
    const third = await taskOf(project)
    expect(third).toMatchObject({ wait: null })
    expect(third).not.toMatchObject({ key: (first as { key: string }).key })
  })
})

describe('a move that has not begun', () => {
  it('waits for the change that its customer asked for, and then has nothing left to do', async () => {
    const project = await aMigration()
    expect(await upgrade(project)).toMatchObject({ ok: true })
    pass(20 * SECOND)
    expect(await taskOf(project)).toEqual({ wait: 40 * SECOND })
    await read(project, reading({ stripePriceId: 'price_max', stripeProductId: 'prod_max', unitAmount: 9900 }))
    expect(await taskOf(project)).toBeNull()
    expect(await progress(project)).toMatchObject({ skipped: 1, done: 0 })
  })

  it('goes on when nothing came of that change', async () => {
    const project = await aMigration()
    await upgrade(project)
    pass(MINUTE)
    expect(await taskOf(project)).toMatchObject({ wait: null })
  })
})

describe('a migration of many', () => {
  it('asks Stripe for ten a second, each by a debt of its own', async () => {
    const project = await aMigration(25)
    const owed = ((await project.stub().owed()) as Delivery[]).filter(({ kind }) => kind === 'stripe.move')
    expect(new Set(owed.map(({ key }) => key)).size).toBe(25)
    const later = owed.filter(({ attempts }) => attempts === 0).map(({ nextAt }) => nextAt - Date.now())
    expect(later.toSorted((a, b) => a - b)).toEqual([...Array(10).fill(SECOND), ...Array(5).fill(2 * SECOND)])
  })
})
