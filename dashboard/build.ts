/** Builds the dashboard: for deployment, or with the sandbox's sign-in and clock for this machine. */

import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build } from 'vite'
import solid from 'vite-plugin-solid'

const root = import.meta.dirname
const DEPLOYED = join(root, 'dist')
const SANDBOX = resolve(root, '../.generated/dashboard')

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

/** The folder of the sandbox's build, made anew when a source is younger than it. */
export async function buildIfStale(): Promise<string> {
  if (await isFresh()) return SANDBOX
  await mkdir(dirname(SANDBOX), { recursive: true })
  const outDir = await mkdtemp(`${SANDBOX}-`)
  await buildDashboard({ sandbox: true, outDir })
  // Two may build at once; whoever is second leaves alone what the first one serves already.
  if (!(await isFresh())) {
    await rm(SANDBOX, { recursive: true, force: true })
    await rename(outDir, SANDBOX).catch((error: unknown) => {
      if (!existsSync(SANDBOX)) throw error
    })
  }
  await rm(outDir, { recursive: true, force: true })
  return SANDBOX
}

async function isFresh(): Promise<boolean> {
  const page = join(SANDBOX, 'index.html')
  if (!existsSync(page)) return false
  const [{ mtimeMs: builtAt }, changedAt] = await Promise.all([stat(page), newestIn(root, resolve(root, '../sdk'))])
  return changedAt <= builtAt
}

async function newestIn(...folders: string[]): Promise<number> {
  const names = await Promise.all(folders.map((folder) => readdir(folder, { recursive: true, withFileTypes: true })))
  const files = names.flat().filter((entry) => entry.isFile() && !/\/dist(\/|$)/.test(entry.parentPath))
  const times = await Promise.all(files.map(async (entry) => (await stat(join(entry.parentPath, entry.name))).mtimeMs))
  return Math.max(...times)
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await buildDashboard({ sandbox: false })
