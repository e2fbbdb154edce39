/** How the screens behave in anybody's hands: addresses, keys, sizes, strange names, and a great many rows. */

import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { as, secret } from '../support/app.ts'
import { tier } from '../support/billing.ts'
import { executablePath } from './browser.ts'
import { useStage, type Project } from './stage.ts'

/** Screens that are there without being read: what they show is known to all of them, or comes by itself. */
const STILL = /^\/(projects|clock)$|\/(activity|integrate)$/
const STRANGE = '<img src=x onerror="window.wasRun=1">'

describe.skipIf(executablePath === undefined)('a screen', () => {
  const stage = useStage()
  const app = () => stage().app

  const track = (project: Project, customer: string) =>
    app().ok('POST', '/api/data', { headers: as(project, customer) })
  const heading = (page: Page, name: string | RegExp) => page.getByRole('heading', { name, level: 1 }).waitFor()
  /** What reaches beyond the right edge of a screen that can be moved sideways. */
  const beyond = (page: Page) =>
    page.evaluate(`{
      const width = document.documentElement.clientWidth
      const all = document.documentElement.scrollWidth > width ? [...document.querySelectorAll('main *')] : []
      all.filter((one) => one.getBoundingClientRect().right > width).map((one) => one.tagName + '.' + one.className).slice(0, 8)
    }`) as Promise<string[]>

  it('is named by its address: a filter outlives a reload, and Back leads to it', async () => {
    const project = await stage().project()
    const [ada] = [await app().customer(project, 'ada@example.com'), await app().customer(project, 'bob@example.com')]
    const page = await stage().open(project.owner, project.at('/customers'))
    const filter = page.getByLabel('Filter by e-mail')
    await page.getByRole('link', { name: 'bob@example.com' }).waitFor()
    await filter.fill(ada.email)
    await filter.press('Enter')
    await page.getByRole('link', { name: 'bob@example.com' }).waitFor({ state: 'detached' })
    expect(page.url()).toContain('email=ada%40example.com')
    await page.reload()
    await page.getByRole('link', { name: ada.email }).click()
    await heading(page, ada.email)
    expect(page.url()).toContain(`/customers/${ada.id}`)
    await page.goBack()
    await heading(page, 'Customers')
    expect(await filter.inputValue()).toBe(ada.email)
    expect(await page.getByRole('link', { name: 'bob@example.com' }).count()).toBe(0)
    await filter.fill('nobody@example.com')
    await filter.press('Enter')
    await page.getByRole('button', { name: 'Clear the filter' }).click()
    await page.getByRole('link', { name: 'bob@example.com' }).waitFor()
    await expect.poll(() => page.title()).toBe(`Customers · ${project.name} (test) · dream-api`)
  })

  it('is reached by keys alone, and no key does anything while somebody types', async () => {
    const project = await stage().project()
    const page = await stage().open(project.owner, project.at())
    await heading(page, project.name)
    await page.keyboard.press('g')
    await page.keyboard.press('c')
    await heading(page, 'Customers')
    await page.keyboard.press('/')
    await page.keyboard.type('gk?/')
    expect(await page.getByLabel('Filter by e-mail').inputValue()).toBe('gk?/')
    await heading(page, 'Customers')
    await page.getByRole('heading', { name: 'Customers' }).click()
    await page.keyboard.press('?')
    const keys = page.getByRole('dialog', { name: 'Keys' })
    await keys.getByText('Jump anywhere').waitFor()
    await page.keyboard.press('Escape')
    await keys.waitFor({ state: 'detached' })
    await page.keyboard.press('Control+k')
    const palette = page.getByRole('combobox', { name: 'Search or jump to' })
    await palette.fill('webh')
    const chosen = "document.getElementById(document.activeElement.getAttribute('aria-activedescendant')).textContent"
    expect(await page.evaluate(chosen)).toBe('Webhooks')
    await page.keyboard.press('Enter')
    await heading(page, 'Webhooks')
    await page.keyboard.press('Control+k')
    await palette.fill('zzz')
    await page.getByText('Nothing goes by this name.').waitFor()
    await page.keyboard.press('Enter')
    await page.keyboard.press('Escape')
    await heading(page, 'Webhooks')
  })

  it('fits 320 pixels with long names, names from right to left, and names that are code', async () => {
    const long = `${'Extraordinarily'.repeat(4)}LongName`
    const project = await stage().project({ name: long })
    const email = `${'a-very-long-local-part'.repeat(2)}@${'an-unbroken-domain'.repeat(3)}.example`
    await app().customer(project, email)
    await track(project, 'x'.repeat(128))
    for (const [sku, name] of ['Unbroken'.repeat(9), 'נר שעווה ארוך مرحبا'].entries())
      await app().ok('POST', '/api/products', {
        headers: secret(project),
        body: {
          name,
          variants: [
            { sku: `${'S'.repeat(40)}${sku}`, prices: [{ unitAmount: 12_345_678, currency: 'usd' }], stock: 1 },
          ],
        },
      })
    const page = await stage().open(project.owner, project.at(), { viewport: { width: 320, height: 640 } })
    await heading(page, long)
    const links = (await page
      .locator('.sidebar a')
      .evaluateAll((all) => all.map((one) => one.getAttribute('href')))) as string[]
    const wide: string[] = []
    for (const href of links) {
      await page.evaluate(`history.pushState(null, '', '${href}'), dispatchEvent(new PopStateEvent('popstate'))`)
      await page.getByRole('heading', { level: 1 }).first().waitFor()
      await page.locator('.skeleton').first().waitFor({ state: 'detached' })
      wide.push(...(await beyond(page)).map((what) => `${href} ${what}`))
      // A desk at twice the size.
      await page.setViewportSize({ width: 640, height: 450 })
      wide.push(...(await beyond(page)).map((what) => `${href} at 640 ${what}`))
      await page.setViewportSize({ width: 320, height: 640 })
    }
    expect(wide).toEqual([])
  })

  it('runs nothing that somebody wrote into a name', async () => {
    const tiers = [tier({ slug: 'strange', displayName: STRANGE })]
    const project = await stage().project({ name: STRANGE, type: 'saas', tiers })
    const variants = [{ prices: [{ unitAmount: 100, currency: 'usd' }], stock: 1 }]
    const body = { name: STRANGE, description: STRANGE, variants }
    await app().ok('POST', '/api/products', { headers: secret(project), body })
    const page = await stage().open(project.owner, project.at())
    for (const [screen, place] of [
      ['Overview', page.getByRole('heading', { level: 1 })],
      ['Products', page.getByRole('region', { name: STRANGE, exact: true }).getByRole('heading')],
      ['Tiers', page.getByRole('region', { name: STRANGE, exact: true }).getByRole('heading')],
      ['Settings', page.getByRole('button', { name: 'Delete' })],
      ['Promote', page.locator('main summary')],
      ['All projects', page.locator('main a')],
    ] as const) {
      await page.locator('.sidebar').getByRole('link', { name: screen, exact: true }).click()
      await place.filter({ hasText: STRANGE }).first().waitFor()
      expect(await page.locator('main [src=x]').count(), screen).toBe(0)
    }
    expect(await page.evaluate('window.wasRun')).toBeUndefined()
  })

  it('finds one of 10,000 customers at once, and never keeps the page waiting', async () => {
    const project = await stage().project()
    for (let from = 0; from < 10_000; from += 1000) {
      const items = Array.from({ length: 1000 }, (_, index) => ({ customerId: `many_${from + index}` }))
      await app().ok('POST', '/api/usage/batch', { headers: secret(project), body: { items } })
    }
    const { email } = await app().customer(project, 'needle@example.com')
    const page = await stage().open(project.owner, project.at('/customers'), {
      script: `window.longest = 0
        new PerformanceObserver((list) => {
          for (const { duration } of list.getEntries()) window.longest = Math.max(window.longest, duration)
        }).observe({ entryTypes: ['longtask'] })`,
    })
    await page.getByRole('link', { name: /many_/ }).first().waitFor()
    expect(await page.locator('tbody tr').count()).toBeLessThanOrEqual(100)
    await page.getByRole('button', { name: 'Next' }).click()
    await expect.poll(() => page.url()).toContain('cursor=')
    const filter = page.getByLabel('Filter by e-mail')
    await filter.fill(email)
    const begun = Date.now()
    await filter.press('Enter')
    await page.getByRole('link', { name: email }).waitFor()
    // The promise is 300 ms; the rest is what a busy machine may add.
    expect(Date.now() - begun).toBeLessThan(5_000)
    await page.goto(stage().url(project.at()))
    await page.getByTestId('figures').getByText('10,000').waitFor()
    expect(await page.evaluate('window.longest')).toBeLessThan(2_000)
  })

  it('shows its colours before its first picture, follows the system, and remembers another choice', async () => {
    const member = await app().member()
    const page = await stage().open(member, '/projects', { colorScheme: 'dark' })
    await heading(page, 'Projects')
    const paper = () => page.evaluate('getComputedStyle(document.body).backgroundColor') as Promise<string>
    const dark = await paper()
    await page.emulateMedia({ colorScheme: 'light' })
    expect(await paper()).not.toBe(dark)
    await page.getByRole('button', { name: 'Change the theme' }).click()
    expect(await paper()).toBe(dark)
    await page.reload({ waitUntil: 'commit' })
    await heading(page, 'Projects')
    expect(await page.evaluate('document.documentElement.dataset.theme')).toBe('dark')
  })

  it('draws what was used, tells it in words, and follows the theme, the size and the news', async () => {
    const project = await stage().project()
    await track(project, 'ada')
    const page = await stage().open(project.owner, project.at('/usage'), { colorScheme: 'light' })
    const chart = page.getByRole('img', { name: /^Usage, .* 1 in all$/ })
    await chart.waitFor()
    const picture = () => page.evaluate("document.querySelector('.plot canvas').toDataURL()") as Promise<string>
    const light = await picture()
    await page.getByRole('button', { name: 'Change the theme' }).click()
    const dark = await picture()
    expect(dark).not.toBe(light)
    await page.emulateMedia({ colorScheme: 'dark' })
    await page.setViewportSize({ width: 390, height: 844 })
    await expect.poll(async () => (await page.locator('.plot canvas').boundingBox())?.width).toBeLessThan(390)
    await track(project, 'ada')
    await page.getByRole('img', { name: /^Usage, .* 2 in all$/ }).waitFor()
    await page.locator('.plot').scrollIntoViewIfNeeded()
    const { x, y, width } = (await page.locator('.plot .u-over').boundingBox())!
    await page.mouse.move(x + width - 2, y + 40)
    await expect.poll(() => page.locator('.plot .told').textContent()).toMatch(/ 2$/)
    await page.mouse.move(0, 0)
    await page.locator('.plot .told').waitFor({ state: 'detached' })
    await page.getByRole('button', { name: 'View as table' }).click()
    await page.getByRole('columnheader', { name: 'Usage' }).first().waitFor({ state: 'attached' })
    const file = page.waitForEvent('download')
    await page.getByRole('button', { name: 'CSV' }).click()
    expect((await file).suggestedFilename()).toBe('usage-30-days.csv')
  })

  it('does not lose what was typed by a slip, and says what is wrong at its field', async () => {
    const project = await stage().project()
    const page = await stage().open(project.owner, project.at('/customers'))
    const add = page.getByRole('button', { name: 'Add customer' })
    await add.click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('E-mail').fill('ada@example.com')
    await page.keyboard.press('Escape')
    await dialog.getByRole('button', { name: 'Go on typing' }).click()
    expect(await dialog.getByLabel('E-mail').inputValue()).toBe('ada@example.com')
    await dialog.getByLabel('E-mail').fill(`${'a'.repeat(400)}@example.com`)
    stage().foresee(/status of 400/)
    await dialog.getByRole('button', { name: 'Add customer' }).click()
    await dialog.locator('.problem').waitFor()
    expect(await dialog.getByLabel('E-mail').getAttribute('aria-invalid')).toBe('true')
    await page.keyboard.press('Escape')
    await dialog.getByRole('button', { name: 'Discard it' }).click()
    await dialog.waitFor({ state: 'detached' })
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Add customer')
  })

  it('says on every screen that it is read, that it failed, that it is not for everybody, and nothing when there is nothing', async () => {
    const project = await stage().project({ tiers: undefined })
    stage().foresee(/status of (500|403)|^500 /)
    // Read twice more before anybody is told: here without the waiting.
    const script =
      'const wait = setTimeout; window.setTimeout = (act, ms) => wait(act, ms >= 300 && ms <= 1200 ? 1 : ms)'
    const page = await stage().open(project.owner, project.at(), { script })
    await heading(page, project.name)
    const links = (await page
      .locator('.sidebar a')
      .evaluateAll((all) => all.map((one) => one.getAttribute('href')))) as string[]
    const paths = [
      ...links.filter((path) => !STILL.test(path)),
      project.at('/customers/one'),
      project.at('/orders/one'),
    ]
    const go = async (path: string) => {
      await page.evaluate(`history.pushState(null, '', '${path}'), dispatchEvent(new PopStateEvent('popstate'))`)
    }
    const body = { error: 'Not today', code: 'internal', message: 'Something broke on our side.', requestId: 'req_1' }
    const ways = [
      { status: 500, json: body, says: 'Something broke on our side.' },
      { status: 403, json: { ...body, code: 'role_required' }, says: 'Your role does not open this.' },
      { status: 200, body: '<html>not JSON', says: 'The answer was not readable.' },
    ]
    const wrong: string[] = []
    for (const { says, ...answer } of ways) {
      let release = () => {}
      let held = Promise.resolve()
      await page.route(/\/account\//, async (route) => {
        await held
        await route.fulfill(answer)
      })
      await go('/clock')
      await heading(page, 'Test clock')
      for (const path of paths) {
        held = new Promise((resolve) => (release = resolve))
        await go(path)
        await page.getByRole('status', { name: 'Loading' }).first().waitFor()
        release()
        const found = page.getByRole('alert').filter({ hasText: says }).first()
        await found.waitFor()
        if (answer.status !== 403 && (await found.getByRole('button', { name: 'Try again' }).count()) === 0)
          wrong.push(`${path} does not let it be tried again`)
      }
      await page.unrouteAll()
    }
    for (const path of links) {
      await go(path)
      await page.locator('h1').waitFor()
      await page.locator('.skeleton').first().waitFor({ state: 'detached' })
      await page.getByRole('alert').first().waitFor({ state: 'detached' })
      if ((await page.locator('main').innerText()).length < 40) wrong.push(`${path} says nothing`)
    }
    expect(wrong).toEqual([])
  })

  it('says what the server could not do, in its place, and does it when it is asked again', async () => {
    const project = await stage().project()
    await track(project, 'ada')
    stage().foresee(/status of 500|^500 /)
    const page = await stage().open(project.owner, project.at())
    await heading(page, project.name)
    await page.route('**/test/customers*', (route) => route.fulfill({ status: 500, body: '<html>not JSON' }))
    await page.getByRole('link', { name: 'Customers' }).click()
    const again = page.getByRole('button', { name: 'Try again' })
    await again.waitFor()
    await page.unrouteAll()
    await again.click()
    await page.getByRole('link', { name: 'ada' }).waitFor()
    expect(await page.getByRole('alert').count()).toBe(0)
  })
})
