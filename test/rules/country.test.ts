/** Where a shop may ship to: what Stripe's own package says. */

import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { expect, it } from 'vitest'
import { SHIPPING_COUNTRIES } from '../../sdk/schema/country.ts'

it('are the countries that the types of the stripe package name', () => {
  const entry = createRequire(import.meta.url).resolve('stripe')
  const types = readFileSync(join(dirname(entry), 'resources/Checkout/Sessions.d.ts'), 'utf8')
  const lists = [...types.matchAll(/type AllowedCountry = ([^;]*);/g)].map(([, list]) => list!)
  expect(lists.length).toBeGreaterThan(0)
  for (const list of lists) {
    const named = [...list.matchAll(/'([A-Z]{2})'/g)].map(([, code]) => code)
    expect(named).toEqual([...SHIPPING_COUNTRIES])
  }
})
