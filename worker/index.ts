/** The composition root: the fetch handler, and the object classes with what only the worker can do for them. */

import { Account as AccountObject } from '../objects/account.ts'
import { Connection as ConnectionObject } from '../objects/connection.ts'
import type { FeedView } from '../objects/audience.ts'
import { Feed as FeedObject } from '../objects/feed.ts'
import type { Delivery } from '../objects/outbox.ts'
import { Person as PersonObject } from '../objects/person.ts'
import { Project as ProjectObject } from '../objects/project.ts'
import { Registry as RegistryObject } from '../objects/registry.ts'
import { Trial as TrialObject } from '../objects/trial.ts'
import type { Changes } from '../sdk/schema/feed.ts'
import type { Mode } from '../sdk/schema/common.ts'
import { deliverForAccount } from './accountDeliver.ts'
import { deliver } from './deliver.ts'
import type { Env } from './env.ts'
import { respond } from './router.ts'
import { feedAt, projectAt, type Address } from './stub.ts'

function addressOf(id: DurableObjectId): Address {
  const [projectId, mode] = (id.name ?? '').split(':')
  if (projectId === undefined || mode === undefined) throw new Error('this object was not reached by its name')
  return { projectId, mode: mode as Mode }
}

export class Project extends ProjectObject<Env> {
  protected override deliver(delivery: Delivery) {
    return deliver(delivery, addressOf(this.ctx.id), this.env)
  }

  protected override async publish(changes: Changes) {
    await feedAt(this.env, addressOf(this.ctx.id)).pass(changes)
  }
}

export class Feed extends FeedObject<Env> {
  protected override async read(since: number, view: FeedView) {
    return projectAt(this.env, addressOf(this.ctx.id)).changesSince(since, view)
  }

  protected override async listen(watched: boolean) {
    return projectAt(this.env, addressOf(this.ctx.id)).watch(watched)
  }
}

export class Account extends AccountObject<Env> {
  protected override deliver(delivery: Delivery) {
    return deliverForAccount(delivery, this.ctx.id.name ?? '', this.env)
  }
}

export class Person extends PersonObject<Env> {}

export class Registry extends RegistryObject<Env> {}

export class Trial extends TrialObject<Env> {}

export class Connection extends ConnectionObject<Env> {}

export default { fetch: respond } satisfies ExportedHandler<Env>
