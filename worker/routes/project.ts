/** The settings of a project. */

import { SettingsPatch } from '../../sdk/schema/project.ts'
import { json, need, readJson } from '../http.ts'
import type { KeyedCall } from '../router.ts'
import { projectAt } from '../stub.ts'

export async function get({ env, caller, ...address }: KeyedCall): Promise<Response> {
  return json({ project: need(await projectAt(env, address).getProject(caller)) })
}

export async function update({ request, env, caller, ...address }: KeyedCall): Promise<Response> {
  const patch = await readJson(request, SettingsPatch)
  return json({ success: true, project: need(await projectAt(env, address).updateProject(caller, patch)) })
}
