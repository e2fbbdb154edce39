/** A store in each of its frameworks, walked as its buyers would: browse, sold out, buy the last one. */

import { describe, expect, it } from 'vitest'
import { secret } from '../support/app.ts'
import { loseAnswer, PATIENT, pay, useWalks } from './walk.ts'

const walk = useWalks()

const usd = (unitAmount: number) => [{ unitAmount, currency: 'usd' }]

describe.each(['store-react', 'store-next'])('%s', PATIENT, (template) => {
  it('lets a stranger browse, shows what is sold out as it happens, and sells the last one once', () =>
    walk(template, { type: 'store' }, async (on) => {
      const { app, page, look } = on
      const headers = secret(on.project)
      const add = async (body: object) => (await app.ok('POST', '/api/products', { headers, body })).product
      await add({ name: 'The last one', variants: [{ prices: usd(5800), stock: 1 }] })
      const taken = await add({
        name: 'Jar',
        description: 'Stoneware, with a lid.',
        features: ['Holds a litre', 'Goes into the oven'],
        options: ['Size'],
        variants: [
          { options: { Size: 'Small' }, prices: usd(1800), stock: 5 },
          { options: { Size: 'Large' }, prices: usd(4200), stock: 1 },
        ],
      })
      for (const path of ['/about', '/contact']) {
        await page.goto(path)
        await page.getByRole('heading', { level: 1 }).waitFor()
        await look()
      }
      await page.goto('/')
      await page.getByRole('button', { name: /^Details.*Jar/ }).click()
      await look()
      await page.keyboard.press('Escape')
      await page.getByRole('button', { name: /^Add to the cart.*The last one/ }).dblclick()
      await page.getByLabel('Jar').first().selectOption('Large')
      await page
        .getByRole('button', { name: /^Add to the cart.*Jar/ })
        .first()
        .click()

      await page.getByRole('button', { name: /^Cart/ }).click()
      await page.getByText('$100').waitFor()
      const body = { items: [{ variantId: taken.variants[1].id }], successUrl: page.url(), cancelUrl: page.url() }
      await app.ok('POST', '/api/cart/checkout', { headers, body })
      await page.getByRole('dialog').getByText('Sold out').waitFor()
      const checkOut = page.getByRole('button', { name: 'Go to the checkout' })
      await checkOut.click()
      await page.getByRole('alert').getByText('Jar is sold out.').waitFor()
      await look()
      await page.getByRole('button', { name: 'Remove: Jar' }).click()
      await loseAnswer(on, '/api/cart/checkout')
      await checkOut.dblclick()
      await page.waitForURL(/checkout/)
      await page.goBack()
      await page.getByRole('button', { name: /^Cart/ }).click()
      await checkOut.click() // the same wish is the same order
      await page.getByLabel('E-mail').waitFor()
      await page.goBack()
      await page.getByLabel('Jar').first().selectOption('Small')
      await page
        .getByRole('button', { name: /^Add to the cart.*Jar/ })
        .first()
        .click()
      await page.getByRole('button', { name: /^Cart/ }).click()
      await checkOut.click() // another wish, to which its own hold on the last one is no obstacle
      await page.getByLabel('E-mail').fill('grace@example.com')
      await pay(page)

      await page.waitForURL('/thanks')
      const order = page.getByRole('link', { name: /^See order/ })
      await order.waitFor()
      await look()
      await order.click()
      await page.getByText('The last one').waitFor()
      await app.settle()
      const { orders } = await app.ok('GET', '/api/orders', { headers })
      expect(orders.map(({ status }: { status: string }) => status).sort()).toEqual(['expired', 'paid', 'pending'])
      await page.goto('/')
      await page.getByRole('button', { name: /^Sold out.*The last one/ }).waitFor()
      expect(await page.getByRole('button', { name: /^Cart/ }).textContent()).toBe('Cart 0')
      await look()
    }))
})
