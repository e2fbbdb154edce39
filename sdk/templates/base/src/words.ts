/** Numbers, money and errors as people read them. */

import { DreamAPIException } from '@dream-api/sdk'

/** `unitAmount` is integer minor units of the currency: 2900 of usd is $29. */
export function money(unitAmount: number, currency = 'usd'): string {
  const format = new Intl.NumberFormat('en', { style: 'currency', currency, trailingZeroDisplay: 'stripIfInteger' })
  const { maximumFractionDigits = 2 } = format.resolvedOptions()
  return format.format(unitAmount / 10 ** maximumFractionDigits)
}

export const count = (value: number | string): string =>
  typeof value === 'number' ? value.toLocaleString('en') : 'Unlimited'

export const day = (at: number): string => new Date(at).toLocaleDateString('en', { day: 'numeric', month: 'long' })

/** What to tell people. The API's refusals are sentences already. */
export function said(error: unknown): string {
  if (!(error instanceof DreamAPIException)) return 'Something went wrong. Please try again.'
  if (error.status === 0)
    return 'We could not be reached. Check your connection and try again: nothing is counted twice.'
  return error.message
}
