/** Does the app count on its server: no use beyond the limit, and none twice? */

import type { DreamAPI } from '../../index.ts'
import { right, skipped, wrong, type Finding } from './finding.ts'
import { newKey, type Caller, type Patient, type Target } from './patient.ts'

export interface Metered {
  readonly patient: Patient
  readonly target: Target
  readonly caller: Caller
  /** Speaks for the caller with the secret key. */
  readonly dream: DreamAPI
  readonly meter: string | undefined
}

const LOOKS = 8
const LOOK_EVERY_MS = 150

/** What is counted now. An app may count after it has answered, so that a count which should move is looked at again. */
async function usedAfter({ dream, meter }: Metered, before: number): Promise<number> {
  for (let looks = 1; ; looks += 1) {
    const { used } = await dream.usage.check({ meter })
    if (used !== before || looks === LOOKS) return used
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS))
  }
}

/** Uses up what the customer has left, and calls once more. */
export async function limitHolds(of: Metered): Promise<Finding> {
  const { patient, target, caller, dream, meter } = of
  const check = 'limit'
  const before = await dream.usage.check({ meter })
  if (before.remaining === 'unlimited')
    return skipped(check, `The plan ${before.plan} has no limit of ${before.meter}.`)
  if (before.remaining === 0) return skipped(check, 'The customer has nothing left. Take one who has.')
  const served = await patient.call(target, await caller.token())
  if (!served.isServed)
    return wrong(
      check,
      `A customer with ${before.remaining} ${before.meter} left was answered ${patient.complaint(served)}`,
    )
  const used = await usedAfter(of, before.used)
  if (used === before.used)
    return wrong(check, `A use was served and not counted: call usage.consume() on your server before you serve it.`)
  const { remaining } = await dream.usage.check({ meter })
  const rest = typeof remaining === 'number' && remaining > 0 ? remaining : 0
  const filling = rest === 0 ? null : await dream.usage.consume({ meter, quantity: rest })
  try {
    const refused = await patient.call(target, await caller.token())
    if (refused.isServed)
      return wrong(check, 'A customer with nothing left was served. Let consume() throw before you do the work.')
    return right(check, `Served while something is left, refused when nothing is: ${refused.says}`)
  } finally {
    if (filling !== null) await dream.usage.reverse(filling.id)
  }
}

/** Sends one call twice under one Idempotency-Key, as a page does whose first answer was lost. */
export async function retriesCountOnce(of: Metered): Promise<Finding> {
  const { patient, target, caller, dream, meter } = of
  const check = 'retries'
  const { used: before, remaining } = await dream.usage.check({ meter })
  if (remaining === 0) return skipped(check, 'The customer has nothing left. Take one who has.')
  const headers = { 'Idempotency-Key': newKey() }
  const token = await caller.token()
  const first = await patient.call(target, token, headers)
  const once = await usedAfter(of, before)
  if (!first.isServed)
    return skipped(check, `A second call says nothing: the first was answered ${patient.complaint(first)}`)
  if (once === before) return skipped(check, 'The first call was not counted, so a second says nothing.')
  await patient.call(target, token, headers)
  const twice = await usedAfter(of, once)
  if (twice !== once)
    return wrong(
      check,
      'One call sent twice under one Idempotency-Key was counted twice. Pass the key on: consume(input, { idempotencyKey }).',
    )
  return right(check, 'One call sent twice under one Idempotency-Key is counted once.')
}
