import { createClerkClient } from '@clerk/backend'
import type { ClerkClient } from '@clerk/backend'
import { verifyJwt } from '@clerk/backend/jwt'
import { verifyWebhook } from '@clerk/backend/webhooks'
import { build } from 'esbuild'
import { convertV4MiniflareOptions, Miniflare } from 'miniflare'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ClerkInstance } from '../keys.ts'
import { CLERK } from '../keys.ts'

let miniflare: Miniflare
let url: string
const instances: ClerkInstance[] = ['test', 'live', 'developer']

beforeAll(async () => {
  const { outputFiles } = await build({
    stdin: { contents: workerSource, loader: 'ts', resolveDir: import.meta.dirname },
    bundle: true,
    format: 'esm',
    write: false,
    external: ['cloudflare:workers'],
  })
  const worker = {
    name: 'sandbox',
    compatibilityDate: '2026-10-01',
    modules: [{ type: 'ESModule', path: join(import.meta.dirname, 'worker.js'), contents: outputFiles[0]!.text }],
    durableObjects: { SANDBOX: { className: 'Sandbox', useSQLite: true } },
  }
  miniflare = new Miniflare(convertV4MiniflareOptions({ workers: [worker as never], cf: false, logRequests: false }))
  url = (await miniflare.ready).origin
}, 30_000)

afterAll(() => miniflare.dispose())

/** One object, as the sandbox's own Worker holds it; `x-later` moves its clock for one request. */
const workerSource = `
  import { DurableObject } from 'cloudflare:workers'
  import { ClerkSandbox } from './clerk.ts'
  export class Sandbox extends DurableObject {
    later = 0
    clerk = new ClerkSandbox(this.ctx.storage.sql, () => Date.now() + this.later, 'http://localhost:8787')
    async fetch(request) {
      this.later = Number(request.headers.get('x-later') ?? this.later)
      return (await this.clerk.control(request)) ?? this.clerk.fetch(request)
    }
  }
  export default { fetch: (request, env) => env.SANDBOX.getByName('one').fetch(request) }
`

const clerk = (instance: ClerkInstance): ClerkClient =>
  createClerkClient({ secretKey: CLERK[instance].secretKey, apiUrl: url, telemetry: { disabled: true } })

const api = (path: string, init: RequestInit = {}): Promise<Response> =>
  fetch(url + path, { ...init, headers: { authorization: `Bearer ${CLERK.test.secretKey}`, ...init.headers } })

const send = (method: string, path: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> =>
  api(path, { method, body: JSON.stringify(body), headers })

async function control<T>(path: string, body: object): Promise<T> {
  const response = await fetch(`${url}/sandbox/clerk/${path}`, { method: 'POST', body: JSON.stringify(body) })
  if (!response.ok) throw new Error(await response.text())
  return (await response.json()) as T
}

let count = 0
const freshEmail = (): string => `user${++count}@example.com`

const createUser = (instance: ClerkInstance = 'test', metadata: Record<string, unknown> = {}) =>
  clerk(instance).users.createUser({
    emailAddress: [freshEmail()],
    skipPasswordRequirement: true,
    publicMetadata: metadata,
  })

const mint = async (body: object): Promise<string> => (await control<{ token: string }>('tokens', body)).token

function decode(token: string): { header: Record<string, unknown>; claims: Record<string, unknown> } {
  const [header, claims] = token.split('.').map((part) => Buffer.from(part, 'base64url').toString() || '{}')
  return { header: JSON.parse(header!), claims: JSON.parse(claims!) }
}

const verify = (token: string, instance: ClerkInstance) =>
  verifyJwt(token, { key: CLERK[instance].publicKey, authorizedParties: ['http://localhost:8787'] })

/** Why Clerk's own verification refuses a token; null when it does not. */
const reasonOf = (token: string, instance: ClerkInstance): Promise<string | null> =>
  verify(token, instance).then(
    () => null,
    (error: { reason: string }) => error.reason,
  )

const expectRefusal = (promise: Promise<unknown>, status: number, code: string) =>
  expect(promise).rejects.toMatchObject({ status, errors: [{ code }] })

describe('an instance', () => {
  it('refuses every key but its own, in the shape of Clerk', async () => {
    const response = await api('/v1/users', { headers: { authorization: 'Bearer sk_test_somebody' } })
    expect(response.status).toBe(401)
    expect(response.headers.get('content-type')).toBe('application/json')
    expect(await response.json()).toMatchObject({ errors: [{ code: 'clerk_key_invalid' }] })
    expect((await api('/v1/users', { headers: { authorization: '' } })).status).toBe(401)
  })

  it('knows no user of another instance, and lets the same address sign up in each', async () => {
    const emailAddress = [freshEmail()]
    for (const instance of instances) {
      const user = await clerk(instance).users.createUser({ emailAddress, skipPasswordRequirement: true })
      const others = instances.filter((other) => other !== instance)
      for (const other of others) await expectRefusal(clerk(other).users.getUser(user.id), 404, 'resource_not_found')
    }
  })

  it('answers 404 with errors where it has no route, so that no client takes it for success', async () => {
    for (const [method, path] of [
      ['GET', '/v1/nothing'],
      ['POST', '/v1/users/user_1/nothing'],
      ['PUT', '/v1/users'],
      ['GET', '/v2/users'],
      ['GET', '/v1/users/%zz'],
    ] as const) {
      const response = await api(path, { method })
      expect(response.status).toBe(404)
      expect(await response.json()).toMatchObject({ errors: [{ code: 'resource_not_found' }] })
    }
  })
})

describe('users', () => {
  it('are created and read back by the real client with all that it reads', async () => {
    const email = freshEmail()
    const created = await clerk('test').users.createUser({
      emailAddress: [email.toUpperCase()],
      password: 'long enough',
      firstName: 'Ada',
      externalId: `external-${email}`,
      publicMetadata: { plan: 'free' },
    })
    const user = await clerk('test').users.getUser(created.id)
    expect(user).toEqual(created)
    expect(user).toMatchObject({ firstName: 'Ada', passwordEnabled: true, publicMetadata: { plan: 'free' } })
    expect(user.primaryEmailAddress?.emailAddress).toBe(email)
    expect(user.id).toMatch(/^user_\w{27}$/)
    expect(user.createdAt).toBeGreaterThan(Date.now() - 60_000)
  })

  it('are listed as a bare array, newest first, by every filter', async () => {
    const [first, second] = [await createUser('developer'), await createUser('developer')]
    const { data, totalCount } = await clerk('developer').users.getUserList({ limit: 2 })
    expect(data.map(({ id }) => id)).toEqual([second.id, first.id])
    expect(totalCount).toBeGreaterThanOrEqual(2)
    expect(Array.isArray(await (await api('/v1/users')).json())).toBe(true)

    const users = clerk('developer').users
    const ids = async (params: Parameters<typeof users.getUserList>[0]) =>
      (await users.getUserList(params)).data.map(({ id }) => id)
    expect(await ids({ emailAddress: [first.primaryEmailAddress!.emailAddress.toUpperCase()] })).toEqual([first.id])
    expect(await ids({ userId: [first.id, second.id], orderBy: '+created_at' })).toEqual([first.id, second.id])
    expect(await ids({ userId: [first.id, second.id], limit: 1, offset: 1 })).toEqual([first.id])
    expect(await ids({ query: second.primaryEmailAddress!.emailAddress.slice(0, -4) })).toEqual([second.id])
    expect(await ids({ externalId: ['nobody'] })).toEqual([])
    expect(await users.getCount({ userId: [first.id] })).toBe(1)
  })

  it('have an address and an external id that nobody else has', async () => {
    const user = await createUser()
    const emailAddress = [user.primaryEmailAddress!.emailAddress]
    const again = clerk('test').users.createUser({ emailAddress, skipPasswordRequirement: true })
    await expectRefusal(again, 422, 'form_identifier_exists')
    await clerk('test').users.updateUser(user.id, { externalId: 'mine' })
    const other = await createUser()
    await expectRefusal(clerk('test').users.updateUser(other.id, { externalId: 'mine' }), 422, 'form_identifier_exists')
  })

  it.each([
    ['a short password', { password: '1234567' }, 'form_password_length_too_short'],
    ['no password, unless told that none is needed', {}, 'form_data_missing'],
    ['no address', { emailAddress: [], password: '12345678' }, 'form_data_missing'],
    ['an address that is none', { emailAddress: ['nobody'], password: '12345678' }, 'form_param_format_invalid'],
    ['a field that Clerk does not have', { password: '12345678', plan: 'pro' }, 'form_param_unknown'],
    ['a field of another type', { password: '12345678', firstName: 7 }, 'form_param_type_invalid'],
    ['metadata that is no object', { password: '12345678', publicMetadata: 'pro' }, 'form_param_type_invalid'],
  ])('are not created with %s', async (_, params, code) => {
    const creation = clerk('test').users.createUser({ emailAddress: [freshEmail()], ...params } as never)
    await expectRefusal(creation, 422, code)
  })

  it('are updated field by field, and not by fields that Clerk does not have', async () => {
    const user = await createUser('test', { plan: 'free' })
    const updated = await clerk('test').users.updateUser(user.id, { firstName: 'Grace' })
    expect(updated).toMatchObject({ firstName: 'Grace', lastName: null, publicMetadata: { plan: 'free' } })
    expect((await send('PATCH', `/v1/users/${user.id}`, { email_address: ['a@b.c'] })).status).toBe(422)
    expect((await send('PATCH', `/v1/users/${user.id}`, { public_metadata: { plan: 'pro' } })).status).toBe(422)
    expect((await send('PATCH', '/v1/users/user_nobody', {})).status).toBe(404)
  })

  it('are gone when deleted, with their sessions, and their address is free again', async () => {
    const user = await createUser()
    const session = await clerk('test').sessions.createSession({ userId: user.id })
    const deleted = await clerk('test').users.deleteUser(user.id)
    expect(deleted).toMatchObject({ id: user.id, deleted: true })
    await expectRefusal(clerk('test').users.getUser(user.id), 404, 'resource_not_found')
    await expectRefusal(clerk('test').users.deleteUser(user.id), 404, 'resource_not_found')
    await expectRefusal(clerk('test').sessions.getSession(session.id), 404, 'resource_not_found')
    const emailAddress = [user.primaryEmailAddress!.emailAddress]
    await clerk('test').users.createUser({ emailAddress, skipPasswordRequirement: true })
  })
})

describe('metadata', () => {
  it('is merged deeply by an update, where null removes at any depth', async () => {
    const user = await createUser('test', { plan: 'free', projects: { pk_a: 'free', pk_b: 'pro' }, list: [1, 2] })
    const merged = await clerk('test').users.updateUserMetadata(user.id, {
      publicMetadata: { plan: 'pro', projects: { pk_a: null, pk_c: 'pro' }, list: [3], gone: { deep: null } },
    })
    const expected = { plan: 'pro', projects: { pk_b: 'pro', pk_c: 'pro' }, list: [3], gone: {} }
    expect(merged.publicMetadata).toEqual(expected)
    await clerk('test').users.updateUserMetadata(user.id, { privateMetadata: { note: 'x' } })
    expect((await clerk('test').users.getUser(user.id)).publicMetadata).toEqual(expected)
  })

  it('is replaced as a whole by a replacement, kind by kind', async () => {
    const user = await createUser('test', { plan: 'free', more: true })
    await clerk('test').users.updateUserMetadata(user.id, { privateMetadata: { note: 'x' } })
    const replaced = await clerk('test').users.replaceUserMetadata(user.id, { publicMetadata: { plan: 'pro' } })
    expect(replaced).toMatchObject({ privateMetadata: { note: 'x' } })
    expect(replaced.publicMetadata).toEqual({ plan: 'pro' })
  })

  it('holds 8 KB and not a byte more, counted after the merge', async () => {
    const overhead = JSON.stringify({ a: '', b: '' }).length
    const user = await createUser('test', { a: 'x'.repeat(4000) })
    const fill = (bytes: number) =>
      clerk('test').users.updateUserMetadata(user.id, { publicMetadata: { b: 'y'.repeat(bytes) } })
    await expectRefusal(fill(8192 - 4000 - overhead + 1), 422, 'form_param_exceeds_allowed_size')
    expect((await clerk('test').users.getUser(user.id)).publicMetadata).not.toHaveProperty('b')
    await fill(8192 - 4000 - overhead)
  })
})

describe('sessions', () => {
  it('yield tokens of 60 seconds until they are revoked', async () => {
    const user = await createUser()
    const { sessions } = clerk('test')
    const session = await sessions.createSession({ userId: user.id })
    const { jwt } = await sessions.getToken(session.id)
    const { claims } = decode(jwt)
    expect(claims).toMatchObject({ sub: user.id, sid: session.id, iss: CLERK.test.issuer })
    expect(Number(claims['exp']) - Number(claims['iat'])).toBe(60)
    expect((await sessions.getSessionList({ userId: user.id })).totalCount).toBe(1)

    expect((await sessions.revokeSession(session.id)).status).toBe('revoked')
    await expectRefusal(sessions.getToken(session.id), 404, 'resource_not_found')
    expect((await sessions.getSessionList({ userId: user.id, status: 'active' })).data).toEqual([])
  })

  it('yield template tokens without the claims of a session, of the templates that exist', async () => {
    const user = await createUser()
    const { sessions } = clerk('test')
    const session = await sessions.createSession({ userId: user.id })
    const { claims } = decode((await sessions.getToken(session.id, 'end-user-api', 600)).jwt)
    expect(claims).toMatchObject({ sub: user.id })
    for (const name of ['sid', 'sts', 'v']) expect(claims).not.toHaveProperty(name)
    expect(Number(claims['exp']) - Number(claims['iat'])).toBe(600)
    await expectRefusal(sessions.getToken(session.id, 'dream-api'), 404, 'resource_not_found')
  })

  it('are not created from a server in the live instance, nor for nobody', async () => {
    const user = await createUser('live')
    const live = clerk('live').sessions.createSession({ userId: user.id })
    await expectRefusal(live, 400, 'request_invalid_for_environment')
    await expectRefusal(clerk('test').sessions.createSession({ userId: user.id }), 404, 'resource_not_found')
  })

  it('take no body where Clerk takes none, and no token of less than 30 seconds', async () => {
    const user = await createUser()
    const session = await clerk('test').sessions.createSession({ userId: user.id })
    expect((await send('POST', `/v1/sessions/${session.id}/revoke`, { reason: 'x' })).status).toBe(422)
    await expectRefusal(clerk('test').sessions.getToken(session.id, undefined, 29), 422, 'form_param_value_invalid')
  })

  it('end when the user is banned', async () => {
    const user = await createUser()
    const session = await clerk('test').sessions.createSession({ userId: user.id })
    expect((await clerk('test').users.banUser(user.id)).banned).toBe(true)
    expect((await clerk('test').sessions.getSession(session.id)).status).toBe('revoked')
  })
})

describe('sign-in and testing tokens', () => {
  it('can be revoked once', async () => {
    const user = await createUser()
    const { signInTokens } = clerk('test')
    const token = await signInTokens.createSignInToken({ userId: user.id, expiresInSeconds: 60 })
    expect(token).toMatchObject({ status: 'pending', userId: user.id })
    expect((await signInTokens.revokeSignInToken(token.id)).status).toBe('revoked')
    await expectRefusal(signInTokens.revokeSignInToken(token.id), 400, 'sign_in_token_cannot_be_revoked_code')
  })

  it('expire', async () => {
    const user = await createUser()
    const { id } = await clerk('test').signInTokens.createSignInToken({ userId: user.id, expiresInSeconds: 60 })
    const late = await send('POST', `/v1/sign_in_tokens/${id}/revoke`, {}, { 'x-later': '61000' })
    await api('/v1/jwks', { headers: { 'x-later': '0' } })
    expect(await late.json()).toMatchObject({ errors: [{ long_message: expect.stringContaining('is expired') }] })
  })

  // The client hands the answer on as it came, `expires_at` and all, although its types say `expiresAt`.
  it('are made for tests', async () => {
    const answer: unknown = await clerk('test').testingTokens.createTestingToken()
    const { token, expires_at } = answer as { token: string; expires_at: number }
    expect(token).toBeTruthy()
    expect(expires_at * 1000).toBeGreaterThan(Date.now())
  })
})

describe('a minted token', () => {
  const metadata = { plan: 'pro', publishableKey: 'pk_test_a', projects: { pk_test_a: 'pro' } }

  it.each(instances)('passes the verification of Clerk with the key of its instance alone: %s', async (instance) => {
    const user = await createUser(instance, metadata)
    const token = await mint({ instance, userId: user.id })
    expect(await verify(token, instance)).toMatchObject({ sub: user.id })
    for (const other of instances.filter((name) => name !== instance)) {
      expect(await reasonOf(token, other)).toBe('token-invalid-signature')
    }
  })

  it('carries the claims of a session token, version 2, and our customization', async () => {
    const user = await createUser('test', metadata)
    const { header, claims } = decode(await mint({ instance: 'test', userId: user.id }))
    expect(header).toEqual({ alg: 'RS256', typ: 'JWT', kid: CLERK.test.keyId })
    expect(claims).toMatchObject({
      iss: CLERK.test.issuer,
      sub: user.id,
      sid: expect.stringMatching(/^sess_/),
      azp: 'http://localhost:8787',
      sts: 'active',
      v: 2,
      jti: expect.any(String),
      email: user.primaryEmailAddress!.emailAddress,
      plan: 'pro',
      publishableKey: 'pk_test_a',
      publicMetadata: metadata,
    })
    expect(Number(claims['exp']) - Number(claims['iat'])).toBe(60)
  })

  it('is verified by the published key of its instance', async () => {
    const user = await createUser('live')
    const token = await mint({ instance: 'live', userId: user.id })
    const { keys } = await clerk('live').jwks.getJwks()
    expect(keys).toHaveLength(1)
    expect(keys![0]).toMatchObject({ kid: CLERK.live.keyId, alg: 'RS256', use: 'sig' })
    expect(await verifyJwt(token, { key: keys![0] as never })).toMatchObject({ sub: user.id })
  })

  it.each([
    ['expired', { issuedAt: Date.now() - 120_000 }, 'token-expired'],
    ['of a short life', { expiresIn: -30 }, 'token-expired'],
    ['of the future', { issuedAt: Date.now() + 60_000 }, 'token-not-active-yet'],
    ['of another party', { azp: 'https://evil.example' }, 'token-invalid-authorized-parties'],
    ['of no party', { azp: null }, 'token-invalid-authorized-parties'],
    ['without a subject', { claims: { sub: null } }, 'token-verification-failed'],
    ['unsigned', { algorithm: 'none' }, 'token-invalid-algorithm'],
    ['signed with the public key', { algorithm: 'HS256' }, 'token-invalid-algorithm'],
  ])('can be made %s, and is then refused for that', async (_, change, reason) => {
    const user = await createUser()
    expect(await reasonOf(await mint({ instance: 'test', userId: user.id, ...change }), 'test')).toBe(reason)
  })

  it('takes any claim, loses any claim, and names any key', async () => {
    const user = await createUser('test', metadata)
    const body = { instance: 'test', userId: user.id, keyId: 'ins_other' }
    const { header, claims } = decode(await mint({ ...body, claims: { plan: 'enterprise', sts: null, email: null } }))
    expect(header['kid']).toBe('ins_other')
    expect(claims).toMatchObject({ plan: 'enterprise', sub: user.id })
    for (const name of ['sts', 'email']) expect(claims).not.toHaveProperty(name)
  })

  it('of a template has no session', async () => {
    const user = await createUser()
    const { claims } = decode(await mint({ instance: 'test', userId: user.id, template: true }))
    for (const name of ['sid', 'sts', 'v']) expect(claims).not.toHaveProperty(name)
  })

  it('belongs to a session that can be revoked, the same one each time', async () => {
    const user = await createUser()
    const sid = async () => decode(await mint({ instance: 'test', userId: user.id })).claims['sid']
    const first = await sid()
    expect(await sid()).toBe(first)
    await clerk('test').sessions.revokeSession(String(first))
    expect(await sid()).not.toBe(first)
  })
})

describe('controls', () => {
  it('create a user under a chosen id, whom the real client then finds', async () => {
    const email = freshEmail()
    const publicMetadata = { plan: 'pro' }
    await control('users', { instance: 'live', email, id: 'user_chosen', publicMetadata })
    expect(await clerk('live').users.getUser('user_chosen')).toMatchObject({ publicMetadata })
    const found = await fetch(`${url}/sandbox/clerk/users/user_chosen?instance=live`)
    expect(await found.json()).toMatchObject({ id: 'user_chosen', object: 'user' })
  })

  it.each([
    ['a user', 'user.updated', 'user'],
    ['a session', 'session.created', 'session'],
  ])('sign webhooks about %s that Clerk itself verifies', async (_, type, object) => {
    const user = await createUser('developer')
    const { headers, body } = await control<{ headers: HeadersInit; body: string }>('webhooks', {
      instance: 'developer',
      type,
      userId: user.id,
    })
    const request = () => new Request('https://a.b/webhook', { method: 'POST', headers, body })
    const event = await verifyWebhook(request(), { signingSecret: CLERK.developer.webhookSecret })
    expect(event).toMatchObject({ type, data: { object } })
    await expect(verifyWebhook(request(), { signingSecret: CLERK.test.webhookSecret })).rejects.toThrow()
  })

  it('sign user.deleted about a user who is gone', async () => {
    const user = await createUser()
    await clerk('test').users.deleteUser(user.id)
    const { body } = await control<{ body: string }>('webhooks', {
      instance: 'test',
      type: 'user.deleted',
      userId: user.id,
    })
    expect(JSON.parse(body)).toMatchObject({ type: 'user.deleted', data: { id: user.id, deleted: true } })
  })

  it('say what is wrong with a call', async () => {
    await expect(control('tokens', { instance: 'test' })).rejects.toThrow('userId must be included')
    await expect(control('tokens', { instance: 'prod', userId: 'x' })).rejects.toThrow('test, live, developer')
    await expect(control('tokens', { instance: 'test', userId: 'user_x' })).rejects.toThrow('No user was found')
    await expect(control('users', { instance: 'test', mail: 'a@b.c' })).rejects.toThrow('mail is not a valid parameter')
    await expect(control('nothing', {})).rejects.toThrow('/sandbox/clerk/tokens')
  })

  it('limit the rate of one instance to 100 requests in 10 seconds, and say when to come again', async () => {
    const user = await createUser('live')
    await control('ratelimit', { instance: 'live', enabled: true })
    const get = () => clerk('live').users.getUser(user.id)
    for (let at = 0; at < 100; at++) await get()
    await expectRefusal(get(), 429, 'too_many_requests')
    const refusal = await get().catch((error: { retryAfter: number }) => error)
    expect((refusal as { retryAfter: number }).retryAfter).toBeGreaterThan(0)
    expect((refusal as { retryAfter: number }).retryAfter).toBeLessThanOrEqual(10)
    await clerk('live').jwks.getJwks()
    await createUser('test')
    const headers = { authorization: `Bearer ${CLERK.live.secretKey}`, 'x-later': '10001' }
    expect((await api(`/v1/users/${user.id}`, { headers })).status).toBe(200)
    await api('/v1/jwks', { headers: { 'x-later': '0' } })
    await control('ratelimit', { instance: 'live', enabled: false })
    await get()
  })
})
