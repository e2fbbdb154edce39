/** Builds the dashboard: for deployment, or with the sandbox's sign-in and clock for this machine. */

import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build } from 'vite'
import solid from 'vite-plugin-solid'

const root = import.meta.dirname
const DEPLOYED = join(root, 'dist')
const GENERATED = resolve(root, '../.generated')
const PREFIX = 'dashboard-'
const OLD_MS = 24 * 3_600_000

export async function buildDashboard({
  sandbox,
  outDir = DEPLOYED,
}: {
  sandbox: boolean
  outDir?: string
}): Promise<string> {
  await build({
    root,
    configFile: false,
    logLevel: 'warn',
    plugins: [solid()],
    define: { SANDBOX: JSON.stringify(sandbox) },
    build: {
      outDir,
      emptyOutDir: true,
      target: 'es2022',
      modulePreload: { polyfill: false },
      assetsInlineLimit: 0,
      rolldownOptions: { checks: { pluginTimings: false } },
    },
  })
  return outDir
}

/**
 * The folder of the sandbox's build of the sources as they are. It is named by when they last changed, so that two who
 * build at once make the same, and nobody takes away what another serves.
 */
export async function buildIfStale(): Promise<string> {
  const changedAt = await newestIn(root, resolve(root, '../sdk'))
  const folder = join(GENERATED, `${PREFIX}${Math.ceil(changedAt)}`)
  if (existsSync(folder)) return folder
  await mkdir(GENERATED, { recursive: true })
  const outDir = await mkdtemp(join(GENERATED, 'building-'))
  await buildDashboard({ sandbox: true, outDir })
  await rename(outDir, folder).catch((error: unknown) => {
    if (!existsSync(folder)) throw error
  })
  await rm(outDir, { recursive: true, force: true })
  await forgetOld(folder)
  return folder
}

/** A build that is a day old serves nobody any more. */
async function forgetOld(present: string): Promise<void> {
  for (const name of await readdir(GENERATED)) {
    const folder = join(GENERATED, name)
    if (!name.startsWith(PREFIX) || folder === present) continue
    const made = await stat(folder).catch(() => null)
    if (made !== null && Date.now() - made.mtimeMs > OLD_MS) await rm(folder, { recursive: true, force: true })
  }
}

async function newestIn(...folders: string[]): Promise<number> {
  const names = await Promise.all(folders.map((folder) => readdir(folder, { recursive: true, withFileTypes: true })))
  const files = names.flat().filter((entry) => entry.isFile() && !/\/dist(\/|$)/.test(entry.parentPath))
  const times = await Promise.all(files.map(async (entry) => (await stat(join(entry.parentPath, entry.name))).mtimeMs))
  return Math.max(...times)
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await buildDashboard({ sandbox: false })
