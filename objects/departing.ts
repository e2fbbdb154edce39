/** The end of projects and of the account itself: decided here, carried out piece by piece by the outbox. */

import type { Mode } from '../sdk/schema/common.ts'
import type { Decision } from './actor.ts'
import { modesOf, type Holding } from './holdings.ts'
import { lifetimeAfter } from './lifetime.ts'
import type { Linking } from './linking.ts'
import { no, ok, type Outcome } from './outcome.ts'
import type { Profile } from './profile.ts'
import type { Office, Records } from './records.ts'

/** What a project's object says when the last of it is gone. */
export interface Gone {
  readonly projectId: string
  readonly mode: Mode
  readonly deletedAt: number
  readonly counts: Readonly<Record<string, number>>
}

export class Departing {
  readonly #office: Office
  readonly #records: Records
  readonly #linking: Linking

  constructor(office: Office, records: Records, linking: Linking) {
    this.#office = office
    this.#records = records
    this.#linking = linking
  }

  /** Deletes a project in every mode. It is refused to everybody from now on; what remains to be done is owed. */
  deleteProject(projectId: string, wish: { cancelSubscriptions: boolean }): Outcome<Holding> {
    return this.#office.decide((decision) => {
      const holding = this.#records.holdings.get(projectId)
      if (holding === null) return no('project_not_found')
      if (holding.deletingAt !== null) return ok(holding)
      return ok(this.#purge(holding, { ...wish, reason: 'deleted by a member' }, decision))
    })
  }

  /** Deletes test mode for good, of a project that goes on in live mode. */
  deleteTestMode(projectId: string): Outcome<Holding> {
    return this.#office.decide((decision) => {
      const holding = this.#records.holdings.get(projectId)
      if (holding === null) return no('project_not_found')
      if (holding.liveAt === null || holding.deletingAt !== null) return no('not_live')
      if (holding.testAt === null) return ok(holding)
      const payload = { cancelSubscriptions: true, reason: 'test mode deleted by a member' }
      this.#office.owe({ kind: 'project.purge', key: `${projectId}:test`, payload }, decision)
      return ok(holding)
    })
  }

  #purge(holding: Holding, payload: { cancelSubscriptions: boolean; reason: string }, decision: Decision): Holding {
    const deleting = { ...holding, deletingAt: decision.now }
    this.#records.holdings.save(deleting)
    for (const mode of modesOf(holding)) {
      const key = `${holding.projectId}:${mode}`
      this.#office.owe({ kind: 'project.purge', key, payload }, decision)
    }
    return deleting
  }

  /** A project is gone in one mode; with its last mode it becomes a tombstone. */
  projectPurged({ projectId, mode, deletedAt, counts }: Gone): Outcome<null> {
    return this.#office.decide((decision) => {
      const { holdings, profile } = this.#records
      const holding = holdings.get(projectId)
      if (holding === null || holding.deletedAt !== null) return ok(null)
      const left = { ...holding, [mode === 'test' ? 'testAt' : 'liveAt']: null }
      const isLast = modesOf(left).length === 0
      holdings.save(isLast ? { ...left, deletedAt } : left)
      const known = profile.require()
      profile.save({ ...known, deletion: { ...known.deletion, [`${projectId}:${mode}`]: counts } })
      this.#records.note('project deleted', { projectId, mode }, decision)
      this.#oweErasure(decision)
      return ok(null)
    })
  }

  /** The retention is over: whether it really is, is read at Stripe before anything happens. */
  deletionDue(decision: Decision): void {
    this.#office.owe({ kind: 'account.delete', key: '' }, decision)
  }

  /** What must be known before the deletion; `null` when there is none to do. */
  deletionTask(): { stripeCustomerId: string | null; sessionId: string | null } | null {
    const profile = this.#records.profile.require()
    if (!isDue(profile, this.#office.now())) return null
    return { stripeCustomerId: profile.stripeCustomerId, sessionId: profile.checkout?.sessionId ?? null }
  }

  /**
   * The point of no return, after Stripe was read: still ended, and no page open on which it could be paid. A page that
   * was opened meanwhile postpones.
   */
  confirmDeletion(): Outcome<{ begun: boolean; wait: boolean }> {
    return this.#office.decide((decision) => {
      const { profile, holdings } = this.#records
      const known = profile.require()
      if (!isDue(known, decision.now)) return ok({ begun: false, wait: false })
      if (known.checkout !== null && known.checkout.expiresAt > decision.now) return ok({ begun: false, wait: true })
      profile.save({ ...known, deletingAt: decision.now })
      this.#records.note('deletion begins', {}, decision)
      // Their customers' subscriptions are the owner's business, on the owner's Stripe account: those go on.
      const wish = { cancelSubscriptions: false, reason: 'the retention after the subscription is over' }
      for (const holding of holdings.all()) this.#purge(holding, wish, decision)
      this.#oweErasure(decision)
      return ok({ begun: true, wait: false })
    })
  }

  #oweErasure(decision: Decision): void {
    const { deletingAt } = this.#records.profile.require()
    if (deletingAt === null || this.#records.holdings.all().some((holding) => modesOf(holding).length > 0)) return
    this.#office.owe({ kind: 'account.erase', key: '' }, decision)
  }

  /** The people who must be let go elsewhere before their rows are. */
  people(): string[] {
    return this.#records.members.all().map(({ userId }) => userId)
  }

  /** Everything personal goes. What stays is that there was an account, what was deleted and when. */
  erase(): Outcome<null> {
    return this.#office.decide((decision) => {
      const known = this.#records.profile.require()
      if (known.deletingAt === null || known.deletedAt !== null) return ok(null)
      this.#linking.endAll(decision)
      this.#records.erase()
      this.#records.profile.save({
        ...known,
        name: '',
        email: '',
        stripeCustomerId: null,
        subscription: null,
        checkout: null,
        deletedAt: decision.now,
      })
      return ok(null)
    })
  }
}

const isDue = ({ endedAt, deletingAt }: Profile, now: number): boolean =>
  endedAt !== null && deletingAt === null && now >= lifetimeAfter(endedAt).deleteAt
