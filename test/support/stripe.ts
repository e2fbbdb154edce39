/** What Stripe says, as the worker reads it to a project: events, readings, sessions. */

import type { Applied, BillingEvent, BillingHint, SubscriptionReading } from '../../objects/billing.ts'
import type { Outcome } from '../../objects/outcome.ts'
import { tier, aProject, asserting, use } from './project.ts'

type AProject = Awaited<ReturnType<typeof aProject>>

const SHOP = [
  tier({ slug: 'free', limit: 100 }),
  tier({ slug: 'pro', limit: 1_000, unitAmount: 2900, trialDays: 14 }),
  tier({ slug: 'max', limit: null, unitAmount: 9900 }),
]

/** A project whose paid tiers have prices at Stripe: `price_pro` of `prod_pro`, `price_max` of `prod_max`. */
export async function aShop(facts: Parameters<typeof aProject>[0] = {}): Promise<AProject> {
  const project = await aProject({ tiers: SHOP, ...facts })
  for (const { slug, prices } of SHOP.slice(1)) {
    const price = {
      tier: slug,
      interval: 'month',
      currency: 'usd',
      unitAmount: prices[0]!.unitAmount,
      stripePriceId: null,
    } as const
    await project
      .stub()
      .linkPrice({ price, stripeProductId: `prod_${slug}`, stripePriceId: `price_${slug}` }, 'acct_test')
  }
  return project
}

/** A customer of ours who is one at Stripe too: `cus_<id>`. */
export async function aBuyer(project: AProject, id: string): Promise<void> {
  await use(project, id)
  await project.stub().linkCustomer(id, `cus_${id}`, 'acct_test')
}

export const reading = (facts: Partial<SubscriptionReading> = {}): SubscriptionReading => ({
  id: 'sub_1',
  stripeCustomerId: 'cus_u1',
  status: 'active',
  itemId: 'si_1',
  stripePriceId: 'price_pro',
  stripeProductId: 'prod_pro',
  unitAmount: 2900,
  currency: 'usd',
  interval: 'month',
  quantity: 1,
  monthlyAmount: 2900,
  discounts: [],
  currentPeriodStart: Date.parse('2030-01-10T00:00:00Z'),
  currentPeriodEnd: Date.parse('2030-02-10T00:00:00Z'),
  billingCycleAnchor: Date.parse('2030-01-10T00:00:00Z'),
  trialEnd: null,
  cancelAt: null,
  canceledAt: null,
  endedAt: null,
  scheduleId: null,
  scheduledPriceId: null,
  createdAt: Date.parse('2030-01-10T00:00:00Z'),
  ...facts,
})

export const anEvent = (facts: Partial<BillingEvent> & { hints?: readonly BillingHint[] } = {}): BillingEvent => ({
  id: `evt_${crypto.randomUUID()}`,
  type: 'customer.subscription.updated',
  createdAt: Date.parse('2030-01-15T12:00:00Z'),
  objectId: 'sub_1',
  account: 'acct_test',
  hints: [{ read: 'subscription', id: 'sub_1', stripeCustomer: 'cus_u1' }],
  payload: '{}',
  ...facts,
})

export const hear = async (project: AProject, event: BillingEvent): Promise<Outcome<{ isNew: boolean }>> =>
  (await project.stub().hear(event, 'always')) as Outcome<{ isNew: boolean }>

export const ask = async (project: AProject, id = 'sub_1'): Promise<number> =>
  (await project.stub().startReading(id)).number

export const apply = async (
  project: AProject,
  number: number,
  found: SubscriptionReading | null,
  id = found?.id ?? 'sub_1',
): Promise<Applied> => {
  const outcome = (await project.stub().applySubscription({ id, number, found })) as Outcome<Applied>
  if (!outcome.ok) throw new Error(outcome.code)
  return outcome.value
}

/** Reads a subscription and applies what was found. */
export const read = async (
  project: AProject,
  found: SubscriptionReading | null,
  id = found?.id ?? 'sub_1',
): Promise<Applied> => apply(project, await ask(project, id), found, id)

export const planOf = async (project: AProject, customerId: string): Promise<string> => {
  const { plan } = await project.stub().identityOf(customerId)
  return plan ?? 'gone'
}

/** An event as the project keeps it. */
export const kept = async (
  project: AProject,
  id: string,
): Promise<{ outcome: string; reason: string | null; deliveries: number }> => {
  const event = (await project.stub().getEvent(asserting(null), id)) as unknown as Outcome<never>
  if (!event.ok) throw new Error(event.code)
  return event.value
}
