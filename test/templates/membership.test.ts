/** A membership in each of its frameworks, walked as its members would: the wall, the payment, what was paid for. */

import { describe, expect, it } from 'vitest'
import { tier } from '../support/billing.ts'
import { PATIENT, pay, signUp, useWalks } from './walk.ts'

const walk = useWalks()

const MEMBERSHIP = {
  type: 'membership',
  tiers: [
    { ...tier({ slug: 'free', displayName: 'Visitor' }), limits: {} },
    { ...tier({ slug: 'member', displayName: 'Member', unitAmount: 900 }), popular: true, limits: {} },
  ],
}
/** Of the first piece for members. */
const PAID = 'Round one: eight push-ups'

describe.each(['membership-react', 'membership-next'])('%s', PATIENT, (template) => {
  it('keeps what is paid for behind a wall on the server, and opens it to whoever joins', () =>
    walk(template, MEMBERSHIP, async ({ page, scripts, look }) => {
      await page.goto('/')
      await page.getByText('Floor strength').waitFor()
      await page.getByRole('heading', { name: 'Member', exact: true }).waitFor()
      await look()
      const ask = (headers = {}) => page.request.get('/api/content?id=floor-strength', { headers })
      expect((await ask()).status()).toBe(401)
      expect((await ask({ Authorization: 'Bearer a.b.c' })).status()).toBe(401)
      await signUp(page)
      await page.getByText('Your plan', { exact: true }).waitFor()
      await look()
      await page.getByRole('link', { name: 'Library' }).last().click()
      await page.getByRole('button', { name: /^Read.*The desk reset/ }).click()
      await page.getByText('Stand up, feet under the hips.').waitFor()
      await look()
      await page.getByRole('button', { name: /^Read.*Floor strength/ }).click()
      await page.getByText('This one is for members').waitFor()
      await look()
      expect(scripts().join('')).toContain('/api/content')
      expect(scripts().join('')).not.toContain(PAID)

      await page.getByRole('button', { name: 'Become a member' }).dblclick()
      await pay(page)
      await page.waitForURL('/dashboard')
      await page.getByText('You are a member').waitFor()
      await page.getByRole('button', { name: /^Read.*Floor strength/ }).click()
      await page.getByText(PAID).waitFor()
      await look()
    }))
})
