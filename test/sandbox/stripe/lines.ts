/** Invoice lines: what one item costs for a period, and the credit and debit of a change in the middle of one. Pure. */
import { formatAmount } from './amount.ts'
import { makeId } from './id.ts'
import { isMetered } from './prices.ts'
import type { InvoiceLine, Price, SubscriptionItem } from './types.ts'

export interface LineFor {
  item: SubscriptionItem
  subscription: string
  start: number
  end: number
  amount: number
  description: string
  proration?: boolean
  /** What a meter counted, in place of a quantity and a price that are known before. */
  usage?: { quantity: number; unit: string | null }
}

export function line(of: LineFor): InvoiceLine {
  const { item, subscription, start, end, amount, description, proration = false, usage } = of
  const quantity = usage?.quantity ?? item.quantity ?? 1
  return {
    id: makeId('il'),
    object: 'line_item',
    amount,
    currency: item.price.currency,
    description,
    discount_amounts: [],
    discountable: !proration,
    discounts: [],
    invoice: null,
    livemode: item.price.livemode,
    metadata: {},
    parent: {
      invoice_item_details: null,
      subscription_item_details: {
        invoice_item: proration ? makeId('ii') : null,
        proration,
        proration_details: proration ? { credited_items: null } : null,
        subscription,
        subscription_item: item.id,
      },
      type: 'subscription_item_details',
    },
    period: { end, start },
    pretax_credit_amounts: [],
    pricing: {
      price_details: { price: item.price.id, product: item.price.product },
      type: 'price_details',
      unit_amount_decimal: usage ? usage.unit : item.price.unit_amount_decimal,
    },
    quantity,
    quantity_decimal: String(quantity),
    subscription,
    subtotal: amount,
    taxes: [],
  }
}

export function costOf(item: SubscriptionItem): number {
  return (item.price.unit_amount ?? 0) * (item.quantity ?? 1)
}

/** What is paid before the period: every item but those that a meter counts. */
export function periodLines(items: readonly SubscriptionItem[], subscription: string): InvoiceLine[] {
  return items.filter(({ price }) => !isMetered(price)).map((item) => periodLine(item, subscription))
}

/** The line for a whole period of an item. */
export function periodLine(item: SubscriptionItem, subscription: string): InvoiceLine {
  const { current_period_start: start, current_period_end: end } = item
  return line({ item, subscription, start, end, amount: costOf(item), description: describe(item) })
}

export function trialLine(item: SubscriptionItem, subscription: string): InvoiceLine {
  const { current_period_start: start, current_period_end: end } = item
  return line({ item, subscription, start, end, amount: 0, description: `Trial period for ${item.price.product}` })
}

/** The share of an amount that belongs to what is left of a period. */
export function share(amount: number, { start, end }: { start: number; end: number }, at: number): number {
  if (end <= start) return 0
  return Math.round((amount * (end - Math.min(Math.max(at, start), end))) / (end - start))
}

/** Gives back the unused rest of an item. */
export function creditLine(item: SubscriptionItem, subscription: string, at: number): InvoiceLine {
  const { current_period_start: start, current_period_end: end } = item
  const amount = -share(costOf(item), { start, end }, at)
  return line({
    item,
    subscription,
    start: at,
    end,
    amount: amount || 0,
    description: `Unused time on ${describe(item)}`,
    proration: true,
  })
}

/** Charges an item for the rest of its period. */
export function debitLine(item: SubscriptionItem, subscription: string, at: number): InvoiceLine {
  const { current_period_start: start, current_period_end: end } = item
  const amount = share(costOf(item), { start, end }, at)
  return line({
    item,
    subscription,
    start: at,
    end,
    amount,
    description: `Remaining time on ${describe(item)}`,
    proration: true,
  })
}

function describe({ price, quantity }: SubscriptionItem): string {
  return `${quantity ?? 1} × ${price.nickname ?? price.product} (at ${money(price)})`
}

export function money({ unit_amount, currency, recurring }: Price): string {
  const every =
    recurring === null
      ? ''
      : ` / ${recurring.interval_count === 1 ? '' : `${recurring.interval_count} `}${recurring.interval}`
  return `${formatAmount(unit_amount ?? 0, currency)}${every}`
}
