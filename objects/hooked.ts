/** A project that tells its owner's app what happens: the verbs of its webhooks, and what is owed for them. */

import type { EndpointInput, EndpointPatch, WebhookData } from '../sdk/schema/webhook.ts'
import type { Decision } from './actor.ts'
import { announceNotice } from './announcing.ts'
import type { Caller } from './caller.ts'
import { Emitting } from './emitting.ts'
import type { Attempt } from './messages.ts'
import { ok, type Outcome } from './outcome.ts'
import { Owned } from './owned.ts'

export abstract class Hooked<Env = unknown> extends Owned<Env> {
  protected readonly emitting = new Emitting(this.ledger, this.books, this.gate)

  // Endpoints

  addEndpoint(caller: Caller, input: EndpointInput, made: Parameters<Emitting['add']>[2]) {
    return this.emitting.add(caller, input, made)
  }
  listEndpoints(caller: Caller) {
    return this.emitting.list(caller)
  }
  getEndpoint(caller: Caller, id: string) {
    return this.emitting.get(caller, id)
  }
  changeEndpoint(caller: Caller, id: string, patch: EndpointPatch) {
    return this.emitting.change(caller, id, patch)
  }
  removeEndpoint(caller: Caller, id: string) {
    return this.emitting.remove(caller, id)
  }
  rotateEndpoint(caller: Caller, id: string, rotation: Parameters<Emitting['rotate']>[2]) {
    return this.emitting.rotate(caller, id, rotation)
  }
  testEndpoint(caller: Caller, id: string) {
    return this.emitting.test(caller, id)
  }
  recoverEndpoint(caller: Caller, id: string, since: number) {
    return this.emitting.recover(caller, id, since)
  }

  /** What the account says of its end. A project that is gone already has nobody to tell. */
  hearNotice(notice: WebhookData<'account.notice'>): Outcome<null> {
    return this.ledger.decide((decision) => {
      if (this.books.settings.get()?.deletedAt === null) announceNotice(notice, this.books, decision)
      return ok(null)
    })
  }

  // Messages

  listMessages(caller: Caller, query: Parameters<Emitting['messages']>[1]) {
    return this.emitting.messages(caller, query)
  }
  getMessage(caller: Caller, id: string) {
    return this.emitting.message(caller, id)
  }
  resendMessage(caller: Caller, id: string) {
    return this.emitting.resend(caller, id)
  }
  dueMessages(endpointId: string, query: Parameters<Emitting['due']>[1]) {
    return this.emitting.due(endpointId, query)
  }
  settleMessage(id: string, attempt: Attempt) {
    return this.emitting.settle(id, attempt)
  }

  /** Whatever was written must be told to who asked for it. */
  protected override closing(decision: Decision): void {
    this.emitting.closing(decision)
    super.closing(decision)
  }
}
