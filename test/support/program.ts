/**
 * Runs other programs without holding up this one: a test that stands still for seconds finds its connections to the
 * server closed, and its next call fails.
 */

import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const execute = promisify(execFile)

/** What it says; rejects with all of it when it fails. */
export async function program(
  [command = '', ...words]: readonly string[],
  at: { cwd?: string; env?: NodeJS.ProcessEnv } = {},
): Promise<string> {
  const { stdout } = await execute(command, words, { ...at, encoding: 'utf8', maxBuffer: 16 * 1024 * 1024 })
  return stdout
}

/** What the compiler has to say; nothing, if all is well. */
export const complaintsOf = (compiling: Promise<string>): Promise<string> =>
  compiling.catch(({ stdout = '', stderr = '', message }: Partial<Record<'stdout' | 'stderr', string>> & Error) =>
    stdout + stderr === '' ? message : stdout + stderr,
  )
