/** Does the app believe a plan only when a verified token, or the server, says so? */

import type { DreamAdmin } from '../../admin.ts'
import { claimsOf } from '../../token.ts'
import { Wrong } from '../command.ts'
import { right, skipped, wrong, type Finding } from './finding.ts'
import { forgeries } from './forge.ts'
import type { Caller, Patient, Target } from './patient.ts'

export interface Gated {
  readonly patient: Patient
  readonly target: Target
  readonly caller: Caller
  readonly admin: DreamAdmin
  /** The tier that opens it; the highest when not said. */
  readonly plan: string | undefined
  readonly publishableKey: string
}

const CHECK = 'plan'

/** Asks for what is paid for: before the customer has paid, with forged tokens after, and with their own. */
export async function planIsProved(of: Gated): Promise<Finding> {
  const { patient, target, caller, admin } = of
  const plan = await paidPlan(of)
  const { customer } = await admin.customers.get(caller.id)
  if (customer.plan !== plan) {
    const unpaid = await patient.call(target, await caller.token())
    if (unpaid.isServed) return wrong(CHECK, `A customer on ${customer.plan} was served what ${plan} pays for.`)
  }
  await admin.customers.update(caller.id, { plan })
  try {
    return (await believesNobody(of, plan)) ?? (await servesWhoPaid(of, plan))
  } finally {
    await admin.customers.update(caller.id, { plan: customer.grantedPlan ?? null })
  }
}

async function paidPlan({ admin, plan }: Gated): Promise<string> {
  const { tiers } = await admin.products.listTiers()
  const found = plan === undefined ? tiers.findLast(({ price }) => price > 0) : tiers.find(({ name }) => name === plan)
  if (found === undefined) throw new Wrong(plan ? `There is no tier ${plan}.` : 'The project sells no tier.')
  return found.name
}

/** The customer has the plan now: whoever believes a forged token serves. */
async function believesNobody(
  { patient, target, caller, publishableKey }: Gated,
  plan: string,
): Promise<Finding | null> {
  const genuine = await caller.token()
  const soon = Math.floor(Date.now() / 1000) + 3600
  const said = { plan, publishableKey, publicMetadata: { plan, publishableKey } }
  const claims = { ...claimsOf(genuine), sub: caller.id, ...said, exp: soon, forged: true }
  for (const { how, token } of await forgeries(genuine, claims, publishableKey)) {
    const answer = await patient.call(target, token)
    if (answer.isServed)
      return wrong(
        CHECK,
        `A forged token was believed: ${how}. Use withPlan(), or verify it by the keys at /.well-known/jwks.json.`,
      )
  }
  const told = await patient.call(target, null, { 'X-User-Id': caller.id, 'X-User-Plan': plan })
  if (told.isServed)
    return wrong(CHECK, 'Whoever says in X-User-Id or X-User-Plan who they are is believed. Believe a verified token.')
  return null
}

async function servesWhoPaid({ patient, target, caller }: Gated, plan: string): Promise<Finding> {
  const paid = await patient.call(target, await caller.token())
  if (paid.isServed) return right(CHECK, `Only who holds ${plan} is served; no forged token is believed.`)
  const why = patient.complaint(paid)
  return caller.isFresh
    ? wrong(CHECK, `A customer on ${plan} was refused, so nobody is served: ${why}`)
    : skipped(
        CHECK,
        `A customer on ${plan} was refused: the given token may be older than the plan. Give one of a customer who holds it. The app said ${why}`,
      )
}
