/**
 * One account that builds with us, every verb of it as a table of contents: its people, its projects, its Stripe
 * connections, its own subscription. Named by its platform id. It calls nobody; what must happen outside is owed.
 */

import type { Role } from '../sdk/schema/account.ts'
import type { Mode } from '../sdk/schema/common.ts'
import { Actor, ACTOR_SCHEMA, type Decision } from './actor.ts'
import { AUDIT_SCHEMA } from './audit.ts'
import { HOLDINGS_SCHEMA } from './holdings.ts'
import { Departing } from './departing.ts'
import type { Notice } from './lifetime.ts'
import { Linking } from './linking.ts'
import { LINKS_SCHEMA } from './links.ts'
import { MEMBERS_SCHEMA } from './members.ts'
import type { Step } from './migrations.ts'
import { ok, type Outcome } from './outcome.ts'
import { Promoting } from './promoting.ts'
import { Owning } from './owning.ts'
import type { Delivery } from './outbox.ts'
import { OVERAGE_SCHEMA, type DayCount } from './overage.ts'
import { Paying } from './paying.ts'
import { PROFILE_SCHEMA, type Profile } from './profile.ts'
import { Records, type Office } from './records.ts'
import { Seating, type Request } from './seating.ts'
import type { Timer } from './timers.ts'

/** Appended, never edited. */
export const ACCOUNT_STEPS: readonly Step[] = [
  [...ACTOR_SCHEMA, ...PROFILE_SCHEMA, ...MEMBERS_SCHEMA, ...HOLDINGS_SCHEMA, ...AUDIT_SCHEMA, ...OVERAGE_SCHEMA],
  LINKS_SCHEMA,
]

const PRUNE = { kind: 'prune', key: '' } as const
const PRUNE_EVERY_MS = 7 * 86_400_000
const MIRROR = { kind: 'mirror', key: '' } as const
/** Reports may be a few seconds old; what changes several times meanwhile is told once. */
const MIRROR_AFTER_MS = 5_000

export abstract class Account<Env = unknown> extends Actor<Env> {
  readonly #records = new Records(this.store)
  readonly #office = this.#asOffice()
  readonly #seating = new Seating(this.#office, this.#records)
  readonly #linking = new Linking(this.#office, this.#records)
  readonly #owning = new Owning(this.#office, this.#records, this.#linking)
  readonly #paying = new Paying(this.#office, this.#records, this.#owning)
  readonly #promoting = new Promoting(this.#office, this.#records, this.#linking)
  readonly #departing = new Departing(this.#office, this.#records, this.#linking)

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env, ACCOUNT_STEPS)
  }

  // People

  found(birth: Parameters<Seating['found']>[0]) {
    return this.#seating.found(birth)
  }
  isFounded(): boolean {
    return this.#records.profile.get() !== null
  }
  admit(request: Request) {
    return this.#seating.admit(request)
  }
  admitKey(...asked: Parameters<Seating['admitKey']>) {
    return this.#seating.admitKey(...asked)
  }
  settle(entry: number, outcome: string) {
    return this.#seating.settle(entry, outcome)
  }
  profile(): Outcome<Profile> {
    return ok(this.#records.profile.require())
  }
  rename(name: string) {
    return this.#seating.rename(name)
  }
  members() {
    return this.#seating.members()
  }
  invite(invitation: Parameters<Seating['invite']>[0]) {
    return this.#seating.invite(invitation)
  }
  withdrawInvitation(id: string) {
    return this.#seating.withdraw(id)
  }
  acceptInvitation(person: Parameters<Seating['accept']>[0]) {
    return this.#seating.accept(person)
  }
  changeRole(userId: string, role: Role) {
    return this.#seating.changeRole(userId, role)
  }
  removeMember(userId: string) {
    return this.#seating.remove(userId)
  }
  auditLog(query: Parameters<Seating['auditLog']>[0]) {
    return this.#seating.auditLog(query)
  }

  // Projects

  beginProject(project: Parameters<Owning['begin']>[0]) {
    return this.#owning.begin(project)
  }
  projectChecked(projectId: string, mode: Mode, isThere: boolean) {
    return this.#owning.checked(projectId, mode, isThere, (decision) => this.#paying.startReports(decision))
  }
  projects() {
    return this.#owning.list()
  }
  project(projectId: string) {
    return this.#owning.get(projectId)
  }
  changeProject(projectId: string, change: Parameters<Owning['change']>[1]) {
    return this.#owning.change(projectId, change)
  }
  factsFor(projectId: string) {
    return this.#owning.factsFor(projectId)
  }

  deleteProject(projectId: string, wish: Parameters<Departing['deleteProject']>[1]) {
    return this.#departing.deleteProject(projectId, wish)
  }
  deleteTestMode(projectId: string) {
    return this.#departing.deleteTestMode(projectId)
  }
  projectPurged(gone: Parameters<Departing['projectPurged']>[0]) {
    return this.#departing.projectPurged(gone)
  }

  // Its own subscription

  startCheckout(trial: boolean) {
    return this.#paying.startCheckout(trial)
  }
  openCheckout(generation: number, session: { id: string; url: string }) {
    return this.#paying.openCheckout(generation, session)
  }
  endCheckout(sessionId: string) {
    return this.#paying.endCheckout(sessionId)
  }
  linkCustomer(stripeCustomerId: string) {
    return this.#paying.linkCustomer(stripeCustomerId)
  }
  hearBilling(subscriptionId: string) {
    return this.#paying.hear(subscriptionId)
  }
  startReading() {
    return this.#paying.startReading()
  }
  applyReading(reading: Parameters<Paying['applyReading']>[0]) {
    return this.#paying.applyReading(reading)
  }
  liveProjects() {
    return this.#paying.liveProjects()
  }
  recordCount(day: string, customers: number) {
    return this.#paying.recordCount(day, customers)
  }
  countToReport(day: string) {
    return this.#paying.countToReport(day)
  }
  countReported(day: string) {
    return this.#paying.countReported(day)
  }
  billing() {
    return this.#paying.billing()
  }

  // The end

  deletionTask() {
    return this.#departing.deletionTask()
  }
  confirmDeletion() {
    return this.#departing.confirmDeletion()
  }
  people() {
    return this.#departing.people()
  }
  erase() {
    return this.#departing.erase()
  }

  // Stripe

  connections() {
    return this.#linking.connections()
  }
  connection(mode: Mode) {
    return this.#linking.connection(mode)
  }
  connectionFacts(mode: Mode) {
    return this.#linking.factsFor(mode)
  }
  beginVisit(visit: Parameters<Linking['beginVisit']>[0]) {
    return this.#linking.beginVisit(visit)
  }
  endVisit(visit: Parameters<Linking['endVisit']>[0]) {
    return this.#linking.endVisit(visit)
  }
  beginOnboarding(mode: Mode) {
    return this.#linking.beginOnboarding(mode)
  }
  beginClaim(mode: Mode, stripeAccount: string) {
    return this.#linking.beginClaim(mode, stripeAccount)
  }
  link(made: Parameters<Linking['link']>[0]) {
    return this.#linking.link(made)
  }
  holdsClaim(mode: Mode, claim: number) {
    return this.#linking.holds(mode, claim)
  }
  heardOfStripe(news: Parameters<Linking['heard']>[0]) {
    return this.#linking.heard(news)
  }
  readStripe(reading: Parameters<Linking['read']>[0]) {
    return this.#linking.read(reading)
  }
  disconnect(mode: Mode) {
    return this.#linking.disconnect(mode)
  }

  // Going live

  subscriptionRuns(): boolean {
    return this.#promoting.subscriptionRuns()
  }
  beginPromotion(projectId: string) {
    return this.#promoting.begin(projectId)
  }

  // The reports

  /** The account as the reports keep it; `null` before it is founded. */
  toReport(): { revision: number; profile: Profile; counted: DayCount | null } | null {
    const profile = this.#records.profile.get()
    const counted = this.#records.overage.latest(1)[0] ?? null
    return profile && { revision: this.revision, profile, counted }
  }

  /** The reports were lost: they are told again. */
  mirrorAnew(): void {
    if (this.#records.profile.get() === null) return
    this.commit((decision) => this.owe(MIRROR, decision))
  }

  /** However much is written while the reports are told, they are told no more often than usual. */
  protected override pauseAfter({ kind }: Delivery): number {
    return kind === MIRROR.kind ? MIRROR_AFTER_MS : 0
  }

  // Timers

  /** Whatever was written must reach the reports, and be forgotten one day. */
  protected override closing(decision: Decision): void {
    if (!this.timers.has(PRUNE)) this.setTimer({ ...PRUNE, at: decision.now + PRUNE_EVERY_MS })
    if (this.#records.profile.get() === null) return
    // While the reports are away each write owes them anew, but is no reason to try again before the backoff is over.
    this.owe({ ...MIRROR, at: Math.max(this.outbox.dueAt(MIRROR) ?? 0, decision.now + MIRROR_AFTER_MS) }, decision)
  }

  protected override ring(timer: Timer, decision: Decision): void {
    switch (timer.kind) {
      case 'prune':
        return this.#records.prune(decision.now)
      case 'notice':
        return this.#paying.notify(timer.key as Notice, decision)
      case 'reread':
        return this.#paying.reread(decision)
      case 'report':
        return this.#paying.report(decision)
      case 'delete':
        return this.#departing.deletionDue(decision)
    }
  }

  /** What must hold after every command; answers what does not. Run by test builds after each commit. */
  protected violations(): string[] {
    const { profile, members } = this.#records
    const known = profile.get()
    if (known === null || known.deletedAt !== null) return []
    return members.owners().length > 0 ? [] : ['the account has no owner']
  }

  #asOffice(): Office {
    return {
      timers: this.timers,
      outbox: this.outbox,
      now: () => this.now(),
      decide: (fn) => this.decide(fn),
      commit: (fn, wrote) => this.commit(fn, wrote),
      owe: (debt, decision) => this.owe(debt, decision),
      setTimer: (timer) => this.setTimer(timer),
    }
  }
}
