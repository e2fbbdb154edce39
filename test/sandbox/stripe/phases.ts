/** The phases of a schedule: read from a call, or made from what a subscription has now. */
import { shift } from './calendar.ts'
import { periodEnd } from './due.ts'
import { invalid, missingParam } from './error.ts'
import { makeId } from './id.ts'
import { checkQuantity, isMetered } from './prices.ts'
import { checkRecurring, recurringOf } from './subscribe.ts'
import type { Params } from './params.ts'
import type { Phase, Price, Schedule, Subscription } from './types.ts'
import type { World } from './world.ts'

/** Phases follow one another without gaps; the running one must keep its start. */
export function readPhases(world: World, schedule: Schedule, entries: Params[]): Phase[] {
  if (entries.length === 0) throw missingParam('phases')
  let start: number | null = null
  const phases = entries.map((entry, index) => {
    const begins: number = entry.int('start_date') ?? start ?? missingStart(entry)
    if (start !== null && begins !== start) throw invalid('Phases must be contiguous.', entry.name('start_date'))
    const phase = readPhase(world, entry, {
      begins,
      isLast: index === entries.length - 1,
      currency: schedule.phases[0]?.currency ?? 'usd',
    })
    start = phase.end_date
    return phase
  })
  const running = schedule.current_phase?.start_date
  if (running !== undefined && !phases.some((phase) => phase.start_date === running)) {
    throw invalid('You can not modify the start date of the current phase.', 'phases[0][start_date]')
  }
  return phases
}

function missingStart(entry: Params): never {
  throw missingParam(entry.name('start_date'))
}

interface Frame {
  begins: number
  isLast: boolean
  currency: string
}

function readPhase(world: World, entry: Params, { begins, isLast, currency }: Frame): Phase {
  const items = entry.objects('items')
  if (items === undefined || items.length === 0) throw missingParam(entry.name('items'))
  const read = items.map((item) => {
    const price = world.store.require('price', item.required('price'), item.name('price'))
    checkRecurring(price, item.name('price'), currency)
    const quantity = item.int('quantity', { min: 0 })
    checkQuantity(price, quantity, item.name('quantity'))
    return { price, quantity: isMetered(price) ? undefined : (quantity ?? 1), metadata: item.metadata() }
  })
  const ends = readEnd(entry, begins) ?? (isLast ? oneInterval(begins, read[0]?.price) : null)
  if (ends === null) {
    throw invalid('You must specify `duration` or `end_date` on every phase but the last.', entry.name('end_date'))
  }
  if (ends <= begins) throw invalid('The phase must end after it starts.', entry.name('end_date'))
  const proration = entry.oneOf('proration_behavior', ['create_prorations', 'always_invoice', 'none'])
  const trial = entry.int('trial_end') ?? null
  if (trial !== null && (trial < begins || trial > ends))
    throw invalid('The trial must end within its phase.', entry.name('trial_end'))
  return {
    ...newPhase(currency, begins, ends),
    trial_end: trial,
    discounts: readPhaseDiscounts(world, entry),
    default_payment_method: readMethod(world, entry),
    items: read.map(({ price, quantity, metadata }) => phaseItem(price.id, quantity, metadata)),
    metadata: entry.metadata(),
    proration_behavior: proration ?? 'create_prorations',
  }
}

/** Only discounts at work can be carried over here; a coupon redeemed by a phase is not simulated. */
function readPhaseDiscounts(world: World, entry: Params): Phase['discounts'] {
  return (entry.objects('discounts') ?? []).map((discount) => {
    const kept = world.store.require('discount', discount.required('discount'), discount.name('discount'))
    return { coupon: null, discount: kept.id, promotion_code: null }
  })
}

function readMethod(world: World, entry: Params): string | null {
  const method = entry.string('default_payment_method')
  return method === undefined ? null : world.store.require('payment_method', method).id
}

function readEnd(entry: Params, begins: number): number | null {
  const end = entry.int('end_date')
  const duration = entry.object('duration')
  if (end !== undefined && duration) {
    throw invalid('You may only specify one of these parameters: duration, end_date.', entry.name('end_date'))
  }
  if (duration === undefined) return end ?? null
  const interval = duration.oneOf('interval', ['day', 'week', 'month', 'year'])
  if (interval === undefined) throw missingParam(duration.name('interval'))
  return shift(begins, interval, duration.int('interval_count', { min: 1 }) ?? 1)
}

function oneInterval(begins: number, price: Price | undefined): number | null {
  if (price === undefined) return null
  const { interval, interval_count } = recurringOf(price)
  return shift(begins, interval, interval_count)
}

export function newSchedule(world: World, subscription: Subscription): Schedule {
  const start = Math.max(...subscription.items.data.map((item) => item.current_period_start))
  const end = periodEnd(subscription)
  const items = subscription.items.data.map((item) => phaseItem(item.price.id, item.quantity, item.metadata))
  const discounts = subscription.discounts.map((discount) => ({ coupon: null, discount, promotion_code: null }))
  return {
    id: makeId('sub_sched'),
    object: 'subscription_schedule',
    application: null,
    billing_mode: subscription.billing_mode,
    canceled_at: null,
    completed_at: null,
    created: world.now,
    current_phase: { start_date: start, end_date: end },
    customer: subscription.customer,
    customer_account: null,
    default_settings: {
      application_fee_percent: null,
      billing_cycle_anchor: 'automatic',
      billing_thresholds: null,
      collection_method: 'charge_automatically',
      default_payment_method: null,
      description: null,
      invoice_settings: {
        account_tax_ids: null,
        custom_fields: null,
        days_until_due: null,
        description: null,
        footer: null,
        issuer: { type: 'self' },
      },
      on_behalf_of: null,
      transfer_data: null,
    },
    end_behavior: 'release',
    livemode: world.livemode,
    metadata: {},
    pause_schedules: [],
    phases: [{ ...newPhase(subscription.currency, start, end), items, discounts, trial_end: trialOf(subscription) }],
    released_at: null,
    released_subscription: null,
    status: 'active',
    subscription: subscription.id,
    test_clock: null,
  }
}

const trialOf = ({ status, trial_end }: Subscription): number | null => (status === 'trialing' ? trial_end : null)

export function newPhase(currency: string, start: number, end: number): Phase {
  return {
    add_invoice_items: [],
    application_fee_percent: null,
    billing_cycle_anchor: null,
    billing_thresholds: null,
    collection_method: null,
    currency,
    default_payment_method: null,
    default_tax_rates: [],
    description: null,
    discounts: [],
    end_date: end,
    invoice_settings: null,
    items: [],
    metadata: {},
    on_behalf_of: null,
    proration_behavior: 'create_prorations',
    start_date: start,
    transfer_data: null,
    trial_end: null,
  }
}

export function phaseItem(
  price: string,
  quantity: number | undefined,
  metadata: Record<string, string>,
): Phase['items'][number] {
  const item = { billing_thresholds: null, discounts: [], metadata, plan: price, price, tax_rates: [] }
  return quantity === undefined ? item : { ...item, quantity }
}
