/** The customers of a project: adding, reading, changing, forgetting, and what the identity provider should say of them. */

import type { CustomerFigures, CustomerInput, CustomerPatch, CustomerQuery, OwnLimits } from '../sdk/schema/customer.ts'
import type { Mode } from '../sdk/schema/common.ts'
import type { Decision } from './actor.ts'
import { announceCustomer } from './announcing.ts'
import { toPublicSubscription, type toPublicCustomer } from './answer.ts'
import type { Books, Ledger } from './books.ts'
import type { Caller } from './caller.ts'
import { figuresOf } from './customerFigures.ts'
import type { Customer } from './customers.ts'
import { freeTier } from './entitlement.ts'
import type { Gate } from './gate.ts'
import { no, ok, type Outcome } from './outcome.ts'
import type { Attempt } from './replies.ts'

export type ListedCustomer = ReturnType<typeof toPublicCustomer> & { readonly figures?: CustomerFigures }

/** Who holds a plan is found by looking: a page may hold fewer than asked for, or none, and say where to go on. */
const LOOKED_AT_ONCE = 1_000

export class Roster {
  readonly #ledger: Ledger
  readonly #books: Books
  readonly #gate: Gate

  constructor(ledger: Ledger, books: Books, gate: Gate) {
    this.#ledger = ledger
    this.#books = books
    this.#gate = gate
  }

  /** Checks a wish for a new customer before the identity provider is asked. */
  check(caller: Caller, input: CustomerInput, attempt: Attempt | null): Outcome<{ done: object | null }> {
    const refusal = this.#gate.admit(caller, 'admin', this.#ledger.now())
    if (refusal) return refusal
    const first = attempt && this.#books.replies.find(attempt)
    if (first === 'other') return no('idempotency_mismatch')
    if (first) return first.ok ? ok({ done: first.value as object }) : first
    const granted = this.#grantOf(input.plan)
    if (!granted.ok) return granted
    return this.#books.customers.byEmail(input.email) ? no('customer_exists') : ok({ done: null })
  }

  /** Adds the person as a customer of this project; `userId` is what the identity provider calls them. */
  add(
    caller: Caller,
    customer: { userId: string; input: CustomerInput; attempt: Attempt | null },
  ): Outcome<ReturnType<typeof toPublicCustomer>> {
    return this.#ledger.decide((decision) => {
      const refusal = this.#gate.admit(caller, 'admin', decision.now)
      if (refusal) return refusal
      const { input, userId, attempt } = customer
      const first = attempt && this.#books.replies.find(attempt)
      if (first === 'other') return no('idempotency_mismatch')
      if (first) return first as Outcome<ReturnType<typeof toPublicCustomer>>
      const granted = this.#grantOf(input.plan)
      if (!granted.ok) return granted
      if (this.#books.customers.byEmail(input.email) || this.#books.customers.get(userId)) return no('customer_exists')
      const person = {
        id: userId,
        email: input.email,
        firstName: input.firstName ?? null,
        lastName: input.lastName ?? null,
        origin: 'clerk' as const,
        grantedTier: granted.value,
      }
      const added = this.#books.insertCustomer(person, decision)
      this.oweIdentity(added, decision, { joined: true })
      const outcome = ok(this.#books.publicCustomer(added, decision.now))
      if (attempt) this.#books.replies.keep(attempt, outcome, decision.now)
      return outcome
    })
  }

  get(caller: Caller, id: string): Outcome<object> {
    const now = this.#ledger.now()
    const refusal = this.#gate.admit(caller, 'read', now)
    if (refusal) return refusal
    const customer = this.#books.customers.get(id)
    if (!customer) return no('customer_not_found')
    const subscriptions = this.#books.subscriptions.ofCustomer(id).map(toPublicSubscription)
    return ok({ ...this.#books.publicCustomer(customer, now), subscriptions })
  }

  list(
    caller: Caller,
    query: { limit: number; after: { createdAt: number; id: string } | null } & Pick<
      CustomerQuery,
      'email' | 'plan' | 'status' | 'atLimit' | 'since' | 'with'
    >,
  ): Outcome<{ customers: ListedCustomer[]; next: { createdAt: number; id: string } | null }> {
    const now = this.#ledger.now()
    const refusal = this.#gate.admit(caller, 'read', now)
    if (refusal) return refusal
    const wantedPlan = query.plan === undefined ? null : (this.#books.catalog.named(query.plan)?.slug ?? query.plan)
    const shown = (customer: Customer, known: CustomerFigures | null = null) => ({
      ...this.#books.publicCustomer(customer, now),
      ...(query.with === undefined ? {} : { figures: known ?? figuresOf(customer, this.#books, now) }),
    })
    if (query.email !== undefined) {
      const customer = this.#books.customers.byEmail(query.email)
      return ok({ customers: customer ? [shown(customer)] : [], next: null })
    }
    const { status, atLimit, since = 0 } = query
    const isFiltered = wantedPlan !== null || status !== undefined || atLimit !== undefined
    const looked = isFiltered ? LOOKED_AT_ONCE : query.limit
    const page = this.#books.customers.page(query.after, looked)
    const customers: ListedCustomer[] = []
    let after = query.after
    for (const customer of page) {
      if (customers.length === query.limit) return ok({ customers, next: after })
      // They come newest first: nobody below joined later.
      if (customer.createdAt < since) return ok({ customers, next: null })
      after = { createdAt: customer.createdAt, id: customer.id }
      if (wantedPlan !== null && this.#books.planOf(customer, now).slug !== wantedPlan) continue
      const needsFigures = status !== undefined || atLimit !== undefined
      const figures = needsFigures ? figuresOf(customer, this.#books, now) : null
      if (status !== undefined && figures?.status !== status) continue
      if (atLimit !== undefined && figures?.atLimit !== true) continue
      customers.push(shown(customer, figures))
    }
    return ok({ customers, next: page.length < looked ? null : after })
  }

  /** Changes the granted plan or the name. Never touches what was counted or bought. */
  update(caller: Caller, id: string, patch: CustomerPatch): Outcome<ReturnType<typeof toPublicCustomer>> {
    return this.#ledger.decide((decision) => {
      const refusal = this.#gate.admit(caller, 'admin', decision.now)
      if (refusal) return refusal
      const customer = this.#books.customers.get(id)
      if (!customer) return no('customer_not_found')
      const granted: Outcome<string | null> =
        patch.plan === undefined ? ok(customer.grantedTier) : this.#grantOf(patch.plan ?? undefined)
      if (!granted.ok) return granted
      const unknown = Object.keys(patch.limits ?? {}).find((meter) => !this.#books.knowsMeter(meter))
      if (unknown !== undefined)
        return no('unknown_meter', { message: `No tier of this project has the meter "${unknown}".` })
      const changed: Customer = {
        ...customer,
        firstName: patch.firstName === undefined ? customer.firstName : patch.firstName,
        lastName: patch.lastName === undefined ? customer.lastName : patch.lastName,
        grantedTier: granted.value,
        limits: patch.limits === undefined ? customer.limits : emptyToNull(patch.limits),
      }
      this.#books.customers.save(changed, decision.revision)
      this.oweIdentity(changed, decision)
      announceCustomer('customer.updated', changed, this.#books, decision)
      return ok(this.#books.publicCustomer(changed, decision.now))
    })
  }

  /** Takes over the address that a person has proved to be theirs, unless another customer here has it. */
  readdress(id: string, email: string | null): Outcome<null> {
    return this.#ledger.decide((decision) => {
      const { customers } = this.#books
      const customer = customers.get(id)
      if (customer?.origin !== 'clerk' || customer.leaving !== null) return ok(null)
      if (email === null || email === customer.email || customers.byEmail(email) !== null) return ok(null)
      const changed: Customer = { ...customer, email }
      customers.save(changed, decision.revision)
      announceCustomer('customer.updated', changed, this.#books, decision)
      return ok(null)
    })
  }

  /** What the identity provider should say of a customer, now. `plan: null`: nothing any more. */
  identityOf(customerId: string): { publishableKey: string; mode: Mode; plan: string | null } {
    const { publishableKey, mode, deletedAt } = this.#books.settings.require()
    const customer = deletedAt === null ? this.#books.customers.get(customerId) : null
    const plan = customer === null ? null : this.#books.planOf(customer, this.#ledger.now()).slug
    return { publishableKey, mode, plan }
  }

  oweIdentity(customer: Customer, decision: Decision, payload: { joined: boolean } = { joined: false }): void {
    if (customer.origin !== 'clerk') return
    const joined = payload.joined || this.#ledger.outbox.has({ kind: 'identity.join', key: customer.id })
    this.#ledger.owe({ kind: joined ? 'identity.join' : 'identity', key: customer.id }, decision)
  }

  /** The slug of a tier to grant; the free tier is no grant. */
  #grantOf(plan: string | undefined): Outcome<string | null, 'unknown_tier'> {
    if (plan === undefined || plan === 'free') return ok(null)
    const tier = this.#books.catalog.named(plan)
    if (!tier) return this.#books.unknownTier(plan)
    return ok(tier.slug === freeTier(this.#books.catalog.tiers())?.slug ? null : tier.slug)
  }
}

const emptyToNull = (limits: OwnLimits | null): OwnLimits | null =>
  limits === null || Object.keys(limits).length === 0 ? null : limits
