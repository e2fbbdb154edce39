/** A folder for the length of a run: the first server that is built leaves its Workers there for all others. */

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'

export default async function setup({ config }: TestProject): Promise<(() => Promise<void>) | undefined> {
  if (config.watch) return undefined // sources change in mid-run
  const folder = await mkdtemp(join(tmpdir(), 'dream-api-builds-'))
  process.env['DREAM_BUILDS'] = folder
  return () => rm(folder, { recursive: true })
}
