/**
 * One project in one mode: every verb of it, as a table of contents. A verb is one synchronous decision of the desk it is
 * handed to; what must happen outside is owed to the outbox and carried out by the worker. It calls nobody.
 */

import type { CustomerInput, CustomerPatch } from '../sdk/schema/customer.ts'
import type { TierInput } from '../sdk/schema/catalog.ts'
import type { FulfillInput, ShopSettings } from '../sdk/schema/order.ts'
import type { ProductInput, ProductPatch, StockChange, VariantInput, VariantPatch } from '../sdk/schema/product.ts'
import type { Mode } from '../sdk/schema/common.ts'
import type { Changes } from '../sdk/schema/feed.ts'
import { Actor, type Decision } from './actor.ts'
import type { Applied, BillingEvent, SessionReading, SubscriptionReading } from './billing.ts'
import { Books, type Ledger } from './books.ts'
import type { Caller } from './caller.ts'
import type { TierPrice } from './catalog.ts'
import { Counting, type Counted, type Replayable, type UsageItem } from './counting.ts'
import type { VariantPrice } from './products.ts'
import type { FeedView } from './feed.ts'
import { Founding, type ProjectBirth } from './founding.ts'
import { Gate } from './gate.ts'
import { Hearing } from './hearing.ts'
import type { Outcome } from './outcome.ts'
import type { Attempt } from './replies.ts'
import { Reporting } from './reporting.ts'
import { Roster } from './roster.ts'
import { Carting, type CartWish } from './carting.ts'
import { Ordering, type OrderReading } from './ordering.ts'
import { Refunding, type RefundReading } from './refunding.ts'
import { Shelving } from './shelving.ts'
import { Selling } from './selling.ts'
import { PROJECT_STEPS } from './schema.ts'
import type { StandingTimes } from './standing.ts'
import type { Timer } from './timers.ts'

const PUBLISH_AFTER_MS = 40
const PUBLISH_RETRY_MS = 1_000
const MIRROR_AFTER_MS = 1_000
const PRUNE_EVERY_MS = 86_400_000
const CHECKOUT_RETENTION_MS = 90 * 86_400_000
const MIRROR = { kind: 'mirror', key: '' } as const
const PRUNE = { kind: 'prune', key: '' } as const

export abstract class Project<Env = unknown> extends Actor<Env> {
  readonly #books = new Books(this.store)
  readonly #gate = new Gate(this.#books)
  readonly #ledger = this.#asLedger()
  readonly #founding = new Founding(this.#ledger, this.#books)
  readonly #counting = new Counting(this.#ledger, this.#books, this.#gate, () => this.ctx.storage.sync())
  readonly #roster = new Roster(this.#ledger, this.#books, this.#gate)
  readonly #selling = new Selling(this.#ledger, this.#books, this.#gate)
  readonly #shelving = new Shelving(this.#ledger, this.#books, this.#gate)
  readonly #carting = new Carting(this.#ledger, this.#books, this.#gate)
  readonly #ordering = new Ordering(this.#ledger, this.#books, this.#gate, this.#carting)
  readonly #refunding = new Refunding(this.#ledger, this.#books, this.#gate)
  readonly #hearing = new Hearing(this.#ledger, this.#books, this.#gate, this.#roster)
  readonly #reporting = new Reporting(this.#ledger, this.#books, this.#gate)
  /** The revision that owed the reports a copy which has not begun to be made; `null` when the next write must owe one. */
  #mirrorOwedAt: number | null
  #pruneSet: boolean
  /** The decision that found nothing left to forget: it must not set the timer that it just let go. */
  #sleptAt = 0
  #watched: boolean
  #publishedTo: number
  #publishing = false

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env, PROJECT_STEPS)
    this.#mirrorOwedAt = this.outbox.has(MIRROR) ? 0 : null
    this.#pruneSet = this.timers.has(PRUNE)
    this.#watched = this.#books.settings.watched
    this.#publishedTo = this.#watched ? this.#books.settings.published : this.revision
    this.#publishSoon(PUBLISH_AFTER_MS) // what the object that died before had committed but not yet told
  }

  /** Tells the project's feed what changed. Supplied by the worker; nothing is lost when it fails. */
  protected abstract publish(changes: Changes): Promise<void>

  // Life

  create(birth: ProjectBirth) {
    return this.#founding.create(birth)
  }
  putTiers(tiers: readonly TierInput[]) {
    return this.#founding.putTiers(tiers)
  }
  setStanding(standing: StandingTimes) {
    return this.#founding.setStanding(standing)
  }
  close() {
    return this.#founding.close()
  }
  rotateSecret(rotation: Parameters<Founding['rotateSecret']>[0]) {
    return this.#founding.rotateSecret(rotation)
  }
  connectStripe(stripeAccount: string) {
    return this.#founding.connectStripe(stripeAccount)
  }
  stripeAccount() {
    return this.#founding.stripeAccount()
  }

  // Usage

  /** Counts uses against their customers' limits, each decided alone: one over the limit is refused and changes nothing. */
  async trackUsage(caller: Caller, items: readonly UsageItem[]): Promise<Outcome<Replayable<Outcome<Counted>>[]>> {
    return this.#counting.track(caller, items)
  }
  usage(caller: Caller, meter: string | null) {
    return this.#counting.check(caller, meter)
  }
  reverseUsage(caller: Caller, id: string) {
    return this.#counting.reverse(caller, id)
  }

  // Customers

  checkCustomer(caller: Caller, input: CustomerInput, attempt: Attempt | null) {
    return this.#roster.check(caller, input, attempt)
  }
  addCustomer(caller: Caller, customer: { userId: string; input: CustomerInput; attempt: Attempt | null }) {
    return this.#roster.add(caller, customer)
  }
  getCustomer(caller: Caller, id: string) {
    return this.#roster.get(caller, id)
  }
  listCustomers(caller: Caller, query: Parameters<Roster['list']>[1]) {
    return this.#roster.list(caller, query)
  }
  updateCustomer(caller: Caller, id: string, patch: CustomerPatch) {
    return this.#roster.update(caller, id, patch)
  }
  startRemoval(caller: Caller, id: string) {
    return this.#roster.startRemoval(caller, id)
  }
  removeCustomer(caller: Caller, id: string) {
    return this.#roster.remove(caller, id)
  }
  identityOf(customerId: string) {
    return this.#roster.identityOf(customerId)
  }

  // Selling

  listTiers(caller: Caller) {
    return this.#selling.listTiers(caller)
  }
  startCheckout(caller: Caller, wish: Parameters<Selling['startCheckout']>[1]) {
    return this.#selling.startCheckout(caller, wish)
  }
  resumeCheckout(id: string) {
    return this.#selling.resumeCheckout(id)
  }
  openCheckout(id: string, session: { id: string; url: string }) {
    return this.#selling.openCheckout(id, session)
  }
  checkoutOf(caller: Caller, id: string) {
    return this.#selling.checkoutOf(caller, id)
  }
  endCheckout(id: string, state: 'expired' | 'failed') {
    return this.#selling.endCheckout(id, state)
  }
  portalFor(caller: Caller, returnUrl: string) {
    return this.#selling.portalFor(caller, returnUrl)
  }
  linkCustomer(customerId: string, stripeCustomerId: string) {
    return this.#selling.linkCustomer(customerId, stripeCustomerId)
  }
  linkPrice(link: { price: TierPrice; stripeProductId: string; stripePriceId: string }) {
    return this.#selling.linkPrice(link)
  }
  changeRefused(subscriptionId: string) {
    return this.#selling.changeRefused(subscriptionId)
  }
  linkPortal(portalConfiguration: string) {
    return this.#selling.linkPortal(portalConfiguration)
  }

  // The shop

  listProducts(caller: Caller, query: Parameters<Shelving['list']>[1]) {
    return this.#shelving.list(caller, query)
  }
  getProduct(caller: Caller, id: string) {
    return this.#shelving.get(caller, id)
  }
  addProduct(caller: Caller, input: ProductInput, ids: Parameters<Shelving['add']>[2]) {
    return this.#shelving.add(caller, input, ids)
  }
  updateProduct(caller: Caller, id: string, patch: ProductPatch) {
    return this.#shelving.update(caller, id, patch)
  }
  deleteProduct(caller: Caller, id: string) {
    return this.#shelving.remove(caller, id)
  }
  admitUpload(caller: Caller) {
    return this.#shelving.admitUpload(caller)
  }
  addVariant(caller: Caller, productId: string, input: VariantInput, made: Parameters<Shelving['addVariant']>[3]) {
    return this.#shelving.addVariant(caller, productId, input, made)
  }
  updateVariant(caller: Caller, id: string, patch: VariantPatch) {
    return this.#shelving.updateVariant(caller, id, patch)
  }
  changeStock(caller: Caller, id: string, change: StockChange, attempt: Attempt | null = null) {
    return this.#shelving.changeStock(caller, id, change, attempt)
  }
  stockLedger(caller: Caller, query: Parameters<Shelving['ledgerOf']>[1]) {
    return this.#shelving.ledgerOf(caller, query)
  }
  changeShop(caller: Caller, change: ShopSettings) {
    return this.#shelving.changeShop(caller, change)
  }
  productTask(productId: string) {
    return this.#shelving.taskOf(productId)
  }
  linkProduct(productId: string, stripeProductId: string) {
    return this.#shelving.linkProduct(productId, stripeProductId)
  }
  linkVariantPrice(price: VariantPrice, stripePriceId: string) {
    return this.#shelving.linkPrice(price, stripePriceId)
  }

  closeVariantPrice(link: Parameters<Shelving['closePrice']>[0]) {
    return this.#shelving.closePrice(link)
  }

  // Orders

  startOrder(caller: Caller, wish: CartWish) {
    return this.#carting.start(caller, wish)
  }
  orderTask(id: string) {
    return this.#carting.task(id)
  }
  openOrder(id: string, session: { id: string; url: string }) {
    return this.#ordering.open(id, session)
  }
  giveUpOrder(id: string) {
    return this.#ordering.giveUp(id)
  }
  abandonOrder(id: string) {
    return this.#ordering.abandon(id)
  }
  cancelableOrder(caller: Caller, id: string) {
    return this.#ordering.cancelable(caller, id)
  }
  applyOrder(reading: OrderReading) {
    return this.#ordering.apply(reading)
  }
  listOrders(caller: Caller, query: Parameters<Ordering['list']>[1]) {
    return this.#ordering.list(caller, query)
  }
  getOrder(caller: Caller, id: string) {
    return this.#ordering.get(caller, id)
  }
  seenOrder(id: string) {
    return this.#ordering.seen(id)
  }
  fulfillOrder(caller: Caller, id: string, input: FulfillInput) {
    return this.#ordering.fulfill(caller, id, input)
  }
  startRefund(caller: Caller, orderId: string, input: Parameters<Refunding['start']>[2]) {
    return this.#refunding.start(caller, orderId, input)
  }
  refundTask(id: string) {
    return this.#refunding.task(id)
  }
  failRefund(id: string, failure: string) {
    return this.#refunding.fail(id, failure)
  }
  applyRefunds(paymentIntent: string, reading: { number: number; refunds: readonly RefundReading[] }) {
    return this.#refunding.apply(paymentIntent, reading)
  }
  applyDispute(reading: Parameters<Refunding['applyDispute']>[0]) {
    return this.#refunding.applyDispute(reading)
  }

  // What Stripe says

  hear(event: BillingEvent, keep: 'always' | 'if ours') {
    return this.#hearing.hear(event, keep)
  }
  startReading(id: string) {
    return this.#hearing.startReading(id)
  }
  applySubscription(reading: { id: string; number: number; found: SubscriptionReading | null }) {
    return this.#hearing.applySubscription(reading)
  }
  applySession(reading: SessionReading) {
    return this.#hearing.applySession(reading)
  }
  applyAccount(reading: { chargesEnabled: boolean }) {
    return this.#hearing.applyAccount(reading)
  }
  forgetStripeCustomer(stripeCustomerId: string) {
    return this.#hearing.forgetStripeCustomer(stripeCustomerId)
  }
  settleEvents(subject: string, applied: Applied) {
    return this.#hearing.settleEvents(subject, applied)
  }
  listEvents(caller: Caller, query: Parameters<Hearing['listEvents']>[1]) {
    return this.#hearing.listEvents(caller, query)
  }
  getEvent(caller: Caller, id: string) {
    return this.#hearing.getEvent(caller, id)
  }
  replayEvent(caller: Caller, id: string) {
    return this.#hearing.replayEvent(caller, id)
  }

  // Reports and the live feed

  dashboard(caller: Caller) {
    return this.#reporting.dashboard(caller)
  }
  totals(caller: Caller) {
    return this.#reporting.totals(caller)
  }
  admitListener(caller: Caller) {
    return this.#reporting.admitListener(caller)
  }
  changesSince(revision: number, view: FeedView = 'all') {
    return this.#reporting.changesSince(revision, view)
  }
  watch(watched: boolean): number {
    if (!this.#watched) this.#publishedTo = this.revision
    this.ctx.storage.transactionSync(() => this.#books.settings.watch(watched, this.#publishedTo))
    this.#watched = watched
    return this.revision
  }

  /** The next rows for the reports. What is written from now on is owed to them anew. */
  startMirror(): Changes & { projectId: string; mode: Mode; platformId: string } {
    this.#mirrorOwedAt = null
    const { projectId, mode, platformId } = this.#books.settings.require()
    return { ...this.changesSince(this.#books.settings.mirrored), projectId, mode, platformId }
  }

  mirrored(revision: number): void {
    this.ctx.storage.transactionSync(() => this.#books.settings.mirror(revision, this.#publishedTo))
  }

  /** Whatever was written must reach the reports, and be forgotten one day. */
  protected override closing(decision: Decision): void {
    if (this.#books.settings.get() === null) return
    if (!this.#pruneSet && decision.revision !== this.#sleptAt) {
      this.setTimer({ ...PRUNE, at: decision.now + PRUNE_EVERY_MS })
      this.#pruneSet = true
    }
    if (this.#mirrorOwedAt !== null) return
    // While the reports are away each write owes them anew, but is no reason to try again before the backoff is over.
    const at = Math.max(this.outbox.dueAt(MIRROR) ?? 0, decision.now + MIRROR_AFTER_MS)
    this.owe({ ...MIRROR, at }, decision)
    this.#mirrorOwedAt = decision.revision
  }

  protected override committed(_revision: number): void {
    this.#publishSoon(PUBLISH_AFTER_MS)
  }

  #publishSoon(afterMs: number): void {
    if (!this.#watched || this.#publishing) return
    this.#publishing = true
    setTimeout(() => this.ctx.waitUntil(this.#publishChanges()), afterMs)
  }

  /** One message at a time. One that was lost is sent again with what followed: who stays connected would never know. */
  async #publishChanges(): Promise<void> {
    const changes = this.changesSince(this.#publishedTo)
    const heard =
      changes.changes.length === 0 ||
      (await this.publish(changes).then(
        () => true,
        () => false,
      ))
    this.#publishing = false
    if (heard) this.#publishedTo = Math.max(this.#publishedTo, changes.revision)
    if (this.revision > this.#publishedTo) this.#publishSoon(heard ? PUBLISH_AFTER_MS : PUBLISH_RETRY_MS)
  }

  protected override rolledBack(): void {
    this.#books.forget()
    if (this.#mirrorOwedAt !== null && this.#mirrorOwedAt > this.revision) this.#mirrorOwedAt = null
    this.#pruneSet = this.timers.has(PRUNE)
  }

  // Timers

  protected override ring(timer: Timer, decision: Decision): void {
    switch (timer.kind) {
      case 'prune':
        return this.#prune(decision)
      case 'reread':
        this.setTimer({ kind: 'reread', key: timer.key, at: decision.now + 86_400_000 })
        return this.owe({ kind: 'stripe.subscription', key: timer.key }, decision)
      case 'sweep':
        return this.#hearing.sweep(decision)
      case 'plan': {
        const customer = this.#books.customers.get(timer.key)
        if (customer) this.#books.customers.save(customer, decision.revision)
        return customer ? this.#roster.oweIdentity(customer, decision) : undefined
      }
      case 'checkout':
        return this.owe({ kind: 'stripe.checkout', key: timer.key }, decision)
      case 'order':
        return this.owe({ kind: 'stripe.order', key: timer.key }, decision)
    }
  }

  /** Removes what is past its retention, in slices; sleeps when nothing is left that could ever pass it. */
  #prune(decision: Decision): void {
    const { now } = decision
    const more = [this.#books.usage.prune(now), this.#books.replies.prune(now), this.#books.inbox.prune(now)].includes(
      true,
    )
    this.#books.checkouts.prune(now - CHECKOUT_RETENTION_MS)
    const aging = this.#books.usage.hasReceipts() || this.#books.replies.any() || this.#books.inbox.any()
    this.#pruneSet = more || aging
    if (this.#pruneSet) this.setTimer({ ...PRUNE, at: now + (more ? 1_000 : PRUNE_EVERY_MS) })
    else this.#sleptAt = decision.revision
  }

  /** What must hold after every command; answers what does not. Run by test builds after each commit. */
  protected violations(): string[] {
    return this.#books.violations({ now: this.now(), revision: this.revision })
  }

  #asLedger(): Ledger {
    const revision = () => this.revision
    return {
      get revision() {
        return revision()
      },
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
