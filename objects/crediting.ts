/** What money that went back means for the usage that was bought: as much of it goes too, as far as it is unspent. */

import type { Books } from './books.ts'
import type { Order } from './order.ts'

/** Makes the credits of an order agree with its refunds and lost disputes. Said twice it changes nothing. */
export function takeBackCredits(order: Order, books: Books): void {
  const settled = books.refunds
    .ofOrder(order.id)
    .filter((refund) => refund.state === 'pending' || refund.state === 'succeeded')
  for (const credit of books.credits.ofOrder(order.id)) {
    const line = books.orders.lines(order.id).find(({ variantId }) => variantId === credit.variantId)
    if (line === undefined) continue
    const units = settled.flatMap((refund) => refund.lines).filter(({ variantId }) => variantId === credit.variantId)
    const given = units.reduce((sum, { quantity }) => sum + quantity, 0)
    const back = order.refunded + order.lost
    const share = Math.floor((credit.granted * given) / line.quantity)
    const lost = order.lost === 0 ? 0 : Math.floor((credit.granted * order.lost) / order.total)
    const isGone = order.state === 'canceled' || (back > 0 && back >= order.total)
    const due = isGone ? credit.granted : Math.min(credit.granted, share + lost)
    if (due < credit.takenBack) books.credits.restore(credit, credit.takenBack - due)
    else if (due > credit.takenBack) books.credits.takeBack(credit, due - credit.takenBack)
  }
}

/** A use that was taken back may have put back credits whose money is gone. */
export function takeBackUnspent(creditId: number, books: Books): void {
  const orderId = books.credits.get(creditId)?.orderId
  const order = orderId === undefined ? null : books.orders.get(orderId)
  if (order !== null) takeBackCredits(order, books)
}
