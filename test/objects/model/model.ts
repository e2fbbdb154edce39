/** What a project must do, in plain maps: no SQL, no groups, no caches, no restarts. */

const HOUR = 3_600_000

export const LIMITS: Readonly<Record<string, Readonly<Record<string, number | null>>>> = {
  free: { requests: 10, burst: 3 },
  pro: { requests: 50, burst: 8 },
  max: { requests: null, burst: null },
}
const TIERS = Object.keys(LIMITS)
export const METERS = ['requests', 'burst'] as const
const ACCESS: Readonly<Record<string, boolean>> = {
  trialing: true,
  active: true,
  past_due: true,
  unpaid: false,
  canceled: false,
  paused: false,
  incomplete: false,
  incomplete_expired: false,
}
/** Beside Stripe's eight, one that it may add some day. */
export const STATUSES = [...Object.keys(ACCESS), 'mystery']

/** A subscription as Stripe has it. */
export interface Bought {
  readonly status: string
  readonly tier: string
  readonly cancelAt: number | null
}

export interface Call {
  readonly who: string
  readonly meter: string
  readonly quantity: number
  readonly key: string | null
}

export type Answer = { readonly used: number; readonly id: string } | { readonly code: string }

export class Model {
  readonly #used = new Map<string, number>()
  readonly #granted = new Map<string, string>()
  readonly #applied = new Map<string, { number: number; bought: Bought; access: boolean }>()
  readonly #replies = new Map<string, { request: string; answer: Answer }>()
  readonly #receipts = new Map<string, { count: string; quantity: number; at: number; reversed: boolean }>()
  readonly #keys = new Map<string, number>()
  #blockedAt = Number.POSITIVE_INFINITY

  constructor(key: string) {
    this.#keys.set(key, Number.POSITIVE_INFINITY)
  }

  /** Why a call with this key is refused, whatever it asks. */
  refusal(key: string, now: number): string | null {
    if (now >= (this.#keys.get(key) ?? 0)) return 'invalid_api_key'
    return now >= this.#blockedAt ? 'subscription_expired' : null
  }

  rotate(key: string, endOfOthers: number): void {
    for (const [other, end] of this.#keys) this.#keys.set(other, Math.min(end, endOfOthers))
    this.#keys.set(key, Number.POSITIVE_INFINITY)
  }

  block(at: number): void {
    this.#blockedAt = at
  }

  grant(who: string, tier: string): void {
    this.#granted.set(who, tier)
  }

  plan(who: string, now: number): string {
    const { bought, access } = this.#applied.get(who) ?? { bought: null, access: false }
    const held = bought !== null && access && (bought.cancelAt === null || now < bought.cancelAt) ? bought.tier : 'free'
    const granted = this.#granted.get(who) ?? 'free'
    return TIERS.indexOf(held) > TIERS.indexOf(granted) ? held : granted
  }

  #countOf(who: string, meter: string, now: number): string {
    const date = new Date(now)
    const month = Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1)
    return `${who}/${meter}/${meter === 'burst' ? now - (now % HOUR) : month}`
  }

  /** Whether one more call fits, and what the count would be. `null`: it does not. */
  after({ who, meter, quantity }: Call, now: number): number | null {
    const limit = LIMITS[this.plan(who, now)]![meter]!
    const used = (this.#used.get(this.#countOf(who, meter, now)) ?? 0) + quantity
    return limit === null || used <= limit ? used : null
  }

  /** What the project must answer. `id` is the one thing that it makes up; it is learnt from its answer. */
  track(call: Call, now: number, id: string | null): Answer & { replayed?: true } {
    const request = JSON.stringify([call.who, call.meter, call.quantity])
    const known = call.key === null ? undefined : this.#replies.get(call.key)
    if (known !== undefined)
      return known.request === request ? { ...known.answer, replayed: true } : { code: 'idempotency_mismatch' }
    const used = this.after(call, now)
    const answer: Answer = used === null ? { code: 'limit_reached' } : { used, id: id ?? 'none' }
    if (call.key !== null) this.#replies.set(call.key, { request, answer })
    if (used === null) return answer
    const count = this.#countOf(call.who, call.meter, now)
    this.#used.set(count, used)
    this.#receipts.set(id ?? 'none', { count, quantity: call.quantity, at: now, reversed: false })
    return answer
  }

  /** Calls that can still be taken back for certain, in the order they were counted. */
  reversible(now: number): string[] {
    return [...this.#receipts].filter(([, { at }]) => now - at < 6 * 24 * HOUR).map(([id]) => id)
  }

  reverse(id: string): 'taken back' | 'already_reversed' {
    const receipt = this.#receipts.get(id)!
    if (receipt.reversed) return 'already_reversed'
    receipt.reversed = true
    this.#used.set(receipt.count, this.#used.get(receipt.count)! - receipt.quantity)
    return 'taken back'
  }

  /** A reading counts if it was asked for after the last one that counted. */
  apply(who: string, number: number, bought: Bought): void {
    const before = this.#applied.get(who)
    if (before !== undefined && number <= before.number) return
    const access = ACCESS[bought.status] ?? before?.access ?? false
    this.#applied.set(who, { number, bought, access })
  }

  /** Every count there is, by customer, meter and beginning of the period. */
  counts(): Record<string, number> {
    return Object.fromEntries([...this.#used].toSorted(([a], [b]) => (a < b ? -1 : 1)))
  }
}
