/** The account's part in taking a project to live mode: may it, and that it will be looked for. */

import { runs } from './lifetime.ts'
import type { ConnectionFacts, Linking } from './linking.ts'
import { no, ok, type Outcome } from './outcome.ts'
import type { Office, Records } from './records.ts'

/** A live project whose making was cut off is looked for after so long. */
const CHECK_AFTER_MS = 60_000

export class Promoting {
  readonly #office: Office
  readonly #records: Records
  readonly #linking: Linking

  constructor(office: Office, records: Records, linking: Linking) {
    this.#office = office
    this.#records = records
    this.#linking = linking
  }

  /** Is our own subscription paid or on trial? */
  subscriptionRuns(): boolean {
    return runs(this.#records.profile.require().subscription?.status ?? null)
  }

  /** Lets a project go live, with the Stripe account that it will be paid to. */
  begin(projectId: string): Outcome<ConnectionFacts> {
    return this.#office.decide((decision) => {
      const holding = this.#records.holdings.get(projectId)
      if (holding === null) return no('project_not_found')
      if (holding.deletingAt !== null || holding.deletedAt !== null) return no('project_deleted')
      if (holding.liveAt !== null) return no('live_exists')
      if (!this.subscriptionRuns()) return no('subscription_required')
      const connection = this.#linking.factsFor('live')
      if (connection === null) return no('needs_live_connection', { needsLiveOAuth: true })
      if (!connection.chargesEnabled) return no('payments_restricted')
      const at = decision.now + CHECK_AFTER_MS
      this.#office.owe({ kind: 'project.check', key: `${projectId}:live`, at }, decision)
      return ok(connection)
    })
  }
}
