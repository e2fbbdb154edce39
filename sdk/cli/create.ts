/** Makes an app from a template, with a project for it if a dream-api runs on this machine. */

import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { Wrong, type Command } from './command.ts'
import { makeSandboxProject } from './sandboxProject.ts'
import { TEMPLATES, writeTemplate } from './templates.ts'

const NAMES = Object.entries(TEMPLATES)
  .map(([name, { does }]) => `  ${name.padEnd(18)} ${does}`)
  .join('\n')

const HELP = `npx @dream-api/sdk create <folder> --template <name>

${NAMES}

  --key <pk_…>       the publishable key of your project
  --sandbox          make a project in the sandbox that runs on this machine, and fill its key in
  --api <address>    where dream-api runs; http://localhost:8787 with --sandbox, else the public deployment
  --sdk <version>    the version of @dream-api/sdk that the app asks for, or a file of it; the one you call when left out`

export const create: Command = {
  does: 'makes an app: a SaaS, a store or a membership',
  help: HELP,
  async run(words, shell) {
    const { values, positionals } = parseArgs({
      args: [...words],
      allowPositionals: true,
      options: {
        template: { type: 'string' },
        key: { type: 'string' },
        sandbox: { type: 'boolean' },
        api: { type: 'string' },
        sdk: { type: 'string' },
      },
    })
    const { template: wanted = '', sandbox = false, sdk = `^${version()}` } = values
    const [named, ...more] = positionals
    if (named === undefined || more.length > 0) throw new Wrong(`Name one folder.\n\n${HELP}`)
    const template = Object.hasOwn(TEMPLATES, wanted) ? TEMPLATES[wanted] : undefined
    if (template === undefined) throw new Wrong(`Choose one with --template:\n\n${NAMES}`)
    if (values.key !== undefined && !/^pk_(?:test|live)_/.test(values.key))
      throw new Wrong('--key takes a publishable key, pk_…. A secret key must never come near an app.')
    const folder = resolve(shell.folder, named)
    if (existsSync(folder) && readdirSync(folder).length > 0) throw new Wrong(`${named} is not empty.`)

    const baseUrl = values.api ?? (sandbox ? 'http://localhost:8787' : undefined)
    const name = basename(folder)
    const key = sandbox ? await makeSandboxProject({ name, type: template.type, baseUrl: baseUrl! }) : values.key
    writeTemplate(template, folder, { name: packageName(name), sdk })
    if (key !== undefined) writeFileSync(join(folder, '.env.local'), settings(template.env, key, baseUrl))
    shell.say(next(named, key !== undefined))
    return 0
  },
}

/** Of this package, which lies beside its command line. */
function version(): string {
  const { version } = JSON.parse(readFileSync(join(dirname(fileURLToPath(import.meta.url)), '../package.json'), 'utf8'))
  return String(version)
}

/** What npm takes for a name. */
const packageName = (name: string): string =>
  name
    .toLowerCase()
    .replaceAll(/[^a-z0-9-]+/g, '-')
    .replaceAll(/^-+|-+$/g, '') || 'app'

function settings(prefix: string, key: string, baseUrl: string | undefined): string {
  const lines = [`${prefix}_DREAM_PUBLISHABLE_KEY=${key}`, ...(baseUrl ? [`${prefix}_DREAM_API_URL=${baseUrl}`] : [])]
  return `${lines.join('\n')}\n`
}

const next = (folder: string, hasKey: boolean): string =>
  [
    `Made ${folder}. Now:`,
    '',
    `  cd ${folder}`,
    '  npm install',
    ...(hasKey ? [] : ['  cp .env.example .env.local    # and put your publishable key in']),
    '  npm run dev                   # http://localhost:3000',
    '',
    'Words, colours and pictures are in src/config.ts. AGENTS.md tells the rest.',
  ].join('\n')
