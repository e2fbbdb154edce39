/** Who may see what is for ourselves: those with a valid token of Cloudflare Access, and nobody else. [S22] */

import { generateKeyPair, SignJWT, UnsecuredJWT } from 'jose'
import { describe, expect, it } from 'vitest'
import type { Env } from '../../worker/env.ts'
import { respond, ROUTES } from '../../worker/router.ts'
import { ACCESS } from '../sandbox/keys.ts'
import { page, secret, useApp } from '../support/app.ts'
import { sandboxSettings } from '../support/server.ts'

const app = useApp()

const HEADER = 'Cf-Access-Jwt-Assertion'
const ADMIN = ROUTES.filter(({ path }) => path.startsWith('/admin'))

const token = async (facts: object = {}): Promise<string> =>
  (await app().ok('POST', '/sandbox/access/token', { body: facts })).token

/** How every route of ours answers these headers. */
async function answers(headers: Record<string, string>): Promise<Set<string>> {
  const found = new Set<string>()
  for (const { method, path } of ADMIN) {
    const body = method === 'GET' ? {} : { body: {} }
    const answer = await app().call(method, path.replace(/:\w+/, 'plt_nobody'), { headers, ...body })
    found.add(`${answer.status} ${answer.body.code ?? ''}`)
  }
  return found
}

const claims = () => ({ iss: `https://${ACCESS.team}`, aud: [ACCESS.audience], email: 'a@example.com' })
const signed = (header: { alg: string; kid: string }) =>
  new SignJWT(claims()).setProtectedHeader(header).setIssuedAt().setExpirationTime('1h')

const BAD: readonly [string, () => Promise<Record<string, string>>][] = [
  ['nobody', async () => ({})],
  ['a secret key', async () => secret(await app().project())],
  ['a secret key of live mode', async () => secret(await app().project({ mode: 'live' }))],
  ['a publishable key', async () => page(await app().project())],
  [
    'a customer, with their token',
    async () => {
      const project = await app().project()
      const customerToken = await app().token(project, (await app().customer(project)).id)
      return { ...page(project, customerToken), [HEADER]: customerToken, Authorization: `Bearer ${customerToken}` }
    },
  ],
  [
    'a member of an account',
    async () => ({ Authorization: `Bearer ${await app().memberToken(await app().member())}` }),
  ],
  ["a member's token as Access's", async () => ({ [HEADER]: await app().memberToken(await app().member()) })],
  ['garbage', async () => ({ [HEADER]: 'garbage' })],
  ['an expired token', async () => ({ [HEADER]: await token({ expiresIn: -60 }) })],
  ['a token that never ends', async () => ({ [HEADER]: await token({ claims: { exp: null } }) })],
  ['a token for another application', async () => ({ [HEADER]: await token({ claims: { aud: ['another'] } }) })],
  [
    'a token of another team',
    async () => ({ [HEADER]: await token({ claims: { iss: 'https://evil.cloudflareaccess.com' } }) }),
  ],
  ['an unsigned token', async () => ({ [HEADER]: new UnsecuredJWT(claims()).setExpirationTime('1h').encode() })],
  [
    'a token signed with a shared secret',
    async () => ({ [HEADER]: await signed({ alg: 'HS256', kid: ACCESS.keyId }).sign(new Uint8Array(32)) }),
  ],
  [
    'a token signed with another key of that name',
    async () => {
      const { privateKey } = await generateKeyPair('RS256')
      return { [HEADER]: await signed({ alg: 'RS256', kid: ACCESS.keyId }).sign(privateKey) }
    },
  ],
  [
    'a token signed with a key that nobody published',
    async () => {
      const { privateKey } = await generateKeyPair('RS256')
      return { [HEADER]: await signed({ alg: 'RS256', kid: 'unknown' }).sign(privateKey) }
    },
  ],
  [
    'a bad token beside a good cookie',
    async () => ({ [HEADER]: 'garbage', Cookie: `CF_Authorization=${await token()}` }),
  ],
  ['a cookie of another name', async () => ({ Cookie: `xCF_Authorization=${await token()}` })],
]

describe('what is for ourselves', () => {
  it.each(BAD)('is closed to %s', async (_, headersOf) => {
    expect(await answers(await headersOf())).toEqual(new Set(['403 access_required']))
  })

  it.each([
    ['the header', async () => ({ [HEADER]: await token() })],
    ['the cookie', async () => ({ Cookie: `a=b; CF_Authorization=${await token()}; c=d` })],
  ])('opens by %s of Access', async (_, headersOf) => {
    expect(await answers(await headersOf())).not.toContain('403 access_required')
  })

  it('does nothing for another page, whose answers nobody may read either', async () => {
    const headers = { [HEADER]: await token(), Origin: 'https://evil.example' }
    const answer = await app().call('POST', '/admin/mirror/rebuild', { headers, body: {} })
    expect([answer.status, answer.body.code]).toEqual([403, 'access_required'])
    expect(answer.headers.get('Access-Control-Allow-Origin')).toBeNull()
    const preflight = await app().call('OPTIONS', '/admin/mirror/rebuild', { headers })
    expect(preflight.headers.get('Access-Control-Allow-Origin')).toBeNull()
  })

  it.each([
    {},
    { ACCESS_TEAM: ACCESS.team },
    { ACCESS_AUDIENCE: ACCESS.audience },
    { ACCESS_TEAM: '', ACCESS_AUDIENCE: '' },
  ])('is not there in a deployment that has only %o of Access', async (settings) => {
    const { ACCESS_TEAM: _, ACCESS_AUDIENCE: __, ...others } = sandboxSettings('http://localhost')
    const objects = ['PROJECT', 'FEED', 'CONNECTION', 'ACCOUNT', 'PERSON', 'TRIAL', 'REGISTRY']
    const bindings = [...objects, 'DB', 'IMAGES', 'FLOOD_PLACE', 'FLOOD_KEY', 'GUESSES']
    const there = Object.fromEntries(bindings.map((name) => [name, {}]))
    const env = { ...others, ...there, ...settings } as unknown as Env
    const ask = async (method: string, path: string) => {
      const request = new Request(`http://localhost${path}`, { method, headers: { [HEADER]: await token() } })
      const answer = await respond(request, env)
      const { requestId: __, ...body } = (await answer.json()) as Record<string, unknown>
      return { status: answer.status, body, headers: Object.fromEntries(answer.headers) }
    }
    const nowhere = await ask('GET', '/nowhere')
    expect(nowhere.status).toBe(404)
    for (const { path } of ADMIN) for (const method of ['GET', 'POST']) expect(await ask(method, path)).toEqual(nowhere)
  })
})
