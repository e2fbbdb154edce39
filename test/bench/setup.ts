/** The back door of the measured worker: makes projects, fills them, and says how far one has come. */

import { makePublishableKey, makeSecretKey, newProjectId } from '../../worker/keys.ts'
import { TIER } from './customer.ts'
import { prepareOriginal } from './original.ts'
import type { Project } from './worker.ts'

type Env = Parameters<typeof prepareOriginal>[0] & {
  readonly PROJECT: DurableObjectNamespace<Project>
  readonly KEY_SECRET: string
}

export interface Made {
  readonly projectId: string
  readonly secretKey: string
  readonly publishableKey: string
}

export interface Progress {
  readonly idle: boolean
  readonly revision: number
}

const SEED_AT_ONCE = 100_000

export const setup = {
  async fetch(request, env) {
    const url = new URL(request.url)
    switch (url.pathname) {
      case '/project':
        return Response.json(await makeProject(env, Number(url.searchParams.get('customers'))))
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
