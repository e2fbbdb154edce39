/** What `.env` and `.env.local` of a folder say, as far as every tool reads them alike: one `NAME=value` a line. */

import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const LINE = /^\s*(?:export\s+)?([A-Za-z_]\w*)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^#]*?))\s*(?:#.*)?$/

/** The second file wins. */
export function readEnv(folder: string): Record<string, string> {
  const lines = ['.env', '.env.local'].flatMap((name) => {
    const path = join(folder, name)
    return existsSync(path) ? readFileSync(path, 'utf8').split(/\r?\n/) : []
  })
  return Object.fromEntries(
    lines.flatMap((line) => {
      const [, name, double, single, bare] = LINE.exec(line) ?? []
      return name === undefined ? [] : [[name, double ?? single ?? bare ?? '']]
    }),
  )
}
