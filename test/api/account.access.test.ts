/** Who may do what under /account: every route with every kind of credential, good and forged. */

import { beforeAll, describe, expect, it } from 'vitest'
import type { Role } from '../../sdk/schema/account.ts'
import { ROUTES, type Route } from '../../worker/router.ts'
import { STRIPE_SECRET_KEY } from '../sandbox/keys.ts'
import { as, page, secret, useApp, type TestMember, type TestProject } from '../support/app.ts'
import { aKey } from '../support/keys.ts'
import { aPerson, signedIn } from '../support/signIn.ts'

const app = useApp()

/** Who may at least call it; `open`: it stays possible when the subscription has ended. A new route needs a row. */
const TABLE: Readonly<Record<string, readonly [role: Role, locked?: 'open']>> = {
  'GET /account': ['viewer', 'open'],
  'PATCH /account': ['owner'],
  'GET /account/members': ['viewer'],
  'POST /account/invitations': ['owner'],
  'DELETE /account/invitations/:id': ['owner'],
  'PATCH /account/members/:id': ['owner'],
  'DELETE /account/members/:id': ['owner'],
  'GET /account/audit': ['viewer'],
  'GET /account/reports': ['viewer'],
  'GET /account/connections': ['viewer'],
  'POST /account/connections/:mode/start': ['owner'],
  'POST /account/connections/:mode/finish': ['owner'],
  'DELETE /account/connections/:mode': ['owner'],
  'GET /account/projects/:projectId/promotion': ['developer'],
  'POST /account/projects/:projectId/promotion': ['developer'],
  'PATCH /account/projects/:projectId/promotion': ['developer'],
  'GET /account/billing': ['viewer', 'open'],
  'GET /account/billing/invoices': ['viewer', 'open'],
  'POST /account/billing/checkout': ['owner', 'open'],
  'POST /account/billing/portal': ['owner', 'open'],
  'GET /account/export': ['developer', 'open'],
  'GET /account/projects': ['viewer', 'open'],
  'POST /account/projects': ['developer'],
  'GET /account/projects/:projectId': ['viewer', 'open'],
  'PATCH /account/projects/:projectId': ['developer'],
  'DELETE /account/projects/:projectId': ['owner', 'open'],
  'DELETE /account/projects/:projectId/test': ['owner'],
}

const nameOf = ({ method, path }: Pick<Route, 'method' | 'path'>): string => `${method} ${path}`
const isManaged = ({ path }: Route): boolean => path.startsWith('/account/projects/:projectId/:mode/')

/** What a key may do in a project: to look is for everybody, to take the data away too when all else is locked. */
function managedRow({ method, path }: Route): readonly [role: Role, locked?: 'open'] {
  if (path.endsWith('/export')) return ['developer', 'open']
  return [method === 'GET' || /\/(feed\/tickets|preview)$/.test(path) ? 'viewer' : 'developer']
}

const MEMBER_ROUTES = ROUTES.filter(({ access }) => access === 'member')
const rowOf = (route: Route) => (isManaged(route) ? managedRow(route) : TABLE[nameOf(route)]!)
const RANK: readonly Role[] = ['viewer', 'developer', 'owner']

interface Seats {
  readonly platformId: string
  readonly project: TestProject
  readonly members: Readonly<Record<Role, TestMember>>
}

let ours: Seats
let locked: Seats
let stranger: TestMember
let customerId: string
/** Of a customer of another account's project. */
let foreignId: string
let live: TestProject
let revoked: TestProject
let scoped: TestProject
/** Of a customer, signed by us. */
let ownToken: string

beforeAll(async () => {
  ours = await anAccount()
  locked = await anAccount()
  await endSubscription(locked.members.owner)
  stranger = await app().member()
  await app().okAsMember(stranger, 'GET', '/account')
  customerId = (await app().customer(ours.project)).id
  foreignId = (await app().customer(locked.project)).id
  live = await app().project({ mode: 'live' })
  ownToken = (await signedIn(app(), ours.project, (await aPerson(app())).id)).token
  scoped = { ...ours.project, secretKey: await aKey(app(), ours.project, 'scoped', ['read']) }
  revoked = { ...ours.project, secretKey: await aKey(app(), ours.project, 'revoked', ['admin']) }
  await app().ok('DELETE', '/api/keys/revoked', { headers: secret(ours.project) })
})

/** An account with a project and a member of every role. */
async function anAccount(): Promise<Seats> {
  const [owner, developer, viewer] = [await app().member(), await app().member(), await app().member()]
  const { account } = await app().okAsMember(owner, 'GET', '/account')
  const made = await app().okAsMember(owner, 'POST', '/account/projects', { body: { name: 'Acme', type: 'saas' } })
  for (const [member, role] of [
    [developer, 'developer'],
    [viewer, 'viewer'],
  ] as const) {
    await app().okAsMember(owner, 'POST', '/account/invitations', { body: { email: member.email, role } })
    await app().settle()
    const headers = { Accept: 'application/json' }
    const mails = await app().ok('GET', `/sandbox/mailbox?to=${encodeURIComponent(member.email)}`, { headers })
    const code = /code=([0-9a-z]{32})/.exec(JSON.stringify(mails))![1]
    const body = { account: account.platformId, code }
    await app().okAsMember(member, 'POST', '/account/invitations/accept', { body })
  }
  const { projectId } = made.project
  const project = { projectId, mode: 'test', stripeAccount: null, ...made.keys.test } as TestProject
  return { platformId: account.platformId, project, members: { owner, developer, viewer } }
}

async function endSubscription(owner: TestMember): Promise<void> {
  const { url } = await app().okAsMember(owner, 'POST', '/account/billing/checkout')
  await app().pay(/cs_\w+/.exec(url)![0])
  const { subscription } = await app().okAsMember(owner, 'GET', '/account/billing')
  const authorization = { Authorization: `Bearer ${STRIPE_SECRET_KEY.live}` }
  await app().server.outside(`https://api.stripe.com/v1/subscriptions/${subscription.id}`, {
    method: 'DELETE',
    headers: authorization,
  })
  await app().settle()
}

/** The address of a route, with a real project and made-up names for the rest. */
const addressOf = ({ path }: Route, { project }: Seats): string =>
  path.replace(':projectId', project.projectId).replace(':mode', 'test').replaceAll(/:\w+/g, 'nothing')

async function call(route: Route, headers: Record<string, string>, seats = ours): Promise<[number, string]> {
  const body = route.method === 'GET' ? {} : { body: '{"nobody":"would send this"}' }
  const answer = await app().call(route.method, addressOf(route, seats), { headers, ...body })
  return [answer.status, answer.body.code ?? '']
}

const bearer = (token: string, account = ours.platformId) => ({
  Authorization: `Bearer ${token}`,
  'X-Account': account,
})
const asSeated = async (member: TestMember, account = ours.platformId) =>
  bearer(await app().memberToken(member), account)

describe('the table', () => {
  it('has a row for every route of a member, and none of a route that is not there', () => {
    const named = MEMBER_ROUTES.filter((route) => !isManaged(route)).map(nameOf)
    expect(named.toSorted()).toEqual(Object.keys(TABLE).toSorted())
  })

  it('holds every door that a key opens, once more for members', () => {
    const isKeyed = ({ access, path }: Route) => access !== 'public' && access !== 'member' && path.startsWith('/api/')
    const keyed = ROUTES.filter(isKeyed).map(nameOf)
    const managed = MEMBER_ROUTES.filter(isManaged).map((route) =>
      nameOf({ ...route, path: route.path.replace('/account/projects/:projectId/:mode', '/api') }),
    )
    expect(managed.toSorted()).toEqual(keyed.toSorted())
  })
})

describe('every route under /account is closed to', () => {
  const forged = (facts: Record<string, unknown>) => async () =>
    bearer(await app().memberToken(ours.members.owner, facts))
  const CREDENTIALS: readonly [string, () => Promise<Record<string, string>>, readonly [number, string]][] = [
    ['nobody', async () => ({}), [401, 'missing_session']],
    ['a malformed token', async () => bearer('garbage'), [401, 'invalid_session']],
    ['an unsigned token', forged({ algorithm: 'none' }), [401, 'invalid_session']],
    ['a token signed with the public key', forged({ algorithm: 'HS256' }), [401, 'invalid_session']],
    ['an expired token', forged({ issuedAt: 1_700_000_000_000 }), [401, 'invalid_session']],
    ['a token of another issuer', forged({ claims: { iss: 'https://evil.example' } }), [401, 'invalid_session']],
    ['a token issued to another page', forged({ azp: 'https://evil.example' }), [401, 'invalid_session']],
    ['the secret key of its project', async () => secret(ours.project), [401, 'invalid_session']],
    ['a secret key that names a customer', async () => as(ours.project, customerId), [401, 'invalid_session']],
    [
      'a key with a forged tag',
      async () => bearer(`${ours.project.secretKey.slice(0, -1)}_`),
      [401, 'invalid_session'],
    ],
    ['a secret key of live mode', async () => secret(live), [401, 'invalid_session']],
    ['the secret key of a project of another account', async () => secret(locked.project), [401, 'invalid_session']],
    ['a secret key that was revoked', async () => secret(revoked), [401, 'invalid_session']],
    ['a secret key of one scope', async () => secret(scoped), [401, 'invalid_session']],
    ['the publishable key of its project', async () => page(ours.project), [401, 'missing_session']],
    [
      "a customer's token",
      async () => bearer(await app().token(ours.project, customerId, { azp: app().server.url })),
      [401, 'invalid_session'],
    ],
    [
      "a customer's token of a project of another account",
      async () => bearer(await app().token(locked.project, foreignId, { azp: app().server.url })),
      [401, 'invalid_session'],
    ],
    ['a customer’s token that we signed ourselves', async () => bearer(ownToken), [401, 'invalid_session']],
    ['a member of another account', async () => asSeated(stranger), [404, 'account_not_found']],
    [
      'a member, for an account with a forged id',
      async () =>
        asSeated(ours.members.owner, `${ours.platformId.slice(0, -1)}${ours.platformId.endsWith('0') ? '1' : '0'}`),
      [404, 'account_not_found'],
    ],
  ]
  it.each(CREDENTIALS)('%s', { timeout: 120_000 }, async (_, headersOf, expected) => {
    const wrong: unknown[] = []
    const headers = await headersOf()
    for (const route of MEMBER_ROUTES) {
      const answer = await call(route, headers)
      if (answer[0] !== expected[0] || answer[1] !== expected[1]) wrong.push([nameOf(route), ...answer])
    }
    expect(wrong).toEqual([])
  })
})

describe('a member', () => {
  it.each(RANK)('who is %s passes where the role suffices, and nowhere else', { timeout: 120_000 }, async (role) => {
    const wrong: unknown[] = []
    const headers = { ...(await asSeated(ours.members[role])), 'X-User-Id': customerId }
    for (const route of MEMBER_ROUTES) {
      const mayPass = RANK.indexOf(role) >= RANK.indexOf(rowOf(route)[0])
      const [status, code] = await call(route, headers)
      const passed = ![401, 403].includes(status) && !['account_not_found', 'project_not_found'].includes(code)
      if (passed !== mayPass || (!mayPass && code !== 'role_required')) wrong.push([nameOf(route), status, code])
    }
    expect(wrong).toEqual([])
  })

  it(
    'of an account whose subscription has ended can pay and export, and nothing else',
    { timeout: 120_000 },
    async () => {
      const wrong: unknown[] = []
      const headers = await asSeated(locked.members.owner, locked.platformId)
      for (const route of MEMBER_ROUTES) {
        const [status, code] = await call(route, headers, locked)
        const isOpen = rowOf(route)[1] === 'open'
        if (isOpen === (code === 'account_locked') || (isOpen && status === 403))
          wrong.push([nameOf(route), status, code])
      }
      expect(wrong).toEqual([])
    },
  )

  it("reaches no project of another account through one's own", { timeout: 120_000 }, async () => {
    const headers = bearer(await app().memberToken(stranger))
    const { account } = await app().okAsMember(stranger, 'GET', '/account')
    const wrong: unknown[] = []
    for (const route of MEMBER_ROUTES.filter(({ path }) => path.includes(':projectId'))) {
      const answer = await call(route, { ...headers, 'X-Account': account.platformId })
      if (answer[0] !== 404 || answer[1] !== 'project_not_found') wrong.push([nameOf(route), ...answer])
    }
    expect(wrong).toEqual([])
  })
})
