/** Making an app: which folder, which template, whose key. That the apps work is shown beside, in a browser. */

import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { run } from '../../../sdk/cli/run.ts'
import { TEMPLATES } from '../../../sdk/cli/templates.ts'
import { DreamAPI } from '../../../sdk/index.ts'
import { useApp } from '../../support/app.ts'
import { aShell } from '../../support/shell.ts'

const app = useApp()
const home = mkdtempSync(join(tmpdir(), 'dream-create-'))
afterAll(() => rmSync(home, { recursive: true }))

const create = async (...words: string[]) => {
  const shell = aShell({ folder: home })
  return { code: await run(['create', ...words], shell), said: shell.said() }
}
const read = (...path: string[]) => readFileSync(join(home, ...path), 'utf8')
/** The key in an app's settings. */
const keyOf = (folder: string) => /PUBLISHABLE_KEY=(\S+)/.exec(read(folder, '.env.local'))?.[1] ?? ''

describe.each(Object.keys(TEMPLATES))('%s', (template) => {
  it('comes with what its builder and a coding agent need, and no blank is left in it', async () => {
    expect((await create(template, '--template', template, '--key', 'pk_test_x')).code).toBe(0)
    const files = readdirSync(join(home, template), { recursive: true, encoding: 'utf8' })
    const needed = ['.env.example', '.gitignore', 'AGENTS.md', '.claude/commands/setup.md', '.claude/commands/pwa.md']
    expect(files).toEqual(expect.arrayContaining([...needed, 'package.json', 'src/config.ts']))
    expect(files).not.toContain('gitignore')
    for (const path of ['package.json', 'AGENTS.md', '.env.local']) expect(read(template, path)).not.toContain('{{')
    expect(JSON.parse(read(template, 'package.json')).name).toBe(template)
    expect(keyOf(template)).toBe('pk_test_x')
    expect(read(template, '.gitignore')).toContain('.env.local')
  })
})

it.each(['saas', 'store', 'membership'])('makes a %s project in the sandbox, and fills its key in', async (type) => {
  const [template = ''] = Object.entries(TEMPLATES).find(([, template]) => template.type === type) ?? []
  const { url } = app().server
  expect(await create(type, '--template', template, '--sandbox', '--api', url)).toMatchObject({ code: 0 })
  expect(read(type, '.env.local')).toContain(`_DREAM_API_URL=${url}\n`)
  const dream = new DreamAPI({ publishableKey: keyOf(type), baseUrl: url })
  const sold = type === 'store' ? dream.products.list() : dream.products.listTiers()
  expect(Object.values(await sold)[0].length).toBeGreaterThan(1)
})

it('says what is wrong, and then makes nothing', async () => {
  const [template] = Object.keys(TEMPLATES)
  const { code, said } = await create('none')
  expect([code, said]).toEqual([2, expect.stringContaining(template!)])
  for (const words of [[], ['none', '--template', 'nonsense'], ['none', 'more', '--template', template!]])
    expect((await create(...words)).code).toBe(2)
  const secret = await create('none', '--template', template!, '--key', 'sk_test_x')
  expect([secret.code, secret.said]).toEqual([2, expect.stringContaining('must never')])
  const nobody = await create('none', '--template', template!, '--sandbox', '--api', 'http://127.0.0.1:1')
  expect([nobody.code, nobody.said]).toEqual([2, expect.stringContaining('No sandbox answers')])
  expect(existsSync(join(home, 'none'))).toBe(false)
})

it('never writes into a folder that has something in it', async () => {
  writeFileSync(join(home, 'mine.txt'), 'mine')
  expect(await create('.', '--template', 'saas-react')).toEqual({ code: 2, said: '. is not empty.' })
  expect(read('mine.txt')).toBe('mine')
})
