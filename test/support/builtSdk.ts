/** The package as it is published, built once however many suites ask for it at a time: a build takes the last one away. */

import { existsSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { program } from './program.ts'

const sdk = resolve(import.meta.dirname, '../../sdk')
const LOCK = resolve(import.meta.dirname, '../../.generated/sdk.lock')
/** The build writes it last. */
const LAST = join(sdk, 'dist/cjs/package.json')
const GIVEN_UP_MS = 60_000
const LOOK_EVERY_MS = 50

export async function buildSdk(): Promise<void> {
  await lock()
  try {
    if (!isFresh()) await program([process.execPath, join(sdk, 'build.ts')])
  } finally {
    rmSync(LOCK, { recursive: true })
  }
}

/** A folder can be made once. One that a killed run left behind is nobody's. */
async function lock(): Promise<void> {
  mkdirSync(resolve(LOCK, '..'), { recursive: true })
  for (;;) {
    try {
      return void mkdirSync(LOCK)
    } catch {
      const since = statSync(LOCK, { throwIfNoEntry: false })?.mtimeMs ?? Date.now()
      if (Date.now() - since > GIVEN_UP_MS) rmSync(LOCK, { recursive: true, force: true })
      await wait(LOOK_EVERY_MS)
    }
  }
}

const isFresh = (): boolean => existsSync(LAST) && newestIn(sdk) <= statSync(LAST).mtimeMs

const newestIn = (folder: string): number =>
  Math.max(
    0,
    ...readdirSync(folder, { withFileTypes: true })
      .filter(({ name }) => name !== 'dist' && name !== 'node_modules')
      .map((entry) => {
        const path = join(folder, entry.name)
        return entry.isDirectory() ? newestIn(path) : statSync(path).mtimeMs
      }),
  )
