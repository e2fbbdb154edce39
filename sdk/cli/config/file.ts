/** Finds and reads `dream.config.ts`. A Node that reads no types borrows a compiler of the developer's project. */

import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { DreamConfig } from '../../config.ts'
import { Wrong } from '../command.ts'

export const FILE = 'dream.config.ts'
const NAMES = [FILE, 'dream.config.mts', 'dream.config.mjs', 'dream.config.js']
const SECTIONS = ['settings', 'shop', 'tiers', 'products', 'endpoints']

export async function readConfig(folder: string): Promise<DreamConfig> {
  const name = NAMES.find((one) => existsSync(join(folder, one)))
  if (name === undefined) throw new Wrong(`There is no ${FILE} here. npx @dream-api/sdk pull writes one.`)
  const { default: config } = (await load(join(folder, name))) as { default?: unknown }
  if (typeof config !== 'object' || config === null)
    throw new Wrong(`${name} says nothing: export default defineConfig({ … })`)
  const unknown = Object.keys(config).filter((section) => !SECTIONS.includes(section))
  if (unknown.length > 0) throw new Wrong(`${name} knows no ${unknown.join(', ')}. It has ${SECTIONS.join(', ')}.`)
  return config
}

async function load(path: string): Promise<object> {
  try {
    return await importFresh(path)
  } catch (error) {
    const { code } = error as { code?: unknown }
    if (code === 'ERR_UNKNOWN_FILE_EXTENSION') return importCompiled(path)
    if (code === 'ERR_MODULE_NOT_FOUND') throw new Wrong(`${(error as Error).message}\nnpm install @dream-api/sdk`)
    throw error
  }
}

const importFresh = (path: string): Promise<object> => import(`${pathToFileURL(path).href}?${Date.now()}`)

/** Beside the file, so that it imports what the file imports; and not left there. */
export async function importCompiled(path: string): Promise<object> {
  const compiled = join(dirname(path), `.dream.config.${process.pid}.mjs`)
  writeFileSync(compiled, withoutTypes(readFileSync(path, 'utf8'), path))
  try {
    return await importFresh(compiled)
  } finally {
    rmSync(compiled)
  }
}

interface Compilers {
  esbuild: { transformSync(code: string, options: object): { code: string } }
  typescript: { transpile(code: string, options: object): string }
}

function withoutTypes(code: string, path: string): string {
  const require = createRequire(path)
  const borrow = <Name extends keyof Compilers>(name: Name): Compilers[Name] | null => {
    try {
      return require(name) as Compilers[Name]
    } catch {
      return null // not installed there
    }
  }
  const esbuild = borrow('esbuild')
  if (esbuild !== null) return esbuild.transformSync(code, { loader: 'ts', format: 'esm' }).code
  const typescript = borrow('typescript')
  if (typescript?.transpile !== undefined) return typescript.transpile(code, { module: 'esnext', target: 'es2022' })
  throw new Wrong(`This Node reads no TypeScript. Use Node 22.18 or newer, or name the file dream.config.mjs.`)
}
