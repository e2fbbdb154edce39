/** The apps that the command line makes, walked in Chromium against the sandbox as their customers would. */

import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { launch } from '../dashboard/browser.ts'
import { secret, useApp, type TestProject } from '../support/app.ts'
import { tier } from '../support/billing.ts'
import { buildSdk } from '../support/builtSdk.ts'
import { newApp } from '../support/newApp.ts'

const app = useApp()
let browser: Browser

beforeAll(async () => {
  await buildSdk()
  browser = await launch()
})
afterAll(() => browser?.close())

interface Walk {
  readonly project: TestProject
  readonly page: Page
  /** What the build made for browsers. */
  scripts(): readonly string[]
}

/** Makes and opens an app with a project of its own, and sees that it complains of nothing. */
async function walk(
  template: string,
  facts: Record<string, unknown>,
  steps: (on: Walk) => Promise<void>,
): Promise<void> {
  const project = await app().project(facts)
  const made = await newApp(template, { key: project.publishableKey, api: app().server.url })
  expect(await made.build()).toBe('')
  const baseURL = await made.open()
  const context = await browser.newContext({ baseURL })
  context.setDefaultTimeout(20_000)
  const page = await context.newPage()
  const complaints: string[] = []
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('console', (line) => {
    const isOurs = line.location().url.startsWith(baseURL) && !line.text().includes('402') // a wall is no fault
    if (isOurs && ['error', 'warning'].includes(line.type())) complaints.push(line.text())
  })
  try {
    await steps({ project, page, scripts: () => made.scripts() })
    expect(complaints).toEqual([])
  } finally {
    await context.close()
    await made.close()
  }
}

/** On the hosted pages, up to the way back. */
async function signUp(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Sign up' }).first().click()
  await page.getByLabel('Your e-mail').fill(`${crypto.randomUUID().slice(0, 8)}@people.example`)
  await page.getByRole('button', { name: 'Continue with this address' }).click()
  await page.getByRole('button', { name: /^Continue to/ }).click()
}

/** On the sandbox's stand-in of Stripe's page. */
async function pay(page: Page): Promise<void> {
  await page.getByRole('button', { name: /^(?:Pay|Subscribe|Start trial)/ }).click()
}

/** Loses one answer, after the server has carried out what was asked. */
async function loseAnswer(page: Page, path: string): Promise<void> {
  let isLost = false
  await page.route(app().server.url + path, async (route) => {
    if (isLost || route.request().method() !== 'POST') return route.continue()
    isLost = true
    await route.fetch()
    await route.abort()
  })
}

/** As the owner sees the only customer. */
async function customer(project: TestProject): Promise<{ plan: string; used: number }> {
  const { customers } = await app().ok('GET', '/api/customers', { headers: secret(project) })
  expect(customers).toHaveLength(1)
  const { plan, used } = await app().usage(project, customers[0].id)
  return { plan, used }
}

/** A build is minutes on a busy machine. */
const PATIENT = { timeout: 300_000 }

const LIMIT = 3
const SAAS = {
  type: 'saas',
  tiers: [
    tier({ slug: 'free', displayName: 'Free', limit: LIMIT }),
    tier({ slug: 'pro', displayName: 'Pro', limit: 50, unitAmount: 1900 }),
  ],
}

describe.each(['saas-react', 'saas-solid', 'saas-next'])('%s', PATIENT, (template) => {
  it('lets a stranger sign up, use it to the limit, upgrade, and be served again', () =>
    walk(template, SAAS, async ({ project, page }) => {
      await page.goto('/')
      await signUp(page)
      await page.getByText('Your plan', { exact: true }).waitFor()
      await page.getByRole('link', { name: 'Dashboard' }).last().click()

      const make = page.getByRole('button', { name: 'Make a cover' })
      const covers = page.locator('img.cover')
      await page.getByText(`${LIMIT} covers left`).waitFor()
      await page.getByLabel('A sentence').fill('The tide comes in twice a day')
      await make.dblclick()
      await covers.first().waitFor()
      await page.getByText(`${LIMIT - 1} covers left`).waitFor()
      await loseAnswer(page, '/api/data')
      await make.click()
      await covers.nth(1).waitFor()
      await page.getByText(`${LIMIT - 2} covers left`).waitFor()
      expect([await covers.count(), (await customer(project)).used]).toEqual([2, 2])
      await make.click()
      await page.getByText('You have used them all').waitFor()
      expect(await make.isDisabled()).toBe(true)

      await page.getByRole('link', { name: 'Upgrade' }).click()
      await page.getByRole('button', { name: 'Get Pro' }).dblclick()
      await pay(page)
      await page.waitForURL('/dashboard')
      await page.getByText('50 covers left').waitFor()
      await page.getByLabel('A sentence').fill('Served again')
      await make.click()
      await page.getByText('49 covers left').waitFor()
      await covers.first().waitFor()
      expect(await customer(project)).toEqual({ plan: 'pro', used: 1 })
    }))
})

const usd = (unitAmount: number) => [{ unitAmount, currency: 'usd' }]

describe.each(['store-react', 'store-next'])('%s', PATIENT, (template) => {
  it('lets a stranger browse, shows what is sold out as it happens, and sells the last one once', () =>
    walk(template, { type: 'store' }, async ({ project, page }) => {
      const add = async (body: object) =>
        (await app().ok('POST', '/api/products', { headers: secret(project), body })).product
      const last = await add({ name: 'The last one', variants: [{ prices: usd(5800), stock: 1 }] })
      const taken = await add({
        name: 'Jar',
        options: ['Size'],
        variants: [
          { options: { Size: 'Small' }, prices: usd(1800), stock: 5 },
          { options: { Size: 'Large' }, prices: usd(4200), stock: 1 },
        ],
      })
      await page.goto('/')
      await page.getByRole('button', { name: /^Add to the cart.*The last one/ }).dblclick()
      await page.getByLabel('Jar').first().selectOption('Large')
      await page
        .getByRole('button', { name: /^Add to the cart.*Jar/ })
        .first()
        .click()

      await page.getByRole('button', { name: /^Cart/ }).click()
      await page.getByText('$100').waitFor()
      const body = { items: [{ variantId: taken.variants[1].id }], successUrl: page.url(), cancelUrl: page.url() }
      await app().ok('POST', '/api/cart/checkout', { headers: secret(project), body })
      await page.getByRole('dialog').getByText('Sold out').waitFor()
      const checkOut = page.getByRole('button', { name: 'Go to the checkout' })
      await checkOut.click()
      await page.getByRole('alert').getByText('Jar is sold out.').waitFor()
      await page.getByRole('button', { name: 'Remove: Jar' }).click()
      await loseAnswer(page, '/api/cart/checkout')
      await checkOut.dblclick()
      await page.waitForURL(/checkout/)
      await page.goBack()
      await page.getByRole('button', { name: /^Cart/ }).click()
      await checkOut.click() // the same wish is the same order
      await page.getByLabel('E-mail').fill('grace@example.com')
      await pay(page)

      await page.waitForURL('/thanks')
      await page.getByRole('link', { name: /^See order/ }).click()
      await page.getByText('The last one').waitFor()
      await app().settle()
      const { orders } = await app().ok('GET', '/api/orders', { headers: secret(project) })
      expect(orders.map(({ status }: { status: string }) => status).sort()).toEqual(['paid', 'pending'])
      await page.goto('/')
      await page.getByRole('button', { name: /^Sold out.*The last one/ }).waitFor()
      expect(await page.getByRole('button', { name: /^Cart/ }).textContent()).toBe('Cart 0')
      expect(last.variants).toHaveLength(1)
    }))
})

const MEMBERSHIP = {
  type: 'membership',
  tiers: [
    { ...tier({ slug: 'free', displayName: 'Visitor' }), limits: {} },
    { ...tier({ slug: 'member', displayName: 'Member', unitAmount: 900 }), limits: {} },
  ],
}
/** Of the first piece for members. */
const PAID = 'Round one: eight push-ups'

describe.each(['membership-react', 'membership-next'])('%s', PATIENT, (template) => {
  it('keeps what is paid for behind a wall on the server, and opens it to whoever joins', () =>
    walk(template, MEMBERSHIP, async ({ page, scripts }) => {
      await page.goto('/')
      await page.getByText('Floor strength').waitFor()
      const ask = (headers = {}) => page.request.get('/api/content?id=floor-strength', { headers })
      expect((await ask()).status()).toBe(401)
      expect((await ask({ Authorization: 'Bearer a.b.c' })).status()).toBe(401)
      await signUp(page)
      await page.getByRole('link', { name: 'Library' }).last().click()
      await page.getByRole('button', { name: /^Read.*The desk reset/ }).click()
      await page.getByText('Stand up, feet under the hips.').waitFor()
      await page.getByRole('button', { name: /^Read.*Floor strength/ }).click()
      await page.getByText('This one is for members').waitFor()
      expect(scripts().join('')).toContain('/api/content')
      expect(scripts().join('')).not.toContain(PAID)

      await page.getByRole('button', { name: 'Become a member' }).dblclick()
      await pay(page)
      await page.waitForURL('/dashboard')
      await page.getByText('You are a member').waitFor()
      await page.getByRole('button', { name: /^Read.*Floor strength/ }).click()
      await page.getByText(PAID).waitFor()
    }))
})
