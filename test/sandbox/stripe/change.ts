/** What a change of items or anchor would do to a subscription: the new items and the lines it costs. Writes nothing. */
import { nextBoundary } from './calendar.ts'
import { invalid, missingParam, notSimulated } from './error.ts'
import { creditLine, debitLine, periodLine } from './lines.ts'
import { checkQuantity, isMetered, planOf } from './prices.ts'
import { checkRecurring, newItem, recurringOf } from './subscribe.ts'
import { meteredOf, usageLines } from './usage.ts'
import type { Params } from './params.ts'
import type { InvoiceLine, Subscription, SubscriptionItem } from './types.ts'
import type { World } from './world.ts'

export const PRORATIONS = ['create_prorations', 'always_invoice', 'none'] as const
export type Proration = (typeof PRORATIONS)[number]

export interface Change {
  items: SubscriptionItem[]
  lines: InvoiceLine[]
  anchor: number
  /** The billing cycle starts over: the invoice cannot wait. */
  restarts: boolean
}

export interface Wanted {
  items: Params[] | undefined
  proration: Proration
  prorationDate: number | undefined
  anchorNow: boolean
}

export function planChange(world: World, subscription: Subscription, wanted: Wanted): Change {
  const before = subscription.items.data
  const edited = editItems(world, subscription, wanted.items ?? [])
  if (edited.length === 0) throw invalid('A subscription must have at least one active plan.', 'items')
  const at = wanted.prorationDate ?? world.now
  checkDate(subscription, at)
  const anchor = subscription.billing_cycle_anchor
  if (subscription.status === 'trialing') {
    return { items: edited, lines: [], anchor, restarts: false }
  }
  const restarts = wanted.anchorNow || edited.some((item) => changesInterval(before, item))
  const items = restarts ? edited.map((item) => startOver(item, world.now)) : edited
  const lines = items.flatMap((item) => linesFor(subscription, item, { at, restarts, proration: wanted.proration }))
  const gone = before.filter((item) => !items.some(({ id }) => id === item.id))
  const paidAhead = gone.filter(({ price }) => !isMetered(price))
  const credits = wanted.proration === 'none' ? [] : paidAhead.map((item) => creditLine(item, subscription.id, at))
  const counted = restarts ? before : gone
  const usage = usageLines(world, subscription.id, meteredOf(subscription, counted, world.now))
  return {
    items,
    lines: [...credits, ...usage, ...lines],
    anchor: restarts ? world.now : anchor,
    restarts,
  }
}

interface At {
  at: number
  restarts: boolean
  proration: Proration
}

function linesFor(subscription: Subscription, item: SubscriptionItem, { at, restarts, proration }: At): InvoiceLine[] {
  if (isMetered(item.price)) return []
  const old = subscription.items.data.find(({ id }) => id === item.id)
  const credit =
    old && proration !== 'none' ? [creditLine(old, subscription.id, restarts ? item.current_period_start : at)] : []
  if (restarts) return [...credit, periodLine(item, subscription.id)]
  const same = old?.price.id === item.price.id && old.quantity === item.quantity
  if (same || proration === 'none') return []
  return [...credit, debitLine(item, subscription.id, at)]
}

function startOver(item: SubscriptionItem, now: number): SubscriptionItem {
  return { ...item, current_period_start: now, current_period_end: nextBoundary(now, recurringOf(item.price), now) }
}

function changesInterval(before: SubscriptionItem[], item: SubscriptionItem): boolean {
  const old = before.find(({ id }) => id === item.id)
  if (old === undefined) return false
  const from = recurringOf(old.price)
  const to = recurringOf(item.price)
  return from.interval !== to.interval || from.interval_count !== to.interval_count
}

/** The items after `items[]`: changed by id, removed by `deleted`, added when they name only a price. */
export function editItems(world: World, subscription: Subscription, wanted: Params[]): SubscriptionItem[] {
  let items = [...subscription.items.data]
  for (const entry of wanted) {
    const itemId = entry.string('id')
    const priceId = entry.string('price')
    const quantity = entry.int('quantity', { min: 0 })
    const deleted = entry.bool('deleted') ?? false
    const price = priceId === undefined ? undefined : world.store.require('price', priceId, entry.name('price'))
    if (price) checkRecurring(price, entry.name('price'), subscription.currency)
    if (itemId === undefined) {
      if (price === undefined) throw missingParam(entry.name('price'))
      if (items.some((item) => item.price.id === price.id)) {
        throw invalid(`Price \`${price.id}\` is already part of this subscription.`, entry.name('price'))
      }
      const metadata = entry.metadata()
      checkQuantity(price, quantity, entry.name('quantity'))
      const end = nextBoundary(subscription.billing_cycle_anchor, recurringOf(price), world.now)
      const until = subscription.status === 'trialing' ? (subscription.trial_end ?? end) : end
      items.push(
        newItem(
          world,
          subscription.id,
          { price, quantity: isMetered(price) ? undefined : (quantity ?? 1), metadata },
          until,
        ),
      )
      continue
    }
    const old = items.find((item) => item.id === itemId)
    if (old === undefined) throw invalid(`No such subscription item: '${itemId}'`, entry.name('id'), 'resource_missing')
    if (deleted) {
      items = items.filter((item) => item !== old)
      continue
    }
    checkQuantity(price ?? old.price, quantity, entry.name('quantity'))
    if (price && isMetered(price) !== isMetered(old.price)) {
      throw notSimulated('a change between licensed and metered on one item', entry.name('price'))
    }
    const changed = {
      ...old,
      ...(price && { price, plan: planOf(price) }),
      ...(quantity !== undefined && { quantity }),
      metadata: entry.metadata(old.metadata),
    }
    items = items.map((item) => (item === old ? changed : item))
  }
  return items
}

function checkDate(subscription: Subscription, at: number) {
  const start = Math.min(...subscription.items.data.map((item) => item.current_period_start))
  const end = Math.max(...subscription.items.data.map((item) => item.current_period_end))
  if (at < start || at > end) {
    throw invalid('Invalid proration date: must lie within the current billing period.', 'proration_date')
  }
}
