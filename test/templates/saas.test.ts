/** A SaaS in each of its frameworks, walked as its customers would: sign up, use to the limit, upgrade, served again. */

import { describe, expect, it } from 'vitest'
import { tier } from '../support/billing.ts'
import { customer, loseAnswer, PATIENT, pay, signUp, useWalks } from './walk.ts'

const walk = useWalks()

const LIMIT = 3
const SAAS = {
  type: 'saas',
  tiers: [
    tier({ slug: 'free', displayName: 'Free', limit: LIMIT }),
    { ...tier({ slug: 'pro', displayName: 'Pro', limit: 50, unitAmount: 1900 }), popular: true },
  ],
}

describe.each(['saas-react', 'saas-solid', 'saas-next'])('%s', PATIENT, (template) => {
  it('lets a stranger sign up, use it to the limit, upgrade, and be served again', () =>
    walk(template, SAAS, async (on) => {
      const { page, look } = on
      await page.goto('/dashboard')
      await page.getByText('Sign in to go on').waitFor()
      await look()
      await page.goto('/')
      await page.getByRole('heading', { name: 'Pro' }).waitFor()
      await look()
      await signUp(page)
      await page.getByText('Your plan', { exact: true }).waitFor()
      await look()
      await page.getByRole('link', { name: 'Dashboard' }).last().click()

      const make = page.getByRole('button', { name: 'Make a cover' })
      const covers = page.locator('img.cover')
      await page.getByText(`${LIMIT} covers left`).waitFor()
      await look()
      await page.getByLabel('A sentence').fill('The tide comes in twice a day')
      await make.dblclick()
      await covers.first().waitFor()
      await page.getByText(`${LIMIT - 1} covers left`).waitFor()
      await loseAnswer(on, '/api/data')
      await make.click()
      await covers.nth(1).waitFor()
      await page.getByText('1 cover left').waitFor()
      expect([await covers.count(), (await customer(on)).used]).toEqual([2, 2])
      await make.click()
      await page.getByText('You have used them all').waitFor()
      expect(await make.isDisabled()).toBe(true)
      await page.getByRole('button', { name: 'Account' }).click()
      await look()
      await page.keyboard.press('Escape')

      await page.getByRole('link', { name: 'Upgrade' }).click()
      await page.getByRole('button', { name: 'Get Pro' }).dblclick()
      await pay(page)
      await page.waitForURL('/dashboard')
      await page.getByText('50 covers left').waitFor()
      await page.getByLabel('A sentence').fill('Served again')
      await make.click()
      await page.getByText('49 covers left').waitFor()
      await covers.first().waitFor()
      expect(await customer(on)).toEqual({ plan: 'pro', used: 1 })
    }))
})
