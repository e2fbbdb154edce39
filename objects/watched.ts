/** A project that its developer looks at: uses over time and one by one, and the story of a customer. */

import type { Caller } from './caller.ts'
import { Looking } from './looking.ts'
import { Visited } from './visited.ts'

export abstract class Watched<Env = unknown> extends Visited<Env> {
  readonly #looking = new Looking(this.ledger, this.books, this.gate)

  usageHistory(caller: Caller, query: Parameters<Looking['history']>[1]) {
    return this.#looking.history(caller, query)
  }
  usageCalls(caller: Caller, query: Parameters<Looking['calls']>[1]) {
    return this.#looking.calls(caller, query)
  }
  usageLimitHits(caller: Caller, query: Parameters<Looking['limitHits']>[1]) {
    return this.#looking.limitHits(caller, query)
  }
  customerStory(caller: Caller, id: string) {
    return this.#looking.story(caller, id)
  }
  explainUse(caller: Caller, query: Parameters<Looking['explain']>[1]) {
    return this.#looking.explain(caller, query)
  }
}
