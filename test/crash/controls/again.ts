/** A fault to be caught: whatever Stripe says of a refund, its units are put back on the shelf, each time it says so. */

import type { RefundReading } from '../../../objects/refunding.ts'
import sandbox, { Account, Connection, Feed, Person, Project as Sound, Registry, Trial } from '../../sandbox/app.ts'

export { Account, Connection, Feed, Person, Registry, Trial }
export default sandbox

export class Project extends Sound {
  override applyRefunds(paymentIntent: string, reading: { number: number; refunds: readonly RefundReading[] }) {
    this.store.run(
      `UPDATE refunds SET state = 'pending', restocked = NULL
       WHERE restocked IS NOT NULL AND order_id = (SELECT id FROM orders WHERE payment_intent = ?)`,
      paymentIntent,
    )
    return super.applyRefunds(paymentIntent, reading)
  }
}
