/**
 * A small Stripe for object tests: sessions, payments and refunds in plain maps, and what the worker does with them when the
 * object owes it something. It may be away, lose an answer after doing the work, or be overtaken by the buyer.
 */

import { expect } from 'vitest'
import type { DeliveryFailure } from '../../objects/actor.ts'
import type { OrderTask } from '../../objects/carting.ts'
import type { OrderReading } from '../../objects/ordering.ts'
import type { Delivery } from '../../objects/outbox.ts'
import type { RefundReading, RefundTask } from '../../objects/refunding.ts'
import type { aProject } from './project.ts'

export interface Session {
  readonly id: string
  readonly orderId: string
  readonly intent: string
  readonly total: number
  status: 'open' | 'complete' | 'expired'
  payment: 'unpaid' | 'paid' | 'failed'
  /** It could not be paid at some moment: giving its stock back was right. */
  wasDead: boolean
}

export interface Given {
  readonly id: string
  readonly ours: string | null
  readonly intent: string
  readonly amount: number
  state: 'pending' | 'succeeded' | 'failed'
}

type AProject = Awaited<ReturnType<typeof aProject>>

/** How likely each mishap is. */
export interface Weather {
  readonly away: number
  readonly lost: number
  readonly overtaken: number
  readonly pending: number
}

export const CALM: Weather = { away: 0, lost: 0, overtaken: 0, pending: 0 }

export function answered<T>(outcome: unknown): T {
  const { ok, value, code } = outcome as { ok: boolean; value: T; code: string }
  if (!ok) throw new Error(`refused: ${code}`)
  return value
}

export class Till {
  readonly sessions = new Map<string, Session>()
  readonly refunds = new Map<string, Given>()
  weather: Weather = CALM
  readonly #project: AProject
  readonly #roll: () => number

  constructor(project: AProject, roll: () => number) {
    this.#project = project
    this.#roll = roll
  }

  #happens(chance: number): boolean {
    return this.#roll() < chance
  }

  /** The session of an order: the same request makes the same one. */
  create(task: OrderTask): Session {
    const id = `cs_${task.order.id}`
    const made = this.sessions.get(id) ?? {
      id,
      orderId: task.order.id,
      intent: `pi_${task.order.id}`,
      total: task.order.total,
      status: 'open',
      payment: 'unpaid',
      wasDead: false,
    }
    this.sessions.set(id, made)
    return made
  }

  pay(session: Session, how: 'paid' | 'unpaid'): void {
    session.status = 'complete'
    session.payment = how
  }

  expire(session: Session): void {
    if (session.status !== 'open') return
    session.status = 'expired'
    session.wasDead = true
  }

  given(intent: string): number {
    return [...this.refunds.values()]
      .filter((refund) => refund.intent === intent && refund.state !== 'failed')
      .reduce((sum, { amount }) => sum + amount, 0)
  }

  /** Answers `null` when more would go back than came. */
  refund(session: Session, amount: number, ours: string | null): Given | null {
    const key = ours ?? `hand_${this.refunds.size}`
    const before = this.refunds.get(key)
    if (before !== undefined) return before
    if (session.payment !== 'paid' || amount > session.total - this.given(session.intent)) return null
    const state = this.#happens(this.weather.pending) ? 'pending' : 'succeeded'
    const made: Given = { id: `re_${key}`, ours, intent: session.intent, amount, state }
    this.refunds.set(key, made)
    return made
  }

  reading(session: Session): OrderReading {
    return {
      sessionId: session.id,
      status: session.status,
      paid: session.payment === 'paid',
      failed: session.payment === 'failed',
      paymentIntent: session.status === 'complete' ? session.intent : null,
      stripeCustomerId: null,
      total: session.total,
      subtotal: session.total,
      discount: 0,
      tax: 0,
      shippingAmount: 0,
      email: 'buyer@example.com',
      name: null,
      phone: null,
      shipping: null,
    }
  }

  refundReadings(intent: string): RefundReading[] {
    return [...this.refunds.values()]
      .filter((refund) => refund.intent === intent)
      .map(({ id, ours, amount, state }) => ({
        stripeRefundId: id,
        ours,
        amount,
        state,
        reason: null,
        failure: state === 'failed' ? 'expired_or_canceled_card' : null,
        createdAt: Date.now(),
      }))
  }

  /** What the worker does with a debt of the object. */
  async deliver({ kind, key }: Delivery): Promise<DeliveryFailure | null> {
    if (this.#happens(this.weather.away)) return { reason: 'away' }
    if (kind === 'stripe.order') await this.tend(key)
    else if (kind === 'stripe.session') await this.look(key)
    else if (kind === 'stripe.refund') await this.perform(key)
    else if (kind === 'stripe.refunds') await this.readRefunds(key)
    return this.#happens(this.weather.lost) ? { reason: 'lost' } : null
  }

  /** Opens what was interrupted, ends a hold that is over, or looks. */
  async tend(orderId: string): Promise<void> {
    const task = answered<OrderTask>(await this.#project.stub().orderTask(orderId))
    const { order } = task
    if (order.state !== 'pending' && order.state !== 'processing') return
    const session = this.create(task)
    if (order.sessionId === null)
      answered(await this.#project.stub().openOrder(orderId, { id: session.id, url: 'http://x' }))
    if (order.state === 'pending' && Date.now() >= order.holdEndsAt) this.expireUnlessPaid(session)
    await this.look(session.id)
  }

  /** Our call to end a session; the buyer may press the button in the same moment. */
  expireUnlessPaid(session: Session): void {
    if (session.status === 'open' && this.#happens(this.weather.overtaken))
      this.pay(session, this.#happens(0.5) ? 'paid' : 'unpaid')
    this.expire(session)
  }

  async look(sessionId: string): Promise<void> {
    const session = this.sessions.get(sessionId)
    if (session) answered(await this.#project.stub().applyOrder(this.reading(session)))
  }

  async perform(refundId: string): Promise<void> {
    const task = answered<RefundTask | null>(await this.#project.stub().refundTask(refundId))
    if (task === null || task.refund.state !== 'asked') return
    const session = this.sessions.get(`cs_${task.refund.orderId}`)
    const made = session && this.refund(session, task.refund.amount, refundId)
    if (!made) answered(await this.#project.stub().failRefund(refundId, 'refused'))
    await this.readRefunds(task.paymentIntent)
  }

  async readRefunds(intent: string): Promise<void> {
    const { number } = await this.#project.stub().startRefundReading(intent)
    const refunds = this.refundReadings(intent)
    answered(await this.#project.stub().applyRefunds(intent, { number, refunds }))
  }

  /** Money and goods: no session is paid twice over, none gives back more than it took. */
  expectSound(): void {
    for (const { intent, total } of this.sessions.values()) expect(this.given(intent)).toBeLessThanOrEqual(total)
  }
}
