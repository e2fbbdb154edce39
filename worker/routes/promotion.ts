/** From test mode to live mode: what it would do, doing it once, and taking over later changes. */

import { canonical, type Design, type ShelfStock } from '../../objects/design.ts'
import type { Promotion } from '../../sdk/schema/answers/projects.ts'
import type { Said } from '../../sdk/schema/answers/words.ts'
import { PromotionInput, PromotionPatch } from '../../sdk/schema/promotion.ts'
import type { Env } from '../env.ts'
import { json, need, readJson, refuse } from '../http.ts'
import { derivedText, makeSecretKey, randomText, SECRET_LENGTH, sha256Hex } from '../keys.ts'
import { createProject } from '../projects.ts'
import { differencesOf, stockFor } from '../promotion.ts'
import type { SeatedCall } from '../router.ts'
import { accountAt, projectAt } from '../stub.ts'
import { readinessOf } from './connections.ts'
import { idempotencyKeyOf } from './usage.ts'

const BODY_MAX_BYTES = 1024 * 1024
const REVISION_LENGTH = 32

const projectIdOf = ({ params }: SeatedCall): string => params['projectId'] ?? ''

interface Sides {
  readonly test: { design: Design; stock: ShelfStock }
  readonly live: Design | null
  /** Both designs in one word: what was looked at. */
  readonly revision: string
}

async function sidesOf(projectId: string, env: Env): Promise<Sides> {
  const [test, live] = await Promise.all([
    projectAt(env, { projectId, mode: 'test' }).design(),
    projectAt(env, { projectId, mode: 'live' }).design(),
  ])
  if (test === null) return refuse('project_not_found')
  const design = live?.design ?? null
  const revision = (await sha256Hex(canonical([test.design, design]))).slice(0, REVISION_LENGTH)
  return { test, live: design, revision }
}

/** What stands in the way, what would be made or changed in live, and what is still to be made at Stripe. */
export async function get(call: SeatedCall): Promise<Response> {
  return json({ promotion: await shown(call) })
}

async function shown(call: SeatedCall): Promise<Said<typeof Promotion>> {
  const { env } = call
  const projectId = projectIdOf(call)
  const { test, live, revision } = await sidesOf(projectId, env)
  return {
    projectId,
    isLive: live !== null,
    checks: await checksOf(test.design, call),
    differences: differencesOf(test.design, live),
    revision,
    progress: live === null ? null : await projectAt(env, { projectId, mode: 'live' }).promotionProgress(),
  }
}

/** What must be so before a project goes live, and what had better be. */
async function checksOf(test: Design, { env, seat }: SeatedCall) {
  const account = accountAt(env, seat.platformId)
  const [link, subscribed] = await Promise.all([account.connection('live'), account.subscriptionRuns()])
  const { chargesEnabled, reason } = readinessOf(link)
  const check = (name: string, required: boolean, problem: string | null) => ({
    check: name,
    required,
    ok: problem === null,
    problem,
  })
  const sells = test.tiers.some(({ archived }) => !archived) || test.products.some(({ archived }) => !archived)
  return [
    check('live_connection', true, chargesEnabled ? null : reason),
    check('subscription', true, subscribed ? null : 'No subscription to dream-api runs. Begin one under billing.'),
    check('allowed_origins', false, test.allowedOrigins.length > 0 ? null : 'No page may call: set allowed origins.'),
    check('something_to_sell', false, sells ? null : 'There is neither a tier nor a product on sale.'),
  ]
}

/**
 * Makes the live twin, once: pressed twice or at once, one press makes it. Its keys are shown to that press only; the same
 * Idempotency-Key shows them again.
 */
export async function promote(call: SeatedCall): Promise<Response> {
  const { request, env, seat } = call
  const projectId = projectIdOf(call)
  const { stock: choice } = await readJson(request, PromotionInput, BODY_MAX_BYTES)
  const key = idempotencyKeyOf(request, undefined)
  const secret = key === undefined ? randomText(SECRET_LENGTH) : await derivedSecret(call, key)
  const address = { projectId, mode: 'live' } as const
  const live = projectAt(env, address)
  const { hash } = await makeSecretKey(address, env.KEY_SECRET, secret)
  const account = accountAt(env, seat.platformId)
  const admitted = await account.beginPromotion(projectId)
  if (!admitted.ok && !(admitted.code === 'live_exists' && (await live.hasSecret(hash)))) need(admitted)
  const { test, live: present } = await sidesOf(projectId, env)
  const { name, type, allowedOrigins, automaticTax, accentColor, shop, tiers, products } = test.design
  const created = await createProject(
    {
      ...address,
      ...(admitted.ok ? admitted.value : { stripeAccount: null }),
      platformId: seat.platformId,
      secret,
      name,
      type,
      allowedOrigins: [...allowedOrigins],
      automaticTax,
      accentColor,
      shop,
      tiers: tiers.filter(({ archived }) => !archived).map(({ archived: _, ...tier }) => tier),
      shelf: { products, stock: present === null ? stockFor(test, null, choice) : {} },
    },
    env,
  )
  if (!(await live.hasSecret(hash))) return refuse('live_exists')
  need(await account.projectChecked(projectId, 'live', true))
  const { publishableKey, secretKey } = created
  return json({ promotion: await shown(call), keys: { live: { publishableKey, secretKey } } }, { status: 201 })
}

const derivedSecret = ({ seat, env, params }: SeatedCall, key: string): Promise<string> =>
  derivedText(`promotion ${seat.platformId}/${params['projectId']}/${key}`, SECRET_LENGTH, env.KEY_SECRET)

/** Takes over what has changed in test since, if nothing has changed since it was looked at. */
export async function update(call: SeatedCall): Promise<Response> {
  const { request, env } = call
  const projectId = projectIdOf(call)
  const { revision, subscribers, stock: choice } = await readJson(request, PromotionPatch, BODY_MAX_BYTES)
  const { test, live, revision: present } = await sidesOf(projectId, env)
  if (live === null) return refuse('not_live')
  if (revision !== present) return refuse('live_changed', { revision: present })
  const stock = stockFor(test, live, choice)
  need(
    await projectAt(env, { projectId, mode: 'live' }).applyDesign({
      seen: live,
      design: test.design,
      stock,
      subscribers,
    }),
  )
  return json({ promotion: await shown(call) })
}
