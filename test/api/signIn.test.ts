/** Signing customers in: codes, sessions and customer tokens, and what nobody gets by them. */

import { createHmac } from 'node:crypto'
import { createRemoteJWKSet, decodeJwt, decodeProtectedHeader, importJWK, jwtVerify, SignJWT } from 'jose'
import { describe, expect, it } from 'vitest'
import { CUSTOMER_TOKEN_KEYS } from '../sandbox/keys.ts'
import { page, secret, useApp, type Answer, type Body, type TestProject } from '../support/app.ts'
import { mistyped } from '../support/keys.ts'
import { LADDER } from '../support/billing.ts'
import { aCode, aPerson, APP_ORIGIN, arrive, aVerifier, challengeOf, fromPage, signedIn } from '../support/signIn.ts'

const app = useApp()
const aProject = (facts: Record<string, unknown> = {}) => app().project({ tiers: LADDER, ...facts })
const codeOf = ({ status, body }: Answer<Body>) => [status, body.code]
const INVALID_CODE = [401, 'code_invalid']
const ENDED = [401, 'session_ended']
const NO_TOKEN = [401, 'invalid_customer_token']

/** A customer of a project, signed in on one of its pages. */
async function aVisit(facts: Record<string, unknown> = {}) {
  const project = await aProject(facts)
  const person = await aPerson(app())
  return { project, person, ...(await signedIn(app(), project, person.id)) }
}
const use = (project: TestProject, token: string) => app().call('POST', '/api/data', { headers: page(project, token) })
const now = async (): Promise<number> => (await app().ok('GET', '/sandbox/clock')).now

describe('a code', () => {
  it('becomes a session, whose token names the customer, the project and the plan', async () => {
    const { project, person, token, refreshToken, expiresAt, customer } = await aVisit()
    expect(customer).toEqual({ id: person.id, email: person.email, plan: 'free' })
    expect(refreshToken).toMatch(/^rt_test_/)
    expect(expiresAt - (await now())).toBeLessThanOrEqual(300_000)
    const { publishableKey, projectId } = project
    expect(decodeJwt(token)).toMatchObject({
      iss: app().server.url,
      aud: projectId,
      sub: person.id,
      email: person.email,
      publishableKey,
      plan: 'free',
      publicMetadata: { publishableKey, plan: 'free' },
      azp: APP_ORIGIN,
      sid: expect.stringMatching(/^ses_/),
      exp: expiresAt / 1000,
    })
    expect((await use(project, token)).status).toBe(200)
    const { customer: row } = await app().ok('GET', `/api/customers/${person.id}`, { headers: secret(project) })
    expect(row).toMatchObject({ id: person.id, email: person.email, plan: 'free' })
  })

  it('is used once: the second time it is unknown, and the first session goes on', async () => {
    const project = await aProject()
    const given = await aCode(app(), project, (await aPerson(app())).id)
    const first = await fromPage(app(), project, 'exchange', given)
    expect(first.status).toBe(200)
    expect(codeOf(await fromPage(app(), project, 'exchange', given))).toEqual(INVALID_CODE)
    expect((await use(project, first.body.token)).status).toBe(200)
  })

  it('is used once, also when two take it at the same moment', async () => {
    const project = await aProject()
    const given = await aCode(app(), project, (await aPerson(app())).id)
    const answers = await Promise.all(Array.from({ length: 8 }, () => fromPage(app(), project, 'exchange', given)))
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
  })

  it('is good for a minute', async () => {
    const project = await aProject()
    const { id } = await aPerson(app())
    const [early, late] = [await aCode(app(), project, id), await aCode(app(), project, id)]
    await app().advance('55s')
    expect((await fromPage(app(), project, 'exchange', early)).status).toBe(200)
    await app().advance('5s')
    expect(codeOf(await fromPage(app(), project, 'exchange', late))).toEqual(INVALID_CODE)
  })

  it('is for the browser that asked, the page it was sent to and the project it is of; a wrong try costs nothing', async () => {
    const [project, other] = [await aProject(), await aProject()]
    const { id } = await aPerson(app())
    const given = await aCode(app(), project, id)
    const { code, codeVerifier } = given
    const wrong = [
      fromPage(app(), project, 'exchange', { code, codeVerifier: aVerifier() }),
      fromPage(app(), project, 'exchange', given, { Origin: 'http://localhost:3001' }),
      app().call('POST', '/api/auth/exchange', { headers: page(project), body: given }),
      fromPage(app(), other, 'exchange', given),
      fromPage(app(), project, 'exchange', { code: mistyped(code), codeVerifier }),
      fromPage(app(), project, 'exchange', { code: code.replace('sc_test', 'sc_live'), codeVerifier }),
      fromPage(app(), project, 'exchange', { code: 'sc_', codeVerifier }),
    ]
    for (const answer of await Promise.all(wrong)) expect(codeOf(answer)).toEqual(INVALID_CODE)
    expect((await fromPage(app(), project, 'exchange', given)).status).toBe(200)
  })

  it('is taken by a server too, which is no page, with its secret key', async () => {
    const project = await aProject()
    const given = await aCode(app(), project, (await aPerson(app())).id)
    const answer = await app().call('POST', '/api/auth/exchange', { headers: secret(project), body: given })
    expect(answer.status).toBe(200)
  })

  it('of a customer who was erased meanwhile opens nothing', async () => {
    const project = await aProject()
    const { id } = await aPerson(app())
    const given = await aCode(app(), project, id)
    await app().ok('DELETE', `/api/customers/${id}`, { headers: secret(project) })
    expect(codeOf(await fromPage(app(), project, 'exchange', given))).toEqual(INVALID_CODE)
  })
})

describe('a refresh token', () => {
  const refresh = (project: TestProject, refreshToken: string, headers = {}) =>
    fromPage(app(), project, 'refresh', { refreshToken }, headers)

  it('is renewed with the token, which says the plan of that moment', async () => {
    const { project, person, token, refreshToken } = await aVisit()
    await app().subscribe(project, person.id, 'pro')
    const { body } = await refresh(project, refreshToken)
    expect([decodeJwt(token)['plan'], decodeJwt(body.token)['plan'], body.customer.plan]).toEqual([
      'free',
      'pro',
      'pro',
    ])
    expect(body.refreshToken).not.toBe(refreshToken)
    expect(decodeJwt(body.token)['sid']).toBe(decodeJwt(token)['sid'])
    expect((await refresh(project, body.refreshToken)).status).toBe(200)
  })

  it('that was renewed before ends the whole session, for whoever holds it', async () => {
    const { project, token, refreshToken } = await aVisit()
    const second = (await refresh(project, refreshToken)).body
    await app().advance('61s')
    expect(codeOf(await refresh(project, refreshToken))).toEqual(ENDED)
    expect(codeOf(await refresh(project, second.refreshToken))).toEqual(ENDED)
    for (const one of [token, second.token]) expect(codeOf(await use(project, one))).toEqual(ENDED)
  })

  it('answers the same successor again within a minute, because an answer may be lost', async () => {
    const { project, refreshToken } = await aVisit()
    const answers = await Promise.all(Array.from({ length: 6 }, () => refresh(project, refreshToken)))
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200, 200])
    expect(new Set(answers.map(({ body }) => body.refreshToken)).size).toBe(1)
    expect((await refresh(project, answers[0]!.body.refreshToken)).status).toBe(200)
  })

  it('works for its own project, on its own page, as it was made', async () => {
    const { project, refreshToken } = await aVisit()
    const other = await aProject()
    const wrong = [
      refresh(project, refreshToken, { Origin: 'http://localhost:3001' }),
      refresh(other, refreshToken),
      refresh(project, mistyped(refreshToken)),
      refresh(project, refreshToken.replace('rt_test', 'rt_live')),
      refresh(project, ''),
    ]
    for (const answer of await Promise.all(wrong)) expect(codeOf(answer)).toEqual(ENDED)
    expect((await refresh(project, refreshToken)).status).toBe(200)
  })

  it('is over after thirty days without use, and lives on as long as it is used', async () => {
    const { project, refreshToken } = await aVisit()
    await app().advance('29d')
    const { body, status } = await refresh(project, refreshToken)
    expect(status).toBe(200)
    await app().advance('29d')
    const third = await refresh(project, body.refreshToken)
    expect(third.status).toBe(200)
    await app().advance('30d')
    expect(codeOf(await refresh(project, third.body.refreshToken))).toEqual(ENDED)
  })

  it('is worth nothing after signing out, nor is the token; signing out twice is no mistake', async () => {
    const { project, token, refreshToken } = await aVisit()
    for (const _ of [1, 2]) expect((await fromPage(app(), project, 'sign-out', { refreshToken })).status).toBe(200)
    expect(codeOf(await refresh(project, refreshToken))).toEqual(ENDED)
    expect(codeOf(await use(project, token))).toEqual(ENDED)
  })

  it('ends with its customer', async () => {
    const { project, person, token, refreshToken } = await aVisit()
    await app().ok('DELETE', `/api/customers/${person.id}`, { headers: secret(project) })
    expect(codeOf(await refresh(project, refreshToken))).toEqual(ENDED)
    expect(codeOf(await use(project, token))).toEqual([401, 'not_a_customer'])
  })
})

describe('tokens that are out there', () => {
  it('open nothing of a project that was closed, nor the codes and the refresh tokens', async () => {
    const { project, person, token, refreshToken } = await aVisit()
    const given = await aCode(app(), project, person.id)
    await app().ok('POST', '/sandbox/projects/close', { body: { projectId: project.projectId } })
    const gone = [410, 'project_deleted']
    expect(codeOf(await use(project, token))).toEqual(gone)
    expect(codeOf(await fromPage(app(), project, 'refresh', { refreshToken }))).toEqual(gone)
    expect(codeOf(await fromPage(app(), project, 'exchange', given))).toEqual(gone)
  })

  it('open nothing of a page that the project allows no more', async () => {
    const origin = 'https://app.example'
    const project = await aProject({ allowedOrigins: [origin] })
    const { id } = await aPerson(app())
    const given = await aCode(app(), project, id, { redirect: `${origin}/` })
    const spare = await aCode(app(), project, id, { redirect: `${origin}/` })
    const { body } = await fromPage(app(), project, 'exchange', given, { Origin: origin })
    const headers = { ...page(project, body.token), Origin: origin }
    expect((await app().call('POST', '/api/data', { headers })).status).toBe(200)
    await app().ok('PATCH', '/api/project', { headers: secret(project), body: { allowedOrigins: [] } })
    const refused = [403, 'origin_not_allowed']
    expect(codeOf(await app().call('POST', '/api/data', { headers }))).toEqual(refused)
    const session = { refreshToken: body.refreshToken }
    expect(codeOf(await fromPage(app(), project, 'refresh', session, { Origin: origin }))).toEqual(refused)
    expect(codeOf(await fromPage(app(), project, 'exchange', spare, { Origin: origin }))).toEqual(refused)
    expect(codeOf(await use(project, body.token))).toEqual(NO_TOKEN)
  })
})

describe('the sessions of a customer', () => {
  it('are listed and ended by the secret key, one or all', async () => {
    const { project, person, token } = await aVisit()
    const more = [await signedIn(app(), project, person.id), await signedIn(app(), project, person.id)]
    const path = `/api/customers/${person.id}/sessions`
    const headers = secret(project)
    const { sessions } = await app().ok('GET', path, { headers })
    expect(sessions).toHaveLength(3)
    expect(Object.keys(sessions[0]).toSorted()).toEqual(['createdAt', 'endsAt', 'id', 'origin', 'usedAt'])
    const id = decodeJwt(token)['sid'] as string
    expect(await app().ok('DELETE', `${path}?session=${id}`, { headers })).toMatchObject({ ended: 1 })
    expect(codeOf(await use(project, token))).toEqual(ENDED)
    expect((await use(project, more[0]!.token)).status).toBe(200)
    expect(await app().ok('DELETE', path, { headers })).toMatchObject({ ended: 2 })
    for (const one of more) expect(codeOf(await use(project, one.token))).toEqual(ENDED)
    expect((await app().ok('GET', path, { headers })).sessions).toEqual([])
  })

  it('are told in the export of the customer, without what opens them', async () => {
    const { project, person } = await aVisit()
    const answer = await app().ok('GET', `/api/customers/${person.id}/export`, { headers: secret(project) })
    expect(answer.export.sessions).toMatchObject([{ customerId: person.id, origin: APP_ORIGIN }])
    expect(JSON.stringify(answer.export.sessions)).not.toMatch(/[0-9a-f]{64}/)
  })
})

describe('a customer token', () => {
  const [newest, older] = CUSTOMER_TOKEN_KEYS.keys
  /** A token as ours are, signed by whoever and laid over with what a forger would like. */
  async function forged(token: string, claims: object, { key = newest as object, kid = newest.kid as string } = {}) {
    return new SignJWT({ ...decodeJwt(token), ...claims })
      .setProtectedHeader({ alg: 'ES256', kid, typ: 'JWT' })
      .sign(await importJWK(key, 'ES256'))
  }
  const parts = (token: string) => token.split('.') as [string, string, string]
  const encoded = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')

  it('is proved by the published keys alone', async () => {
    const { project, token } = await aVisit()
    const keys = createRemoteJWKSet(new URL('/.well-known/jwks.json', app().server.url))
    const currentDate = new Date(await now())
    const proof = await jwtVerify(token, keys, { issuer: app().server.url, audience: project.projectId, currentDate })
    expect(proof.protectedHeader).toMatchObject({ alg: 'ES256', kid: newest.kid })
    const published = await app().ok('GET', '/.well-known/jwks.json')
    expect(published.keys.map(({ kid }: Body) => kid)).toEqual([newest.kid, older.kid])
    expect(JSON.stringify(published)).not.toContain('"d"')
  })

  it('of an older key is still proved, so that keys can follow one another', async () => {
    const { project, token } = await aVisit()
    const old = await forged(token, {}, { key: older, kid: older.kid })
    expect(decodeProtectedHeader(old).kid).toBe('sandbox-0')
    expect((await use(project, old)).status).toBe(200)
    expect(codeOf(await use(project, await forged(token, {}, { key: older })))).toEqual(NO_TOKEN)
    expect(codeOf(await use(project, await forged(token, {}, { kid: 'sandbox-9' })))).toEqual(NO_TOKEN)
  })

  it('without a signature, or signed with the public key as a secret, is refused', async () => {
    const { project, token } = await aVisit()
    const [, claims] = parts(token)
    const none = `${encoded({ alg: 'none', typ: 'JWT' })}.${claims}.`
    const { d: _, ...publicKey } = newest
    const sign = (head: string, key: string) =>
      `${head}.${claims}.${createHmac('sha256', key).update(`${head}.${claims}`).digest('base64url')}`
    const head = encoded({ alg: 'HS256', kid: newest.kid, typ: 'JWT' })
    const all = [none, sign(head, JSON.stringify(publicKey)), sign(head, newest.x), sign(head, '')]
    for (const one of all) expect(codeOf(await use(project, one))).toEqual(NO_TOKEN)
  })

  it('with changed claims is refused: another person, another plan, another end', async () => {
    const { project, token } = await aVisit()
    const [head, , signature] = parts(token)
    for (const claims of [{ sub: 'user_other' }, { plan: 'max' }, { exp: 9_999_999_999 }]) {
      const changed = `${head}.${encoded({ ...decodeJwt(token), ...claims })}.${signature}`
      expect(codeOf(await use(project, changed))).toEqual(NO_TOKEN)
    }
  })

  it('of another issuer, of another project, or that is over, is refused although it is signed by us', async () => {
    const { project, token } = await aVisit()
    const other = await aProject()
    expect(codeOf(await use(project, await forged(token, { iss: 'https://evil.example' })))).toEqual(NO_TOKEN)
    expect(codeOf(await use(project, await forged(token, { iss: undefined })))).toEqual(NO_TOKEN)
    expect(codeOf(await use(other, token))).toEqual([403, 'publishable_key_mismatch'])
    const aud = other.projectId
    expect(codeOf(await use(other, await forged(token, { aud })))).toEqual([403, 'publishable_key_mismatch'])
    const { publishableKey } = other
    expect(codeOf(await use(other, await forged(token, { aud, publishableKey })))).toEqual([401, 'not_a_customer'])
    expect(codeOf(await use(project, await forged(token, { exp: undefined })))).toEqual(NO_TOKEN)
    expect(codeOf(await use(project, await forged(token, { sid: undefined })))).toEqual(NO_TOKEN)
    expect(codeOf(await use(project, await forged(token, { sid: 'ses_unknown' })))).toEqual(ENDED)
    expect((await use(project, token)).status).toBe(200)
    await app().advance('306s')
    expect(codeOf(await use(project, token))).toEqual(NO_TOKEN)
  })

  it('of one customer does not go on in the session of another', async () => {
    const { project, token } = await aVisit()
    const other = await signedIn(app(), project, (await aPerson(app())).id)
    const mixed = await forged(token, { sid: decodeJwt(other.token)['sid'] })
    expect(codeOf(await use(project, mixed))).toEqual(ENDED)
  })

  it('is worth nothing from a page that the project does not allow any more', async () => {
    const { project, token } = await aVisit()
    const elsewhere = await forged(token, { azp: 'https://evil.example' })
    expect(codeOf(await use(project, elsewhere))).toEqual(NO_TOKEN)
  })

  it('does not sign a person in on our page: that takes the identity provider’s own', async () => {
    const { person, token } = await aVisit()
    const other = await aProject()
    for (const one of [token, await forged(token, { azp: app().server.url })])
      expect(codeOf(await arrive(app(), other, person.id, { token: one }))).toEqual([401, 'invalid_session'])
  })
})

describe('arriving', () => {
  it('makes nobody a customer who did not say so', async () => {
    const project = await aProject()
    const { id } = await aPerson(app())
    const facts = { join: false, codeChallenge: challengeOf(aVerifier()) }
    expect(await arrive(app(), project, id, facts)).toMatchObject({ status: 200, body: { location: null } })
    const { customers } = await app().ok('GET', '/api/customers', { headers: secret(project) })
    expect(customers).toEqual([])
    await signedIn(app(), project, id)
    expect((await arrive(app(), project, id, facts)).status).toBe(200)
  })

  it('of somebody whom the developer had named before makes that customer theirs', async () => {
    const project = await aProject()
    const { id, email } = await aPerson(app())
    await app().ok('POST', '/api/data', { headers: { ...secret(project), 'X-User-Id': id } })
    const { token } = await signedIn(app(), project, id)
    const { body } = await use(project, token)
    expect(body.usage.used ?? body.usage.count).toBe(2)
    const { customer } = await app().ok('GET', `/api/customers/${id}`, { headers: secret(project) })
    expect(customer.email).toBe(email)
  })

  it('of somebody whom the developer had signed up is no second customer', async () => {
    const project = await aProject()
    const { id, email } = await app().customer(project)
    expect((await signedIn(app(), project, id)).customer).toMatchObject({ id, email })
    const { customers } = await app().ok('GET', '/api/customers', { headers: secret(project) })
    expect(customers).toHaveLength(1)
  })

  it('without a challenge leads back without a code', async () => {
    const project = await aProject()
    const { body } = await arrive(app(), project, (await aPerson(app())).id, { state: 'abc' })
    expect(body.location).toBe('http://localhost:3000/app?__dream_state=abc')
  })
})
