import { describe, expect, it } from 'vitest'
import { join, left } from '../support/callers.ts'
import { ring, rows, tables, type Reachable } from '../support/inside.ts'
import { aProject, asserting, one, track, use } from '../support/project.ts'
import { aBuyer, aShop, planOf, read, reading } from '../support/stripe.ts'
import { HOUR, holdTime, pass } from '../support/time.ts'

holdTime()

const me = asserting(null)
type Page = { ok: true; value: { customers: { id: string }[]; next: { createdAt: number; id: string } | null } }
const list = async (project: Reachable, limit: number, after: Page['value']['next'] = null, more: object = {}) =>
  ((await project.stub().listCustomers(me, { limit, after, ...more })) as Page).value
const idsOf = (page: Page['value']) => page.customers.map(({ id }) => id)

describe('customers', () => {
  it('an e-mail address is one of them, however many sign up at once', async () => {
    const project = await aProject()
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) => join(project, me, { userId: `user_${index}`, email: 'a@example.com' })),
    )
    expect(answers.filter(({ ok }) => ok)).toHaveLength(1)
    expect(answers.filter((answer) => !answer.ok && answer.code === 'customer_exists')).toHaveLength(19)
  })

  it('an id is one of them', async () => {
    const project = await aProject()
    await join(project, me, { userId: 'user_a', email: 'a@example.com' })
    expect(await join(project, me, { userId: 'user_a', email: 'b@example.com' })).toMatchObject({
      code: 'customer_exists',
    })
  })

  it('who is named by the developer exists from the first use on', async () => {
    const project = await aProject()
    await use(project, 'u1')
    expect(await project.stub().getCustomer(me, 'u1')).toMatchObject({
      ok: true,
      value: { id: 'u1', plan: 'free', email: null },
    })
    expect(await project.stub().getCustomer(me, 'u2')).toMatchObject({ code: 'customer_not_found' })
  })
})

describe('a customer who is deleted', () => {
  it('leaves an id and nothing of the person', async () => {
    const project = await aProject()
    await join(project, me, { userId: 'user_a', email: 'somebody@example.com', plan: 'pro' })
    await use(project, 'user_a')
    await project.stub().removeCustomer('user_a')
    await ring(project)
    const { customers, usage, receipts } = await tables(project)
    expect(customers).toMatchObject([
      { id: 'user_a', email: null, first_name: null, granted_tier: null, deleted_at: Date.now() },
    ])
    expect([usage, receipts]).toEqual([[], []])
    expect(await project.stub().getCustomer(me, 'user_a')).toMatchObject({ code: 'customer_not_found' })
    expect(idsOf(await list(project, 10))).toEqual([])
    expect(await project.stub().removeCustomer('user_a')).toMatchObject({ code: 'customer_not_found' })
  })

  it('is not counted in the figures any more, nor is what they used, until they come back', async () => {
    const project = await aShop()
    const figures = async () => {
      const { value } = (await project.stub().dashboard(me)) as unknown as { value: Record<string, number> }
      return [value['totalCustomers'], value['usageThisPeriod']]
    }
    await use(project, 'u1', { quantity: 3 })
    const counted = await use(project, 'u2', { quantity: 5 })
    expect(await figures()).toEqual([2, 8])
    if (counted.ok) await project.stub().reverseUsage(me, counted.value.id)
    expect(await figures()).toEqual([2, 3])
    await use(project, 'u2', { quantity: 100_000 }) // refused
    await use(project, 'u2', { quantity: 2 })
    await project.stub().removeCustomer('u1')
    expect(await figures()).toEqual([1, 2])
    await use(project, 'u1', { quantity: 1 })
    expect(await figures()).toEqual([2, 3])
    pass(40 * 24 * HOUR)
    expect(await figures()).toEqual([2, 0])
  })

  it('may come back: anew, with the same address, and without what was granted, bought or counted', async () => {
    const project = await aShop()
    await join(project, me, { userId: 'user_a', email: 'a@example.com', plan: 'max' })
    await use(project, 'user_a', { quantity: 50 })
    pass(HOUR)
    await project.stub().removeCustomer('user_a')
    pass(HOUR)
    expect(await join(project, me, { userId: 'user_a', email: 'a@example.com' })).toMatchObject({
      ok: true,
      value: { plan: 'free', createdAt: Date.now() },
    })
    expect(await left(project, asserting('user_a'))).toMatchObject({ used: 0, plan: 'free' })
  })

  it('comes back without the subscription of before, whatever is still heard of it', async () => {
    const project = await aShop()
    await aBuyer(project, 'u1')
    await read(project, reading())
    await project.stub().removeCustomer('u1')
    await use(project, 'u1')
    await read(project, reading({ status: 'canceled', endedAt: Date.now() }))
    expect(await planOf(project, 'u1')).toBe('free')
  })

  it('has no second trial', async () => {
    const project = await aShop()
    await aBuyer(project, 'u1')
    await read(project, reading({ status: 'trialing', trialEnd: Date.now() + HOUR }))
    await project.stub().removeCustomer('u1')
    await use(project, 'u1')
    expect((await rows(project, 'SELECT trialed_at FROM customers'))[0]!['trialed_at']).not.toBeNull()
  })
})

describe('the list of customers', () => {
  async function aCrowd(count: number): Promise<Awaited<ReturnType<typeof aProject>>> {
    const project = await aProject()
    for (let index = 0; index < count; index += 1) {
      await use(project, `u${String(index).padStart(2, '0')}`)
      if (index % 3 === 2) pass(1) // some share a millisecond
    }
    return project
  }

  it('is the newest first, each once, also those of one millisecond', async () => {
    const project = await aCrowd(25)
    const seen: string[] = []
    for (let after: Page['value']['next'] = null; ;) {
      const page = await list(project, 4, after)
      seen.push(...idsOf(page))
      if (page.next === null) break
      after = page.next
    }
    expect(seen).toHaveLength(25)
    expect(new Set(seen)).toHaveLength(25)
    expect(seen.toSorted().toReversed()).toEqual(seen)
  })

  it('neither repeats nor skips when customers come and go between two pages', async () => {
    const project = await aCrowd(12)
    const first = await list(project, 6)
    pass(1)
    await use(project, 'new1')
    await use(project, 'new2')
    await project.stub().removeCustomer(idsOf(first).at(-1)!)
    const second = await list(project, 6, first.next)
    expect([...idsOf(first), ...idsOf(second)]).toEqual(
      Array.from({ length: 12 }, (_, index) => `u${String(11 - index).padStart(2, '0')}`),
    )
  })

  it('of one plan looks at a thousand at a time, and says where to go on', async () => {
    const project = await aShop()
    await use(project, 'first')
    await project.stub().updateCustomer(me, 'first', { plan: 'pro' })
    pass(HOUR)
    for (let batch = 0; batch < 3; batch += 1)
      await track(
        project,
        me,
        Array.from({ length: 800 }, (_, n) => one({ customerId: `c${batch}/${n}` })),
      )
    const pages: unknown[] = []
    let after: Page['value']['next'] = null
    do {
      const page: Page['value'] = await list(project, 10, after, { plan: 'pro' })
      pages.push(idsOf(page))
      after = page.next
    } while (after !== null)
    expect(pages).toEqual([[], [], ['first']])
  })

  it('of one plan fills its pages from all of them', async () => {
    const project = await aCrowd(20)
    for (const id of ['u01', 'u07', 'u13', 'u19']) await project.stub().updateCustomer(me, id, { plan: 'pro' })
    const first = await list(project, 3, null, { plan: 'Pro' })
    expect(idsOf(first)).toEqual(['u19', 'u13', 'u07'])
    expect(idsOf(await list(project, 3, first.next, { plan: 'pro' }))).toEqual(['u01'])
  })

  it('finds one by the address', async () => {
    const project = await aProject()
    await join(project, me, { userId: 'user_a', email: 'a@example.com' })
    expect(idsOf(await list(project, 5, null, { email: 'a@example.com' }))).toEqual(['user_a'])
    expect(idsOf(await list(project, 5, null, { email: 'b@example.com' }))).toEqual([])
  })
})
