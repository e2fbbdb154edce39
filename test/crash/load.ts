/** Clients that keep so many connections busy until the product is gone, and note what they sent and heard. */

import type { Client, Answer } from './client.ts'
import { asksAgain, callOf, settles, type Deed, type Use } from './deed.ts'
import { newId } from './notes.ts'
import { Shopper } from './shopper.ts'
import type { DeedFacts, World } from './world.ts'

/** What goes wrong outside, and how often in a row. */
type Fault = Readonly<Record<string, string | number>>

/** How many clients do what. */
export interface Mix {
  readonly track: number
  readonly batch?: number
  readonly reverse?: number
  readonly create?: number
  readonly grant?: number
  readonly buy?: number
  readonly rotate?: number
  /** Fill carts, pay or do not, and have some of it given back. */
  readonly shop?: number
  /** Count what is on the shelf, and fill it. */
  readonly shelve?: number
  /** What goes wrong outside; if nothing is said, answers get lost. */
  readonly faults?: readonly Fault[]
  /** How much longer than others it goes on, because a thing takes so many calls. */
  readonly patience?: number
  /** Makes things go wrong outside. */
  readonly disturb?: number
}

/** The mix of the finished product, over fifty connections. */
export const EVERYTHING: Mix = {
  track: 29,
  batch: 5,
  reverse: 4,
  create: 4,
  grant: 3,
  buy: 4,
  rotate: 1,
  shop: 4,
  shelve: 1,
  disturb: 1,
}
/** Mostly what makes many calls outside, each with a moment before and a moment after. */
export const BUYING: Mix = { track: 8, create: 4, grant: 3, buy: 6, rotate: 1, disturb: 1 }
/** Of a shop Stripe also refuses some for good, whatever it may have done before. */
const SHOP_FAULTS: readonly Fault[] = [
  lost({ service: 'stripe', path: '/v1/checkout/sessions', times: 2 }),
  lost({ service: 'stripe', path: '/v1/refunds', times: 2 }),
  lost({ service: 'stripe', path: '/v1/refunds', times: 2 }),
  refused('/v1/checkout/sessions'),
  refused('/v1/refunds'),
]
/** Mostly shoppers, who want more of one thing than there is. */
export const SHOPPING: Mix = { track: 4, shop: 24, shelve: 3, disturb: 1, patience: 2, faults: SHOP_FAULTS }
/** Only what needs nobody outside: several times as fast, so that far more is under way. */
export const COUNTING: Mix = { track: 40, batch: 6, reverse: 4 }

const ROTATE_PAUSE_MS = 40
const DISTURB_PAUSE_MS = 10
const TRIES = 5
/** Whose answers get lost. Stripe's client tries twice by itself, under a key of its own when we gave none. */
const LOSABLE: readonly Fault[] = [
  lost({ service: 'clerk', times: 1 }),
  lost({ service: 'stripe', times: 1 }),
  lost({ service: 'stripe', path: '/v1/customers', times: 2 }),
  lost({ service: 'stripe', path: '/v1/checkout/sessions', times: 2 }),
]
const OVERLAP_MS = 600_000

interface Person {
  readonly customerId: string
  readonly email: string
}

/** The connection ended before a whole answer came: nobody knows what became of the deed. */
class Unanswered extends Error {}

export class Load {
  readonly #world: World
  readonly #client: Client
  readonly #running: Promise<unknown>
  readonly #faults: readonly Fault[]
  #ending = false

  constructor(world: World, client: Client, mix: Mix) {
    this.#world = world
    this.#client = client
    this.#faults = mix.faults ?? LOSABLE
    const {
      track,
      batch = 0,
      reverse = 0,
      create = 0,
      grant = 0,
      buy = 0,
      rotate = 0,
      disturb = 0,
      shop = 0,
      shelve = 0,
    } = mix
    const shopper = new Shopper(world, {
      do: (facts) => this.#do(facts, world.shop.projectId),
      see: (path) => this.#see(path),
    })
    this.#running = Promise.all([
      ...repeat(track, () => this.#keepOn(() => this.#track())),
      ...repeat(batch, () => this.#keepOn(() => this.#batch())),
      ...repeat(reverse, () => this.#keepOn(() => this.#reverse())),
      ...repeat(create, () => this.#keepOn(() => this.#comeAndGo())),
      ...repeat(grant, (index) => this.#keepOn(() => this.#grant(world.granted[index % world.granted.length]!))),
      ...repeat(buy, () => this.#keepOn(() => this.#buy())),
      ...repeat(rotate, () => this.#keepOn(() => this.#rotate())),
      ...repeat(shop, () => this.#keepOn(() => shopper.shop())),
      ...repeat(shelve, () => this.#keepOn(() => shopper.shelve())),
      ...repeat(disturb, () => this.#keepOn(() => this.#disturb())),
    ])
  }

  /** From now on a broken connection is what was meant to happen. */
  expectTheEnd(): void {
    this.#ending = true
  }

  /** Resolves when every client has seen its connection end. */
  async ended(): Promise<void> {
    await this.#running
  }

  async #keepOn(step: () => Promise<unknown>): Promise<void> {
    while (!this.#ending) {
      try {
        await step()
      } catch (error) {
        if (!(error instanceof Unanswered)) throw error
      }
    }
  }

  /** Asks until there is an answer, as a client should, or until the connection ends. */
  async #do(facts: DeedFacts, project?: string): Promise<Answer> {
    const deed = this.#world.note(facts, project)
    for (let tries = 0; tries < TRIES && !this.#ending; tries += 1) {
      const answer = await perform(deed, this.#world, this.#client).catch((error: unknown) => {
        if (!this.#ending) this.#world.notes.odd.push(`${deed.kind}: ${String(error)}`)
        throw new Unanswered()
      })
      if (answer !== null) return answer
    }
    throw new Unanswered()
  }

  /** What the shop's owner sees; `null` when the connection ended. */
  async #see(path: string): Promise<Answer['body'] | null> {
    if (this.#ending) throw new Unanswered()
    const headers = { Authorization: `Bearer ${this.#world.keyOf(this.#world.shop.projectId)}` }
    return (await this.#client.call({ method: 'GET', path, headers }).catch(() => null))?.body ?? null
  }

  #use(): Use {
    const { random, metered } = this.#world
    return { customerId: random.of(metered), quantity: random.between(1, 3) }
  }

  #track() {
    return this.#do({ kind: 'track', use: this.#use() })
  }

  #batch() {
    const uses = Array.from({ length: this.#world.random.between(2, 5) }, () => this.#use())
    return this.#do({ kind: 'batch', uses })
  }

  async #reverse(): Promise<void> {
    const receipt = this.#world.receipts.pop()
    if (receipt === undefined) return pause(5)
    await this.#do({ kind: 'reverse', receipt })
  }

  async #create(plan: string | null): Promise<Person> {
    const email = `${newId()}@example.com`
    const { body } = await this.#do({ kind: 'create', email, plan })
    return { customerId: (body['customer'] as { id: string }).id, email }
  }

  /** Signs up, and one time in three leaves again. */
  async #comeAndGo(): Promise<void> {
    const person = await this.#create(this.#world.random.of([null, 'scale']))
    await this.#perhapsLeave(person)
  }

  async #perhapsLeave(person: Person): Promise<void> {
    if (this.#world.random.between(1, 3) === 1) await this.#do({ kind: 'remove', ...person })
  }

  #grant(customerId: string) {
    return this.#do({ kind: 'grant', customerId, plan: this.#world.random.of(['free', 'pro', 'scale']) })
  }

  /** Signs up, buys, and once the plan is there changes to a dearer one; some leave while their plan still runs. */
  async #buy(): Promise<void> {
    const person = await this.#create(null)
    const { customerId } = person
    const checkout = await this.#do({ kind: 'checkout', customerId, tier: 'pro' })
    await this.#do({ kind: 'pay', sessionId: String(checkout.body['sessionId']), card: 'ok' })
    if (await this.#subscribed(customerId)) await this.#do({ kind: 'checkout', customerId, tier: 'max' })
    await this.#perhapsLeave(person)
  }

  async #subscribed(customerId: string): Promise<boolean> {
    const { main } = this.#world
    const headers = { Authorization: `Bearer ${this.#world.keyOf(main.projectId)}` }
    for (let tries = 0; tries < 40 && !this.#ending; tries += 1) {
      const path = `/api/customers/${customerId}`
      const answer = await this.#client.call({ method: 'GET', path, headers }).catch(() => null)
      const { subscriptions = [] } = (answer?.body['customer'] ?? {}) as { subscriptions?: unknown[] }
      if (subscriptions.length > 0) return true
      await pause(25)
    }
    return false
  }

  async #rotate(): Promise<void> {
    const { main, vault } = this.#world
    await this.#do({ kind: 'rotate', overlapMs: OVERLAP_MS }, main.projectId)
    await this.#do({ kind: 'rotate', overlapMs: 0 }, vault.projectId)
    await pause(ROTATE_PAUSE_MS)
  }

  async #disturb(): Promise<void> {
    const body = { ...this.#world.random.of(this.#faults), method: 'POST' }
    await this.#client.call({ method: 'POST', path: '/sandbox/faults', body }).catch(() => null) // killed meanwhile
    await pause(DISTURB_PAUSE_MS)
  }
}

/** Does a deed, for the first time or again, and notes its answer; `null` when it has to be asked for again. */
export async function perform(deed: Deed, world: World, client: Client): Promise<Answer | null> {
  world.notes.tried(deed)
  const answer = await client.call(callOf(deed, world.keyOf(deed.project)))
  if (asksAgain(answer)) return null
  if (!settles(deed, answer)) {
    world.notes.odd.push(`${deed.kind} answered ${answer.status} ${JSON.stringify(answer.body).slice(0, 300)}`)
    return null
  }
  world.notes.ack(deed, answer)
  learn(deed, answer, world)
  return answer
}

/** What a client can go on with from now on. */
function learn(deed: Deed, { status, body }: Answer, world: World): void {
  if (deed.kind === 'rotate') world.adopt(deed.project, String(body['secretKey']))
  if (deed.kind === 'track' && status === 200) world.receipts.push(String(body['id']))
}

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))

const repeat = <T>(count: number, make: (index: number) => T): T[] => Array.from({ length: count }, (_, i) => make(i))

/** It is done outside, hangs for a while, and nobody hears of it. */
function lost(place: Fault): Fault {
  return { ...place, kind: 'timeout_after_commit', delayMs: 60 }
}

function refused(path: string): Fault {
  return { service: 'stripe', path, times: 1, kind: 'status', status: 400 }
}
