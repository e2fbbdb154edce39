/** Both sides when everything is settled: our objects, Stripe, Clerk and the reports must tell the same story. */

import type Stripe from 'stripe'
import type { Client } from './client.ts'
import { Disk, type Stored } from './disk.ts'
import { stored } from './round.ts'
import type { Product } from './product.ts'
import { seeShop, shopDisagreements, type SeenShop } from './shopOutcome.ts'
import { RANKS, type World } from './world.ts'

const SETTLE_TRIES = 60
const SETTLE_PAUSE_MS = 500

/** What the API said last, before the clean stop. */
export interface Told {
  readonly plans: ReadonlyMap<string, string>
  readonly violations: readonly string[]
  readonly shop: SeenShop
}

/** Lets everything owed be delivered, on both sides. Answers what is still owed when patience ends. */
export async function settled(product: Product, world: World): Promise<string[]> {
  for (let tries = 0; ; tries += 1) {
    await product.client.ok({ method: 'POST', path: '/sandbox/settle', body: {} })
    const ids = [world.main, world.vault, world.shop].map(({ projectId }) => projectId)
    const owed = await new Disk(product.stateDir).glance((disk) => ids.flatMap((id) => disk.project(id).owed))
    if (owed?.length === 0) return []
    if (tries === SETTLE_TRIES) return owed?.map(({ kind, key }) => `${kind} ${key}`) ?? ['nobody knows what']
    await new Promise((resolve) => setTimeout(resolve, SETTLE_PAUSE_MS))
  }
}

/** Time passes, and whatever comes due meanwhile happens. */
export async function pass(span: string, { client }: Product): Promise<void> {
  await client.ok({ method: 'POST', path: '/sandbox/clock', body: { advance: span } })
}

export async function tell(client: Client, world: World): Promise<Told> {
  const headers = { Authorization: `Bearer ${world.keyOf(world.main.projectId)}` }
  const plans = new Map<string, string>()
  for (let cursor: string | null = ''; cursor !== null;) {
    const path = `/api/customers?limit=100${cursor === '' ? '' : `&cursor=${cursor}`}`
    const page = await client.ok({ method: 'GET', path, headers })
    for (const { id, plan } of page['customers'] as { id: string; plan: string }[]) plans.set(id, plan)
    cursor = page['nextCursor'] as string | null
  }
  const { violations } = await client.ok({ method: 'GET', path: '/sandbox/violations' })
  return { plans, violations: violations as string[], shop: await seeShop(client, world) }
}

/** Every sentence is a disagreement; read after a clean stop. */
export function disagreements(product: Product, world: World, told: Told): string[] {
  const { disk, main, vault, shop, shelf } = stored(product, world)
  return [
    ...told.violations,
    ...people(world, main, disk),
    ...purchases(world, main, disk),
    ...heldPlans(world, { main, disk, told }),
    ...shopDisagreements(world, { shelf, disk, seen: told.shop }),
    ...[main, vault, shop].flatMap((project) => reports(project, disk)),
  ]
}

/** Each e-mail address is one person at Clerk and one customer here, and nobody else is there. */
function people({ notes }: World, main: Stored, disk: Disk): string[] {
  const gone = new Set(notes.sentOf('remove').map(({ email }) => email))
  const wanted = notes.sentOf('create').flatMap(({ email }) => (gone.has(email) ? [] : [email]))
  const users = disk.clerkUsers()
  const ids = new Map(users.map(({ email, id }) => [email, id]))
  const customers = new Map(main.customers.map(({ email, id }) => [email, id]))
  return [
    ...(users.length === wanted.length ? [] : [`${wanted.length} people came and stayed, Clerk has ${users.length}`]),
    ...wanted.filter((email) => !ids.has(email)).map((email) => `Clerk does not know ${email}`),
    ...wanted.filter((email) => customers.get(email) !== ids.get(email)).map((email) => `${email} is not our customer`),
  ]
}

const LIVE: ReadonlySet<string> = new Set(['active', 'trialing', 'past_due', 'unpaid', 'paused'])

/** One Stripe customer a buyer, one live subscription, every paid checkout applied, no change billed twice. */
function purchases(world: World, main: Stored, disk: Disk): string[] {
  const account = world.main.stripeAccount
  const customers = disk.stripe<Stripe.Customer>(account, 'customer')
  const subscriptions = disk.stripe<Stripe.Subscription>(account, 'subscription')
  const sessions = disk.stripe<Stripe.Checkout.Session>(account, 'checkout_session')
  const invoices = disk.stripe<Stripe.Invoice>(account, 'invoice')
  const ours = new Map(main.subscriptions.map((subscription) => [subscription.id, subscription]))
  const states = new Map(main.checkouts.map(({ sessionId, state }) => [sessionId, state]))
  const linked = new Set(main.customers.map(({ stripeCustomerId }) => stripeCustomerId))
  const gone = new Set<string | undefined>(world.notes.sentOf('remove').map(({ customerId }) => customerId))
  const live = subscriptions.filter(({ status }) => LIVE.has(status))
  const changes = invoices.filter(({ billing_reason }) => billing_reason === 'subscription_update')
  return [
    ...twice(customers.map(({ metadata }) => String(metadata['userId']))).map((id) => `${id} is twice at Stripe`),
    ...customers
      .filter(({ id, metadata }) => !linked.has(id) && !gone.has(metadata['userId']))
      .map(({ id }) => `${id} is nobody's Stripe customer`),
    ...live
      .filter(({ customer }) => !linked.has(String(customer)))
      .map(({ id }) => `${id} goes on though its customer is gone`),
    ...twice(live.map(({ customer }) => String(customer))).map((id) => `${id} has two live subscriptions`),
    ...subscriptions
      .filter(({ id, status }) => ours.get(id)?.status !== status)
      .map(({ id, status }) => `${id} is ${status} at Stripe and ${ours.get(id)?.status} here`),
    ...sessions
      .filter(({ client_reference_id }) => !gone.has(client_reference_id ?? undefined))
      .filter(({ id, status }) => states.get(id) !== status)
      .map(({ id, status }) => `${id} is ${status} at Stripe and ${states.get(id)} here`),
    ...sessions
      .filter(({ status, subscription }) => status === 'complete' && !ours.has(String(subscription)))
      .map(({ id }) => `${id} was paid and gave nothing`),
    ...sessions
      .filter(
        ({ id, status, client_reference_id }) =>
          gone.has(client_reference_id ?? undefined) && (status === 'open' || states.has(id)),
      )
      .map(({ id, status }) => `${id} is ${status} and not forgotten, though its customer is gone`),
    ...main.checkouts.filter(({ state }) => state === 'pending').map(({ id }) => `${id} never came to Stripe`),
    ...twice(changes.map(({ customer }) => String(customer))).map((id) => `${id} was billed twice for one change`),
  ]
}

function twice(names: readonly string[]): string[] {
  return [...Map.groupBy(names, (name) => name)].filter(([, same]) => same.length > 1).map(([name]) => name)
}

const AMOUNTS: Readonly<Record<number, string>> = { 2900: 'pro', 9900: 'max' }

/** What Stripe was paid for and what was granted decide; the API and Clerk say the same. */
function heldPlans(world: World, { main, disk, told }: { main: Stored; disk: Disk; told: Told }): string[] {
  const subscriptions = disk.stripe<Stripe.Subscription>(world.main.stripeAccount, 'subscription')
  const bought = new Map(
    subscriptions
      .filter(({ status }) => LIVE.has(status))
      .map(({ customer, items }) => [String(customer), AMOUNTS[items.data[0]?.price.unit_amount ?? 0]]),
  )
  const granted = lastGrants(world)
  const metadata = new Map(disk.clerkUsers().map(({ id, publicMetadata }) => [id, publicMetadata]))
  return main.customers.flatMap(({ id, email, origin, stripeCustomerId }) => {
    if (origin === 'clerk' && email === null) return told.plans.has(id) ? [`${id} is gone and still listed`] : []
    const candidates = ['free', bought.get(stripeCustomerId ?? ''), granted.get(id) ?? granted.get(email ?? '')]
    const expected = candidates.toSorted((a, b) => rankOf(b) - rankOf(a))[0]
    const plan = told.plans.get(id)
    const found = plan === expected ? [] : [`${id} holds ${expected}, the API says ${plan}`]
    if (origin !== 'clerk') return found
    const { plan: flat, projects } = (metadata.get(id) ?? {}) as { plan?: string; projects?: Record<string, string> }
    const nested = projects?.[world.main.publishableKey]
    return flat === plan && nested === plan
      ? found
      : [...found, `${id} holds ${plan}, Clerk says ${flat} and ${nested}`]
  })
}

const rankOf = (plan: string | undefined): number => RANKS.indexOf(plan ?? '')

/** The plan granted last, by customer id; the one granted at the start, by e-mail address. Every grant is answered. */
function lastGrants({ notes }: World): ReadonlyMap<string, string> {
  const first = notes.sentOf('create').flatMap(({ email, plan }) => (plan === null ? [] : [[email, plan] as const]))
  return new Map([...first, ...notes.sentOf('grant').map(({ customerId, plan }) => [customerId, plan] as const)])
}

/** The tables that have a mirror, and what of a row is compared. */
const MIRRORS = {
  usage_rows: "SELECT customer_id || '/' || meter || '/' || period_start AS id, revision, used AS fact FROM usage",
  customer_rows: 'SELECT id, revision, email AS fact FROM customers',
  subscription_rows: "SELECT id, revision, status || ' ' || tier AS fact FROM subscriptions",
  event_rows: 'SELECT id, revision, outcome AS fact FROM events',
  tier_rows: 'SELECT slug AS id, revision, display_name AS fact FROM tiers',
} as const
const FACTS = {
  usage_rows: 'used',
  customer_rows: 'email',
  subscription_rows: "status || ' ' || tier",
  event_rows: 'outcome',
  tier_rows: 'display_name',
} as const satisfies Record<keyof typeof MIRRORS, string>

/** Nothing is owed or pending any more, and the reports hold the very rows of the object. */
export function reports({ projectId, owed, events, revision, mirrored }: Stored, disk: Disk): string[] {
  const pending = events.filter(({ outcome }) => outcome === 'pending' || outcome === 'failed')
  const differing = (Object.keys(MIRRORS) as (keyof typeof MIRRORS)[]).filter((table) => {
    const sql = `SELECT id, revision, ${FACTS[table]} AS fact FROM ${table} WHERE project_id = '${projectId}'`
    return asText(disk.reports(sql)) !== asText(disk.object(projectId, MIRRORS[table]))
  })
  return [
    ...owed.map(({ kind, key }) => `${projectId} still owes ${kind} ${key}`),
    ...pending.map(({ id, outcome }) => `the event ${id} is ${outcome}`),
    ...differing.map((table) => `${table} of ${projectId} are not what the object holds`),
    ...(mirrored === revision ? [] : [`${projectId} is at ${revision}, its reports at ${mirrored}`]),
  ]
}

const asText = (rows: readonly Record<string, unknown>[]): string =>
  rows
    .map((row) => JSON.stringify(row))
    .toSorted()
    .join('\n')
