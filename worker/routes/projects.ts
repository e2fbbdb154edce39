/** The projects of an account. */

import { modesOf, type Holding } from '../../objects/holdings.ts'
import {
  ProjectDeletion,
  ProjectExport,
  ProjectInput,
  ProjectPatch,
  TestModeDeletion,
} from '../../sdk/schema/project.ts'
import { json, need, parseQuery, readJson, refuse } from '../http.ts'
import type { Link } from '../../objects/links.ts'
import type { Project } from '../../sdk/schema/answers/projects.ts'
import type { Said } from '../../sdk/schema/answers/words.ts'
import type { Mode } from '../../sdk/schema/common.ts'
import { makePublishableKey, newProjectId } from '../keys.ts'
import type { Env } from '../env.ts'
import { createOwn, derivedFrom } from '../projects.ts'
import { readinessOf } from './connections.ts'
import type { SeatedCall } from '../router.ts'
import { accountAt, projectAt } from '../stub.ts'
import * as exporting from './export.ts'
import { idempotencyKeyOf } from './usage.ts'

/** Everything of one project in one mode, streamed, as `GET /api/export` does. */
export async function exportOne({ url, seat, ...call }: SeatedCall): Promise<Response> {
  const { projectId, mode, ...query } = parseQuery(url, ProjectExport)
  need(await accountAt(call.env, seat.platformId).project(projectId))
  const asked = new URL(url)
  asked.search = new URLSearchParams(query).toString()
  const caller = { via: 'member', platformId: seat.platformId, token: null, asserts: null } as const
  return exporting.whole({ ...call, url: asked, projectId, mode, caller })
}

/** Born in test mode, with its keys. The secret is shown in this answer only; the same Idempotency-Key shows it again. */
export async function create(call: SeatedCall): Promise<Response> {
  const { request, env, seat } = call
  const input = await readJson(request, ProjectInput)
  const key = idempotencyKeyOf(request, undefined)
  const { platformId } = seat
  const made = key === undefined ? { projectId: newProjectId() } : await derivedFrom(`${platformId}/${key}`, env)
  const { publishableKey, secretKey } = await createOwn({ ...input, ...made, platformId }, env)
  const project = await shown(need(await accountAt(env, platformId).project(made.projectId)), call)
  return json({ project, keys: { test: { publishableKey, secretKey } } }, { status: 201 })
}

export async function list(call: SeatedCall): Promise<Response> {
  const account = accountAt(call.env, call.seat.platformId)
  const [holdings, connections] = await Promise.all([account.projects(), account.connections()])
  return json({
    projects: await Promise.all(holdings.map((holding) => toPublicProject(holding, connections, call.env))),
  })
}

export async function get(call: SeatedCall): Promise<Response> {
  const { params, env, seat } = call
  const holding = need(await accountAt(env, seat.platformId).project(params['projectId'] ?? ''))
  return json({ project: await shown(holding, call) })
}

export async function update(call: SeatedCall): Promise<Response> {
  const { request, params, env, seat } = call
  const patch = await readJson(request, ProjectPatch)
  const holding = need(await accountAt(env, seat.platformId).changeProject(params['projectId'] ?? '', patch))
  return json({ project: await shown(holding, call) })
}

/**
 * Deletes a project in every mode, with all its data. Refuses to leave paying customers behind unsaid: the caller says
 * whether their subscriptions end or go on at Stripe.
 */
export async function remove(call: SeatedCall): Promise<Response> {
  const { request, params, env, seat } = call
  const projectId = params['projectId'] ?? ''
  const { confirm, cancelSubscriptions } = await readJson(request, ProjectDeletion)
  const account = accountAt(env, seat.platformId)
  const holding = need(await account.project(projectId))
  if (confirm !== holding.name)
    refuse('not_confirmed', { message: `Send {"confirm": "${holding.name}"} to delete it.` })
  if (cancelSubscriptions === undefined && holding.liveAt !== null) {
    const subscriptions = await projectAt(env, { projectId, mode: 'live' }).liveSubscriptions()
    if (subscriptions > 0) refuse('subscriptions_live', { subscriptions })
  }
  const wish = { cancelSubscriptions: cancelSubscriptions ?? false }
  return json({ project: await shown(need(await account.deleteProject(projectId, wish)), call) }, { status: 202 })
}

async function shown(holding: Holding, { env, seat }: SeatedCall) {
  return toPublicProject(holding, await accountAt(env, seat.platformId).connections(), env)
}

/** Deletes test mode with all its data, once live mode has all that was taken over from it. */
export async function removeTest(call: SeatedCall): Promise<Response> {
  const { request, params, env, seat } = call
  const projectId = params['projectId'] ?? ''
  const { confirm } = await readJson(request, TestModeDeletion)
  const account = accountAt(env, seat.platformId)
  const holding = need(await account.project(projectId))
  if (confirm !== holding.name)
    refuse('not_confirmed', { message: `Send {"confirm": "${holding.name}"} to delete it.` })
  if (holding.liveAt === null) refuse('not_live')
  const { done, total } = await projectAt(env, { projectId, mode: 'live' }).promotionProgress()
  if (done < total) refuse('promotion_under_way', { done, total })
  return json({ project: await shown(need(await account.deleteTestMode(projectId)), call) }, { status: 202 })
}

async function toPublicProject(
  holding: Holding,
  connections: Record<Mode, Link | null>,
  env: Env,
): Promise<Said<typeof Project>> {
  const { projectId } = holding
  const modes = modesOf(holding)
  const keys = await Promise.all(
    modes.map(async (mode) => [mode, await makePublishableKey({ projectId, mode }, env.KEY_SECRET)]),
  )
  return {
    ...holding,
    modes,
    publishableKeys: Object.fromEntries(keys) as Record<string, string>,
    payments: Object.fromEntries(modes.map((mode) => [mode, readinessOf(connections[mode])])),
  }
}
