/** Signing in with the client in a real browser: away to our page and back, use, upgrade, another tab, signing out. */

import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { build } from 'esbuild'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { executablePath, launch } from '../dashboard/browser.ts'
import { useApp, type TestProject } from '../support/app.ts'
import { LADDER } from '../support/billing.ts'

const app = useApp()

/** An app as its developer might write it, in one page. */
const html = (
  { publishableKey }: TestProject,
  baseUrl: string,
) => `<!doctype html><title>An app</title><link rel="icon" href="data:,">
<a id="up">Sign up</a><button id="use">Use</button><button id="buy">Upgrade</button><button id="out">Sign out</button>
<p id="who"></p><p id="said"></p><script type="module">
import { DreamAPI } from '/sdk.js'
const dream = new DreamAPI({ publishableKey: '${publishableKey}', baseUrl: '${baseUrl}' })
const at = (id) => document.getElementById(id)
const show = () => { at('who').textContent = dream.auth.getUser() ? dream.auth.getUser().email + ' ' + dream.auth.getUser().plan : 'nobody' }
at('up').href = dream.auth.getSignUpUrl({ redirect: '/app' }) // before it is ready, as a page may
dream.auth.onChange(show)
await dream.auth.init()
show()
at('use').onclick = async () => { at('said').textContent = 'used ' + (await dream.usage.track()).usage.used }
at('out').onclick = () => dream.auth.signOut()
at('buy').onclick = async () => {
  const successUrl = dream.auth.getRefreshUrl({ redirect: '/app' })
  location.href = (await dream.billing.createCheckout({ tier: 'pro', successUrl, cancelUrl: location.href })).url
}
</script>`

describe.skipIf(executablePath === undefined)('in a browser', () => {
  let browser: Browser
  let page: Page
  let web: Server
  let home = ''
  let signOutPage = ''
  const complaints: string[] = []
  const addresses: string[] = []

  beforeAll(async () => {
    const project = await app().project({ tiers: LADDER, name: 'Bird watch' })
    const [sdk] = (
      await build({
        entryPoints: [`${import.meta.dirname}/../../sdk/index.ts`],
        bundle: true,
        write: false,
        format: 'esm',
        target: 'es2022',
      })
    ).outputFiles
    web = createServer(({ url }, answer) => {
      const isScript = url === '/sdk.js'
      answer.setHeader('Content-Type', isScript ? 'text/javascript' : 'text/html')
      answer.end(isScript ? sdk!.text : html(project, app().server.url))
    }).listen(0)
    await new Promise((resolve) => web.once('listening', resolve))
    home = `http://localhost:${(web.address() as AddressInfo).port}/app`
    const query = new URLSearchParams({ pk: project.publishableKey, redirect: home })
    signOutPage = `${app().server.url}/signout?${query.toString()}`
    browser = await launch()
    page = await (await browser.newContext()).newPage()
    page.setDefaultTimeout(20_000)
    page.on('pageerror', (error) => complaints.push(error.message))
    page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()))
    page.on('request', (request) => addresses.push(request.url(), request.headers()['referer'] ?? ''))
  })
  afterAll(async () => {
    await browser?.close()
    web?.close()
  })
  const says = (id: string, text: string) => page.locator(`#${id}`, { hasText: text }).waitFor()

  it('signs up, by a link that was drawn too early, and comes back as somebody', async () => {
    await page.goto(home)
    await says('who', 'nobody')
    await page.getByText('Sign up').click()
    await page.getByLabel('Your e-mail').fill('ada@people.example')
    await page.getByRole('button', { name: 'Continue with this address' }).click()
    await page.getByRole('button', { name: 'Continue to Bird watch' }).click()
    await says('who', 'ada@people.example free')
    expect(page.url()).toBe(home)
  })

  it('uses, upgrades, and comes back with the new plan', async () => {
    await page.getByRole('button', { name: 'Use' }).click()
    await says('said', 'used 1')
    await page.getByRole('button', { name: 'Upgrade' }).click()
    await page.getByRole('button', { name: /^(Pay|Subscribe)/ }).click()
    await says('who', 'ada@people.example pro')
    expect(page.url()).toBe(home)
  })

  it('is signed in in another tab, and out in all of them at once', async () => {
    const other = await page.context().newPage()
    await other.goto(home)
    await other.locator('#who', { hasText: 'ada@people.example pro' }).waitFor()
    await other.getByRole('button', { name: 'Sign out' }).click()
    await says('who', 'nobody')
    expect(await page.evaluate('JSON.stringify(localStorage)')).not.toMatch(/rt_|eyJ/)
  })

  it('is still known on our pages, until they sign out there too, which no link alone does', async () => {
    await page.goto(signOutPage)
    await page.getByText('ada@people.example').waitFor()
    await page.getByRole('link', { name: 'Back to Bird watch' }).click()
    await page.getByText('Sign up').click()
    await says('who', 'ada@people.example pro')
    await page.getByRole('button', { name: 'Sign out' }).click()
    await says('who', 'nobody')
    await page.goto(signOutPage)
    await page.getByRole('button', { name: 'Sign out' }).click()
    await says('who', 'nobody')
    expect(page.url()).toBe(home)
    await page.getByText('Sign up').click()
    await page.getByLabel('Your e-mail').waitFor()
  })

  it('leaves no token in any address, and nothing for the browser to complain of', () => {
    expect(addresses.length).toBeGreaterThan(10)
    for (const address of addresses) expect(address).not.toMatch(/eyJ|rt_test/)
    expect(complaints).toEqual([])
  })
})
