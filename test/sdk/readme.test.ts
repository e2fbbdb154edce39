/** What the package's README names is there to be imported and to be run. */

import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, it } from 'vitest'
import { run } from '../../sdk/cli/run.ts'
import { aShell } from '../support/shell.ts'

const sdk = resolve(import.meta.dirname, '../../sdk')
const readme = readFileSync(join(sdk, 'README.md'), 'utf8')

it('imports what the entries export', async () => {
  const imports = [...readme.matchAll(/import \{ ([^}]+) \} from '@dream-api\/sdk(?:\/(\w+))?'/g)]
  expect(imports.length).toBeGreaterThan(5)
  for (const [, names, entry = 'index'] of imports) {
    const exported = (await import(join(sdk, `${entry}.ts`))) as object
    expect(Object.keys(exported)).toEqual(expect.arrayContaining(names!.split(', ')))
  }
})

it('calls commands by names and options that they have', async () => {
  const calls = [...readme.matchAll(/^npx @dream-api\/sdk (\w+)(.*?)(?: +#.*)?$/gm)]
  expect(calls.length).toBeGreaterThan(4)
  for (const [, command, words] of calls) {
    const shell = aShell()
    expect(await run([command!, '--help'], shell)).toBe(0)
    for (const [option] of words!.matchAll(/--\w+/g)) expect(shell.said(), command).toContain(option)
  }
})

it('names every entry', () => {
  const { exports } = JSON.parse(readFileSync(join(sdk, 'package.json'), 'utf8')) as { exports: object }
  for (const entry of Object.keys(exports))
    expect(readme).toContain(entry === '.' ? '@dream-api/sdk' : `/${entry.slice(2)}`)
})
