/** The tables of an account side by side, and what its desks may ask of their actor. */

import type { Decision, Synchronous } from './actor.ts'
import { Audit } from './audit.ts'
import { Holdings } from './holdings.ts'
import { Links } from './links.ts'
import { Members } from './members.ts'
import { Overage } from './overage.ts'
import type { Outbox } from './outbox.ts'
import type { Outcome } from './outcome.ts'
import { ProfileTable } from './profile.ts'
import type { Store } from './store.ts'
import type { Timers } from './timers.ts'

export interface Office {
  readonly timers: Timers
  readonly outbox: Outbox
  now(): number
  decide<T extends Outcome<unknown>>(fn: (decision: Decision) => Synchronous<T>): T
  commit<T>(fn: (decision: Decision) => Synchronous<T>, wrote?: (value: T) => boolean): T
  owe(debt: { kind: string; key: string; payload?: unknown; at?: number }, decision: Decision): void
  setTimer(timer: { kind: string; key: string; at: number }): void
}

export class Records {
  readonly profile: ProfileTable
  readonly members: Members
  readonly holdings: Holdings
  readonly audit: Audit
  readonly overage: Overage
  readonly links: Links

  constructor(store: Store) {
    this.profile = new ProfileTable(store)
    this.members = new Members(store)
    this.holdings = new Holdings(store)
    this.audit = new Audit(store)
    this.overage = new Overage(store)
    this.links = new Links(store)
  }

  /** Deletes who the people are and what they did. */
  erase(): void {
    this.members.erase()
    this.audit.erase()
    this.overage.erase()
    this.links.erase()
  }

  /** Forgets what has been kept long enough. */
  prune(now: number): void {
    this.audit.prune(now)
    this.members.prune(now)
  }

  /** Notes what we did ourselves. */
  note(action: string, facts: { target?: string; projectId?: string; mode?: string }, decision: Decision): void {
    this.audit.add({
      id: decision.nextId(),
      at: decision.now,
      userId: null,
      email: 'dream-api',
      action,
      target: facts.target ?? null,
      projectId: facts.projectId ?? null,
      mode: facts.mode ?? null,
      ip: null,
      outcome: 'done',
    })
  }
}
