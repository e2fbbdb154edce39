/** What a project sells by subscription: what everyone may see, and the editor of its owner. */

import { TierInput, TierOrder, TierPatch, TierPreview } from '../../sdk/schema/catalog.ts'
import { json, need, readJson } from '../http.ts'
import type { KeyedCall } from '../router.ts'
import { projectAt } from '../stub.ts'
import { attemptOf } from './usage.ts'

export async function list({ env, caller, ...address }: KeyedCall): Promise<Response> {
  return json({ tiers: need(await projectAt(env, address).listTiers(caller)) })
}

/** Every tier with its limits as they were written, its prices and who pays them; archived ones too. */
export async function listAll({ env, caller, ...address }: KeyedCall): Promise<Response> {
  return json({ tiers: need(await projectAt(env, address).allTiers(caller)) })
}

export async function create({ request, env, caller, ...address }: KeyedCall): Promise<Response> {
  const input = await readJson(request, TierInput)
  const added = await projectAt(env, address).addTier(caller, input, attemptOf(request, ['tier', input]))
  return json({ success: true, tier: need(added) }, { status: 201 })
}

/** Changes a tier. Stripe is told by the outbox, after our own row has moved. */
export async function update({ request, params, env, caller, ...address }: KeyedCall): Promise<Response> {
  const patch = await readJson(request, TierPatch)
  const changed = need(await projectAt(env, address).updateTier(caller, params['slug'] ?? '', patch))
  return json({ success: true, ...changed })
}

const setArchived =
  (archived: boolean) =>
  async ({ params, env, caller, ...address }: KeyedCall): Promise<Response> =>
    json({
      success: true,
      tier: need(await projectAt(env, address).archiveTier(caller, params['slug'] ?? '', archived)),
    })
export const archive = setArchived(true)
export const restore = setArchived(false)

export async function order({ request, env, caller, ...address }: KeyedCall): Promise<Response> {
  const { slugs } = await readJson(request, TierOrder)
  return json({ success: true, tiers: need(await projectAt(env, address).orderTiers(caller, slugs)) })
}

/** Who would be touched by a change, and how much money it is. Changes nothing. */
export async function preview({ request, params, env, caller, ...address }: KeyedCall): Promise<Response> {
  const change = await readJson(request, TierPreview)
  return json({ impact: need(await projectAt(env, address).previewTier(caller, params['slug'] ?? '', change)) })
}

/** How the moving of subscribers to the present price stands. */
export async function migration({ params, env, caller, ...address }: KeyedCall): Promise<Response> {
  return json({ migration: need(await projectAt(env, address).migrationOf(caller, params['slug'] ?? '')) })
}
