/** Prices: what a product costs, once or again and again. Amounts never change after creation. */
import { createdFilter, given, id, list, pageOf } from './call.ts'
import { invalid, missingParam, notSimulated } from './error.ts'
import { makeId } from './id.ts'
import { newProduct } from './products.ts'
import { readMoney, readTiers, wholeOf } from './tiers.ts'
import type { Route } from './call.ts'
import type { Params } from './params.ts'
import type { Plan, Price, Tier } from './types.ts'
import type { World } from './world.ts'

const INTERVALS = ['day', 'week', 'month', 'year'] as const
const LONGEST = { day: 1095, week: 156, month: 36, year: 3 }

export const createPrice: Route = ({ world, params }) => {
  const { tiers, ...amount } = readScheme(world, params)
  const product = readProduct(world, params)
  const lookup_key = params.string('lookup_key') ?? null
  const nickname = params.string('nickname') ?? null
  const active = params.bool('active') ?? true
  const transfer = params.bool('transfer_lookup_key')
  const metadata = params.metadata()
  params.done()
  claimLookupKey(world, lookup_key, transfer)
  return newPrice(world, { ...amount, product, lookup_key, nickname, active, metadata }, tiers)
}

export const retrievePrice: Route = (call) => {
  call.params.none()
  return call.world.store.require('price', id(call))
}

export const updatePrice: Route = (call) => {
  const { world, params } = call
  const price = world.store.require('price', id(call))
  const patch = given({
    active: params.bool('active'),
    nickname: params.text('nickname'),
    lookup_key: params.text('lookup_key'),
    tax_behavior: params.oneOf('tax_behavior', ['exclusive', 'inclusive', 'unspecified']),
    metadata: params.metadata(price.metadata),
  })
  const transfer = params.bool('transfer_lookup_key')
  params.done()
  if (patch.lookup_key !== price.lookup_key) claimLookupKey(world, patch.lookup_key ?? null, transfer)
  if (patch.active === false && world.store.find('product', { default_price: price.id }).length > 0) {
    throw invalid('This price cannot be archived because it is the default price of its product.', 'active')
  }
  return world.change('price', price.id, patch, 'price.updated')
}

export const listPrices: Route = (call) => {
  const { world, params } = call
  const page = pageOf(params)
  const fields = {
    active: params.bool('active'),
    currency: params.string('currency'),
    product: params.string('product'),
    type: params.oneOf('type', ['one_time', 'recurring']),
  }
  const keys = params.strings('lookup_keys')
  const recurring = params.object('recurring')
  const interval = recurring?.oneOf('interval', INTERVALS)
  const usage = recurring?.oneOf('usage_type', ['licensed', 'metered'])
  const meter = recurring?.string('meter')
  const created = createdFilter(params)
  params.done()
  const keep = (price: Price) =>
    created(price) &&
    (keys === undefined || keys.includes(price.lookup_key ?? '')) &&
    (interval === undefined || price.recurring?.interval === interval) &&
    (usage === undefined || price.recurring?.usage_type === usage) &&
    (meter === undefined || price.recurring?.meter === meter)
  return list(call, world.store.page('price', page, fields, keep))
}

type Amount = Pick<
  Price,
  | 'billing_scheme'
  | 'currency'
  | 'unit_amount'
  | 'unit_amount_decimal'
  | 'recurring'
  | 'tax_behavior'
  | 'tiers_mode'
  | 'type'
>

/** The part of a price that `price_data` and `default_price_data` share. */
export function readAmount(params: Params): Amount {
  const unit = readMoney(params, 'unit_amount')
  if (unit === null) throw missingParam(params.name('unit_amount'))
  const recurring = readRecurring(params.object('recurring'))
  const shared = readShared(params, recurring)
  return {
    ...shared,
    billing_scheme: 'per_unit',
    unit_amount: wholeOf(unit),
    unit_amount_decimal: unit,
    tiers_mode: null,
  }
}

function readShared(params: Params, recurring: Price['recurring']) {
  const currency = params.required('currency').toLowerCase()
  if (!/^[a-z]{3}$/.test(currency)) {
    throw invalid(
      `Invalid currency: ${currency}. Stripe currently supports ISO codes such as usd.`,
      params.name('currency'),
    )
  }
  const tax_behavior = params.oneOf('tax_behavior', ['exclusive', 'inclusive', 'unspecified']) ?? 'unspecified'
  const type: Price['type'] = recurring ? 'recurring' : 'one_time'
  return { currency, recurring, tax_behavior, type }
}

/** What only a price of its own may be: counted by a meter, and priced in tiers. */
function readScheme(world: World, params: Params): Amount & { tiers?: Tier[] } {
  const scheme = params.oneOf('billing_scheme', ['per_unit', 'tiered']) ?? 'per_unit'
  if (scheme === 'per_unit') {
    for (const param of ['tiers', 'tiers_mode']) {
      if (params.has(param)) throw invalid(`You can only set \`${param}\` if \`billing_scheme=tiered\`.`, param)
    }
    return { ...readAmount(params), ...readMetered(world, params) }
  }
  for (const param of ['unit_amount', 'unit_amount_decimal']) {
    if (params.has(param)) throw invalid(`You cannot set \`${param}\` if \`billing_scheme=tiered\`.`, param)
  }
  const { recurring } = readMetered(world, params)
  if (recurring?.usage_type !== 'metered') throw notSimulated('tiered prices without a meter', 'billing_scheme')
  const tiers_mode = params.oneOf('tiers_mode', ['graduated', 'volume'])
  if (tiers_mode === undefined) throw missingParam('tiers_mode')
  const shared = readShared(params, recurring)
  const none = { unit_amount: null, unit_amount_decimal: null }
  return { ...shared, ...none, billing_scheme: 'tiered', tiers_mode, tiers: readTiers(params) }
}

/** A metered price is counted by an active meter; a licensed one by none. */
function readMetered(world: World, params: Params): { recurring: Price['recurring'] } {
  const given = params.object('recurring')
  const recurring = readRecurring(given)
  const usage_type = given?.oneOf('usage_type', ['licensed', 'metered']) ?? 'licensed'
  const meter = given?.string('meter') ?? null
  if (recurring === null) return { recurring }
  if (usage_type === 'licensed') {
    if (meter !== null) {
      throw invalid('You can only set `recurring[meter]` if `recurring[usage_type]=metered`.', 'recurring[meter]')
    }
    return { recurring }
  }
  if (meter === null) {
    throw invalid('Prices with `recurring[usage_type]=metered` must be backed by a meter.', 'recurring[meter]')
  }
  if (world.store.require('meter', meter, 'recurring[meter]').status !== 'active') {
    throw invalid(`The meter ${meter} is inactive.`, 'recurring[meter]')
  }
  return { recurring: { ...recurring, meter, usage_type } }
}

function readRecurring(params: Params | undefined): Price['recurring'] {
  if (params === undefined) return null
  const interval = params.oneOf('interval', INTERVALS)
  if (interval === undefined) throw missingParam(params.name('interval'))
  const count = params.int('interval_count', { min: 1 }) ?? 1
  if (count > LONGEST[interval]) {
    throw invalid(
      'The maximum number of years/months/weeks/days in a billing period is 3 years.',
      params.name('interval_count'),
    )
  }
  return { interval, interval_count: count, meter: null, trial_period_days: null, usage_type: 'licensed' }
}

/** Whether a meter counts what is billed, so that there is no quantity. */
export function isMetered(price: Price): boolean {
  return price.recurring?.usage_type === 'metered'
}

/** Refuses a quantity for what a meter counts. */
export function checkQuantity(price: Price, quantity: number | undefined, param: string) {
  if (quantity === undefined || !isMetered(price)) return
  const at = param.replace(/\[quantity\]$/, '')
  throw invalid(
    `Quantity should not be specified where usage_type is \`metered\`. Remove quantity from \`${at}\`.`,
    param,
  )
}

export function newPrice(world: World, fields: Partial<Price> & Amount & { product: string }, tiers?: Tier[]): Price {
  const price: Price = {
    id: makeId('price'),
    object: 'price',
    active: true,
    created: world.now,
    custom_unit_amount: null,
    livemode: world.livemode,
    lookup_key: null,
    metadata: {},
    nickname: null,
    transform_quantity: null,
    ...fields,
  }
  return world.create('price', price, 'price.created', tiers && { tiers })
}

/** The `plan` that Stripe still shows beside a recurring price. */
export function planOf(price: Price): Plan {
  return {
    id: price.id,
    object: 'plan',
    active: price.active,
    amount: price.unit_amount,
    amount_decimal: price.unit_amount_decimal,
    billing_scheme: price.billing_scheme,
    created: price.created,
    currency: price.currency,
    interval: price.recurring?.interval ?? 'month',
    interval_count: price.recurring?.interval_count ?? 1,
    livemode: price.livemode,
    metadata: price.metadata,
    meter: price.recurring?.meter ?? null,
    nickname: price.nickname,
    product: price.product,
    tiers_mode: price.tiers_mode,
    transform_usage: null,
    trial_period_days: null,
    usage_type: price.recurring?.usage_type ?? 'licensed',
  }
}

function readProduct(world: World, params: Params): string {
  const product = params.string('product')
  const data = params.object('product_data')
  if ((product === undefined) === (data === undefined)) {
    throw invalid('You must pass exactly one of product and product_data.', 'product')
  }
  if (product !== undefined) return world.store.require('product', product, 'product').id
  const name = data?.required('name') ?? ''
  return newProduct(world, { name, metadata: data?.metadata() ?? {} }, data?.string('id')).id
}

/** A lookup key belongs to one active price; it moves only if the caller says so. */
function claimLookupKey(world: World, key: string | null, transfer: boolean | undefined) {
  if (key === null) return
  for (const owner of world.store.find('price', { lookup_key: key })) {
    if (!transfer) {
      throw invalid(`A price (\`${owner.id}\`) already uses that lookup key.`, 'lookup_key', 'resource_already_exists')
    }
    world.change('price', owner.id, { lookup_key: null }, 'price.updated')
  }
}
