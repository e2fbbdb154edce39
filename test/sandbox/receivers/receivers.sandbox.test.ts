/** Somebody else's server: it writes down what it is sent and fails as it is told. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { startSandbox } from '../../support/sandbox.ts'
import type { RunningSandbox } from '../../support/sandbox.ts'

let sandbox: RunningSandbox
beforeAll(async () => void (sandbox = await startSandbox()))
afterAll(() => sandbox.stop())
beforeEach(async () => void (await sandbox.control('DELETE', '/receivers/hook')))

interface Shown {
  name: string
  received: { at: number; method: string; url: string; headers: Record<string, string>; body: string; status: number }[]
  plan: { status: number; times: number; delayMs: number; location: string | null } | null
  error?: string
}

const shown = async () => (await sandbox.control<Shown>('GET', '/receivers/hook')).body
const plan = (fault: object) => sandbox.control<Shown>('PUT', '/receivers/hook', fault)
const post = (url = `${sandbox.origin}/sandbox/receivers/hook`, body = '{"n":1}') =>
  sandbox.toService(url, { method: 'POST', headers: { 'webhook-id': 'msg_1' }, body })

test('writes down what arrives: headers, body and time, in order', async () => {
  const before = await sandbox.now()
  expect((await post()).status).toBe(200)
  await post(undefined, '{"n":2}')
  const { received } = await shown()
  expect(received.map(({ method, body, status }) => [method, body, status])).toEqual([
    ['POST', '{"n":1}', 200],
    ['POST', '{"n":2}', 200],
  ])
  expect(received[0]?.headers['webhook-id']).toBe('msg_1')
  expect(received[0]?.at).toBeGreaterThanOrEqual(before)
})

test('is also a host of the open web, for addresses that must not be local', async () => {
  expect((await post('https://receivers.example/hook')).status).toBe(200)
  expect((await shown()).received[0]?.url).toBe('https://receivers.example/hook')
  expect((await post('https://elsewhere.example/hook')).status).toBe(599)
})

test('fails the next calls as planned, then works again, and writes down the failed ones too', async () => {
  await plan({ status: 500, times: 2 })
  expect([(await post()).status, (await post()).status, (await post()).status]).toEqual([500, 500, 200])
  await plan({ status: 410 })
  expect((await post()).status).toBe(410)
  expect((await shown()).received.map(({ status }) => status)).toEqual([500, 500, 200, 410])
})

test('redirects where it is told, and answers late', async () => {
  await plan({ status: 302, location: 'http://169.254.169.254/latest' })
  const moved = await post()
  expect([moved.status, moved.headers.get('location')]).toEqual([302, 'http://169.254.169.254/latest'])
  await plan({ status: 200, delayMs: 300 })
  const from = performance.now()
  await post()
  expect(performance.now() - from).toBeGreaterThanOrEqual(295)
})

test.each([
  [{}, '"status" is missing'],
  [{ status: 99 }, '"status" must be'],
  [{ status: 302 }, '"location" belongs to a redirect'],
  [{ status: 500, location: 'http://a.example' }, '"location" belongs to a redirect'],
  [{ status: 500, times: 0 }, '"times" must be'],
  [{ status: 500, why: 'x' }, 'unknown field "why"'],
])('refuses a plan that makes no sense: %j', async (fault, message) => {
  const refused = await plan(fault)
  expect([refused.status, refused.body.error]).toEqual([400, expect.stringContaining(message)])
})

test('refuses a name that is none, and keeps receivers apart', async () => {
  expect((await sandbox.control('GET', '/receivers/a.b')).status).toBe(404)
  await sandbox.control('DELETE', '/receivers/other')
  await post(`${sandbox.origin}/sandbox/receivers/other`)
  expect((await shown()).received).toEqual([])
})
