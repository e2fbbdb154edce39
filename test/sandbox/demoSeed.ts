/**
 * Makes the demo developer and one demo project per type, through the same code as any other. Once in the life of a state
 * folder: from then on they are their owner's, and what is deleted or changed stays so.
 */

import type { TierInput } from '../../sdk/schema/catalog.ts'
import type { ProjectType } from '../../sdk/schema/common.ts'
import { need } from '../../worker/http.ts'
import { ownAccount } from '../../worker/member.ts'
import { createProject, DEFAULT_TIERS } from '../../worker/projects.ts'
import { accountAt, connectionAt } from '../../worker/stub.ts'
import { DEMO_EMAIL, DEMO_ID } from './clerk/signIn.ts'
import type { SandboxEnv } from './app.ts'
import { CANDLES, REQUESTS, type Good } from './shop/goods.ts'
import { stock } from './shop/stock.ts'

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

export interface DemoProject {
  readonly projectId: string
  readonly type: ProjectType
  readonly name: string
  readonly tiers: readonly TierInput[]
  readonly goods: readonly Good[]
  /** Their addresses. */
  readonly people: readonly string[]
}

export const DEMO_PROJECTS: readonly DemoProject[] = [
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

/** The demo's secrets are no secrets: the same on every machine, so that examples can be pasted. */
export const secretOf = (project: DemoProject): string => String(DEMO_PROJECTS.indexOf(project) + 1).padStart(32, '0')

export type Call = (path: string, init?: RequestInit) => Promise<Response>

/** One at a time: who asks while it is being made waits for it. */
let last: Promise<unknown> = Promise.resolve()

/** Makes the demo if it was never made. One that was cut off is finished by the next who asks. */
export function seedOnce(env: SandboxEnv, api: Call): Promise<void> {
  const seeded = last.then(() => seed(env, api))
  last = seeded.catch(() => {}) // told to the one who asked; the next one tries again
  return seeded
}

async function seed(env: SandboxEnv, api: Call): Promise<void> {
  if (await env.SANDBOX.isSeeded()) return
  await env.SANDBOX.fetch('http://sandbox/sandbox/stripe/accounts', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ id: DEMO_ACCOUNT }),
  }).then((response) => response.text())
  const platformId = await demoAccount(env)
  await Promise.all(DEMO_PROJECTS.map((project) => makeProject(project, platformId, env, api)))
  await env.SANDBOX.setSeeded()
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

async function makeProject(project: DemoProject, platformId: string, env: SandboxEnv, api: Call): Promise<void> {
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
      secret: secretOf(project),
    },
    env,
  )
  need(await accountAt(env, platformId).projectChecked(projectId, 'test', true))
  const headers = { Authorization: `Bearer ${created.secretKey}`, 'Content-Type': 'application/json' }
  await Promise.all(project.people.map((email) => makeCustomer(email, headers, api)))
  if (project.goods.length > 0)
    await stock(project.goods, { ...created, stripeAccount: DEMO_ACCOUNT, api, stripe: env.SANDBOX })
}

async function makeCustomer(email: string, headers: Record<string, string>, api: Call): Promise<void> {
  const found = await api(`/api/customers?email=${encodeURIComponent(email)}`, { headers })
  const { customers } = await found.json<{ customers: unknown[] }>()
  if (customers.length > 0) return
  const made = await api('/api/customers', { method: 'POST', headers, body: JSON.stringify({ email }) })
  if (!made.ok) throw new Error(`the demo customer ${email} could not be made: ${made.status}`)
  await made.body?.cancel()
}
