/** What the buttons of the billing portal do. Each answers why it would not, or null. */
import { cancelNow } from './cancel.ts'
import { planChange } from './change.ts'
import { periodEnd } from './due.ts'
import { newPaymentMethod, useForAll } from './paymentMethods.ts'
import { planOf } from './prices.ts'
import { release, scheduleNext } from './schedules.ts'
import { applyChange, moveTrial } from './subscriptionUpdate.ts'
import { Params } from './params.ts'
import type { Proration } from './change.ts'
import type { PortalConfiguration, PortalSession, Price, Subscription } from './types.ts'
import type { World } from './world.ts'

type Action = (world: World, session: PortalSession, fields: URLSearchParams) => string | null

const UPDATED = 'customer.subscription.updated'

export const actions = new Map<string, Action>([
  ['cancel', cancel],
  ['resume', resume],
  ['switch', switchPlan],
  ['card', changeCard],
  ['release', keepPlan],
])

/** The prices the customer may switch to. */
export function targets(world: World, { features }: PortalConfiguration, subscription: Subscription): Price[] {
  const { enabled, products, default_allowed_updates: allowed } = features.subscription_update
  if (!enabled || !allowed.includes('price') || subscription.schedule !== null || subscription.cancel_at !== null)
    return []
  const now = subscription.items.data[0]?.price.id
  return (products ?? [])
    .flatMap(({ prices }) => prices)
    .filter((price) => price !== now)
    .map((price) => world.store.require('price', price))
    .filter((price) => price.active && price.currency === subscription.currency)
}

/** At the period's end in flexible billing mode that is a `cancel_at`, and no flag. */
function cancel(world: World, session: PortalSession, fields: URLSearchParams): string | null {
  const subscription = own(world, session, fields)
  const feature = featuresOf(world, session).subscription_cancel
  if (!subscription || !feature.enabled) return 'This subscription cannot be canceled here.'
  if (subscription.schedule !== null) return 'Please undo the scheduled change first.'
  if (feature.mode === 'immediately') {
    const prorate = feature.proration_behavior !== 'none'
    cancelNow(world, subscription.id, { prorate, invoiceNow: feature.proration_behavior === 'always_invoice' })
    return null
  }
  const details = { comment: null, feedback: null, feedback_option: null, reason: 'cancellation_requested' as const }
  const patch = { cancel_at: periodEnd(subscription), canceled_at: world.now, cancellation_details: details }
  world.change('subscription', subscription.id, patch, UPDATED)
  return null
}

function resume(world: World, session: PortalSession, fields: URLSearchParams): string | null {
  const subscription = own(world, session, fields)
  if (!subscription || subscription.cancel_at === null) return 'This subscription is not being canceled.'
  const details = { comment: null, feedback: null, feedback_option: null, reason: null }
  const patch = { cancel_at: null, cancel_at_period_end: false, canceled_at: null, cancellation_details: details }
  world.change('subscription', subscription.id, patch, UPDATED)
  return null
}

function switchPlan(world: World, session: PortalSession, fields: URLSearchParams): string | null {
  const subscription = own(world, session, fields)
  const configuration = world.store.require('portal_configuration', session.configuration)
  const price = subscription && targets(world, configuration, subscription).find(({ id }) => id === fields.get('price'))
  const item = subscription?.items.data[0]
  if (!subscription || !item || !price) return 'This plan is not on offer.'
  const feature = configuration.features.subscription_update
  if (waits(feature, item.price, price)) {
    scheduleNext(world, subscription, price)
    return null
  }
  const change = planChange(world, subscription, {
    items: [new Params({ id: item.id, price: price.id })],
    proration: feature.proration_behavior as Proration,
    prorationDate: undefined,
    anchorNow: feature.billing_cycle_anchor === 'now',
  })
  if (subscription.status === 'trialing' && feature.trial_update_behavior === 'end_trial') {
    const items = change.items.map((kept) => (kept.id === item.id ? { ...kept, price, plan: planOf(price) } : kept))
    moveTrial(world, subscription, { ...change, items }, 'now')
    return null
  }
  const proration = feature.proration_behavior as Proration
  applyChange(world, subscription, change, { behavior: 'allow_incomplete', proration, patch: {} })
  return null
}

/** Whether the configuration lets this change wait for the end of the period. */
function waits(feature: PortalConfiguration['features']['subscription_update'], from: Price, to: Price): boolean {
  const types = feature.schedule_at_period_end.conditions.map(({ type }) => type)
  const days = (price: Price) =>
    (DAYS[price.recurring?.interval ?? 'month'] ?? 30) * (price.recurring?.interval_count ?? 1)
  const shorter = days(to) < days(from)
  const cheaper = days(to) === days(from) && (to.unit_amount ?? 0) < (from.unit_amount ?? 0)
  return (types.includes('shortening_interval') && shorter) || (types.includes('decreasing_item_amount') && cheaper)
}

const DAYS: Record<string, number> = { day: 1, week: 7, month: 30, year: 365 }

function changeCard(world: World, session: PortalSession, fields: URLSearchParams): string | null {
  if (!featuresOf(world, session).payment_method_update.enabled) return 'The card cannot be changed here.'
  const card = fields.get('card') === 'decline' ? 'decline' : 'ok'
  useForAll(world, session.customer, newPaymentMethod(world, { customer: session.customer, card }))
  return null
}

function keepPlan(world: World, session: PortalSession, fields: URLSearchParams): string | null {
  const subscription = own(world, session, fields)
  if (!subscription?.schedule) return 'No change is scheduled.'
  release(world, world.store.require('subscription_schedule', subscription.schedule))
  return null
}

function own(world: World, session: PortalSession, fields: URLSearchParams): Subscription | null {
  const subscription = world.store.get('subscription', fields.get('subscription') ?? '')
  return subscription?.customer === session.customer ? subscription : null
}

function featuresOf(world: World, session: PortalSession) {
  return world.store.require('portal_configuration', session.configuration).features
}
