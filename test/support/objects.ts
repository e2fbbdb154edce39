/** The objects as they are tested inside workerd: the real classes, with an outside that a test scripts. */

import { Account as AccountObject } from '../../objects/account.ts'
import { Connection } from '../../objects/connection.ts'
import type { FeedView } from '../../objects/audience.ts'
import { Feed as FeedObject } from '../../objects/feed.ts'
import type { DeliveryFailure } from '../../objects/actor.ts'
import type { Delivery } from '../../objects/outbox.ts'
import { Person } from '../../objects/person.ts'
import { Project as ProjectObject } from '../../objects/project.ts'
import type { Changes } from '../../sdk/schema/feed.ts'

export { Connection, Person }

export interface TestEnv {
  readonly PROJECT: DurableObjectNamespace<Project>
  readonly FEED: DurableObjectNamespace<Feed>
  readonly CONNECTION: DurableObjectNamespace<Connection>
  readonly ACCOUNT: DurableObjectNamespace<Account>
  readonly PERSON: DurableObjectNamespace<Person>
}

declare global {
  namespace Cloudflare {
    interface Env extends TestEnv {}
  }
}

/** What the far side of the network does with each delivery of an object, by the object's name. */
export const outside = new Map<string, (delivery: Delivery) => Promise<DeliveryFailure | null>>()

/** What was handed to the far side, by the object's name. */
export const handed = new Map<string, Delivery[]>()

/** What was published to each object's feed. */
export const published = new Map<string, Changes[]>()

/** What becomes of what is published, by the object's name; nothing, unless a test says so. */
export const listening = new Map<string, (changes: Changes) => Promise<void>>()

function push<T>(map: Map<string, T[]>, name: string, value: T): void {
  const list = map.get(name) ?? []
  list.push(value)
  map.set(name, list)
}

export class Project extends ProjectObject<TestEnv> {
  protected override async deliver(delivery: Delivery): Promise<DeliveryFailure | null> {
    const name = this.ctx.id.name ?? ''
    push(handed, name, delivery)
    return (await outside.get(name)?.(delivery)) ?? null
  }

  protected override async publish(changes: Changes): Promise<void> {
    const name = this.ctx.id.name ?? ''
    await listening.get(name)?.(changes)
    push(published, name, changes)
  }

  protected override committed(revision: number): void {
    super.committed(revision)
    if (revision > 400 && revision % 100 !== 0) return // a large project is checked now and then
    const violations = this.violations()
    if (violations.length > 0) throw new Error(`invariant broken at revision ${revision}: ${violations.join('; ')}`)
  }

  /** What does not hold and should. */
  async broken(): Promise<string[]> {
    return this.violations()
  }

  /** When the next timer or delivery is due. */
  async peek(): Promise<number | null> {
    return this.nextDue()
  }

  /** What is owed outside, at this moment. */
  async owed(): Promise<Delivery[]> {
    return this.outbox.all()
  }
}

export class Account extends AccountObject<TestEnv> {
  protected override async deliver(delivery: Delivery): Promise<DeliveryFailure | null> {
    const name = this.ctx.id.name ?? ''
    push(handed, name, delivery)
    return (await outside.get(name)?.(delivery)) ?? null
  }

  protected override committed(revision: number): void {
    super.committed(revision)
    const violations = this.violations()
    if (violations.length > 0) throw new Error(`invariant broken at revision ${revision}: ${violations.join('; ')}`)
  }

  async peek(): Promise<number | null> {
    return this.nextDue()
  }

  async owed(): Promise<Delivery[]> {
    return this.outbox.all()
  }
}

export class Feed extends FeedObject<TestEnv> {
  protected override async read(since: number, view: FeedView): Promise<Changes> {
    return this.env.PROJECT.getByName(this.ctx.id.name ?? '').changesSince(since, view)
  }

  protected override async listen(watched: boolean): Promise<number> {
    return this.env.PROJECT.getByName(this.ctx.id.name ?? '').watch(watched)
  }
}

export default { fetch: () => new Response('tests call the objects') } satisfies ExportedHandler
