/** What the tests of buying share: the developer's own view of their Stripe account, and the sandbox's controls of it. */

import Stripe from 'stripe'
import { STRIPE_SECRET_KEY, STRIPE_WEBHOOK_SECRET } from '../sandbox/keys.ts'
import { as, type App, type Body, type TestProject } from './app.ts'

export const RETURNS = { successUrl: 'http://localhost:3000/ok', cancelUrl: 'http://localhost:3000/no' } as const

export interface TierFacts {
  readonly slug: string
  readonly displayName?: string
  readonly limit?: number | null
  readonly unitAmount?: number
  readonly trialDays?: number
  readonly prices?: readonly { interval: 'month' | 'year'; unitAmount: number; currency: string }[]
  readonly limits?: Record<string, { limit: number | null; period: string }>
  readonly requestsPerMinute?: number
}

/** A tier as its developer writes it: a monthly price, a limit of the default meter. */
export function tier({ slug, displayName = slug, limit = 100, unitAmount = 0, ...rest }: TierFacts) {
  return {
    slug,
    displayName,
    limits: { requests: { limit, period: 'subscription' } },
    prices: [{ interval: 'month', unitAmount, currency: 'usd' }],
    ...rest,
  }
}

/** Free, pro and max, for going up and down. */
export const LADDER = [
  tier({ slug: 'free', limit: 5 }),
  tier({ slug: 'pro', displayName: 'Pro Plan', limit: 50, unitAmount: 1000 }),
  tier({ slug: 'max', limit: 500, unitAmount: 5000 }),
]

/** Stripe's own client, as the developer whose account it is would use it. */
export function stripeOf(app: App, project: TestProject): Stripe {
  return new Stripe(STRIPE_SECRET_KEY[project.mode], {
    stripeAccount: project.stripeAccount ?? undefined,
    maxNetworkRetries: 0,
    telemetry: false,
    httpClient: Stripe.createFetchHttpClient((url: string | URL | Request, init?: RequestInit) =>
      app.server.outside(String(url), init),
    ),
  })
}

/** Asks for a tier, as the developer's server does for a customer. */
export const askFor = (app: App, project: TestProject, customerId: string, wish: object = { tier: 'pro' }) =>
  app.call('POST', '/api/create-checkout', { headers: as(project, customerId), body: { ...RETURNS, ...wish } })

/** Asks for a tier and expects to be let. */
export const wantTier = (app: App, project: TestProject, customerId: string, wish: string): Promise<Body> =>
  app.ok('POST', '/api/create-checkout', { headers: as(project, customerId), body: { ...RETURNS, tier: wish } })

export async function customerOf(app: App, project: TestProject, id: string): Promise<Body> {
  const { customer } = await app.ok('GET', `/api/customers/${id}`, {
    headers: { Authorization: `Bearer ${project.secretKey}` },
  })
  return customer
}

export const planOf = async (app: App, project: TestProject, id: string): Promise<string> =>
  (await app.usage(project, id)).plan as string

/** The subscriptions that the developer's Stripe account has, newest first. */
export async function subscriptionsAt(app: App, project: TestProject): Promise<Stripe.Subscription[]> {
  const { data } = await stripeOf(app, project).subscriptions.list({ status: 'all', limit: 100 })
  return data
}

export async function sessionsAt(app: App, project: TestProject): Promise<Stripe.Checkout.Session[]> {
  const { data } = await stripeOf(app, project).checkout.sessions.list({ limit: 100 })
  return data
}

export function onlyOne<T>(all: readonly T[]): T {
  const [one] = all
  if (one === undefined || all.length > 1) throw new Error(`expected exactly one, found ${all.length}`)
  return one
}

export const itemOf = (subscription: Stripe.Subscription): Stripe.SubscriptionItem => onlyOne(subscription.items.data)

export const fault = (app: App, facts: object): Promise<Body> => app.ok('POST', '/sandbox/faults', { body: facts })
export const noFaults = (app: App): Promise<Body> => app.ok('DELETE', '/sandbox/faults', { body: {} })

/** How the post behaves; what is not given is calm. */
export const post = (app: App, behaviour: object = {}): Promise<Body> =>
  app.ok('POST', '/sandbox/stripe/delivery', { body: behaviour })

export const card = (app: App, stripeCustomer: string, kind: 'ok' | 'decline'): Promise<Body> =>
  app.ok('POST', `/sandbox/stripe/customers/${stripeCustomer}/card`, { body: { card: kind } })

/** Stripe's events of a project's account, newest first, with their deliveries. */
export async function eventsAt(app: App, project: TestProject, type = ''): Promise<Body[]> {
  const query = new URLSearchParams({ account: project.stripeAccount ?? '', limit: '1000' })
  if (type !== '') query.set('type', type)
  return (await app.ok('GET', `/sandbox/stripe/events?${query.toString()}`)).events
}

/** The calls that Stripe got for a project's account, newest first. */
export async function requestsAt(app: App, project: TestProject, path: string): Promise<Body[]> {
  const { requests } = await app.ok('GET', `/sandbox/stripe/requests?limit=10000&path=${encodeURIComponent(path)}`)
  return (requests as Body[]).filter((request) => request.account === project.stripeAccount)
}

export async function nowAt(app: App): Promise<number> {
  return (await app.ok('GET', '/sandbox/clock')).now
}

export const moveTo = (app: App, at: number): Promise<Body> =>
  app.ok('POST', '/sandbox/clock', { body: { to: new Date(at).toISOString() } })

/** Posts an event as Stripe would, signed now by the endpoint of the mode; parts of it can be forged. */
export async function postEvent(
  app: App,
  event: object,
  signing: { secret?: string; at?: number; header?: string | null; path?: string } = {},
): Promise<Awaited<ReturnType<App['call']>>> {
  const payload = JSON.stringify(event)
  const { secret = STRIPE_WEBHOOK_SECRET.connect.test, path = '/webhook/stripe' } = signing
  const at = signing.at ?? (await nowAt(app))
  const header =
    signing.header === undefined
      ? await Stripe.webhooks.generateTestHeaderStringAsync({ payload, secret, timestamp: Math.floor(at / 1000) })
      : signing.header
  return app.call('POST', path, {
    headers: header === null ? {} : { 'Stripe-Signature': header },
    body: payload,
  })
}
