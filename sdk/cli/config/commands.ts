/** A project as code: `pull` writes it down, `plan` tells what the file would change, `push` changes it. */

import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { DreamAdmin } from '../../admin.ts'
import { Wrong, type Command, type Shell } from '../command.ts'
import { changesTo, type Change } from './changes.ts'
import { FILE, readConfig } from './file.ts'
import { readPresent, toConfig, type Present } from './present.ts'
import { printChange, printConfig } from './print.ts'

const READS = 'It reads DREAM_API_SECRET_KEY, whose project and mode are meant, and DREAM_API_URL.'

export const pull: Command = {
  does: `writes your project down as ${FILE}`,
  help: `npx @dream-api/sdk pull [--force]

  --force   write over a ${FILE} that says something else

${READS}`,
  async run(words, shell) {
    const { values } = parseArgs({ args: [...words], options: { force: { type: 'boolean' } } })
    const path = join(shell.folder, FILE)
    const text = printConfig(toConfig(await readPresent(adminOf(shell))))
    const before = existsSync(path) ? readFileSync(path, 'utf8') : null
    if (before !== null && before !== text && values.force !== true)
      throw new Wrong(`There is a ${FILE} that says something else. See it with plan, or write over it with --force.`)
    writeFileSync(path, text)
    shell.say(before === text ? `${FILE} was right.` : `Wrote ${FILE}.`)
    return 0
  },
}

export const plan: Command = {
  does: `tells what ${FILE} would change`,
  help: `npx @dream-api/sdk plan

+ is made, ~ is changed, - is taken away. Sections and fields that the file leaves out are left alone.

${READS}`,
  async run(words, shell) {
    parseArgs({ args: [...words], options: {} })
    const { present, changes } = await look(adminOf(shell), shell)
    tell(changes, present, shell)
    return 0
  },
}

export const push: Command = {
  does: `changes your project to what ${FILE} says`,
  help: `npx @dream-api/sdk push [--destroy]

  --destroy   also take away what the file does not have: tiers, products and variants go off sale, endpoints are deleted

Who subscribes keeps the price they pay; an owner moves them in the dashboard. Without --destroy nothing is changed if
something would have to go. Doing it again changes nothing.

${READS}`,
  async run(words, shell) {
    const { values } = parseArgs({ args: [...words], options: { destroy: { type: 'boolean' } } })
    const admin = adminOf(shell)
    const { present, changes } = await look(admin, shell)
    tell(changes, present, shell)
    if (values.destroy !== true && changes.some(({ what }) => what === 'remove')) {
      shell.say('\nNothing was changed: say push --destroy to take away what is marked with -.')
      return 1
    }
    for (const change of changes) {
      const told = await change.make(admin)
      shell.say(`✓ ${change.name}${told === undefined ? '' : `. ${told}`}`)
    }
    return 0
  },
}

async function look(admin: DreamAdmin, shell: Shell): Promise<{ present: Present; changes: Change[] }> {
  const config = await readConfig(shell.folder)
  const present = await readPresent(admin)
  return { present, changes: changesTo(config, present) }
}

function tell(changes: readonly Change[], { project }: Present, shell: Shell): void {
  shell.say(`${project.name}, ${project.mode}`)
  shell.say(changes.length === 0 ? '  Nothing to change.' : changes.map(printChange).join('\n'))
}

function adminOf({ env }: Shell): DreamAdmin {
  const secretKey = env['DREAM_API_SECRET_KEY']
  if (!secretKey) throw new Wrong('Set DREAM_API_SECRET_KEY to a secret key of your project.')
  return new DreamAdmin({ secretKey, baseUrl: env['DREAM_API_URL'] })
}
