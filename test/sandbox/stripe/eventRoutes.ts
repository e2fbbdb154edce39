/** Events and webhook endpoints over the API. */
import { createdFilter, id, list, pageOf } from './call.ts'
import { deliveriesOf } from './deliveries.ts'
import { API_VERSION, findEvent, listEvents, PLATFORM } from './events.ts'
import { invalid, noSuch } from './error.ts'
import { DAY } from './due.ts'
import { cut } from './store.ts'
import type { Route } from './call.ts'
import type { EventRow } from './events.ts'
import type { Json } from './types.ts'
import type { World } from './world.ts'

const KEPT_DAYS = 30

export const listEventsRoute: Route = (call) => {
  const { world, params } = call
  const page = pageOf(params)
  const type = params.string('type')
  const types = params.strings('types')
  const delivered = params.bool('delivery_success')
  const created = createdFilter(params)
  params.done()
  if (type !== undefined && types !== undefined) {
    throw invalid('You may only specify one of these parameters: type, types.', 'type')
  }
  const wanted = listEvents(world.sql, world).filter(
    (event) =>
      event.created >= world.now - KEPT_DAYS * DAY &&
      created(event) &&
      (type === undefined || matches(event.type, type)) &&
      (types === undefined || types.includes(event.type)) &&
      (delivered === undefined || isDelivered(world, event) === delivered),
  )
  const { data, hasMore } = cut(wanted, page, (event) => event.id)
  return list(call, { data: data.map((event) => shown(world, event)), hasMore })
}

export const retrieveEvent: Route = (call) => {
  call.params.none()
  const event = findEvent(call.world.sql, id(call))
  const { world } = call
  if (event === null || event.account !== world.account || event.mode !== world.mode) throw noSuch('event', id(call))
  return shown(world, event)
}

/** The two endpoints of the sandbox: connected accounts' events and the platform's own. */
export const listEndpoints: Route = (call) => {
  const page = pageOf(call.params)
  call.params.done()
  return list(
    call,
    cut(endpoints(call.world), page, (endpoint) => endpoint.id),
  )
}

export const retrieveEndpoint: Route = (call) => {
  call.params.none()
  const endpoint = endpoints(call.world).find((known) => known.id === id(call))
  if (endpoint === undefined) throw noSuch('webhook endpoint', id(call))
  return endpoint
}

function endpoints(world: World) {
  if (world.account !== PLATFORM) return []
  return [
    {
      id: 'we_sandboxConnect',
      path: '/webhook/stripe',
      application: world.livemode ? 'ca_sandboxLive' : 'ca_sandboxTest',
    },
    { id: 'we_sandboxPlatform', path: '/webhook/stripe/platform', application: null },
  ].map(({ id: endpointId, path, application }) => ({
    id: endpointId,
    object: 'webhook_endpoint',
    api_version: API_VERSION,
    application,
    created: 0,
    description: null,
    enabled_events: ['*'],
    livemode: world.livemode,
    metadata: {},
    status: 'enabled',
    url: world.origin + path,
  }))
}

function shown(world: World, event: EventRow): Json {
  const waiting = deliveriesOf(world.sql, event.id).filter(({ state }) => state !== 'succeeded').length
  return { ...(JSON.parse(event.body) as Json), pending_webhooks: waiting }
}

function isDelivered(world: World, event: EventRow): boolean {
  return deliveriesOf(world.sql, event.id).every(({ state }) => state === 'succeeded')
}

function matches(type: string, wanted: string): boolean {
  return wanted.endsWith('*') ? type.startsWith(wanted.slice(0, -1)) : type === wanted
}
