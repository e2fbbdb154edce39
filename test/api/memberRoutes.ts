/** The routes of an account's members, each with an example of a call that succeeds, in an order that lets all of them. */

import type { App, TestMember, TestProject } from '../support/app.ts'
import { LADDER } from '../support/billing.ts'
import { agree, connectByOAuth, startOAuth } from '../support/connect.ts'
import { subscribeToUs } from '../support/own.ts'
import { addProduct, aProduct, order, paid } from '../support/store.ts'

/** An account that has everything that the examples need, and people around it. */
export interface Office {
  readonly app: App
  readonly platformId: string
  readonly owner: TestMember
  /** Invited, and not here yet. */
  readonly guest: TestMember
  /** Has an account that pays nothing yet. */
  readonly newcomer: TestMember
  readonly project: TestProject
  readonly name: string
  readonly doomedId: string
  readonly invitationId: string
}

type Maybe<T> = T | Promise<T>

export interface MemberExample {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  readonly path: string
  /** 200 when left out. */
  readonly status?: number
  /** The owner when left out. */
  readonly who?: 'guest' | 'newcomer'
  /** What the colons of the path stand for, in order. */
  readonly at?: (office: Office) => readonly string[]
  readonly query?: (office: Office) => string
  readonly body?: (office: Office) => Maybe<object>
}

const project = ({ project: { projectId } }: Office) => [projectId]
const doomed = ({ doomedId }: Office) => [doomedId]
const guest = (office: Office) => [office.guest.userId]
const inTest = () => ['test']

export const MEMBER_EXAMPLES: readonly MemberExample[] = [
  { method: 'GET', path: '/account' },
  { method: 'GET', path: '/account/all' },
  { method: 'PATCH', path: '/account', body: () => ({ name: 'Acme' }) },
  { method: 'POST', path: '/account/invitations', status: 201, body: () => invitation('eve@members.example') },
  { method: 'GET', path: '/account/members' },
  { method: 'DELETE', path: '/account/invitations/:id', at: ({ invitationId }) => [invitationId] },
  {
    method: 'POST',
    path: '/account/invitations/accept',
    who: 'guest',
    body: async ({ app, platformId, guest: { email } }) => ({ account: platformId, code: await codeFor(app, email) }),
  },
  { method: 'PATCH', path: '/account/members/:id', at: guest, body: () => ({ role: 'viewer' }) },
  { method: 'DELETE', path: '/account/members/:id', at: guest },
  { method: 'GET', path: '/account/audit', query: () => 'limit=5' },
  { method: 'GET', path: '/account/reports', query: () => 'mode=test' },
  { method: 'POST', path: '/account/billing/checkout', who: 'newcomer' },
  { method: 'GET', path: '/account/billing' },
  { method: 'GET', path: '/account/billing/invoices' },
  { method: 'POST', path: '/account/billing/portal' },
  {
    method: 'POST',
    path: '/account/connections/:mode/start',
    who: 'newcomer',
    at: inTest,
    body: () => ({ via: 'oauth' }),
  },
  {
    method: 'POST',
    path: '/account/connections/:mode/finish',
    who: 'newcomer',
    at: inTest,
    body: async ({ app, newcomer }) => agree(app, await startOAuth(app, newcomer, 'test')),
  },
  { method: 'GET', path: '/account/connections' },
  {
    method: 'GET',
    path: '/account/export',
    query: ({ project: { projectId } }) => `projectId=${projectId}&mode=test`,
  },
  { method: 'POST', path: '/account/projects', status: 201, body: () => ({ name: 'Shop', type: 'store' }) },
  { method: 'GET', path: '/account/projects' },
  { method: 'GET', path: '/account/projects/:projectId', at: project },
  {
    method: 'PATCH',
    path: '/account/projects/:projectId',
    at: project,
    body: ({ name }) => ({ name, archived: false }),
  },
  { method: 'GET', path: '/account/projects/:projectId/promotion', at: project },
  {
    method: 'POST',
    path: '/account/projects/:projectId/promotion',
    status: 201,
    at: project,
    body: () => ({ stock: 'copy' }),
  },
  {
    method: 'PATCH',
    path: '/account/projects/:projectId/promotion',
    at: project,
    body: async ({ app, owner, project: { projectId } }) => {
      await app.settle()
      const { promotion } = await app.okAsMember(owner, 'GET', `/account/projects/${projectId}/promotion`)
      return { revision: promotion.revision }
    },
  },
  {
    method: 'DELETE',
    path: '/account/projects/:projectId/test',
    status: 202,
    at: project,
    body: ({ name }) => ({ confirm: name }),
  },
  {
    method: 'DELETE',
    path: '/account/projects/:projectId',
    status: 202,
    at: doomed,
    body: () => ({ confirm: 'Doomed' }),
  },
  { method: 'DELETE', path: '/account/connections/:mode', at: inTest, query: () => 'force=true' },
]

const invitation = (email: string) => ({ email, role: 'developer' })

async function codeFor(app: App, email: string): Promise<string> {
  await app.settle()
  const headers = { Accept: 'application/json' }
  const mails = await app.ok('GET', `/sandbox/mailbox?to=${encodeURIComponent(email)}`, { headers })
  return /code=([0-9a-z]{32})/.exec(JSON.stringify(mails))?.[1] ?? ''
}

/** An account with an invitation, a bill, a connection in each mode, and a project that sold a plan and a product. */
export async function anOffice(app: App): Promise<Office> {
  const [owner, guest, newcomer] = [await app.member(), await app.member(), await app.member()]
  const { account } = await app.okAsMember(owner, 'GET', '/account')
  await app.okAsMember(owner, 'POST', '/account/invitations', { body: invitation(guest.email) })
  const { invitation: spare } = await app.okAsMember(owner, 'POST', '/account/invitations', {
    body: invitation('spare@members.example'),
  })
  await subscribeToUs(app, owner)
  for (const mode of ['test', 'live'] as const) await connectByOAuth(app, owner, mode)
  const name = 'Acme AI'
  const make = async (body: object) => app.okAsMember(owner, 'POST', '/account/projects', { body })
  const doomed = await make({ name: 'Doomed', type: 'saas' })
  const made = await make({ name, type: 'saas', tiers: LADDER })
  const project = { projectId: made.project.projectId, mode: 'test' as const, ...made.keys.test, stripeAccount: null }
  await sell(app, project)
  return {
    app,
    platformId: account.platformId,
    owner,
    guest,
    newcomer,
    project,
    name,
    doomedId: doomed.project.projectId,
    invitationId: spare.id,
  }
}

/** A plan and a mug are sold, something is used, and the reports know of it. */
async function sell(app: App, project: TestProject): Promise<void> {
  const { id } = await app.customer(project)
  await app.subscribe(project, id, 'pro')
  const headers = { Authorization: `Bearer ${project.secretKey}`, 'X-User-Id': id }
  await app.ok('POST', '/api/data', { headers })
  const product = await addProduct(app, project, aProduct())
  await paid(app, await order(app, project, [{ variantId: product.variants[0].id, quantity: 1 }]))
  await app.advance('10s')
}

export const addressOf = ({ path, at, query }: MemberExample, office: Office): string => {
  const values = [...(at?.(office) ?? [])]
  const named = path.replaceAll(/:\w+/g, () => encodeURIComponent(values.shift() ?? ''))
  return query === undefined ? named : `${named}?${query(office)}`
}
