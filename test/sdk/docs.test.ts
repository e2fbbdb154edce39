/** Everything that the documentation shows is true: its scripts compile and print what they say, its commands answer so. */

import { execFile } from 'node:child_process'
import { resolve } from 'node:path'
import { promisify } from 'node:util'
import { beforeAll, describe, expect, it } from 'vitest'
import { useApp } from '../support/app.ts'
import { built, DOCS_TSCONFIG, programs, writeScripts } from '../support/docs.ts'

const app = useApp()
const run = promisify(execFile)
beforeAll(() => writeScripts())

/** Moving everybody's clock is the quicker the fewer there are; a message is verified by the time of this machine. */
const FIRST = ['testing', 'local', 'webhooks']
const inOrder = programs.toSorted((a, b) => FIRST.indexOf(b.page) - FIRST.indexOf(a.page))

/** What a reader has exported before they begin. */
async function aReader(): Promise<NodeJS.ProcessEnv> {
  const { publishableKey, secretKey } = await app().ok('POST', '/sandbox/projects', {
    body: { name: 'My app', type: 'saas' },
  })
  return {
    PATH: `${resolve(process.execPath, '..')}:${process.env['PATH']}`,
    DREAM_API_URL: app().server.url,
    DREAM_API_SECRET_KEY: secretKey,
    DREAM_API_PUBLISHABLE_KEY: publishableKey,
  }
}

/** Only what is always so: which fields there are, and of what kind. An answer may have gained others. */
function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.slice(0, 1).map(shapeOf)
  if (typeof value !== 'object' || value === null) return value === null ? 'null' : typeof value
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, shapeOf(inner)]))
}

it('every script compiles in a strict project', { timeout: 120_000 }, async () => {
  const tsc = resolve(import.meta.dirname, '../../node_modules/typescript/bin/tsc')
  const said = await run(process.execPath, [tsc, '-p', DOCS_TSCONFIG]).then(
    ({ stdout }) => stdout,
    ({ stdout }: { stdout: string }) => stdout,
  )
  expect(said).toBe('')
})

describe('what is shown is so', () => {
  it('and there is much of it', () => {
    expect(programs.flatMap(({ commands, prints }) => [...commands, ...prints]).length).toBeGreaterThan(50)
  })

  it.each(inOrder.map((program) => [program.page, program] as const))(
    '%s',
    { timeout: 240_000 },
    async (page, { script, prints, commands }) => {
      const env = commands.length === 0 ? {} : await aReader()
      for (const { code, answer } of commands) {
        const { stdout } = await run('bash', ['-euc', code], { env })
        if (answer !== null)
          expect(shapeOf(JSON.parse(stdout)), code).toMatchObject(shapeOf(JSON.parse(answer)) as object)
      }
      if (script === '') return
      const { stdout } = await run(process.execPath, [await built(page)], { env: await aReader() })
      expect(stdout.split('\n').filter((line) => line !== '')).toEqual(prints)
    },
  )
})
