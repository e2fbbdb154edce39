/**
 * Counting uses against limits. Calls that arrive together are decided in one transaction and committed once; each is
 * still decided alone, refused alone, and answered only after its commit.
 */

import type { Entitlement, UsageInput } from '../sdk/schema/usage.ts'
import type { Decision } from './actor.ts'
import { announceRefusal, announceUse } from './announcing.ts'
import { limitOf, toEntitlement, toPublicTier, wireLimit } from './answer.ts'
import type { Books, Ledger } from './books.ts'
import type { Caller } from './caller.ts'
import { takeBackUnspent } from './crediting.ts'
import type { Credit, Spending } from './credits.ts'
import type { Customer } from './customers.ts'
import type { Why } from './declined.ts'
import { tierAllowing, type Plan } from './entitlement.ts'
import type { Gate } from './gate.ts'
import { no, ok, type Outcome, type Refusal } from './outcome.ts'
import { spanAt, type Span } from './period.ts'
import type { Attempt } from './replies.ts'

export type UsageItem = UsageInput & { readonly customerId?: string | undefined }

export interface Counted {
  /** Id of the call, to take it back with. */
  readonly id: string
  readonly usage: Entitlement
}

/** An answer that may be the first answer to the same idempotency key, given once more. */
export type Replayable<O extends Outcome<unknown>> = O & { readonly replayed?: true }

/** One use of one meter in one period, and the limit it is held against. */
interface Use {
  readonly customerId: string
  readonly meter: string
  readonly span: Span
  readonly quantity: number
  readonly limit: number | null
}

interface Gathered {
  readonly caller: Caller
  readonly items: readonly UsageItem[]
  resolve(outcome: Outcome<Replayable<Outcome<Counted>>[]>): void
  reject(error: unknown): void
}

/** Calls that gather while a commit is under way are decided together, up to so many items. */
const GROUP_ITEMS_MAX = 1_000

export const receiptId = (id: number) => `use_${id.toString(36)}`
const receiptNumber = (id: string) => (/^use_[0-9a-z]{1,11}$/.test(id) ? Number.parseInt(id.slice(4), 36) : null)

export class Counting {
  readonly #ledger: Ledger
  readonly #books: Books
  readonly #gate: Gate
  readonly #synced: () => Promise<void>
  #gathered: Gathered[] = []
  #committing = false

  /** `synced` resolves when everything written so far is durable. */
  constructor(ledger: Ledger, books: Books, gate: Gate, synced: () => Promise<void>) {
    this.#ledger = ledger
    this.#books = books
    this.#gate = gate
    this.#synced = synced
  }

  /**
   * Counts uses against their customers' limits, each decided alone: one over the limit is refused and changes nothing.
   * Calls that arrive while a commit is under way are decided and committed next, together.
   */
  async track(caller: Caller, items: readonly UsageItem[]): Promise<Outcome<Replayable<Outcome<Counted>>[]>> {
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
        await this.#synced()
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
    const written = { any: false }
    return this.#ledger.commit(
      (decision) => {
        const answers = group.map((call) => this.#trackCall(call, decision, written))
        this.#books.declined.write()
        return answers
      },
      () => written.any,
    )
  }

  #trackCall(call: Gathered, decision: Decision, written: { any: boolean }): Outcome<Replayable<Outcome<Counted>>[]> {
    const refusal = this.#gate.admit(call.caller, 'usage', decision.now)
    if (refusal) return refusal
    return ok(call.items.map((item) => this.#trackItem(call.caller, item, decision, written)))
  }

  #trackItem(
    caller: Caller,
    item: UsageItem,
    decision: Decision,
    written: { any: boolean },
  ): Replayable<Outcome<Counted>> {
    const found = this.#gate.identify(caller, decision.now, item.customerId)
    if (!found.ok) return found
    const { customer, isNew } = found.value
    const plan = this.#books.planOf(customer, decision.now)
    const attempt = item.idempotencyKey === undefined ? null : toAttempt(caller, customer.id, item)
    const first = attempt && this.#books.replies.find(attempt)
    if (first === 'other') return no('idempotency_mismatch')
    if (first) {
      this.#decline(customer.id, plan, item, 'duplicate', decision)
      return { ...(first as Outcome<Counted>), replayed: true }
    }
    const tooFast = this.#gate.limitRate(caller, customer.id, plan, decision.now)
    if (tooFast) return tooFast
    if (!this.#books.knowsMeter(item.meter)) return this.#unknownMeter(item.meter)

    if (isNew) this.#books.insertCustomer(customer, decision)
    const outcome = this.#count(customer, plan, item, decision)
    if (attempt) this.#books.replies.keep(attempt, outcome, decision.now)
    if (isNew || attempt || outcome.ok || this.#books.messages.fresh.size > 0) written.any = true
    return outcome
  }

  #count(customer: Customer, plan: Plan, item: UsageItem, decision: Decision): Outcome<Counted, 'limit_reached'> {
    const { meter, quantity } = item
    const { limit, period, spendCredits } = limitOf(plan, meter)
    const span = spanAt(period, plan.rhythm, decision.now)
    const use = { customerId: customer.id, meter, span, quantity, limit }
    const credits = this.#books.credits.usable(customer.id, meter, decision.now)
    if (credits.length > 0)
      return this.#countWithCredits(customer, plan, { ...use, item, credits, spendCredits }, decision)
    const used = this.#books.usage.add(use, decision)
    if (used === null) return this.#limitReached(plan, { ...use, credits: 0 }, decision)
    return this.#counted(plan, { ...use, item, used, credits: 0, spent: [] }, decision)
  }

  /** Splits a use between the plan's allowance and bought credits; all of it is covered, or none is counted. */
  #countWithCredits(
    customer: Customer,
    plan: Plan,
    use: Use & { item: UsageItem; credits: readonly Credit[]; spendCredits: 'before' | 'after' | undefined },
    decision: Decision,
  ): Outcome<Counted, 'limit_reached'> {
    const { meter, quantity, limit, span } = use
    const before = this.#books.usage.used(customer.id, meter, span)
    const allowance = limit === null ? quantity : Math.max(0, limit - before)
    const bought = use.credits.reduce((sum, { remaining }) => sum + remaining, 0)
    if (quantity > allowance + bought) return this.#limitReached(plan, { ...use, credits: bought }, decision)
    const fromCredits =
      use.spendCredits === 'before' ? Math.min(quantity, bought) : quantity - Math.min(quantity, allowance)
    const fromPlan = quantity - fromCredits
    const spent = spendings(use.credits, fromCredits)
    for (const spending of spent) this.#books.credits.spend(spending)
    const used = fromPlan === 0 ? before : this.#books.usage.add({ ...use, quantity: fromPlan }, decision)
    if (used === null) throw new Error(`${fromPlan} of ${meter} did not fit an allowance of ${allowance}`)
    if (spent.length > 0) this.#books.customers.save(customer, decision.revision) // so that the feed tells of it
    return this.#counted(plan, { ...use, used, credits: bought - fromCredits, spent }, decision)
  }

  #counted(
    plan: Plan,
    use: Use & { item: UsageItem; used: number; credits: number; spent: readonly Spending[] },
    decision: Decision,
  ): Outcome<Counted, never> {
    const id = decision.nextId()
    const { properties } = use.item
    const fromCredits = use.spent.reduce((sum, { quantity }) => sum + quantity, 0)
    announceUse(plan, { ...use, before: use.used - (use.quantity - fromCredits) }, this.#books, decision)
    this.#books.usage.keepReceipt(id, {
      ...use,
      now: decision.now,
      plan: plan.slug,
      properties: properties === undefined ? null : JSON.stringify(properties),
    })
    return ok({ id: receiptId(id), usage: { ...toEntitlement({ ...use, plan: plan.slug }), allowed: true } })
  }

  #limitReached(plan: Plan, use: Use & { credits: number }, decision: Decision): Refusal<'limit_reached'> {
    const { customerId, meter, quantity, limit, span, credits } = use
    const used = this.#books.usage.used(customerId, meter, span)
    announceRefusal(plan, { ...use, used }, this.#books, decision)
    this.#decline(customerId, plan, { meter, quantity }, 'refused', decision)
    const usage = toEntitlement({ customerId, plan: plan.slug, meter, used, limit, span, credits })
    const tier = tierAllowing(this.#books.catalog.tiers(), meter, used + quantity)
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

  #decline(
    customerId: string,
    plan: Plan,
    { meter, quantity }: Pick<UsageItem, 'meter' | 'quantity'>,
    why: Why,
    { now }: Decision,
  ): void {
    this.#books.declined.add({ customerId, meter, plan: plan.slug, why, quantity, at: now })
  }

  /** What the customer may still use. Changes nothing, and is right after a period has ended. */
  check(caller: Caller, meter: string | null): Outcome<Entitlement & { meters: Record<string, Entitlement> }> {
    const now = this.#ledger.now()
    const refusal = this.#gate.admit(caller, 'read', now)
    if (refusal) return refusal
    const found = this.#gate.identify(caller, now)
    if (!found.ok) return found
    const { customer } = found.value
    const plan = this.#books.planOf(customer, now)
    const tooFast = this.#gate.limitRate(caller, customer.id, plan, now)
    if (tooFast) return tooFast
    const known = [...this.#books.catalog.meters()]
    const wanted = meter ?? Object.keys(plan.tier?.limits ?? {})[0] ?? known[0] ?? 'requests'
    if (meter !== null && !this.#books.knowsMeter(meter)) return this.#unknownMeter(meter)
    const meters = Object.fromEntries(
      [wanted, ...known].map((name) => [name, this.#books.entitlementOf(customer.id, plan, name, now)]),
    )
    return ok({ ...meters[wanted]!, meters })
  }

  /** Takes a counted call back from the period it was counted in, once. */
  reverse(caller: Caller, id: string): Outcome<{ id: string; usage: Entitlement }> {
    return this.#ledger.decide((decision) => {
      const refusal = this.#gate.admit(caller, 'usage', decision.now)
      if (refusal) return refusal
      const number = receiptNumber(id)
      const receipt = number === null ? null : this.#books.usage.receipt(number)
      const customer = receipt && this.#books.customers.get(receipt.customerId)
      if (!receipt || !customer) return no('usage_not_found')
      if (receipt.reversedAt !== null) return no('already_reversed')
      this.#books.usage.reverse(receipt, decision)
      for (const spending of receipt.spent) {
        this.#books.credits.unspend(spending)
        takeBackUnspent(spending.id, this.#books)
      }
      const plan = this.#books.planOf(customer, decision.now)
      return ok({ id, usage: this.#books.entitlementOf(customer.id, plan, receipt.meter, decision.now) })
    })
  }

  #unknownMeter(meter: string): Refusal<'unknown_meter'> {
    const meters = [...this.#books.catalog.meters()]
    const known = meters.length === 0 ? 'No tier has a meter yet.' : `Known: ${meters.join(', ')}.`
    return no('unknown_meter', { message: `No tier of this project has the meter "${meter}". ${known}`, meters })
  }
}

/** Spends the soonest to expire first. */
function spendings(credits: readonly Credit[], quantity: number): Spending[] {
  const spent: Spending[] = []
  let left = quantity
  for (const { id, remaining } of credits) {
    if (left === 0) break
    const part = Math.min(left, remaining)
    spent.push({ id, quantity: part })
    left -= part
  }
  return spent
}

function toAttempt(caller: Caller, customerId: string, item: UsageItem): Attempt {
  const scope = caller.via === 'publishable' ? `customer:${customerId}` : 'secret'
  return {
    key: `${scope}:${item.idempotencyKey}`,
    request: JSON.stringify(['track', customerId, item.meter, item.quantity, item.properties ?? null]),
  }
}
