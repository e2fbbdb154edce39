/** What a project sells by subscription. */

import { json, need } from '../http.ts'
import type { KeyedCall } from '../router.ts'
import { projectAt } from '../stub.ts'

export async function list({ env, caller, ...address }: KeyedCall): Promise<Response> {
  return json({ tiers: need(await projectAt(env, address).listTiers(caller)) })
}
