/**
 * What axe finds on every screen: nothing. By every rule it looks at each in light on a desk and in dark in a hand; by the
 * rules about colours also in dark on a desk and in light in a hand, since a theme changes nothing else. What axe cannot
 * see (where the focus goes, what is announced, which keys do what) the tests beside this one try.
 */

import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { executablePath } from './browser.ts'
import { useStage } from './stage.ts'

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']
const COLOURS = { type: 'rule', values: ['color-contrast', 'link-in-text-block'] }
/** Only what is reported here is worked out. */
const BRIEF = { resultTypes: ['violations'], preload: false }
const DESK = { width: 1280, height: 900 }
const HAND = { width: 390, height: 844 }
const AT_ONCE = 2

interface Violation {
  readonly id: string
  readonly nodes: readonly { readonly target: readonly string[]; readonly failureSummary: string }[]
}

// Many screens in one browser: on a busy machine that is minutes.
describe.skipIf(executablePath === undefined)('axe finds nothing', { timeout: 300_000 }, () => {
  const stage = useStage()

  async function find(page: Page, { where, theme, rules }: { where: string; theme: string; rules: unknown }) {
    const { violations } = (await page.evaluate(
      `document.documentElement.dataset.theme = '${theme}', axe.run(document, ${JSON.stringify({ runOnly: rules, ...BRIEF })})`,
    )) as { violations: readonly Violation[] }
    return violations.flatMap(({ id, nodes }) =>
      nodes.map(({ target, failureSummary }) => `${where} ${theme}: ${id} ${target.join(' ')} ${failureSummary}`),
    )
  }

  /** As the page lies before it, and then in the other size. */
  async function look(page: Page, where: string): Promise<string[]> {
    await settled(page)
    if (!(await page.evaluate('"axe" in window'))) await page.evaluate(AXE)
    const found: string[] = []
    const isDesk = page.viewportSize()?.width === DESK.width
    for (const size of isDesk ? [DESK, HAND] : [HAND, DESK]) {
      await page.setViewportSize(size)
      const at = `${where} ${size.width}`
      const [whole, other] = size === DESK ? ['light', 'dark'] : ['dark', 'light']
      found.push(...(await find(page, { where: at, theme: whole!, rules: TAGS })))
      found.push(...(await find(page, { where: at, theme: other!, rules: COLOURS })))
    }
    return found
  }

  /** Some pages at once, each of which takes the next thing that none has looked at. */
  async function share<T>(
    things: readonly T[],
    open: () => Promise<Page>,
    see: (page: Page, thing: T) => Promise<string[]>,
  ): Promise<string[]> {
    const left = [...things]
    const found = await Promise.all(
      Array.from({ length: AT_ONCE }, async () => {
        const page = await open()
        const mine: string[] = []
        for (let thing = left.shift(); thing !== undefined; thing = left.shift()) mine.push(...(await see(page, thing)))
        return mine
      }),
    )
    return found.flat()
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
    await page.locator('.skeleton, .plot:empty').first().waitFor({ state: 'detached' })
  }
  const links = async (page: Page) =>
    (await page.locator('.sidebar a').evaluateAll((all) => all.map((one) => one.getAttribute('href')))) as string[]

  it.each(['Acme AI', 'Ember & Wick'])(
    'on every screen of %s, with plenty in it, and of what is in it',
    async (name) => {
      const first = await demo('/projects')
      await first.getByRole('link', { name }).click()
      await settled(first)
      // The account's own screens are the same from every project.
      const isFirst = name === 'Acme AI'
      const screens = (await links(first)).filter((one) => isFirst || one.startsWith('/p/'))
      const [usage] = screens.filter((one) => one.endsWith('/usage'))
      const found = await share(
        [...screens, ...['tab=customers', 'tab=revenue', 'tab=hits', 'by=plan'].map((rest) => `${usage}?${rest}`)],
        () => demo(screens[0]!),
        async (page, href) => {
          await go(page, href)
          const seen = await look(page, href)
          for (const tab of /webhooks/.test(href) ? await page.getByRole('tab').all() : []) {
            await tab.click()
            seen.push(...(await look(page, `${href} ${await tab.textContent()}`)))
          }
          const row = page.locator('tbody a.link, .list a.link').first()
          if (!/customers$|orders$|products$/.test(href) || (await row.count()) === 0) return seen
          await row.click()
          return [...seen, ...(await look(page, `one of ${href}`))]
        },
      )
      expect(found).toEqual([])
    },
  )

  it('on every screen of an account that has just begun', async () => {
    const project = await stage().project({ tiers: undefined })
    const open = () => stage().open(project.owner, project.at(), { reducedMotion: 'reduce' })
    const page = await open()
    await settled(page)
    const screens = [...(await links(page)), '/nowhere', '/accept?account=a&code=b']
    const found = await share(screens, open, async (page, href) => {
      await go(page, href)
      return look(page, href)
    })
    expect(found).toEqual([])
  })

  it('on screens whose server fails, and on those of somebody who may only look', async () => {
    const project = await stage().project()
    stage().foresee(/status of (500|403)|^500 /)
    let status = 500
    const open = async () => {
      const page = await stage().open(project.owner, project.at(), { reducedMotion: 'reduce' })
      await settled(page)
      await page.route(/\/account\/(projects\/\w+\/test\/|reports)/, (route) => {
        const json = { error: 'Not today', code: 'internal', message: 'Broken on our side.', requestId: 'req_1' }
        return route.fulfill({ status, json })
      })
      return page
    }
    const found: string[] = []
    for (const one of [500, 403]) {
      status = one
      const screens = ['/customers', '/customers/ada', '/tiers', '/keys', '/webhooks', '/usage', '/settings']
      const seen = await share(screens, open, async (page, rest) => {
        await go(page, project.at(rest))
        await page.getByRole('alert').first().waitFor()
        return look(page, `${one} ${rest}`)
      })
      found.push(...seen)
    }
    expect(found).toEqual([])
  })

  it('on the sign-in, our own list of accounts, and in every dialog', async () => {
    const stranger = await stage().stranger({ reducedMotion: 'reduce' })
    await stranger.goto(stage().url('/'))
    const found = await look(stranger, 'sign-in')
    const { token } = await stage().app.ok('POST', '/sandbox/access/token', { body: {} })
    await stranger.setExtraHTTPHeaders({ 'Cf-Access-Jwt-Assertion': token })
    await stranger.goto(stage().url('/admin'))
    await stranger.locator('#rows tr').first().waitFor()
    found.push(...(await look(stranger, 'admin')))
    const first = await demo('/projects')
    const addresses: Record<string, string> = {}
    for (const name of ['Acme AI', 'Ember & Wick'])
      addresses[name] = (await first.getByRole('link', { name }).getAttribute('href')) ?? ''
    const press = (key: string) => async (page: Page) => {
      await page.locator('h1').click()
      await page.keyboard.press(key)
    }
    const ask = (button: RegExp) => (page: Page) => page.getByRole('button', { name: button }).first().click()
    const dialogs: readonly (readonly [string, (page: Page) => Promise<void>])[] = [
      ['/projects', ask(/^New project$/)],
      [`${addresses['Acme AI']}/customers`, ask(/^Add customer$/)],
      [`${addresses['Acme AI']}/tiers`, ask(/^New tier$/)],
      [`${addresses['Acme AI']}/tiers`, ask(/^Edit$/)],
      [`${addresses['Acme AI']}/keys`, ask(/^New secret key$/)],
      [`${addresses['Acme AI']}/keys`, ask(/^Rotate$/)],
      [`${addresses['Acme AI']}/keys`, ask(/^Revoke$/)],
      [`${addresses['Acme AI']}/webhooks`, ask(/^New endpoint$/)],
      [`${addresses['Acme AI']}/settings`, ask(/^Delete /)],
      [`${addresses['Ember & Wick']}/products`, ask(/^New product$/)],
      [`${addresses['Ember & Wick']}/products`, ask(/^Change stock$/)],
      ['/members', ask(/^Invite$/)],
      ['/projects', press('?')],
      ['/projects', press('Control+k')],
    ]
    const seen = await share(
      dialogs,
      () => demo('/projects'),
      async (page, [address, open]) => {
        // A hand has some of its buttons elsewhere.
        await page.setViewportSize(DESK)
        await go(page, address)
        await settled(page)
        await open(page)
        await page.getByRole('dialog').waitFor()
        const seen = await look(page, `a dialog of ${address}`)
        await page.keyboard.press('Escape')
        await page.getByRole('dialog').waitFor({ state: 'detached' })
        return seen
      },
    )
    expect([...found, ...seen]).toEqual([])
  })
})
