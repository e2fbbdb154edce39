/** The demo developer and one demo project per type, made at the first start through the same code as any other. */

import type { TierInput } from '../../sdk/schema/catalog.ts'
import type { ProjectType } from '../../sdk/schema/common.ts'
import { need } from '../../worker/http.ts'
import { ownAccount } from '../../worker/member.ts'
import { createProject, DEFAULT_TIERS, type CreatedProject } from '../../worker/projects.ts'
import { accountAt, connectionAt } from '../../worker/stub.ts'
import { DEMO_EMAIL, DEMO_ID } from './clerk/signIn.ts'
import type { SandboxEnv } from './app.ts'
import { CANDLES, REQUESTS, type Good } from './shop/goods.ts'
import { seed, type PublicProduct } from './shop/seed.ts'

const DEMO_ACCOUNT = 'acct_demo'

const membershipTiers: readonly TierInput[] = [
  { ...DEFAULT_TIERS[0]!, features: ['Free articles'], limits: {} },
  {
    ...DEFAULT_TIERS[1]!,
    slug: 'member',
    displayName: 'Member',
    description: 'Everything, with seven days to try it.',
    features: ['All articles', 'Community'],
    trialDays: 7,
    limits: {},
    prices: [
      { interval: 'month', unitAmount: 900, currency: 'usd' },
      { interval: 'year', unitAmount: 9000, currency: 'usd' },
    ],
  },
]

interface DemoProject {
  readonly projectId: string
  readonly type: ProjectType
  readonly name: string
  readonly tiers: readonly TierInput[]
  readonly goods: readonly Good[]
  readonly people: readonly string[]
}

const PROJECTS: readonly DemoProject[] = [
  {
    projectId: 'demosaas000000000000',
    type: 'saas',
    name: 'Acme AI',
    tiers: DEFAULT_TIERS,
    goods: REQUESTS,
    people: ['ada@example.com', 'linus@example.com'],
  },
  {
    projectId: 'demostore00000000000',
    type: 'store',
    name: 'Ember & Wick',
    tiers: [],
    goods: CANDLES,
    people: ['grace@example.com'],
  },
  {
    projectId: 'demomembership000000',
    type: 'membership',
    name: 'FitFlow',
    tiers: membershipTiers,
    goods: [],
    people: ['alan@example.com'],
  },
]

interface DemoCustomer {
  readonly id: string
  readonly email: string
  /** A customer token as Clerk would mint it now; it lives 60 seconds. */
  readonly token: string
}

export interface Demo {
  readonly projectId: string
  readonly type: ProjectType
  readonly name: string
  readonly mode: 'test'
  readonly publishableKey: string
  readonly secretKey: string
  readonly tiers: readonly unknown[]
  readonly products: readonly PublicProduct[]
  readonly customers: readonly DemoCustomer[]
}

type Call = (path: string, init?: RequestInit) => Promise<Response>

/** Makes what is missing of the demo and answers it, with fresh tokens. Safe to ask any number of times. */
export async function demo(env: SandboxEnv, api: Call): Promise<Demo[]> {
  await env.SANDBOX.fetch('http://sandbox/sandbox/stripe/accounts', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ id: DEMO_ACCOUNT }),
  }).then((response) => response.text())
  const platformId = await demoAccount(env)
  return Promise.all(PROJECTS.map((project) => demoProject(project, platformId, env, api)))
}

/** The demo developer, signed up at Clerk, with an account of their own. */
async function demoAccount(env: SandboxEnv): Promise<string> {
  const user = { instance: 'developer', id: DEMO_ID, email: DEMO_EMAIL }
  await env.SANDBOX.fetch('http://sandbox/sandbox/clerk/users', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(user),
  }).then((response) => response.text()) // refused when they are there already
  const platformId = await ownAccount({ userId: DEMO_ID, sessionId: '' }, env)
  const account = accountAt(env, platformId)
  if ((await account.connection('test')) === null) {
    const claim = need(await account.beginClaim('test', DEMO_ACCOUNT))
    need(await connectionAt(env, DEMO_ACCOUNT, 'test').claim({ platformId, claim }))
    const made = { mode: 'test', stripeAccount: DEMO_ACCOUNT, via: 'oauth', scope: 'read_write', claim } as const
    need(await account.link(made))
  }
  return platformId
}

async function demoProject(project: DemoProject, platformId: string, env: SandboxEnv, api: Call): Promise<Demo> {
  const { projectId, type, name, tiers } = project
  need(await accountAt(env, platformId).beginProject({ projectId, name, type }))
  const created = await createProject(
    {
      projectId,
      type,
      name,
      mode: 'test',
      platformId,
      stripeAccount: DEMO_ACCOUNT,
      allowedOrigins: [],
      automaticTax: false,
      tiers: [...tiers],
      // The demo's secrets are no secrets: the same on every machine, so that examples can be pasted.
      secret: String(PROJECTS.indexOf(project) + 1).padStart(32, '0'),
    },
    env,
  )
  need(await accountAt(env, platformId).projectChecked(projectId, 'test', true))
  const customers = await Promise.all(project.people.map((email) => demoCustomer(email, created, env, api)))
  const headers = { 'X-Publishable-Key': created.publishableKey }
  const { tiers: published } = await api('/api/tiers', { headers }).then((response) =>
    response.json<{ tiers: unknown[] }>(),
  )
  const shop = { ...created, stripeAccount: DEMO_ACCOUNT, api, stripe: env.SANDBOX }
  const products = await seed(project.goods, shop)
  return { ...created, mode: 'test', type, name, tiers: published, products, customers }
}

async function demoCustomer(email: string, project: CreatedProject, env: SandboxEnv, api: Call): Promise<DemoCustomer> {
  const headers = { Authorization: `Bearer ${project.secretKey}`, 'Content-Type': 'application/json' }
  const found = await api(`/api/customers?email=${encodeURIComponent(email)}`, { headers })
  const { customers } = await found.json<{ customers: { id: string }[] }>()
  const id = customers[0]?.id ?? (await makeCustomer(email, headers, api))
  return { id, email, token: await mintToken({ userId: id, mode: project.mode }, env) }
}

async function makeCustomer(email: string, headers: Record<string, string>, api: Call): Promise<string> {
  const made = await api('/api/customers', { method: 'POST', headers, body: JSON.stringify({ email }) })
  const { customer } = await made.json<{ customer?: { id: string } }>()
  if (customer === undefined) throw new Error(`the demo customer ${email} could not be made: ${made.status}`)
  return customer.id
}

export async function mintToken(of: { userId: string; mode: 'test' | 'live' }, env: SandboxEnv): Promise<string> {
  const response = await env.SANDBOX.fetch('http://sandbox/sandbox/clerk/tokens', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ instance: of.mode, userId: of.userId }),
  })
  const { token } = await response.json<{ token?: string }>()
  if (token === undefined) throw new Error(`no token could be minted for ${of.userId}: ${response.status}`)
  return token
}
