/** Who may call what: every route with every kind of credential, good and forged. */

import { beforeAll, describe, expect, it } from 'vitest'
import { CLERK } from '../sandbox/keys.ts'
import { as, page, secret, useApp, type Answer, type Body, type TestProject } from '../support/app.ts'
import { LADDER } from '../support/billing.ts'
import { aKey } from '../support/keys.ts'
import { aPerson, signedIn } from '../support/signIn.ts'
import { aWorld, EXAMPLES, nameOf, pathOf, routesInSource, type Access, type Example, type Things } from './routes.ts'

const app = useApp()

/** `own`: what the example answers. Otherwise the status, and the code if the answer is always the same. */
type Verdict = 'own' | readonly [status: number, code: string]
type Row = Readonly<Record<Exclude<Access, 'public' | 'guest'>, Verdict>>

const SERVER_ONLY = [403, 'secret_key_required'] as const
const all = (status: number, code: string): Row => ({
  key: [status, code],
  customer: [status, code],
  secret: [status, code],
})
/** A publishable key that opens, with a customer token that does not. */
const badToken = (status: number, code: string): Row => ({ key: 'own', customer: [status, code], secret: SERVER_ONLY })

interface Credential {
  readonly name: string
  readonly row: Row
  readonly headers: () => Record<string, string> | Promise<Record<string, string>>
}

let things: Things
let live: Things
let other: Things
let closed: TestProject
let rotated: TestProject
let revoked: TestProject

const token = (facts: Record<string, unknown> = {}, of = things) => app().token(of.project, of.customerId, facts)
const withToken = async (facts: Record<string, unknown> = {}, of = things) =>
  page(things.project, await token(facts, of))
const flip = (text: string, at: number) => text.slice(0, at) + (text[at] === 'a' ? 'b' : 'a') + text.slice(at + 1)

const CREDENTIALS: readonly Credential[] = [
  { name: 'none', row: all(401, 'missing_authentication'), headers: () => ({}) },
  { name: 'an empty bearer', row: all(401, 'missing_authentication'), headers: () => ({ Authorization: 'Bearer ' }) },
  { name: 'basic auth', row: all(401, 'missing_authentication'), headers: () => ({ Authorization: 'Basic c2s6' }) },
  { name: 'garbage as bearer', row: all(401, 'invalid_api_key'), headers: () => ({ Authorization: 'Bearer garbage' }) },
  {
    name: 'garbage as publishable key',
    row: { key: [401, 'invalid_publishable_key'], customer: [401, 'invalid_publishable_key'], secret: SERVER_ONLY },
    headers: () => ({ 'X-Publishable-Key': "pk_test_' OR 1=1 --" }),
  },
  {
    name: 'a secret key with a forged tag',
    row: all(401, 'invalid_api_key'),
    headers: () =>
      as(
        { ...things.project, secretKey: flip(things.project.secretKey, things.project.secretKey.length - 1) },
        things.customerId,
      ),
  },
  {
    name: 'a secret key with another secret under the same tag',
    row: all(401, 'invalid_api_key'),
    headers: () => as({ ...things.project, secretKey: flip(things.project.secretKey, 40) }, things.customerId),
  },
  {
    name: 'a secret key that says live where it is test',
    row: all(401, 'invalid_api_key'),
    headers: () =>
      as({ ...things.project, secretKey: things.project.secretKey.replace('sk_test_', 'sk_live_') }, things.customerId),
  },
  {
    name: 'a publishable key with a forged tag',
    row: { key: [401, 'invalid_publishable_key'], customer: [401, 'invalid_publishable_key'], secret: SERVER_ONLY },
    headers: () => ({
      'X-Publishable-Key': flip(things.project.publishableKey, things.project.publishableKey.length - 1),
    }),
  },
  {
    name: 'a publishable key as bearer',
    row: all(401, 'invalid_api_key'),
    headers: () => ({ Authorization: `Bearer ${things.project.publishableKey}` }),
  },
  {
    name: 'a secret key as publishable key',
    row: { key: [401, 'invalid_publishable_key'], customer: [401, 'invalid_publishable_key'], secret: SERVER_ONLY },
    headers: () => ({ 'X-Publishable-Key': things.project.secretKey }),
  },
  {
    name: 'the publishable key',
    row: badToken(401, 'missing_customer'),
    headers: () => page(things.project),
  },
  {
    name: 'the publishable key and a user id in a header',
    row: badToken(401, 'missing_customer'),
    headers: () => ({ ...page(things.project), 'X-User-Id': things.customerId, 'X-User-Plan': 'max' }),
  },
  {
    name: 'the publishable key of a live project, from a foreign page',
    row: { key: [403, 'origin_not_allowed'], customer: [403, 'origin_not_allowed'], secret: SERVER_ONLY },
    headers: async () => ({ ...page(live.project, await token({}, live)), Origin: 'https://evil.example' }),
  },
  {
    name: 'the publishable key and the customer’s token',
    row: { key: 'own', customer: 'own', secret: SERVER_ONLY },
    headers: () => withToken(),
  },
  {
    name: 'a token of another project’s customer',
    row: badToken(403, 'publishable_key_mismatch'),
    headers: () => withToken({}, other),
  },
  {
    name: 'a token that we signed for another project’s customer',
    row: badToken(403, 'publishable_key_mismatch'),
    headers: async () => page(things.project, (await signedIn(app(), other.project, (await aPerson(app())).id)).token),
  },
  {
    name: 'a token that names the project, of somebody who is no customer of it',
    row: badToken(401, 'not_a_customer'),
    headers: () =>
      withToken({ claims: { publishableKey: things.project.publishableKey, publicMetadata: null } }, other),
  },
  {
    name: 'a token that names no project',
    row: badToken(401, 'invalid_customer_token'),
    headers: () => withToken({ claims: { publishableKey: null, publicMetadata: { plan: 'max' } } }),
  },
  {
    name: 'an expired token',
    row: badToken(401, 'invalid_customer_token'),
    headers: async () => withToken({ issuedAt: (await now()) - 120_000 }),
  },
  {
    name: 'a token that is not valid yet',
    row: badToken(401, 'invalid_customer_token'),
    headers: async () => withToken({ issuedAt: (await now()) + 60_000, expiresIn: 600 }),
  },
  {
    name: 'a token that begins later than it was issued',
    row: badToken(401, 'invalid_customer_token'),
    headers: async () => withToken({ claims: { nbf: Math.floor((await now()) / 1000) + 60 } }),
  },
  {
    name: 'a token without an end',
    row: badToken(401, 'invalid_customer_token'),
    headers: () => withToken({ claims: { exp: null } }),
  },
  { name: 'alg none', row: badToken(401, 'invalid_customer_token'), headers: () => withToken({ algorithm: 'none' }) },
  {
    name: 'HS256 with the public key as secret',
    row: badToken(401, 'invalid_customer_token'),
    headers: () => withToken({ algorithm: 'HS256' }),
  },
  {
    name: 'a token whose claims were changed after signing',
    row: badToken(401, 'invalid_customer_token'),
    headers: async () => {
      const [head, claims, signature] = (await token()).split('.') as [string, string, string]
      const changed = { ...(JSON.parse(Buffer.from(claims, 'base64url').toString()) as object), sub: other.customerId }
      return page(
        things.project,
        [head, Buffer.from(JSON.stringify(changed)).toString('base64url'), signature].join('.'),
      )
    },
  },
  {
    name: 'a token of the other Clerk instance',
    row: badToken(401, 'invalid_customer_token'),
    headers: () =>
      withToken({ claims: { iss: CLERK.test.issuer, publishableKey: things.project.publishableKey } }, live),
  },
  {
    name: 'a token signed by this instance in the name of another issuer',
    row: badToken(401, 'invalid_customer_token'),
    headers: () => withToken({ claims: { iss: 'https://evil.example' } }),
  },
  {
    name: 'a token of a JWT template, which belongs to no session',
    row: badToken(401, 'invalid_customer_token'),
    headers: () => withToken({ template: true }),
  },
  {
    name: 'a token of a session that is pending',
    row: badToken(401, 'invalid_customer_token'),
    headers: () => withToken({ claims: { sts: 'pending' } }),
  },
  {
    name: 'a token that does not say which page it was issued to',
    row: badToken(401, 'invalid_customer_token'),
    headers: () => withToken({ azp: null }),
  },
  {
    name: 'a token issued to a foreign page',
    row: badToken(401, 'invalid_customer_token'),
    headers: () => withToken({ azp: 'https://evil.example' }),
  },
  {
    name: 'a token that is huge',
    row: badToken(401, 'invalid_customer_token'),
    headers: () => page(things.project, 'a'.repeat(9_000)),
  },
  {
    name: 'the secret key, naming the customer',
    row: { key: 'own', customer: 'own', secret: 'own' },
    headers: () => as(things.project, things.customerId),
  },
  {
    name: 'the secret key and the project’s own publishable key',
    row: { key: 'own', customer: 'own', secret: 'own' },
    headers: () => ({ ...page(things.project), ...as(things.project, things.customerId) }),
  },
  {
    name: 'the secret key and the customer’s token',
    row: { key: 'own', customer: 'own', secret: 'own' },
    headers: async () => ({ ...secret(things.project), 'X-Clerk-Token': await token() }),
  },
  {
    name: 'the secret key, naming nobody',
    row: { key: 'own', customer: [401, 'missing_customer'], secret: 'own' },
    headers: () => secret(things.project),
  },
  {
    name: 'the secret key, a token and another name',
    row: { key: 'own', customer: [400, 'customer_mismatch'], secret: 'own' },
    headers: async () => ({ ...as(things.project, 'somebody-else'), 'X-Clerk-Token': await token() }),
  },
  {
    name: 'the secret key with a forged token',
    row: { key: 'own', customer: [401, 'invalid_customer_token'], secret: 'own' },
    headers: async () => ({ ...secret(things.project), 'X-Clerk-Token': await token({ algorithm: 'none' }) }),
  },
  {
    name: 'the secret key and another project’s publishable key',
    row: all(400, 'key_conflict'),
    headers: () => ({ ...as(things.project, things.customerId), 'X-Publishable-Key': other.project.publishableKey }),
  },
  {
    name: 'the secret key and the publishable key of the other mode',
    row: all(400, 'key_conflict'),
    headers: () => ({ ...as(things.project, things.customerId), 'X-Publishable-Key': live.project.publishableKey }),
  },
  {
    name: 'the secret key from a page',
    row: all(403, 'secret_key_in_browser'),
    headers: () => ({ ...as(things.project, things.customerId), Origin: 'http://localhost:3000' }),
  },
  {
    name: 'a secret key that was revoked',
    row: all(401, 'invalid_api_key'),
    headers: () => as(revoked, things.customerId),
  },
  {
    name: 'the session of a member of its account',
    row: all(401, 'invalid_api_key'),
    headers: async () => ({ Authorization: `Bearer ${await app().memberToken(await app().member())}` }),
  },
  {
    name: 'a secret key that was rotated out',
    row: all(401, 'invalid_api_key'),
    headers: () => as(rotated, things.customerId),
  },
  {
    name: 'the secret key of a closed project',
    row: all(410, 'project_deleted'),
    headers: () => as(closed, things.customerId),
  },
  {
    name: 'the publishable key of a closed project',
    row: { key: [410, 'project_deleted'], customer: [410, 'project_deleted'], secret: SERVER_ONLY },
    headers: async () => page(closed, await token()),
  },
]

const now = async (): Promise<number> => (await app().ok('GET', '/sandbox/clock')).now

beforeAll(async () => {
  things = await aWorld(app())
  other = await aWorld(app())
  live = await aWorld(app(), { mode: 'live', allowedOrigins: ['http://localhost:3000'] })
  revoked = { ...things.project, secretKey: await aKey(app(), things.project, 'revoked', ['admin']) }
  await app().ok('DELETE', '/api/keys/revoked', { headers: secret(things.project) })
  rotated = await app().project({ tiers: LADDER })
  await app().ok('POST', '/sandbox/projects/rotate', { body: { projectId: rotated.projectId } })
  closed = await app().project({ tiers: LADDER })
  await app().ok('POST', '/sandbox/projects/close', { body: { projectId: closed.projectId } })
})

const callWith = (example: Example, headers: Record<string, string>, of = things): Promise<Answer<Body>> =>
  app().call(example.method, pathOf(example, of), {
    headers,
    ...(example.body === undefined ? {} : { body: example.body(of) }),
  })

/** What a refused call must not change: the project's rows, and what it owes. */
async function stateOf({ project }: Things): Promise<unknown> {
  await app().settle()
  const paths = ['/api/dashboard', '/api/customers?limit=100', '/api/events?limit=100']
  const bodies = await Promise.all(paths.map((path) => app().ok('GET', path, { headers: secret(project) })))
  return JSON.parse(JSON.stringify(bodies, (key, value: unknown) => (key === 'lastUsedAt' ? null : value)))
}

const GUARDED = EXAMPLES.filter(({ access }) => access !== 'public')
/** Routes that take something away come last, and only where they must be refused or in a world of their own. */
const isDestructive = ({ method, path }: Example) =>
  method === 'DELETE' || /\/(reverse|fulfill|refund|cancel)$/.test(path)

/** Routes that name something of a project. */
const NAMING = EXAMPLES.filter(({ id, path }) => id !== undefined && !/^\/(admin|docs)\//.test(path))

/** A guest needs no name: who does not say one is let in like anybody with a key. A wrong name is refused. */
function verdictOf(row: Row, access: Access): Verdict {
  if (access !== 'guest') return row[access as 'key' | 'customer' | 'secret']
  const { key, customer } = row
  return key === 'own' && customer !== 'own' && customer[1] === 'missing_customer' ? key : customer
}

describe('the access table', () => {
  it('has a row for every route of the router', () => {
    expect(EXAMPLES.map(nameOf).toSorted()).toEqual(routesInSource().map(nameOf).toSorted())
  })

  it.each(CREDENTIALS.map((credential) => [credential.name, credential] as const))(
    '%s',
    async (_, { row, headers }) => {
      const before = await stateOf(things)
      const sent = await headers()
      let allowed = 0
      for (const example of GUARDED) {
        const verdict = verdictOf(row, example.access)
        if (verdict === 'own' && isDestructive(example)) continue
        const answer = await callWith(example, sent)
        if (verdict === 'own') {
          allowed += 1
          expect([answer.status, answer.body.code], nameOf(example)).toEqual([example.status, example.code])
        } else {
          expect([answer.status, answer.body.code], nameOf(example)).toEqual([...verdict])
          expect(answer.body).toMatchObject({ error: expect.any(String), message: expect.any(String) })
        }
      }
      if (allowed === 0) expect(await stateOf(things)).toEqual(before)
    },
  )

  it('opens what is public without a credential, and with any', async () => {
    for (const headers of [{}, { Authorization: 'Bearer nonsense' }, page(closed)])
      for (const example of EXAMPLES.filter(({ access }) => access === 'public'))
        expect((await callWith(example, headers)).status, nameOf(example)).toBe(example.status)
  })
})

describe('ids of another project', () => {
  it('are to a secret key as ids that do not exist, word for word [K3]', async () => {
    const before = await stateOf(things)
    expect(NAMING.length).toBeGreaterThan(6)
    for (const example of NAMING) {
      const foreign = await callWith(example, as(other.project, other.customerId), { ...things, unique: other.unique })
      const missing = await app().call(example.method, example.path.replace(/:\w+/, 'nothing-here'), {
        headers: as(other.project, other.customerId),
        ...(example.body === undefined ? {} : { body: example.body(other) }),
      })
      const wordsOf = ({ status, body: { requestId: _, ...words } }: Answer<Body>) => ({ status, words })
      if (example.path.includes('/usage/')) continue // numbered within the project: it may be one of its own
      expect(wordsOf(foreign), nameOf(example)).toEqual(wordsOf(missing))
      expect(foreign.status, nameOf(example)).toBe(404)
    }
    expect(await stateOf(things)).toEqual(before)
  })

  it('count for the project that the key is of, never for theirs [K3]', async () => {
    const before = await app().usage(things.project, things.customerId)
    const headers = as(other.project, things.customerId)
    expect((await app().call('POST', '/api/data', { headers })).body.usage).toMatchObject({ plan: 'free', used: 1 })
    const body = { items: [{ customerId: things.customerId }] }
    await app().ok('POST', '/api/usage/batch', { headers: secret(other.project), body })
    const after = await app().usage(things.project, things.customerId)
    expect(after).toEqual(before)
  })

  it('keep test and live apart: the same ids in the other mode are other things', async () => {
    for (const example of NAMING.filter(({ path }) => !path.includes('/usage/'))) {
      const answer = await callWith(example, as(live.project, live.customerId), { ...things, unique: live.unique })
      expect([answer.status, nameOf(example)]).toEqual([404, nameOf(example)])
    }
  })
})
