/** A new app as a developer has it: made by the command line, built by its own settings, and open on a port. */

import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { run } from '../../sdk/cli/run.ts'
import { frameworkOf, type Shown } from './frameworks.ts'
import { aShell } from './shell.ts'

const root = resolve(import.meta.dirname, '../..')

export interface NewApp {
  readonly folder: string
  /** Answers what there is to complain of; nothing, if all is well. */
  build(): Promise<string>
  /** Shows what was built, and answers where. */
  open(): Promise<string>
  /** What the build made for browsers to run. */
  scripts(): readonly string[]
  close(): Promise<void>
}

/** Makes an app in a folder of its own. What it needs is lent by this repository: nothing is asked of a registry. */
export async function newApp(template: string, { key, api }: { key: string; api: string }): Promise<NewApp> {
  const folder = join(mkdtempSync(join(tmpdir(), 'dream-app-')), 'my-app')
  const shell = aShell({ folder: dirname(folder) })
  const code = await run(['create', 'my-app', '--template', template, '--key', key, '--api', api], shell)
  if (code !== 0) throw new Error(shell.said())
  lendPackages(folder)
  const framework = frameworkOf(folder)
  let shown: Shown | null = null
  return {
    folder,
    build: () => framework.build(folder),
    open: async () => {
      shown = await framework.show(folder)
      return shown.url
    },
    scripts: () => {
      const made = join(folder, framework.scripts)
      const paths = readdirSync(made, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.js'))
      return paths.map((path) => readFileSync(join(made, path), 'utf8'))
    },
    close: async () => {
      await shown?.close()
      rmSync(dirname(folder), { recursive: true })
    },
  }
}

/** The packages that the app names itself, and only those, so that one it forgot to name is missed. */
function lendPackages(folder: string): void {
  const { dependencies, devDependencies } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  for (const name of Object.keys({ ...dependencies, ...devDependencies })) {
    const from = name === '@dream-api/sdk' ? join(root, 'sdk') : join(root, 'node_modules', name)
    const to = join(folder, 'node_modules', name)
    mkdirSync(dirname(to), { recursive: true })
    if (existsSync(from)) symlinkSync(from, to)
  }
}
