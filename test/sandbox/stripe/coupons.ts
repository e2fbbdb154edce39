/** Coupons and the promotion codes that customers type for them. */
import { createdFilter, given, id, list, pageOf } from './call.ts'
import { invalid } from './error.ts'
import { makeId } from './id.ts'
import type { Route } from './call.ts'
import type { Coupon, PromotionCode } from './types.ts'
import type { World } from './world.ts'

export const createCoupon: Route = ({ world, params }) => {
  const wanted = params.string('id')
  const amount_off = params.int('amount_off', { min: 1 }) ?? null
  const percent_off = params.number('percent_off') ?? null
  const currency = params.string('currency')?.toLowerCase() ?? null
  const duration = params.oneOf('duration', ['once', 'repeating', 'forever']) ?? 'once'
  const duration_in_months = params.int('duration_in_months', { min: 1 }) ?? null
  if ((amount_off === null) === (percent_off === null)) {
    throw invalid('You must pass exactly one of percent_off and amount_off.', 'percent_off')
  }
  if (percent_off !== null && (percent_off <= 0 || percent_off > 100)) {
    throw invalid('Invalid percent_off: must be greater than 0 and at most 100.', 'percent_off')
  }
  if (amount_off !== null && currency === null)
    throw invalid('You must pass currency when passing amount_off.', 'currency')
  if ((duration === 'repeating') !== (duration_in_months !== null)) {
    throw invalid('duration_in_months is required if and only if duration is repeating.', 'duration_in_months')
  }
  if (wanted !== undefined && world.store.get('coupon', wanted)) {
    throw invalid('Coupon already exists.', 'id', 'resource_already_exists')
  }
  const coupon: Coupon = {
    id: wanted ?? makeId('c', 8).slice(2),
    object: 'coupon',
    amount_off,
    created: world.now,
    currency,
    duration,
    duration_in_months,
    livemode: world.livemode,
    max_redemptions: params.int('max_redemptions', { min: 1 }) ?? null,
    metadata: params.metadata(),
    name: params.string('name') ?? null,
    percent_off,
    redeem_by: params.int('redeem_by') ?? null,
    times_redeemed: 0,
    valid: true,
  }
  params.done()
  return world.create('coupon', coupon, 'coupon.created')
}

export const retrieveCoupon: Route = (call) => {
  call.params.none()
  return call.world.store.require('coupon', id(call))
}

export const deleteCoupon: Route = (call) => {
  call.params.none()
  const coupon = call.world.store.require('coupon', id(call))
  call.world.store.remove('coupon', coupon.id)
  call.world.emit('coupon.deleted', coupon)
  return { id: coupon.id, object: 'coupon', deleted: true }
}

export const listCoupons: Route = (call) => {
  const page = pageOf(call.params)
  const created = createdFilter(call.params)
  call.params.done()
  return list(call, call.world.store.page('coupon', page, {}, created))
}

export const createPromotionCode: Route = ({ world, params }) => {
  const promotion = params.object('promotion')
  if (promotion === undefined) throw invalid('Missing required param: promotion.', 'promotion', 'parameter_missing')
  promotion.oneOf('type', ['coupon'])
  const coupon = world.store.require('coupon', promotion.required('coupon'), 'promotion[coupon]')
  const code = params.string('code') ?? makeId('x', 8).slice(2).toUpperCase()
  if (!/^[A-Za-z0-9-]+$/.test(code))
    throw invalid('Promotion codes may only contain letters, digits and dashes.', 'code')
  if (findCode(world, code)) {
    throw invalid(
      'An active promotion code with `code: ' + code + '` already exists.',
      'code',
      'resource_already_exists',
    )
  }
  const restrictions = params.object('restrictions')
  if (restrictions?.has('minimum_amount') !== restrictions?.has('minimum_amount_currency')) {
    throw invalid('You must pass both minimum_amount and minimum_amount_currency, or neither.', 'restrictions')
  }
  const made: PromotionCode = {
    id: makeId('promo'),
    object: 'promotion_code',
    active: params.bool('active') ?? true,
    code,
    created: world.now,
    customer: params.string('customer') ?? null,
    customer_account: null,
    expires_at: params.int('expires_at') ?? null,
    livemode: world.livemode,
    max_redemptions: params.int('max_redemptions', { min: 1 }) ?? null,
    metadata: params.metadata(),
    promotion: { coupon: coupon.id, type: 'coupon' },
    restrictions: {
      first_time_transaction: restrictions?.bool('first_time_transaction') ?? false,
      minimum_amount: restrictions?.int('minimum_amount', { min: 1 }) ?? null,
      minimum_amount_currency: restrictions?.string('minimum_amount_currency')?.toLowerCase() ?? null,
    },
    times_redeemed: 0,
  }
  params.done()
  return world.create('promotion_code', made, 'promotion_code.created')
}

export const retrievePromotionCode: Route = (call) => {
  call.params.none()
  return call.world.store.require('promotion_code', id(call))
}

export const updatePromotionCode: Route = (call) => {
  const { world, params } = call
  const before = world.store.require('promotion_code', id(call))
  const patch = given({ active: params.bool('active'), metadata: params.metadata(before.metadata ?? {}) })
  params.done()
  return world.change('promotion_code', before.id, patch, 'promotion_code.updated')
}

export const listPromotionCodes: Route = (call) => {
  const { params, world } = call
  const page = pageOf(params)
  const code = params.string('code')?.toLowerCase()
  const coupon = params.string('coupon')
  const active = params.bool('active')
  const created = createdFilter(params)
  params.done()
  const keep = (promotion: PromotionCode) =>
    created(promotion) &&
    (code === undefined || promotion.code.toLowerCase() === code) &&
    (coupon === undefined || promotion.promotion.coupon === coupon)
  return list(call, world.store.page('promotion_code', page, { active }, keep))
}

/** An active promotion code as a customer types it. */
export function findCode(world: World, code: string): PromotionCode | null {
  const active = world.store.find('promotion_code', { active: true })
  return active.find((promotion) => promotion.code.toLowerCase() === code.toLowerCase()) ?? null
}

/** Why the coupon cannot be used now, or null. */
export function couponProblem(world: World, coupon: Coupon, currency: string): string | null {
  const spent = coupon.max_redemptions !== null && coupon.times_redeemed >= coupon.max_redemptions
  if (spent || (coupon.redeem_by !== null && coupon.redeem_by <= world.now)) return `Coupon ${coupon.id} is expired.`
  if (coupon.currency !== null && coupon.currency !== currency) {
    return `The coupon ${coupon.id} is in ${coupon.currency} and cannot be applied to ${currency}.`
  }
  return null
}

/** Counts one use of the coupon and of the code that led to it. */
export function redeem(
  world: World,
  { coupon: id, promotionCode }: { coupon: string; promotionCode: string | null },
): Coupon {
  const coupon = world.store.require('coupon', id)
  const redeemed = { ...coupon, times_redeemed: coupon.times_redeemed + 1 }
  world.store.put('coupon', redeemed)
  const promotion = promotionCode === null ? null : world.store.get('promotion_code', promotionCode)
  if (promotion) world.store.put('promotion_code', { ...promotion, times_redeemed: promotion.times_redeemed + 1 })
  return redeemed
}
