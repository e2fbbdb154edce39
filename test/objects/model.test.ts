import { it } from 'vitest'
import { holdTime } from '../support/time.ts'
import { aSeed, calmDeeds, hold } from './model/deeds.ts'

holdTime()

it('[U1] [U3] [U4] [U5] [U6] [K2] [W3] does what the model does, whatever happens in whatever order', async () => {
  await hold(calmDeeds, { numRuns: 200, seed: aSeed() })
})
