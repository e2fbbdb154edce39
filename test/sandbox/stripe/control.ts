/** /sandbox/stripe/… and /sandbox/faults: what a test or a demo may make happen on Stripe's side. JSON in, JSON out. */
import { connectAccount, deauthorize, setChargesEnabled } from './accounts.ts'
import { worldOf } from './api.ts'
import { BUYER_FIELDS, readBuyer } from './buyerInput.ts'
import { payCheckout, settleCheckout, expireSession } from './checkout.ts'
import { chaosOf, setChaos } from './chaos.ts'
import { badInput, ControlError, Input, readInput } from './controlInput.ts'
import { deliveriesOf, redeliver } from './deliveries.ts'
import { StripeError } from './error.ts'
import { findEvent, listEvents, PLATFORM } from './events.ts'
import { addFault, clearFaults, FAULT_KINDS, listFaults, SERVICES } from './faults.ts'
import { isDeleted } from './customers.ts'
import { newPaymentMethod, readCardNumber, useForAll } from './paymentMethods.ts'
import { chargeOf, dispute, DISPUTE_STATUSES, failRefund, refund, settleRefund } from './refunds.ts'
import { forgetRequests, readRequests } from './requestLog.ts'
import { locate } from './store.ts'
import type { Api } from './api.ts'
import type { Charge, Json, Kind, Mode } from './types.ts'
import type { World } from './world.ts'

interface Control {
  api: Api
  id: string
  input: Input
  query: URLSearchParams
}

type Handle = (control: Control) => unknown

const CONTROLS: [method: string, path: string, fields: string[], handle: Handle][] = [
  ['POST', '/sandbox/stripe/accounts', ['id', 'charges_enabled', 'email'], createAccount],
  ['POST', '/sandbox/stripe/accounts/:id', ['charges_enabled'], changeAccount],
  ['POST', '/sandbox/stripe/accounts/:id/deauthorize', ['mode'], removeAccount],
  ['POST', '/sandbox/stripe/accounts/:id/wipe', [], wipeAccount],
  ['POST', '/sandbox/stripe/checkout/:id/pay', BUYER_FIELDS, payNow],
  ['POST', '/sandbox/stripe/checkout/:id/settle', ['outcome'], settleNow],
  ['POST', '/sandbox/stripe/checkout/:id/expire', [], expireNow],
  ['POST', '/sandbox/stripe/customers/:id/card', ['card', 'card_number'], changeCard],
  ['POST', '/sandbox/stripe/subscriptions/:id/settings', ['after_dunning'], changeDunning],
  ['POST', '/sandbox/stripe/charges/:id/refund', ['amount', 'fail'], refundNow],
  ['POST', '/sandbox/stripe/charges/:id/dispute', ['status', 'another', 'amount'], disputeNow],
  ['POST', '/sandbox/stripe/refunds/:id', ['outcome'], endRefund],
  ['GET', '/sandbox/stripe/events', [], showEvents],
  ['POST', '/sandbox/stripe/events/:id/redeliver', ['times'], redeliverNow],
  ['GET', '/sandbox/stripe/delivery', [], ({ api }) => chaosOf(api.storage.sql)],
  ['POST', '/sandbox/stripe/delivery', ['duplicate', 'reorder', 'delayMs', 'drop', 'seed', 'paused'], changeDelivery],
  ['GET', '/sandbox/stripe/requests', [], showRequests],
  ['DELETE', '/sandbox/stripe/requests', [], ({ api }) => (forgetRequests(api.storage.sql), { forgotten: true })],
  ['GET', '/sandbox/faults', [], ({ api }) => ({ faults: listFaults(api.storage.sql) })],
  ['POST', '/sandbox/faults', ['service', 'method', 'path', 'times', 'kind', 'status', 'delayMs'], planFault],
  ['DELETE', '/sandbox/faults', [], ({ api }) => (clearFaults(api.storage.sql), { faults: [] })],
]

/** Answers a control call, or null when the path is not one of ours. */
export async function controlStripe(api: Api, request: Request): Promise<Response | null> {
  const url = new URL(request.url)
  const matches = CONTROLS.map((control) => ({ control, match: pattern(control[1]).exec(url.pathname) }))
  const here = matches.filter(({ match }) => match !== null)
  if (here.length === 0) return null
  const found = here.find(({ control }) => control[0] === request.method)
  if (!found) return json(405, { error: `use ${here.map(({ control }) => control[0]).join(' or ')}` })
  const [, , fields, handle] = found.control
  try {
    const input = request.method === 'GET' ? new Input({}, []) : await readInput(request, fields)
    const control = { api, id: decodeURIComponent(found.match?.[1] ?? ''), input, query: url.searchParams }
    return json(
      200,
      api.storage.transactionSync(() => handle(control)),
    )
  } catch (error) {
    if (error instanceof ControlError) return json(error.status, { error: error.message })
    if (error instanceof StripeError) return json(error.status, { error: error.message })
    throw error
  }
}

function createAccount({ api, input }: Control) {
  const accountId = input.text('id')
  if (accountId !== undefined && !/^acct_[A-Za-z0-9]{3,}$/.test(accountId)) throw badInput('"id" must look like acct_…')
  const account = { id: accountId, email: input.text('email'), chargesEnabled: input.bool('charges_enabled') }
  const { id } = connectAccount(worldOf(api, PLATFORM, 'test'), account)
  connectAccount(worldOf(api, PLATFORM, 'live'), { ...account, id })
  return { id }
}

function changeAccount({ api, id, input }: Control) {
  const enabled = input.bool('charges_enabled')
  if (enabled === undefined) throw badInput('"charges_enabled" is missing')
  for (const world of accountWorlds(api, id)) setChargesEnabled(world, id, enabled)
  return { id, charges_enabled: enabled }
}

function removeAccount({ api, id, input }: Control) {
  const mode = input.oneOf('mode', ['test', 'live'])
  for (const world of accountWorlds(api, id)) if (mode === undefined || world.mode === mode) deauthorize(world, id)
  return { id, connected: false }
}

/** Deletes an account's test data, as a button of Stripe's dashboard does; the account stays. */
function wipeAccount({ api, id }: Control) {
  worldOf(api, PLATFORM, 'test').store.require('account', id)
  worldOf(api, id, 'test').store.clear()
  return { id, wiped: true }
}

function accountWorlds(api: Api, accountId: string): World[] {
  const worlds = (['test', 'live'] as const).map((mode) => worldOf(api, PLATFORM, mode))
  return worlds.filter((world) => world.store.require('account', accountId))
}

function payNow({ api, id, input }: Control) {
  const world = worldOfObject(api, 'checkout_session', id)
  const buyer = readBuyer(input, world.store.require('checkout_session', id))
  const bought = payCheckout(world, id, buyer)
  if (!bought.paid) return { paid: false, reason: bought.reason }
  const { status, payment_status, subscription, payment_intent, customer, amount_total } = bought.session
  return { paid: true, status, payment_status, subscription, payment_intent, customer, amount_total }
}

function settleNow({ api, id, input }: Control) {
  const succeeds = input.required('outcome', ['succeed', 'fail']) === 'succeed'
  const session = settleCheckout(worldOfObject(api, 'checkout_session', id), id, succeeds)
  return { id, payment_status: session.payment_status }
}

function expireNow({ api, id }: Control) {
  const world = worldOfObject(api, 'checkout_session', id)
  const session = world.store.require('checkout_session', id)
  if (session.status !== 'open') throw new ControlError(409, `the session is ${session.status}`)
  return { id, status: expireSession(world, session).status }
}

function changeCard({ api, id, input }: Control) {
  const world = worldOfObject(api, 'customer', id)
  if (isDeleted(world.store.require('customer', id))) throw new ControlError(409, 'the customer is deleted')
  const typed = input.text('card_number')
  const number = typed === undefined ? null : readCardNumber(typed)
  if (typed !== undefined && number === null) throw badInput('"card_number" is not the number of a card')
  const method = newPaymentMethod(world, { customer: id, card: input.required('card', ['ok', 'decline']), number })
  useForAll(world, id, method)
  return { customer: id, payment_method: method.id }
}

function changeDunning({ api, id, input }: Control) {
  const afterDunning = input.required('after_dunning', ['cancel', 'unpaid'])
  worldOfObject(api, 'subscription', id).store.hide('subscription', id, { afterDunning })
  return { id, after_dunning: afterDunning }
}

function refundNow({ api, id, input }: Control) {
  const { world, charge } = chargeAt(api, id)
  const amount = input.number('amount', { min: 1, max: 99_999_999 })
  const made = refund(world, charge, { amount })
  const { status } = input.bool('fail') ? failRefund(world, made.id) : made
  return { id: made.id, amount: made.amount, status }
}

function disputeNow({ api, id, input }: Control) {
  const { world, charge } = chargeAt(api, id)
  const status = input.oneOf('status', DISPUTE_STATUSES) ?? 'needs_response'
  const amount = input.number('amount', { min: 1, max: charge.amount })
  const made = dispute(world, charge, { status, another: input.bool('another') ?? false, amount })
  return { id: made.id, status: made.status }
}

/** The bank answers a refund: it arrived, or it comes back, even after it had seemed to arrive. */
function endRefund({ api, id, input }: Control) {
  const world = worldOfObject(api, 'refund', id)
  const succeeds = input.required('outcome', ['succeed', 'fail']) === 'succeed'
  const { status } = succeeds ? settleRefund(world, id) : failRefund(world, id)
  return { id, status }
}

/** A charge by its own id or by that of its payment intent. */
function chargeAt(api: Api, id: string): { world: World; charge: Charge } {
  const isIntent = id.startsWith('pi_')
  const world = worldOfObject(api, isIntent ? 'payment_intent' : 'charge', id)
  return { world, charge: isIntent ? chargeOf(world, id) : world.store.require('charge', id) }
}

function showEvents({ api, query }: Control) {
  const { sql } = api.storage
  const type = query.get('type')
  const mode = query.get('mode')
  if (mode !== null && mode !== 'test' && mode !== 'live') throw badInput('"mode" must be test or live')
  const account = query.get('account') ?? undefined
  const events = listEvents(sql, {
    account: account === 'platform' ? PLATFORM : account,
    mode: (mode as Mode) ?? undefined,
  })
  const wanted = events.filter((event) => type === null || event.type === type || event.type.startsWith(`${type}.`))
  return {
    events: wanted.slice(0, limitOf(query)).map(({ id, body }) => ({
      ...(JSON.parse(body) as Json),
      deliveries: deliveriesOf(sql, id),
    })),
  }
}

function redeliverNow({ api, id, input }: Control) {
  const event = findEvent(api.storage.sql, id)
  if (event === null) throw new ControlError(404, `no such event: ${id}`)
  const times = input.number('times', { min: 1, max: 100 }) ?? 1
  const { account, mode } = event
  for (let time = 0; time < times; time++) redeliver(api.storage.sql, { eventId: id, account, mode, nowMs: api.now() })
  return { id, times }
}

function changeDelivery({ api, input }: Control) {
  const share = { min: 0, max: 1, whole: false }
  const settings = {
    duplicate: input.number('duplicate', share),
    drop: input.number('drop', share),
    delayMs: input.number('delayMs', { min: 0, max: 86_400_000 }),
    seed: input.number('seed', { min: 0, max: 4_294_967_295 }),
    reorder: input.bool('reorder'),
    paused: input.bool('paused'),
  }
  const known = Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined))
  return setChaos(api.storage.sql, known)
}

function showRequests({ api, query }: Control) {
  return { requests: readRequests(api.storage.sql, query.get('path'), limitOf(query)) }
}

function planFault({ api, input }: Control) {
  const path = input.text('path') ?? null
  if (path !== null) checkPattern(path)
  return addFault(api.storage.sql, {
    service: input.required('service', SERVICES),
    method: input.oneOf('method', ['GET', 'POST', 'PATCH', 'PUT', 'DELETE']) ?? null,
    path,
    times: input.number('times', { min: 1, max: 10_000 }) ?? 1,
    kind: input.required('kind', FAULT_KINDS),
    status: input.number('status', { min: 400, max: 599 }) ?? 500,
    delayMs: input.number('delayMs', { min: 0, max: 120_000 }) ?? 0,
  })
}

function checkPattern(path: string) {
  try {
    ''.search(path)
  } catch {
    throw badInput('"path" must be a prefix of a path or a regular expression')
  }
}

function limitOf(query: URLSearchParams): number {
  const limit = Number(query.get('limit') ?? 100)
  if (!Number.isInteger(limit) || limit < 1 || limit > 10_000)
    throw badInput('"limit" must be a whole number from 1 to 10000')
  return limit
}

/** The world an object lives in; control calls name objects, not accounts. */
export function worldOfObject(api: Api, kind: Kind, objectId: string): World {
  const place = locate(api.storage.sql, kind, objectId)
  if (place === null) throw new ControlError(404, `no such ${kind.replace('_', ' ')}: ${objectId}`)
  return worldOf(api, place.account, place.mode)
}

function pattern(path: string): RegExp {
  return new RegExp(`^${path.replace(':id', '([^/]+)')}$`)
}

function json(status: number, body: unknown): Response {
  return new Response(JSON.stringify(body), { status, headers: { 'Content-Type': 'application/json' } })
}
