/** The account's own subscription to us: bought, read from Stripe, ended; what follows from its end, and what is metered. */

import type { Decision } from './actor.ts'
import { hasEnded, lifetimeAfter, noticesAfter, runs, type Notice } from './lifetime.ts'
import { modesOf } from './holdings.ts'
import { no, ok, type Outcome } from './outcome.ts'
import type { Owning } from './owning.ts'
import type { DayCount } from './overage.ts'
import type { OwnCheckout, OwnSubscription, Profile } from './profile.ts'
import type { Office, Records } from './records.ts'

/** Stripe takes no session that ends sooner than in half an hour; half a minute of it is for asking. */
const CHECKOUT_LEAST_MS = 30.5 * 60_000
const CHECKOUT_MS = 31 * 60_000
const DAY_MS = 86_400_000
const REREAD = { kind: 'reread', key: '' } as const
/** Stripe takes no event that is older than 35 days. */
const METERED_DAYS = 34

/** What Stripe says of a subscription, under the number that the reading was begun with. */
export interface OwnReading {
  readonly number: number
  readonly id: string
  readonly stripeCustomerId: string | null
  /** `null`: Stripe knows no such subscription. */
  readonly found: OwnSubscription | null
}

export class Paying {
  readonly #office: Office
  readonly #records: Records
  readonly #owning: Owning

  constructor(office: Office, records: Records, owning: Owning) {
    this.#office = office
    this.#records = records
    this.#owning = owning
  }

  /** The page to pay on: the one that is open, or the place of a new one. Refuses who already pays. */
  startCheckout(trial: boolean): Outcome<{ profile: Profile; checkout: OwnCheckout }> {
    return this.#office.decide(({ now }) => {
      const profile = this.#records.profile.require()
      if (profile.deletingAt !== null) return no('account_deleted')
      if (runs(profile.subscription?.status ?? null)) return no('already_subscribed')
      if (profile.checkout !== null && isUsable(profile.checkout, now))
        return ok({ profile, checkout: profile.checkout })
      const checkout = { sessionId: null, url: null, trial: trial && !profile.trialUsed, expiresAt: now + CHECKOUT_MS }
      const changed = { ...profile, checkout, checkouts: profile.checkouts + 1 }
      this.#records.profile.save(changed)
      return ok({ profile: changed, checkout })
    })
  }

  /** The page is there. One that came so late that another took its place is shown to nobody. */
  openCheckout(generation: number, session: { id: string; url: string }): Outcome<null> {
    return this.#office.decide(() => {
      const profile = this.#records.profile.require()
      if (profile.checkout === null || profile.checkouts !== generation) return no('stripe_unavailable')
      const checkout = { ...profile.checkout, sessionId: session.id, url: session.url }
      this.#records.profile.save({ ...profile, checkout })
      return ok(null)
    })
  }

  /** The session is dead: the next wish makes a new one. */
  endCheckout(sessionId: string): Outcome<null> {
    return this.#change((profile) =>
      profile.checkout?.sessionId === sessionId ? { ...profile, checkout: null } : profile,
    )
  }

  linkCustomer(stripeCustomerId: string): Outcome<null> {
    return this.#change((profile) => ({ ...profile, stripeCustomerId }))
  }

  #change(change: (profile: Profile) => Profile): Outcome<null> {
    return this.#office.decide(() => {
      this.#records.profile.save(change(this.#records.profile.require()))
      return ok(null)
    })
  }

  /** Something happened to a subscription of this account: it will be read. Of one that is gone nothing is learnt again. */
  hear(subscriptionId: string): Outcome<null> {
    return this.#office.decide((decision) => {
      const profile = this.#records.profile.get()
      if (profile === null || profile.deletedAt !== null) return ok(null)
      this.#office.owe({ kind: 'billing.read', key: subscriptionId }, decision)
      return ok(null)
    })
  }

  startReading(): number {
    return this.#office.commit(() => {
      const profile = this.#records.profile.require()
      this.#records.profile.save({ ...profile, readings: profile.readings + 1 })
      return profile.readings + 1
    })
  }

  /** Applies what was read, unless a later reading of the same subscription was applied before. */
  applyReading(reading: OwnReading): Outcome<Profile> {
    return this.#office.decide((decision) => {
      const profile = this.#records.profile.require()
      if (profile.deletedAt !== null || !isAnswered(profile, reading)) return ok(profile)
      const seen = { ...profile, applied: Math.max(profile.applied, reading.number) }
      const changed = withReading(seen, reading, decision.now)
      this.#records.profile.save(changed)
      if (changed.endedAt !== profile.endedAt) this.#turn(changed.endedAt, decision)
      this.#lookAgain(changed, decision)
      this.startReports(decision)
      return ok(changed)
    })
  }

  /** Whoever runs is looked at a day after the period is over, in case what happened then never reached us. */
  #lookAgain({ subscription }: Profile, { now }: Decision): void {
    this.#office.timers.cancel(REREAD)
    if (subscription !== null && runs(subscription.status))
      this.#office.setTimer({ ...REREAD, at: Math.max(now, subscription.currentPeriodEnd) + DAY_MS })
  }

  /** The time to look again has come; the reading says when next. */
  reread(decision: Decision): void {
    const { subscription } = this.#records.profile.require()
    if (subscription !== null) this.#office.owe({ kind: 'billing.read', key: subscription.id }, decision)
  }

  /** The end, another end, or a beginning: every project is told, and every timer stands for the new moments only. */
  #turn(endedAt: number | null, decision: Decision): void {
    const { timers } = this.#office
    for (const { notice } of noticesAfter(0)) timers.cancel({ kind: 'notice', key: notice })
    timers.cancel({ kind: 'delete', key: '' })
    this.#owning.oweStandings(decision)
    this.#records.note(endedAt === null ? 'subscription runs' : 'subscription ended', {}, decision)
    if (endedAt === null) return
    for (const { notice, at } of noticesAfter(endedAt)) this.#office.setTimer({ kind: 'notice', key: notice, at })
    this.#office.setTimer({ kind: 'delete', key: '', at: lifetimeAfter(endedAt).deleteAt })
  }

  /** A notice is due: written down, and mailed to every owner. What it announces happens by the clock, with or without it. */
  notify(notice: Notice, decision: Decision): void {
    const { endedAt, name } = this.#records.profile.require()
    if (endedAt === null) return
    this.#records.note(`notice: ${notice}`, {}, decision)
    for (const place of this.#places()) {
      const payload = { notice, ...lifetimeAfter(endedAt) }
      this.#office.owe({ kind: 'project.notice', key: `${place}:${notice}`, payload }, decision)
    }
    for (const { email, userId } of this.#records.members.owners()) {
      const payload = { mail: notice, to: email, name, ...lifetimeAfter(endedAt) }
      this.#office.owe({ kind: 'mail', key: `${notice}/${endedAt}/${userId}`, payload }, decision)
    }
  }

  /** Every project in every mode, by its name. */
  #places(): string[] {
    return this.#records.holdings
      .all()
      .flatMap((holding) => modesOf(holding).map((mode) => `${holding.projectId}:${mode}`))
  }

  // Metering

  /** Who pays and has customers in live mode is counted from now on. */
  startReports(decision: Decision): void {
    const timer = { kind: 'report', key: '' }
    if (this.#isMetered() && !this.#office.timers.has(timer)) this.#office.setTimer({ ...timer, at: decision.now })
  }

  /** With the last live project gone there is one more day to tell of: that nobody is left. */
  #isMetered(): boolean {
    if (!runs(this.#records.profile.require().subscription?.status ?? null)) return false
    return this.liveProjects().length > 0 || (this.#records.overage.latest(1)[0]?.customers ?? 0) > 0
  }

  /** Once a day: the live customers are to be counted and told to the meter. */
  report(decision: Decision): void {
    if (!this.#isMetered()) return
    const day = dayOf(decision.now)
    this.#office.setTimer({ kind: 'report', key: '', at: Date.parse(day) + DAY_MS })
    this.#office.owe({ kind: 'overage.count', key: day }, decision)
  }

  /** The live projects whose customers are counted. */
  liveProjects(): string[] {
    return this.#records.holdings
      .all()
      .filter((holding) => modesOf(holding).includes('live'))
      .map(({ projectId }) => projectId)
  }

  /** Fixes a day's number, and owes it to the meter. */
  recordCount(day: string, customers: number): Outcome<DayCount> {
    return this.#office.decide((decision) => {
      const counted = this.#records.overage.count(day, customers, decision.now)
      if (counted.reportedAt === null) this.#office.owe({ kind: 'overage.report', key: day }, decision)
      return ok(counted)
    })
  }

  /** What the meter is to be told of a day; `null` when it has it, or would not take it any more. */
  countToReport(day: string): { stripeCustomerId: string; count: DayCount } | null {
    const { stripeCustomerId } = this.#records.profile.require()
    const count = this.#records.overage.get(day)
    if (stripeCustomerId === null || count === null || count.reportedAt !== null) return null
    return this.#office.now() - count.countedAt > METERED_DAYS * DAY_MS ? null : { stripeCustomerId, count }
  }

  countReported(day: string): Outcome<null> {
    return this.#office.decide(({ now }) => {
      this.#records.overage.reported(day, now)
      return ok(null)
    })
  }

  billing() {
    return { profile: this.#records.profile.require(), days: this.#records.overage.latest(31) }
  }
}

/** A page that somebody has, or one that Stripe would still make. */
const isUsable = ({ url, expiresAt }: OwnCheckout, now: number): boolean =>
  expiresAt > now && (url !== null || expiresAt - now >= CHECKOUT_LEAST_MS)

/**
 * A reading of another subscription than the one known counts only when it runs: an old one that ended changes nothing.
 * What was read of one that has ended, however lately, hides no other that runs.
 */
function isAnswered({ subscription, applied }: Profile, { id, found, number }: OwnReading): boolean {
  if (subscription === null) return true
  if (subscription.id === id) return number > applied
  return runs(found?.status ?? null) && (number > applied || !runs(subscription.status))
}

function withReading(profile: Profile, { found, stripeCustomerId }: OwnReading, now: number): Profile {
  const known = { ...profile, stripeCustomerId: stripeCustomerId ?? profile.stripeCustomerId }
  if (found === null) {
    const wasThere = profile.subscription !== null
    return { ...known, subscription: null, endedAt: wasThere ? (profile.endedAt ?? now) : profile.endedAt }
  }
  const subscribed = {
    ...known,
    subscription: found,
    trialUsed: profile.trialUsed || found.trialEnd !== null,
    checkout: runs(found.status) ? null : profile.checkout,
  }
  if (runs(found.status)) return { ...subscribed, endedAt: null }
  return hasEnded(found.status) ? { ...subscribed, endedAt: endOf(found, profile, now) } : subscribed
}

/**
 * When the subscription came to its end; once known, it does not come later. One that is unpaid was past due before, with
 * everything open: its end is when we learn of it, and its periods, which go on, begin no new grace.
 */
function endOf({ id, status, endedAt, trialEnd }: OwnSubscription, known: Profile, now: number): number {
  const end = endedAt ?? (status === 'paused' && trialEnd !== null ? trialEnd : now)
  return known.endedAt !== null && known.subscription?.id === id ? Math.min(known.endedAt, end) : end
}

const dayOf = (at: number): string => new Date(at).toISOString().slice(0, 10)
