/** Brings a project into the world: its object, its keys, and its place on the connected Stripe account. */

import type { ProjectBirth } from '../objects/founding.ts'
import type { Shop } from '../objects/settings.ts'
import type { Mode } from '../sdk/schema/common.ts'
import type { ProjectInput } from '../sdk/schema/project.ts'
import type { TierInput } from '../sdk/schema/catalog.ts'
import { DEFAULT_METER } from '../sdk/schema/usage.ts'
import type { Env } from './env.ts'
import { need } from './http.ts'
import {
  derivedText,
  makePublishableKey,
  makeSecretKey,
  newProjectId,
  PROJECT_ID_LENGTH,
  SECRET_LENGTH,
} from './keys.ts'
import { accountAt, connectionAt, projectAt } from './stub.ts'

/** What a project sells until its owner says otherwise: 100 a month free, 1,000 for $29. */
export const DEFAULT_TIERS: readonly TierInput[] = [
  tier({ slug: 'free', displayName: 'Free', limit: 100, unitAmount: 0 }),
  { ...tier({ slug: 'pro', displayName: 'Pro', limit: 1000, unitAmount: 2900 }), popular: true },
]

function tier(facts: { slug: string; displayName: string; limit: number; unitAmount: number }): TierInput {
  return {
    slug: facts.slug,
    displayName: facts.displayName,
    description: '',
    features: [`${facts.limit.toLocaleString('en')} requests a month`],
    popular: false,
    trialDays: null,
    requestsPerMinute: null,
    limits: { [DEFAULT_METER]: { limit: facts.limit, period: 'subscription' } },
    prices: [{ interval: 'month', unitAmount: facts.unitAmount, currency: 'usd' }],
  }
}

export interface CreatedProject {
  readonly projectId: string
  readonly mode: Mode
  readonly publishableKey: string
  /** Shown once; only its hash is stored. */
  readonly secretKey: string
}

/** Makes a project of an account, in test mode. The account keeps its place first, and hears when it is there. */
export async function createOwn(
  input: ProjectInput & { platformId: string; projectId: string; secret?: string },
  env: Env,
): Promise<CreatedProject> {
  const { platformId, projectId, name, type } = input
  const account = accountAt(env, platformId)
  need(await account.beginProject({ projectId, name, type }))
  const connection = (await account.connectionFacts('test')) ?? { stripeAccount: null }
  const created = await createProject({ ...input, mode: 'test', ...connection }, env)
  need(await account.projectChecked(projectId, 'test', true))
  return created
}

/** The same words make the same project and the same secret, so that a repeated call is answered as the first was. */
export async function derivedFrom(words: string, env: Env): Promise<{ projectId: string; secret: string }> {
  return {
    projectId: await derivedText(`project ${words}`, PROJECT_ID_LENGTH, env.KEY_SECRET),
    secret: await derivedText(`secret ${words}`, SECRET_LENGTH, env.KEY_SECRET),
  }
}

export async function createProject(
  input: ProjectInput & {
    platformId: string
    mode: Mode
    stripeAccount: string | null
    chargesEnabled?: boolean
    shop?: Shop
    accentColor?: string | null
    shelf?: NonNullable<ProjectBirth['shelf']>
    projectId?: string
    /** What makes the secret key secret, where it must be the same again. */
    secret?: string
  },
  env: Env,
): Promise<CreatedProject> {
  const { mode, platformId, stripeAccount, projectId = newProjectId() } = input
  const address = { projectId, mode }
  const publishableKey = await makePublishableKey(address, env.KEY_SECRET)
  const { key, hash, last4 } = await makeSecretKey(address, env.KEY_SECRET, input.secret)
  if (stripeAccount !== null) need(await connectionAt(env, stripeAccount, mode).attach({ platformId, projectId }))
  need(
    await projectAt(env, address).create({
      ...address,
      platformId,
      publishableKey,
      type: input.type,
      name: input.name,
      allowedOrigins: input.allowedOrigins,
      automaticTax: input.automaticTax,
      ...(input.accentColor === undefined ? {} : { accentColor: input.accentColor }),
      stripeAccount,
      ...(input.chargesEnabled === undefined ? {} : { chargesEnabled: input.chargesEnabled }),
      ...(input.shop === undefined ? {} : { shop: input.shop }),
      ...(input.shelf === undefined ? {} : { shelf: input.shelf }),
      tiers: input.tiers ?? DEFAULT_TIERS,
      secret: { hash, last4 },
    }),
  )
  return { ...address, publishableKey, secretKey: key }
}
