/**
 * Which images a shop may keep, and when they go. An upload is written down before its bytes are stored, so that none can
 * be stored and forgotten; what no product shows for a day is collected.
 */

import type { Decision } from './actor.ts'
import type { Books, Ledger } from './books.ts'
import type { Caller } from './caller.ts'
import type { Gate } from './gate.ts'
import { no, ok, type Outcome, type Refusal } from './outcome.ts'

const IMAGES_MAX = 5_000
const BYTES_MAX = 2 * 1024 ** 3
/** Long enough to upload pictures today and make the product tomorrow. */
const UNUSED_MS = 86_400_000
/** As many as one call to the store of images deletes. */
const COLLECTED_AT_ONCE = 1_000
const COLLECT = { kind: 'images', key: '' } as const

export class Imaging {
  readonly #ledger: Ledger
  readonly #books: Books
  readonly #gate: Gate

  constructor(ledger: Ledger, books: Books, gate: Gate) {
    this.#ledger = ledger
    this.#books = books
    this.#gate = gate
  }

  /** May this caller upload at all? Asked before a body of megabytes is read. */
  admit(caller: Caller): Outcome<null> {
    return this.#gate.admit(caller, 'admin', this.#ledger.now()) ?? this.#full(0) ?? ok(null)
  }

  /** Writes an upload down. Its bytes are stored next; should that fail, the row is collected like any unused image. */
  start(caller: Caller, image: { key: string; bytes: number }): Outcome<null> {
    return this.#ledger.decide((decision) => {
      const refusal = this.#gate.admit(caller, 'admin', decision.now) ?? this.#full(image.bytes)
      if (refusal) return refusal
      this.#books.images.add({ ...image, now: decision.now })
      this.#collectLater(decision)
      return ok(null)
    })
  }

  #full(more: number): Refusal<'image_quota_reached'> | null {
    const { count, bytes } = this.#books.images.totals()
    if (count < IMAGES_MAX && bytes + more <= BYTES_MAX) return null
    return no('image_quota_reached', { images: count, imagesMax: IMAGES_MAX, bytes, bytesMax: BYTES_MAX })
  }

  /** An image of another project is not this one's to show, nor to delete; nor is one that was collected. */
  foreign(images: readonly string[]): Refusal<'invalid_request'> | null {
    const { projectId, mode } = this.#books.settings.require()
    const index = images.findIndex(
      (key) =>
        !key.startsWith(`${projectId}/${mode[0]}`) || !(this.#books.images.has(key) || this.#books.products.shows(key)),
    )
    return index === -1
      ? null
      : no('invalid_request', {
          message: `images.${index} must be the key of an image uploaded to this project in this mode. One that no product shows is kept for a day.`,
        })
  }

  /** The products were saved: these images are shown by one now, or by none. */
  see(images: readonly string[], decision: Decision): void {
    for (const key of new Set(images)) {
      const isUsed = this.#books.products.shows(key)
      this.#books.images.mark({ key, isUsed, now: decision.now })
      if (!isUsed) this.#collectLater(decision)
    }
  }

  /** A product is gone for good, and with it the images that no other shows. */
  drop(images: readonly string[], decision: Decision): void {
    const unused = [...new Set(images)].filter((key) => !this.#books.products.shows(key))
    for (const key of unused) this.#books.images.remove(key)
    this.#oweRemoval(unused, decision)
  }

  /** Removes what nothing has used for a day; comes back for what is left. */
  collect(decision: Decision): void {
    const unused = this.#books.images.takeUnused(decision.now - UNUSED_MS, COLLECTED_AT_ONCE)
    this.#oweRemoval(unused, decision)
    const first = this.#books.images.firstUnused()
    if (first !== null) this.#ledger.setTimer({ ...COLLECT, at: first + UNUSED_MS })
  }

  /** Each decision owes its own removal: the rows are gone, so the payload is the only list there is. */
  #oweRemoval(keys: readonly string[], decision: Decision): void {
    if (keys.length > 0) this.#ledger.owe({ kind: 'images', key: String(decision.revision), payload: keys }, decision)
  }

  #collectLater(decision: Decision): void {
    if (!this.#ledger.timers.has(COLLECT)) this.#ledger.setTimer({ ...COLLECT, at: decision.now + UNUSED_MS })
  }
}
