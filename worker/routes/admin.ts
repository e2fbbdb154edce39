/** For ourselves: every account in figures, and the rebuild of the reports. Behind Cloudflare Access. */

import { modesOf } from '../../objects/holdings.ts'
import { AdminQuery, RebuildInput } from '../../sdk/schema/admin.ts'
import { provePersonnel } from '../access.ts'
import { listAccounts, totalsOfAccounts } from '../accounts.ts'
import { json, need, parseQuery, readJson, refuse } from '../http.ts'
import { isPlatformId } from '../keys.ts'
import { adminPage } from '../pages/admin.ts'
import { rebuild, rebuildAfter } from '../rebuild.ts'
import type { Call } from '../router.ts'
import { accountAt, projectAt } from '../stub.ts'
import { toPublicAccount } from './account.ts'

/** A route that opens to those whom Access has let through. What changes something is asked for by no other page. */
export const guarded =
  (handle: (call: Call) => Promise<Response>) =>
  async (call: Call): Promise<Response> => {
    await provePersonnel(call.request, call.env)
    const origin = call.request.headers.get('Origin')
    if (call.request.method !== 'GET' && origin !== null && origin !== call.url.origin) refuse('access_required')
    return handle(call)
  }

export const page = async (): Promise<Response> => adminPage()

export async function accounts({ url, env }: Call): Promise<Response> {
  return json(await listAccounts(parseQuery(url, AdminQuery), env))
}

export async function totals({ env }: Call): Promise<Response> {
  return json({ totals: await totalsOfAccounts(env) })
}

/** One account as its own objects know it: how it stands, its projects, and what they could not deliver so far. */
export async function account({ params, env }: Call): Promise<Response> {
  const platformId = params['platformId'] ?? ''
  const of = accountAt(env, platformId)
  if (!(await isPlatformId(platformId, env.KEY_SECRET)) || !(await of.isFounded())) return refuse('account_not_found')
  const [profile, holdings, stuck] = await Promise.all([of.profile(), of.projects(), of.stuck()])
  const projects = await Promise.all(
    holdings.map(async (holding) => ({
      ...holding,
      modes: await Promise.all(
        modesOf(holding).map(async (mode) => {
          const project = projectAt(env, { projectId: holding.projectId, mode })
          const [customers, waiting] = await Promise.all([project.customerCount(), project.stuck()])
          return { mode, customers, stuck: waiting }
        }),
      ),
    })),
  )
  return json({ account: toPublicAccount(need(profile)), stuck, projects })
}

/** Has the next accounts tell the reports everything; asked again with `next` until that is null. */
export async function rebuildMirror({ request, env }: Call): Promise<Response> {
  const { accounts: named, after } = await readJson(request, RebuildInput)
  if (named === undefined) return json(await rebuildAfter(after, env), { status: 202 })
  for (const platformId of named) if (!(await isPlatformId(platformId, env.KEY_SECRET))) refuse('account_not_found')
  return json(await rebuild(named, env), { status: 202 })
}
