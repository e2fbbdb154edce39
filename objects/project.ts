/**
 * One project in one mode: every verb of it, as a table of contents. A verb is one synchronous decision of the desk it is
 * handed to; what must happen outside is owed to the outbox and carried out by the worker. It calls nobody.
 */

import type { CustomerInput, CustomerPatch } from '../sdk/schema/customer.ts'
import type { TierInput } from '../sdk/schema/catalog.ts'
import type { FulfillInput, ShopSettings } from '../sdk/schema/order.ts'
import type { ProductInput, ProductPatch, StockChange, VariantInput, VariantPatch } from '../sdk/schema/product.ts'
import type { Decision } from './actor.ts'
import type { Applied, BillingEvent, SessionReading, SubscriptionReading } from './billing.ts'
import type { Caller } from './caller.ts'
import type { PriceName } from './catalog.ts'
import { Counting, type Counted, type Replayable, type UsageItem } from './counting.ts'
import type { VariantPrice } from './products.ts'
import type { FeedView } from './audience.ts'
import { Founding, type ProjectBirth } from './founding.ts'
import { Hearing } from './hearing.ts'
import { no, ok, type Outcome, type Refusal } from './outcome.ts'
import type { Attempt } from './replies.ts'
import { Reporting } from './reporting.ts'
import type { Roster } from './roster.ts'
import { Carting, type CartWish } from './carting.ts'
import { Ordering, type OrderReading } from './ordering.ts'
import { Refunding, type RefundReading } from './refunding.ts'
import { Adopting, type FoundOrder } from './adopting.ts'
import { Restoring } from './restoring.ts'
import { Disputing, type DisputeReading } from './disputing.ts'
import { Shelving } from './shelving.ts'
import { Selling } from './selling.ts'
import type { StandingTimes } from './standing.ts'
import { sweep } from './sweeping.ts'
import type { Timer } from './timers.ts'
import { Watched } from './watched.ts'

const PRUNE_EVERY_MS = 86_400_000
/** Between two slices calls are served: 5,000 receipts twice a second are as many as 10,000 calls a second make. */
const PRUNE_PAUSE_MS = 500
const CHECKOUT_RETENTION_MS = 90 * 86_400_000
const PRUNE = { kind: 'prune', key: '' } as const

export abstract class Project<Env = unknown> extends Watched<Env> {
  readonly #founding = new Founding(this.ledger, this.books, this.designing)
  readonly #counting = new Counting(this.ledger, this.books, this.gate, () => this.ctx.storage.sync())
  readonly #selling = new Selling(this.ledger, this.books, this.gate)
  readonly #shelving = new Shelving(this.ledger, this.books, this.gate, this.imaging)
  readonly #carting = new Carting(this.ledger, this.books, this.gate)
  readonly #ordering = new Ordering(this.ledger, this.books, this.gate, this.#carting)
  readonly #refunding = new Refunding(this.ledger, this.books, this.gate)
  readonly #disputing = new Disputing(this.ledger, this.books)
  readonly #hearing = new Hearing(this.ledger, this.books, this.gate, this.roster)
  readonly #reporting = new Reporting(this.ledger, this.books, this.gate)
  readonly #restoring = new Restoring(this.ledger, this.books, this.roster)
  readonly #adopting = new Adopting(this.ledger, this.books)
  #pruneSet: boolean
  /** The decision that found nothing left to forget: it must not set the timer that it just let go. */
  #sleptAt = 0

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env)
    this.#pruneSet = this.timers.has(PRUNE)
  }

  // Life

  create(birth: ProjectBirth) {
    return this.#founding.create(birth)
  }
  putTiers(tiers: readonly TierInput[]) {
    return this.#founding.putTiers(tiers)
  }
  isThere() {
    return this.books.settings.get() !== null
  }
  customerCount(): number {
    return this.books.customers.count()
  }
  hearAccount(facts: Parameters<Founding['hearAccount']>[0]) {
    return this.#founding.hearAccount(facts)
  }
  setStanding(standing: StandingTimes) {
    return this.#founding.setStanding(standing)
  }
  close() {
    return this.#founding.close()
  }
  connectStripe(stripeAccount: string) {
    return this.#founding.connectStripe(stripeAccount)
  }
  hearConnection(connection: Parameters<Founding['hearConnection']>[0]) {
    return this.#founding.hearConnection(connection)
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
    return this.roster.check(caller, input, attempt)
  }
  addCustomer(caller: Caller, customer: { userId: string; input: CustomerInput; attempt: Attempt | null }) {
    return this.roster.add(caller, customer)
  }
  getCustomer(caller: Caller, id: string) {
    return this.roster.get(caller, id)
  }
  listCustomers(caller: Caller, query: Parameters<Roster['list']>[1]) {
    return this.roster.list(caller, query)
  }
  updateCustomer(caller: Caller, id: string, patch: CustomerPatch) {
    return this.roster.update(caller, id, patch)
  }
  identityOf(customerId: string) {
    return this.roster.identityOf(customerId)
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
  giveUpCheckout(id: string) {
    return this.#selling.giveUpCheckout(id)
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
  linkCustomer(customerId: string, stripeCustomerId: string, on: string | null) {
    return this.#madeOn(on) ?? this.#selling.linkCustomer(customerId, stripeCustomerId)
  }
  linkPrice(link: { price: PriceName; stripeProductId: string; stripePriceId: string }, on: string | null) {
    return this.#madeOn(on) ?? this.#selling.linkPrice(link)
  }
  changeRefused(subscriptionId: string) {
    return this.#selling.changeRefused(subscriptionId)
  }
  linkPortal(portalConfiguration: string, on: string | null) {
    return this.#madeOn(on) ?? this.#selling.linkPortal(portalConfiguration)
  }
  /** What was made on an account that the project has left meanwhile is nothing to remember. */
  #madeOn(stripeAccount: string | null): Refusal | null {
    return this.books.settings.require().linkedAccount === stripeAccount ? null : no('connection_changed')
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
    return this.imaging.admit(caller)
  }
  startUpload(caller: Caller, image: Parameters<Watched['imaging']['start']>[1]) {
    return this.imaging.start(caller, image)
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
  getShop(caller: Caller) {
    return this.#shelving.shop(caller)
  }
  changeShop(caller: Caller, change: ShopSettings) {
    return this.#shelving.changeShop(caller, change)
  }
  productTask(productId: string) {
    return this.#shelving.taskOf(productId)
  }
  linkProduct(productId: string, stripeProductId: string, on: string | null) {
    return this.#madeOn(on) ?? this.#shelving.linkProduct(productId, stripeProductId)
  }
  linkVariantPrice(price: VariantPrice, stripePriceId: string, on: string | null) {
    return this.#madeOn(on) ?? this.#shelving.linkPrice(price, stripePriceId)
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
  leavableOrder(id: string) {
    return this.#ordering.leavable(id)
  }
  accountOfSession(sessionId: string) {
    return this.#ordering.accountOfSession(sessionId)
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
  startRefundReading(paymentIntent: string) {
    return this.#refunding.startReading(paymentIntent)
  }
  applyRefunds(paymentIntent: string, reading: { number: number; refunds: readonly RefundReading[] }) {
    return this.#refunding.apply(paymentIntent, reading)
  }
  startDisputeReading(paymentIntent: string) {
    return this.#disputing.startReading(paymentIntent)
  }
  applyDisputes(paymentIntent: string, reading: { number: number; disputes: readonly DisputeReading[] }) {
    return this.#disputing.apply(paymentIntent, reading)
  }

  // What Stripe says

  hear(event: BillingEvent, keep: 'always' | 'if ours') {
    return this.#hearing.hear(event, keep)
  }
  hearMissed(events: readonly BillingEvent[]) {
    return this.#hearing.hearMissed(events)
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
  /** Stripe does not know a session any more: it is as good as expired. */
  loseSession(id: string) {
    if (this.books.orders.bySession(id) !== null) return this.#ordering.lose(id)
    return this.#hearing.applySession({ id, status: 'expired', subscriptionId: null })
  }
  applyAccount(reading: Parameters<Hearing['applyAccount']>[0]) {
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

  // Going back

  /** The object was set back to what it was at `since`. Said twice of the same restore, it changes nothing more. */
  restored({ epoch, since }: { epoch: number; since: number }): Outcome<null> {
    if (this.#restoring.knows(epoch)) return ok(null)
    const { revision } = this
    this.tellAnew()
    return this.#restoring.begin({ epoch, since, revision })
  }
  restoreTask(epoch: number) {
    return this.#restoring.task(epoch)
  }
  meetCustomers(reported: Parameters<Restoring['meet']>[0]) {
    return this.#restoring.meet(reported)
  }
  linkBuyer(buyer: Parameters<Restoring['linkBuyer']>[0]) {
    return this.#restoring.linkBuyer(buyer)
  }
  linkPrices(found: Parameters<Restoring['linkPrices']>[0]) {
    return this.#restoring.linkPrices(found)
  }
  recognizeSession(found: Parameters<Restoring['recognize']>[0]) {
    return this.#restoring.recognize(found)
  }
  adoptOrder(found: FoundOrder): Outcome<Applied> {
    const taken = this.#adopting.take(found)
    return taken.ok ? this.#ordering.apply(found.reading) : taken
  }
  /** All that could be gathered was; the reports, which had been relied on, are made anew. */
  finishRestore(epoch: number): Outcome<null> {
    this.mirrorAnew()
    return this.#restoring.finish(epoch)
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
  override changesSince(revision: number, view: FeedView = 'all') {
    return this.#reporting.changesSince(revision, view)
  }
  /** Whatever was written must be forgotten one day. */
  protected override closing(decision: Decision): void {
    super.closing(decision)
    this.books.usage.totals.write()
    this.books.usage.hours.write()
    if (this.#pruneSet || decision.revision === this.#sleptAt) return
    if (this.books.settings.get() === null || this.books.ending.get() !== null) return
    this.setTimer({ ...PRUNE, at: decision.now + PRUNE_EVERY_MS })
    this.#pruneSet = true
  }

  protected override wiped(): void {
    super.wiped()
    this.#pruneSet = false
  }

  protected override rolledBack(): void {
    super.rolledBack()
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
        return sweep(this.ledger, decision)
      case 'plan': {
        const customer = this.books.customers.get(timer.key)
        if (customer) this.books.customers.save(customer, decision.revision)
        return customer ? this.roster.oweIdentity(customer, decision) : undefined
      }
      case 'checkout':
        return this.owe({ kind: 'stripe.checkout', key: timer.key }, decision)
      case 'images':
        return this.imaging.collect(decision)
      case 'order':
        return this.owe({ kind: 'stripe.order', key: timer.key }, decision)
      case 'webhooks':
        return this.emitting.ring(timer.key, decision)
    }
  }

  /** Removes what is past its retention, in slices; sleeps when nothing is left that could ever pass it. */
  #prune(decision: Decision): void {
    const { now } = decision
    const { usage, declined, replies, inbox, messages, announced, sessions } = this.books
    const more = [usage, declined, replies, inbox, messages, announced, sessions]
      .map((table) => table.prune(now))
      .includes(true)
    this.books.checkouts.prune(now - CHECKOUT_RETENTION_MS)
    const aging =
      usage.hasReceipts() || [declined, replies, inbox, messages, announced, sessions].some((table) => table.any())
    this.#pruneSet = more || aging
    if (this.#pruneSet) this.setTimer({ ...PRUNE, at: now + (more ? PRUNE_PAUSE_MS : PRUNE_EVERY_MS) })
    else this.#sleptAt = decision.revision
  }

  /** What must hold after every command; answers what does not. Run by test builds after each commit. */
  protected violations(): string[] {
    return [...this.books.violations({ now: this.now(), revision: this.revision }), ...this.emitting.violations()]
  }
}
