/** What the clients know: every deed they sent, and every answer they got in full. All else is in flight. */

import { randomUUID } from 'node:crypto'
import type { Answer } from './client.ts'
import type { Deed, DeedOf, Kind } from './deed.ts'

export interface Acked<D extends Deed = Deed> {
  readonly deed: D
  readonly answer: Answer
}

export class Notes {
  readonly sent = new Map<string, Deed>()
  readonly acked = new Map<string, Acked>()
  /** How often each deed was asked for. */
  readonly tries = new Map<string, number>()
  /** Answers that no client should ever get, whatever was killed. */
  readonly odd: string[] = []

  write<D extends Deed>(deed: D): D {
    this.sent.set(deed.id, deed)
    return deed
  }

  tried({ id }: Deed): void {
    this.tries.set(id, (this.tries.get(id) ?? 0) + 1)
  }

  ack(deed: Deed, answer: Answer): void {
    this.acked.set(deed.id, { deed, answer })
  }

  inFlight(): Deed[] {
    return [...this.sent.values()].filter(({ id }) => !this.acked.has(id))
  }

  /** In the order in which they were sent. */
  sentOf<K extends Kind>(kind: K): DeedOf<K>[] {
    return [...this.sent.values()].filter((deed): deed is DeedOf<K> => deed.kind === kind)
  }

  answerOf(id: string): Answer | null {
    return this.acked.get(id)?.answer ?? null
  }
}

export const newId = (): string => randomUUID()
