/** A guest's cart becomes an order with its stock held, and a hosted page to pay it on. */

import * as v from 'valibot'
import type { Caller } from '../../objects/caller.ts'
import { statusOf } from '../../objects/order.ts'
import { GuestKey } from '../../sdk/schema/common.ts'
import { CartInput } from '../../sdk/schema/order.ts'
import { json, need, parse, readJson } from '../http.ts'
import { orderUrl } from '../orderLink.ts'
import { placeOf } from '../place.ts'
import { randomText, sha256Hex } from '../keys.ts'
import { returnUrl } from '../returnUrl.ts'
import type { KeyedCall } from '../router.ts'
import { sell } from '../sale.ts'
import { projectAt } from '../stub.ts'
import { idempotencyKeyOf } from './usage.ts'

export async function checkout({ request, url, env, caller, ...rest }: KeyedCall): Promise<Response> {
  const { params: _, ...address } = rest
  const input = await readJson(request, CartInput)
  const wish = {
    ...input,
    newId: `ord_${randomText(20)}`,
    successUrl: returnUrl(request, input.successUrl, '/cart?success=true', 'successUrl'),
    cancelUrl: returnUrl(request, input.cancelUrl, '/cart?canceled=true', 'cancelUrl'),
    attempt: attemptOf(request, caller),
    address: caller.via === 'publishable' ? await addressOf(request) : null, // a server speaks for all of its buyers
  }
  const task = need(await projectAt(env, address).startOrder(caller, wish))
  const order = await sell(task, { env, address })
  return json({
    url: order.url,
    orderId: order.id,
    orderNumber: order.number,
    sessionId: order.sessionId,
    status: statusOf(order), // of a cart sent again it may be anything: it was paid meanwhile, or ended
    expiresAt: order.holdEndsAt,
    orderUrl: await orderUrl(order.id, address, { origin: url.origin, secret: env.KEY_SECRET }),
  })
}

/** The name of a cart that may be repeated. Each customer has names of their own; guests share theirs, so they must be chance. */
function attemptOf(request: Request, caller: Caller): string | null {
  const key = idempotencyKeyOf(request, undefined)
  if (key === undefined) return null
  if (caller.via !== 'publishable') return `${caller.via}:${key}`
  if (caller.token !== null) return `customer:${caller.token.userId}:${key}`
  parse(v.object({ 'Idempotency-Key': GuestKey }), { 'Idempotency-Key': key })
  return `${caller.via}:${key}`
}

/** Where a cart comes from, not to be read back: only to count the open carts of one place. */
async function addressOf(request: Request): Promise<string | null> {
  const place = placeOf(request)
  return place === null ? null : (await sha256Hex(place)).slice(0, 16)
}
