/** A counted call, as it is kept so that it can be taken back. */

import type { Spending } from './credits.ts'

export interface Receipt {
  readonly id: number
  readonly customerId: string
  readonly meter: string
  readonly periodStart: number
  readonly quantity: number
  readonly at: number
  readonly reversedAt: number | null
  /** How much of it was paid with credits, and which. */
  readonly credited: number
  readonly spent: readonly Spending[]
  /** The plan that the customer had; `''` is before it was known. */
  readonly plan: string
}

export type ReceiptRow = {
  id: number
  customer_id: string
  meter: string
  period_start: number
  quantity: number
  at: number
  reversed_at: number | null
  credited: number
  spent: string | null
  plan: string
}

export const toReceipt = (row: ReceiptRow): Receipt => ({
  id: row.id,
  customerId: row.customer_id,
  meter: row.meter,
  periodStart: row.period_start,
  quantity: row.quantity,
  at: row.at,
  reversedAt: row.reversed_at,
  credited: row.credited,
  spent: row.spent === null ? [] : (JSON.parse(row.spent) as Spending[]),
  plan: row.plan,
})
