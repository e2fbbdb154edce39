/** `npm run dev`: the whole product, and what is edited is seen at once: the dashboard in its place, Worker and objects by a restart. */

import { watch } from 'node:fs'
import { resolve } from 'node:path'
import { createServer } from 'vite'
import solid from 'vite-plugin-solid'
import { buildWorkers, startServer } from '../support/server.ts'

const root = resolve(import.meta.dirname, '../..')
const port = Number(process.env['PORT'] ?? 8787)
const stateDir = process.env['STATE_DIR'] ?? '.state'
const origin = `http://localhost:${port}`
const WATCHED = ['objects', 'worker', 'sdk', 'test/sandbox', 'docs']
/** Editors write a file in several steps. */
const QUIET_MS = 150
/** Whatever is not a screen of the dashboard or a file of it, which has a folder `api` too. */
const BEHIND =
  '^/(?![^?]*[.]tsx?([?]|$))(api|account|webhook|orders|health|dashboard|sandbox|signin|signup|refresh|customer|admin|docs|llms|[.]well-known)'

async function startWorker() {
  const workers = await buildWorkers(resolve(root, 'test/sandbox/app.ts'))
  const server = await startServer({ port: port + 1, stateDir, workers, origin })
  await fetch(`${origin}/sandbox/demo`)
  return server
}

const page = await createServer({
  root: resolve(root, 'dashboard'),
  configFile: false,
  plugins: [solid()],
  define: { SANDBOX: 'true' },
  server: { port, strictPort: true, proxy: { [BEHIND]: { target: `http://localhost:${port + 1}`, ws: true } } },
})
await page.listen()
let worker = await startWorker()
console.log(`dream-api is at ${origin}   ·   sandbox: ${origin}/sandbox   ·   state: ${stateDir}   ·   Ctrl+C stops it`)

let timer: ReturnType<typeof setTimeout> | undefined
let restarting = Promise.resolve()
for (const folder of WATCHED)
  watch(resolve(root, folder), { recursive: true }, () => {
    clearTimeout(timer)
    timer = setTimeout(() => {
      restarting = restarting.then(restart)
    }, QUIET_MS)
  })

async function restart(): Promise<void> {
  try {
    await worker.stop()
    worker = await startWorker()
    console.log('Worker and objects are new.')
  } catch (error) {
    console.error(error, '\nMend it and save again.')
  }
}

for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => void Promise.all([page.close(), worker.stop()]).then(() => process.exit(0)))
