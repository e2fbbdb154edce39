/** Where the command line begins: `npx @dream-api/sdk`. */

import { readEnv } from './env.ts'
import { run } from './run.ts'

process.exitCode = await run(process.argv.slice(2), {
  say: (line) => void process.stdout.write(`${line}\n`),
  folder: process.cwd(),
  env: { ...readEnv(process.cwd()), ...process.env },
})
