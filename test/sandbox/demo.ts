/** The demo as it is now: its projects, keys, tiers, products and people, for whoever wants to try something. */

import type { ProjectType } from '../../sdk/schema/common.ts'
import { makePublishableKey, makeSecretKey } from '../../worker/keys.ts'
import { projectAt } from '../../worker/stub.ts'
import type { SandboxEnv } from './app.ts'
import { DEMO_PROJECTS, secretOf, seedOnce, type Call, type DemoProject } from './demoSeed.ts'

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
  /** `null` when its owner has replaced it: the new one was shown to them alone. */
  readonly secretKey: string | null
  readonly tiers: readonly unknown[]
  readonly products: readonly unknown[]
  readonly customers: readonly DemoCustomer[]
}

const MODE = 'test'

/** Makes the demo at the first call and answers what is there of it, with fresh tokens. A deleted project is left out. */
export async function demo(env: SandboxEnv, api: Call): Promise<Demo[]> {
  await seedOnce(env, api)
  const projects = await Promise.all(DEMO_PROJECTS.map((project) => show(project, env, api)))
  return projects.filter((project) => project !== null)
}

async function show(project: DemoProject, env: SandboxEnv, api: Call): Promise<Demo | null> {
  const { projectId, type } = project
  const address = { projectId, mode: MODE } as const
  const publishableKey = await makePublishableKey(address, env.KEY_SECRET)
  const { key } = await makeSecretKey(address, env.KEY_SECRET, secretOf(project))
  const asked = await api('/api/project', { headers: { Authorization: `Bearer ${key}` } })
  const known = await asked.json<{ code?: string; project?: { name: string } }>()
  if (known.code === 'project_deleted') return null
  const headers = { 'X-Publishable-Key': publishableKey }
  const { tiers = [] } = await api('/api/tiers', { headers }).then((answer) => answer.json<{ tiers?: unknown[] }>())
  const { products = [] } = await api('/api/products?limit=100', { headers }).then((answer) =>
    answer.json<{ products?: unknown[] }>(),
  )
  return {
    ...address,
    type,
    name: known.project?.name ?? project.name,
    publishableKey,
    secretKey: known.code === 'invalid_api_key' ? null : key,
    tiers,
    products,
    customers: await peopleOf(project, env),
  }
}

/** Those of the demo's people who are still customers. */
async function peopleOf({ projectId, people }: DemoProject, env: SandboxEnv): Promise<DemoCustomer[]> {
  const project = projectAt(env, { projectId, mode: MODE })
  const found = await Promise.all(
    people.map(async (email) => {
      const page = await project.listCustomers({ via: 'system' }, { limit: 1, after: null, email, plan: undefined })
      const [first] = page.ok ? (page.value.customers as { id: string }[]) : []
      return first === undefined
        ? null
        : { id: first.id, email, token: await mintToken({ userId: first.id, mode: MODE }, env) }
    }),
  )
  return found.filter((person) => person !== null)
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
