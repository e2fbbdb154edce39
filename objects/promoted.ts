/** A project that is promoted from test mode to live mode: what is read there and taken over here. */

import { Designing } from './designing.ts'
import { Imaging } from './imaging.ts'
import { Leaving } from './leaving.ts'

export abstract class Promoted<Env = unknown> extends Leaving<Env> {
  protected readonly imaging = new Imaging(this.ledger, this.books, this.gate)
  protected readonly designing = new Designing(this.ledger, this.books, { imaging: this.imaging, moving: this.moving })

  design() {
    return this.designing.read()
  }
  applyDesign(promotion: Parameters<Designing['apply']>[0]) {
    return this.designing.apply(promotion)
  }
  promotionProgress() {
    return this.designing.progress()
  }
  pricesTask(slug: string) {
    return this.designing.pricesTask(slug)
  }
  imageCopied(key: string, bytes: number): void {
    this.ledger.commit(() => this.books.images.measure(key, bytes))
  }
  settings() {
    return this.books.settings.require()
  }
  /** Does this secret key open the project? */
  hasSecret(hash: string): boolean {
    return this.books.keys.valid(hash, this.now()) !== null
  }
}
