/** Billing meters: what is counted, and by which rule many events become one number. The events live in meterEvents.ts. */
import { id, list, pageOf } from './call.ts'
import { requireCustomer } from './customers.ts'
import { invalid, missingParam } from './error.ts'
import { makeId } from './id.ts'
import { aggregate } from './meterEvents.ts'
import type { Route } from './call.ts'
import type { Params } from './params.ts'
import type { Meter, MeterEventSummary } from './types.ts'
import type { World } from './world.ts'

const WINDOW = { hour: 3600, day: 86_400 }

export const createMeter: Route = ({ world, params }) => {
  const event_name = params.required('event_name')
  if (event_name.length > 100) throw invalid('The event name can have up to 100 characters.', 'event_name')
  const mapping = params.object('customer_mapping')
  const meter: Meter = {
    id: makeId('mtr'),
    object: 'billing.meter',
    created: world.now,
    customer_mapping: {
      event_payload_key: mapping?.required('event_payload_key') ?? 'stripe_customer_id',
      type: mapping?.oneOf('type', ['by_id']) ?? 'by_id',
    },
    default_aggregation: { formula: readFormula(params.object('default_aggregation')) },
    display_name: params.required('display_name'),
    event_name,
    event_time_window: params.oneOf('event_time_window', ['day', 'hour']) ?? null,
    livemode: world.livemode,
    status: 'active',
    status_transitions: { deactivated_at: null },
    updated: world.now,
    value_settings: {
      event_payload_key: params.object('value_settings')?.required('event_payload_key') ?? 'value',
    },
  }
  params.done()
  refuseTaken(world, event_name)
  return world.create('meter', meter, 'billing.meter.created')
}

function readFormula(params: Params | undefined) {
  const formula = params?.oneOf('formula', ['count', 'last', 'sum'])
  if (formula === undefined) throw missingParam('default_aggregation[formula]')
  return formula
}

export const retrieveMeter: Route = (call) => {
  call.params.none()
  return call.world.store.require('meter', id(call))
}

export const updateMeter: Route = (call) => {
  const { world, params } = call
  const meter = world.store.require('meter', id(call))
  const display_name = params.string('display_name') ?? meter.display_name
  params.done()
  return world.change('meter', meter.id, { display_name, updated: world.now }, 'billing.meter.updated')
}

export const listMeters: Route = (call) => {
  const { world, params } = call
  const page = pageOf(params)
  const status = params.oneOf('status', ['active', 'inactive'])
  params.done()
  return list(call, world.store.page('meter', page, { status }))
}

export const deactivateMeter: Route = (call) => {
  call.params.none()
  const { world } = call
  const meter = world.store.require('meter', id(call))
  if (meter.status !== 'active') throw invalid(`The meter ${meter.id} is already inactive.`)
  const status_transitions = { deactivated_at: world.now }
  const patch = { status: 'inactive' as const, status_transitions, updated: world.now }
  return world.change('meter', meter.id, patch, 'billing.meter.deactivated')
}

export const reactivateMeter: Route = (call) => {
  call.params.none()
  const { world } = call
  const meter = world.store.require('meter', id(call))
  if (meter.status === 'active') throw invalid(`The meter ${meter.id} is already active.`)
  refuseTaken(world, meter.event_name)
  const status_transitions = { deactivated_at: null }
  const patch = { status: 'active' as const, status_transitions, updated: world.now }
  return world.change('meter', meter.id, patch, 'billing.meter.reactivated')
}

/** An event must never count twice: one active meter a name. */
function refuseTaken(world: World, eventName: string) {
  if (world.store.find('meter', { event_name: eventName, status: 'active' }).length === 0) return
  throw invalid(`There is already an active meter with the event name "${eventName}".`, 'event_name')
}

/** What the meter counted of one customer: one number, or one an hour or day in which something was reported. */
export const listEventSummaries: Route = (call) => {
  const { world, params } = call
  const meter = world.store.require('meter', id(call))
  const { id: customer } = requireCustomer(world, params.required('customer'))
  const window = params.oneOf('value_grouping_window', ['day', 'hour'])
  const step = window === undefined ? 60 : WINDOW[window]
  const start = readBoundary(params, 'start_time', step)
  const end = readBoundary(params, 'end_time', step)
  if (end <= start) throw invalid('The end time must be after the start time.', 'end_time')
  params.accept('limit', 'starting_after', 'ending_before')
  params.done()
  const span = window === undefined ? end - start : step
  const data: MeterEventSummary[] = []
  for (let at = start; at < end; at += span) {
    const value = aggregate(world, meter, { customer, start: at, end: at + span })
    if (window !== undefined && value === null) continue
    data.push({
      id: `mtrusg_${meter.id}_${customer}_${at}`,
      object: 'billing.meter_event_summary',
      aggregated_value: value ?? 0,
      end_time: at + span,
      livemode: world.livemode,
      meter: meter.id,
      start_time: at,
    })
  }
  return list(call, { data: data.toReversed(), hasMore: false })
}

function readBoundary(params: Params, key: string, step: number): number {
  const at = params.int(key, { min: 0 })
  if (at === undefined) throw missingParam(key)
  const unit = step === 60 ? 'minute' : step === WINDOW.hour ? 'hour' : 'UTC day'
  if (at % step !== 0) throw invalid(`The ${key} must align with ${unit} boundaries.`, key)
  return at
}
