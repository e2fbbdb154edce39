/** `npm start`: the whole product on this machine, with the demo seeded and three lines to paste. */

import { buildIfStale } from '../../dashboard/build.ts'
import { isPortTaken } from '../support/port.ts'
import { startServer } from '../support/server.ts'
import type { Demo } from './demo.ts'

const port = Number(process.env['PORT'] ?? 8787)
const stateDir = process.env['STATE_DIR'] ?? '.state'
if (!Number.isInteger(port) || port < 1 || port > 65_535) {
  console.error(`PORT must be a number from 1 to 65535, not "${process.env['PORT']}".`)
  process.exit(1)
}

const dashboard = await buildIfStale()
const server = await startServer({ port, stateDir, dashboard }).catch((error: unknown) => {
  console.error(isPortTaken(error) ? `Port ${port} is in use. Choose another: PORT=8788 npm start` : error)
  process.exit(1)
})
const demos = (await fetch(`${server.url}/sandbox/demo`).then((response) => response.json())) as Demo[]
console.log(welcome(server.url, demos))

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void server.stop().then(() => process.exit(0)))
}

function welcome(url: string, projects: readonly Demo[]): string {
  const saas = projects.find(({ type, secretKey }) => type === 'saas' && secretKey !== null)
  const rows = projects.map(
    ({ name, type, publishableKey, secretKey }) =>
      `  ${name} (${type})\n    ${publishableKey}\n    ${secretKey ?? '(you have replaced its secret key)'}`,
  )
  return `
dream-api is at ${url}   ·   dashboard: the same address in a browser   ·   sandbox and its controls: ${url}/sandbox   ·   state: ${stateDir}

Demo projects, test mode (all of it as JSON: ${url}/sandbox/demo)
${rows.join('\n')}
${saas === undefined ? '' : lines(url, saas)}
Stop with Ctrl+C.`
}

function lines(url: string, { publishableKey, secretKey }: Demo): string {
  return `
Try it
  curl ${url}/api/tiers -H 'X-Publishable-Key: ${publishableKey}'
  curl -X POST ${url}/api/data -H 'Authorization: Bearer ${secretKey}' -H 'X-User-Id: you'
  curl -X POST ${url}/api/create-checkout -H 'Authorization: Bearer ${secretKey}' -H 'X-User-Id: you' \\
    -H 'Content-Type: application/json' -d '{"tier":"pro","successUrl":"${url}/sandbox","cancelUrl":"${url}/sandbox"}'
`
}
