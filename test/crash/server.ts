/**
 * The product in a process of its own, so that it can be killed: Workers from two files, state in a folder, a fixed port.
 * Says `READY {node, workerd}` when it serves, `FAILED …` when it cannot. Miniflare would start workerd again if only workerd died.
 */

import { readFile } from 'node:fs/promises'
import { startServer } from '../support/server.ts'

const [port, stateDir, app, sandbox] = process.argv.slice(2) as [string, string, string, string]

const server = await startServer({
  port: Number(port),
  stateDir,
  workers: [await readFile(app, 'utf8'), await readFile(sandbox, 'utf8')],
}).catch((error: unknown) => {
  console.log(`FAILED ${String(error)}`)
  process.exit(1)
})
process.once('SIGTERM', () => void server.stop().then(() => process.exit(0)))
console.log(`READY ${JSON.stringify({ node: process.pid, workerd: await workerds() })}`)

/** The workerd processes that this process started itself. */
async function workerds(): Promise<number[]> {
  const children = await readFile(`/proc/${process.pid}/task/${process.pid}/children`, 'utf8')
  const pids = children.split(' ').filter(Boolean).map(Number)
  const names = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '')))
  return pids.filter((_, index) => names[index]?.startsWith('workerd'))
}
