/** Subscription schedules: a plan of phases that time applies to a subscription. */
import { applyChange, moveTrial } from './subscriptionUpdate.ts'
import { cancelNow } from './cancel.ts'
import { nextBoundary, shift } from './calendar.ts'
import { createdFilter, given, id, list, pageOf } from './call.ts'
import { periodEnd } from './due.ts'
import { invalid, notSimulated } from './error.ts'
import { newPhase, newSchedule, phaseItem, readPhases } from './phases.ts'
import { newItem, recurringOf } from './subscribe.ts'
import { creditLine, debitLine } from './lines.ts'
import { isMetered, planOf } from './prices.ts'
import type { Route } from './call.ts'
import type { Phase, Price, Schedule, Subscription, SubscriptionItem } from './types.ts'
import type { World } from './world.ts'

const UPDATED = 'subscription_schedule.updated'

/** Takes a running subscription under a schedule whose first phase is what it has now. */
export const createSchedule: Route = ({ world, params }) => {
  const from = params.string('from_subscription')
  if (from === undefined) throw notSimulated('schedules without from_subscription', 'from_subscription')
  params.only(['from_subscription', 'metadata'], (param) => {
    return `You cannot set \`${param}\` if \`from_subscription\` is set.`
  })
  const subscription = world.store.require('subscription', from, 'from_subscription')
  if (subscription.schedule !== null) {
    throw invalid(
      `You cannot migrate a subscription that is already attached to a schedule: \`${subscription.schedule}\`.`,
      'from_subscription',
    )
  }
  if (!['active', 'trialing', 'past_due'].includes(subscription.status)) {
    throw invalid('You cannot migrate a subscription that is not active.', 'from_subscription')
  }
  const schedule = { ...newSchedule(world, subscription), metadata: params.metadata() }
  params.done()
  world.create('subscription_schedule', schedule, 'subscription_schedule.created')
  const patch = { schedule: schedule.id, cancel_at: null, cancel_at_period_end: false }
  world.change('subscription', subscription.id, patch, 'customer.subscription.updated')
  return schedule
}

export const retrieveSchedule: Route = (call) => {
  call.params.none()
  return call.world.store.require('subscription_schedule', id(call))
}

export const listSchedules: Route = (call) => {
  const { world, params } = call
  const page = pageOf(params)
  const customer = params.string('customer')
  const created = createdFilter(params)
  params.done()
  return list(call, world.store.page('subscription_schedule', page, { customer }, created))
}

export const updateSchedule: Route = (call) => {
  const { world, params } = call
  const schedule = requireRunning(world, id(call), 'update')
  const subscription = world.store.require('subscription', schedule.subscription ?? '')
  const entries = params.objects('phases')
  const phases = entries && readPhases(world, schedule, entries)
  const patch = given({
    end_behavior: params.oneOf('end_behavior', ['cancel', 'release']),
    metadata: params.metadata(schedule.metadata ?? {}),
    phases,
  })
  params.oneOf('proration_behavior', ['create_prorations', 'always_invoice', 'none'])
  params.done()
  const current = phases?.find((phase) => phase.start_date <= world.now && world.now < phase.end_date)
  if (phases && !current) throw invalid('The schedule must have a phase that covers the present.', 'phases')
  const current_phase = current && { start_date: current.start_date, end_date: current.end_date }
  const after = world.change('subscription_schedule', schedule.id, { ...patch, ...given({ current_phase }) }, UPDATED)
  if (current) conform(world, subscription, current)
  return after
}

/** The running phase was written anew: what it does not say any more, the subscription has not any more. */
function conform(world: World, subscription: Subscription, phase: Phase) {
  if (!sameItems(phase, subscription)) applyPhase(world, subscription, phase)
  takeDiscounts(world, subscription.id, phase)
  if (subscription.status !== 'trialing' || phase.trial_end === subscription.trial_end) return
  const { items, billing_cycle_anchor: anchor } = world.store.require('subscription', subscription.id)
  const change = { items: items.data, lines: [], anchor, restarts: true }
  moveTrial(world, world.store.require('subscription', subscription.id), change, phase.trial_end ?? 'now')
}

function takeDiscounts(world: World, subscription: string, phase: Phase) {
  const discounts = phase.discounts.map(({ discount }) => discount as string)
  const { discounts: before } = world.store.require('subscription', subscription)
  if (discounts.join() !== before.join()) world.change('subscription', subscription, { discounts }, null)
}

export const releaseSchedule: Route = (call) => {
  const { world, params } = call
  const schedule = requireRunning(world, id(call), 'release')
  params.accept('preserve_cancel_date')
  params.done()
  return release(world, schedule)
}

export const cancelSchedule: Route = (call) => {
  const { world, params } = call
  const schedule = requireRunning(world, id(call), 'cancel')
  const invoiceNow = params.bool('invoice_now')
  const prorate = params.bool('prorate')
  params.done()
  cancelNow(world, schedule.subscription ?? '', { invoiceNow, prorate })
  return world.store.require('subscription_schedule', schedule.id)
}

/** Time reached the end of the current phase: the next one begins, or the schedule is over. */
export function ringSchedule(world: World, schedule: Schedule) {
  const next = schedule.phases.find((phase) => phase.start_date <= world.now && world.now < phase.end_date)
  const subscription = world.store.require('subscription', schedule.subscription ?? '')
  if (next === undefined) return finish(world, schedule)
  const current_phase = { start_date: next.start_date, end_date: next.end_date }
  world.change('subscription_schedule', schedule.id, { current_phase }, UPDATED)
  takeDiscounts(world, subscription.id, next)
  applyPhase(world, world.store.require('subscription', subscription.id), next)
}

function finish(world: World, schedule: Schedule) {
  if (schedule.end_behavior !== 'cancel') return release(world, schedule)
  const patch: Partial<Schedule> = { status: 'completed', completed_at: world.now, current_phase: null }
  const done = world.change('subscription_schedule', schedule.id, patch, null)
  world.emit('subscription_schedule.completed', done)
  world.change('subscription', schedule.subscription ?? '', { schedule: null }, null)
  cancelNow(world, schedule.subscription ?? '')
}

export function release(world: World, schedule: Schedule): Schedule {
  const patch: Partial<Schedule> = {
    status: 'released',
    released_at: world.now,
    released_subscription: schedule.subscription,
    subscription: null,
    current_phase: null,
  }
  const released = world.change('subscription_schedule', schedule.id, patch, null)
  world.emit('subscription_schedule.released', released)
  world.change('subscription', schedule.subscription ?? '', { schedule: null }, 'customer.subscription.updated')
  return released
}

/** Plans one change for the end of the period, as the portal does for a downgrade. */
export function scheduleNext(world: World, subscription: Subscription, price: Price) {
  const schedule = newSchedule(world, subscription)
  const start = periodEnd(subscription)
  const { interval, interval_count } = recurringOf(price)
  const [changed, ...others] = subscription.items.data
  const kept = others.map((item) => phaseItem(item.price.id, item.quantity, item.metadata))
  const items = [phaseItem(price.id, changed?.quantity, {}), ...kept]
  const next = { ...newPhase(subscription.currency, start, shift(start, interval, interval_count)), items }
  world.create(
    'subscription_schedule',
    { ...schedule, phases: [...schedule.phases, next] },
    'subscription_schedule.created',
  )
  world.change('subscription', subscription.id, { schedule: schedule.id }, 'customer.subscription.updated')
}

/** Gives the subscription the phase's items; in the middle of a period that is prorated as the phase says. */
function applyPhase(world: World, subscription: Subscription, phase: Phase) {
  const items = phaseItems(world, subscription, phase)
  const boundary = periodEnd(subscription) <= world.now
  const proration = phase.proration_behavior as 'create_prorations' | 'always_invoice' | 'none'
  const changed = items.filter((item) => !subscription.items.data.some((old) => isSame(old, item)))
  const gone = subscription.items.data.filter((old) => !items.some((item) => isSame(old, item)))
  const prorated = !boundary && proration !== 'none' && subscription.status !== 'trialing'
  const lines = prorated
    ? [
        ...gone.filter(isPaidAhead).map((item) => creditLine(item, subscription.id, world.now)),
        ...changed.filter(isPaidAhead).map((item) => debitLine(item, subscription.id, world.now)),
      ]
    : []
  const anchor = subscription.billing_cycle_anchor
  const patch = phase.metadata && Object.keys(phase.metadata).length > 0 ? { metadata: phase.metadata } : {}
  applyChange(
    world,
    subscription,
    { items, lines, anchor, restarts: false },
    { behavior: 'allow_incomplete', proration, patch },
  )
}

function isPaidAhead({ price }: SubscriptionItem): boolean {
  return !isMetered(price)
}

function isSame(a: SubscriptionItem, b: SubscriptionItem): boolean {
  return a.price.id === b.price.id && a.quantity === b.quantity
}

function sameItems(phase: Phase, subscription: Subscription): boolean {
  const now = subscription.items.data.map((item) => `${item.price.id}×${item.quantity ?? 1}`)
  return (
    now.sort().join() ===
    phase.items
      .map((item) => `${item.price}×${item.quantity ?? 1}`)
      .sort()
      .join()
  )
}

/** The subscription's items after the phase begins; an item keeps its place and its id. */
function phaseItems(world: World, subscription: Subscription, phase: Phase): SubscriptionItem[] {
  return phase.items.map((wanted, index) => {
    const price = world.store.require('price', wanted.price)
    const quantity = isMetered(price) ? undefined : (wanted.quantity ?? 1)
    const kept = subscription.items.data.find((item) => item.price.id === price.id) ?? subscription.items.data[index]
    if (kept) return { ...kept, price, plan: planOf(price), ...(quantity !== undefined && { quantity }) }
    const end = nextBoundary(subscription.billing_cycle_anchor, recurringOf(price), world.now)
    return newItem(world, subscription.id, { price, quantity, metadata: {} }, end)
  })
}

function requireRunning(world: World, scheduleId: string, verb: string): Schedule {
  const schedule = world.store.require('subscription_schedule', scheduleId)
  if (schedule.status === 'active' || schedule.status === 'not_started') return schedule
  throw invalid(
    `You cannot ${verb} a subscription schedule that is currently in the \`${schedule.status}\` status. It must be in \`not_started\` or \`active\`.`,
  )
}
