/**
 * Fifty shops under random interleavings of everything that can happen to an order, with Stripe away, answers lost, events
 * doubled and late, and the object restarted in between. After every deed the shelf, the orders and Stripe must agree.
 */

import { describe, expect, it } from 'vitest'
import type { OrderView } from '../../objects/ordering.ts'
import { dice } from '../support/dice.ts'
import { crash, evict, ring, rows } from '../support/inside.ts'
import { answering } from '../support/outside.ts'
import { aProject, asserting } from '../support/project.ts'
import { anEvent } from '../support/stripe.ts'
import { answered, CALM, Till, type Session } from '../support/till.ts'
import { DAY, holdTime, MINUTE, pass, until } from '../support/time.ts'

holdTime()

const SEEDS = 50
const DEEDS = 60
const INITIAL = [4, 6, 9]
const owner = asserting(null)

type Line = { order_id: string; variant_id: string; quantity: number; hold: string; state: string }

class Shop {
  readonly roll: () => number
  readonly till: Till
  readonly #project: Awaited<ReturnType<typeof aProject>>
  readonly #late: (() => Promise<void>)[] = []
  readonly #definite = new Set<string>()
  #orders = 0

  constructor(project: Awaited<ReturnType<typeof aProject>>, seed: number) {
    this.#project = project
    this.roll = dice(seed)
    this.till = new Till(project, this.roll)
    this.till.weather = { away: 0.15, lost: 0.1, overtaken: 0.3, pending: 0.4 }
    answering(project, (delivery) => this.till.deliver(delivery))
  }

  get stub() {
    return this.#project.stub()
  }

  below = (n: number): number => Math.floor(this.roll() * n)
  pick = <T>(list: readonly T[]): T | undefined => list[this.below(list.length)]
  session = (wanted: (session: Session) => boolean) => this.pick([...this.till.sessions.values()].filter(wanted))

  async stock(): Promise<void> {
    for (const [index, stock] of INITIAL.entries())
      answered(
        await this.stub.addProduct(
          owner,
          {
            name: `P${index}`,
            description: '',
            features: [],
            images: [],
            options: [],
            grant: null,
            variants: [{ sku: null, options: {}, prices: [{ unitAmount: 700 + index, currency: 'usd' }], stock }],
          },
          { productId: `p${index}`, variantIds: [`v${index}`] },
        ),
      )
    answered(await this.stub.changeShop(owner, { holdMinutes: this.pick([5, 30, 60]) ?? 30, holdsPerCustomer: null }))
  }

  /** Debts that are due are paid as far as the weather lets them. */
  async quiet(): Promise<void> {
    await until(async () => {
      const owed = await this.stub.owed()
      return owed.every(({ nextAt }) => nextAt > Date.now())
    })
  }

  deeds: readonly (readonly [weight: number, name: string, deed: () => Promise<unknown>])[] = [
    [9, 'start', () => this.start()],
    [6, 'pay', () => this.buyer('paid')],
    [3, 'pay later', () => this.buyer('unpaid')],
    [3, 'settle', () => this.settle()],
    [2, 'expire', () => this.expire()],
    [1, 'change of mind', () => this.late()],
    [2, 'cancel', () => this.cancel()],
    [4, 'refund', () => this.refund()],
    [2, 'refund by hand', () => this.refundByHand()],
    [2, 'failing refund', () => this.failRefund()],
    [2, 'refund settles', () => this.settleRefund()],
    [3, 'double event', () => this.hearAgain()],
    [3, 'late reading', () => this.applyLate()],
    [4, 'time', () => this.wait()],
    [1, 'eviction', () => evict(this.#project)],
  ]

  async act(): Promise<string> {
    let left = this.roll() * this.deeds.reduce((sum, [weight]) => sum + weight, 0)
    const [, name, deed] = this.deeds.find(([weight]) => (left -= weight) < 0) ?? this.deeds[0]!
    await deed()
    await this.quiet()
    return name
  }

  async available(): Promise<Map<string, number>> {
    const all = await rows<{ id: string; n: number }>(this.#project, 'SELECT id, on_hand - reserved AS n FROM variants')
    return new Map(all.map(({ id, n }) => [id, n]))
  }

  async start(): Promise<void> {
    const wanted = INITIAL.map((_, index) => ({ variantId: `v${index}`, quantity: this.below(4) })).filter(
      ({ quantity }) => quantity > 0,
    )
    if (wanted.length === 0) return
    const available = await this.available()
    const fits = wanted.every(({ variantId, quantity }) => quantity <= (available.get(variantId) ?? 0))
    const id = `ord_${(this.#orders += 1)}`
    const wish = {
      items: wanted,
      newId: id,
      successUrl: 'http://localhost/ok',
      cancelUrl: 'http://localhost/no',
      attempt: this.roll() < 0.3 ? `key-${id}` : null,
      address: null,
    }
    const outcome = (await this.stub.startOrder(owner, wish)) as { ok: boolean; code?: string }
    expect(outcome.ok ? 'held' : outcome.code).toBe(fits ? 'held' : 'sold_out')
    if (!outcome.ok) return
    if (wish.attempt !== null) answered(await this.stub.startOrder(owner, { ...wish, newId: `${id}_again` }))
    const task = answered<Parameters<Till['create']>[0]>(await this.stub.orderTask(id))
    const what = this.roll()
    if (what < 0.08) {
      this.#definite.add(id) // Stripe refused: there is no session and never will be
      answered(await this.stub.abandonOrder(id))
    } else if (what < 0.2)
      this.till.create(task) // the answer was lost
    else if (what > 0.28) answered(await this.stub.openOrder(id, { id: this.till.create(task).id, url: 'http://x' }))
  }

  /** An event about a session arrives: at once, or not at all. */
  async tell(session: Session): Promise<void> {
    if (this.roll() < 0.3) return
    const reading = this.till.reading(session)
    if (this.roll() < 0.4) this.#late.push(async () => void answered(await this.stub.applyOrder(reading)))
    await this.hear({ read: 'session', id: session.id })
  }

  async hear(hint: { read: 'session' | 'refunds'; id: string }): Promise<void> {
    const event = anEvent({ type: 'test', objectId: hint.id, hints: [hint] })
    const times = 1 + this.below(3)
    await Promise.all(Array.from({ length: times }, () => this.stub.hear(event, 'if ours')))
  }

  async buyer(how: 'paid' | 'unpaid'): Promise<void> {
    const session = this.session(({ status }) => status === 'open')
    if (!session) return
    this.till.pay(session, how)
    await this.tell(session)
  }

  async settle(): Promise<void> {
    const session = this.session(({ status, payment }) => status === 'complete' && payment === 'unpaid')
    if (!session) return
    session.payment = this.roll() < 0.5 ? 'paid' : 'failed'
    session.wasDead ||= session.payment === 'failed'
    await this.tell(session)
  }

  async expire(): Promise<void> {
    const session = this.session(({ status }) => status === 'open')
    if (!session) return
    this.till.expire(session)
    await this.tell(session)
  }

  /** Money that comes though the session was dead: it must buy goods or go back. */
  async late(): Promise<void> {
    const session = this.session(({ wasDead, payment }) => wasDead && payment !== 'paid')
    if (!session) return
    this.till.pay(session, 'paid')
    await this.tell(session)
  }

  async cancel(): Promise<void> {
    const open = await rows<{ id: string }>(this.#project, "SELECT id FROM orders WHERE state = 'pending'")
    const found = this.pick(open)
    if (!found) return
    const task = answered<Parameters<Till['create']>[0]>(await this.stub.cancelableOrder(owner, found.id))
    const session = this.till.create(task)
    answered(await this.stub.openOrder(found.id, { id: session.id, url: 'http://x' }))
    this.till.expireUnlessPaid(session)
    await this.till.look(session.id)
  }

  async refund(): Promise<void> {
    const found = this.pick(await rows<{ id: string }>(this.#project, "SELECT id FROM orders WHERE state = 'paid'"))
    if (!found) return
    const view = answered<OrderView>(await this.stub.getOrder(owner, found.id))
    const line = this.pick(view.lines)
    const what = this.below(3)
    const wish =
      what === 0
        ? { restock: this.roll() < 0.5 }
        : what === 1
          ? { amount: 1 + this.below(view.order.total), restock: false }
          : { lines: [{ variantId: line?.variantId ?? '', quantity: 1 }], restock: this.roll() < 0.7 }
    const newId = `rf_${this.#orders}_${this.below(1e9)}`
    const started = (await this.stub.startRefund(owner, found.id, { ...wish, newId, attempt: null })) as { ok: boolean }
    if (started.ok && this.roll() < 0.7) await this.till.perform(newId) // else the outbox does it
  }

  async refundByHand(): Promise<void> {
    const session = this.session(({ payment }) => payment === 'paid')
    if (!session) return
    this.till.refund(session, 1 + this.below(session.total), null)
    if (this.roll() < 0.8) await this.hear({ read: 'refunds', id: session.intent })
  }

  async failRefund(): Promise<void> {
    const found = this.pick([...this.till.refunds.values()].filter(({ state }) => state !== 'failed'))
    if (!found || this.till.sessions.get(`cs_${found.intent.slice(3)}`)?.wasDead) return
    await this.keepReading(found.intent)
    found.state = 'failed'
    if (this.roll() < 0.8) await this.hear({ read: 'refunds', id: found.intent })
  }

  async settleRefund(): Promise<void> {
    const found = this.pick([...this.till.refunds.values()].filter(({ state }) => state === 'pending'))
    if (!found) return
    await this.keepReading(found.intent)
    found.state = 'succeeded'
    await this.hear({ read: 'refunds', id: found.intent })
  }

  /** A reading made now that arrives after newer ones. */
  async keepReading(intent: string): Promise<void> {
    const { number } = await this.stub.startReading(intent)
    const refunds = this.till.refundReadings(intent)
    this.#late.push(async () => void answered(await this.stub.applyRefunds(intent, { number, refunds })))
  }

  async hearAgain(): Promise<void> {
    const session = this.session(() => true)
    if (session)
      await this.hear(this.roll() < 0.5 ? { read: 'session', id: session.id } : { read: 'refunds', id: session.intent })
  }

  async applyLate(): Promise<void> {
    const [apply] = this.#late.splice(this.below(this.#late.length), 1)
    await apply?.()
  }

  async wait(): Promise<void> {
    pass((1 + this.below(20)) * MINUTE)
    await ring(this.#project)
  }

  /** What must hold at every moment. */
  async check(): Promise<void> {
    expect(await this.stub.broken()).toEqual([])
    this.till.expectSound()
    const lines = await rows<Line>(
      this.#project,
      'SELECT l.order_id, l.variant_id, l.quantity, l.hold, o.state FROM order_lines l JOIN orders o ON o.id = l.order_id',
    )
    const shelf = await rows<{ id: string; on_hand: number; reserved: number; moved: number; back: number }>(
      this.#project,
      `SELECT v.id, v.on_hand, v.reserved, (SELECT sum(delta) FROM stock_ledger WHERE variant_id = v.id) AS moved,
         (SELECT coalesce(sum(delta), 0) FROM stock_ledger WHERE variant_id = v.id AND reason LIKE 'restock%') AS back
       FROM variants v`,
    )
    for (const [index, { id, on_hand, reserved, moved, back }] of shelf.entries()) {
      const of = (hold: string) =>
        lines
          .filter((line) => line.variant_id === id && line.hold === hold)
          .reduce((sum, { quantity }) => sum + quantity, 0)
      expect(moved).toBe(on_hand)
      expect(reserved).toBe(of('held'))
      expect(on_hand - reserved).toBeGreaterThanOrEqual(0)
      expect(on_hand).toBe(INITIAL[index]! - of('consumed') + back)
      expect(of('consumed') - back).toBeLessThanOrEqual(INITIAL[index]!)
    }
    for (const { order_id, hold, state } of lines) {
      const session = this.till.sessions.get(`cs_${order_id}`)
      if (hold === 'consumed') expect(session?.payment, `${order_id} is sold`).toBe('paid')
      if (hold === 'released' || hold === 'expired')
        expect(session === undefined ? this.#definite.has(order_id) : session.wasDead, `${order_id} was let go`).toBe(
          true,
        )
      if (state === 'unfillable') expect(session?.payment).toBe('paid')
    }
  }

  /** The weather clears and everybody hears everything: what is true at Stripe is true here. */
  async converge(): Promise<void> {
    this.till.weather = CALM
    for (const late of this.#late.splice(0)) await late()
    for (const session of this.till.sessions.values()) {
      this.till.expire(session)
      if (session.status === 'complete' && session.payment === 'unpaid') session.payment = 'paid'
      await this.hear({ read: 'session', id: session.id })
    }
    for (let day = 0; day < 4; day += 1) {
      await this.quiet()
      pass(DAY)
      await ring(this.#project)
    }
    for (const refund of this.till.refunds.values()) if (refund.state === 'pending') refund.state = 'succeeded'
    for (const { intent } of this.till.sessions.values()) await this.hear({ read: 'refunds', id: intent })
    await this.quiet()
    const orders = await rows<{ id: string; state: string; total: number; refunded: number }>(
      this.#project,
      'SELECT id, state, total, refunded FROM orders',
    )
    for (const { id, state, total, refunded } of orders) {
      const session = this.till.sessions.get(`cs_${id}`)
      const given = session === undefined ? 0 : this.till.given(session.intent)
      if (session?.payment === 'paid') {
        expect(['paid', 'unfillable'], id).toContain(state)
        expect(refunded, id).toBe(given)
        if (state === 'unfillable') expect(given, `${id} has no goods`).toBe(total)
      } else expect(['canceled', 'expired'], id).toContain(state)
    }
    expect(await rows(this.#project, 'SELECT id FROM variants WHERE reserved <> 0')).toEqual([])
    expect(await rows<{ id: string }>(this.#project, "SELECT id FROM refunds WHERE state = 'asked'")).toEqual([])
    expect(orders).toHaveLength(new Set(orders.map(({ id }) => id)).size)
  }
}

const seeds = Array.from({ length: SEEDS }, (_, index) => 1_000 + index)

describe('every paid order is filled or refunded, and nothing is sold that is not there', () => {
  it.each(seeds)('seed %i', async (seed) => {
    const shop = new Shop(await aProject({ type: 'store' }), seed)
    await shop.stock()
    const done: string[] = []
    try {
      for (let deed = 0; deed < DEEDS; deed += 1) {
        done.push(await shop.act())
        await shop.check()
      }
      if (seed % 10 === 0) await crash()
      await shop.converge()
      await shop.check()
    } catch (error) {
      throw new Error(`seed ${seed} after ${done.length} deeds (… ${done.slice(-8).join(', ')})`, { cause: error })
    }
  })
})
