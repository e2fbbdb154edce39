/** Discounts: a coupon at work on a subscription, and what it takes off an amount. */
import { couponProblem, redeem } from './coupons.ts'
import { shift } from './calendar.ts'
import { invalid, missingParam } from './error.ts'
import { makeId } from './id.ts'
import type { Params } from './params.ts'
import type { Coupon, Discount } from './types.ts'
import type { World } from './world.ts'

export interface Reduction {
  coupon: string
  promotionCode: string | null
}

/** Reads `discounts[]`: each a coupon or a promotion code, never both. */
export function readDiscounts(world: World, params: Params, currency: string): Reduction[] | undefined {
  return params.objects('discounts')?.map((entry) => {
    const coupon = entry.string('coupon')
    const code = entry.string('promotion_code')
    const kept = entry.string('discount')
    if ([coupon, code, kept].filter((value) => value !== undefined).length !== 1) {
      throw invalid('Each discount must have exactly one of coupon, promotion_code and discount.', entry.name('coupon'))
    }
    if (kept !== undefined) {
      const discount = world.store.require('discount', kept, entry.name('discount'))
      return { coupon: discount.source.coupon ?? '', promotionCode: discount.promotion_code }
    }
    return reduction(world, { coupon, code, currency, param: entry.name(code ? 'promotion_code' : 'coupon') })
  })
}

interface Wanted {
  coupon?: string
  code?: string
  currency: string
  param: string
}

function reduction(world: World, { coupon, code, currency, param }: Wanted): Reduction {
  const promotion = code === undefined ? null : world.store.require('promotion_code', code, param)
  const couponId = promotion?.promotion.coupon ?? coupon
  if (couponId === undefined) throw missingParam(param)
  if (promotion && (!promotion.active || (promotion.expires_at ?? Infinity) <= world.now)) {
    throw invalid('This promotion code is not active.', param, 'promotion_code_expired')
  }
  const problem = couponProblem(world, world.store.require('coupon', couponId, param), currency)
  if (problem) throw invalid(problem, param, 'coupon_expired')
  return { coupon: couponId, promotionCode: promotion?.id ?? null }
}

export interface Attached {
  customer: string
  subscription: string
  session: string | null
}

/** Puts the coupon to work and counts the redemption. */
export function attachDiscount(world: World, wanted: Reduction, to: Attached): Discount {
  const coupon = redeem(world, wanted)
  const months = coupon.duration === 'repeating' ? (coupon.duration_in_months ?? 1) : null
  const discount: Discount = {
    id: makeId('di'),
    object: 'discount',
    checkout_session: to.session,
    customer: to.customer,
    customer_account: null,
    end: months === null ? null : shift(world.now, 'month', months),
    invoice: null,
    invoice_item: null,
    promotion_code: wanted.promotionCode,
    source: { coupon: coupon.id, type: 'coupon' },
    start: world.now,
    subscription: to.subscription,
    subscription_item: null,
  }
  return world.create('discount', discount, 'customer.discount.created')
}

/** What the coupon takes off an amount; never more than the amount. */
export function amountOff(coupon: Coupon, amount: number): number {
  if (amount <= 0) return 0
  const off = coupon.amount_off ?? Math.round((amount * (coupon.percent_off ?? 0)) / 100)
  return Math.min(off, amount)
}
