/** What axe finds on every screen: nothing, in both themes, on a desk and in a hand, whatever the screen has to say. */

import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { executablePath } from './browser.ts'
import { useStage } from './stage.ts'

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']
const DESK = { width: 1280, height: 900 }
const HAND = { width: 390, height: 844 }

interface Violation {
  readonly id: string
  readonly nodes: readonly { readonly target: readonly string[]; readonly failureSummary: string }[]
}

// Many screens in one browser: on a busy machine that is minutes.
describe.skipIf(executablePath === undefined)('axe finds nothing', { timeout: 300_000 }, () => {
  const stage = useStage()

  async function find(page: Page, where: string): Promise<string[]> {
    const { violations } = (await page.evaluate(`axe.run(document, ${JSON.stringify({ runOnly: TAGS })})`)) as {
      violations: readonly Violation[]
    }
    return violations.flatMap(({ id, nodes }) =>
      nodes.map(({ target, failureSummary }) => `${where}: ${id} ${target.join(' ')} ${failureSummary}`),
    )
  }

  /** A theme changes nothing but colours, and a size nothing but places: each of them once finds what the four would. */
  async function look(page: Page, where: string): Promise<string[]> {
    await settled(page)
    if (!(await page.evaluate('"axe" in window'))) await page.evaluate(AXE)
    const found: string[] = []
    for (const [theme, size] of [
      ['dark', HAND],
      ['light', DESK],
    ] as const) {
      await page.setViewportSize(size)
      await page.evaluate(`document.documentElement.dataset.theme = '${theme}'`)
      found.push(...(await find(page, `${where} ${theme} ${size.width}`)))
    }
    return found
  }

  /** The demo developer's projects have customers, orders and goods. */
  async function demo(path: string): Promise<Page> {
    await stage().app.ok('GET', '/sandbox/demo')
    return stage().open({ userId: 'user_demo', email: 'demo@dream-api.example' }, path, { reducedMotion: 'reduce' })
  }

  const go = async (page: Page, path: string) => {
    await page.evaluate(
      `history.pushState(null, '', ${JSON.stringify(path)}), dispatchEvent(new PopStateEvent('popstate'))`,
    )
  }
  const settled = async (page: Page) => {
    await page.locator('h1').first().waitFor()
    await page.locator('.skeleton').first().waitFor({ state: 'detached' })
  }
  const links = async (page: Page) =>
    (await page.locator('.sidebar a').evaluateAll((all) => all.map((one) => one.getAttribute('href')))) as string[]

  it.each(['Acme AI', 'Ember & Wick'])(
    'on every screen of %s, with plenty in it, and of what is in it',
    async (name) => {
      const page = await demo('/projects')
      const found: string[] = []
      await page.getByRole('link', { name }).click()
      await settled(page)
      // The account's own screens are the same from every project.
      const isFirst = name === 'Acme AI'
      for (const href of (await links(page)).filter((one) => isFirst || one.startsWith('/p/'))) {
        await go(page, href)
        found.push(...(await look(page, href)))
        const row = page.locator('tbody a.link, .list a.link').first()
        if (!/customers|orders|products/.test(href) || (await row.count()) === 0) continue
        await row.click()
        found.push(...(await look(page, `one of ${href}`)))
      }
      expect(found).toEqual([])
    },
  )

  it('on every screen of an account that has just begun', async () => {
    const project = await stage().project({ tiers: undefined })
    const page = await stage().open(project.owner, project.at(), { reducedMotion: 'reduce' })
    await settled(page)
    const found: string[] = []
    for (const href of [...(await links(page)), '/nowhere', '/accept?account=a&code=b']) {
      await go(page, href)
      found.push(...(await look(page, href)))
    }
    expect(found).toEqual([])
  })

  it('on screens whose server fails, and on those of somebody who may only look', async () => {
    const project = await stage().project()
    const page = await stage().open(project.owner, project.at(), { reducedMotion: 'reduce' })
    await settled(page)
    stage().foresee(/status of (500|403)|^500 /)
    const found: string[] = []
    for (const status of [500, 403]) {
      const body = { error: 'Not today', code: 'internal', message: 'Something broke on our side.', requestId: 'req_1' }
      await page.route(/\/account\/projects\/\w+\/test\//, (route) => route.fulfill({ status, json: body }))
      for (const rest of ['/customers', '/tiers', '/keys']) {
        await go(page, project.at(rest))
        await page.getByRole('alert').first().waitFor()
        found.push(...(await look(page, `${status} ${rest}`)))
      }
      await page.unrouteAll()
    }
    expect(found).toEqual([])
  })

  it('on the sign-in and in every dialog', async () => {
    const stranger = await stage().stranger({ reducedMotion: 'reduce' })
    await stranger.goto(stage().url('/'))
    const found = await look(stranger, 'sign-in')
    const page = await demo('/projects?new=1')
    await page.getByRole('dialog').waitFor()
    found.push(...(await look(page, 'new project')))
    await go(page, '/projects')
    const addresses: Record<string, string> = {}
    for (const name of ['Acme AI', 'Ember & Wick'])
      addresses[name] = (await page.getByRole('link', { name }).getAttribute('href')) ?? ''
    const dialogs: [string, string, RegExp][] = [
      ['Acme AI', '/customers', /^Add customer$/],
      ['Acme AI', '/tiers', /^New tier$/],
      ['Acme AI', '/tiers', /^Edit$/],
      ['Acme AI', '/keys', /^New secret key$/],
      ['Acme AI', '/keys', /^Rotate$/],
      ['Acme AI', '/keys', /^Revoke$/],
      ['Acme AI', '/webhooks', /^New endpoint$/],
      ['Acme AI', '/settings', /^Delete /],
      ['Ember & Wick', '/products', /^New product$/],
      ['Ember & Wick', '/products', /^Change stock$/],
      ['', '/members', /^Invite$/],
    ]
    for (const [name, rest, button] of dialogs) {
      await go(page, `${addresses[name] ?? ''}${rest}`)
      await page.getByRole('button', { name: button }).first().click()
      await page.getByRole('dialog').waitFor()
      found.push(...(await look(page, `${rest} ${button}`)))
      await page.keyboard.press('Escape')
      await page.getByRole('dialog').waitFor({ state: 'detached' })
    }
    await go(page, '/projects')
    for (const key of ['?', 'Control+k']) {
      await page.locator('h1').click()
      await page.keyboard.press(key)
      await page.getByRole('dialog').waitFor()
      found.push(...(await look(page, key)))
      await page.keyboard.press('Escape')
    }
    expect(found).toEqual([])
  })
})
