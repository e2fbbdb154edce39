/** Looks at a developer's own app in test mode, as its customers and its enemies would, and says what is wrong with it. */

import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { Wrong, type Command, type Shell } from './command.ts'
import { right, skipped, wrong, type Finding } from './finding.ts'
import { leaksInFolder, leaksInPage } from './secrets.ts'

const HELP = `npx @dream-api/sdk doctor --app http://localhost:3000 --build dist

  --app <address>    where your app runs; its page and the scripts of it are searched for secrets
  --build <folder>   what your build made for browsers, searched for secrets

It exits with 1 when something is wrong.`

export const doctor: Command = {
  does: 'tells whether your app is right about limits, retries, webhooks, tokens and secrets',
  help: HELP,
  async run(words, shell) {
    const { values } = parseArgs({
      args: [...words],
      options: { app: { type: 'string' }, build: { type: 'string' } },
    })
    const findings = [await noSecretIsOut(values, shell)]
    for (const finding of findings) shell.say(lineOf(finding))
    return findings.some(({ state }) => state === 'wrong') ? 1 : 0
  },
}

const MARKS = { right: '✓', wrong: '✗', skipped: '–' } as const
const lineOf = ({ check, state, says }: Finding): string => `${MARKS[state]} ${check.padEnd(8)} ${says}`

/** No secret may be where a browser reads. */
async function noSecretIsOut(
  { app, build }: { app?: string; build?: string },
  { env, folder }: Shell,
): Promise<Finding> {
  const known = [env['DREAM_API_SECRET_KEY'], env['DREAM_WEBHOOK_SECRET']].filter((secret) => secret !== undefined)
  if (app === undefined && build === undefined)
    return skipped('secrets', 'Name the folder of your build with --build, or your running app with --app.')
  const place = build === undefined ? null : resolve(folder, build)
  if (place !== null && !existsSync(place)) throw new Wrong(`There is no folder ${build}. Build your app first.`)
  const looks = [
    ...(place === null ? [] : [leaksInFolder(place, known)]),
    ...(app === undefined ? [] : [await leaksInPage(app, known)]),
  ]
  const leaks = looks.flatMap((look) => look.leaks)
  const files = looks.reduce((sum, look) => sum + look.files, 0)
  if (leaks.length === 0) return right('secrets', `No secret in ${files} files that a browser may read.`)
  const where = leaks.map((leak) => `${leak.shown} in ${leak.where}`).join(', ')
  return wrong('secrets', `Everybody can read ${where}. Rotate it, and use it on your server only.`)
}
