/** The first minutes of a developer, in a real browser. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { executablePath, signIn, visit, type Visit } from './browser.ts'

const SECRET = /sk_(test|live)_[0-9a-z]{20,}/

describe.skipIf(executablePath === undefined)('the first minutes', () => {
  let seen: Visit
  let secretKey = ''
  beforeAll(async () => {
    seen = await visit()
  })
  afterAll(() => seen?.close())

  const html = () => seen.page.evaluate('document.documentElement.outerHTML') as Promise<string>
  const kept = () =>
    seen.page.evaluate('JSON.stringify([{ ...localStorage }, { ...sessionStorage }, location.href])') as Promise<string>

  it('signs in with one press, and leaves no ticket in the address', async () => {
    await signIn(seen)
    expect(seen.page.url()).toBe(`${seen.server.url}/`)
  })

  it('shows the secret key of a new project once, and nowhere else', async () => {
    const { page } = seen
    await page.getByRole('button', { name: 'New project' }).click()
    await page.getByLabel('Name').fill('Ten minutes old')
    await page.getByRole('button', { name: 'Create project' }).click()
    const dialog = page.getByRole('dialog', { name: 'Ten minutes old is ready' })
    await dialog.waitFor()
    secretKey = SECRET.exec(await dialog.innerText())?.[0] ?? ''
    expect(secretKey).toMatch(SECRET)
    await page.keyboard.press('Escape')
    expect(await dialog.isVisible(), 'Escape does not lose it').toBe(true)
    expect(await kept()).not.toMatch(SECRET)
    await dialog.getByRole('button', { name: 'Run a test call' }).click()
    await dialog.getByText('It works.').waitFor()
    await dialog.getByRole('button', { name: 'I have stored it' }).click()
    await page.getByRole('heading', { name: 'Ten minutes old' }).waitFor()
    expect(await html()).not.toMatch(SECRET)
    expect(await kept()).not.toMatch(SECRET)
  })

  it('shows the first event within a second, without a reload, on rows that stay the same', async () => {
    const { page, server } = seen
    const figure = page.getByTestId('figures').getByText('Usage this period').locator('xpath=../..')
    await page.getByText('Live', { exact: true }).waitFor()
    await page.evaluate('window.loadedOnce = true')
    const count = () =>
      fetch(`${server.url}/api/data`, {
        method: 'POST',
        headers: { Authorization: `Bearer ${secretKey}`, 'X-User-Id': 'first_user' },
      })
    const begun = Date.now()
    expect((await count()).status).toBe(200)
    await figure.getByText('1', { exact: true }).waitFor()
    // The promise is a second; the rest is what a busy machine may add.
    expect(Date.now() - begun).toBeLessThan(10_000)
    await page.getByTestId('happening').getByText('first_user').first().waitFor()
    await figure.locator('a').focus()
    expect((await count()).status).toBe(200)
    await figure.getByText('2', { exact: true }).waitFor()
    expect(await page.evaluate('[document.activeElement?.textContent, window.loadedOnce]')).toEqual([
      'Usage this period',
      true,
    ])
  })

  it('gives code and a prompt with the values of this project, and hears a call that is made to try', async () => {
    const { page, server } = seen
    await page.locator('.sidebar').getByRole('link', { name: 'Integrate' }).click()
    const chosen = (tab: string) => page.getByRole('tab', { name: tab }).click()
    await chosen('Hono, Workers')
    const code = page.getByRole('region', { name: 'src/index.ts' })
    await code.getByText(`baseUrl: '${server.url}'`).waitFor()
    await chosen('Coding agent')
    const prompt = page.getByRole('region', { name: 'the prompt' })
    await expect.poll(() => prompt.innerText()).toContain('free (100 requests a billing period, free)')
    expect(await prompt.innerText()).toMatch(/project Ten minutes old \(\w+\), mode test, publishable key pk_test_\w+/)
    await page.getByRole('button', { name: 'Make a test call' }).click()
    await page.getByText('Heard on the feed').waitFor()
  })

  it('does the first steps from the checklist: an event, the limit, Stripe’s stand-in, and a plan that is paid', async () => {
    const { page } = seen
    await page.locator('.sidebar').getByRole('link', { name: 'Overview' }).click()
    const steps = page.getByRole('region', { name: 'First steps' })
    const isDone = (name: string) =>
      steps
        .getByRole('listitem')
        .filter({ hasText: `${name}done` })
        .waitFor()
    const press = (name: string) => steps.getByRole('button', { name }).click()
    await isDone('See the first event')
    await press('Use it up')
    await isDone('See a limit hold')
    await press('Connect the sandbox’s')
    await isDone('Connect Stripe, in test mode')
    await press('Buy a plan')
    await page.getByRole('button', { name: 'Subscribe' }).click()
    await isDone('Sell something with the test card')
  })

  it('opens every screen of the project and the account by its address', async () => {
    const { page } = seen
    const links = await page.locator('.sidebar a').evaluateAll((all) => all.map((one) => one.getAttribute('href')))
    expect(links.length).toBeGreaterThan(14)
    for (const href of links) {
      await page.goto(seen.server.url + href)
      await page.locator('h1').waitFor()
      await page.locator('.skeleton').first().waitFor({ state: 'hidden' })
      expect(await page.locator('[role=alert]').count(), `${href} refuses something`).toBe(0)
      expect(await html(), `${href} shows a secret`).not.toMatch(SECRET)
    }
  })

  it('made the browser complain of nothing', () => {
    expect(seen.complaints).toEqual([])
  })
})
