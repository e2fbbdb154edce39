/** The projects and people that the load is about, and the keys its clients hold now. Made once, on a fresh state. */

import type { Client } from './client.ts'
import { callOf, settles, type Deed } from './deed.ts'
import { newId, Notes } from './notes.ts'
import { makeShop, type Shop } from './shop.ts'
import type { Random } from './random.ts'

/** Stripe's word comes late, and sometimes twice: whoever relies on it alone is found out. */
const WEBHOOKS = { delayMs: 150, duplicate: 0.2 }
export const TIGHT_LIMIT = 150
const ASSERTED: readonly string[] = ['metered-0', 'metered-1', 'metered-2', 'metered-3', 'metered-4']

const tier = (slug: string, unitAmount: number, limit: number | null) => ({
  slug,
  displayName: slug,
  limits: { requests: { limit, period: 'subscription' } },
  prices: [{ interval: 'month', unitAmount, currency: 'usd' }],
})
const TIERS = [
  tier('free', 0, 1e6),
  tier('tight', 900, TIGHT_LIMIT),
  tier('pro', 2900, 1e7),
  tier('max', 9900, 1e8),
  tier('scale', 50_000, null),
]

/** From the least to the most. */
export const RANKS: readonly string[] = TIERS.map(({ slug }) => slug)

export interface Made {
  readonly projectId: string
  readonly publishableKey: string
  readonly secretKey: string
  readonly stripeAccount: string
}

export class World {
  readonly notes = new Notes()
  /** Counted calls that nobody has taken back yet. */
  readonly receipts: string[] = []
  /** Takes every call. */
  readonly main: Made
  /** Only has its key replaced, without overlap. */
  readonly vault: Made
  /** Sells things. */
  readonly shop: Shop
  readonly random: Random
  /** Whose plan one client each changes. */
  readonly granted: string[] = []
  /** Whose uses are counted. */
  readonly metered: string[] = [...ASSERTED]
  /** The one of them whose limit is soon reached. */
  tight = ''
  readonly #keys: Map<string, string[]>

  private constructor({ main, vault, shop }: { main: Made; vault: Made; shop: Shop }, random: Random) {
    this.main = main
    this.vault = vault
    this.shop = shop
    this.random = random
    this.#keys = new Map([main, vault, shop].map(({ projectId, secretKey }) => [projectId, [secretKey]]))
  }

  static async make(client: Client, random: Random): Promise<World> {
    const project = async () =>
      (await client.ok({ method: 'POST', path: '/sandbox/projects', body: { tiers: TIERS } })) as unknown as Made
    const world = new World(
      { main: await project(), vault: await project(), shop: await makeShop(client, await project()) },
      random,
    )
    await client.ok({ method: 'POST', path: '/sandbox/stripe/delivery', body: WEBHOOKS })
    for (let count = 0; count < 3; count += 1) world.granted.push(await world.#aCustomer(client, null))
    world.tight = await world.#aCustomer(client, 'tight')
    world.metered.push(world.tight)
    return world
  }

  /** A customer of the main project; for the setup, where nothing may fail. */
  async #aCustomer(client: Client, plan: string | null): Promise<string> {
    const deed = this.note({ kind: 'create', email: `${newId()}@example.com`, plan })
    const answer = await client.call(callOf(deed, this.keyOf(deed.project)))
    if (!settles(deed, answer)) throw new Error(`${deed.kind} answered ${answer.status} ${JSON.stringify(answer.body)}`)
    this.notes.ack(deed, answer)
    return (answer.body['customer'] as { id: string }).id
  }

  note(facts: DeedFacts, project = this.main.projectId): Deed {
    return this.notes.write({ id: newId(), project, ...facts } as Deed)
  }

  keyOf(project: string): string {
    return this.keysOf(project).at(-1)!
  }

  /** Every key that was handed out, oldest first. */
  keysOf(project: string): readonly string[] {
    return this.#keys.get(project) ?? []
  }

  adopt(project: string, secretKey: string): void {
    this.#keys.get(project)?.push(secretKey)
  }
}

type Without<D, K extends PropertyKey> = D extends unknown ? Omit<D, K> : never
export type DeedFacts = Without<Deed, 'id' | 'project'>
