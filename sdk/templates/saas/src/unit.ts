/** What the plans count, in numbers and words. */

import { config } from './config'
import { count } from './words'

const { unit, dashboard } = config

/** A limit, or what is left of one, may be none at all. */
export const amount = (value: number | 'unlimited'): string =>
  value === 'unlimited' ? dashboard.unlimited : count(value)

/** `1 cover`, `3 covers`. */
export const units = (value: number | 'unlimited'): string => `${amount(value)} ${value === 1 ? unit.one : unit.many}`
