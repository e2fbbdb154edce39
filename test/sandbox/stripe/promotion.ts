/** The promotion code a buyer types: whether it counts for this session, and its redemption. */
import { couponProblem, findCode } from './coupons.ts'
import { amountOff } from './discounts.ts'
import { formatAmount } from './amount.ts'
import type { Reduction } from './discounts.ts'
import type { CheckoutSession, Coupon } from './types.ts'
import type { World } from './world.ts'

export type Chosen = { discount: Reduction | null; coupon: Coupon | null } | { reason: string }

/** The discount of the code; without a code, the one that the session was made with. */
export function chosenDiscount(world: World, session: CheckoutSession, code: string | null): Chosen {
  if (code === null) return givenDiscount(world, session)
  const promotion = session.allow_promotion_codes ? findCode(world, code) : null
  const coupon = promotion && world.store.get('coupon', promotion.promotion.coupon ?? '')
  if (!promotion || !coupon) return { reason: 'This code is invalid.' }
  const currency = session.currency ?? 'usd'
  if (coupon.currency !== null && coupon.currency !== currency) {
    return { reason: `This code does not count in ${currency.toUpperCase()}.` }
  }
  const over = (promotion.expires_at ?? Infinity) <= world.now
  const spent = promotion.max_redemptions !== null && promotion.times_redeemed >= promotion.max_redemptions
  if (over || spent || couponProblem(world, coupon, currency)) return { reason: 'This code is expired.' }
  const { minimum_amount: least, minimum_amount_currency: leastIn } = promotion.restrictions
  const subtotal = session.amount_subtotal ?? 0
  if (least !== null && (leastIn !== currency || subtotal < least)) {
    return { reason: `This code counts from ${formatAmount(least, leastIn ?? currency)}.` }
  }
  const left = subtotal - amountOff(coupon, subtotal)
  if (session.mode === 'payment' && left > 0 && left < smallestCharge(currency)) {
    return { reason: 'This code cannot be used: too little would be left to pay.' }
  }
  return { discount: { coupon: coupon.id, promotionCode: promotion.id }, coupon }
}

function givenDiscount(world: World, { discounts }: CheckoutSession): Chosen {
  const given = discounts?.[0]
  const coupon = given?.coupon ? world.store.get('coupon', given.coupon) : null
  if (!given || coupon === null) return { discount: null, coupon: null }
  return { discount: { coupon: coupon.id, promotionCode: given.promotion_code }, coupon }
}

const SMALLEST: Record<string, number> = { usd: 50, eur: 50, gbp: 30, jpy: 50, cad: 50, aud: 50, chf: 50 }

/** The least that Stripe charges at all. */
export function smallestCharge(currency: string): number {
  return SMALLEST[currency] ?? 1
}
