/** One metered use, made by this app's own server, which counts it first. */

import { askOwn } from './own'

export interface Cover {
  readonly sentence: string
  readonly svg: string
}

/** `key` names this one wish: the same for every try of it. Throws `limit_reached`, and then nothing was counted. */
export const makeCover = (sentence: string, key: string): Promise<Cover> => askOwn('/api/cover', { sentence, key })
