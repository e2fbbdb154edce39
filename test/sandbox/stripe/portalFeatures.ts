/** What a portal configuration lets a customer do. */
import { invalid, missingParam } from './error.ts'
import type { Params } from './params.ts'
import type { PortalConfiguration } from './types.ts'
import type { World } from './world.ts'

type Features = PortalConfiguration['features']
type Update = Features['subscription_update']

const PRORATIONS = ['create_prorations', 'always_invoice', 'none'] as const
const REASONS = [
  'customer_service',
  'low_quality',
  'missing_features',
  'other',
  'switched_service',
  'too_complex',
  'too_expensive',
  'unused',
]

export function readFeatures(world: World, params: Params, before: Features | null): Features {
  return {
    customer_update: readCustomerUpdate(params.object('customer_update'), before),
    invoice_history: { enabled: enabled(params.object('invoice_history'), before?.invoice_history.enabled) },
    payment_method_update: {
      enabled: enabled(params.object('payment_method_update'), before?.payment_method_update.enabled),
      payment_method_configuration: null,
    },
    subscription_cancel: readCancel(params.object('subscription_cancel'), before?.subscription_cancel),
    subscription_pause: {
      duration: { interval_options: [], type: 'indefinite' },
      enabled: params.object('subscription_pause')?.bool('enabled') ?? before?.subscription_pause.enabled ?? false,
    },
    subscription_update: readUpdate(world, params.object('subscription_update'), before?.subscription_update),
  }
}

function enabled(params: Params | undefined, before: boolean | undefined): boolean {
  if (params === undefined) return before ?? false
  const given = params.bool('enabled')
  if (given === undefined && before === undefined) throw missingParam(params.name('enabled'))
  return given ?? before ?? false
}

function readCustomerUpdate(params: Params | undefined, before: Features | null): Features['customer_update'] {
  const allowed = params?.strings('allowed_updates') as Features['customer_update']['allowed_updates'] | undefined
  const on = enabled(params, before?.customer_update.enabled)
  const updates = allowed ?? before?.customer_update.allowed_updates ?? []
  if (on && updates.length === 0) {
    throw invalid('Please provide at least one allowed update.', 'features[customer_update][allowed_updates]')
  }
  return { allowed_updates: updates, enabled: on }
}

function readCancel(params: Params | undefined, before: Features['subscription_cancel'] | undefined) {
  const reason = params?.object('cancellation_reason')
  const options = reason?.strings('options') ?? before?.cancellation_reason.options ?? []
  for (const option of options) {
    if (!REASONS.includes(option))
      throw invalid(
        `Invalid cancellation reason: ${option}`,
        'features[subscription_cancel][cancellation_reason][options]',
      )
  }
  return {
    cancellation_reason: {
      enabled: reason?.bool('enabled') ?? before?.cancellation_reason.enabled ?? false,
      feedback_options: null,
      options: options as Features['subscription_cancel']['cancellation_reason']['options'],
    },
    enabled: enabled(params, before?.enabled),
    mode: params?.oneOf('mode', ['at_period_end', 'immediately']) ?? before?.mode ?? ('at_period_end' as const),
    proration_behavior:
      params?.oneOf('proration_behavior', PRORATIONS) ?? before?.proration_behavior ?? ('none' as const),
  }
}

function readUpdate(world: World, params: Params | undefined, before: Update | undefined): Update {
  const on = enabled(params, before?.enabled)
  const allowed = params?.strings('default_allowed_updates') as Update['default_allowed_updates'] | undefined
  const products = readProducts(world, params) ?? before?.products ?? null
  if (on && (products === null || products.length === 0)) {
    throw missingParam('features[subscription_update][products]')
  }
  const conditions = params
    ?.object('schedule_at_period_end')
    ?.objects('conditions')
    ?.map((condition) => {
      const type = condition.oneOf('type', ['decreasing_item_amount', 'shortening_interval'])
      if (type === undefined) throw missingParam(condition.name('type'))
      return { type }
    })
  return {
    billing_cycle_anchor:
      params?.oneOf('billing_cycle_anchor', ['now', 'unchanged']) ?? before?.billing_cycle_anchor ?? 'unchanged',
    default_allowed_updates: allowed ?? before?.default_allowed_updates ?? [],
    enabled: on,
    products,
    proration_behavior: params?.oneOf('proration_behavior', PRORATIONS) ?? before?.proration_behavior ?? 'none',
    schedule_at_period_end: { conditions: conditions ?? before?.schedule_at_period_end.conditions ?? [] },
    trial_update_behavior:
      params?.oneOf('trial_update_behavior', ['continue_trial', 'end_trial']) ??
      before?.trial_update_behavior ??
      'end_trial',
  }
}

/** At most ten products; every price must exist, be recurring and belong to its product. */
function readProducts(world: World, params: Params | undefined): Update['products'] | undefined {
  const entries = params?.objects('products')
  if (entries === undefined) return undefined
  if (entries.length > 10) throw invalid('You may have at most 10 products.', 'features[subscription_update][products]')
  return entries.map((entry) => {
    const product = world.store.require('product', entry.required('product'), entry.name('product')).id
    const prices = entry.strings('prices') ?? []
    for (const price of prices) {
      const found = world.store.require('price', price, entry.name('prices'))
      if (found.product !== product || found.recurring === null || !found.active) {
        throw invalid(`Price ${price} is not an active recurring price of product ${product}.`, entry.name('prices'))
      }
    }
    entry.object('adjustable_quantity')?.bool('enabled')
    return { adjustable_quantity: { enabled: false, maximum: null, minimum: 1 }, prices, product }
  })
}
