/** Selling tiers: what a wish to buy means, the intents written down before Stripe is called, and the way to the portal. */

import type { CheckoutInput } from '../sdk/schema/subscription.ts'
import type { Decision } from './actor.ts'
import { toPublicTier } from './answer.ts'
import type { CheckoutTask } from './billing.ts'
import type { Books, Ledger } from './books.ts'
import type { Caller } from './caller.ts'
import type { PriceName, Tier, TierPrice } from './catalog.ts'
import { nextLook, type Checkout } from './checkouts.ts'
import type { Customer } from './customers.ts'
import type { Gate } from './gate.ts'
import { no, ok, type Outcome, type Refusal } from './outcome.ts'
import { purchaseOf, type Purchase } from './purchase.ts'
import { retirePrices } from './retiring.ts'
import type { Settings } from './settings.ts'

const SESSION_LIFETIME_MS = 23 * 3_600_000
/** A session this close to its end is not handed out again. */
const SESSION_REUSE_MS = 30 * 60_000
/** An intent whose end we have not heard by then is looked at. */
const UNCERTAIN_AFTER_MS = 60_000
/** Longer than all the calls of one change can take. */
const CHANGE_MS = 60_000

export class Selling {
  readonly #ledger: Ledger
  readonly #books: Books
  readonly #gate: Gate

  constructor(ledger: Ledger, books: Books, gate: Gate) {
    this.#ledger = ledger
    this.#books = books
    this.#gate = gate
  }

  listTiers(caller: Caller): Outcome<ReturnType<typeof toPublicTier>[]> {
    const refusal = this.#gate.admit(caller, 'read', this.#ledger.now())
    return refusal ?? ok(this.#books.catalog.onSale().map(toPublicTier))
  }

  /**
   * Decides what asking for a tier means and writes the intent down before Stripe is called. The price is ours: the
   * caller names a tier, and a price id only if it is one of that tier. `landing` is where `successUrl` leads in the end.
   */
  startCheckout(
    caller: Caller,
    wish: CheckoutInput & { newId: string; successUrl: string; cancelUrl: string; landing?: string },
  ): Outcome<CheckoutTask> {
    return this.#ledger.decide((decision) => {
      const refusal = this.#gate.admit(caller, 'billing', decision.now)
      if (refusal) return refusal
      const found = this.#gate.identify(caller, decision.now)
      if (!found.ok) return found
      const { isNew } = found.value
      if (found.value.customer.leaving !== null) return no('customer_leaving')
      const customer = isNew ? this.#books.insertCustomer(found.value.customer, decision) : found.value.customer
      const tooFast = this.#gate.limitRate(
        caller,
        customer.id,
        this.#books.planOf(customer, decision.now),
        decision.now,
      )
      if (tooFast) return tooFast
      const settings = this.#books.settings.require()
      for (const url of [wish.landing ?? wish.successUrl, wish.cancelUrl])
        if (!this.#gate.mayReturnTo(url)) return this.#gate.badReturn(url)
      const tier = this.#tierWished(wish)
      if (!tier.ok) return tier
      if (settings.stripeAccount === null) return no('payments_not_connected')
      if (this.#books.restores.underWay() !== null) return no('being_restored')
      if (!settings.chargesEnabled) return no('payments_restricted')
      const priced = wish.priceId === undefined ? null : this.#books.catalog.priceOf(wish.priceId)
      const purchase = purchaseOf({
        tier: tier.value,
        interval: wish.interval ?? priced?.interval ?? null,
        currency: priced?.currency ?? null,
        catalog: this.#books.catalog.tiers(),
        subscriptions: this.#books.subscriptions.ofCustomer(customer.id),
        trialed: customer.trialedAt !== null,
      })
      if (!purchase.ok) return purchase
      const clash = this.#clashWithMove(purchase.value, decision)
      if (clash) return clash

      const payable = this.#books.checkouts.payable(customer.id)
      const terms = { ...wish, automaticTax: settings.automaticTax }
      const same =
        purchase.value.kind === 'buy'
          ? payable.find((checkout) => sameWish(checkout, purchase.value, terms) && stillUsable(checkout, decision.now))
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
    const checkout = this.#books.checkouts.add({
      id: wish.newId,
      customerId: customer.id,
      tier: purchase.price.tier,
      interval: purchase.price.interval,
      successUrl: wish.successUrl,
      cancelUrl: wish.cancelUrl,
      trialDays: purchase.trialDays,
      unitAmount: purchase.price.unitAmount,
      currency: purchase.price.currency,
      automaticTax: this.#books.settings.require().automaticTax,
      expiresAt: decision.now + SESSION_LIFETIME_MS,
      createdAt: decision.now,
    })
    this.#ledger.setTimer({ kind: 'checkout', key: checkout.id, at: decision.now + UNCERTAIN_AFTER_MS })
    return checkout
  }

  #tierWished(wish: CheckoutInput): Outcome<Tier, 'unknown_tier' | 'price_mismatch'> {
    const priced = wish.priceId === undefined ? null : this.#books.catalog.priceOf(wish.priceId)
    const named = wish.tier === undefined ? null : this.#books.catalog.named(wish.tier)
    if (wish.tier !== undefined && named === null) return this.#books.unknownTier(wish.tier)
    if (wish.priceId !== undefined && priced === null) return no('price_mismatch')
    const tier = named ?? (priced && this.#books.catalog.get(priced.tier)) ?? this.#books.catalog.named('pro')
    if (tier === null) return this.#books.unknownTier('pro')
    return priced !== null && priced.tier !== tier.slug ? no('price_mismatch') : ok(tier)
  }

  /** Two changes of one subscription at a time would undo each other: the customer's comes first, unless the other has begun. */
  #clashWithMove(purchase: Purchase, { now }: Decision): Refusal<'change_under_way'> | null {
    if (purchase.kind !== 'upgrade' && purchase.kind !== 'downgrade') return null
    const { id } = purchase.subscription
    const move = this.#books.moves.open(id)
    if (move === null) return null
    if (move.busyUntil > now) return no('change_under_way', { retryAfter: Math.ceil((move.busyUntil - now) / 1000) })
    this.#books.moves.stepAside(id, now + CHANGE_MS)
    return null
  }

  /** A task for an intent that was never finished: the same request to Stripe, under the same key. */
  resumeCheckout(id: string): Outcome<CheckoutTask | null> {
    const checkout = this.#books.checkouts.get(id)
    const customer = checkout && this.#books.customers.get(checkout.customerId)
    const tier = checkout && this.#books.catalog.get(checkout.tier)
    const settings = this.#books.settings.require()
    const price = checkout && this.#books.catalog.priceFor(checkout)
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
    return this.#ledger.decide(({ revision }) => {
      const customer = this.#books.customers.get(customerId)
      if (!customer) return no('customer_not_found')
      if (customer.stripeCustomerId !== null) return ok(customer)
      const linked = { ...customer, stripeCustomerId }
      this.#books.customers.save(linked, revision)
      return ok(linked)
    })
  }

  linkPrice(link: { price: PriceName; stripeProductId: string; stripePriceId: string }): Outcome<null> {
    return this.#ledger.decide((decision) => {
      const { tier: slug } = link.price
      this.#books.catalog.link({ ...link, revision: decision.revision })
      retirePrices(slug, { ledger: this.#ledger, books: this.#books }, decision)
      return ok(null)
    })
  }

  /** Stripe refused a change for good. Asked for again it is a new question, which must not get the old answer. */
  changeRefused(subscriptionId: string): Outcome<null> {
    return this.#ledger.decide(({ revision }) => {
      const subscription = this.#books.subscriptions.get(subscriptionId)
      if (subscription) this.#books.subscriptions.save(subscription, revision)
      return ok(null)
    })
  }

  linkPortal(portalConfiguration: string): Outcome<null> {
    return this.#ledger.decide(({ revision }) => {
      this.#books.settings.save({ ...this.#books.settings.require(), portalConfiguration }, revision)
      return ok(null)
    })
  }

  /** The session of an intent is there. An intent that ended meanwhile stays ended: its session must not be paid. */
  openCheckout(id: string, session: { id: string; url: string }): Outcome<Checkout> {
    return this.#ledger.decide(({ now }) => {
      this.#books.checkouts.open(id, session)
      const checkout = this.#books.checkouts.get(id)
      if (!checkout) return no('not_found')
      if (checkout.state !== 'open' || checkout.sessionId !== session.id) return no('checkout_ended')
      this.#ledger.setTimer({ kind: 'checkout', key: id, at: nextLook(checkout, now) })
      return ok(checkout)
    })
  }

  /** A customer's own checkout; anybody else's does not exist. */
  checkoutOf(caller: Caller, id: string): Outcome<{ checkout: Checkout; plan: string }> {
    const now = this.#ledger.now()
    const refusal = this.#gate.admit(caller, 'read', now)
    if (refusal) return refusal
    const found = this.#gate.identify(caller, now)
    if (!found.ok) return found
    const { customer } = found.value
    const plan = this.#books.planOf(customer, now)
    const tooFast = this.#gate.limitRate(caller, customer.id, plan, now)
    if (tooFast) return tooFast
    const checkout = this.#books.checkouts.get(id)
    if (checkout === null || checkout.customerId !== customer.id) return no('checkout_not_found')
    return ok({ checkout, plan: plan.slug })
  }

  endCheckout(id: string, state: 'expired' | 'failed'): Outcome<null> {
    return this.#ledger.decide((decision) => {
      this.#books.checkouts.end(id, state)
      this.#ledger.timers.cancel({ kind: 'checkout', key: id })
      const slug = this.#books.checkouts.get(id)?.tier
      if (slug !== undefined) retirePrices(slug, { ledger: this.#ledger, books: this.#books }, decision)
      return ok(null)
    })
  }

  /** An intent that cannot be resumed: what Stripe may have of it expires there, and then it ends here too. */
  giveUpCheckout(id: string): Outcome<null> {
    return this.#ledger.decide((decision) => {
      const checkout = this.#books.checkouts.get(id)
      if (checkout === null || (checkout.state !== 'pending' && checkout.state !== 'open')) return ok(null)
      if (decision.now >= checkout.expiresAt) {
        this.#books.checkouts.end(id, 'expired')
        retirePrices(checkout.tier, { ledger: this.#ledger, books: this.#books }, decision)
      } else this.#ledger.setTimer({ kind: 'checkout', key: id, at: checkout.expiresAt })
      return ok(null)
    })
  }

  /** Who the portal is for, and where it may lead back to. The customer is the verified one, never one from the request. */
  portalFor(
    caller: Caller,
    returnUrl: string,
  ): Outcome<{ settings: Settings; stripeAccount: string; stripeCustomerId: string; tiers: readonly Tier[] }> {
    const now = this.#ledger.now()
    const refusal = this.#gate.admit(caller, 'billing', now)
    if (refusal) return refusal
    const found = this.#gate.identify(caller, now)
    if (!found.ok) return found
    const { customer } = found.value
    const tooFast = this.#gate.limitRate(caller, customer.id, this.#books.planOf(customer, now), now)
    if (tooFast) return tooFast
    if (!this.#gate.mayReturnTo(returnUrl)) return this.#gate.badReturn(returnUrl)
    const settings = this.#books.settings.require()
    if (settings.stripeAccount === null) return no('payments_not_connected')
    if (customer.stripeCustomerId === null) return no('no_subscription')
    return ok({
      settings,
      stripeAccount: settings.stripeAccount,
      stripeCustomerId: customer.stripeCustomerId,
      tiers: this.#books.catalog.onSale(),
    })
  }
}

function sameWish(
  checkout: Checkout,
  purchase: { kind: string; price?: TierPrice; trialDays?: number | null },
  wish: { successUrl: string; cancelUrl: string; automaticTax: boolean },
): boolean {
  return (
    checkout.tier === purchase.price?.tier &&
    checkout.interval === purchase.price.interval &&
    checkout.unitAmount === purchase.price.unitAmount &&
    checkout.currency === purchase.price.currency &&
    checkout.trialDays === purchase.trialDays &&
    checkout.automaticTax === wish.automaticTax &&
    checkout.successUrl === wish.successUrl &&
    checkout.cancelUrl === wish.cancelUrl
  )
}

const stillUsable = (checkout: Checkout, now: number): boolean => checkout.expiresAt - now > SESSION_REUSE_MS
