/** Builds the dashboard: for deployment, or with the sandbox's sign-in and clock for this machine. */

import { existsSync } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build } from 'vite'
import solid from 'vite-plugin-solid'

const root = import.meta.dirname
const DEPLOYED = join(root, 'dist')
const SANDBOX = resolve(root, '../.generated/dashboard')

export async function buildDashboard({ sandbox }: { sandbox: boolean }): Promise<string> {
  const outDir = sandbox ? SANDBOX : DEPLOYED
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
  const page = join(SANDBOX, 'index.html')
  if (existsSync(page)) {
    const [{ mtimeMs: builtAt }, changedAt] = await Promise.all([stat(page), newestIn(root, resolve(root, '../sdk'))])
    if (changedAt <= builtAt) return SANDBOX
  }
  return buildDashboard({ sandbox: true })
}

async function newestIn(...folders: string[]): Promise<number> {
  const names = await Promise.all(folders.map((folder) => readdir(folder, { recursive: true, withFileTypes: true })))
  const files = names.flat().filter((entry) => entry.isFile() && !/\/dist(\/|$)/.test(entry.parentPath))
  const times = await Promise.all(files.map(async (entry) => (await stat(join(entry.parentPath, entry.name))).mtimeMs))
  return Math.max(...times)
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await buildDashboard({ sandbox: false })
