/** Once a day Stripe is asked what it could not tell us, from the first sale on: a refund may come years after it. */

import type { Decision } from './actor.ts'
import type { Ledger } from './books.ts'

const SWEEP = { kind: 'sweep', key: '' } as const
const SWEEP_EVERY_MS = 86_400_000

/** Something was sold. */
export function sweepFromNowOn(ledger: Ledger, decision: Decision): void {
  if (!ledger.timers.has(SWEEP)) ledger.setTimer({ ...SWEEP, at: decision.now + SWEEP_EVERY_MS })
}

export function sweep(ledger: Ledger, decision: Decision): void {
  ledger.owe({ kind: 'stripe.sweep', key: '' }, decision)
  ledger.setTimer({ ...SWEEP, at: decision.now + SWEEP_EVERY_MS })
}
