/**
 * The production worker as it is, with two things beside it that only a measurement needs: a way to fill a project, and
 * the paths it is compared with. Each is an entrypoint with a socket of its own, so that production's route is not touched.
 */

import { Project as ProductionProject } from '../../worker/index.ts'
import { seed } from './seed.ts'
import type { Progress } from './setup.ts'

export * from '../../worker/index.ts'
export { default } from '../../worker/index.ts'
export { hello, naive, Counter } from './floor.ts'
export { original } from './original.ts'
export { cart } from './shop.ts'
export { setup } from './setup.ts'

export class Project extends ProductionProject {
  seed(range: { from: number; to: number }): void {
    this.ctx.storage.transactionSync(() => seed(this.ctx.storage.sql, range))
  }

  /** Connects a Stripe account without a word to it, for nobody plays Stripe here: what the shelf owes it is left out. */
  linkAccount(stripeAccount: string): void {
    const { settings } = this.books
    const connected = { stripeAccount, linkedAccount: stripeAccount, chargesEnabled: true }
    this.ctx.storage.transactionSync(() => settings.save({ ...settings.require(), ...connected }, this.revision))
  }

  /** Gives the stock of some open carts back, as when Stripe had refused them; answers how many. */
  release(limit: number): number {
    const open = this.store.all<{ id: string }>("SELECT id FROM orders WHERE state = 'pending' LIMIT ?", limit)
    for (const { id } of open) this.abandonOrder(id)
    return open.length
  }

  /**
   * Is nothing owed any more? Then what a round caused has been paid for. What only waits for its time, as the reports do
   * for five seconds, is paid now. One revision is one commit.
   */
  progress(): Progress {
    const next = this.outbox.next()
    if (next !== null && next > this.now()) {
      this.store.run('UPDATE outbox SET next_at = ? WHERE attempts = 0', this.now())
      this.ctx.waitUntil(this.deliverDue())
    }
    return { idle: next === null, revision: this.revision }
  }
}
