/** A stranger's walk through an app that the command line made, in a browser against the sandbox. */

import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect } from 'vitest'
import { launch } from '../dashboard/browser.ts'
import { secret, useApp, type App, type TestProject } from '../support/app.ts'
import { findFaults } from '../support/axe.ts'
import { buildSdk } from '../support/builtSdk.ts'
import { newApp } from '../support/newApp.ts'

const DESK = { width: 1280, height: 900 }
const HAND = { width: 390, height: 844 }

/** A build is minutes on a busy machine. */
export const PATIENT = { timeout: 300_000 }

export interface Walk {
  readonly app: App
  readonly project: TestProject
  readonly page: Page
  /** What the build made for browsers. */
  scripts(): readonly string[]
  /** Sees that the page as it stands is for everybody, in both themes, on a desk and in a hand. */
  look(): Promise<void>
}

/** Makes and opens an app with a project of its own, and sees that it complains of nothing. */
type Walks = (template: string, facts: Record<string, unknown>, steps: (on: Walk) => Promise<void>) => Promise<void>

/** Walks of one file's tests, with one server and one browser. */
export function useWalks(): Walks {
  const app = useApp()
  let browser: Browser

  beforeAll(async () => {
    await buildSdk()
    browser = await launch()
  })
  afterAll(() => browser?.close())

  return async (template, facts, steps) => {
    const project = await app().project(facts)
    const made = await newApp(template, { key: project.publishableKey, api: app().server.url })
    try {
      expect(await made.build()).toBe('')
      const baseURL = await made.open()
      const context = await browser.newContext({ baseURL, reducedMotion: 'reduce' })
      context.setDefaultTimeout(20_000)
      const page = await context.newPage()
      const complaints: string[] = []
      page.on('pageerror', (error) => complaints.push(error.message))
      page.on('console', (line) => {
        const isOurs = line.location().url.startsWith(baseURL) && !line.text().includes('402') // a wall is no fault
        if (isOurs && ['error', 'warning'].includes(line.type())) complaints.push(line.text())
      })
      const look = async () => void complaints.push(...(await faultsOf(page)))
      await steps({ app: app(), project, page, scripts: () => made.scripts(), look })
      expect(complaints).toEqual([])
      await context.close()
    } finally {
      await made.close()
    }
  }
}

/** A theme changes nothing but colours, and a size nothing but places: each of them once finds what the four would. */
async function faultsOf(page: Page): Promise<string[]> {
  const faults: string[] = []
  for (const [colorScheme, size] of [
    ['dark', HAND],
    ['light', DESK],
  ] as const) {
    await page.setViewportSize(size)
    await page.emulateMedia({ colorScheme })
    const { pathname } = new URL(page.url())
    faults.push(...(await findFaults(page, `${pathname} ${colorScheme} ${size.width}`)))
    if ((await page.evaluate('document.documentElement.scrollWidth')) !== size.width)
      faults.push(`${pathname} ${size.width}: it scrolls sideways`)
  }
  return faults
}

/** On the hosted pages, up to the way back. */
export async function signUp(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Sign up' }).first().click()
  await page.getByLabel('Your e-mail').fill(`${crypto.randomUUID().slice(0, 8)}@people.example`)
  await page.getByRole('button', { name: 'Continue with this address' }).click()
  await page.getByRole('button', { name: /^Continue to/ }).click()
}

/** On the sandbox's stand-in of Stripe's page. */
export async function pay(page: Page): Promise<void> {
  await page.getByRole('button', { name: /^(?:Pay|Subscribe|Start trial)/ }).click()
}

/** Loses one answer, after the server has carried out what was asked. */
export async function loseAnswer({ app, page }: Walk, path: string): Promise<void> {
  let isLost = false
  await page.route(app.server.url + path, async (route) => {
    if (isLost || route.request().method() !== 'POST') return route.continue()
    isLost = true
    await route.fetch()
    await route.abort()
  })
}

/** As the owner sees the only customer. */
export async function customer({ app, project }: Walk): Promise<{ plan: string; used: number }> {
  const { customers } = await app.ok('GET', '/api/customers', { headers: secret(project) })
  expect(customers).toHaveLength(1)
  const { plan, used } = await app.usage(project, customers[0].id)
  return { plan, used }
}
