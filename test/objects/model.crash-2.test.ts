import { it } from 'vitest'
import { holdTime } from '../support/time.ts'
import { aSeed, hold, roughDeeds } from './model/deeds.ts'

holdTime()

// Split over files: what a crash costs grows with the crashes of one file.
it('[D1] [D2] [U1] does what the model does, although its object is evicted and dies', async () => {
  await hold(roughDeeds, { numRuns: 15, seed: aSeed() })
})
