/**
 * One metered use: counts it with the customer's own token, then does the work. A try whose answer was lost is made again
 * under its key and counts once. Work that costs you belongs on a server, which counts it first in the same way.
 */

import { drawCover } from './art'
import { config } from './config'
import { dream } from './dream'

export interface Cover {
  readonly sentence: string
  readonly svg: string
}

/** `key` names this one wish: the same for every try of it. Throws `limit_reached`, and then nothing was counted. */
export async function makeCover(sentence: string, key: string): Promise<Cover> {
  await dream.usage.consume({ meter: config.meter }, { idempotencyKey: key })
  return { sentence, svg: drawCover(sentence) }
}
