/** How a new app is built and shown, by the framework that it is made for. */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { build, preview } from 'vite'
import { onFreePort } from './port.ts'
import { complaintsOf, program } from './program.ts'

const modules = resolve(import.meta.dirname, '../../node_modules')

export interface Framework {
  /** Where the build leaves what browsers run. */
  readonly scripts: string
  /** As the app's own `npm run build` does. Answers what there is to complain of; nothing, if all is well. */
  build(folder: string): Promise<string>
  /** Shows what was built. */
  show(folder: string): Promise<Shown>
}

export interface Shown {
  readonly url: string
  close(): Promise<unknown>
}

export const frameworkOf = (folder: string): Framework => (existsSync(join(folder, 'vite.config.ts')) ? VITE : NEXT)

const settingsOf = (folder: string) =>
  ({ root: folder, configFile: join(folder, 'vite.config.ts'), logLevel: 'error' }) as const

const VITE: Framework = {
  scripts: 'dist/assets',
  build: async (folder) => {
    const tsc = join(modules, 'typescript/bin/tsc')
    const complaints = await complaintsOf(program([process.execPath, tsc, '-p', folder]))
    if (complaints === '') await build(settingsOf(folder))
    return complaints
  },
  show: async (folder) => {
    const server = await preview({ ...settingsOf(folder), preview: { port: 0 } })
    return { url: new URL(server.resolvedUrls?.local[0] ?? '').origin, close: () => server.close() }
  },
}

const next = join(modules, 'next/dist/bin/next')
/** Next takes `NODE_ENV` as it finds it, and that of a test is neither of its two. */
const env = { ...process.env, NODE_ENV: 'production', NEXT_TELEMETRY_DISABLED: '1' } as const

/** It would take every core for seconds from tests that watch the clock. */
const YIELDING = ['nice', '-n', '10']

const NEXT: Framework = {
  scripts: '.next/static',
  build: (folder) => {
    // The packages are lent from outside of the app, and Turbopack sees nothing outside of its root.
    writeFileSync(join(folder, 'next.config.mjs'), "export default { turbopack: { root: '/' } }\n")
    return complaintsOf(program([...YIELDING, process.execPath, next, 'build'], { cwd: folder, env }).then(() => ''))
  },
  show: (folder) => onFreePort((port) => start(folder, port)),
}

async function start(folder: string, port: number): Promise<Shown> {
  const words = [next, 'start', '--hostname', 'localhost', '--port', String(port)]
  const server = spawn(process.execPath, words, { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] })
  const ended = once(server, 'exit')
  let said = ''
  const ready = new Promise<void>((resolve) => {
    for (const stream of [server.stdout, server.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => {
        said += text
        if (said.includes('Ready in')) resolve()
      })
  })
  await Promise.race([ready, ended.then(() => Promise.reject(new Error(said)))])
  return {
    url: `http://localhost:${port}`,
    close: () => {
      server.kill()
      return ended
    },
  }
}
