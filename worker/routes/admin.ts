/** For ourselves: every account in figures, and the rebuild of the reports. Behind Cloudflare Access. */

import { RebuildInput } from '../../sdk/schema/admin.ts'
import { provePersonnel } from '../access.ts'
import { json, readJson, refuse } from '../http.ts'
import { isPlatformId } from '../keys.ts'
import { rebuild, rebuildAfter } from '../rebuild.ts'
import type { Call } from '../router.ts'

/** A route that opens to those whom Access has let through. What changes something is asked for by no other page. */
export const guarded =
  (handle: (call: Call) => Promise<Response>) =>
  async (call: Call): Promise<Response> => {
    await provePersonnel(call.request, call.env)
    const origin = call.request.headers.get('Origin')
    if (call.request.method !== 'GET' && origin !== null && origin !== call.url.origin) refuse('access_required')
    return handle(call)
  }

/** Has the next accounts tell the reports everything; asked again with `next` until that is null. */
export async function rebuildMirror({ request, env }: Call): Promise<Response> {
  const { accounts, after } = await readJson(request, RebuildInput)
  if (accounts === undefined) return json(await rebuildAfter(after, env), { status: 202 })
  for (const platformId of accounts) if (!(await isPlatformId(platformId, env.KEY_SECRET))) refuse('account_not_found')
  return json(await rebuild(accounts, env), { status: 202 })
}
