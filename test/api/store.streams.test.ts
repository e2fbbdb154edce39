/** Whole shops over HTTP while the post doubles, loses, delays and shuffles what Stripe says: they end as Stripe does. */

import { describe, expect, it } from 'vitest'
import { secret, useApp, type Body, type TestProject } from '../support/app.ts'
import { eventsAt, post, sessionsAt, stripeOf } from '../support/billing.ts'
import { dice } from '../support/dice.ts'
import { aProduct, aStore, cart, refund, stockOf, violations } from '../support/store.ts'

const app = useApp()
const SEEDS = Array.from({ length: 10 }, (_, index) => 7_000 + index)
const DEEDS = 40
const INITIAL = [6, 9]

const given = async (project: TestProject, intent: string): Promise<number> => {
  const { data } = await stripeOf(app(), project).refunds.list({ payment_intent: intent, limit: 100 })
  return data.filter(({ status }) => status !== 'failed').reduce((sum, { amount }) => sum + amount, 0)
}

describe('a stream of buyers under a bad post', () => {
  it.each(SEEDS)('seed %i', async (seed) => {
    const roll = dice(seed)
    const below = (n: number) => Math.floor(roll() * n)
    const { project, products } = await aStore(app(), {
      products: INITIAL.map((stock, index) => aProduct({ name: `P${index}`, stock })),
      shop: { holdMinutes: 5 + below(40) },
    })
    const open: string[] = []
    const late: string[] = []
    const made: string[] = []
    const take = (list: string[]): string | undefined => list.splice(below(list.length), 1)[0]
    const control = (path: string, body: object = {}) => app().call('POST', `/sandbox/stripe/${path}`, { body })
    const deeds: (() => Promise<unknown>)[] = [
      async () => {
        const items = products
          .map(({ id }) => ({ productId: id, quantity: below(3) }))
          .filter(({ quantity }) => quantity > 0)
        if (items.length === 0) return
        const answer = await cart(app(), project, items)
        expect([200, 409]).toContain(answer.status)
        if (answer.status !== 200) return
        open.push(answer.body.sessionId)
        made.push(answer.body.orderId)
      },
      async () => {
        const session = take(open)
        if (session !== undefined) await control(`checkout/${session}/pay`, { card: 'ok' })
      },
      async () => {
        const session = take(open)
        if (session === undefined) return
        const answer = await control(`checkout/${session}/pay`, { card: 'delayed' })
        if (answer.body.paid === true) late.push(session)
      },
      async () => {
        const session = take(late)
        if (session !== undefined)
          await control(`checkout/${session}/settle`, { outcome: roll() < 0.5 ? 'succeed' : 'fail' })
      },
      async () => {
        const session = take(open)
        if (session !== undefined) await control(`checkout/${session}/expire`)
      },
      async () => {
        const id = made[below(made.length)]
        if (id !== undefined)
          await app().call('POST', `/api/orders/${id}/cancel`, { headers: secret(project), body: {} })
      },
      async () => {
        const id = made[below(made.length)]
        if (id === undefined) return
        const body = roll() < 0.5 ? { restock: true } : { amount: 1 + below(1500) }
        expect([200, 409, 502]).toContain((await refund(app(), project, id, body)).status)
      },
      async () => {
        const { data } = await stripeOf(app(), project).charges.list({ limit: 100 })
        const charge = data.filter(({ status }) => status === 'succeeded')[below(data.length)]
        if (charge !== undefined) await control(`charges/${charge.id}/refund`, { amount: 1, fail: roll() < 0.5 })
      },
      async () => {
        const events = await eventsAt(app(), project)
        const event = events[below(events.length)]
        if (event !== undefined) await control(`events/${event.id}/redeliver`, { times: 1 + below(3) })
      },
      () => app().advance(`${1 + below(9)}m`),
    ]
    const weights = [0, 0, 0, 1, 1, 1, 2, 3, 4, 5, 6, 7, 8, 9]
    await post(app(), { duplicate: 0.3, drop: 0.3, reorder: true, delayMs: 60_000, seed })
    try {
      for (let deed = 0; deed < DEEDS; deed += 1) {
        await deeds[weights[below(weights.length)] ?? 0]?.()
        if (deed % 8 === 0) expect(await violations(app()), `seed ${seed}, deed ${deed}`).toEqual([])
      }
    } finally {
      await post(app())
    }
    for (const session of late) await control(`checkout/${session}/settle`, { outcome: 'succeed' })
    await app().advance('2d')
    for (const event of await eventsAt(app(), project, 'refund')) await control(`events/${event.id}/redeliver`)
    await app().settle()
    expect(await violations(app())).toEqual([])

    const { orders } = await app().ok('GET', '/api/orders?limit=100', { headers: secret(project) })
    const sessions = new Map(
      (await sessionsAt(app(), project)).map((session) => [session.client_reference_id, session]),
    )
    expect(sessions.size).toBe(orders.length)
    for (const { id, status, paymentIntent, amounts } of orders as Body[]) {
      const session = sessions.get(id)
      const isPaid = session?.payment_status === 'paid'
      if (!isPaid) expect(['canceled', 'expired'], `seed ${seed} ${id}`).toContain(status)
      else {
        const back = await given(project, paymentIntent)
        const expected = back === 0 ? 'paid' : back === amounts.total ? 'refunded' : 'partially_refunded'
        expect([status, amounts.refunded, amounts.total], `seed ${seed} ${id}`).toEqual([
          expected,
          back,
          session.amount_total,
        ])
      }
    }
    for (const [index, product] of products.entries()) {
      const { onHand, available, reserved } = await stockOf(app(), project, product)
      expect([reserved, available]).toEqual([0, onHand])
      expect(onHand).toBeLessThanOrEqual(INITIAL[index] ?? 0)
    }
  })
})
