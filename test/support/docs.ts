/** The examples of the documentation as programs: the scripts and commands of each page, with what they are said to answer. */

import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { build } from 'esbuild'

const root = resolve(import.meta.dirname, '../..')
const SCRIPTS = join(root, '.generated/docs')
export const DOCS_TSCONFIG = join(SCRIPTS, 'tsconfig.json')

export interface Command {
  readonly code: string
  /** What it answers, as it is printed below it. */
  readonly answer: string | null
}

export interface Program {
  readonly page: string
  /** All `ts run` blocks of the page, or nothing. */
  readonly script: string
  /** What the script prints, line by line. */
  readonly prints: readonly string[]
  readonly commands: readonly Command[]
  /** What runs in a browser: compiled only. */
  readonly inPage: string
}

export const programs: readonly Program[] = readdirSync(join(root, 'docs'))
  .filter((name) => name.endsWith('.md'))
  .map((name) => {
    const text = readFileSync(join(root, 'docs', name), 'utf8')
    const script = [...text.matchAll(/^```ts run\n([\s\S]*?)^```/gm)].map(([, code]) => code!).join('\n')
    const commands = [...text.matchAll(/^```sh run\n([\s\S]*?)^```(?:\n\n```json answer\n([\s\S]*?)^```)?/gm)]
    return {
      page: name.replace('.md', ''),
      script,
      inPage: [...text.matchAll(/^```ts page\n([\s\S]*?)^```/gm)].map(([, code]) => code!).join('\n'),
      prints: [...script.matchAll(/\/\/ → (.*)$/gm)].map(([, line]) => line!),
      commands: commands.map(([, code, answer]) => ({ code: code!, answer: answer ?? null })),
    }
  })

const SDK = {
  '@dream-api/sdk/admin': 'admin.ts',
  '@dream-api/sdk/config': 'config.ts',
  '@dream-api/sdk': 'index.ts',
  '@dream-api/sdk/server': 'server.ts',
  '@dream-api/sdk/webhooks': 'webhooks.ts',
}
const paths = Object.fromEntries(Object.entries(SDK).map(([name, file]) => [name, join(root, 'sdk', file)]))

/** Writes every script, to be compiled as a strict project with a page's and a server's types would. */
export function writeScripts(): void {
  rmSync(SCRIPTS, { recursive: true, force: true })
  mkdirSync(SCRIPTS, { recursive: true })
  for (const { page, script, inPage } of programs) {
    if (script !== '') writeFileSync(join(SCRIPTS, `${page}.ts`), script)
    if (inPage !== '') writeFileSync(join(SCRIPTS, `${page}.page.ts`), inPage)
  }
  const compilerOptions = {
    lib: ['es2024', 'dom', 'dom.iterable', 'dom.asynciterable'],
    types: ['node'],
    noUnusedLocals: false,
    noUnusedParameters: false,
    paths: Object.fromEntries(Object.entries(paths).map(([name, file]) => [name, [file]])),
  }
  writeFileSync(DOCS_TSCONFIG, JSON.stringify({ extends: '../../tsconfig.json', compilerOptions, include: ['./*.ts'] }))
}

/** A script with the client in it, as Node runs it. */
export async function built(page: string): Promise<string> {
  const outfile = join(SCRIPTS, `${page}.mjs`)
  await build({
    entryPoints: [join(SCRIPTS, `${page}.ts`)],
    bundle: true,
    format: 'esm',
    platform: 'node',
    alias: paths,
    outfile,
    logLevel: 'warning',
  })
  return outfile
}
