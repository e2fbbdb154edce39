/** `npm start`, as somebody meets it in a terminal: what it prints works when pasted, and a kill loses nothing. */

import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { onFreePort } from '../support/port.ts'
import type { Body } from '../support/app.ts'

const folder = mkdtempSync(join(tmpdir(), 'start-'))
const script = new URL('../sandbox/serve.ts', import.meta.url).pathname
let running: ChildProcess

/** Starts it and answers what it says until it is ready, or until it gives up. */
async function start(port: number): Promise<string> {
  const environment = { ...process.env, PORT: String(port), STATE_DIR: folder }
  // A group of its own, so that workerd can be killed in the same moment.
  const child = spawn(process.execPath, [script], { env: environment, stdio: 'pipe', detached: true })
  running = child
  let said = ''
  await new Promise<void>((resolve) => {
    const hear = (chunk: unknown) => {
      said += String(chunk)
      if (said.includes('Stop with')) resolve()
    }
    child.stdout.on('data', hear)
    child.stderr.on('data', hear)
    child.once('exit', () => resolve())
  })
  return said
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'exit')
  process.kill(-child.pid!, 'SIGKILL')
  await gone
}

afterAll(async () => {
  await kill(running)
  rmSync(folder, { recursive: true, force: true })
})

/** What a shell would send for a line of curl. */
async function pasted(line: string): Promise<Body> {
  const words = [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare!)
  const after = (flag: string) => words.flatMap((word, at) => (word === flag ? [words[at + 1]!] : []))
  const headers = after('-H').map((header) => header.split(': ', 2) as [string, string])
  const [body] = after('-d')
  const method = after('-X')[0] ?? 'GET'
  const answer = await fetch(words[words.findIndex((word) => word.startsWith('http'))]!, {
    method,
    headers,
    ...(body === undefined ? {} : { body }),
  })
  expect(answer.status, line).toBe(200)
  return answer.json()
}

const title = 'prints addresses, demo keys and three curl lines that work, and goes on after kill -9 where it was'
it(title, { timeout: 240_000 }, async () => {
  let said = ''
  const port = await onFreePort(async (free) => {
    said = await start(free)
    if (said.includes('is in use')) throw new Error(said)
    return free
  })
  const url = `http://localhost:${port}`
  for (const part of [url, `${url}/sandbox`, `${url}/sandbox/demo`, folder]) expect(said).toContain(part)
  for (const type of ['saas', 'store', 'membership']) expect(said).toContain(`(${type})`)
  expect(said).not.toMatch(/warn|error|deprecat/i)
  const lines = said.replaceAll('\\\n', ' ').match(/^ *curl .*$/gm)!
  expect(lines).toHaveLength(3)
  const [tiers, use, checkout] = [await pasted(lines[0]!), await pasted(lines[1]!), await pasted(lines[2]!)]
  expect(tiers.tiers.map(({ slug }: Body) => slug)).toEqual(['free', 'pro'])
  expect(use.usage).toMatchObject({ used: 1, limit: 100 })
  expect((await fetch(checkout.url)).status).toBe(200)

  await kill(running)
  expect(await start(port)).toContain(url)
  expect((await pasted(lines[1]!)).usage).toMatchObject({ used: 2, limit: 100 })
  expect((await fetch(checkout.url)).status).toBe(200)
})
