/**
 * Counting uses against limits. Calls that arrive together are decided in one transaction and committed once; each is
 * still decided alone, refused alone, and answered only after its commit.
 */

import type { Entitlement, UsageInput } from '../sdk/schema/usage.ts'
import type { Decision } from './actor.ts'
import { limitOf, toEntitlement, toPublicTier, wireLimit } from './answer.ts'
import type { Books, Ledger } from './books.ts'
import type { Caller } from './caller.ts'
import { tierAllowing, type Plan } from './entitlement.ts'
import type { Gate } from './gate.ts'
import { no, ok, type Outcome, type Refusal } from './outcome.ts'
import { spanAt } from './period.ts'
import type { Attempt } from './replies.ts'

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

/** Calls that gather while a commit is under way are decided together, up to so many items. */
const GROUP_ITEMS_MAX = 1_000

const receiptId = (id: number) => `use_${id.toString(36)}`
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
      (decision) => group.map((call) => this.#trackCall(call, decision, written)),
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
    if (first) return { ...(first as Outcome<Counted>), replayed: true }
    const tooFast = this.#gate.limitRate(caller, customer.id, plan, decision.now)
    if (tooFast) return tooFast
    if (!this.#books.catalog.meters().has(item.meter)) return this.#unknownMeter(item.meter)

    if (isNew) this.#books.insertCustomer(customer, decision)
    const outcome = this.#count(customer.id, plan, item, decision)
    if (attempt) this.#books.replies.keep(attempt, outcome, decision.now)
    if (isNew || attempt || outcome.ok) written.any = true
    return outcome
  }

  #count(customerId: string, plan: Plan, item: UsageItem, decision: Decision): Outcome<Counted, 'limit_reached'> {
    const { meter, quantity } = item
    const { limit, period } = limitOf(plan, meter)
    const span = spanAt(period, plan.rhythm, decision.now)
    const use = { customerId, meter, span, quantity, limit }
    const used = this.#books.usage.add(use, decision)
    if (used === null) return this.#limitReached(customerId, plan, use)
    const id = decision.nextId()
    const properties = item.properties === undefined ? null : JSON.stringify(item.properties)
    this.#books.usage.keepReceipt(id, { ...use, now: decision.now, properties })
    const usage = toEntitlement({ customerId, plan: plan.slug, meter, used, limit, span })
    return ok({ id: receiptId(id), usage: { ...usage, allowed: true } })
  }

  #limitReached(
    customerId: string,
    plan: Plan,
    use: { meter: string; quantity: number; limit: number | null; span: { start: number; end: number | null } },
  ): Refusal<'limit_reached'> {
    const { meter, quantity, limit, span } = use
    const used = this.#books.usage.used(customerId, meter, span)
    const usage = toEntitlement({ customerId, plan: plan.slug, meter, used, limit, span })
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
    if (meter !== null && !known.includes(meter)) return this.#unknownMeter(meter)
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

function toAttempt(caller: Caller, customerId: string, item: UsageItem): Attempt {
  const scope = caller.via === 'publishable' ? `customer:${customerId}` : 'secret'
  return {
    key: `${scope}:${item.idempotencyKey}`,
    request: JSON.stringify(['track', customerId, item.meter, item.quantity, item.properties ?? null]),
  }
}
