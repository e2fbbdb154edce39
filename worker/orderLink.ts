/** The address of one order for whoever bought it: it names the project and carries a tag, and opens nothing else. */

import type { Mode } from '../sdk/schema/common.ts'
import { tagOf, sameTag } from './keys.ts'
import type { Address } from './stub.ts'

const textOf = (orderId: string, { projectId, mode }: Address): string => `order:${mode}:${projectId}:${orderId}`

export async function orderUrl(
  orderId: string,
  address: Address,
  site: { origin: string; secret: string },
): Promise<string> {
  const tag = await tagOf(textOf(orderId, address), site.secret)
  return `${site.origin}/orders/${orderId}?key=${address.mode}_${address.projectId}${tag}`
}

/** Which project the link is for, or `null` when we never made it. */
export async function readOrderKey(orderId: string, key: string, secret: string): Promise<Address | null> {
  const match = /^(test|live)_([0-9a-z]{20})([0-9a-z]{13})$/.exec(key)
  if (match === null) return null
  const [, mode, projectId, tag] = match as unknown as [string, Mode, string, string]
  const address = { mode, projectId }
  return sameTag(tag, await tagOf(textOf(orderId, address), secret)) ? address : null
}
