/** What the dashboard gives a developer to paste is code that compiles against the client, whatever the project sells. */

import { execFile } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { promptOf } from '../../dashboard/components/prompt.ts'
import { partsOf, RECIPES, type Filled } from '../../dashboard/components/recipes.ts'
import { PROJECT_TYPES } from '../../sdk/schema/common.ts'

const run = promisify(execFile)
const root = resolve(import.meta.dirname, '../..')
const FOLDER = join(root, '.generated/recipes')
const SDK = { '': 'index', '/react': 'react', '/solid': 'solid', '/server': 'server' }

const filled = (type: Filled['type']): Filled => ({
  origin: 'https://dream.example',
  publishableKey: 'pk_test_abc',
  type,
  tier: 'gold',
  meter: 'words',
  variantId: 'var_1',
})

/** The parts of other people's packages that the recipes use; their own types are not installed here. */
const OTHERS = `
declare module 'cloudflare:workers' { export const env: { DREAM_API_SECRET_KEY: string } }
declare module 'hono' {
  type Handler = (c: { req: { raw: Request } }) => Response | Promise<Response>
  export class Hono {
    use(path: string, middleware: (c: { req: { raw: Request } }, next: () => Promise<void>) => unknown): void
    get(path: string, handler: Handler): void
    post(path: string, handler: Handler): void
  }
}
declare module 'express' {
  interface Asked { headers: Record<string, string>; body: any; protocol: string; get(name: string): string | undefined }
  interface Answer { json(body: unknown): unknown; status(code: number): Answer }
  interface App {
    use(middleware: unknown): void
    use(path: string, middleware: (request: Asked, response: Answer, next: (error?: unknown) => void) => unknown): void
    get(path: string, handler: (request: Asked, response: Answer) => unknown): void
    post(path: string, handler: (request: Asked, response: Answer) => unknown): void
    listen(port: number): void
  }
  const express: { (): App; json(): unknown }
  export default express
}
`

function write(): void {
  rmSync(FOLDER, { recursive: true, force: true })
  for (const type of PROJECT_TYPES)
    for (const { id } of RECIPES)
      for (const { file, code } of partsOf(id, filled(type)).filter((part) => /\.tsx?$/.test(part.file))) {
        const path = join(FOLDER, type, id, file.replace('app/', 'src/app/'))
        mkdirSync(resolve(path, '..'), { recursive: true })
        const jsx = `/** @jsxImportSource ${id === 'solid' ? 'solid-js' : 'react'} */\n`
        writeFileSync(path, file.endsWith('.tsx') ? jsx + code : code)
      }
  writeFileSync(join(FOLDER, 'others.d.ts'), OTHERS)
  const paths = Object.entries(SDK).map(([name, file]) => [`@dream-api/sdk${name}`, [join(root, 'sdk', `${file}.ts`)]])
  const compilerOptions = {
    lib: ['es2024', 'dom', 'dom.iterable', 'dom.asynciterable'],
    types: ['node', 'react'],
    jsx: 'react-jsx',
    paths: Object.fromEntries(paths) as object,
  }
  const include = ['./**/*.ts', './**/*.tsx']
  writeFileSync(
    join(FOLDER, 'tsconfig.json'),
    JSON.stringify({ extends: '../../tsconfig.json', compilerOptions, include }),
  )
}

describe('what is pasted into an app', () => {
  it('compiles in a strict project, for every framework and every type of project', async () => {
    write()
    const tsc = resolve(root, 'node_modules/typescript/bin/tsc')
    const said = await run(process.execPath, [tsc, '-p', FOLDER]).then(
      ({ stdout }) => stdout,
      ({ stdout }: { stdout: string }) => stdout,
    )
    expect(said).toBe('')
  })

  it('has the values of the project in it, and no secret', () => {
    for (const type of PROJECT_TYPES)
      for (const { id } of RECIPES) {
        const text = partsOf(id, filled(type)).reduce((all, { code }) => all + code, '')
        expect(text, `${type} ${id}`).toContain('https://dream.example')
        expect(text, `${type} ${id}`).not.toMatch(/undefined|sk_/)
        if (type === 'membership' && id !== 'vue') expect(text, `${type} ${id}`).toContain('gold')
        if (type === 'saas' && (id === 'next' || id === 'hono' || id === 'express')) expect(text).toContain("'words'")
      }
  })
})

describe('the prompt for a coding agent', () => {
  it('names what there is: project, keys that are public, tiers with limits and prices, products', () => {
    const prompt = promptOf({
      ...filled('store'),
      name: 'Acme',
      projectId: 'prj1',
      mode: 'test',
      tiers: [
        { slug: 'free', limits: { words: { limit: 100, period: 'month' } }, prices: [] },
        { slug: 'gold', limits: {}, prices: [{ interval: 'month', unitAmount: 1900, currency: 'usd' }] },
      ],
      products: [{ name: 'Candle', variants: [{ id: 'var_1', price: 1500, currency: 'usd' }] }],
    })
    for (const part of [
      'Acme (prj1)',
      'pk_test_abc',
      'free (100 words a month, free)',
      'gold ($19.00 a month)',
      'var_1 $15.00',
    ])
      expect(prompt).toContain(part)
    expect(prompt).not.toMatch(/sk_|undefined/)
  })
})
