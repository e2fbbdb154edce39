/** The command line of the package: finds the command that is meant. Each command has a file of its own. */

import { DreamAPIException } from '../error.ts'
import { Wrong, type Command, type Shell } from './command.ts'
import { plan, pull, push } from './config/commands.ts'
import { create } from './create.ts'
import { doctor } from './doctor/doctor.ts'

const COMMANDS: Readonly<Record<string, Command>> = { create, doctor, pull, plan, push }

/** Runs what the words say; answers the exit code. */
export async function run(words: readonly string[], shell: Shell): Promise<number> {
  const [name = '--help', ...rest] = words
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined
  if (command === undefined) {
    const isAsked = ['help', '--help', '-h'].includes(name)
    shell.say(isAsked ? overview() : `There is no command ${name}.\n\n${overview()}`)
    return isAsked ? 0 : 2
  }
  if (rest.includes('--help') || rest.includes('-h')) {
    shell.say(command.help)
    return 0
  }
  return command.run(rest, shell).catch((error: unknown) => {
    const said = saidOf(error)
    if (said === null) throw error
    shell.say(said)
    return error instanceof DreamAPIException ? 1 : 2
  })
}

const overview = (): string =>
  [
    'npx @dream-api/sdk <command>',
    '',
    ...Object.entries(COMMANDS).map(([name, { does }]) => `  ${name.padEnd(8)} ${does}`),
    '',
    'npx @dream-api/sdk <command> --help says more.',
  ].join('\n')

/** What to tell the caller; `null` for a bug of ours, which keeps its stack. */
function saidOf(error: unknown): string | null {
  if (error instanceof DreamAPIException) return `${error.message} (${error.reason})`
  if (error instanceof Wrong) return error.message
  const isOfWords = String((error as { code?: unknown } | null)?.code).startsWith('ERR_PARSE_ARGS')
  return isOfWords ? (error as Error).message : null
}
