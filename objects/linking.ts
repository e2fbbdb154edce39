/**
 * Connecting Stripe: who went to Stripe and came back, which Stripe account is this account's in each mode, and what its
 * projects must be told of it. Each step is carried on by the outbox, so that a fault between two of them heals.
 */

import type { Mode } from '../sdk/schema/common.ts'
import type { Decision } from './actor.ts'
import { modesOf } from './holdings.ts'
import type { AccountReading, Link, LinkVisit, Via } from './links.ts'
import { no, ok, type Outcome } from './outcome.ts'
import type { Office, Records } from './records.ts'

const VISIT_TTL_MS = 10 * 60_000
/** A claim that nobody wrote down by then is given up. */
const CLAIM_CHECK_AFTER_MS = 60_000

/** Until Stripe was asked. */
const UNREAD: AccountReading = {
  chargesEnabled: false,
  detailsSubmitted: false,
  reason: null,
  country: null,
  currency: null,
}

/** What a project must know of the Stripe account that it is paid to. */
export interface ConnectionFacts {
  readonly stripeAccount: string
  readonly chargesEnabled: boolean
}

export class Linking {
  readonly #office: Office
  readonly #records: Records

  constructor(office: Office, records: Records) {
    this.#office = office
    this.#records = records
  }

  connections(): Record<Mode, Link | null> {
    const { links } = this.#records
    return { test: links.get('test'), live: links.get('live') }
  }

  connection(mode: Mode): Link | null {
    return this.#records.links.get(mode)
  }

  factsFor(mode: Mode): ConnectionFacts | null {
    const link = this.#records.links.get(mode)
    return link && { stripeAccount: link.stripeAccount, chargesEnabled: link.chargesEnabled }
  }

  /** A member goes to Stripe. Who comes back is believed once, in ten minutes, in the same session. */
  beginVisit(visit: Omit<LinkVisit, 'expiresAt'>): Outcome<null> {
    return this.#office.decide(({ now }) => {
      const present = this.#records.links.get(visit.mode)
      if (present !== null) return taken(present)
      this.#records.links.beginVisit({ ...visit, expiresAt: now + VISIT_TTL_MS }, now)
      return ok(null)
    })
  }

  /** The member is back. Whoever names the visit ends it, so that it is no use to a second one, whoever that is. */
  endVisit(visit: Omit<LinkVisit, 'expiresAt'>): Outcome<null> {
    const found = this.#office.commit(() => this.#records.links.endVisit(visit.hash))
    const isTheirs =
      found !== null &&
      found.expiresAt > this.#office.now() &&
      found.mode === visit.mode &&
      found.userId === visit.userId &&
      found.sessionId === visit.sessionId
    return isTheirs ? ok(null) : no('connection_state_invalid')
  }

  /**
   * A new Stripe account is to be made, or the one that was begun before goes on: its id, or the number under which it
   * is made.
   */
  beginOnboarding(mode: Mode): Outcome<{ stripeAccount: string | null; number: number; email: string }> {
    return this.#office.decide((decision) => {
      const { links, profile } = this.#records
      const { email } = profile.require()
      const present = links.get(mode)
      if (present === null) return ok({ stripeAccount: null, number: links.onboarding(mode, decision.nextId()), email })
      if (present.via !== 'onboarding') return taken(present)
      return ok({ stripeAccount: present.stripeAccount, number: present.claim, email })
    })
  }

  /** The number under which a Stripe account is about to be claimed for us. */
  beginClaim(mode: Mode, stripeAccount: string): Outcome<number> {
    return this.#office.decide((decision) => {
      const present = this.#records.links.get(mode)
      if (present !== null && present.stripeAccount !== stripeAccount) return taken(present)
      const claim = decision.nextId()
      const at = decision.now + CLAIM_CHECK_AFTER_MS
      this.#office.owe({ kind: 'connection.release', key: `${mode}:${stripeAccount}:${claim}`, at }, decision)
      return ok(claim)
    })
  }

  /** The Stripe account is ours: every project of the mode is told, and Stripe is asked how the account stands. */
  link(made: { mode: Mode; stripeAccount: string; via: Via; scope: string; claim: number }): Outcome<Link> {
    return this.#office.decide((decision) => {
      const { links } = this.#records
      const present = links.get(made.mode)
      if (present !== null && present.stripeAccount !== made.stripeAccount) return taken(present)
      if (present !== null && present.claim > made.claim) return ok(present)
      const linked: Link = {
        ...UNREAD,
        ...present,
        ...made,
        endHeard: false,
        connectedAt: present?.connectedAt ?? decision.now,
        readAt: present?.readAt ?? null,
      }
      links.save(linked)
      links.endOnboarding(made.mode)
      this.#office.owe({ kind: 'connection.read', key: made.mode }, decision)
      this.oweConnection(made.mode, decision)
      return ok(linked)
    })
  }

  /** Does this claim stand? One that does not is given up at Stripe. */
  holds(mode: Mode, claim: number): boolean {
    return this.#records.links.get(mode)?.claim === claim
  }

  /** Something was heard of a Stripe account; a reading will show what. */
  heard(news: { mode: Mode; stripeAccount: string; ended: boolean }): Outcome<null> {
    return this.#office.decide((decision) => {
      const link = this.#records.links.get(news.mode)
      if (link === null || link.stripeAccount !== news.stripeAccount) return ok(null)
      this.#records.links.save({ ...link, endHeard: link.endHeard || news.ended })
      this.#office.owe({ kind: 'connection.read', key: news.mode }, decision)
      return ok(null)
    })
  }

  /**
   * What Stripe says of the account. `found: null`: it does not let us see it. If it was heard to have left us, it has;
   * otherwise our own key may be at fault, and it only takes no payments through us.
   */
  read(reading: { mode: Mode; stripeAccount: string; found: AccountReading | null }): Outcome<null> {
    return this.#office.decide((decision) => {
      const link = this.#records.links.get(reading.mode)
      if (link === null || link.stripeAccount !== reading.stripeAccount) return ok(null)
      if (reading.found === null && link.endHeard) {
        this.#records.note('connection ended at Stripe', { target: link.stripeAccount, mode: link.mode }, decision)
        this.#end(link, decision)
        return ok(null)
      }
      const found = reading.found ?? { ...link, chargesEnabled: false, reason: 'no_access' }
      this.#records.links.save({ ...link, ...found, endHeard: false, readAt: decision.now })
      if (found.chargesEnabled !== link.chargesEnabled) this.oweConnection(link.mode, decision)
      return ok(null)
    })
  }

  /** Nothing is paid to it through us any more, from this decision on; what was bought stays bought. */
  disconnect(mode: Mode): Outcome<null> {
    return this.#office.decide((decision) => {
      const link = this.#records.links.get(mode)
      if (link === null) return no('connection_not_found')
      this.#end(link, decision)
      return ok(null)
    })
  }

  /** The account goes, and lets its Stripe accounts go. */
  endAll(decision: Decision): void {
    for (const link of Object.values(this.connections())) if (link !== null) this.#end(link, decision)
  }

  #end(link: Link, decision: Decision): void {
    this.#records.links.remove(link.mode)
    const key = `${link.mode}:${link.stripeAccount}:${link.claim}`
    this.#office.owe({ kind: 'connection.release', key }, decision)
    this.oweConnection(link.mode, decision)
  }

  /** Tells every project of the mode; what it is told is read again then. */
  oweConnection(mode: Mode, decision: Decision): void {
    for (const holding of this.#records.holdings.all())
      if (modesOf(holding).includes(mode))
        this.#office.owe({ kind: 'project.connection', key: `${holding.projectId}:${mode}` }, decision)
  }
}

const taken = ({ stripeAccount }: Link) =>
  no('connection_exists', {
    message: `The Stripe account ${stripeAccount} is connected in this mode. Disconnect it first.`,
    stripeAccount,
  })
