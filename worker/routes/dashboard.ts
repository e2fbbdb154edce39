/** The project in figures, for its own backend. */

import { json, need } from '../http.ts'
import type { KeyedCall } from '../router.ts'
import { projectAt } from '../stub.ts'

export async function get({ env, caller, ...address }: KeyedCall): Promise<Response> {
  return json(need(await projectAt(env, address).dashboard(caller)))
}

export async function totals({ env, caller, ...address }: KeyedCall): Promise<Response> {
  return json(need(await projectAt(env, address).totals(caller)))
}
