/** expand[]: replaces ids by the objects they name, along dotted paths, and adds what Stripe shows only on request. */
import { accountOf } from './accounts.ts'
import { lineItems } from './checkoutLines.ts'
import { paymentOf } from './collect.ts'
import { invalid } from './error.ts'
import { tiersOf } from './usage.ts'
import type { Json, Kind, Price } from './types.ts'
import type { World } from './world.ts'

const BY_PREFIX: Record<string, Kind> = {
  cus: 'customer',
  sub: 'subscription',
  in: 'invoice',
  pi: 'payment_intent',
  ch: 'charge',
  re: 'refund',
  pm: 'payment_method',
  price: 'price',
  promo: 'promotion_code',
  di: 'discount',
  cs: 'checkout_session',
  bpc: 'portal_configuration',
  mtr: 'meter',
}
const BY_FIELD: Record<string, Kind> = { product: 'product', coupon: 'coupon', schedule: 'subscription_schedule' }
const DEEPEST = 4

export function expand(world: World, body: unknown, paths: string[]): unknown {
  if (paths.length === 0) return body
  const copy = structuredClone(body)
  for (const path of paths) {
    const steps = path.split('.')
    if (steps.length > DEEPEST) throw invalid(`You cannot expand more than ${DEEPEST} levels of a property.`, 'expand')
    if (isHash(copy)) walk(world, copy, steps, path)
  }
  return copy
}

function walk(world: World, object: Json, [step = '', ...rest]: string[], path: string) {
  if (!(step in object)) object[step] = onRequest(world, object, step, path)
  else object[step] = opened(world, step, object[step], { path, isLast: rest.length === 0 })
  if (rest.length === 0) return
  const value = object[step]
  const targets = Array.isArray(value) ? value : [value]
  for (const target of targets) if (isHash(target)) walk(world, target, rest, path)
}

function opened(world: World, field: string, value: unknown, at: { path: string; isLast: boolean }): unknown {
  if (Array.isArray(value))
    return value.map((item) => (typeof item === 'string' ? lookup(world, field, item, at.path) : item))
  if (typeof value === 'string') return lookup(world, field, value, at.path)
  return value
}

function lookup(world: World, field: string, id: string, path: string): unknown {
  if (field === 'id' || field === 'object') throw cannot(path)
  if (field === 'on_behalf_of' || field === 'account') return accountOf(world, id)
  const kind = BY_FIELD[field] ?? BY_PREFIX[id.split('_')[0] ?? '']
  const found = kind && world.store.get(kind, id)
  if (!found) throw cannot(path)
  return found
}

/** Fields that are absent until asked for. */
function onRequest(world: World, object: Json, field: string, path: string): unknown {
  const id = String(object.id)
  const list = (data: unknown[], url: string) => ({ object: 'list', data, has_more: false, url })
  switch (`${String(object.object)}.${field}`) {
    case 'checkout.session.line_items':
      return list(lineItems(world, id), `/v1/checkout/sessions/${id}/line_items`)
    case 'invoice.payments': {
      const payment = paymentOf(world, id)
      return list(payment ? [payment] : [], `/v1/invoices/${id}/payments`)
    }
    case 'invoice.confirmation_secret': {
      const intent = paymentOf(world, id)?.payment.payment_intent
      const secret = intent ? world.store.get('payment_intent', intent)?.client_secret : null
      return secret ? { client_secret: secret, type: 'payment_intent' } : null
    }
    case 'charge.refunds':
      return list(world.store.find('refund', { charge: id }).toReversed(), `/v1/charges/${id}/refunds`)
    case 'customer.subscriptions': {
      const all = world.store.find('subscription', { customer: id }).filter(({ status }) => status !== 'canceled')
      return list(all.toReversed(), `/v1/customers/${id}/subscriptions`)
    }
    case 'customer.tax':
      return { automatic_tax: 'not_collecting', ip_address: null, location: null, provider: 'stripe' }
    case 'price.tiers':
      return object.billing_scheme === 'tiered' ? tiersOf(world, object as unknown as Price) : undefined
    case 'price.currency_options':
      return { [String(object.currency)]: { unit_amount: object.unit_amount, tax_behavior: object.tax_behavior } }
    default:
      throw cannot(path)
  }
}

function cannot(path: string) {
  return invalid(`This property cannot be expanded (${path}).`, 'expand')
}

function isHash(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
