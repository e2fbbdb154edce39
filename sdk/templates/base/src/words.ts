/** Numbers, money and errors as people read them. */

import { DreamAPIException } from '@dream-api/sdk'
import { config } from './config'

const { language, page } = config

/** `unitAmount` is integer minor units of the currency: 2900 of usd is $29. */
export function money(unitAmount: number, currency = 'usd'): string {
  const format = new Intl.NumberFormat(language, { style: 'currency', currency, trailingZeroDisplay: 'stripIfInteger' })
  const { maximumFractionDigits = 2 } = format.resolvedOptions()
  return format.format(unitAmount / 10 ** maximumFractionDigits)
}

export const count = (value: number): string => value.toLocaleString(language)

export const day = (at: number): string => new Date(at).toLocaleDateString(language, { day: 'numeric', month: 'long' })

/** What to tell people. The API's refusals are sentences already. */
export function said(error: unknown): string {
  if (!(error instanceof DreamAPIException)) return page.failed
  return error.status === 0 ? page.unreached : error.message
}
