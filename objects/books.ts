/**
 * The tables of a project side by side, and what is read across several of them. It decides nothing; the desks that work
 * on it (counting, roster, selling, hearing, reporting) do.
 */

import type { Entitlement } from '../sdk/schema/usage.ts'
import type { WebhookData, WebhookType } from '../sdk/schema/webhook.ts'
import type { Decision, Synchronous } from './actor.ts'
import { Announced } from './announced.ts'
import { announceCustomer } from './announcing.ts'
import { limitOf, toEntitlement, toPublicCustomer } from './answer.ts'
import { Catalog } from './catalog.ts'
import { Checkouts } from './checkouts.ts'
import { Credits } from './credits.ts'
import { Declined } from './declined.ts'
import { Customers, type Customer } from './customers.ts'
import { Endings } from './ending.ts'
import { Endpoints, type Endpoint } from './endpoints.ts'
import { accessOf, givesAccess, ownLimitsAt, planAt, type Plan } from './entitlement.ts'
import { Erased } from './erased.ts'
import { Images } from './images.ts'
import { Disputes } from './disputes.ts'
import { Inbox } from './inbox.ts'
import { Keys } from './keys.ts'
import { Messages } from './messages.ts'
import { Milestones } from './milestones.ts'
import { Moves } from './moves.ts'
import type { Outbox } from './outbox.ts'
import type { Order } from './order.ts'
import { Orders } from './orders.ts'
import { no, type Outcome, type Refusal } from './outcome.ts'
import { spanAt } from './period.ts'
import { Products } from './products.ts'
import { Refunds } from './refunds.ts'
import { Replies } from './replies.ts'
import { Sessions } from './sessions.ts'
import { Restores } from './restores.ts'
import { SettingsTable } from './settings.ts'
import { Stock } from './stock.ts'
import type { Store } from './store.ts'
import { Subscriptions } from './subscriptions.ts'
import type { Timers } from './timers.ts'
import { Usage } from './usage.ts'

/** What a desk may ask of its actor. */
export interface Ledger {
  readonly revision: number
  readonly timers: Timers
  readonly outbox: Outbox
  now(): number
  /** One decision in one transaction; a refusal undoes all it wrote. */
  decide<T extends Outcome<unknown>>(fn: (decision: Decision) => Synchronous<T>): T
  commit<T>(fn: (decision: Decision) => Synchronous<T>, wrote?: (value: T) => boolean): T
  /** Promises an outside effect in the running decision. */
  owe(debt: { kind: string; key: string; payload?: unknown; at?: number }, decision: Decision): void
  setTimer(timer: { kind: string; key: string; at: number }): void
  /** The kinds of what is being delivered at this moment. */
  underWay(): string[]
  /** Deletes everything stored but what `refill` writes. */
  wipe(refill: (rows: number, decision: Decision) => void): void
}

export class Books {
  readonly settings: SettingsTable
  readonly keys: Keys
  readonly catalog: Catalog
  readonly moves: Moves
  readonly customers: Customers
  readonly usage: Usage
  readonly declined: Declined
  readonly milestones: Milestones
  readonly replies: Replies
  readonly subscriptions: Subscriptions
  readonly checkouts: Checkouts
  readonly inbox: Inbox
  readonly products: Products
  readonly stock: Stock
  readonly orders: Orders
  readonly refunds: Refunds
  readonly disputes: Disputes
  readonly credits: Credits
  readonly images: Images
  readonly ending: Endings
  readonly erased: Erased
  readonly endpoints: Endpoints
  readonly messages: Messages
  readonly announced: Announced
  readonly sessions: Sessions
  readonly restores: Restores

  constructor(store: Store) {
    this.settings = new SettingsTable(store)
    this.keys = new Keys(store)
    this.catalog = new Catalog(store)
    this.moves = new Moves(store)
    this.customers = new Customers(store)
    this.usage = new Usage(store)
    this.declined = new Declined(store)
    this.milestones = new Milestones(store)
    this.replies = new Replies(store)
    this.subscriptions = new Subscriptions(store)
    this.checkouts = new Checkouts(store)
    this.inbox = new Inbox(store)
    this.products = new Products(store)
    this.stock = new Stock(store)
    this.orders = new Orders(store)
    this.refunds = new Refunds(store)
    this.disputes = new Disputes(store)
    this.credits = new Credits(store)
    this.images = new Images(store)
    this.ending = new Endings(store)
    this.erased = new Erased(store)
    this.endpoints = new Endpoints(store)
    this.messages = new Messages(store)
    this.announced = new Announced(store)
    this.sessions = new Sessions(store)
    this.restores = new Restores(store)
  }

  /** After a rollback: nothing remembered of the undone writes may stay. */
  forget(): void {
    this.settings.forget()
    this.keys.forget()
    this.catalog.forget()
    this.customers.forget()
    this.credits.forget()
    this.usage.totals.forget()
    this.usage.hours.forget()
    this.declined.forget()
    this.ending.forget()
    this.erased.forget()
    this.endpoints.forget()
    this.messages.forget()
    this.restores.forget()
  }

  planOf(customer: Customer, now: number): Plan {
    const subscriptions = customer.hasSubscription ? this.subscriptions.ofCustomer(customer.id) : []
    const facts = { createdAt: customer.createdAt, grantedTier: customer.grantedTier, subscriptions }
    const plan = planAt(facts, this.catalog.tiers(), now)
    return customer.limits === null ? plan : { ...plan, own: ownLimitsAt(customer.limits, plan, now) }
  }

  entitlementOf(customerId: string, plan: Plan, meter: string, now: number): Entitlement {
    const { limit, period } = limitOf(plan, meter)
    const span = spanAt(period, plan.rhythm, now)
    const used = this.usage.used(customerId, meter, span)
    const credits = this.creditsOf(customerId, meter, now)
    return toEntitlement({ customerId, plan: plan.slug, meter, used, limit, span, credits })
  }

  /** Bought usage that is left. */
  creditsOf(customerId: string, meter: string, now: number): number {
    return this.credits.usable(customerId, meter, now).reduce((sum, { remaining }) => sum + remaining, 0)
  }

  /** The Stripe account that an order is paid to, whatever the project is connected with now. */
  accountOf(order: Order): string | null {
    return order.stripeAccount ?? this.settings.require().stripeAccount
  }

  /** Is this meter limited by a tier or sold as a credit? */
  knowsMeter(meter: string): boolean {
    return this.catalog.meters().has(meter) || this.products.grants(meter)
  }

  insertCustomer(customer: Omit<Parameters<Customers['add']>[0], 'now' | 'revision'>, decision: Decision): Customer {
    const added = this.customers.add({ ...customer, now: decision.now, revision: decision.revision })
    announceCustomer('customer.created', added, this, decision)
    return added
  }

  /**
   * Writes an event down for every endpoint that asked for it, in the running decision. Costs nothing when none did. A
   * project that is closed tells nothing any more.
   */
  emit<T extends WebhookType>(type: T, event: { lane: string; data: () => WebhookData<T> }, decision: Decision): void {
    const endpoints = this.endpoints.hearing(type)
    if (endpoints.length === 0 || this.settings.require().deletedAt !== null) return
    const data = event.data()
    for (const endpoint of endpoints) this.writeTo(endpoint, type, data, decision, event.lane)
  }

  /** Writes one message down; answers its number. Without a lane it waits for no other. */
  writeTo<T extends WebhookType>(
    endpoint: Endpoint,
    type: T,
    data: WebhookData<T>,
    decision: Decision,
    lane?: string,
  ): number {
    const id = decision.nextId()
    const body = JSON.stringify({ type, timestamp: new Date(decision.now).toISOString(), data })
    this.messages.add({
      id,
      endpointId: endpoint.id,
      type,
      lane: lane ?? `message:${id}`,
      body,
      disabled: endpoint.disabled !== null,
      now: decision.now,
    })
    return id
  }

  /** A message's id as its receiver sees it: no other project ever sends the same. */
  messageName(id: number): string {
    const { projectId, mode } = this.settings.require()
    return `msg_${projectId}${mode[0]}_${id.toString(36)}`
  }

  publicCustomer(customer: Customer, now: number) {
    return toPublicCustomer(customer, this.planOf(customer, now), this.settings.require().publishableKey)
  }

  unknownTier(name: string): Refusal<'unknown_tier'> {
    const tiers = this.catalog.onSale().map((tier) => tier.slug)
    return no('unknown_tier', {
      message: `No tier of this project is called "${name}". Known: ${tiers.join(', ')}.`,
      tiers,
    })
  }

  /** What must hold after every command; answers what does not. Run by test builds after each commit. */
  violations(at: { now: number; revision: number }): string[] {
    const found: string[] = []
    for (const { customerId, meter, used, counted } of this.usage.disagreements(at.now))
      found.push(`usage of ${customerId}/${meter} is ${used}, its receipts say ${counted}`)
    for (const subscription of this.subscriptions.all()) {
      if (subscription.access && accessOf(subscription.status) === false)
        found.push(`subscription ${subscription.id} is ${subscription.status} but gives access`)
      if (givesAccess(subscription, at.now) && this.customers.find(subscription.customerId) === null)
        found.push(`subscription ${subscription.id} belongs to no customer`)
    }
    for (const { variantId, onHand, counted } of this.stock.disagreements())
      found.push(`stock of ${variantId} is ${onHand}, its ledger says ${counted}`)
    const held = this.orders.held()
    const reserved = this.stock.reserved()
    for (const id of new Set([...held.keys(), ...reserved.keys()]))
      if (held.get(id) !== reserved.get(id))
        found.push(`${reserved.get(id) ?? 0} of ${id} are reserved, open orders hold ${held.get(id) ?? 0}`)
    found.push(...this.orders.disagreements(), ...this.messages.disagreements())
    for (const key of this.images.unusedAmong(this.products.shown()))
      found.push(`image ${key} is shown but taken for unused`)
    if (this.settings.mirrored > at.revision) found.push('the reports are ahead of the object')
    return found
  }
}
