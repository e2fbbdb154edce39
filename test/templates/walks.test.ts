/** The apps that the command line makes, walked in Chromium against the sandbox as their customers would. */

import { execFileSync } from 'node:child_process'
import { join, resolve } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { launch } from '../dashboard/browser.ts'
import { secret, useApp, type TestProject } from '../support/app.ts'
import { tier } from '../support/billing.ts'
import { newApp } from '../support/newApp.ts'

const app = useApp()
let browser: Browser

beforeAll(async () => {
  execFileSync(process.execPath, [join(resolve(import.meta.dirname, '../..'), 'sdk/build.ts')])
  browser = await launch()
})
afterAll(() => browser?.close())

interface Walk {
  readonly project: TestProject
  readonly page: Page
}

/** Makes and opens an app with a project of its own, and sees that it complains of nothing. */
async function walk(
  template: string,
  facts: Record<string, unknown>,
  steps: (on: Walk) => Promise<void>,
): Promise<void> {
  const project = await app().project(facts)
  const made = await newApp(template, { key: project.publishableKey, api: app().server.url })
  expect(made.check()).toBe('')
  const baseURL = await made.open()
  const context = await browser.newContext({ baseURL })
  context.setDefaultTimeout(20_000)
  const page = await context.newPage()
  const complaints: string[] = []
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('console', (line) => {
    const isOurs = line.location().url.startsWith(baseURL)
    if (isOurs && ['error', 'warning'].includes(line.type())) complaints.push(line.text())
  })
  try {
    await steps({ project, page })
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

const LIMIT = 3
const SAAS = {
  type: 'saas',
  tiers: [
    tier({ slug: 'free', displayName: 'Free', limit: LIMIT }),
    tier({ slug: 'pro', displayName: 'Pro', limit: 50, unitAmount: 1900 }),
  ],
}

describe.each(['saas-react'])('%s', (template) => {
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
      await page.getByText(`${LIMIT - 1} covers left`).waitFor()
      await loseAnswer(page, '/api/data')
      await make.click()
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
      expect(await covers.count()).toBe(1)
      expect(await customer(project)).toEqual({ plan: 'pro', used: 1 })
    }))
})
