/** Signing in where Clerk's own pages would: a page, a ticket that works once, tokens of a minute, and signing out. */
import { verifyJwt } from '@clerk/backend/jwt'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startSandbox } from '../../support/sandbox.ts'
import { CLERK } from '../keys.ts'
import type { RunningSandbox } from '../../support/sandbox.ts'

let sandbox: RunningSandbox
beforeAll(async () => void (sandbox = await startSandbox()))
afterAll(() => sandbox.stop())

const BACK = 'http://localhost:8787/dashboard?tab=keys'
const PAGE = '/sandbox/clerk/sign-in'

interface Answer {
  token: string
  sessionId: string
  status: string
  errors?: { code: string }[]
}

const signIn = async (fields: Record<string, string>) => {
  const response = await sandbox.page(PAGE, { instance: 'developer', redirect_url: BACK, ...fields })
  return { status: response.status, location: response.headers.get('location'), text: await response.text() }
}
const ticketOf = async (fields: Record<string, string>) =>
  new URL((await signIn(fields)).location ?? '').searchParams.get('ticket') ?? ''
const post = (path: string, body?: object) => sandbox.control<Answer>('POST', `/clerk/${path}`, body)
const exchange = (ticket: string) => post('tickets', { ticket })
const codeOf = ({ status, body }: { status: number; body: Answer }) => `${status} ${body.errors?.[0]?.code}`

/** The claims of a token, at the sandbox's own time. */
async function claimsOf(token: string) {
  const clockSkewInMs = (await sandbox.clock()) + 5000
  const claims: unknown = await verifyJwt(token, { key: CLERK.developer.publicKey, clockSkewInMs })
  return claims as Record<string, unknown> & { sub: string; iat: number; exp: number }
}

test('one press signs the demo developer in, and leads back with a ticket in place of a token', async () => {
  const shown = await sandbox.page(
    `${PAGE}?${new URLSearchParams({ instance: 'developer', redirect_url: BACK }).toString()}`,
  )
  expect(await shown.text()).toContain('Continue as demo developer')
  const { status, location } = await signIn({ as: 'demo' })
  const back = new URL(location ?? '')
  expect([status, back.origin + back.pathname, back.searchParams.get('tab')]).toEqual([
    303,
    'http://localhost:8787/dashboard',
    'keys',
  ])
  expect(location).not.toContain('eyJ')
  const { body } = await exchange(back.searchParams.get('ticket') ?? '')
  const claims = await claimsOf(body.token)
  expect(claims).toMatchObject({
    sub: 'user_demo',
    sid: body.sessionId,
    azp: 'http://localhost:8787',
    email: 'demo@dream-api.example',
    iss: CLERK.developer.issuer,
  })
  expect(claims.exp - claims.iat).toBe(60)
})

test('an address always means the same user, whom the Backend API knows, and every sign-in is a session of its own', async () => {
  const first = await exchange(await ticketOf({ as: 'email', email: 'Ada@Example.com' }))
  const second = await exchange(await ticketOf({ as: 'email', email: 'ada@example.com' }))
  const [one, two] = [await claimsOf(first.body.token), await claimsOf(second.body.token)]
  expect([one.sub === two.sub, first.body.sessionId === second.body.sessionId]).toEqual([true, false])
  const user = await sandbox.control<{ id: string }>('GET', `/clerk/users/${one.sub}?instance=developer`)
  expect([user.status, user.body.id]).toEqual([200, one.sub])
})

test('a token is for the page that is led back to', async () => {
  const ticket = await ticketOf({ as: 'demo', redirect_url: 'http://localhost:5173/' })
  expect((await claimsOf((await exchange(ticket)).body.token))['azp']).toBe('http://localhost:5173')
})

test('a ticket works once, for two minutes, and only if it was given', async () => {
  const ticket = await ticketOf({ as: 'demo' })
  expect((await exchange(ticket)).status).toBe(200)
  expect(codeOf(await exchange(ticket))).toBe('400 ticket_already_used_code')
  const late = await ticketOf({ as: 'demo' })
  await sandbox.advance(120_000)
  expect(codeOf(await exchange(late))).toBe('400 ticket_expired_code')
  expect(codeOf(await exchange('ticket_none'))).toBe('400 ticket_invalid_code')
  expect(codeOf(await post('tickets', {}))).toBe('422 form_param_missing')
})

test('a session yields fresh tokens until it is signed out, revoked or a week old', async () => {
  const { sessionId, token } = (await exchange(await ticketOf({ as: 'demo' }))).body
  await sandbox.advance(61_000)
  const fresh = await post(`sessions/${sessionId}/token`)
  expect((await claimsOf(fresh.body.token)).iat).toBeGreaterThanOrEqual((await claimsOf(token)).iat + 61)
  expect((await post(`sessions/${sessionId}/end`)).body).toEqual({ sessionId, status: 'ended' })
  expect((await post(`sessions/${sessionId}/end`)).body).toEqual({ sessionId, status: 'ended' })
  expect(codeOf(await post(`sessions/${sessionId}/token`))).toBe('401 signed_out')
  const revoked = (await exchange(await ticketOf({ as: 'demo' }))).body.sessionId
  await sandbox.toService(`https://api.clerk.com/v1/sessions/${revoked}/revoke`, {
    method: 'POST',
    headers: { authorization: `Bearer ${CLERK.developer.secretKey}` },
  })
  expect(codeOf(await post(`sessions/${revoked}/token`))).toBe('401 signed_out')
  const old = (await exchange(await ticketOf({ as: 'demo' }))).body.sessionId
  await sandbox.advance(366 * 86_400_000)
  expect(codeOf(await post(`sessions/${old}/token`))).toBe('401 signed_out')
  expect(codeOf(await post('sessions/sess_none/token'))).toBe('404 resource_not_found')
})

test('a session whose ticket nobody took yields nothing', async () => {
  const ticket = await ticketOf({ as: 'email', email: 'late@example.com' })
  const users = await listed('late@example.com')
  const sessions = await backend(`sessions?user_id=${users[0]?.id}`)
  expect(codeOf(await post(`sessions/${sessions[0]?.id}/token`))).toBe('404 resource_not_found')
  expect((await exchange(ticket)).body.sessionId).toBe(sessions[0]?.id)
})

const backend = async (path: string): Promise<{ id: string }[]> =>
  (await sandbox
    .toService(`https://api.clerk.com/v1/${path}`, {
      headers: { authorization: `Bearer ${CLERK.developer.secretKey}` },
    })
    .then((response) => response.json())) as { id: string }[]
const listed = (email: string) => backend(`users?email_address=${encodeURIComponent(email)}`)

test.each([
  'https://evil.example/',
  'http://localhost.evil.example/',
  'http://localhost@evil.example/',
  'javascript:alert(1)',
  '//evil.example',
  '',
])('leads nobody to a foreign address: %s', async (redirect_url) => {
  const query = new URLSearchParams({ instance: 'developer', redirect_url }).toString()
  expect((await sandbox.page(`${PAGE}?${query}`)).status).toBe(422)
  const answer = await signIn({ as: 'demo', redirect_url })
  expect([answer.status, answer.location]).toEqual([422, null])
})

test('says what is wrong with an address, and refuses a banned user and an unknown instance', async () => {
  const wrong = await signIn({ as: 'email', email: 'nobody' })
  expect([wrong.status, wrong.text]).toEqual([422, expect.stringContaining('role="alert"')])
  const { token } = (await exchange(await ticketOf({ as: 'email', email: 'bad@example.com' }))).body
  await sandbox.toService(`https://api.clerk.com/v1/users/${(await claimsOf(token)).sub}/ban`, {
    method: 'POST',
    headers: { authorization: `Bearer ${CLERK.developer.secretKey}` },
  })
  expect((await signIn({ as: 'email', email: 'bad@example.com' })).text).toContain('banned')
  expect((await signIn({ as: 'demo', instance: 'other' })).status).toBe(422)
})
