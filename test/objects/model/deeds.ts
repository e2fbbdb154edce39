/** What may happen to a project, done to the real one and to the model; after each deed the two must say the same. */

import * as fc from 'fast-check'
import { expect, vi } from 'vitest'
import type { Caller } from '../../../objects/caller.ts'
import type { Counted, Replayable } from '../../../objects/counting.ts'
import type { Outcome } from '../../../objects/outcome.ts'
import { takeBack } from '../../support/callers.ts'
import { crash, evict, ring, rows } from '../../support/inside.ts'
import { asserting, SECRET_HASH, tier, track } from '../../support/project.ts'
import { anEvent, apply, ask, aBuyer, aShop, hear, planOf, reading } from '../../support/stripe.ts'
import { DAY, HOUR, MINUTE, pass, START } from '../../support/time.ts'
import { LIMITS, METERS, Model, STATUSES, type Bought, type Call } from './model.ts'

const PEOPLE = ['u0', 'u1', 'u2'] as const

export type Deed =
  | { do: 'track'; who: string; meter: string; quantity: number; key: number | null; age: number }
  | { do: 'storm'; who: string; meter: string; calls: number; keyed: boolean }
  | { do: 'reverse'; which: number; times: number }
  | { do: 'rotate'; overlap: number }
  | { do: 'grant'; who: string; tier: string }
  | { do: 'block'; inMs: number | null }
  | { do: 'change'; who: string; status: string; tier: string; endsIn: number | null }
  | { do: 'learn'; who: string; status: string; tier: string; endsIn: number | null }
  | { do: 'hear'; who: string; event: number }
  | { do: 'ask'; who: string }
  | { do: 'apply'; which: number; times: number }
  | { do: 'tick'; ms: number; rings: number }
  | { do: 'evict' }
  | { do: 'crash' }
  | { do: 'storm and crash'; who: string; meter: string; calls: number }

const who = fc.constantFrom(...PEOPLE)
const meter = fc.constantFrom(...METERS)
const the = <const T extends string>(deed: T) => fc.constant(deed)

const CALM = [
  {
    weight: 8,
    arbitrary: fc.record({
      do: the('track'),
      who,
      meter,
      quantity: fc.integer({ min: 1, max: 6 }),
      key: fc.option(fc.nat(3), { nil: null }),
      age: fc.nat(2),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ do: the('storm'), who, meter, calls: fc.integer({ min: 2, max: 30 }), keyed: fc.boolean() }),
  },
  { weight: 3, arbitrary: fc.record({ do: the('reverse'), which: fc.nat(), times: fc.integer({ min: 1, max: 3 }) }) },
  { weight: 1, arbitrary: fc.record({ do: the('rotate'), overlap: fc.constantFrom(0, HOUR) }) },
  { weight: 2, arbitrary: fc.record({ do: the('grant'), who, tier: fc.constantFrom('free', 'pro', 'max') }) },
  { weight: 1, arbitrary: fc.record({ do: the('block'), inMs: fc.constantFrom(null, null, 0, HOUR) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: the('change'),
      who,
      status: fc.constantFrom(...STATUSES),
      tier: fc.constantFrom('pro', 'max'),
      endsIn: fc.constantFrom(null, null, HOUR, DAY),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: the('learn'),
      who,
      status: fc.oneof(fc.constantFrom('active', 'mystery'), fc.constantFrom(...STATUSES)),
      tier: fc.constantFrom('pro', 'max'),
      endsIn: fc.constantFrom(null, 1, HOUR),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: the('hear'), who, event: fc.nat(2) }) },
  { weight: 3, arbitrary: fc.record({ do: the('ask'), who }) },
  { weight: 4, arbitrary: fc.record({ do: the('apply'), which: fc.nat(), times: fc.integer({ min: 1, max: 2 }) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: the('tick'),
      ms: fc.constantFrom(1, MINUTE, HOUR - 1, HOUR, 7 * HOUR, DAY, 9 * DAY),
      rings: fc.nat(2),
    }),
  },
]
const ROUGH = [
  { weight: 2, arbitrary: fc.record({ do: the('evict') }) },
  { weight: 2, arbitrary: fc.record({ do: the('crash') }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: the('storm and crash'), who, meter, calls: fc.integer({ min: 5, max: 40 }) }),
  },
]

export const calmDeeds: fc.Arbitrary<Deed[]> = fc.array(fc.oneof(...CALM), { minLength: 5, maxLength: 30 })
export const roughDeeds: fc.Arbitrary<Deed[]> = fc.array(fc.oneof(...CALM, ...ROUGH), { minLength: 10, maxLength: 25 })

const limits = (plan: string) =>
  ({
    requests: { limit: LIMITS[plan]!['requests']!, period: 'month' },
    burst: { limit: LIMITS[plan]!['burst']!, period: 'hour' },
  }) as const

type Tracked = Replayable<Outcome<Counted>>

export class World {
  readonly project: Awaited<ReturnType<typeof aShop>>
  readonly #model = new Model(SECRET_HASH)
  readonly #truth = new Map<string, Bought>()
  readonly #taken: { who: string; number: number; bought: Bought }[] = []
  #keys: string[] = [SECRET_HASH]
  #storms = 0

  private constructor(project: World['project']) {
    this.project = project
  }

  static async make(): Promise<World> {
    vi.setSystemTime(START)
    const project = await aShop()
    await project
      .stub()
      .putTiers([
        tier({ slug: 'free', limits: limits('free') }),
        tier({ slug: 'pro', unitAmount: 2900, limits: limits('pro') }),
        tier({ slug: 'max', unitAmount: 9900, limits: limits('max') }),
      ])
    const world = new World(project)
    for (const person of PEOPLE) {
      await aBuyer(project, person)
      await world.#undo(person)
      world.#truth.set(person, { status: 'active', tier: 'pro', cancelAt: null })
    }
    return world
  }

  /** Takes the use back by which a person became a customer. */
  async #undo(person: string): Promise<void> {
    const [receipt] = await rows<{ id: number }>(
      this.project,
      `SELECT id FROM receipts WHERE customer_id = '${person}'`,
    )
    await takeBack(this.project, asserting(null), `use_${receipt!.id.toString(36)}`)
    this.#model.track({ who: person, meter: 'requests', quantity: 1, key: null }, Date.now(), `first ${person}`)
    this.#model.reverse(`first ${person}`)
  }

  /** The key in force, or one of those before it. */
  #caller(age = 0): Caller & { keyHash: string } {
    return {
      via: 'secret',
      keyHash: this.#keys.at(-1 - Math.min(age, this.#keys.length - 1))!,
      token: null,
      asserts: null,
    }
  }

  async #ask({ who: customerId, meter: name, quantity, key }: Call, caller: Caller): Promise<Tracked> {
    const item = { customerId, meter: name, quantity, ...(key === null ? {} : { idempotencyKey: key }) }
    const answer = await track(this.project, caller, [item])
    return answer.ok ? answer.value[0]! : answer
  }

  #mustAnswer(call: Call, answer: Tracked): void {
    const wanted = this.#model.track(call, Date.now(), answer.ok ? answer.value.id : null)
    const { replayed } = answer
    const got = answer.ok ? { used: answer.value.usage.used, id: answer.value.id } : { code: answer.code }
    expect({ ...got, ...(replayed ? { replayed } : {}) }).toEqual(wanted)
  }

  async #storm(calls: readonly Call[], during: () => Promise<void>): Promise<void> {
    const caller = this.#caller()
    if (this.#model.refusal(caller.keyHash, Date.now()) !== null) return
    const first = calls.map((call) => this.#ask(call, caller))
    await during()
    const settled = await Promise.allSettled(first)
    const retried = await Promise.all(
      settled.map((result, index) => (result.status === 'fulfilled' ? result.value : this.#ask(calls[index]!, caller))),
    )
    // They were counted in some order of their own: what was granted tells which.
    const answers = retried.map((answer, index) => ({ call: calls[index]!, answer: withoutReplay(answer) }))
    const order = answers.toSorted((a, b) => usedOf(a.answer) - usedOf(b.answer))
    for (const { call, answer } of order) this.#mustAnswer(call, answer)
  }

  #calls(deed: { who: string; meter: string; calls: number }, keyed: boolean): Call[] {
    this.#storms += 1
    return Array.from({ length: deed.calls }, (_, index) => ({
      who: deed.who,
      meter: deed.meter,
      quantity: 1,
      key: keyed ? `storm ${this.#storms}/${index}`.replaceAll(' ', '_') : null,
    }))
  }

  async run(deed: Deed): Promise<void> {
    const { project } = this
    const model = this.#model
    const now = Date.now()
    switch (deed.do) {
      case 'track': {
        // A key is only promised for a day: no key outlives its own here.
        const key = deed.key === null ? null : `k${deed.key}@${Math.floor(now / DAY)}`
        const caller = this.#caller(deed.age)
        const call = { who: deed.who, meter: deed.meter, quantity: deed.quantity, key }
        const answer = await this.#ask(call, caller)
        const refusal = model.refusal(caller.keyHash, now)
        if (refusal === null) this.#mustAnswer(call, answer)
        else expect(answer).toMatchObject({ ok: false, code: refusal })
        return
      }
      case 'storm':
        return this.#storm(this.#calls(deed, deed.keyed), async () => {})
      case 'storm and crash':
        return this.#storm(this.#calls(deed, true), () => crash())
      case 'reverse': {
        const ids = model.reversible(now)
        const id = ids[deed.which % Math.max(1, ids.length)]
        const caller = this.#caller()
        if (id === undefined || id.startsWith('first') || model.refusal(caller.keyHash, now) !== null) return
        const answers = await Promise.all(Array.from({ length: deed.times }, () => takeBack(project, caller, id)))
        const got = answers
          .map((answer) => (answer.ok ? 'taken back' : answer.code))
          .toSorted()
          .toReversed()
        expect(got).toEqual(Array.from({ length: deed.times }, () => model.reverse(id)))
        return
      }
      case 'rotate': {
        if (model.refusal(this.#keys.at(-1) ?? '', now) !== null) return
        const hash = String(this.#keys.length).padStart(64, '0')
        await project
          .stub()
          .rotateKey({ via: 'system' }, { name: 'default', hash, last4: '0000', overlapMs: deed.overlap })
        model.rotate(hash, now + deed.overlap)
        this.#keys = [...this.#keys, hash]
        return
      }
      case 'grant': {
        const caller = this.#caller()
        if (model.refusal(caller.keyHash, now) !== null) return
        await project.stub().updateCustomer(caller, deed.who, { plan: deed.tier })
        return model.grant(deed.who, deed.tier)
      }
      case 'block': {
        const at = deed.inMs === null ? null : now + deed.inMs
        await project.stub().setStanding({ graceAt: null, blockedAt: at })
        return model.block(at ?? Number.POSITIVE_INFINITY)
      }
      case 'change': {
        const cancelAt = deed.endsIn === null ? null : now + deed.endsIn
        this.#truth.set(deed.who, { status: deed.status, tier: deed.tier, cancelAt })
        return
      }
      case 'learn': {
        await this.run({ ...deed, do: 'change' })
        await this.run({ do: 'ask', who: deed.who })
        return this.run({ do: 'apply', which: this.#taken.length - 1, times: 1 })
      }
      case 'hear':
        await hear(project, this.#event(deed.who, deed.event))
        return
      case 'ask': {
        const number = await ask(project, `sub_${deed.who}`)
        this.#taken.push({ who: deed.who, number, bought: this.#truth.get(deed.who)! })
        return
      }
      case 'apply': {
        const taken = this.#taken[deed.which % Math.max(1, this.#taken.length)]
        if (taken === undefined) return
        for (let times = 0; times < deed.times; times += 1) {
          await apply(project, taken.number, found(taken))
          model.apply(taken.who, taken.number, taken.bought)
        }
        return
      }
      case 'tick':
        pass(deed.ms)
        for (let rings = 0; rings < deed.rings; rings += 1) await ring(project)
        return
      case 'evict':
        return evict(project)
      case 'crash':
        return crash()
    }
  }

  #event(person: string, number: number) {
    const hints = [{ read: 'subscription', id: `sub_${person}`, stripeCustomer: `cus_${person}` }] as const
    return anEvent({ id: `evt_${person}_${number}`, objectId: `sub_${person}`, hints })
  }

  /** The two must say the same of every count and every plan. */
  async compare(): Promise<void> {
    const stored = await rows<{ name: string; used: number }>(
      this.project,
      "SELECT customer_id || '/' || meter || '/' || period_start AS name, used FROM usage",
    )
    const counts = Object.fromEntries(
      stored.map(({ name, used }) => [name, used]).toSorted(([a], [b]) => (a! < b! ? -1 : 1)),
    )
    expect(counts).toEqual(this.#model.counts())
    const now = Date.now()
    for (const person of PEOPLE) expect(await planOf(this.project, person), person).toBe(this.#model.plan(person, now))
    expect(await this.project.stub().broken()).toEqual([])
  }
}

const found = ({ who: person, bought }: { who: string; bought: Bought }) =>
  reading({
    id: `sub_${person}`,
    stripeCustomerId: `cus_${person}`,
    status: bought.status,
    stripePriceId: `price_${bought.tier}`,
    stripeProductId: `prod_${bought.tier}`,
    cancelAt: bought.cancelAt,
  })

const usedOf = (answer: Tracked): number => (answer.ok ? answer.value.usage.used : Number.POSITIVE_INFINITY)
const withoutReplay = ({ replayed: _, ...answer }: Tracked): Tracked => answer as Tracked

/** Runs sequences of deeds; a failure names the seed and the shortest sequence that shows it. */
export async function hold(deeds: fc.Arbitrary<Deed[]>, runs: { numRuns: number; seed: number }): Promise<void> {
  await fc.assert(
    fc.asyncProperty(deeds, async (sequence) => {
      const world = await World.make()
      for (const deed of sequence) {
        await world.run(deed)
        await world.compare()
      }
    }),
    { ...runs, endOnFailure: false, interruptAfterTimeLimit: 45_000 },
  )
}

/** A new seed each time, unless one is given to look again: `VITE_SEED=123 npx vitest …`. */
export function aSeed(): number {
  const given = (import.meta as { env?: Record<string, string> }).env?.['VITE_SEED']
  const seed = given === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(given)
  console.info(`seed ${seed}`)
  return seed
}
