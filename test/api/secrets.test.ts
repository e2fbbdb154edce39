/** No secret leaves: not in the console of the server, not in an error [K4]. */

import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CLERK, STRIPE_SECRET_KEY, STRIPE_WEBHOOK_SECRET } from '../sandbox/keys.ts'
import { App, as, page, secret, type Body } from '../support/app.ts'
import { fault, LADDER, noFaults, postEvent, RETURNS, wantTier } from '../support/billing.ts'
import { onFreePort } from '../support/port.ts'
import { sandboxSettings } from '../support/server.ts'

let app: App
let server: ChildProcess
let folder: string
let output = ''

/** `npm start` as its user runs it, with all that it prints. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dream-'))
  const port = await onFreePort(start)
  const nowhere = () => Promise.reject(new Error('this server is another process'))
  app = new App({
    url: `http://localhost:${port}`,
    port,
    db: nowhere,
    images: nowhere,
    outside: nowhere,
    stop: nowhere,
  })
})

async function start(port: number): Promise<number> {
  output = ''
  const script = new URL('../sandbox/serve.ts', import.meta.url).pathname
  const environment = { ...process.env, PORT: String(port), STATE_DIR: folder, NODE_ENV: 'production' }
  server = spawn(process.execPath, [script], { env: environment, stdio: ['ignore', 'pipe', 'pipe'] })
  await new Promise<void>((resolve, reject) => {
    const hear = (chunk: unknown) => {
      output += String(chunk)
      if (output.includes('Stop with')) resolve()
    }
    server.stdout?.on('data', hear)
    server.stderr?.on('data', hear)
    server.once('exit', (code) => reject(new Error(`the server stopped with ${code}: ${output}`)))
  })
  return port
}

afterAll(async () => {
  const gone = once(server, 'exit')
  server.kill('SIGTERM')
  await gone
  await rm(folder, { recursive: true, force: true })
})

describe('secrets', () => {
  it('S23: neither the console nor an error says a key, a token, a password, a portal address or a body', async () => {
    const secrets: Record<string, string> = {}
    const errors: string[] = []
    const call = async (method: string, path: string, init: { headers?: Record<string, string>; body?: unknown }) => {
      const answer = await app.call(method, path, init)
      if (answer.status >= 400) errors.push(JSON.stringify(answer.body))
      return answer
    }
    const project = await app.project({ tiers: LADDER })
    secrets['secret key'] = project.secretKey
    const password = 'correct horse battery 9'
    secrets['password'] = password
    const body = { email: `k4@${project.projectId}.example`, password }
    const { customer } = await app.ok('POST', '/api/customers', { headers: secret(project), body })
    const token = await app.token(project, customer.id)
    secrets['token'] = token
    secrets['token signature'] = token.split('.')[2] ?? ''
    const forged = await app.token(project, customer.id, { claims: { iss: 'https://evil.example' } })
    secrets['forged token'] = forged
    const { ticket } = await app.ok('POST', '/api/feed/tickets', { headers: secret(project) })
    secrets['ticket'] = ticket
    const checkout = await wantTier(app, project, customer.id, 'pro')
    await app.pay(checkout.sessionId)
    const returns = { returnUrl: RETURNS.successUrl }
    const portal = await app.ok('POST', '/api/customer-portal', { headers: as(project, customer.id), body: returns })
    secrets['portal session'] = new URL(portal.url).pathname.split('/').at(-1) ?? ''

    const marker = 'marker-of-a-body-4711'
    secrets['a body'] = marker
    for (const headers of [page(project, token), page(project, forged), as(project, 'u'), secret(project), {}])
      for (const [method, path] of [
        ['POST', '/api/data'],
        ['POST', '/api/create-checkout'],
        ['POST', '/api/customers'],
        ['PATCH', `/api/customers/${customer.id}`],
        ['POST', `/api/events/${marker.length}/replay`],
      ] as const) {
        await call(method, path, { headers, body: `{"${'x'.repeat(10)}": "${marker}` })
        await call(method, path, { headers, body: { password: marker, quantity: 'many', tier: 7 } })
      }
    await call('GET', `/api/feed?ticket=${ticket}`, {})
    await call('GET', '/api/tiers', { headers: { Authorization: `Bearer ${project.secretKey}x` } })
    await call('GET', '/api/tiers', { headers: { ...secret(project), Origin: 'https://evil.example' } })
    const event = { id: 'evt_1', object: 'event', data: { object: { marker } } }
    for (const signing of [{ header: 't=1,v1=00' }, { secret: 'whsec_wrong' }, { header: null }])
      errors.push(JSON.stringify((await postEvent(app, event, signing)).body))

    for (const kind of ['network', 'status', 'timeout_after_commit']) {
      for (const service of ['stripe', 'clerk']) await fault(app, { service, kind, times: 6 })
      await call('POST', '/api/create-checkout', { headers: as(project, 'v'), body: { tier: 'pro', ...RETURNS } })
      await call('POST', '/api/customer-portal', { headers: as(project, customer.id), body: returns })
      const other = { email: `${kind}@${project.projectId}.example`, password }
      await call('POST', '/api/customers', { headers: secret(project), body: other })
      await call('PATCH', `/api/customers/${customer.id}`, { headers: secret(project), body: { plan: 'max' } })
      await app.advance('2m')
      await noFaults(app)
    }
    await app.ok('POST', `/sandbox/stripe/accounts/${project.stripeAccount}/deauthorize`, { body: {} })
    await app.advance('2d')

    const settings = sandboxSettings(app.server.url)
    for (const [name, value] of Object.entries({ ...settings, ...STRIPE_WEBHOOK_SECRET.connect }))
      if (/SECRET|^test$|^live$/.test(name)) secrets[name] = value
    for (const mode of ['test', 'live'] as const) {
      secrets[`Stripe ${mode}`] = STRIPE_SECRET_KEY[mode]
      secrets[`Clerk ${mode}`] = CLERK[mode].secretKey
    }
    expect(Object.keys(secrets).length).toBeGreaterThan(12)
    expect(errors.length).toBeGreaterThan(40)
    for (const [name, value] of Object.entries(secrets)) {
      expect(value.length, name).toBeGreaterThan(10)
      expect(output.includes(value), `${name} in the console`).toBe(false)
      for (const error of errors) expect(error.includes(value), `${name} in ${error}`).toBe(false)
    }
    for (const error of errors) {
      expect(JSON.parse(error) as Body).toMatchObject({ error: expect.any(String), code: expect.any(String) })
      expect(error).not.toMatch(/SQLITE|SELECT |INSERT |node_modules|\.ts:\d|\bat \w+ \(/)
    }
  }, 120_000)
})
