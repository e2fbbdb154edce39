/** The phases of a planned change. Pure: what a phase does not say, Stripe takes for taken away. */

import type Stripe from 'stripe'

type Phase = Stripe.SubscriptionSchedule.Phase
type PhaseParams = Stripe.SubscriptionScheduleUpdateParams.Phase

/** The phase that runs, as it is: its trial, discounts and taxes go on until it ends. */
export function runningPhase(phase: Phase): PhaseParams {
  return {
    ...kept(phase),
    items: phase.items.map((item) => ({
      price: idOf(item.price),
      ...(item.quantity === undefined ? {} : { quantity: item.quantity }),
      ...discountsOf(item.discounts),
      ...taxRatesOf('tax_rates', item.tax_rates),
    })),
    start_date: phase.start_date,
    end_date: phase.end_date,
    ...(phase.trial_end === null ? {} : { trial_end: phase.trial_end }),
  }
}

/** The period after it, at another price, under the same terms. A trial does not begin anew. */
export function nextPhase(
  phase: Phase,
  next: { price: string; quantity: number; interval: 'month' | 'year' },
): PhaseParams {
  return {
    ...kept(phase),
    items: [{ price: next.price, quantity: next.quantity }],
    duration: { interval: next.interval, interval_count: 1 },
    proration_behavior: 'none',
  }
}

function kept(phase: Phase): Omit<PhaseParams, 'items'> {
  const method = phase.default_payment_method
  return {
    ...discountsOf(phase.discounts),
    ...taxRatesOf('default_tax_rates', phase.default_tax_rates),
    ...(phase.automatic_tax === undefined ? {} : { automatic_tax: { enabled: phase.automatic_tax.enabled } }),
    ...(method === null ? {} : { default_payment_method: idOf(method) }),
  }
}

/** A discount that runs is named itself: named by its coupon it would begin anew. */
function discountsOf(discounts: Phase['discounts']): Pick<PhaseParams, 'discounts'> {
  if (discounts.length === 0) return {}
  return {
    discounts: discounts.map(({ discount, promotion_code: code, coupon }) => {
      if (discount !== null) return { discount: idOf(discount) }
      if (code !== null) return { promotion_code: idOf(code) }
      return coupon === null ? {} : { coupon: idOf(coupon) }
    }),
  }
}

function taxRatesOf<K extends 'tax_rates' | 'default_tax_rates'>(
  name: K,
  rates: readonly { id: string }[] | null | undefined,
): { [P in K]?: string[] } {
  if (rates === null || rates === undefined || rates.length === 0) return {}
  return { [name]: rates.map(({ id }) => id) } as { [P in K]: string[] }
}

const idOf = (reference: string | { id: string }): string => (typeof reference === 'string' ? reference : reference.id)
