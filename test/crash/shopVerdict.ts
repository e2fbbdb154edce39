/** What shoppers and owner know held against what the shop's file says, at any moment. Pure. */

import { isWritten, type Deed, type Piece } from './deed.ts'
import type { Acked, Notes } from './notes.ts'
import type { FiledLine, FiledOrder, FiledRefund, LedgerRow, Shelf, ShelvedVariant } from './shelf.ts'
import type { Verdict } from './verdict.ts'
import type { World } from './world.ts'

const OPEN: ReadonlySet<string> = new Set(['pending', 'processing'])
/** What each state of an order lets its lines hold. */
const HOLDS: Readonly<Record<string, readonly string[]>> = {
  pending: ['held'],
  processing: ['held'],
  paid: ['consumed'],
  canceled: ['released', 'expired'],
  expired: ['released', 'expired'],
  unfillable: ['unfilled'],
}

export function judgeShop(world: World, shelf: Shelf): Verdict {
  const { notes } = world
  return {
    lost: [...notes.acked.values()].flatMap((acked) => lostOf(acked, shelf)),
    doubled: doubledOf(shelf),
    phantom: phantomOf(world, shelf),
    wrong: [
      ...shelf.variants.flatMap((variant) => wrongStock(variant, shelf)),
      ...shelf.lines.flatMap((line) => wrongLine(line, shelf)),
      ...shelf.orders.flatMap((order) => wrongOrder(order, shelf)),
      ...shelf.refunds.flatMap((refund) => wrongRefund(refund, shelf)),
      ...wrongCredits(world, shelf),
    ],
    stuck: shelf.orders
      .filter(({ id, state }) => OPEN.has(state) && !shelf.tended.has(id))
      .map(({ id, state }) => `order ${id} is ${state} and nobody will look at it`),
  }
}

/** Which of the deeds in flight were carried out after all. */
export function soldMeanwhile(notes: Notes, shelf: Shelf): Deed[] {
  return notes.inFlight().filter(({ kind, id }) => {
    if (kind === 'cart') return shelf.orders.some(({ cart }) => cart === id)
    if (kind === 'refund') return shelf.refunds.some(({ wish }) => wish === id)
    return kind === 'stock' && shelf.ledger.some(({ note }) => note === id)
  })
}

function lostOf({ deed, answer: { status, body } }: Acked, shelf: Shelf): string[] {
  if (status !== 200) return []
  switch (deed.kind) {
    case 'cart': {
      const order = shelf.orders.find(({ cart }) => cart === deed.id)
      const lines = shelf.lines.filter(({ orderId }) => orderId === order?.id)
      const isWhole =
        order?.id === body['orderId'] &&
        order?.number === body['orderNumber'] &&
        order?.sessionId === body['sessionId'] &&
        asText(lines) === asText(deed.items)
      return isWhole ? [] : [`order ${String(body['orderId'])}`]
    }
    case 'cancel': {
      const state = shelf.orders.find(({ id }) => id === deed.orderId)?.state
      return state === undefined || state === 'pending' ? [`cancellation of ${deed.orderId}`] : []
    }
    case 'refund': {
      const refund = shelf.refunds.find(({ wish }) => wish === deed.id)
      return refund === undefined || refund.state === 'asked' ? [`refund ${deed.id} of ${deed.orderId}`] : []
    }
    case 'stock': {
      const { onHand } = body['variant'] as { onHand: number }
      const row = shelf.ledger.find(({ note }) => note === deed.id)
      const isDone = 'delta' in deed.move ? row?.delta === deed.move.delta : row?.after === deed.move.set
      return isDone && row?.after === onHand ? [] : [`stock ${deed.id} of ${deed.variantId}`]
    }
    default:
      return []
  }
}

const asText = (pieces: readonly Piece[]): string =>
  pieces
    .map(({ variantId, quantity }) => `${quantity} ${variantId}`)
    .toSorted()
    .join()

/** Every movement has one reason, and no reason moves twice. */
function doubledOf({ ledger, orders }: Shelf): string[] {
  const reasons = ledger.map(({ reason, variantId, orderId, note }) => `${reason} ${variantId} ${orderId} ${note}`)
  return [...twice(reasons), ...twice(orders.map(({ cart }) => `order of cart ${cart}`))]
}

export function twice(names: readonly string[]): string[] {
  const same = [...Map.groupBy(names, (name) => name)].filter(([, all]) => all.length > 1)
  return same.map(([name, all]) => `${name}: ${all.length} times`)
}

function phantomOf({ notes, shop }: World, { orders, refunds, ledger }: Shelf): string[] {
  const strange = (id: string | null) => {
    const answer = id === null ? null : notes.answerOf(id)
    return id === null || !notes.sent.has(id) || (answer !== null && !isWritten(answer))
  }
  const deltas = ledger.filter(({ reason }) => reason === 'adjustment' || reason === 'count')
  const initial = ledger.filter(({ reason }) => reason === 'initial')
  const limited = shop.goods.filter(({ stock }) => stock !== null)
  return [
    ...orders.filter(({ cart }) => strange(cart)).map(({ id }) => `order ${id}`),
    ...refunds.filter(({ wish, request }) => request !== 'unfillable' && strange(wish)).map(({ id }) => `refund ${id}`),
    ...deltas.filter(({ note }) => strange(note)).map(({ delta, note }) => `stock ${delta} ${note}`),
    ...(initial.length === limited.length ? [] : [`${initial.length} first stocks of ${limited.length} goods`]),
  ]
}

/** On hand is the sum of the ledger, reserved the sum of what is held, and neither is less than nothing. */
function wrongStock({ id, onHand, reserved }: ShelvedVariant, { ledger, lines }: Shelf): string[] {
  const moves = ledger.filter(({ variantId }) => variantId === id)
  const held = sum(lines.filter(({ variantId, hold }) => variantId === id && hold === 'held').map(quantityOf))
  const counted = sum(moves.map(({ delta }) => delta))
  return [
    ...(reserved === held ? [] : [`${reserved} of ${id} are reserved, orders hold ${held}`]),
    ...(onHand === null || onHand === counted ? [] : [`${onHand} of ${id} are on hand, its ledger says ${counted}`]),
    ...(onHand === null || (0 <= reserved && reserved <= onHand) ? [] : [`${reserved} of ${onHand} of ${id} reserved`]),
    ...chainBreaks(moves).map(({ after, reason }) => `the ledger of ${id} breaks at ${after} (${reason})`),
  ]
}

/** Rows whose `after` is not what came before and what was moved. */
function chainBreaks(moves: readonly LedgerRow[]): LedgerRow[] {
  let before = 0
  return moves.filter(({ delta, after }) => {
    const isBroken = before + delta !== after || after < 0
    before = after
    return isBroken
  })
}

/** What is sold has left the shelf once, and nothing else has left it. */
function wrongLine({ orderId, variantId, quantity, hold, refundedQuantity }: FiledLine, shelf: Shelf): string[] {
  const state = shelf.orders.find(({ id }) => id === orderId)?.state ?? ''
  const isLimited = shelf.variants.find(({ id }) => id === variantId)?.onHand !== null
  const left = sum(
    shelf.ledger
      .filter((row) => row.reason === 'sale' && row.orderId === orderId && row.variantId === variantId)
      .map(({ delta }) => delta),
  )
  const due = hold === 'consumed' && isLimited ? -quantity : 0
  const given = activeOf(orderId, shelf).flatMap(({ lines }) => lines)
  const units = sum(given.filter((piece) => piece.variantId === variantId).map(quantityOf))
  return [
    ...(HOLDS[state]?.includes(hold) === true ? [] : [`order ${orderId} is ${state}, its line ${variantId} ${hold}`]),
    ...(left === due ? [] : [`order ${orderId} took ${-left} of ${variantId} instead of ${-due}`]),
    ...(units === refundedQuantity
      ? []
      : [`${refundedQuantity} of ${variantId} in ${orderId} given back, not ${units}`]),
  ]
}

const activeOf = (order: string, { refunds }: Shelf): FiledRefund[] =>
  refunds.filter(({ orderId, state }) => orderId === order && state !== 'failed')

function wrongOrder({ id, state, total, refunded }: FiledOrder, shelf: Shelf): string[] {
  const active = activeOf(id, shelf)
  const given = sum(active.filter(({ state: now }) => now !== 'asked').map(({ amount }) => amount))
  const promised = sum(active.map(({ amount }) => amount))
  return [
    ...(given === refunded ? [] : [`order ${id} says ${refunded} given back, its refunds ${given}`]),
    ...(promised <= total ? [] : [`order ${id} of ${total} gives ${promised} back`]),
    ...(active.length === 0 || state === 'paid' || state === 'unfillable'
      ? []
      : [`order ${id} is ${state} and refunded`]),
  ]
}

/** What a refund put back is on the shelf once; what of it could still be taken off when it failed, is off. */
function wrongRefund({ id, state, restocked }: FiledRefund, { ledger, variants }: Shelf): string[] {
  const moves = ledger.filter(({ note }) => note === id)
  if (state === 'failed') {
    const isOdd = restocked !== null || moves.some(({ reason }) => !reason.startsWith('restock'))
    return isOdd || sum(moves.map(({ delta }) => delta)) < 0 ? [`the failed refund ${id} left something`] : []
  }
  const limited = new Set(variants.filter(({ onHand }) => onHand !== null).map((variant) => variant.id))
  const due = (restocked ?? []).filter(({ variantId }) => limited.has(variantId))
  const back = moves.map(({ variantId, delta }) => ({ variantId, quantity: delta }))
  return asText(due) === asText(back) ? [] : [`refund ${id} put back ${asText(back)} instead of ${asText(due)}`]
}

/** What was bought is granted once, for as many as were paid. Nobody spends any here. */
function wrongCredits({ shop }: World, { credits, orders, lines }: Shelf): string[] {
  const grants = new Map(shop.goods.map(({ variantId, grant }) => [variantId, grant]))
  const paid = new Set(orders.filter(({ state }) => state === 'paid').map(({ id }) => id))
  const due = lines
    .filter(({ orderId, variantId }) => paid.has(orderId) && grants.get(variantId) != null)
    .map(({ orderId, variantId, quantity }) => `${orderId} ${variantId} ${(grants.get(variantId) ?? 0) * quantity}`)
  const given = credits.map(({ orderId, variantId, granted }) => `${orderId} ${variantId} ${granted}`)
  const [owed, got] = [new Set(due), new Set(given)]
  return [
    ...twice(given).map((grant) => `granted ${grant}`),
    ...due.filter((grant) => !got.has(grant)).map((grant) => `not granted: ${grant}`),
    ...given.filter((grant) => !owed.has(grant)).map((grant) => `granted for nothing: ${grant}`),
    ...credits
      .filter(({ granted, remaining, takenBack }) => remaining !== granted - takenBack)
      .map(({ orderId, remaining }) => `the credit of ${orderId} has ${remaining} left`),
  ]
}

const quantityOf = ({ quantity }: Piece): number => quantity
const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0)
