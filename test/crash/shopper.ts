/** What happens in a shop, one order after the other: wanted, held, paid or not, given back or not. */

import type { Answer } from './client.ts'
import type { Piece, Wish } from './deed.ts'
import { SHOPPERS } from './shop.ts'
import type { DeedFacts, World } from './world.ts'

const LOOKS = 40
const LOOK_PAUSE_MS = 25
const SHELVE_PAUSE_MS = 15

/** How a shopper acts: asks until there is an answer, or looks at what the owner sees. */
interface Hands {
  do(facts: DeedFacts): Promise<Answer>
  see(path: string): Promise<Answer['body'] | null>
}

interface SeenOrder {
  readonly id: string
  readonly status: string
  readonly amounts: { readonly total: number }
  readonly lines: readonly Piece[]
  readonly refunds: readonly { readonly stripeRefundId: string | null; readonly state: string }[]
}

export class Shopper {
  readonly #world: World
  readonly #hands: Hands

  constructor(world: World, hands: Hands) {
    this.#world = world
    this.#hands = hands
  }

  /** One cart, and whatever becomes of it. */
  async shop(): Promise<void> {
    const cart = await this.#hands.do({ kind: 'cart', ...this.#cart() })
    if (cart.status !== 200) return
    const { sessionId, orderId } = cart.body as { sessionId: string; orderId: string }
    const luck = this.#world.random.between(1, 100)
    if (luck <= 8) await this.#hands.do({ kind: 'lapse', sessionId })
    else if (luck <= 18) await this.#hands.do({ kind: 'cancel', orderId })
    else if (luck <= 24) await this.#payAndCancel(sessionId, orderId)
    else if (luck <= 40) await this.#payLater(sessionId)
    else if (luck <= 95) {
      if (luck <= 50) await this.#hands.do({ kind: 'pay', sessionId, card: 'decline' })
      await this.#hands.do({ kind: 'pay', sessionId, card: 'ok' })
      await this.#perhapsGiveBack(orderId)
    } // and some never decide
  }

  #cart(): { items: Piece[]; customerId: string | null } {
    const { random, shop } = this.#world
    const chosen = random.some(shop.goods, random.between(1, 3))
    const items = chosen.map(({ variantId }) => ({ variantId, quantity: random.between(1, 3) }))
    const isKnown = chosen.some(({ grant }) => grant !== null) || random.between(1, 3) === 1
    return { items, customerId: isKnown ? random.of(SHOPPERS) : null }
  }

  /** The buyer pays while the owner cancels: one of them is first. */
  async #payAndCancel(sessionId: string, orderId: string): Promise<void> {
    await Promise.all([
      this.#hands.do({ kind: 'pay', sessionId, card: 'ok' }),
      this.#hands.do({ kind: 'cancel', orderId }),
    ])
  }

  /** A bank debit, whose money comes, does not come, or is still on its way. */
  async #payLater(sessionId: string): Promise<void> {
    await this.#hands.do({ kind: 'pay', sessionId, card: 'delayed' })
    const outcome = this.#world.random.of(['succeed', 'succeed', 'fail', null] as const)
    if (outcome !== null) await this.#hands.do({ kind: 'land', sessionId, outcome })
  }

  async #perhapsGiveBack(orderId: string): Promise<void> {
    const { random } = this.#world
    if (random.between(1, 5) <= 2) return
    const paid = await this.#paid(orderId)
    if (paid === null) return
    for (let times = random.between(1, 2); times > 0; times -= 1) {
      const { status, body } = await this.#hands.do({ kind: 'refund', orderId, wish: this.#wish(paid) })
      if (status === 200 && random.between(1, 4) === 1) await this.#bounce(body['order'] as SeenOrder)
    }
  }

  #wish({ amounts, lines }: SeenOrder): Wish {
    const { random } = this.#world
    const restock = random.between(1, 3) > 1
    const way = random.between(1, 3)
    if (way === 1) return { amount: random.between(1, amounts.total), restock: false }
    if (way === 2) return { restock }
    const { variantId, quantity } = random.of(lines)
    return { lines: [{ variantId, quantity: random.between(1, quantity) }], restock }
  }

  /** The buyer's bank sends the money back. */
  async #bounce({ refunds }: SeenOrder): Promise<void> {
    const made = refunds.filter(({ state, stripeRefundId }) => state === 'succeeded' && stripeRefundId !== null)
    if (made.length === 0) return
    await this.#hands.do({ kind: 'bounce', stripeRefundId: this.#world.random.of(made).stripeRefundId! })
  }

  /** The order once the shop knows that it is paid; `null` when that takes too long. */
  async #paid(orderId: string): Promise<SeenOrder | null> {
    for (let looks = 0; looks < LOOKS; looks += 1) {
      const { order } = ((await this.#hands.see(`/api/orders/${orderId}`)) ?? {}) as { order?: SeenOrder }
      if (order?.status === 'paid') return order
      await pause(LOOK_PAUSE_MS)
    }
    return null
  }

  /** Some come, some break, and now and then somebody counts and says how many there are. */
  async shelve(): Promise<void> {
    const { random, shop } = this.#world
    const { variantId } = random.of(shop.goods.filter(({ stock }) => stock !== null))
    const delta = random.of([1, 2, 3, 5, -1])
    const { status, body } = await this.#hands.do({ kind: 'stock', variantId, move: { delta } })
    if (status === 200 && random.between(1, 2) === 1) {
      const { onHand, revision } = body['variant'] as { onHand: number; revision: number }
      await this.#hands.do({ kind: 'stock', variantId, move: { set: onHand + 1, ifRevision: revision } })
    }
    await pause(SHELVE_PAUSE_MS)
  }
}

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))
