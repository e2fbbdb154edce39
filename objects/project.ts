/**
 * One project in one mode: every verb of it. A verb is one synchronous decision; what must happen outside is owed to the
 * outbox and carried out by the worker. It calls nobody.
 */

import type { CustomerInput, CustomerPatch, CustomerQuery } from '../sdk/schema/customer.ts'
import type { TierInput } from '../sdk/schema/catalog.ts'
import type { Mode, ProjectType } from '../sdk/schema/common.ts'
import type { Code } from '../sdk/schema/error.ts'
import type { EventQuery } from '../sdk/schema/event.ts'
import type { Change, Changes } from '../sdk/schema/feed.ts'
import type { CheckoutInput } from '../sdk/schema/subscription.ts'
import type { Entitlement, UsageInput } from '../sdk/schema/usage.ts'
import { Actor, ACTOR_SCHEMA, type Decision } from './actor.ts'
import { limitOf, toEntitlement, toPublicCustomer, toPublicSubscription, toPublicTier, wireLimit } from './answer.ts'
import type {
  Applied,
  BillingEvent,
  BillingHint,
  CheckoutTask,
  SessionReading,
  SubscriptionReading,
} from './billing.ts'
import type { Caller, Scope, TokenClaims } from './caller.ts'
import { SCOPES } from './caller.ts'
import { Catalog, CATALOG_SCHEMA, type Tier, type TierPrice } from './catalog.ts'
import { Checkouts, CHECKOUTS_SCHEMA, type Checkout } from './checkouts.ts'
import { Customers, CUSTOMERS_SCHEMA, type Customer } from './customers.ts'
import { accessOf, freeTier, givesAccess, isLive, planAt, tierAllowing, type Plan } from './entitlement.ts'
import { Inbox, INBOX_SCHEMA, type ReceivedEvent } from './inbox.ts'
import { Keys, KEYS_SCHEMA } from './keys.ts'
import { subscriptionFigures } from './metrics.ts'
import type { Step } from './migrations.ts'
import { no, ok, type Outcome, type Refusal } from './outcome.ts'
import { spanAt } from './period.ts'
import { purchaseOf } from './purchase.ts'
import { RateWindows } from './rate.ts'
import { Replies, REPLIES_SCHEMA, type Attempt } from './replies.ts'
import { SettingsTable, SETTINGS_SCHEMA, type Settings } from './settings.ts'
import { standingAt, GOOD_STANDING, type StandingTimes } from './standing.ts'
import { Subscriptions, SUBSCRIPTIONS_SCHEMA, type Subscription } from './subscriptions.ts'
import type { Timer } from './timers.ts'
import { Usage, USAGE_SCHEMA } from './usage.ts'

/** Appended, never edited: objects in the field have run the earlier ones. */
export const PROJECT_STEPS: readonly Step[] = [
  [
    ...ACTOR_SCHEMA,
    ...SETTINGS_SCHEMA,
    ...KEYS_SCHEMA,
    ...CATALOG_SCHEMA,
    ...CUSTOMERS_SCHEMA,
    ...USAGE_SCHEMA,
    ...REPLIES_SCHEMA,
    ...SUBSCRIPTIONS_SCHEMA,
    ...CHECKOUTS_SCHEMA,
    ...INBOX_SCHEMA,
  ],
]

const REQUESTS_PER_MINUTE = 100
/** Calls that gather while a commit is under way are decided together, up to so many items. */
const GROUP_ITEMS_MAX = 1_000
/** More than one revision can ever hold, so that a page never has to cut one in two. */
const CHANGES_AT_ONCE = 2_500
const PUBLISH_AFTER_MS = 40
const MIRROR_AFTER_MS = 1_000
const PRUNE_EVERY_MS = 86_400_000
const SESSION_LIFETIME_MS = 23 * 3_600_000
/** A session this close to its end is not handed out again. */
const SESSION_REUSE_MS = 30 * 60_000
/** How long after the moment Stripe should have told us we look for ourselves. */
const REREAD_AFTER_MS = 15 * 60_000
const UNCERTAIN_AFTER_MS = 60_000
const CHECKOUT_RETENTION_MS = 90 * 86_400_000

export type UsageItem = UsageInput & { readonly customerId?: string | undefined }

export interface Counted {
  /** Id of the call, to take it back with. */
  readonly id: string
  readonly usage: Entitlement
}

/** An answer that may be the first answer to the same idempotency key, given once more. */
export type Replayable<O extends Outcome<unknown>> = O & { readonly replayed?: true }

interface Gathered {
  readonly caller: Caller
  readonly items: readonly UsageItem[]
  resolve(outcome: Outcome<Replayable<Outcome<Counted>>[]>): void
  reject(error: unknown): void
}

export interface ProjectBirth {
  readonly projectId: string
  readonly mode: Mode
  readonly platformId: string
  readonly publishableKey: string
  readonly type: ProjectType
  readonly name: string
  readonly allowedOrigins: readonly string[]
  readonly automaticTax: boolean
  readonly stripeAccount: string | null
  readonly tiers: readonly TierInput[]
  readonly secret: { readonly hash: string; readonly last4: string }
}

const receiptId = (id: number) => `use_${id.toString(36)}`
const receiptNumber = (id: string) => (/^use_[0-9a-z]{1,11}$/.test(id) ? Number.parseInt(id.slice(4), 36) : null)

export abstract class Project<Env = unknown> extends Actor<Env> {
  readonly #settings = new SettingsTable(this.store)
  readonly #keys = new Keys(this.store)
  readonly #catalog = new Catalog(this.store)
  readonly #customers = new Customers(this.store)
  readonly #usage = new Usage(this.store)
  readonly #replies = new Replies(this.store)
  readonly #subscriptions = new Subscriptions(this.store)
  readonly #checkouts = new Checkouts(this.store)
  readonly #inbox = new Inbox(this.store)
  readonly #rate = new RateWindows()
  #gathered: Gathered[] = []
  #committing = false
  #mirrorOwed: boolean
  #pruneSet: boolean
  #watched: boolean
  #publishedTo: number
  #publishing = false

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env, PROJECT_STEPS)
    this.#mirrorOwed = this.outbox.has(MIRROR)
    this.#pruneSet = this.timers.has(PRUNE)
    this.#watched = this.#settings.watched
    this.#publishedTo = this.revision
  }

  /** Tells the project's feed what changed. Supplied by the worker; nothing is lost when it fails. */
  protected abstract publish(changes: Changes): Promise<void>

  // —— Life ————————————————————————————————————————————————————————————————————————————————————————————————————

  /** Makes the project what it is, once; a second call with the same id answers what is there. */
  create(birth: ProjectBirth): Outcome<Settings> {
    return this.decide((decision) => {
      const existing = this.#settings.get()
      if (existing !== null) return ok(existing)
      const { revision, now } = decision
      this.#settings.save(
        {
          projectId: birth.projectId,
          mode: birth.mode,
          platformId: birth.platformId,
          publishableKey: birth.publishableKey,
          type: birth.type,
          name: birth.name,
          stripeAccount: birth.stripeAccount,
          chargesEnabled: birth.stripeAccount !== null,
          portalConfiguration: null,
          allowedOrigins: birth.allowedOrigins,
          automaticTax: birth.automaticTax,
          standing: GOOD_STANDING,
          createdAt: now,
          deletedAt: null,
          revision,
        },
        revision,
      )
      this.#keys.add({ ...birth.secret, name: 'default', scopes: SCOPES, now })
      for (const [position, tier] of birth.tiers.entries()) this.#catalog.put({ ...tier, position, now, revision })
      return ok(this.#settings.require())
    })
  }

  putTiers(tiers: readonly TierInput[]): Outcome<null> {
    return this.decide(({ revision, now }) => {
      for (const [position, tier] of tiers.entries()) this.#catalog.put({ ...tier, position, now, revision })
      return ok(null)
    })
  }

  setStanding(standing: StandingTimes): Outcome<null> {
    return this.decide(({ revision }) => {
      this.#settings.save({ ...this.#settings.require(), standing }, revision)
      return ok(null)
    })
  }

  /** From this decision on every call is refused; the rows stay until they are purged. */
  close(): Outcome<null> {
    return this.decide(({ revision, now }) => {
      this.#settings.save({ ...this.#settings.require(), deletedAt: now }, revision)
      return ok(null)
    })
  }

  /** Replaces the secret key of a name. The old one is refused from now on, or after `overlapMs`. */
  rotateSecret(rotation: { name: string; hash: string; last4: string; overlapMs: number }): Outcome<null> {
    return this.decide(({ now }) => {
      this.#keys.endNamed(rotation.name, now + rotation.overlapMs)
      this.#keys.add({ hash: rotation.hash, last4: rotation.last4, name: rotation.name, scopes: SCOPES, now })
      return ok(null)
    })
  }

  // —— Usage ————————————————————————————————————————————————————————————————————————————————————————————————————

  /**
   * Counts uses against their customers' limits, each decided alone: one over the limit is refused and changes nothing.
   * Calls that arrive while a commit is under way are decided and committed next, together.
   */
  async trackUsage(caller: Caller, items: readonly UsageItem[]): Promise<Outcome<Replayable<Outcome<Counted>>[]>> {
    return new Promise((resolve, reject) => {
      this.#gathered.push({ caller, items, resolve, reject })
      if (!this.#committing) void this.#commitGathered()
    })
  }

  async #commitGathered(): Promise<void> {
    this.#committing = true
    try {
      while (this.#gathered.length > 0) {
        const group = this.#takeGroup()
        this.#decideGroup(group)
        await this.ctx.storage.sync()
      }
    } finally {
      this.#committing = false
    }
  }

  #takeGroup(): Gathered[] {
    let items = 0
    let calls = 0
    for (const call of this.#gathered) {
      if (calls > 0 && items + call.items.length > GROUP_ITEMS_MAX) break
      items += call.items.length
      calls += 1
    }
    return this.#gathered.splice(0, calls)
  }

  /** Decides a group in one transaction. If one call breaks it, each is decided in a transaction of its own. */
  #decideGroup(group: readonly Gathered[]): void {
    try {
      const answers = this.#commitCalls(group)
      for (const [index, call] of group.entries()) call.resolve(answers[index]!)
    } catch (error) {
      if (group.length === 1) return group[0]!.reject(error)
      for (const call of group) this.#decideGroup([call])
    }
  }

  #commitCalls(group: readonly Gathered[]): Outcome<Replayable<Outcome<Counted>>[]>[] {
    let answers: Outcome<Replayable<Outcome<Counted>>[]>[] = []
    this.decide((decision) => {
      const written = { any: false }
      answers = group.map((call) => this.#trackCall(call, decision, written))
      return written.any ? ok(null) : no('limit_reached')
    })
    return answers
  }

  #trackCall(call: Gathered, decision: Decision, written: { any: boolean }): Outcome<Replayable<Outcome<Counted>>[]> {
    const refusal = this.#admit(call.caller, 'usage', decision.now)
    if (refusal) return refusal
    return ok(call.items.map((item) => this.#trackItem(call.caller, item, decision, written)))
  }

  #trackItem(
    caller: Caller,
    item: UsageItem,
    decision: Decision,
    written: { any: boolean },
  ): Replayable<Outcome<Counted>> {
    const found = this.#identify(caller, decision.now, item.customerId)
    if (!found.ok) return found
    const { customer, isNew } = found.value
    const plan = this.#planOf(customer, decision.now)
    const attempt = item.idempotencyKey === undefined ? null : toAttempt(caller, customer.id, item)
    const first = attempt && this.#replies.find(attempt)
    if (first === 'other') return no('idempotency_mismatch')
    if (first) return { ...(first as Outcome<Counted>), replayed: true }
    const tooFast = this.#limitRate(caller, customer.id, plan, decision.now)
    if (tooFast) return tooFast
    if (!this.#catalog.meters().has(item.meter)) return this.#unknownMeter(item.meter)

    if (isNew) this.#insert(customer, decision)
    const outcome = this.#count(customer.id, plan, item, decision)
    if (attempt) this.#replies.keep(attempt, outcome, decision.now)
    if (isNew || attempt || outcome.ok) written.any = true
    return outcome
  }

  #count(customerId: string, plan: Plan, item: UsageItem, decision: Decision): Outcome<Counted, 'limit_reached'> {
    const { meter, quantity } = item
    const { limit, period } = limitOf(plan, meter)
    const span = spanAt(period, plan.rhythm, decision.now)
    const use = { customerId, meter, span, quantity, limit }
    const used = this.#usage.add(use, decision)
    if (used === null) return this.#limitReached(customerId, plan, use)
    const id = decision.nextId()
    const properties = item.properties === undefined ? null : JSON.stringify(item.properties)
    this.#usage.keepReceipt(id, { ...use, now: decision.now, properties })
    const usage = toEntitlement({ customerId, plan: plan.slug, meter, used, limit, span })
    return ok({ id: receiptId(id), usage: { ...usage, allowed: true } })
  }

  #limitReached(
    customerId: string,
    plan: Plan,
    use: { meter: string; quantity: number; limit: number | null; span: { start: number; end: number | null } },
  ): Refusal<'limit_reached'> {
    const { meter, quantity, limit, span } = use
    const used = this.#usage.used(customerId, meter, span)
    const usage = toEntitlement({ customerId, plan: plan.slug, meter, used, limit, span })
    const tier = tierAllowing(this.#catalog.tiers(), meter, used + quantity)
    const upgrade = tier && tier.slug !== plan.slug ? toPublicTier(tier) : null
    const name = plan.tier?.displayName ?? plan.slug
    const way =
      upgrade === null
        ? usage.resetsAt === null
          ? 'No tier allows more.'
          : `It resets at ${new Date(usage.resetsAt).toISOString()}.`
        : `Please upgrade to ${upgrade.displayName} to unlock more.`
    return no('limit_reached', {
      ...usage,
      allowed: false,
      message: `The limit of ${limit} ${meter} on the ${name} plan does not allow ${quantity} more (${used} used). ${way}`,
      upgrade: upgrade && {
        tier: upgrade.slug,
        displayName: upgrade.displayName,
        price: upgrade.price,
        currency: upgrade.currency,
        limit: wireLimit(tier?.limits[meter]?.limit ?? null),
      },
    })
  }

  /** What the customer may still use. Changes nothing, and is right after a period has ended. */
  usage(caller: Caller, meter: string | null): Outcome<Entitlement & { meters: Record<string, Entitlement> }> {
    const now = this.now()
    const refusal = this.#admit(caller, 'read', now)
    if (refusal) return refusal
    const found = this.#identify(caller, now)
    if (!found.ok) return found
    const { customer } = found.value
    const plan = this.#planOf(customer, now)
    const tooFast = this.#limitRate(caller, customer.id, plan, now)
    if (tooFast) return tooFast
    const known = [...this.#catalog.meters()]
    const wanted = meter ?? Object.keys(plan.tier?.limits ?? {})[0] ?? known[0] ?? 'requests'
    if (meter !== null && !known.includes(meter)) return this.#unknownMeter(meter)
    const meters = Object.fromEntries(
      [wanted, ...known].map((name) => [name, this.#entitlement(customer.id, plan, name, now)]),
    )
    return ok({ ...meters[wanted]!, meters })
  }

  #entitlement(customerId: string, plan: Plan, meter: string, now: number): Entitlement {
    const { limit, period } = limitOf(plan, meter)
    const span = spanAt(period, plan.rhythm, now)
    const used = this.#usage.used(customerId, meter, span)
    return toEntitlement({ customerId, plan: plan.slug, meter, used, limit, span })
  }

  /** Takes a counted call back from the period it was counted in, once. */
  reverseUsage(caller: Caller, id: string): Outcome<{ id: string; usage: Entitlement }> {
    return this.decide((decision) => {
      const refusal = this.#admit(caller, 'usage', decision.now)
      if (refusal) return refusal
      const number = receiptNumber(id)
      const receipt = number === null ? null : this.#usage.receipt(number)
      const customer = receipt && this.#customers.get(receipt.customerId)
      if (!receipt || !customer) return no('usage_not_found')
      if (receipt.reversedAt !== null) return no('already_reversed')
      this.#usage.reverse(receipt, decision)
      const plan = this.#planOf(customer, decision.now)
      return ok({ id, usage: this.#entitlement(customer.id, plan, receipt.meter, decision.now) })
    })
  }

  #unknownMeter(meter: string): Refusal<'unknown_meter'> {
    const meters = [...this.#catalog.meters()]
    const known = meters.length === 0 ? 'No tier has a meter yet.' : `Known: ${meters.join(', ')}.`
    return no('unknown_meter', { message: `No tier of this project has the meter "${meter}". ${known}`, meters })
  }

  // —— Customers ————————————————————————————————————————————————————————————————————————————————————————————————

  /** Checks a wish for a new customer before the identity provider is asked. */
  checkCustomer(caller: Caller, input: CustomerInput, attempt: Attempt | null): Outcome<{ done: object | null }> {
    const refusal = this.#admit(caller, 'admin', this.now())
    if (refusal) return refusal
    const first = attempt && this.#replies.find(attempt)
    if (first === 'other') return no('idempotency_mismatch')
    if (first) return first.ok ? ok({ done: first.value as object }) : first
    const granted = this.#grantOf(input.plan)
    if (!granted.ok) return granted
    return this.#customers.byEmail(input.email) ? no('customer_exists') : ok({ done: null })
  }

  /** Adds the person as a customer of this project; `userId` is what the identity provider calls them. */
  addCustomer(
    caller: Caller,
    customer: { userId: string; input: CustomerInput; attempt: Attempt | null },
  ): Outcome<ReturnType<typeof toPublicCustomer>> {
    return this.decide((decision) => {
      const refusal = this.#admit(caller, 'admin', decision.now)
      if (refusal) return refusal
      const { input, userId, attempt } = customer
      const first = attempt && this.#replies.find(attempt)
      if (first === 'other') return no('idempotency_mismatch')
      if (first) return first as Outcome<ReturnType<typeof toPublicCustomer>>
      const granted = this.#grantOf(input.plan)
      if (!granted.ok) return granted
      if (this.#customers.byEmail(input.email) || this.#customers.get(userId)) return no('customer_exists')
      const added = this.#customers.add({
        id: userId,
        email: input.email,
        firstName: input.firstName ?? null,
        lastName: input.lastName ?? null,
        origin: 'clerk',
        grantedTier: granted.value,
        now: decision.now,
        revision: decision.revision,
      })
      this.#oweIdentity(added, decision, { joined: true })
      const outcome = ok(this.#publicCustomer(added, decision.now))
      if (attempt) this.#replies.keep(attempt, outcome, decision.now)
      return outcome
    })
  }

  getCustomer(caller: Caller, id: string): Outcome<object> {
    const now = this.now()
    const refusal = this.#admit(caller, 'read', now)
    if (refusal) return refusal
    const customer = this.#customers.get(id)
    if (!customer) return no('customer_not_found')
    const subscriptions = this.#subscriptions.ofCustomer(id).map(toPublicSubscription)
    return ok({ ...this.#publicCustomer(customer, now), subscriptions })
  }

  listCustomers(
    caller: Caller,
    query: { limit: number; after: { createdAt: number; id: string } | null } & Pick<CustomerQuery, 'email' | 'plan'>,
  ): Outcome<{ customers: object[]; next: { createdAt: number; id: string } | null }> {
    const now = this.now()
    const refusal = this.#admit(caller, 'read', now)
    if (refusal) return refusal
    const wantedPlan = query.plan === undefined ? null : (this.#catalog.named(query.plan)?.slug ?? query.plan)
    if (query.email !== undefined) {
      const customer = this.#customers.byEmail(query.email)
      return ok({ customers: customer ? [this.#publicCustomer(customer, now)] : [], next: null })
    }
    const customers: object[] = []
    let after = query.after
    for (;;) {
      const page = this.#customers.page(after, query.limit)
      for (const customer of page) {
        after = { createdAt: customer.createdAt, id: customer.id }
        const answer = this.#publicCustomer(customer, now)
        if (wantedPlan === null || answer.plan === wantedPlan) customers.push(answer)
        if (customers.length === query.limit) return ok({ customers, next: after })
      }
      if (page.length < query.limit) return ok({ customers, next: null })
    }
  }

  /** Changes the granted plan or the name. Never touches what was counted or bought. */
  updateCustomer(caller: Caller, id: string, patch: CustomerPatch): Outcome<ReturnType<typeof toPublicCustomer>> {
    return this.decide((decision) => {
      const refusal = this.#admit(caller, 'admin', decision.now)
      if (refusal) return refusal
      const customer = this.#customers.get(id)
      if (!customer) return no('customer_not_found')
      const granted: Outcome<string | null> =
        patch.plan === undefined ? ok(customer.grantedTier) : this.#grantOf(patch.plan ?? undefined)
      if (!granted.ok) return granted
      const changed: Customer = {
        ...customer,
        firstName: patch.firstName === undefined ? customer.firstName : patch.firstName,
        lastName: patch.lastName === undefined ? customer.lastName : patch.lastName,
        grantedTier: granted.value,
      }
      this.#customers.save(changed, decision.revision)
      this.#oweIdentity(changed, decision)
      return ok(this.#publicCustomer(changed, decision.now))
    })
  }

  /** What has to be undone outside before a customer can go: the subscriptions that would go on billing. */
  startRemoval(
    caller: Caller,
    id: string,
  ): Outcome<{ stripeAccount: string | null; subscriptions: string[]; clerkUser: boolean; email: string | null }> {
    const refusal = this.#admit(caller, 'admin', this.now())
    if (refusal) return refusal
    const customer = this.#customers.get(id)
    if (!customer) return no('customer_not_found')
    const live = this.#subscriptions.ofCustomer(id).filter((subscription) => isLive(subscription.status))
    return ok({
      stripeAccount: this.#settings.require().stripeAccount,
      subscriptions: live.map((subscription) => subscription.id),
      clerkUser: customer.origin === 'clerk',
      email: customer.email,
    })
  }

  /** Forgets the person: the row keeps its id and nothing else, the counts go. */
  removeCustomer(caller: Caller, id: string): Outcome<null> {
    return this.decide((decision) => {
      const refusal = this.#admit(caller, 'admin', decision.now)
      if (refusal) return refusal
      const customer = this.#customers.get(id)
      if (!customer) return no('customer_not_found')
      this.#customers.save(
        {
          ...customer,
          email: null,
          firstName: null,
          lastName: null,
          grantedTier: null,
          stripeCustomerId: null,
          hasSubscription: false,
          deletedAt: decision.now,
        },
        decision.revision,
      )
      this.#usage.forgetCustomer(id)
      if (customer.origin === 'clerk') this.owe({ kind: 'identity.leave', key: id }, decision)
      return ok(null)
    })
  }

  #publicCustomer(customer: Customer, now: number) {
    return toPublicCustomer(customer, this.#planOf(customer, now), this.#settings.require().publishableKey)
  }

  /** The slug of a tier to grant; the free tier is no grant. */
  #grantOf(plan: string | undefined): Outcome<string | null, 'unknown_tier'> {
    if (plan === undefined || plan === 'free') return ok(null)
    const tier = this.#catalog.named(plan)
    if (!tier) return this.#unknownTier(plan)
    return ok(tier.slug === freeTier(this.#catalog.tiers())?.slug ? null : tier.slug)
  }

  #unknownTier(name: string): Refusal<'unknown_tier'> {
    const tiers = this.#catalog.onSale().map((tier) => tier.slug)
    return no('unknown_tier', {
      message: `No tier of this project is called "${name}". Known: ${tiers.join(', ')}.`,
      tiers,
    })
  }

  // —— Checkout ————————————————————————————————————————————————————————————————————————————————————————————————

  listTiers(caller: Caller): Outcome<ReturnType<typeof toPublicTier>[]> {
    const refusal = this.#admit(caller, 'read', this.now())
    return refusal ?? ok(this.#catalog.onSale().map(toPublicTier))
  }

  /**
   * Decides what asking for a tier means and writes the intent down before Stripe is called. The price is ours: the
   * caller names a tier, and a price id only if it is one of that tier.
   */
  startCheckout(
    caller: Caller,
    wish: CheckoutInput & { newId: string; successUrl: string; cancelUrl: string },
  ): Outcome<CheckoutTask> {
    return this.decide((decision) => {
      const refusal = this.#admit(caller, 'billing', decision.now)
      if (refusal) return refusal
      const found = this.#identify(caller, decision.now)
      if (!found.ok) return found
      const { isNew } = found.value
      const customer = isNew ? this.#insert(found.value.customer, decision) : found.value.customer
      const tooFast = this.#limitRate(caller, customer.id, this.#planOf(customer, decision.now), decision.now)
      if (tooFast) return tooFast
      const settings = this.#settings.require()
      for (const url of [wish.successUrl, wish.cancelUrl]) if (!this.#mayReturnTo(url)) return this.#badReturn(url)
      const tier = this.#tierWished(wish)
      if (!tier.ok) return tier
      if (settings.stripeAccount === null) return no('payments_not_connected')
      if (!settings.chargesEnabled) return no('payments_restricted')
      const purchase = purchaseOf({
        tier: tier.value,
        interval: wish.interval ?? this.#intervalOf(wish.priceId),
        catalog: this.#catalog.tiers(),
        subscriptions: this.#subscriptions.ofCustomer(customer.id),
        trialed: customer.trialedAt !== null,
      })
      if (!purchase.ok) return purchase

      const payable = this.#checkouts.payable(customer.id)
      const same =
        purchase.value.kind === 'buy'
          ? payable.find((checkout) => sameWish(checkout, purchase.value, wish) && stillUsable(checkout, decision.now))
          : undefined
      const checkout =
        purchase.value.kind === 'buy' ? (same ?? this.#intend(customer, purchase.value, wish, decision)) : null
      return ok({
        settings,
        stripeAccount: settings.stripeAccount,
        tier: tier.value,
        customer,
        purchase: purchase.value,
        checkout,
        stale: payable.filter((other) => other.id !== checkout?.id),
        successUrl: wish.successUrl,
      })
    })
  }

  #intend(
    customer: Customer,
    purchase: { price: TierPrice; trialDays: number | null },
    wish: { newId: string; successUrl: string; cancelUrl: string },
    decision: Decision,
  ): Checkout {
    const checkout = this.#checkouts.add({
      id: wish.newId,
      customerId: customer.id,
      tier: purchase.price.tier,
      interval: purchase.price.interval,
      successUrl: wish.successUrl,
      cancelUrl: wish.cancelUrl,
      trialDays: purchase.trialDays,
      expiresAt: decision.now + SESSION_LIFETIME_MS,
      createdAt: decision.now,
    })
    this.setTimer({ kind: 'checkout', key: checkout.id, at: decision.now + UNCERTAIN_AFTER_MS })
    return checkout
  }

  #tierWished(wish: CheckoutInput): Outcome<Tier, 'unknown_tier' | 'price_mismatch'> {
    const priced = wish.priceId === undefined ? null : this.#catalog.priceOf(wish.priceId)
    const named = wish.tier === undefined ? null : this.#catalog.named(wish.tier)
    if (wish.tier !== undefined && named === null) return this.#unknownTier(wish.tier)
    if (wish.priceId !== undefined && priced === null) return no('price_mismatch')
    const tier = named ?? (priced && this.#catalog.get(priced.tier)) ?? this.#catalog.named('pro')
    if (tier === null) return this.#unknownTier('pro')
    return priced !== null && priced.tier !== tier.slug ? no('price_mismatch') : ok(tier)
  }

  #intervalOf(priceId: string | undefined) {
    return (priceId === undefined ? null : this.#catalog.priceOf(priceId)?.interval) ?? null
  }

  /** A task for an intent that was never finished: the same request to Stripe, under the same key. */
  resumeCheckout(id: string): Outcome<CheckoutTask | null> {
    const checkout = this.#checkouts.get(id)
    const customer = checkout && this.#customers.get(checkout.customerId)
    const tier = checkout && this.#catalog.get(checkout.tier)
    const settings = this.#settings.require()
    const price = tier?.prices.find(({ interval }) => interval === checkout?.interval)
    if (!checkout || !customer || !tier || !price || settings.stripeAccount === null) return ok(null)
    return ok({
      settings,
      stripeAccount: settings.stripeAccount,
      tier,
      customer,
      purchase: { kind: 'buy', price, trialDays: checkout.trialDays },
      checkout,
      stale: [],
      successUrl: checkout.successUrl,
    })
  }

  linkCustomer(customerId: string, stripeCustomerId: string): Outcome<Customer> {
    return this.decide(({ revision }) => {
      const customer = this.#customers.get(customerId)
      if (!customer) return no('customer_not_found')
      if (customer.stripeCustomerId !== null) return ok(customer)
      const linked = { ...customer, stripeCustomerId }
      this.#customers.save(linked, revision)
      return ok(linked)
    })
  }

  linkPrice(link: { price: TierPrice; stripeProductId: string; stripePriceId: string }): Outcome<null> {
    return this.decide(({ revision }) => {
      this.#catalog.link({ ...link, revision })
      return ok(null)
    })
  }

  linkPortal(portalConfiguration: string): Outcome<null> {
    return this.decide(({ revision }) => {
      this.#settings.save({ ...this.#settings.require(), portalConfiguration }, revision)
      return ok(null)
    })
  }

  openCheckout(id: string, session: { id: string; url: string }): Outcome<Checkout> {
    return this.decide(() => {
      this.#checkouts.open(id, session)
      const checkout = this.#checkouts.get(id)
      if (!checkout) return no('not_found')
      this.setTimer({ kind: 'checkout', key: id, at: checkout.expiresAt + UNCERTAIN_AFTER_MS })
      return ok(checkout)
    })
  }

  endCheckout(id: string, state: 'expired' | 'failed'): Outcome<null> {
    return this.decide(() => {
      this.#checkouts.end(id, state)
      this.timers.cancel({ kind: 'checkout', key: id })
      return ok(null)
    })
  }

  /** Who the portal is for, and where it may lead back to. The customer is the verified one, never one from the request. */
  portalFor(
    caller: Caller,
    returnUrl: string,
  ): Outcome<{ settings: Settings; stripeAccount: string; stripeCustomerId: string; tiers: readonly Tier[] }> {
    const now = this.now()
    const refusal = this.#admit(caller, 'billing', now)
    if (refusal) return refusal
    const found = this.#identify(caller, now)
    if (!found.ok) return found
    const { customer } = found.value
    const tooFast = this.#limitRate(caller, customer.id, this.#planOf(customer, now), now)
    if (tooFast) return tooFast
    if (!this.#mayReturnTo(returnUrl)) return this.#badReturn(returnUrl)
    const settings = this.#settings.require()
    if (settings.stripeAccount === null) return no('payments_not_connected')
    if (customer.stripeCustomerId === null) return no('no_subscription')
    return ok({
      settings,
      stripeAccount: settings.stripeAccount,
      stripeCustomerId: customer.stripeCustomerId,
      tiers: this.#catalog.onSale(),
    })
  }

  #mayReturnTo(url: string): boolean {
    if (!URL.canParse(url)) return false
    const { origin, protocol, username, password } = new URL(url)
    return /^https?:$/.test(protocol) && username === '' && password === '' && this.#settings.allows(origin)
  }

  #badReturn(url: string): Refusal<'redirect_not_allowed'> {
    const { allowedOrigins, mode } = this.#settings.require()
    const list = [...allowedOrigins, ...(mode === 'test' ? ['localhost'] : [])].join(', ') || 'none yet'
    return no('redirect_not_allowed', {
      message: `The return address ${url.slice(0, 200)} is not on an allowed origin of the project (allowed: ${list}). Send an absolute URL, or add its origin to the project.`,
    })
  }

  // —— What Stripe says ————————————————————————————————————————————————————————————————————————————————————————

  /** Admits an event once, in the transaction of its effect: what it names will be read again. */
  hear(event: BillingEvent): Outcome<{ isNew: boolean }> {
    return this.decide((decision) => {
      const known = this.#inbox.get(event.id)
      if (known !== null) {
        this.#inbox.admit(known, known.revision)
        return ok({ isNew: false })
      }
      const { subject, reason, outcome } = this.#take(event, decision)
      this.#inbox.admit({ ...event, receivedAt: decision.now, outcome, reason, subject }, decision.revision)
      return ok({ isNew: true })
    })
  }

  #take(event: BillingEvent, decision: Decision): Applied & { subject: string | null } {
    const ours = event.hints.filter((hint) => this.#concerns(hint))
    const first = ours[0]
    if (first === undefined) {
      const reason = event.hints.length === 0 ? 'nothing depends on this type' : 'about nothing of this project'
      return { outcome: 'ignored', reason, subject: null }
    }
    if (first.read === 'disconnected') {
      this.#settings.save(
        { ...this.#settings.require(), stripeAccount: null, chargesEnabled: false },
        decision.revision,
      )
      return { outcome: 'applied', reason: 'the Stripe account was disconnected', subject: null }
    }
    for (const hint of ours) if (hint.read !== 'disconnected') this.owe(debtOf(hint), decision)
    const { kind, key } = debtOf(first)
    return { outcome: 'pending', reason: null, subject: `${kind}/${key}` }
  }

  /** Is this about something we sold? Decided by ids that we gave or were given, never by metadata. */
  #concerns(hint: BillingHint): boolean {
    switch (hint.read) {
      case 'subscription':
        if (this.#subscriptions.get(hint.id) !== null) return true
        return hint.stripeCustomer !== null && this.#customers.byStripeId(hint.stripeCustomer) !== null
      case 'session':
        return this.#checkouts.bySession(hint.id) !== null
      case 'customer':
        return this.#customers.byStripeId(hint.id) !== null
      case 'account':
      case 'disconnected':
        return this.#settings.require().stripeAccount !== null
    }
  }

  stripeAccount(): string | null {
    return this.#settings.require().stripeAccount
  }

  /** Hands out the number of a reading about to be made at Stripe. */
  startReading(id: string): { number: number; stripeAccount: string | null } {
    const number = this.commit(() => this.#subscriptions.ask(id))
    return { number, stripeAccount: this.#settings.require().stripeAccount }
  }

  /** Applies a reading of a subscription if it is newer than the last one applied. `null`: Stripe does not know it. */
  applySubscription(reading: { id: string; number: number; found: SubscriptionReading | null }): Outcome<Applied> {
    return this.decide((decision) => {
      const applied = this.#apply(reading, decision)
      const subject = `stripe.subscription/${reading.id}`
      this.#inbox.settle(subject, { ...applied, revision: decision.revision })
      return ok(applied)
    })
  }

  #apply(
    { id, number, found }: { id: string; number: number; found: SubscriptionReading | null },
    decision: Decision,
  ): Applied {
    if (!this.#subscriptions.admit(id, number)) return { outcome: 'unchanged', reason: 'a newer reading was applied' }
    const before = this.#subscriptions.get(id)
    if (found === null) {
      if (before === null) return { outcome: 'ignored', reason: 'Stripe does not know this subscription' }
      this.#saveSubscription({ ...before, status: 'canceled', access: false, endedAt: decision.now }, decision)
      return { outcome: 'applied', reason: 'Stripe does not know this subscription any more' }
    }
    const customer = this.#customers.byStripeId(found.stripeCustomerId)
    if (customer === null) return { outcome: 'ignored', reason: 'its customer is not one of this project' }
    const tier =
      this.#catalog.priceOf(found.stripePriceId)?.tier ??
      this.#catalog.tierOfProduct(found.stripeProductId)?.slug ??
      before?.tier
    if (tier === undefined) return { outcome: 'ignored', reason: `no tier has the price ${found.stripePriceId}` }
    const scheduledTier = found.scheduledPriceId === null ? null : this.#catalog.priceOf(found.scheduledPriceId)?.tier
    const access = accessOf(found.status) ?? before?.access ?? false
    const { scheduledPriceId: _, stripeCustomerId: __, stripeProductId: ___, ...rest } = found
    const after: Omit<Subscription, 'revision'> = {
      ...rest,
      customerId: customer.id,
      access,
      tier,
      scheduledTier: scheduledTier === tier ? null : (scheduledTier ?? null),
      readAt: decision.now,
    }
    if (before !== null && sameSubscription(before, after)) return { outcome: 'unchanged', reason: null }
    this.#saveSubscription(after, decision)
    this.#customers.save(
      {
        ...customer,
        hasSubscription: true,
        trialedAt: customer.trialedAt ?? (after.trialEnd === null ? null : decision.now),
      },
      decision.revision,
    )
    this.#oweIdentity(customer, decision)
    const unknown = accessOf(found.status) === null
    return unknown
      ? { outcome: 'failed', reason: `the status "${found.status}" is unknown; access was left as it was` }
      : { outcome: 'applied', reason: `${before?.tier ?? 'none'} ${before?.status ?? ''} → ${tier} ${after.status}` }
  }

  #saveSubscription(subscription: Omit<Subscription, 'revision'>, decision: Decision): void {
    this.#subscriptions.save(subscription, decision.revision)
    const key = subscription.id
    if (!isLive(subscription.status) && subscription.status !== 'incomplete')
      return this.timers.cancel({ kind: 'reread', key })
    const moments = [subscription.currentPeriodEnd, subscription.cancelAt, subscription.trialEnd]
    const ahead = moments.filter((at) => at !== null && at > decision.now) as number[]
    this.setTimer({ kind: 'reread', key, at: Math.min(...ahead, decision.now + 86_400_000) + REREAD_AFTER_MS })
    if (subscription.cancelAt !== null && subscription.cancelAt > decision.now)
      this.setTimer({ kind: 'plan', key: subscription.customerId, at: subscription.cancelAt })
  }

  applySession(reading: SessionReading): Outcome<Applied> {
    return this.decide((decision) => {
      const checkout = this.#checkouts.bySession(reading.id)
      const applied = this.#applySession(checkout, reading, decision)
      this.#inbox.settle(`stripe.session/${reading.id}`, { ...applied, revision: decision.revision })
      return ok(applied)
    })
  }

  #applySession(checkout: Checkout | null, reading: SessionReading, decision: Decision): Applied {
    if (checkout === null) return { outcome: 'ignored', reason: 'not a checkout of this project' }
    if (reading.status === 'open') return { outcome: 'unchanged', reason: null }
    if (checkout.state === reading.status) return { outcome: 'unchanged', reason: null }
    this.#checkouts.end(checkout.id, reading.status)
    this.timers.cancel({ kind: 'checkout', key: checkout.id })
    if (reading.subscriptionId !== null)
      this.owe({ kind: 'stripe.subscription', key: reading.subscriptionId }, decision)
    return { outcome: 'applied', reason: `the checkout is ${reading.status}` }
  }

  /** The customer is gone at Stripe: the next checkout makes a new one. */
  forgetStripeCustomer(stripeCustomerId: string): Outcome<Applied> {
    return this.decide((decision) => {
      const customer = this.#customers.byStripeId(stripeCustomerId)
      if (customer) this.#customers.save({ ...customer, stripeCustomerId: null }, decision.revision)
      const applied: Applied = customer
        ? { outcome: 'applied', reason: 'the customer was deleted at Stripe' }
        : { outcome: 'unchanged', reason: null }
      this.#inbox.settle(`stripe.customer/${stripeCustomerId}`, { ...applied, revision: decision.revision })
      return ok(applied)
    })
  }

  /** Marks events as looked at when the reading found nothing to change. */
  settleEvents(subject: string, applied: Applied): Outcome<null> {
    return this.decide(({ revision }) => {
      this.#inbox.settle(subject, { ...applied, revision })
      return ok(null)
    })
  }

  applyAccount(reading: { chargesEnabled: boolean }): Outcome<Applied> {
    return this.decide((decision) => {
      const settings = this.#settings.require()
      const changed = settings.chargesEnabled !== reading.chargesEnabled
      if (changed) this.#settings.save({ ...settings, chargesEnabled: reading.chargesEnabled }, decision.revision)
      const applied: Applied = changed
        ? { outcome: 'applied', reason: `charges are ${reading.chargesEnabled ? 'enabled' : 'disabled'}` }
        : { outcome: 'unchanged', reason: null }
      this.#inbox.settle('stripe.account/', { ...applied, revision: decision.revision })
      return ok(applied)
    })
  }

  connectStripe(stripeAccount: string): Outcome<null> {
    return this.decide(({ revision }) => {
      this.#settings.save({ ...this.#settings.require(), stripeAccount, chargesEnabled: true }, revision)
      return ok(null)
    })
  }

  listEvents(
    caller: Caller,
    query: { limit: number; after: { receivedAt: number; id: string } | null } & Pick<EventQuery, 'type' | 'outcome'>,
  ): Outcome<{ events: ReceivedEvent[] }> {
    const refusal = this.#admit(caller, 'read', this.now())
    if (refusal) return refusal
    const { limit, after, type = null, outcome = null } = query
    return ok({ events: this.#inbox.page({ after, limit, type, outcome }) })
  }

  getEvent(caller: Caller, id: string): Outcome<ReceivedEvent> {
    const refusal = this.#admit(caller, 'read', this.now())
    if (refusal) return refusal
    const event = this.#inbox.get(id)
    return event === null ? no('event_not_found') : ok(event)
  }

  /** Reads again what an event named. Repeating it changes nothing that is true already. */
  replayEvent(caller: Caller, id: string): Outcome<ReceivedEvent> {
    return this.decide((decision) => {
      const refusal = this.#admit(caller, 'admin', decision.now)
      if (refusal) return refusal
      const event = this.#inbox.get(id)
      if (event === null) return no('event_not_found')
      const [kind, key] = event.subject === null ? [] : splitSubject(event.subject)
      if (kind !== undefined && key !== undefined) {
        this.#inbox.reopen(id, decision.revision)
        this.owe({ kind, key }, decision)
      }
      return ok(this.#inbox.get(id) ?? event)
    })
  }

  // —— Identity ————————————————————————————————————————————————————————————————————————————————————————————————

  /** What the identity provider should say of a customer, now. `plan: null`: nothing any more. */
  identityOf(customerId: string): { publishableKey: string; mode: Mode; plan: string | null } {
    const { publishableKey, mode } = this.#settings.require()
    const customer = this.#customers.get(customerId)
    const plan = customer === null ? null : this.#planOf(customer, this.now()).slug
    return { publishableKey, mode, plan }
  }

  #oweIdentity(customer: Customer, decision: Decision, payload: { joined: boolean } = { joined: false }): void {
    if (customer.origin !== 'clerk') return
    const joined = payload.joined || this.outbox.has({ kind: 'identity.join', key: customer.id })
    this.owe({ kind: joined ? 'identity.join' : 'identity', key: customer.id }, decision)
  }

  // —— Reports and the live feed ———————————————————————————————————————————————————————————————————————————————

  /** The project in figures, its customers, tiers, keys and latest events; a superset of the first API's dashboard. */
  dashboard(caller: Caller): Outcome<object> {
    const now = this.now()
    const refusal = this.#admit(caller, 'read', now)
    if (refusal) return refusal
    const settings = this.#settings.require()
    const figures = subscriptionFigures(this.#subscriptions.all(), now)
    const usageThisPeriod = this.#usage.total(now)
    const events = this.#inbox.page({ after: null, limit: 20, type: null, outcome: null })
    const metrics = {
      ...figures,
      usageThisPeriod,
      storeSalesCount: 0,
      storeTotalRevenue: 0,
      lowStockProducts: 0,
      totalInventory: 0,
    }
    const customers = this.#customers.page(null, 100).map((customer) => this.#dashboardRow(customer, now))
    const recent = events.map((event) => ({
      id: event.id,
      type: event.type,
      createdAt: new Date(event.createdAt).toISOString(),
      timestamp: event.createdAt,
      outcome: event.outcome,
    }))
    const lastEventAt = recent[0]?.createdAt ?? null
    return ok({
      metrics,
      activeSubscriptions: figures.activeSubs,
      cancelingSubscriptions: figures.cancelingSubs,
      mrr: figures.mrr,
      totalRevenue: 0,
      totalSales: 0,
      avgOrderValue: 0,
      usageThisPeriod,
      totalCustomers: this.#customers.count(),
      customers,
      tiers: this.#catalog.onSale().map(toPublicTier),
      products: [],
      orders: [],
      keys: {
        publishableKey: settings.publishableKey,
        secretKeyMasked: '********',
        platformId: settings.platformId,
        apiKeys: this.#keys.list().map(({ name, last4, createdAt, lastUsedAt, endsAt }) => ({
          publishableKey: settings.publishableKey,
          name,
          last4,
          createdAt,
          lastUsedAt,
          endsAt,
          status: endsAt === null || now < endsAt ? 'active' : 'revoked',
          projectType: settings.type,
          mode: settings.mode,
        })),
        stripeAccountId: settings.stripeAccount,
      },
      webhook: { lastEventAt, recent },
      webhookStatus: { url: '/webhook/stripe', lastEvent: lastEventAt, recentEvents: recent },
      filters: { platformId: settings.platformId, publishableKey: settings.publishableKey, mode: settings.mode },
      stuck: this.outbox.all().filter((delivery) => delivery.attempts > 0).length,
    })
  }

  #dashboardRow(customer: Customer, now: number) {
    const plan = this.#planOf(customer, now)
    const subscription = this.#subscriptions.ofCustomer(customer.id)[0] ?? null
    const meter = Object.keys(plan.tier?.limits ?? {})[0] ?? 'requests'
    const usage = this.#entitlement(customer.id, plan, meter, now)
    return {
      id: customer.id,
      userId: customer.id,
      email: customer.email,
      plan: plan.slug,
      status: subscription?.status ?? 'none',
      usage: usage.used,
      usageCount: usage.used,
      limit: usage.limit,
      periodStart: usage.periodStart,
      periodEnd: usage.periodEnd,
      renewsAt: subscription?.currentPeriodEnd ?? null,
      currentPeriodEnd: subscription?.currentPeriodEnd ?? null,
      canceledAt: subscription?.canceledAt ?? null,
      cancelAt: subscription?.cancelAt ?? null,
      subscriptionId: subscription?.id ?? null,
      stripeCustomerId: customer.stripeCustomerId,
      priceId: subscription?.stripePriceId ?? null,
      productId: plan.tier?.stripeProductId ?? null,
      amount: subscription?.unitAmount ?? null,
      currency: subscription?.currency ?? null,
      publishableKey: this.#settings.require().publishableKey,
    }
  }

  /** Totals of this project and mode only: a key sees no sibling. */
  totals(caller: Caller): Outcome<object> {
    const now = this.now()
    const refusal = this.#admit(caller, 'read', now)
    if (refusal) return refusal
    const { platformId, mode } = this.#settings.require()
    const figures = subscriptionFigures(this.#subscriptions.all(), now)
    const totalCustomers = this.#customers.count()
    return ok({
      totals: { ...figures, totalProducts: 0, liveProjects: mode === 'live' ? 1 : 0, totalCustomers },
      totalRevenue: 0,
      totalCustomers,
      totalMRR: figures.mrr,
      platformId,
    })
  }

  /** May this caller listen to everything the project does? */
  admitListener(caller: Caller): Outcome<{ projectId: string; mode: Mode }> {
    const refusal = this.#admit(caller, 'read', this.now())
    if (refusal) return refusal
    const { projectId, mode } = this.#settings.require()
    return ok({ projectId, mode })
  }

  /** Every committed difference after a revision, oldest first; a revision is never cut in two. */
  changesSince(revision: number): Changes {
    const kinds: Change[][] = [
      this.#settings.since(revision),
      this.#catalog.since(revision, CHANGES_AT_ONCE),
      this.#customers.since(revision, CHANGES_AT_ONCE),
      this.#subscriptions.since(revision, CHANGES_AT_ONCE),
      this.#usage.since(revision, CHANGES_AT_ONCE),
      this.#inbox.since(revision, CHANGES_AT_ONCE),
    ]
    const cut = kinds.filter((rows) => rows.length === CHANGES_AT_ONCE).map((rows) => rows.at(-1)!.revision - 1)
    const until = cut.length === 0 ? this.revision : Math.min(...cut)
    const changes = kinds
      .flat()
      .filter((change) => change.revision <= until)
      .toSorted((a, b) => a.revision - b.revision)
    return { changes, revision: until, more: cut.length > 0 }
  }

  watch(watched: boolean): number {
    this.ctx.storage.transactionSync(() => this.#settings.watch(watched))
    if (!this.#watched) this.#publishedTo = this.revision
    this.#watched = watched
    return this.revision
  }

  /** The next rows for the reports. What is written from now on is owed to them anew. */
  startMirror(): Changes & { projectId: string; mode: Mode; platformId: string } {
    this.#mirrorOwed = false
    const { projectId, mode, platformId } = this.#settings.require()
    return { ...this.changesSince(this.#settings.mirrored), projectId, mode, platformId }
  }

  mirrored(revision: number): void {
    this.ctx.storage.transactionSync(() => this.#settings.mirror(revision))
  }

  /** Whatever was written must reach the reports, and be forgotten one day. */
  protected override closing(decision: Decision): void {
    if (this.#settings.get() === null) return
    if (!this.#pruneSet) this.setTimer({ ...PRUNE, at: decision.now + PRUNE_EVERY_MS })
    this.#pruneSet = true
    if (!this.#mirrorOwed) this.owe({ ...MIRROR, at: decision.now + MIRROR_AFTER_MS }, decision)
    this.#mirrorOwed = true
  }

  protected override committed(_revision: number): void {
    if (!this.#watched || this.#publishing) return
    this.#publishing = true
    setTimeout(() => this.ctx.waitUntil(this.#publishChanges()), PUBLISH_AFTER_MS)
  }

  async #publishChanges(): Promise<void> {
    this.#publishing = false
    const changes = this.changesSince(this.#publishedTo)
    this.#publishedTo = changes.revision
    if (changes.changes.length > 0) await this.publish(changes).catch(() => {}) // the feed resumes by revision
    if (changes.more) this.committed(this.revision)
  }

  protected override rolledBack(): void {
    this.#settings.forget()
    this.#keys.forget()
    this.#catalog.forget()
    this.#mirrorOwed = this.outbox.has(MIRROR)
    this.#pruneSet = this.timers.has(PRUNE)
  }

  // —— Timers ——————————————————————————————————————————————————————————————————————————————————————————————————

  protected override ring(timer: Timer, decision: Decision): void {
    switch (timer.kind) {
      case 'prune':
        return this.#prune(decision)
      case 'reread':
        this.setTimer({ kind: 'reread', key: timer.key, at: decision.now + 86_400_000 })
        return this.owe({ kind: 'stripe.subscription', key: timer.key }, decision)
      case 'plan': {
        const customer = this.#customers.get(timer.key)
        if (customer) this.#customers.save(customer, decision.revision)
        return customer ? this.#oweIdentity(customer, decision) : undefined
      }
      case 'checkout':
        return this.owe({ kind: 'stripe.checkout', key: timer.key }, decision)
    }
  }

  /** Removes what is past its retention, in slices; sleeps when nothing is left that could ever pass it. */
  #prune(decision: Decision): void {
    const { now } = decision
    const more = [this.#usage.prune(now), this.#replies.prune(now), this.#inbox.prune(now)].includes(true)
    this.#checkouts.prune(now - CHECKOUT_RETENTION_MS)
    const aging = this.#usage.hasReceipts() || this.#replies.any() || this.#inbox.any()
    this.#pruneSet = more || aging
    if (this.#pruneSet) this.setTimer({ ...PRUNE, at: now + (more ? 1_000 : PRUNE_EVERY_MS) })
  }

  // —— Who may ————————————————————————————————————————————————————————————————————————————————————————————————

  /** Refuses a caller whose key, page or account may not do this, in the same turn as the effect. */
  #admit(caller: Caller, scope: Scope, now: number): Refusal | null {
    const settings = this.#settings.get()
    if (settings === null) return no(caller.via === 'publishable' ? 'invalid_publishable_key' : 'invalid_api_key')
    if (settings.deletedAt !== null) return no('project_deleted')
    if (caller.via === 'secret') {
      const key = this.#keys.valid(caller.keyHash, now)
      if (key === null) return no('invalid_api_key')
      if (!key.scopes.includes(scope)) return no('scope_required', { message: `This key lacks the scope "${scope}".` })
      this.#keys.touch(key, now)
    }
    if (caller.via === 'publishable' && caller.origin !== null && !this.#settings.allows(caller.origin))
      return no('origin_not_allowed')
    return standingAt(settings.standing, now) === 'blocked' ? no('subscription_expired') : null
  }

  /**
   * Which customer a call is about: the bearer of a verified token, or whom a secret key names. An id that a secret key
   * names for the first time is a customer who is not stored yet.
   */
  #identify(
    caller: Caller,
    now: number,
    named?: string | undefined,
  ): Outcome<{ customer: Customer; isNew: boolean }, Code> {
    if (caller.via === 'system') return no('missing_customer')
    const asserted = named ?? (caller.via === 'secret' ? caller.asserts : null)
    if (caller.token !== null) {
      if (asserted !== null && asserted !== caller.token.userId) return no('customer_mismatch')
      return this.#bearer(caller.token)
    }
    if (asserted === null) return no('missing_customer')
    const customer = this.#customers.find(asserted)
    if (customer !== null && customer.deletedAt === null) return ok({ customer, isNew: false })
    return ok({ customer: unseen(asserted, now), isNew: true })
  }

  #bearer(token: TokenClaims): Outcome<{ customer: Customer; isNew: boolean }, Code> {
    const { publishableKey } = this.#settings.require()
    if (token.projects.length === 0)
      return no('invalid_customer_token', { message: 'The end-user token names no project (claim publishableKey).' })
    if (!token.projects.includes(publishableKey)) return no('publishable_key_mismatch')
    if (token.authorizedParty !== null && !this.#settings.allows(token.authorizedParty))
      return no('invalid_customer_token', {
        message: 'The end-user token was issued to a page that is not allowed here.',
      })
    const customer = this.#customers.get(token.userId)
    return customer === null ? no('not_a_customer') : ok({ customer, isNew: false })
  }

  #insert(customer: Customer, decision: Decision): Customer {
    return this.#customers.add({ ...customer, now: decision.now, revision: decision.revision })
  }

  /** 100 a minute for calls with the customer's own token; a tier's own number holds for every call. */
  #limitRate(caller: Caller, customerId: string, plan: Plan, now: number): Refusal<'rate_limited'> | null {
    const own = plan.tier?.requestsPerMinute ?? null
    if (own === null && (caller.via === 'system' || caller.token === null)) return null
    const limit = own ?? REQUESTS_PER_MINUTE
    const waitMs = this.#rate.take(customerId, limit, now)
    if (waitMs === 0) return null
    const retryAfter = Math.ceil(waitMs / 1000)
    return no('rate_limited', { message: `Maximum ${limit} requests per minute`, retryAfter })
  }

  #planOf(customer: Customer, now: number): Plan {
    const subscriptions = customer.hasSubscription ? this.#subscriptions.ofCustomer(customer.id) : []
    return planAt(
      { createdAt: customer.createdAt, grantedTier: customer.grantedTier, subscriptions },
      this.#catalog.tiers(),
      now,
    )
  }

  /** What must hold after every command; answers what does not. Run by test builds after each commit. */
  protected violations(): string[] {
    const found: string[] = []
    for (const { customerId, meter, used, counted } of this.#usage.disagreements(this.now()))
      found.push(`usage of ${customerId}/${meter} is ${used}, its receipts say ${counted}`)
    for (const subscription of this.#subscriptions.all()) {
      if (subscription.access && accessOf(subscription.status) === false)
        found.push(`subscription ${subscription.id} is ${subscription.status} but gives access`)
      if (givesAccess(subscription, this.now()) && this.#customers.find(subscription.customerId) === null)
        found.push(`subscription ${subscription.id} belongs to no customer`)
    }
    if (this.#settings.mirrored > this.revision) found.push('the reports are ahead of the object')
    return found
  }
}

const MIRROR = { kind: 'mirror', key: '' } as const
const PRUNE = { kind: 'prune', key: '' } as const

function toAttempt(caller: Caller, customerId: string, item: UsageItem): Attempt {
  const scope = caller.via === 'publishable' ? `customer:${customerId}` : 'secret'
  return {
    key: `${scope}:${item.idempotencyKey}`,
    request: JSON.stringify(['track', customerId, item.meter, item.quantity, item.properties ?? null]),
  }
}

const unseen = (id: string, now: number): Customer => ({
  id,
  email: null,
  firstName: null,
  lastName: null,
  origin: 'asserted',
  grantedTier: null,
  stripeCustomerId: null,
  hasSubscription: false,
  trialedAt: null,
  createdAt: now,
  deletedAt: null,
  revision: 0,
})

function sameWish(
  checkout: Checkout,
  purchase: { kind: string; price?: TierPrice; trialDays?: number | null },
  wish: { successUrl: string; cancelUrl: string },
): boolean {
  return (
    checkout.tier === purchase.price?.tier &&
    checkout.interval === purchase.price.interval &&
    checkout.trialDays === purchase.trialDays &&
    checkout.successUrl === wish.successUrl &&
    checkout.cancelUrl === wish.cancelUrl
  )
}

const stillUsable = (checkout: Checkout, now: number): boolean => checkout.expiresAt - now > SESSION_REUSE_MS

function debtOf(hint: Exclude<BillingHint, { read: 'disconnected' }>): { kind: string; key: string } {
  return { kind: `stripe.${hint.read}`, key: hint.read === 'account' ? '' : hint.id }
}

function splitSubject(subject: string): [kind: string, key: string] {
  const slash = subject.indexOf('/')
  return [subject.slice(0, slash), subject.slice(slash + 1)]
}

function sameSubscription(before: Subscription, after: Omit<Subscription, 'revision'>): boolean {
  const comparable = ({ readAt: _, ...rest }: Omit<Subscription, 'revision'>) => rest
  const { revision: __, ...stored } = before
  const a = comparable(stored)
  const b = comparable(after)
  return Object.keys(b).every((key) => a[key as keyof typeof a] === b[key as keyof typeof b])
}
