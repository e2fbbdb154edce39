/** What moves by itself: the figures, the rows and the word beside them, whatever happens to the line. */

import type { Page, WebSocketRoute } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { as, secret } from '../support/app.ts'
import { executablePath } from './browser.ts'
import { useStage, type Project } from './stage.ts'

describe.skipIf(executablePath === undefined)('a screen that is open', () => {
  const stage = useStage()
  const app = () => stage().app

  const track = (project: Project, customer: string, headers: Record<string, string> = {}) =>
    app().call('POST', '/api/data', { headers: { ...as(project, customer), ...headers } })
  const figure = (page: Page, name: string) =>
    page
      .getByTestId('figures')
      .locator('> *', { has: page.getByText(name, { exact: true }) })
      .locator('.figure')
  const says = (page: Page, word: string) => page.locator('.feed-state').getByText(word, { exact: true }).waitFor()
  const mark = (page: Page) => page.evaluate('window.isTheSame = true')
  const isMarked = (page: Page) => page.evaluate('window.isTheSame === true')

  /** The page's feed goes through here: `cut` ends it, and none comes through until `mend`. */
  async function wired(page: Page) {
    const open: WebSocketRoute[] = []
    let isCut = false
    await page.routeWebSocket(/\/api\/feed/, (line) => {
      if (isCut) return void line.close({ code: 1012 })
      line.connectToServer()
      open.push(line)
    })
    return {
      cut: async () => {
        isCut = true
        for (const line of open.splice(0)) await line.close({ code: 1012 })
      },
      mend: () => {
        isCut = false
      },
    }
  }

  it('shows an event in figures, rows and steps within a second, without another page being loaded', async () => {
    const project = await stage().project()
    const page = await stage().open(project.owner, project.at())
    await says(page, 'Live')
    await mark(page)
    const usage = figure(page, 'Usage this period')
    await usage.getByText('0', { exact: true }).waitFor()
    const begun = Date.now()
    expect((await track(project, 'ada')).status).toBe(200)
    await usage.getByText('1', { exact: true }).waitFor()
    // The promise is a second; the rest is what a busy machine may add.
    expect(Date.now() - begun).toBeLessThan(5_000)
    await page.getByTestId('happening').getByText('ada').first().waitFor()
    const step = page.getByRole('listitem').filter({ hasText: 'See the first event' })
    await step.getByText('done').waitFor({ state: 'attached' })
    expect(await isMarked(page)).toBe(true)
  })

  it('counts a use that is sent twice under one key once', async () => {
    const project = await stage().project()
    const page = await stage().open(project.owner, project.at())
    await says(page, 'Live')
    for (const key of ['a', 'a', 'b']) await track(project, 'ada', { 'Idempotency-Key': `twice-${key}` })
    await figure(page, 'Usage this period').getByText('2', { exact: true }).waitFor()
  })

  it('lets exactly the limit through when many calls come at once, and says who was refused', async () => {
    const project = await stage().project()
    const page = await stage().open(project.owner, project.at())
    await says(page, 'Live')
    const answers = await Promise.all(Array.from({ length: 50 }, () => track(project, 'eager')))
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(5)
    await figure(page, 'Usage this period').getByText('5', { exact: true }).waitFor()
    const waiting = page.getByRole('region', { name: 'Needs attention' })
    await waiting.getByText('5 / 5').waitFor()
    await waiting.getByRole('link', { name: 'eager' }).click()
    await page.getByText('Refused at the limit').waitFor()
    await page.getByRole('region', { name: 'What they did' }).getByText('Limit hit').waitFor()
    await page.goto(stage().url(project.at('/customers?atLimit=true&joined=1')))
    await page
      .getByRole('row', { name: /^eager/ })
      .getByText('5 / 5')
      .waitFor()
    await page.goto(stage().url(project.at('/usage?tab=hits')))
    const hits = page.getByRole('region', { name: 'Refused at a limit' })
    await hits
      .getByRole('row', { name: /^eager/ })
      .getByRole('cell', { name: '45' })
      .first()
      .waitFor()
    await page.goto(stage().url(project.at('/usage?days=1&by=outcome')))
    const shown = page.getByRole('region', { name: 'Usage by outcome' })
    await shown
      .getByRole('row', { name: /^Allowed/ })
      .getByRole('cell', { name: '5' })
      .first()
      .waitFor()
    await shown
      .getByRole('row', { name: /^Refused/ })
      .getByRole('cell', { name: '45' })
      .first()
      .waitFor()
    const chart = shown.locator('.u-over')
    await chart.waitFor()
    const { width } = (await chart.boundingBox())!
    await chart.click({ position: { x: width - 4, y: 40 } })
    await page.getByText('Only from').waitFor()
    await page.getByRole('button', { name: 'Take back' }).first().waitFor()
    expect(await page.getByRole('button', { name: 'Take back' }).count()).toBe(5)
    await chart.click({ position: { x: 4, y: 40 } })
    await page.getByText('Nothing was counted').waitFor()
  })

  it('keeps the rows, the focus and the order of a list while its values move', async () => {
    const project = await stage().project()
    for (const customer of ['ada', 'bob', 'cid']) await track(project, customer)
    const page = await stage().open(project.owner, project.at('/customers'))
    await says(page, 'Live')
    await page.getByText('1 / 5').nth(2).waitFor()
    const link = page.getByRole('link', { name: 'bob' })
    await link.focus()
    await page.evaluate("document.querySelectorAll('tbody tr').forEach((row) => { row.isTheSame = true })")
    for (let calls = 0; calls < 3; calls += 1) await track(project, 'bob')
    await page.getByRole('row').filter({ hasText: 'bob' }).getByText('4 / 5').waitFor()
    await track(project, 'dee')
    await page.getByRole('link', { name: 'dee' }).waitFor()
    expect(
      await page.evaluate("[...document.querySelectorAll('tbody tr')].filter((row) => row.isTheSame).length"),
    ).toBe(3)
    expect(await page.evaluate('document.activeElement.textContent')).toBe('bob')
  })

  it('says when the line is lost, dials again by itself, and has lost nothing of 500 changes', async () => {
    const project = await stage().project({ tiers: undefined })
    const page = await stage().stranger()
    const line = await wired(page)
    await page.goto(await stage().doorOf(project.owner, project.at()))
    await says(page, 'Live')
    await mark(page)
    await line.cut()
    await says(page, 'Reconnecting')
    const items = Array.from({ length: 500 }, (_, index) => ({ customerId: `missed_${index}` }))
    await app().ok('POST', '/api/usage/batch', { headers: secret(project), body: { items } })
    line.mend()
    await says(page, 'Live')
    await figure(page, 'Usage this period').getByText('500', { exact: true }).waitFor()
    await page
      .getByTestId('happening')
      .getByText(/^missed_/)
      .first()
      .waitFor()
    expect(await isMarked(page)).toBe(true)
  })

  it('goes on dialing while the server gives no ticket', async () => {
    const project = await stage().project()
    const page = await stage().stranger()
    const line = await wired(page)
    await page.goto(await stage().doorOf(project.owner, project.at()))
    await says(page, 'Live')
    stage().foresee(/ERR_FAILED.*feed\/tickets/)
    let refused = 0
    await page.route('**/feed/tickets', (route) => {
      refused += 1
      return refused <= 2 ? route.abort() : route.continue()
    })
    await line.cut()
    line.mend()
    await says(page, 'Reconnecting')
    await says(page, 'Live')
    expect(refused).toBe(3)
  })

  it('stays readable without a network, lets nothing be changed, and catches up when it is back', async () => {
    const project = await stage().project()
    await track(project, 'ada')
    const page = await stage().open(project.owner, project.at('/customers'))
    await says(page, 'Live')
    const network = (isThere: boolean) =>
      page.evaluate(
        `Object.defineProperty(navigator, 'onLine', { configurable: true, get: () => ${isThere} }), dispatchEvent(new Event('${isThere ? 'online' : 'offline'}'))`,
      )
    await network(false)
    await says(page, 'Offline')
    await page.getByText('No network.').waitFor()
    await page.getByRole('link', { name: 'ada' }).waitFor()
    expect(await page.getByRole('button', { name: 'Add customer' }).isDisabled()).toBe(true)
    await track(project, 'meanwhile')
    await network(true)
    await says(page, 'Live')
    await page.getByRole('link', { name: 'meanwhile' }).waitFor()
    expect(await page.getByRole('button', { name: 'Add customer' }).isEnabled()).toBe(true)
  })

  it('rests when nobody has looked for six minutes, and knows everything when somebody does', async () => {
    const project = await stage().project()
    const page = await stage().stranger()
    await page.clock.install()
    await page.goto(await stage().doorOf(project.owner, project.at()))
    await says(page, 'Live')
    const look = (isHidden: boolean) =>
      page.evaluate(
        `Object.defineProperty(document, 'hidden', { configurable: true, get: () => ${isHidden} }), document.dispatchEvent(new Event('visibilitychange'))`,
      )
    await look(true)
    await page.clock.fastForward('06:00')
    await says(page, 'Paused')
    for (let calls = 0; calls < 3; calls += 1) await track(project, 'ada')
    await look(false)
    await says(page, 'Live')
    await figure(page, 'Usage this period').getByText('3', { exact: true }).waitFor()
  })

  it('renews a token that has expired without anybody seeing it', async () => {
    const project = await stage().project()
    const page = await stage().open(project.owner, project.at())
    await says(page, 'Live')
    await mark(page)
    stage().foresee(/status of 401/)
    await app().advance('10m')
    await track(project, 'ada')
    await figure(page, 'Usage this period').getByText('1', { exact: true }).waitFor()
    await page.getByRole('link', { name: 'Customers' }).click()
    await page.getByRole('link', { name: 'ada' }).waitFor()
    expect(await isMarked(page)).toBe(true)
  })

  it('hears nothing any more once its person has signed out', async () => {
    const project = await stage().project()
    const page = await stage().stranger()
    const closed: string[] = []
    page.on('websocket', (socket) => socket.on('close', () => closed.push(socket.url())))
    await page.goto(await stage().doorOf(project.owner, project.at()))
    await says(page, 'Live')
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByRole('heading', { name: 'Sign in to dream-api' }).waitFor()
    await expect.poll(() => closed.length).toBe(1)
    await page.goBack().catch(() => null)
    await page.goto(stage().url(project.at()))
    await page.getByRole('heading', { name: 'Sign in to dream-api' }).waitFor()
    expect(await page.content()).not.toContain(project.name)
  })
})
