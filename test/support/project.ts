/** A project in workerd, made in one line; every test gets its own. */

import { env } from 'cloudflare:workers'
import type { Caller } from '../../objects/caller.ts'
import type { Counted, Replayable, UsageItem } from '../../objects/counting.ts'
import type { Outcome } from '../../objects/outcome.ts'
import type { ProjectBirth } from '../../objects/founding.ts'
import type { Project } from './objects.ts'
import type { TierInput } from '../../sdk/schema/catalog.ts'

export const tier = (
  facts: Partial<TierInput> & { slug: string; limit?: number | null; unitAmount?: number },
): TierInput => {
  const { limit = 100, unitAmount = 0, ...rest } = facts
  return {
    displayName: facts.slug,
    description: '',
    features: [],
    popular: false,
    trialDays: null,
    requestsPerMinute: null,
    limits: { requests: { limit, period: 'subscription' } },
    prices: [{ interval: 'month', unitAmount, currency: 'usd' }],
    ...rest,
  }
}

export const SECRET_HASH = 'a'.repeat(64)
/** A secret key naming a customer of the developer's own. */
export const asserting = (customerId: string | null): Caller => ({
  via: 'secret',
  keyHash: SECRET_HASH,
  token: null,
  asserts: customerId,
})

/** One use of the default meter. */
export const one = (
  facts: { customerId?: string; quantity?: number; meter?: string; idempotencyKey?: string } = {},
) => ({
  meter: 'requests',
  quantity: 1,
  ...facts,
})

/** A new stub each time: one whose object was reset is dead. */
export async function aProject(facts: Partial<ProjectBirth> = {}) {
  const projectId = crypto.randomUUID().replaceAll('-', '').slice(0, 20)
  const name = `${projectId}:test`
  const stub = () => env.PROJECT.getByName(name)
  await stub().create({
    projectId,
    mode: 'test',
    platformId: 'plt_test',
    publishableKey: `pk_test_${projectId}`,
    type: 'saas',
    name: 'A project',
    allowedOrigins: [],
    automaticTax: false,
    stripeAccount: 'acct_test',
    tiers: [tier({ slug: 'free', limit: 100 }), tier({ slug: 'pro', limit: 1000, unitAmount: 2900 })],
    secret: { hash: SECRET_HASH, last4: 'aaaa' },
    ...facts,
  })
  return { projectId, name, stub }
}

type Tracked = Outcome<Replayable<Outcome<Counted>>[]>

/** Counts items; the types of the answer do not survive RPC's own mapping. */
export async function track(
  project: { stub(): DurableObjectStub<Project> },
  caller: Caller,
  items: readonly UsageItem[],
): Promise<Tracked> {
  return (await project.stub().trackUsage(caller, items)) as Tracked
}

/** Counts one use and answers what became of it. */
export async function use(
  project: { stub(): DurableObjectStub<Project> },
  customerId: string,
  facts: Parameters<typeof one>[0] = {},
): Promise<Replayable<Outcome<Counted>>> {
  const tracked = await track(project, asserting(customerId), [one(facts)])
  return tracked.ok ? tracked.value[0]! : tracked
}
