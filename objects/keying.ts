/** A project's secret keys as their owner handles them. A key gives no more than it has; only hashes come this far. */

import type { KeyInput } from '../sdk/schema/key.ts'
import type { Decision } from './actor.ts'
import type { Books, Ledger } from './books.ts'
import type { Caller, Scope } from './caller.ts'
import type { Gate } from './gate.ts'
import { endsBy, type Key } from './keys.ts'
import { no, ok, type Outcome, type Refusal } from './outcome.ts'
import type { Attempt } from './replies.ts'

const LIVE_KEYS_MAX = 50
const MINUTE_MS = 60_000

/** A key as its owner sees it: enough to recognize it, nothing to use it with. */
export function toOwnKey(key: Key, mode: string, now: number) {
  return {
    name: key.name,
    scopes: key.scopes,
    prefix: `sk_${mode}_…${key.last4}`,
    createdAt: key.createdAt,
    lastUsedAt: key.lastUsedAt === null ? null : key.lastUsedAt - (key.lastUsedAt % MINUTE_MS),
    endsAt: key.endsAt,
    status: key.endsAt === null ? 'active' : endsBy(key, now) ? 'revoked' : 'ending',
  }
}
export type OwnKey = ReturnType<typeof toOwnKey>

export class Keying {
  readonly #ledger: Ledger
  readonly #books: Books
  readonly #gate: Gate

  constructor(ledger: Ledger, books: Books, gate: Gate) {
    this.#ledger = ledger
    this.#books = books
    this.#gate = gate
  }

  /** Newest first; those that ended lately are still there. */
  list(caller: Caller): Outcome<OwnKey[]> {
    const now = this.#ledger.now()
    const refusal = this.#gate.admit(caller, 'read', now)
    if (refusal) return refusal
    const { mode } = this.#books.settings.require()
    return ok(
      this.#books.keys
        .list()
        .toReversed()
        .map((key) => toOwnKey(key, mode, now)),
    )
  }

  /** Whose account a key may make a further project for, and how the key is called there. In test mode only. */
  sponsor(caller: Caller): Outcome<{ platformId: string; key: string }> {
    const now = this.#ledger.now()
    const refusal = this.#gate.admit(caller, 'admin', now)
    if (refusal) return refusal
    const { platformId, mode } = this.#books.settings.require()
    if (mode !== 'test') return no('test_key_required')
    const key = caller.via === 'secret' ? this.#books.keys.valid(caller.keyHash, now) : null
    return key === null ? no('secret_key_required') : ok({ platformId, key: `key "${key.name}" …${key.last4}` })
  }

  add(
    caller: Caller,
    key: KeyInput & { hash: string; last4: string },
    attempt: Attempt | null = null,
  ): Outcome<OwnKey> {
    return this.#ledger.decide((decision) => {
      const refusal = this.#gate.admit(caller, 'admin', decision.now) ?? this.#beyond(caller, key.scopes, decision.now)
      if (refusal) return refusal
      return this.#books.replies.once(attempt, decision.now, () => {
        if (this.#books.keys.live(decision.now).some(({ name }) => name === key.name)) return no('key_exists')
        return this.#put(key, decision)
      })
    })
  }

  /** Replaces the newest key of a name by one of the same scopes. The old one is refused from now on, or after `overlapMs`. */
  rotate(
    caller: Caller,
    rotation: { name: string; hash: string; last4: string; overlapMs: number },
    attempt: Attempt | null = null,
  ): Outcome<OwnKey> {
    return this.#ledger.decide((decision) => {
      const refusal = this.#gate.admit(caller, 'admin', decision.now)
      if (refusal) return refusal
      const { name, overlapMs, hash, last4 } = rotation
      const old = this.#books.keys.live(decision.now).findLast((key) => key.name === name)
      if (old === undefined) return no('key_not_found')
      const beyond = this.#beyond(caller, old.scopes, decision.now)
      if (beyond) return beyond
      return this.#books.replies.once(attempt, decision.now, () => {
        this.#books.keys.endNamed(name, decision.now + overlapMs)
        return this.#put({ name, hash, last4, scopes: old.scopes }, decision)
      })
    })
  }

  /**
   * Ends every key of a name now, or only what a rotation left working for a while. The last one with the scope `admin` is
   * ended by a person only, who can make another.
   */
  revoke(caller: Caller, name: string, only: 'old' | null = null): Outcome<{ name: string; endsAt: number }> {
    return this.#ledger.decide(({ now }) => {
      const refusal = this.#gate.admit(caller, 'admin', now)
      if (refusal) return refusal
      const live = this.#books.keys.live(now)
      if (!live.some((key) => key.name === name && (only === null || key.endsAt !== null))) return no('key_not_found')
      if (only === 'old') {
        this.#books.keys.endOld(name, now)
        return ok({ name, endsAt: now })
      }
      const others = live.filter((key) => key.name !== name && key.endsAt === null)
      if (caller.via === 'secret' && !others.some(({ scopes }) => scopes.includes('admin'))) return no('last_admin_key')
      this.#books.keys.endNamed(name, now)
      return ok({ name, endsAt: now })
    })
  }

  #put(
    key: { name: string; hash: string; last4: string; scopes: readonly Scope[] },
    { now }: Decision,
  ): Outcome<OwnKey> {
    if (this.#books.keys.live(now).length >= LIVE_KEYS_MAX) return no('too_many_keys')
    this.#books.keys.add({ ...key, now })
    const added = this.#books.keys.valid(key.hash, now)
    if (added === null) throw new Error(`the key ${key.name} was made and does not work`)
    return ok(toOwnKey(added, this.#books.settings.require().mode, now))
  }

  /** Would this give a key more than the one has that asks? */
  #beyond(caller: Caller, scopes: readonly Scope[], now: number): Refusal<'scope_required'> | null {
    if (caller.via !== 'secret') return null
    const own = this.#books.keys.valid(caller.keyHash, now)?.scopes ?? []
    const more = scopes.filter((scope) => !own.includes(scope))
    if (more.length === 0) return null
    return no('scope_required', { message: `A key cannot give what it lacks: ${more.join(', ')}.` })
  }
}
