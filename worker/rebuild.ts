/** Fills the reports anew from what the objects hold: each is asked to tell everything, and does so by itself. */

import { modesOf } from '../objects/holdings.ts'
import type { Env } from './env.ts'
import { accountAt, projectAt, registryAt } from './stub.ts'

const ACCOUNTS_AT_ONCE = 10

export interface Rebuilt {
  readonly accounts: number
  readonly projects: number
  /** Where to go on; `null` when every account was asked. */
  readonly next: string | null
}

/** The next few of all accounts. */
export async function rebuildAfter(after: string, env: Env): Promise<Rebuilt> {
  const platformIds = await registryAt(env).page(after, ACCOUNTS_AT_ONCE)
  const asked = await rebuild(platformIds, env)
  return { ...asked, next: platformIds.length < ACCOUNTS_AT_ONCE ? null : platformIds.at(-1)! }
}

/** The accounts that are named. */
export async function rebuild(platformIds: readonly string[], env: Env): Promise<Rebuilt> {
  let projects = 0
  for (const platformId of platformIds) {
    const account = accountAt(env, platformId)
    await account.mirrorAnew()
    for (const holding of await account.projects()) {
      for (const mode of modesOf(holding)) {
        await projectAt(env, { projectId: holding.projectId, mode }).mirrorAnew()
        projects += 1
      }
    }
  }
  return { accounts: platformIds.length, projects, next: null }
}
