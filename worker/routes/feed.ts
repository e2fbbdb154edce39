/** The live feed: a one-time ticket first, then the socket. No token is ever in an address. */

import type { Code } from '../../sdk/schema/error.ts'
import { json, need, refuse } from '../http.ts'
import { makeTicket, readTicket } from '../keys.ts'
import type { Call, KeyedCall } from '../router.ts'
import { feedAt, projectAt } from '../stub.ts'

/** A secret key may hear everything, a page what is left on the shelf, and who names a customer what is their own too. */
export async function issueTicket({ url, env, caller, ...address }: KeyedCall): Promise<Response> {
  const { view } = need(await projectAt(env, address).admitListener(caller))
  const ticket = await makeTicket(address, env.KEY_SECRET)
  const { expiresAt } = await feedAt(env, address).admit(ticket, view)
  const socket = `${url.origin.replace(/^http/, 'ws')}/api/feed?ticket=${ticket}`
  return json({ ticket, expiresAt, view, url: socket }, { status: 201 })
}

export async function connect({ request, url, env }: Call): Promise<Response> {
  if (request.headers.get('Upgrade')?.toLowerCase() !== 'websocket') refuse('upgrade_required')
  const address = await readTicket(url.searchParams.get('ticket') ?? '', env.KEY_SECRET)
  if (address === null) return refuse('ticket_invalid')
  const response = await feedAt(env, address).fetch(request)
  return response.status === 101 ? response : refuse((response.headers.get('X-Refusal') ?? 'internal') as Code)
}
