/** The back door of the measured worker: makes projects, fills them, and says how far one has come. */

import type { Env as ProductionEnv } from '../../worker/env.ts'
import { makePublishableKey, makeSecretKey, newProjectId } from '../../worker/keys.ts'
import { TIER } from './customer.ts'
import { prepareOriginal } from './original.ts'
import { fillShelf } from './shop.ts'
import type { Project } from './worker.ts'

type Env = Parameters<typeof prepareOriginal>[0] &
  Omit<ProductionEnv, 'PROJECT'> & { readonly PROJECT: DurableObjectNamespace<Project> }

export interface Made {
  readonly projectId: string
  readonly secretKey: string
  readonly publishableKey: string
}

export interface Shop extends Made {
  readonly variantIds: readonly string[]
}

export interface Progress {
  readonly idle: boolean
  readonly revision: number
}

const SEED_AT_ONCE = 100_000
const RELEASE_AT_ONCE = 500
const IDLE_POLL_MS = 50

export const setup = {
  async fetch(request, env) {
    const url = new URL(request.url)
    switch (url.pathname) {
      case '/project':
        return Response.json(await makeProject(env, Number(url.searchParams.get('customers'))))
      case '/shop':
        return Response.json(await makeShop(env, Number(url.searchParams.get('products'))))
      case '/release':
        return Response.json(await releaseAll(env, url.searchParams.get('project') ?? ''))
      case '/original':
        await prepareOriginal(env)
        return Response.json(null)
      case '/progress':
        return Response.json(await projectNamed(env, url.searchParams.get('project') ?? '').progress())
      default:
        return new Response(null, { status: 404 })
    }
  },
} satisfies ExportedHandler<Env>

const projectNamed = (env: Env, projectId: string) => env.PROJECT.getByName(`${projectId}:test`)

async function makeShop(env: Env, products: number): Promise<Shop> {
  const made = await makeProject(env, 0)
  const project = projectNamed(env, made.projectId)
  const address = { projectId: made.projectId, mode: 'test' } as const
  const variantIds = await fillShelf(env as unknown as ProductionEnv, address, products)
  await project.changeShop({ via: 'system' }, { holdsPerCustomer: null, holdsPerAddress: null })
  // Connected only when nothing is owed any more: what is owed to a connected account would be carried to Stripe.
  while (!(await project.progress()).idle) await scheduler.wait(IDLE_POLL_MS)
  await project.linkAccount('acct_bench')
  return { ...made, variantIds }
}

async function releaseAll(env: Env, projectId: string): Promise<number> {
  const project = projectNamed(env, projectId)
  for (let released = 0; ;) {
    const some = await project.release(RELEASE_AT_ONCE)
    released += some
    if (some < RELEASE_AT_ONCE) return released
  }
}

async function makeProject(env: Env, customers: number): Promise<Made> {
  const address = { projectId: newProjectId(), mode: 'test' } as const
  const publishableKey = await makePublishableKey(address, env.KEY_SECRET)
  const secret = await makeSecretKey(address, env.KEY_SECRET)
  const project = projectNamed(env, address.projectId)
  await project.create({
    ...address,
    platformId: 'plt_bench',
    publishableKey,
    type: 'saas',
    name: 'Bench',
    allowedOrigins: [],
    automaticTax: false,
    stripeAccount: null,
    tiers: [TIER],
    secret: { hash: secret.hash, last4: secret.last4 },
  })
  for (let from = 0; from < customers; from += SEED_AT_ONCE)
    await project.seed({ from, to: Math.min(customers, from + SEED_AT_ONCE) })
  return { projectId: address.projectId, secretKey: secret.key, publishableKey }
}
