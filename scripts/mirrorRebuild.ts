/**
 * `npm run mirror:rebuild`: has every account and project tell the reports everything, after their database was lost.
 *
 *   npm run mirror:rebuild                                     the `npm start` of this machine
 *   npm run mirror:rebuild -- --url https://api.example.com    a deployment
 *   npm run mirror:rebuild -- --account plt_…                  one account only; may be given several times
 *
 * A deployment asks Cloudflare Access: CF_ACCESS_CLIENT_ID and CF_ACCESS_CLIENT_SECRET of a service token that its policy
 * lets through. The sandbox gives a token of its own.
 */

import { parseArgs } from 'node:util'

interface Page {
  readonly accounts: number
  readonly projects: number
  readonly next: string | null
}

const { values } = parseArgs({
  options: {
    url: { type: 'string', default: 'http://localhost:8787' },
    account: { type: 'string', multiple: true },
  },
})
const base = values.url.replace(/\/$/, '')
const credentials = await accessHeaders()
const total = { accounts: 0, projects: 0 }
let after: string | null = ''
while (after !== null) {
  const page: Page = await post('/admin/mirror/rebuild', values.account ? { accounts: values.account } : { after })
  total.accounts += page.accounts
  total.projects += page.projects
  after = page.next
}
console.log(`${total.accounts} accounts and ${total.projects} projects are telling the reports everything.`)

async function accessHeaders(): Promise<Record<string, string>> {
  const { CF_ACCESS_CLIENT_ID: id, CF_ACCESS_CLIENT_SECRET: secret } = process.env
  if (id !== undefined && secret !== undefined) return { 'CF-Access-Client-Id': id, 'CF-Access-Client-Secret': secret }
  const response = await fetch(`${base}/sandbox/access/token`, { method: 'POST' }).catch(unreachable)
  if (!response.ok) return fail('Set CF_ACCESS_CLIENT_ID and CF_ACCESS_CLIENT_SECRET: this is no sandbox.')
  const { token } = (await response.json()) as { token: string }
  return { 'Cf-Access-Jwt-Assertion': token }
}

async function post(path: string, body: object): Promise<Page> {
  const headers = { 'Content-Type': 'application/json', ...credentials }
  const init = { method: 'POST', headers, body: JSON.stringify(body), redirect: 'manual' } as const
  const response = await fetch(base + path, init).catch(unreachable)
  if (response.status !== 202) return fail(`${path} answered ${response.status}: ${await response.text()}`)
  return (await response.json()) as Page
}

function unreachable(): never {
  return fail(`Nothing answers at ${base}.`)
}

function fail(message: string): never {
  console.error(message)
  process.exit(1)
}
